//! Finds the profile that somebody means.

use culvert_profiles::{Listed, Store};

use super::trouble;
use crate::Exit;
use crate::screen::Screen;
use culvert_words::Word;

/// The profile of this name or id. Upper and lower case make no difference where there is no other.
pub(crate) fn pick(store: &Store, name: &str, screen: &Screen) -> Result<Listed, Exit> {
    let (profiles, unreadable) = store.list().map_err(|error| trouble(&error, screen))?;
    match position(&profiles, name) {
        Some(index) => Ok(profiles.into_iter().nth(index).expect("it was found there")),
        None if profiles.is_empty() && unreadable.is_empty() => {
            screen.say(Word::ProfilesNone, &[]);
            Err(Exit::Usage)
        }
        None => {
            screen.say(Word::ProfileUnknown, &[("name", name)]);
            for profile in &profiles {
                screen.note(&format!("  {}", profile.saved.profile.display_name()));
            }
            super::list::warn(&unreadable, screen);
            Err(Exit::Usage)
        }
    }
}

fn position(profiles: &[Listed], name: &str) -> Option<usize> {
    let find = |is: &dyn Fn(&Listed) -> bool| {
        let mut found = (0..profiles.len()).filter(|&index| profiles.get(index).is_some_and(is));
        // Of two that could be meant it is none.
        found.next().filter(|_| found.next().is_none())
    };
    let display = |listed: &Listed| listed.saved.profile.display_name().to_owned();
    find(&|listed| listed.id.as_str() == name)
        .or_else(|| find(&|listed| display(listed) == name))
        .or_else(|| find(&|listed| display(listed).to_lowercase() == name.to_lowercase()))
}
