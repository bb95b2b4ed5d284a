//! From other programs, and for them. Files and keyrings are asked on threads of their own.

use std::path::PathBuf;

use culvert_model::Secret;
use culvert_profiles::import::{self, Found, Preview, Source};
use culvert_profiles::{Listed, PasswordMode, Secrets, SecretsError, Store};
use iced::Task;

use crate::shelf::on_a_thread;

/// What stands in the files that were chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked {
    pub(crate) preview: Preview,
    /// The files that can't be read, and why.
    pub(crate) unread: Vec<(String, String)>,
    /// Whether a file was not opened by the passphrase that was typed.
    pub(crate) is_wrong: bool,
}

/// What became of what was to be kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    pub(crate) listed: Vec<Listed>,
    /// Why a password is not kept.
    pub(crate) passwords: Option<SecretsError>,
    /// Why the rest is not.
    pub(crate) failed: Option<String>,
}

/// Looks at these files.
pub(crate) fn look(paths: Vec<PathBuf>, passphrase: Option<Secret>) -> Task<Looked> {
    Task::future(async move {
        on_a_thread(move || look_at(&paths, passphrase.as_ref())).await.unwrap_or_default()
    })
}

fn look_at(paths: &[PathBuf], passphrase: Option<&Secret>) -> Looked {
    let (mut sources, mut looked) = (Vec::new(), Looked::default());
    for path in paths {
        match Source::file(path) {
            Ok(mut source) => {
                if let Some(passphrase) = passphrase.filter(|_| source.is_encrypted()) {
                    looked.is_wrong |= source.decrypt(passphrase).is_err();
                }
                sources.push(source);
            }
            Err(error) => looked.unread.push((path.display().to_string(), error.to_string())),
        }
    }
    looked.preview = import::read(&sources);
    looked
}

/// Keeps these, and their passwords.
pub(crate) fn take(found: Vec<Found>) -> Task<Taken> {
    Task::future(async move {
        let taking = on_a_thread(move || match Store::of_user() {
            Ok(store) => take_into(&store, found),
            Err(error) => Taken { failed: Some(error.to_string()), ..Taken::default() },
        });
        taking.await.unwrap_or_default()
    })
}

/// Keeps what can be kept, up to the first that the disk does not take.
fn take_into(store: &Store, found: Vec<Found>) -> Taken {
    let (mut taken, secrets) = (Taken::default(), Secrets::of_user());
    for found in found {
        let listed = match store.add(found.saved.clone()) {
            Ok(listed) => listed,
            Err(error) => {
                taken.failed = Some(error.to_string());
                break;
            }
        };
        if let Err(error) = keep_password(&secrets, &listed, &found) {
            taken.passwords = Some(error);
        }
        taken.listed.push(listed);
    }
    taken
}

fn keep_password(secrets: &Secrets, listed: &Listed, found: &Found) -> Result<(), SecretsError> {
    let password = match (&found.password, &found.network_manager) {
        (None, Some(uuid)) => secrets.of_network_manager(uuid)?,
        (password, _) => password.clone(),
    };
    let mode = listed.saved.password;
    match password.filter(|_| mode != PasswordMode::Ask) {
        Some(password) => secrets.keep(&listed.id, listed.saved.profile.display_name(), mode, &password),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_kept_and_what_is_none_is_named() {
        let directory = tempfile::tempdir().expect("a directory");
        let (good, other) = (directory.path().join("mail.txt"), directory.path().join("tea.txt"));
        std::fs::write(&good, "Server: vpn.example.com\nUser: alice\n").expect("it is written");
        std::fs::write(&other, "Two spoons of tea.\n").expect("it is written");
        let looked = look_at(&[good, other, directory.path().join("none")], None);
        let Preview { found, refused } = looked.preview;
        assert_eq!((found.len(), refused.len(), looked.unread.len()), (1, 1, 1));
        let store = Store::at(directory.path().join("profiles"));
        let taken = take_into(&store, found);
        assert_eq!((taken.listed.len(), taken.passwords, taken.failed), (1, None, None));
        assert_eq!(store.list().expect("they are read").0.len(), 1);
    }
}
