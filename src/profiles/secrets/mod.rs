//! The passwords of the profiles, in the system's keyring.
//!
//! They are nowhere else: where the keyring can't be had, the answer says why, and whoever asked asks the person. What
//! is asked for by another thread is answered within [`Secrets::PATIENCE`], whatever the keyring does.

mod deadline;
#[cfg(not(target_os = "linux"))]
mod native;
#[cfg(target_os = "linux")]
mod secret_service;

#[cfg(not(target_os = "linux"))]
use native as system;
#[cfg(target_os = "linux")]
use secret_service as system;

use std::time::Duration;

use culvert_model::Secret;

use crate::{PasswordMode, ProfileId, Store};

/// How the keyring calls what is ours.
const SERVICE: &str = "org.culvert.Culvert";

/// The keyring of the user whom this program runs for. Every call opens it anew: one that was not there may have come.
///
/// The calls wait. They belong on a thread that may do so, which is none of an async runtime's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Secrets(());

/// Why the keyring gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// There is no keyring, or nobody is logged in to it.
    #[error("there is no keyring")]
    Absent,
    /// It is locked: [`Secrets::unlock`] has it ask the person.
    #[error("the keyring is locked")]
    Locked,
    /// The person did not unlock it.
    #[error("the keyring was not unlocked")]
    Refused,
    /// It did not answer in time. What was asked for may still happen.
    #[error("the keyring does not answer")]
    Slow,
    /// It answered with something else.
    #[error("{0}")]
    Broken(String),
}

impl Secrets {
    /// How long an answer may take.
    pub const PATIENCE: Duration = Duration::from_secs(2);
    /// How long a person may take who is asked to unlock it.
    pub const PATIENCE_WITH_PEOPLE: Duration = Duration::from_secs(60);

    /// The keyring of the user. Nothing is asked of it yet.
    pub fn of_user() -> Self {
        Self(())
    }

    /// The password of this profile; `None` where the keyring has none.
    ///
    /// # Errors
    /// Why nobody knows.
    pub fn read(&self, id: &ProfileId) -> Result<Option<Secret>, SecretsError> {
        let id = id.clone();
        deadline::within(Self::PATIENCE, move || system::read(&id))
    }

    /// Keeps the password of this profile as `mode` wants it, in the place of another one. `label` is what the keyring's
    /// own window shows. With [`PasswordMode::Ask`] nothing is kept.
    ///
    /// # Errors
    /// Why it can't be kept.
    pub fn keep(
        &self,
        id: &ProfileId,
        label: &str,
        mode: PasswordMode,
        secret: &Secret,
    ) -> Result<(), SecretsError> {
        let (id, label, secret) = (id.clone(), label.to_owned(), secret.clone());
        deadline::within(Self::PATIENCE, move || match mode {
            PasswordMode::Keyring => system::keep(&id, &label, &secret),
            PasswordMode::Session => system::keep_for_session(&id, &label, &secret),
            PasswordMode::Ask => Ok(()),
        })
    }

    /// Forgets the password of this profile, if there is one.
    ///
    /// # Errors
    /// Why it may still be there.
    pub fn forget(&self, id: &ProfileId) -> Result<(), SecretsError> {
        let id = id.clone();
        deadline::within(Self::PATIENCE, move || system::forget(&id))
    }

    /// Has the keyring unlocked by its person, in its own window.
    ///
    /// # Errors
    /// [`SecretsError::Refused`], or why the person was not asked.
    pub fn unlock(&self) -> Result<(), SecretsError> {
        deadline::within(Self::PATIENCE_WITH_PEOPLE, system::unlock)
    }

    /// Forgets the passwords of profiles that are no more in the `store`, as when somebody has removed a file by hand.
    /// Says how many. Where not every profile can be read, or there is no directory, nobody knows: none is forgotten.
    ///
    /// It belongs behind what a person waits for, once for a program that stays.
    ///
    /// # Errors
    /// Why some may still be there.
    pub fn sweep(&self, store: &Store) -> Result<usize, SecretsError> {
        let store = store.clone();
        deadline::within(Self::PATIENCE, move || system::sweep(|| known(&store)))
    }

    /// The password that NetworkManager keeps in this user's keyring for the connection of this UUID.
    ///
    /// # Errors
    /// Why nobody knows.
    pub fn of_network_manager(&self, uuid: &str) -> Result<Option<Secret>, SecretsError> {
        let uuid = uuid.to_owned();
        deadline::within(Self::PATIENCE, move || system::of_network_manager(&uuid))
    }
}

/// Every profile that there is, if that can be said.
fn known(store: &Store) -> Option<Vec<ProfileId>> {
    let (profiles, unreadable) = store.list().ok().filter(|_| store.path().is_dir())?;
    unreadable.is_empty().then(|| profiles.into_iter().map(|listed| listed.id).collect())
}
