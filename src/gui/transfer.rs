//! From other programs, and for them. Files and keyrings are asked on threads of their own.

use std::path::PathBuf;

use culvert_model::Secret;
use culvert_profiles::export::{self, Entry, Lost};
use culvert_profiles::import::{self, Found, Preview, Source};
use culvert_profiles::{Format, Listed, PasswordMode, Secrets, SecretsError, Store};
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

/// What is to be written, how and where.
pub(crate) struct Order {
    pub(crate) profiles: Vec<Listed>,
    pub(crate) format: Format,
    pub(crate) with_passwords: bool,
    /// What closes the files, where the format can be closed.
    pub(crate) passphrase: Option<Secret>,
    pub(crate) directory: PathBuf,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) paths: Vec<PathBuf>,
    /// What the format can't hold.
    pub(crate) lost: Vec<Lost>,
    /// Why a password is not in it.
    pub(crate) unread: Option<SecretsError>,
    /// Whether passwords can be read in it by everybody.
    pub(crate) is_open: bool,
}

/// Writes this.
pub(crate) fn write(order: Order) -> Task<Result<Written, String>> {
    Task::future(async move {
        let secrets = Secrets::of_user();
        let read = move |listed: &Listed| secrets.read(&listed.id);
        on_a_thread(move || write_with(&order, read)).await.unwrap_or_else(|| Err(String::new()))
    })
}

fn write_with(
    order: &Order,
    read: impl Fn(&Listed) -> Result<Option<Secret>, SecretsError>,
) -> Result<Written, String> {
    let mut written = Written::default();
    let mut passwords = Vec::new();
    for listed in &order.profiles {
        let is_wanted = order.with_passwords && listed.saved.password != PasswordMode::Ask;
        passwords.push(match is_wanted.then(|| read(listed)) {
            Some(Ok(password)) => password,
            Some(Err(error)) => {
                written.unread = Some(error);
                None
            }
            None => None,
        });
    }
    let pairs = order.profiles.iter().zip(&passwords);
    let entries: Vec<_> =
        pairs.map(|(listed, password)| Entry { saved: &listed.saved, password: password.as_ref() }).collect();
    let mut exported = export::write(order.format, &entries);
    if let Some(passphrase) = &order.passphrase {
        exported.encrypt(passphrase).map_err(|error| error.to_string())?;
    }
    exported.keep(&order.directory).map_err(|error| error.to_string())?;
    written.paths = exported.files.iter().map(|file| order.directory.join(&file.name)).collect();
    written.lost = exported.lost;
    written.is_open = order.passphrase.is_none() && passwords.iter().any(Option::is_some);
    Ok(written)
}

/// What became of everything that was kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Removed {
    pub(crate) count: usize,
    /// Why a password may still be there.
    pub(crate) passwords: Option<SecretsError>,
    /// Why the rest is still there.
    pub(crate) failed: Option<String>,
}

/// Removes every profile and its password.
pub(crate) fn remove_all() -> Task<Removed> {
    Task::future(async move {
        let secrets = Secrets::of_user();
        let removing = on_a_thread(move || match Store::of_user() {
            Ok(store) => remove_from(&store, |listed| secrets.forget(&listed.id)),
            Err(error) => Removed { failed: Some(error.to_string()), ..Removed::default() },
        });
        removing.await.unwrap_or_default()
    })
}

fn remove_from(store: &Store, forget: impl Fn(&Listed) -> Result<(), SecretsError>) -> Removed {
    let mut removed = Removed::default();
    let profiles = store.list().map(|(profiles, _)| profiles);
    let removing = profiles.and_then(|profiles| {
        for listed in profiles {
            match forget(&listed) {
                // Whoever keeps none need have no keyring.
                Err(SecretsError::Absent) if listed.saved.password == PasswordMode::Ask => {}
                Err(error) => removed.passwords = Some(error),
                Ok(()) => {}
            }
            store.remove(&listed.id)?;
            removed.count += 1;
        }
        Ok(())
    });
    removed.failed = removing.err().map(|error| error.to_string());
    removed
}

#[cfg(test)]
mod tests {
    use culvert_profiles::SavedProfile;

    use super::*;
    use crate::tests::played::profile;

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

    #[test]
    fn passwords_are_written_only_when_they_are_wanted_and_a_passphrase_closes_them() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::at(directory.path().join("profiles"));
        let saved = SavedProfile::new(profile("Office"));
        let profiles = vec![store.add(saved).expect("it is kept")];
        let secret = |_: &Listed| Ok(Some(Secret::new("correct horse".to_owned())));
        let written = |with_passwords, passphrase: Option<&str>, place: &str| {
            let place = directory.path().join(place);
            std::fs::create_dir(&place).expect("it is made");
            let order = Order {
                profiles: profiles.clone(),
                format: Format::Culvert,
                with_passwords,
                passphrase: passphrase.map(|text| Secret::new(text.to_owned())),
                directory: place,
            };
            let written = write_with(&order, secret).expect("it is written");
            assert!(write_with(&order, secret).is_err(), "nothing is written over");
            let text = std::fs::read(&written.paths[0]).expect("it is there");
            (written.is_open, String::from_utf8_lossy(&text).contains("correct horse"))
        };
        assert_eq!(written(false, None, "without"), (false, false));
        assert_eq!(written(true, None, "open"), (true, true));
        assert_eq!(written(true, Some("river"), "closed"), (false, false));
    }

    #[test]
    fn everything_is_removed_also_where_the_keyring_does_not_answer() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::at(directory.path());
        for name in ["Office", "Home"] {
            store.add(SavedProfile::new(profile(name))).expect("it is kept");
        }
        let removed = remove_from(&store, |_| Err(SecretsError::Slow));
        assert_eq!((removed.count, removed.passwords, removed.failed), (2, Some(SecretsError::Slow), None));
        assert!(store.list().expect("it is read").0.is_empty());
    }
}
