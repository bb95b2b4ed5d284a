//! Small files that are there whole, old or new, whatever happens while they are written.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

/// How a file that is being written is called until it is whole.
const BEGUN: &str = ".begun-";
/// Who holds this file writes.
const LOCK: &str = ".lock";

/// The right to write to a directory, while everybody else with such a right waits.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    directory: &'a Path,
    _lock: File,
}

impl<'a> Writing<'a> {
    /// Waits until nobody else writes, and sweeps up what somebody left who was ended in the middle.
    pub(super) fn begin(directory: &'a Path) -> io::Result<Self> {
        create_private(directory)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let lock = private(&mut options).open(directory.join(LOCK))?;
        lock.lock()?;
        let writing = Self { directory, _lock: lock };
        writing.sweep()?;
        Ok(writing)
    }

    /// Puts `bytes` in the place of the file. They are on the disk when this returns; after an error the file is there
    /// whole, with its old bytes or with these.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = match self.directory.join(name) {
            path if path.is_symlink() => fs::canonicalize(path)?,
            path => path,
        };
        let directory = path.parent().unwrap_or(self.directory);
        let mut file = tempfile::Builder::new().prefix(BEGUN).tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        sync_names(directory)
    }

    /// Removes the file, if there is one. It is gone for good when this returns.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.directory.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => sync_names(self.directory),
        }
    }

    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.directory)? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(BEGUN.as_bytes()) {
                // Whoever still wants it would have the lock.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

/// Returns once the names outlive a loss of power. Where directories can't be synced their system does it alone.
fn sync_names(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

/// The names of what ends in `.toml` and is not hidden, in order.
pub(super) fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let is_ours = Path::new(&name).extension() == Some(OsStr::new("toml"));
        if is_ours && !name.as_encoded_bytes().starts_with(b".") {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The bytes of an ordinary file of at most `longest` bytes.
pub(super) fn read(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidData, "it is no ordinary file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(io::Error::new(ErrorKind::InvalidData, "it is too long"));
    }
    Ok(bytes)
}

/// Makes the directory and those above it, for its user alone.
pub(super) fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
