//! The few things that are done to files, one system call each, all of them in one directory.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{self, AtFlags, CWD, FileType, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

/// A resolver file that is longer is none.
const LONGEST: usize = 64 << 10;

/// Who may do what with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) mode: u32,
    pub(super) owner: u32,
    pub(super) group: u32,
}

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    File(Vec<u8>, Attributes),
    Link,
    /// A directory, a pipe, a device.
    Strange,
}

/// A directory whose files are read and changed without ever following a link.
///
/// There is a second one in the tests, which fails at a chosen call.
pub(super) trait Directory {
    /// A file that may be written.
    type File;

    /// What stands under `name`.
    fn read(&self, name: &str) -> io::Result<Found>;
    /// A new file; there must not be one of that name. Without `attributes` it is ours, for everybody to read.
    fn create(&self, name: &str, attributes: Option<Attributes>) -> io::Result<Self::File>;
    /// The file under `name`, to be written in place.
    fn open(&self, name: &str) -> io::Result<Self::File>;
    /// Writes from the start of the file.
    fn write(&self, file: &Self::File, bytes: &[u8]) -> io::Result<()>;
    /// Sets the length of a file.
    fn cut(&self, file: &Self::File, len: usize) -> io::Result<()>;
    /// Returns once the file's bytes outlive a loss of power.
    fn sync(&self, file: &Self::File) -> io::Result<()>;
    /// A second name for what stands under `name`, also where that is a symbolic link.
    fn link(&self, name: &str, second: &str) -> io::Result<()>;
    /// Gives what stands under `name` another name, in the place of what that named.
    fn rename(&self, name: &str, to: &str) -> io::Result<()>;
    /// Takes a name away.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Returns once the names outlive a loss of power.
    fn sync_names(&self) -> io::Result<()>;
}

/// A directory of this system.
#[derive(Debug)]
pub(super) struct SystemDirectory(OwnedFd);

impl SystemDirectory {
    /// The directory `name` of `root`, which must be no link.
    pub(super) fn open(root: &Path, name: &str) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = fs::openat(CWD, root, flags, Mode::empty())?;
        Ok(Self(fs::openat(root, name, flags | OFlags::NOFOLLOW, Mode::empty())?))
    }

    fn file(&self, name: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        // Without NONBLOCK a pipe of that name would hold us up.
        let always = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        fs::openat(&self.0, name, flags | always, mode)
    }
}

impl Directory for SystemDirectory {
    type File = OwnedFd;

    fn read(&self, name: &str) -> io::Result<Found> {
        let file = match self.file(name, OFlags::RDONLY, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(Found::Nothing),
            Err(Errno::LOOP) => return Ok(Found::Link),
            Err(Errno::NXIO) => return Ok(Found::Strange),
            Err(error) => return Err(error.into()),
        };
        let stat = fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(Found::Strange);
        }
        let mode = Mode::from_raw_mode(stat.st_mode).as_raw_mode();
        let attributes = Attributes { mode, owner: stat.st_uid, group: stat.st_gid };
        Ok(Found::File(read_to_end(&file)?, attributes))
    }

    fn create(&self, name: &str, attributes: Option<Attributes>) -> io::Result<OwnedFd> {
        let file =
            self.file(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL, Mode::RUSR | Mode::WUSR)?;
        if let Some(Attributes { owner, group, .. }) = attributes {
            fs::fchown(&file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(group)))?;
        }
        // Not by `open`, whose mode the umask narrows.
        let mode = attributes.map_or(0o644, |attributes| attributes.mode);
        fs::fchmod(&file, Mode::from_raw_mode(mode))?;
        Ok(file)
    }

    fn open(&self, name: &str) -> io::Result<OwnedFd> {
        Ok(self.file(name, OFlags::WRONLY, Mode::empty())?)
    }

    fn write(&self, file: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
        // So little is written at once or not at all; less means that the disk is full.
        match rustix::io::pwrite(file, bytes, 0)? {
            written if written == bytes.len() => Ok(()),
            _ => Err(Errno::NOSPC.into()),
        }
    }

    fn cut(&self, file: &OwnedFd, len: usize) -> io::Result<()> {
        let len = u64::try_from(len).map_err(|_| Errno::FBIG)?;
        Ok(fs::ftruncate(file, len)?)
    }

    fn sync(&self, file: &OwnedFd) -> io::Result<()> {
        Ok(fs::fsync(file)?)
    }

    fn link(&self, name: &str, second: &str) -> io::Result<()> {
        Ok(fs::linkat(&self.0, name, &self.0, second, AtFlags::empty())?)
    }

    fn rename(&self, name: &str, to: &str) -> io::Result<()> {
        Ok(fs::renameat(&self.0, name, &self.0, to)?)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    fn sync_names(&self) -> io::Result<()> {
        Ok(fs::fsync(&self.0)?)
    }
}

fn read_to_end(file: &OwnedFd) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = rustix::io::read(file, &mut part[..])?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(part.get(..read).unwrap_or_default());
        if bytes.len() > LONGEST {
            return Err(Errno::FBIG.into());
        }
    }
}
