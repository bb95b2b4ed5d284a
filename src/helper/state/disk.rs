//! What is asked of a file system, as a list short enough to be played by a test.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};

/// The longest file that is read, in bytes.
pub(crate) const LONGEST: u64 = 64 << 10;

/// One directory of files. No name leads out of it, and no link is followed.
pub(crate) trait Disk {
    /// A new file.
    type File;

    /// The bytes of a file; `InvalidData` for what is no file, or too long.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// A file that was not there before.
    fn create(&self, name: &str) -> io::Result<Self::File>;
    /// Adds `bytes` to it.
    fn write(&self, file: &mut Self::File, bytes: &[u8]) -> io::Result<()>;
    /// Returns once its bytes outlive a loss of power.
    fn sync(&self, file: &Self::File) -> io::Result<()>;
    /// Gives the file another name, and takes that away from whatever had it.
    fn rename(&self, name: &str, to: &str) -> io::Result<()>;
    /// Gives the file a second name, which must be free.
    fn link(&self, name: &str, second: &str) -> io::Result<()>;
    /// Takes a name away.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Returns once the names outlive a loss of power.
    fn sync_names(&self) -> io::Result<()>;
}

/// A directory of this system, by its descriptor.
#[derive(Debug)]
pub struct SystemDisk(OwnedFd);

impl From<OwnedFd> for SystemDisk {
    fn from(directory: OwnedFd) -> Self {
        Self(directory)
    }
}

impl Disk for SystemDisk {
    type File = File;

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let file = open(&self.0, name)?;
        let mut bytes = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST {
            return Err(io::Error::new(ErrorKind::InvalidData, "it is too long"));
        }
        Ok(bytes)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(fs::openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, name: &str, to: &str) -> io::Result<()> {
        Ok(fs::renameat(&self.0, name, &self.0, to)?)
    }

    fn link(&self, name: &str, second: &str) -> io::Result<()> {
        Ok(fs::linkat(&self.0, name, &self.0, second, AtFlags::empty())?)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    fn sync_names(&self) -> io::Result<()> {
        Ok(fs::fsync(&self.0)?)
    }
}

/// Opens an ordinary file of `directory` for reading; nothing that could lead elsewhere or keep us waiting.
///
/// # Errors
/// The system's, or `InvalidData` where the name is no ordinary file's.
pub(crate) fn open(directory: impl AsFd, name: &str) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let strange = || io::Error::new(ErrorKind::InvalidData, "it is no ordinary file");
    let file = match fs::openat(directory, name, flags, Mode::empty()) {
        // A symbolic link, or a socket.
        Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => return Err(strange()),
        file => file?,
    };
    if FileType::from_raw_mode(fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(strange());
    }
    Ok(file.into())
}
