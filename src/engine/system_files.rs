//! Files of the system, read below a root directory that nothing in them can lead out of.

use std::io;
use std::path::PathBuf;

use rustix::fs::{self, CWD, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

/// What is longer than this is not read.
const LONGEST: usize = 1 << 20;

/// The root directory of a system: `/`, but for tests and containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SystemFiles(PathBuf);

impl SystemFiles {
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self(root.into())
    }

    /// The text of the file at `path` below the root; links lead where they would if the root were `/`.
    pub(crate) fn read(&self, path: &str) -> io::Result<String> {
        let file = self.open(path)?;
        if FileType::from_raw_mode(fs::fstat(&file)?.st_mode) != FileType::RegularFile {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(std::fs::File::from(file), LONGEST as u64), &mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The names in the directory at `path` below the root, in their order; none where there is no directory.
    pub(crate) fn list(&self, path: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.join(path)).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }

    /// Where the link at `path` below the root leads, by its own words; `None` where there is no link.
    pub(crate) fn link(&self, path: &str) -> Option<PathBuf> {
        std::fs::read_link(self.0.join(path)).ok()
    }

    fn open(&self, path: &str) -> io::Result<rustix::fd::OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let root =
            fs::openat(CWD, &self.0, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        match fs::openat2(&root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT) {
            // Some containers forbid it.
            Err(Errno::NOSYS | Errno::PERM) => Ok(fs::openat(&root, path, flags, Mode::empty())?),
            result => Ok(result?),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use std::path::Path;

    use super::*;

    #[test]
    fn links_do_not_lead_out_of_the_root() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        std::fs::create_dir(root.path().join("run")).unwrap();
        std::fs::write(root.path().join("run/target"), "inside").unwrap();
        for (name, target) in [("a", "/run/target"), ("b", "../run/target"), ("c", "../../../../run/target")]
        {
            symlink(target, root.path().join("etc").join(name)).unwrap();
        }
        symlink("/proc/self/status", root.path().join("etc/d")).unwrap();
        let files = SystemFiles::new(root.path());
        for name in ["etc/a", "etc/b", "etc/c"] {
            assert_eq!(files.read(name).unwrap(), "inside");
        }
        assert!(files.read("etc/d").is_err() && files.read("etc").is_err());
        assert_eq!(files.link("etc/a").unwrap(), Path::new("/run/target"));
        assert_eq!(files.link("run/target"), None);
    }
}
