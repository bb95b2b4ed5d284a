//! The Secret Service of Linux desktops: gnome-keyring, KWallet, KeePassXC.
//!
//! The crate keyring reads and writes; what it has no words for is asked here first: whether what is ours is locked,
//! which it would have unlocked without being asked to, and what lasts for a session only.

use std::collections::HashMap;

use culvert_model::Secret;
use keyring::Entry;
use secret_service::blocking::{Collection, Item, SecretService};
use secret_service::{EncryptionType, Error};
use zbus::blocking::Connection;
use zbus_secret_service_keyring_store::Store;
use zeroize::Zeroizing;

use super::{SERVICE, SecretsError};
use crate::ProfileId;

/// What a bus says of a service that is not there.
const NOBODY: [&str; 2] =
    ["org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner"];

/// The collection that is never on a disk.
const SESSION: &str = "session";

pub(super) fn read(id: &ProfileId) -> Result<Option<Secret>, SecretsError> {
    let service = open()?;
    match ours(&service, id)?.as_slice() {
        [] if default_collection(&service)?.is_some_and(|default| is_locked(&default)) => {
            Err(SecretsError::Locked)
        }
        [] => Ok(None),
        _ => text(entry(id, None)?.get_secret()?).map(Some),
    }
}

pub(super) fn keep(id: &ProfileId, label: &str, secret: &Secret) -> Result<(), SecretsError> {
    let service = open()?;
    let default = default_collection(&service)?.ok_or(SecretsError::Absent)?;
    if is_locked(&default) {
        return Err(SecretsError::Locked);
    }
    // One that was kept for a session only would be changed where it is.
    let session =
        service.get_collection_by_alias(SESSION).ok().map(|session| session.collection_path.to_string());
    for item in ours(&service, id)? {
        if session.as_ref().is_some_and(|session| item.item_path.as_str().starts_with(session)) {
            item.delete()?;
        }
    }
    entry(id, Some(label))?.set_secret(secret.expose().as_bytes())?;
    ours(&service, id)?.iter().try_for_each(|item| item.set_label(label))?;
    Ok(())
}

pub(super) fn keep_for_session(id: &ProfileId, label: &str, secret: &Secret) -> Result<(), SecretsError> {
    let service = open()?;
    let session = match service.get_collection_by_alias(SESSION) {
        // Not every keyring can forget.
        Err(Error::NoResult) => return Err(SecretsError::Absent),
        session => session?,
    };
    ours(&service, id)?.iter().try_for_each(Item::delete)?;
    session.create_item(label, attributes(id), secret.expose().as_bytes(), true, "text/plain")?;
    Ok(())
}

pub(super) fn forget(id: &ProfileId) -> Result<(), SecretsError> {
    let service = open()?;
    ours(&service, id)?.iter().try_for_each(Item::delete)?;
    Ok(())
}

pub(super) fn unlock() -> Result<(), SecretsError> {
    let service = open()?;
    let default = default_collection(&service)?.ok_or(SecretsError::Absent)?;
    default.unlock()?;
    if is_locked(&default) { Err(SecretsError::Refused) } else { Ok(()) }
}

pub(super) fn sweep(known: impl FnOnce() -> Option<Vec<ProfileId>>) -> Result<usize, SecretsError> {
    let service = open()?;
    let mut swept = 0;
    let items = unlocked(&service, HashMap::from([("service", SERVICE)]))?;
    // After the passwords: a profile is there before its own is kept.
    let Some(known) = known() else { return Ok(0) };
    for item in items {
        let attributes = item.get_attributes()?;
        let is_known = |user: &String| known.iter().any(|id| id.as_str() == user);
        if attributes.get("username").is_some_and(|user| !is_known(user)) {
            item.delete()?;
            swept += 1;
        }
    }
    Ok(swept)
}

pub(super) fn of_network_manager(uuid: &str) -> Result<Option<Secret>, SecretsError> {
    let wanted = [("connection-uuid", uuid), ("setting-name", "vpn"), ("setting-key", "password")];
    let service = open()?;
    let items = unlocked(&service, HashMap::from(wanted))?;
    items.first().map(|item| text(item.get_secret()?)).transpose()
}

/// The service, with a session in which secrets cross the bus encrypted.
fn open() -> Result<SecretService<'static>, SecretsError> {
    // Where there is no bus there is nobody logged in.
    let bus = Connection::session().map_err(|_| SecretsError::Absent)?;
    Ok(SecretService::connect_with_existing(EncryptionType::Dh, bus)?)
}

/// The entry of the crate keyring, at a store of its own: the crate's own store stays dead if it once was.
fn entry(id: &ProfileId, label: Option<&str>) -> Result<Entry, SecretsError> {
    use keyring_core::api::CredentialStoreApi;
    let store = Store::new()?;
    let modifiers = label.map(|label| HashMap::from([("label", label)]));
    let inner = store.build(SERVICE, id.as_str(), modifiers.as_ref())?;
    Ok(Entry { inner })
}

fn attributes(id: &ProfileId) -> HashMap<&'static str, &str> {
    HashMap::from([("service", SERVICE), ("username", id.as_str())])
}

/// What is kept of this profile.
fn ours<'a>(service: &'a SecretService<'_>, id: &ProfileId) -> Result<Vec<Item<'a>>, SecretsError> {
    unlocked(service, attributes(id))
}

/// The items with these attributes, which must not be locked.
fn unlocked<'a>(
    service: &'a SecretService<'_>,
    attributes: HashMap<&str, &str>,
) -> Result<Vec<Item<'a>>, SecretsError> {
    let found = service.search_items(attributes)?;
    if found.locked.is_empty() { Ok(found.unlocked) } else { Err(SecretsError::Locked) }
}

fn default_collection<'a>(service: &'a SecretService<'_>) -> Result<Option<Collection<'a>>, SecretsError> {
    match service.get_default_collection() {
        Ok(collection) => Ok(Some(collection)),
        Err(Error::NoResult) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_locked(collection: &Collection<'_>) -> bool {
    collection.is_locked().unwrap_or(true)
}

/// A password is a text. What is no text is none of ours.
fn text(bytes: Vec<u8>) -> Result<Secret, SecretsError> {
    let bytes = Zeroizing::new(bytes);
    let text =
        str::from_utf8(&bytes).map_err(|_| SecretsError::Broken("the password is no text".to_owned()))?;
    Ok(Secret::new(text.to_owned()))
}

impl From<Error> for SecretsError {
    fn from(error: Error) -> Self {
        match error {
            Error::Locked => Self::Locked,
            Error::Prompt | Error::PromptDisconnected => Self::Refused,
            Error::Unavailable => Self::Absent,
            Error::Zbus(zbus::Error::MethodError(name, ..)) if NOBODY.contains(&name.as_str()) => {
                Self::Absent
            }
            other => Self::Broken(other.to_string()),
        }
    }
}

impl From<keyring::Error> for SecretsError {
    fn from(error: keyring::Error) -> Self {
        match error {
            keyring::Error::NoEntry => Self::Broken("the password has just gone".to_owned()),
            keyring::Error::NoStorageAccess(_) => Self::Locked,
            other => Self::Broken(other.to_string()),
        }
    }
}
