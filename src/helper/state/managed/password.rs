//! The password of a managed profile.

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use culvert_model::Secret;
use nix::unistd::getegid;
use zeroize::Zeroizing;

use super::ManagedProfile;
use super::folder::{Folder, Owner, Untrusted, is_plain};
use crate::request::check_password;
use crate::state::disk;

/// A file that is longer holds no password.
const LONGEST: usize = 4096;
/// Where systemd puts the service's credentials (`systemd.exec(5)`, Credentials).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Where a password is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PasswordSource {
    /// In this file beside the profile.
    File(String),
    /// In this credential of the service.
    Credential(String),
}

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The file does not count.
    #[error("the password file {path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: Untrusted,
    },
    /// The service manager hands over no such credential.
    #[error("the credential {name}: {why}")]
    Credential {
        /// Its name.
        name: String,
        /// Why not.
        why: io::Error,
    },
    /// What is there is no password.
    #[error("what is in {0} is no password: it takes one line of 1 to 1024 bytes of UTF-8")]
    Unusable(String),
}

impl PasswordSource {
    pub(super) fn new(file: Option<String>, credential: Option<String>) -> Result<Option<Self>, String> {
        let check = |name: String, key| {
            if is_plain(&name) {
                Ok(name)
            } else {
                Err(format!("{key}: a plain name is wanted, without a path"))
            }
        };
        match (file, credential) {
            (Some(_), Some(_)) => Err("either password-file or password-credential, not both".to_owned()),
            (Some(name), None) => Ok(Some(Self::File(check(name, "password-file")?))),
            (None, Some(name)) => Ok(Some(Self::Credential(check(name, "password-credential")?))),
            (None, None) => Ok(None),
        }
    }
}

impl ManagedProfile {
    /// Reads the password, where the profile says from where; `None` where somebody has to be asked. An
    /// administrator's files are in `path`.
    ///
    /// # Errors
    /// Why the place that the profile names holds none.
    pub fn password(&self, path: &Path) -> Result<Option<Secret>, PasswordError> {
        let credentials = env::var_os(CREDENTIALS).map(PathBuf::from);
        self.password_from(&path.join("managed.d"), Owner::ROOT, credentials.as_deref())
    }

    pub(crate) fn password_from(
        &self,
        folder: &Path,
        owner: Owner,
        credentials: Option<&Path>,
    ) -> Result<Option<Secret>, PasswordError> {
        let (file, name) = match &self.password {
            None => return Ok(None),
            Some(PasswordSource::File(name)) => {
                let open = || Folder::open(folder, owner)?.open_secret(name, getegid().as_raw());
                let file = open().map_err(|why| PasswordError::File { path: folder.join(name), why })?;
                (file, name)
            }
            Some(PasswordSource::Credential(name)) => {
                let file = credential(credentials, name);
                (file.map_err(|why| PasswordError::Credential { name: name.clone(), why })?, name)
            }
        };
        let unusable = || PasswordError::Unusable(name.clone());
        read(file).ok().flatten().map(Some).ok_or_else(unusable)
    }
}

/// The service manager's word is enough for what is in its directory.
fn credential(directory: Option<&Path>, name: &str) -> io::Result<File> {
    let directory = directory.ok_or_else(|| io::Error::other("the service manager hands over none"))?;
    disk::open(File::open(directory)?, name)
}

/// The one line of a file.
fn read(file: File) -> io::Result<Option<Secret>> {
    // Room from the start: a buffer that grew would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.take(LONGEST as u64).read_to_end(&mut bytes)?;
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text =
        std::str::from_utf8(line).ok().filter(|text| !text.is_empty() && !text.contains(char::is_control));
    let secret = text.map(|text| Secret::new(text.to_owned()));
    Ok(secret.filter(|secret| check_password(secret).is_ok()))
}
