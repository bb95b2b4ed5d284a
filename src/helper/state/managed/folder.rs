//! A directory of files that nobody but their owner can have written.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{self, CWD, Dir, Mode, OFlags};

use crate::state::disk::{self, LONGEST};

/// Whose word counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner(pub(crate) u32);

impl Owner {
    pub(super) const ROOT: Self = Self(0);
}

/// Why a file does not count.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// The system does not give it to us.
    #[error("it can't be read: {0}")]
    System(#[from] io::Error),
    /// It is not root's.
    #[error("it does not belong to root")]
    Owner,
    /// Its mode lets others change it.
    #[error("others may write to it")]
    Writable,
    /// It holds something secret, and its mode lets others read that.
    #[error("others may read it: it must be root's with the mode 0600, or root's and culvertd's with 0640")]
    Readable,
    /// It is too long.
    #[error("it is longer than 64 KiB")]
    TooLong,
    /// It is no text.
    #[error("it is not UTF-8")]
    Text,
    /// Its name is no plain name.
    #[error("its name has characters that it must not have")]
    Name,
}

/// A directory, held open.
#[derive(Debug)]
pub(super) struct Folder {
    directory: OwnedFd,
    owner: Owner,
}

impl Folder {
    /// The directory at `path`, which is no link and which nobody but `owner` can change.
    pub(super) fn open(path: &Path, owner: Owner) -> Result<Self, Untrusted> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = fs::openat(CWD, path, flags, Mode::empty()).map_err(io::Error::from)?;
        let found = fs::fstat(&directory).map_err(io::Error::from)?;
        owner.check(found.st_uid, found.st_mode)?;
        Ok(Self { directory, owner })
    }

    /// What is in it, sorted.
    pub(super) fn names(&self) -> Result<Vec<OsString>, Untrusted> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.directory).map_err(io::Error::from)? {
            let entry = entry.map_err(io::Error::from)?;
            names.push(OsString::from_vec(entry.file_name().to_bytes().to_vec()));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The text of a file that nobody but the owner can change.
    pub(super) fn read(&self, name: &str) -> Result<String, Untrusted> {
        let file = disk::open(&self.directory, name)?;
        let found = file.metadata()?;
        self.owner.check(found.uid(), found.mode())?;
        let mut bytes = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST {
            return Err(Untrusted::TooLong);
        }
        String::from_utf8(bytes).map_err(|_| Untrusted::Text)
    }

    /// A file that nobody but the owner can change, and nobody but the owner and members of `group` can read.
    pub(super) fn open_secret(&self, name: &str, group: u32) -> Result<std::fs::File, Untrusted> {
        let file = disk::open(&self.directory, name)?;
        let found = file.metadata()?;
        self.owner.check(found.uid(), found.mode())?;
        let is_for_group = found.mode() & 0o070 != 0;
        if found.mode() & 0o007 != 0 || is_for_group && ![0, group].contains(&found.gid()) {
            return Err(Untrusted::Readable);
        }
        Ok(file)
    }
}

impl Owner {
    fn check(self, uid: u32, mode: u32) -> Result<(), Untrusted> {
        if uid != self.0 {
            return Err(Untrusted::Owner);
        }
        if mode & 0o022 != 0 { Err(Untrusted::Writable) } else { Ok(()) }
    }
}

/// Whether `name` is a file's own name, and leads nowhere else.
pub(super) fn is_plain(name: &str) -> bool {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    !name.is_empty() && name.len() <= 255 && !name.starts_with('.') && name.chars().all(is_fine)
}
