//! The Credential Manager of Windows and the keychain of macOS.

use culvert_model::Secret;
use keyring::{Entry, Error};

use super::{SERVICE, SecretsError};
use crate::ProfileId;

pub(super) fn read(id: &ProfileId) -> Result<Option<Secret>, SecretsError> {
    match entry(id)?.get_password() {
        Ok(password) => Ok(Some(Secret::new(password))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn keep(id: &ProfileId, _label: &str, secret: &Secret) -> Result<(), SecretsError> {
    Ok(entry(id)?.set_password(secret.expose())?)
}

/// These have nothing that is forgotten with the session: it is asked for each time.
pub(super) fn keep_for_session(_id: &ProfileId, _label: &str, _secret: &Secret) -> Result<(), SecretsError> {
    Err(SecretsError::Absent)
}

pub(super) fn forget(id: &ProfileId) -> Result<(), SecretsError> {
    match entry(id)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The system unlocks it with the login, and asks by itself where it does not.
pub(super) fn unlock() -> Result<(), SecretsError> {
    Ok(())
}

/// These can't list what is there: whoever removes a profile removes its password.
pub(super) fn sweep(_known: impl FnOnce() -> Option<Vec<ProfileId>>) -> Result<usize, SecretsError> {
    Ok(0)
}

/// NetworkManager is not here.
pub(super) fn of_network_manager(_uuid: &str) -> Result<Option<Secret>, SecretsError> {
    Ok(None)
}

fn entry(id: &ProfileId) -> Result<Entry, SecretsError> {
    Ok(Entry::new(SERVICE, id.as_str())?)
}

impl From<Error> for SecretsError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoDefaultStore => Self::Absent,
            Error::NoStorageAccess(_) => Self::Locked,
            other => Self::Broken(other.to_string()),
        }
    }
}
