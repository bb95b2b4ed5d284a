//! Directories of ours, opened so that nobody can have slipped in another.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

/// A directory that can't be trusted, or that the system does not let us have.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Others can change it or what leads to it.
    #[error("the directory {path} can't be trusted: {why}")]
    Untrusted {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The system's error.
    #[error("the directory {path} can't be opened: {cause}")]
    System {
        /// Its path.
        path: PathBuf,
        /// The error.
        cause: io::Error,
    },
}

/// A directory that belongs to root or to us, held open. It was no symbolic link when it was opened.
#[derive(Debug)]
pub struct Directory {
    handle: File,
    path: PathBuf,
}

impl Directory {
    /// Opens a directory that others may look into, but not change; where others may add to it (`/tmp`) they can't
    /// take away what is not theirs. It is made if it is missing.
    ///
    /// # Errors
    /// Any [`DirectoryError`].
    pub fn shared(path: &Path) -> Result<Self, DirectoryError> {
        let directory = Self::open(path, 0o755)?;
        let mode = directory.found()?.mode();
        let (others_may_write, is_sticky) = (mode & 0o022 != 0, mode & 0o1000 != 0);
        if others_may_write && !is_sticky {
            return Err(directory.untrusted("others may write to it"));
        }
        Ok(directory)
    }

    /// Opens a directory that is nobody else's business. It is made if it is missing.
    ///
    /// # Errors
    /// Any [`DirectoryError`].
    pub fn private(path: &Path) -> Result<Self, DirectoryError> {
        let directory = Self::open(path, 0o700)?;
        if directory.found()?.mode() & 0o077 != 0 {
            return Err(directory.untrusted("others may look into it"));
        }
        Ok(directory)
    }

    /// The same if nobody but root and us can put another in its place, all the way up.
    ///
    /// # Errors
    /// Any [`DirectoryError`].
    pub fn rooted(self) -> Result<Self, DirectoryError> {
        let system = |cause| DirectoryError::System { path: self.path.clone(), cause };
        let real = fs::canonicalize(&self.path).map_err(system)?;
        for above in real.ancestors().skip(1) {
            let found = fs::symlink_metadata(above).map_err(system)?;
            let others_may_write = found.mode() & 0o022 != 0 && found.mode() & 0o1000 == 0;
            if !is_ours(found.uid()) || others_may_write {
                return Err(self.untrusted("others can put another in its place"));
            }
        }
        Ok(self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open directory itself.
    pub fn into_file(self) -> File {
        self.handle
    }

    fn open(path: &Path, mode: u32) -> Result<Self, DirectoryError> {
        let system = |cause| DirectoryError::System { path: path.to_owned(), cause };
        match DirBuilder::new().mode(mode).create(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(system(error)),
            _ => {}
        }
        let untrusted = |why| DirectoryError::Untrusted { path: path.to_owned(), why };
        if fs::symlink_metadata(path).map_err(system)?.is_symlink() {
            return Err(untrusted("it is a symbolic link"));
        }
        // The name may have changed hands since: what is opened is looked at again.
        let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        let handle = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path).map_err(system)?;
        let directory = Self { handle, path: path.to_owned() };
        if is_ours(directory.found()?.uid()) {
            Ok(directory)
        } else {
            Err(untrusted("it belongs to another user"))
        }
    }

    fn found(&self) -> Result<fs::Metadata, DirectoryError> {
        self.handle.metadata().map_err(|cause| DirectoryError::System { path: self.path.clone(), cause })
    }

    fn untrusted(&self, why: &'static str) -> DirectoryError {
        DirectoryError::Untrusted { path: self.path.clone(), why }
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// Whether a file of this user is as good as our own.
pub(crate) fn is_ours(uid: u32) -> bool {
    uid == 0 || uid == geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::process::Command;

    use super::*;

    fn why<T: core::fmt::Debug>(result: Result<T, DirectoryError>) -> &'static str {
        match result.unwrap_err() {
            DirectoryError::Untrusted { why, .. } => why,
            DirectoryError::System { cause, .. } => panic!("{cause}"),
        }
    }

    #[test]
    fn a_missing_directory_is_made_for_its_purpose() {
        let dir = tempfile::tempdir().unwrap();
        let (shared, private) = (dir.path().join("run"), dir.path().join("state"));
        assert_eq!(Directory::private(&private).unwrap().path(), private);
        Directory::shared(&shared).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&private), mode(&shared) & 0o022), (0o700, 0));
        Directory::private(&private).unwrap();
        fs::set_permissions(&private, Permissions::from_mode(0o750)).unwrap();
        assert_eq!(why(Directory::private(&private)), "others may look into it");
    }

    #[test]
    fn links_files_and_pipes_are_not_followed_or_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("real")).unwrap();
        symlink(at("real"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        fs::write(at("file"), "").unwrap();
        fs::hard_link(at("file"), at("hard")).unwrap();
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        for name in ["link", "dangling"] {
            assert_eq!(why(Directory::private(&at(name))), "it is a symbolic link");
            assert_eq!(why(Directory::shared(&at(name))), "it is a symbolic link");
        }
        for name in ["file", "hard", "pipe"] {
            let error = Directory::private(&at(name)).unwrap_err();
            assert!(matches!(error, DirectoryError::System { .. }), "{name}: {error}");
        }
        assert!(!at("nowhere").exists());
    }

    #[test]
    fn another_users_directory_is_refused_also_on_the_way() {
        if !geteuid().is_root() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let (above, own) = (dir.path().join("above"), dir.path().join("above/own"));
        fs::create_dir_all(&own).unwrap();
        Directory::shared(&own).unwrap().rooted().unwrap();
        chown(&above, Some(1234), None).unwrap();
        assert_eq!(why(Directory::shared(&above)), "it belongs to another user");
        let open = Directory::shared(&own).unwrap();
        assert_eq!(why(open.rooted()), "others can put another in its place");
        chown(&above, Some(0), None).unwrap();
        fs::set_permissions(&above, Permissions::from_mode(0o777)).unwrap();
        assert_eq!(why(Directory::shared(&own).unwrap().rooted()), "others can put another in its place");
        assert_eq!(why(Directory::shared(&above)), "others may write to it");
    }
}
