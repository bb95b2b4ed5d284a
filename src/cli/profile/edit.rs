//! Saves, changes and removes profiles.

use std::io::{self, BufRead, IsTerminal, Write};

use culvert_model::Profile;
use culvert_profiles::{Listed, PasswordMode, SavedProfile, Store, Template};
use tokio::task::spawn_blocking;

use super::list::{Shown, describe};
use super::{passwords, pick, trouble};
use crate::Exit;
use crate::arguments::{AddOptions, EditOptions, KeepOptions};
use crate::screen::Screen;
use culvert_profiles::typed::{self, TypedError};
use culvert_words::{Names, Word};

/// Saves a new profile.
pub(super) async fn add(store: &Store, options: &AddOptions, screen: &Screen) -> Result<Exit, Exit> {
    let template = Template::from(options.kind);
    let mut profile = begin(options, screen).await?;
    template.apply(&mut profile);
    options.fields.apply(&mut profile).map_err(|why| wrong(&why, screen))?;
    if let Some(name) = &options.name {
        profile.name.clone_from(name);
    }
    let mut saved = SavedProfile::new(profile);
    apply(&options.keep, &mut saved);
    let password = passwords::wanted(&saved, options.keep.password_stdin, true, screen).await?;
    let listed = store.add(saved).map_err(|error| trouble(&error, screen))?;
    let mut kept = Ok(());
    if password.is_some() {
        kept = passwords::keep(&listed, password, screen).await;
        passwords::sweep(store).await;
    }
    let done = tell(Word::ProfileSaved, &listed, options.json.json, screen);
    Ok(after(kept, &options.keep, done))
}

/// To where and as whom: as said, or asked for at a terminal.
async fn begin(options: &AddOptions, screen: &Screen) -> Result<Profile, Exit> {
    let server = match options.fields.server() {
        Some(server) => server.clone(),
        None => ask(Word::AskServer, typed::server, screen).await?,
    };
    let user = match options.fields.user() {
        Some(user) => user.clone(),
        None => ask(Word::AskUser, typed::user, screen).await?,
    };
    let mut profile = Profile::new(server.host, user.name);
    (profile.port, profile.domain) = (server.port, user.domain);
    Ok(profile)
}

/// Changes a profile.
pub(super) async fn edit(store: &Store, options: &EditOptions, screen: &Screen) -> Result<Exit, Exit> {
    let listed = pick(store, &options.which.name, screen)?;
    let mut saved = listed.saved.clone();
    options.fields.apply(&mut saved.profile).map_err(|why| wrong(&why, screen))?;
    apply(&options.keep, &mut saved);
    let password = passwords::wanted(&saved, options.keep.password_stdin, false, screen).await?;
    let before = listed.saved.password;
    let listed = store.replace(&listed, saved).map_err(|error| trouble(&error, screen))?;
    if password.is_none() && listed.saved.password != before && listed.saved.password != PasswordMode::Keyring
    {
        passwords::forget(&listed, screen).await;
    }
    let kept = passwords::keep(&listed, password, screen).await;
    let done = tell(Word::ProfileSaved, &listed, options.json.json, screen);
    Ok(after(kept, &options.keep, done))
}

/// The exit after a password was kept or not: a script that gave one wants to know; a person has read it.
fn after(kept: Result<(), Exit>, options: &KeepOptions, done: Exit) -> Exit {
    match kept {
        Err(exit) if options.password_stdin => exit,
        _ => done,
    }
}

/// Removes profiles and their passwords.
pub(super) async fn remove(
    store: &Store,
    names: &[String],
    is_meant: bool,
    is_json: bool,
    screen: &Screen,
) -> Result<Exit, Exit> {
    let profiles = names.iter().map(|name| pick(store, name, screen)).collect::<Result<Vec<_>, _>>()?;
    for listed in &profiles {
        let name = listed.saved.profile.display_name();
        if !is_meant && !confirm(Word::AskRemove, &[("name", name)], screen).await? {
            screen.say(Word::ProfileKept, &[("name", name)]);
            continue;
        }
        store.remove(&listed.id).map_err(|error| trouble(&error, screen))?;
        passwords::forget(listed, screen).await;
        tell(Word::ProfileRemoved, listed, is_json, screen);
    }
    passwords::sweep(store).await;
    Ok(Exit::Done)
}

/// Gives a profile another name.
pub(super) fn rename(
    store: &Store,
    name: &str,
    new: &str,
    is_json: bool,
    screen: &Screen,
) -> Result<Exit, Exit> {
    let listed = pick(store, name, screen)?;
    let mut saved = listed.saved.clone();
    new.clone_into(&mut saved.profile.name);
    let listed = store.replace(&listed, saved).map_err(|error| trouble(&error, screen))?;
    Ok(tell(Word::ProfileSaved, &listed, is_json, screen))
}

/// Saves a copy of a profile.
pub(super) fn duplicate(
    store: &Store,
    name: &str,
    new: Option<&str>,
    is_json: bool,
    screen: &Screen,
) -> Result<Exit, Exit> {
    let listed = pick(store, name, screen)?;
    let mut saved = listed.saved.copy();
    if let Some(new) = new {
        new.clone_into(&mut saved.profile.name);
    }
    let listed = store.add(saved).map_err(|error| trouble(&error, screen))?;
    Ok(tell(Word::ProfileSaved, &listed, is_json, screen))
}

fn apply(options: &KeepOptions, saved: &mut SavedProfile) {
    saved.password = options.password.map_or(saved.password, Into::into);
    saved.autostart = options.autostart.map_or(saved.autostart, Into::into);
    if let Some(notes) = &options.notes {
        saved.notes.clone_from(notes);
    }
}

/// Tells what became of the profile.
fn tell(word: Word, listed: &Listed, is_json: bool, screen: &Screen) -> Exit {
    if is_json {
        screen.json(&Shown::new(listed));
    } else {
        screen.say(word, &[("name", listed.saved.profile.display_name())]);
        if word == Word::ProfileSaved {
            describe(listed, screen);
        }
    }
    Exit::Done
}

/// What was said can't be meant.
pub(super) fn wrong(why: &str, screen: &Screen) -> Exit {
    screen.say(Word::ProfileWrong, &[("reason", why)]);
    Exit::Usage
}

/// Asks at the terminal until there is an answer that can be. Elsewhere it is an error that it was not said.
async fn ask<T>(
    question: Word,
    parse: fn(&str) -> Result<T, TypedError>,
    screen: &Screen,
) -> Result<T, Exit> {
    if !io::stdin().is_terminal() {
        return Err(wrong("--server and --user are needed where nobody can be asked", screen));
    }
    loop {
        let answer = line(screen.words.say(question, &[])).await?;
        match parse(answer.trim()) {
            Ok(value) => return Ok(value),
            Err(why) => screen.note(&screen.words.typed(why)),
        }
    }
}

/// Whether it is meant: where nobody can be asked, it is.
pub(super) async fn confirm(question: Word, names: Names<'_>, screen: &Screen) -> Result<bool, Exit> {
    if !io::stdin().is_terminal() {
        return Ok(true);
    }
    let answer = line(screen.words.say(question, names)).await?;
    let (answer, yes) = (answer.trim().to_lowercase(), screen.words.say(Word::AnswerYes, &[]));
    // The English answer counts everywhere: scripts give it.
    Ok(yes.split(' ').chain(["y", "yes"]).any(|one| one == answer))
}

/// A line from the terminal.
pub(super) async fn line(question: String) -> Result<String, Exit> {
    let read = spawn_blocking(move || {
        let mut stderr = io::stderr().lock();
        write!(stderr, "{question} ").and_then(|()| stderr.flush())?;
        let mut answer = String::new();
        match io::stdin().lock().read_line(&mut answer)? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            _ => Ok(answer),
        }
    });
    read.await.ok().and_then(io::Result::ok).ok_or(Exit::Cancelled)
}
