//! The profiles of one user.

use std::io;
use std::path::{Path, PathBuf};

use culvert_model::Profile;
use directories::ProjectDirs;

use super::files::{self, Writing};
use super::watch::{self, Watch};
use crate::document::{self, DocumentError};
use crate::{ProfileId, SavedProfile};

/// A file that is longer holds no profile, in bytes.
const LONGEST: u64 = 256 << 10;

/// The directory in which a user's profiles are: one TOML file each, readable by its user alone.
///
/// Several programs may use it at once. Reading needs no lock: every file is there whole at any time. A file that holds
/// no profile stays where it is, for its user to mend: it is named in every list, and no profile gets its place.
///
/// A file can be a link to another one, as people keep their settings who have many computers: that one is written then.
#[derive(Clone, Debug)]
pub struct Store {
    directory: PathBuf,
}

/// A profile as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name for as long as it exists.
    pub id: ProfileId,
    /// What is kept of it.
    pub saved: SavedProfile,
    /// Its file as it was.
    text: String,
}

/// A file that holds no profile. It stays as it is.
#[derive(Debug)]
pub struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: StoreError,
}

/// Why something could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system did not allow it.
    #[error("{}: {cause}", path.display())]
    System {
        /// With what.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// What is in the file is no profile.
    #[error("{}: {cause}", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: DocumentError,
    },
    /// There is no such profile (any more).
    #[error("there is no such profile")]
    Unknown,
    /// Somebody else has changed it since it was read.
    #[error("the profile has been changed by another program meanwhile")]
    Changed,
    /// The user has no home.
    #[error("there is no directory for the settings of this user")]
    NoHome,
    /// A profile that can't be written as a text.
    #[error("the profile can't be written down: {0}")]
    Unwritable(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

impl Store {
    /// The store of the user whom this program runs for.
    ///
    /// # Errors
    /// [`StoreError::NoHome`].
    pub fn of_user() -> Result<Self, StoreError> {
        let directories = ProjectDirs::from("org", "Culvert", "culvert").ok_or(StoreError::NoHome)?;
        Ok(Self::at(directories.config_dir().join("profiles")))
    }

    /// The store in this directory, which is made when the first profile is kept.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Where the profiles are.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Every profile, in the order of what people call them, and the files that hold none.
    ///
    /// # Errors
    /// Where the directory can't be read.
    pub fn list(&self) -> Result<(Vec<Listed>, Vec<Unreadable>), StoreError> {
        let (mut profiles, mut unreadable) = (Vec::new(), Vec::new());
        let names = files::names(&self.directory).map_err(|cause| system(&self.directory, cause))?;
        for name in names {
            let path = self.directory.join(&name);
            let read = name.to_str().map_or_else(|| Err(no_id(&path)), |name| self.read_file(name));
            match read {
                Ok(listed) => profiles.push(listed),
                // Somebody has just removed it; or it is elsewhere, and that place is not there now.
                Err(StoreError::Unknown) if path.is_symlink() => {
                    let why = system(&path, io::Error::new(io::ErrorKind::NotFound, "it leads nowhere"));
                    unreadable.push(Unreadable { path, why });
                }
                Err(StoreError::Unknown) => {}
                Err(why) => unreadable.push(Unreadable { path, why }),
            }
        }
        let key = |listed: &Listed| (listed.saved.profile.display_name().to_lowercase(), listed.id.clone());
        profiles.sort_by_cached_key(key);
        Ok((profiles, unreadable))
    }

    /// The profile of this id.
    ///
    /// # Errors
    /// [`StoreError::Unknown`], or why it can't be read.
    pub fn read(&self, id: &ProfileId) -> Result<Listed, StoreError> {
        self.read_file(&file_name(id))
    }

    /// Keeps a new profile. Another one of that name gets none taken away: this one is called `Name (2)` then.
    ///
    /// # Errors
    /// Why it can't be kept; nothing has changed then.
    pub fn add(&self, mut saved: SavedProfile) -> Result<Listed, StoreError> {
        saved.profile.check().map_err(|cause| document_error(&self.directory, cause.into()))?;
        let writing = self.write()?;
        let (others, _) = self.list()?;
        saved.profile.name = free_name(saved.profile.display_name(), &others);
        let id = ProfileId::for_name(&saved.profile.name).map_err(StoreError::Random)?;
        self.put(&writing, id, saved, None)
    }

    /// Keeps `saved` in the place of what was `read`. Where another one has its new name, it is called `Name (2)`.
    ///
    /// # Errors
    /// [`StoreError::Changed`] or [`StoreError::Unknown`] if somebody else was faster, or why it can't be kept; nothing
    /// has changed then.
    pub fn replace(&self, read: &Listed, mut saved: SavedProfile) -> Result<Listed, StoreError> {
        saved.profile.check().map_err(|cause| document_error(&self.directory, cause.into()))?;
        let writing = self.write()?;
        if self.read(&read.id)?.text != read.text {
            return Err(StoreError::Changed);
        }
        if saved.profile.display_name() != read.saved.profile.display_name() {
            let (mut others, _) = self.list()?;
            others.retain(|other| other.id != read.id);
            saved.profile.name = free_name(saved.profile.display_name(), &others);
        }
        self.put(&writing, read.id.clone(), saved, Some(&read.text))
    }

    /// Removes the profile, if it is there. Its password is another matter: see [`crate::Secrets::forget`].
    ///
    /// # Errors
    /// Why it can't be removed.
    pub fn remove(&self, id: &ProfileId) -> Result<(), StoreError> {
        let name = file_name(id);
        self.write()?.remove(&name).map_err(|cause| system(&self.directory.join(name), cause))
    }

    /// Brings back a profile that was removed, with its id, and so with its password while nobody has forgotten that.
    /// Where another one has its name meanwhile, it is called `Name (2)`.
    ///
    /// # Errors
    /// [`StoreError::Changed`] where its file is there again, or why it can't be kept.
    pub fn restore(&self, removed: &Listed) -> Result<Listed, StoreError> {
        let writing = self.write()?;
        let path = self.directory.join(file_name(&removed.id));
        if path.symlink_metadata().is_ok() {
            return Err(StoreError::Changed);
        }
        let (others, _) = self.list()?;
        let mut saved = removed.saved.clone();
        let name = free_name(saved.profile.display_name(), &others);
        if name != saved.profile.display_name() {
            saved.profile.name = name;
        }
        self.put(&writing, removed.id.clone(), saved, Some(&removed.text))
    }

    /// Calls `tell` whenever profiles may have changed, by whomever, from a thread of its own, until what is returned is
    /// dropped. A change is never left out; it can be told twice, and many at once are told once. What has changed is to
    /// be looked up: `tell` best puts a word into the channel of whoever does that.
    ///
    /// # Errors
    /// Where the directory can't be made, or the system has no watch to give.
    pub fn watch(&self, tell: impl FnMut() + Send + 'static) -> Result<Watch, StoreError> {
        watch::watch(&self.directory, tell).map_err(|error| system(&self.directory, io::Error::other(error)))
    }

    fn write(&self) -> Result<Writing<'_>, StoreError> {
        Writing::begin(&self.directory).map_err(|cause| system(&self.directory, cause))
    }

    fn put(
        &self,
        writing: &Writing<'_>,
        id: ProfileId,
        saved: SavedProfile,
        old: Option<&str>,
    ) -> Result<Listed, StoreError> {
        let text = document::write(&saved, old).map_err(|error| StoreError::Unwritable(error.to_string()))?;
        let name = file_name(&id);
        writing.replace(&name, text.as_bytes()).map_err(|cause| system(&self.directory.join(name), cause))?;
        Ok(Listed { id, saved, text })
    }

    fn read_file(&self, name: &str) -> Result<Listed, StoreError> {
        let path = self.directory.join(name);
        let bytes = files::read(&path, LONGEST).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => StoreError::Unknown,
            _ => system(&path, cause),
        })?;
        let invalid = |why: &str| system(&path, io::Error::new(io::ErrorKind::InvalidData, why));
        let text = String::from_utf8(bytes).map_err(|_| invalid("it is no text in UTF-8"))?;
        let stem = name.strip_suffix(".toml").unwrap_or(name);
        let id = stem.parse().map_err(|_| no_id(&path))?;
        let saved = document::parse(&text).map_err(|cause| document_error(&path, cause))?;
        Ok(Listed { id, saved, text })
    }
}

fn file_name(id: &ProfileId) -> String {
    format!("{id}.toml")
}

fn system(path: &Path, cause: io::Error) -> StoreError {
    StoreError::System { path: path.to_owned(), cause }
}

/// The file is called what no profile's is.
fn no_id(path: &Path) -> StoreError {
    system(path, io::Error::new(io::ErrorKind::InvalidData, crate::saved::NoProfileId))
}

fn document_error(path: &Path, cause: DocumentError) -> StoreError {
    StoreError::Document { path: path.to_owned(), cause }
}

/// `wanted`, or the first of `wanted (2)`, `wanted (3)`… that none of `others` is called.
fn free_name(wanted: &str, others: &[Listed]) -> String {
    let is_taken = |name: &str| others.iter().any(|other| other.saved.profile.display_name() == name);
    let mut name = wanted.to_owned();
    for number in 2.. {
        if !is_taken(&name) {
            break;
        }
        let end = format!(" ({number})");
        wanted.clone_into(&mut name);
        while name.len() + end.len() > Profile::LONGEST_NAME {
            name.pop();
        }
        name += &end;
    }
    name
}
