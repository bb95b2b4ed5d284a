//! The passwords of saved profiles.

use std::io::{self, IsTerminal};

use culvert_model::Secret;
use culvert_profiles::{Listed, PasswordMode, SavedProfile, Secrets, SecretsError, Store};
use tokio::task::spawn_blocking;

use crate::Exit;
use crate::password::{self, Source};
use crate::screen::Screen;
use culvert_words::Word;

/// The password to keep for a profile, as far as one was said; a new one is asked for at a terminal.
pub(super) async fn wanted(
    saved: &SavedProfile,
    is_on_stdin: bool,
    is_new: bool,
    screen: &Screen,
) -> Result<Option<Secret>, Exit> {
    let is_kept = saved.password != PasswordMode::Ask;
    if is_on_stdin && is_kept {
        let source = Source::new(true);
        return source.first(&saved.profile, screen, std::future::pending::<()>()).await.map(Some);
    }
    if is_new && is_kept && io::stdin().is_terminal() {
        let password = password::ask(&saved.profile, screen).await?;
        // Whoever says nothing is asked when it is connected.
        return Ok(Some(password).filter(|password| !password.expose().is_empty()));
    }
    Ok(None)
}

/// Keeps this password for the profile, if there is one to keep. Where it can't be kept that is said: then it is asked
/// for each time.
pub(crate) async fn keep(listed: &Listed, password: Option<Secret>, screen: &Screen) -> Result<(), Exit> {
    let Some(password) = password else { return Ok(()) };
    if listed.saved.password == PasswordMode::Ask {
        return Ok(());
    }
    let (id, mode, label) = (listed.id.clone(), listed.saved.password, label(&listed.saved));
    let kept = with_keyring(screen, move |secrets| secrets.keep(&id, &label, mode, &password)).await;
    kept.map_err(|error| {
        trouble(&error, Word::PasswordNotKept, screen);
        Exit::Other
    })
}

/// The password of the profile, if it is kept and can be had. What is wrong is said.
pub(crate) async fn read(listed: &Listed, screen: &Screen) -> Option<Secret> {
    if listed.saved.password == PasswordMode::Ask {
        return None;
    }
    let id = listed.id.clone();
    match with_keyring(screen, move |secrets| secrets.read(&id)).await {
        Ok(password) => password,
        Err(error) => {
            trouble(&error, Word::PasswordNotRead, screen);
            None
        }
    }
}

/// Forgets the password of a profile, if one is kept.
pub(super) async fn forget(listed: &Listed, screen: &Screen) {
    let id = listed.id.clone();
    match with_keyring(screen, move |secrets| secrets.forget(&id)).await {
        // Whoever keeps none need have no keyring.
        Err(SecretsError::Absent) if listed.saved.password == PasswordMode::Ask => {}
        Err(error) => trouble(&error, Word::PasswordNotForgotten, screen),
        Ok(()) => {}
    }
}

/// The password that NetworkManager keeps in this user's keyring.
pub(super) async fn of_network_manager(uuid: String, screen: &Screen) -> Option<Secret> {
    match with_keyring(screen, move |secrets| secrets.of_network_manager(&uuid)).await {
        Ok(password) => password,
        Err(error) => {
            trouble(&error, Word::PasswordNotRead, screen);
            None
        }
    }
}

/// Removes the passwords of profiles that there are no more. Nobody has to hear where that fails: it is tried again with
/// the next change.
pub(super) async fn sweep(store: &Store) {
    let store = store.clone();
    let _ = blocking(move |secrets| secrets.sweep(&store)).await;
}

/// Asks the keyring, and where it is locked and a person is there, has it unlocked and asks again.
async fn with_keyring<T: Send + 'static>(
    screen: &Screen,
    ask: impl Fn(&Secrets) -> Result<T, SecretsError> + Clone + Send + 'static,
) -> Result<T, SecretsError> {
    match blocking(ask.clone()).await {
        Err(SecretsError::Locked) if io::stdin().is_terminal() => {
            screen.say(Word::KeyringUnlock, &[]);
            blocking(Secrets::unlock).await?;
            blocking(ask).await
        }
        answer => answer,
    }
}

async fn blocking<T: Send + 'static>(
    ask: impl FnOnce(&Secrets) -> Result<T, SecretsError> + Send + 'static,
) -> Result<T, SecretsError> {
    let asked = spawn_blocking(move || ask(&Secrets::of_user())).await;
    asked.unwrap_or_else(|error| Err(SecretsError::Broken(error.to_string())))
}

fn trouble(error: &SecretsError, word: Word, screen: &Screen) {
    let reason = screen.words.keyring(error);
    screen.say(word, &[("reason", &reason)]);
}

/// What the keyring's own window shows of it.
fn label(saved: &SavedProfile) -> String {
    format!("Culvert: {} ({})", saved.profile.display_name(), saved.profile.login_name())
}
