//! `culvert profile`: the connections that a user has saved.

mod edit;
mod list;
mod passwords;
mod pick;
mod transfer;

pub(crate) use passwords::{keep, read as password};
pub(crate) use pick::pick;

use culvert_profiles::{Store, StoreError};

use crate::Exit;
use crate::arguments::ProfileCommand;
use crate::screen::Screen;
use culvert_words::Word;

/// Does what is asked with the saved profiles.
pub(crate) async fn carry_out(command: &ProfileCommand, screen: &Screen) -> Exit {
    let store = match open(screen) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let done = match command {
        ProfileCommand::List(json) => list::list(&store, json.json, screen),
        ProfileCommand::Show { which, json } => list::show(&store, &which.name, json.json, screen),
        ProfileCommand::Add(options) => edit::add(&store, options, screen).await,
        ProfileCommand::Edit(options) => edit::edit(&store, options, screen).await,
        ProfileCommand::Remove { names, yes, json } => {
            edit::remove(&store, names, *yes, json.json, screen).await
        }
        ProfileCommand::Rename { which, new, json } => {
            edit::rename(&store, &which.name, new, json.json, screen)
        }
        ProfileCommand::Duplicate { which, new, json } => {
            edit::duplicate(&store, &which.name, new.as_deref(), json.json, screen)
        }
        ProfileCommand::Import(options) => transfer::import(&store, options, screen).await,
        ProfileCommand::Export(options) => transfer::export(&store, options, screen).await,
    };
    done.unwrap_or_else(|exit| exit)
}

/// The store of this user. Whoever is root is told whose profiles these are.
pub(crate) fn open(screen: &Screen) -> Result<Store, Exit> {
    let store = Store::of_user().map_err(|error| trouble(&error, screen))?;
    if is_root() {
        let path = store.path().display().to_string();
        screen.say(Word::ProfilesOfRoot, &[("path", &path)]);
    }
    Ok(store)
}

/// Why something could not be read or kept, and what to do.
fn trouble(error: &StoreError, screen: &Screen) -> Exit {
    let reason = error.to_string();
    let word = match error {
        StoreError::Unknown => Word::ProfileGone,
        StoreError::Changed => Word::ProfileChanged,
        _ => Word::ProfileTrouble,
    };
    screen.say(word, &[("reason", &reason)]);
    Exit::Other
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
