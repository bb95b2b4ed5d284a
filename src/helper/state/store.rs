//! Small files that are there whole, old or new, whatever happens while they are written.

use std::io::{self, ErrorKind};

use super::disk::Disk;

/// The files of one directory.
#[derive(Debug)]
pub(super) struct Store<D>(D);

impl<D: Disk> Store<D> {
    pub(super) fn new(disk: D) -> Self {
        Self(disk)
    }

    /// The bytes of the file; `None` where there is none.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self.0.read(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            result => result.map(Some),
        }
    }

    /// Puts `bytes` in the place of the file. It is on the disk when this returns; after an error the file is there
    /// whole, with its old bytes or with these.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = format!("{name}.new");
        self.forget(&new)?;
        let written = self.write(&new, bytes).and_then(|()| self.0.rename(&new, name));
        if let Err(error) = written {
            let _ = self.forget(&new);
            return Err(error);
        }
        self.0.sync_names()
    }

    /// Removes the file, if there is one. It is gone for good when this returns.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        self.forget(name)?;
        self.0.sync_names()
    }

    /// Gives the file a second name, so that it can be looked at after another has taken its place.
    pub(super) fn keep_as(&self, name: &str, second: &str) -> io::Result<()> {
        self.forget(second)?;
        self.0.link(name, second)?;
        self.0.sync_names()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.0.create(name)?;
        self.0.write(&mut file, bytes)?;
        self.0.sync(&file)
    }

    fn forget(&self, name: &str) -> io::Result<()> {
        match self.0.remove(name) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
