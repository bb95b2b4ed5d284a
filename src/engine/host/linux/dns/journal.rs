//! Notes that outlive us.

use std::io::{self, ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::{self, AtFlags, CWD, Mode, OFlags};

/// What is longer is not ours.
const LONGEST: u64 = 64 << 10;

/// A note in a directory that is ours alone, written whole or not at all.
#[derive(Clone, Debug)]
pub(super) struct Note {
    directory: PathBuf,
    name: &'static str,
}

impl Note {
    pub(super) fn new(directory: impl Into<PathBuf>, name: &'static str) -> Self {
        Self { directory: directory.into(), name }
    }

    /// The note, if there is one.
    pub(super) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let read = || -> io::Result<Vec<u8>> {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let file = fs::openat(self.open()?, self.name, flags, Mode::empty())?;
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut io::Read::take(std::fs::File::from(file), LONGEST), &mut bytes)?;
            Ok(bytes)
        };
        match read() {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            result => result.map(Some),
        }
    }

    /// Replaces the note; it is on the disk when this returns.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let directory = self.open()?;
        let new = format!("{}.new", self.name);
        let written = self.write_new(&directory, &new, bytes);
        if written.is_err() {
            fs::unlinkat(&directory, &new, AtFlags::empty()).ok();
        }
        written
    }

    /// Removes the note, if there is one.
    pub(super) fn remove(&self) -> io::Result<()> {
        let directory = match self.open() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            directory => directory?,
        };
        match fs::unlinkat(&directory, self.name, AtFlags::empty()) {
            Err(rustix::io::Errno::NOENT) => return Ok(()),
            result => result?,
        }
        Ok(fs::fsync(&directory)?)
    }

    fn write_new(&self, directory: &OwnedFd, new: &str, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(directory, new, flags, Mode::RUSR | Mode::WUSR)?;
        let mut file = std::fs::File::from(file);
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::renameat(directory, new, directory, self.name)?;
        Ok(fs::fsync(directory)?)
    }

    fn open(&self) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(fs::openat(CWD, &self.directory, flags, Mode::empty())?)
    }
}
