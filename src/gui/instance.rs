//! One window for each user: who starts a second one sees the first.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use iced::futures::SinkExt;
use iced::futures::channel::mpsc::Sender;
use iced::{Subscription, stream};

/// Where a second program says that it was started: taken by [`raised`], which can't be handed anything.
static DOOR: Mutex<Option<UnixListener>> = Mutex::new(None);

/// What a program finds that is about to open a window.
#[derive(Debug)]
pub(crate) enum Instance {
    /// It is the only one, for as long as this is kept; without a lock nobody can tell.
    Only(Option<File>),
    /// There is another one, which has been told to show itself.
    Another,
}

impl Instance {
    /// Looks whether there is another one for this user.
    pub(crate) fn claim() -> Self {
        let directory =
            std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
        let directory = directory.filter(|directory| is_own(directory));
        directory.map_or(Self::Only(None), |directory| Self::claim_in(&directory).unwrap_or(Self::Only(None)))
    }

    fn claim_in(directory: &Path) -> io::Result<Self> {
        let path = directory.join("culvert-gui.socket");
        let lock =
            File::options().create(true).truncate(false).write(true).open(path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {
                // What lies there is of one that was killed.
                let _ = fs::remove_file(&path);
                let door = UnixListener::bind(&path)?;
                door.set_nonblocking(true)?;
                *DOOR.lock().unwrap_or_else(PoisonError::into_inner) = Some(door);
                Ok(Self::Only(Some(lock)))
            }
            Err(TryLockError::WouldBlock) => {
                // That somebody comes is all that is said.
                UnixStream::connect(&path)?;
                Ok(Self::Another)
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Whether nobody else can put anything there, as it must be (XDG Base Directory Specification): whoever could would keep
/// the window from opening, by taking the lock first. `sudo` may leave somebody else's directory in the environment.
fn is_own(directory: &Path) -> bool {
    let own = fs::metadata("/proc/self").map(|own| own.uid());
    let found = fs::metadata(directory).map(|found| (found.is_dir(), found.uid(), found.mode() & 0o077));
    matches!((found, own), (Ok((true, uid, 0)), Ok(own)) if uid == own)
}

/// Tells each time that a second program was started.
pub(crate) fn raised() -> Subscription<()> {
    Subscription::run(|| {
        stream::channel(1, async |mut told: Sender<()>| {
            let door = DOOR.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(door) = door.and_then(|door| tokio::net::UnixListener::from_std(door).ok()) else {
                return std::future::pending().await;
            };
            while door.accept().await.is_ok() {
                let _ = told.send(()).await;
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_others_can_write_to_is_left_alone() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let with = |mode| {
            fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();
            is_own(directory.path())
        };
        assert!(with(0o700));
        assert!(!with(0o777) && !with(0o1777) && !with(0o770));
        assert!(!is_own(&directory.path().join("none")));
    }

    #[test]
    fn the_second_one_finds_the_first_until_that_has_ended() {
        let directory = tempfile::tempdir().unwrap();
        let claim = || Instance::claim_in(directory.path()).unwrap();
        let first = claim();
        assert!(matches!(first, Instance::Only(Some(_))));
        let door = DOOR.lock().unwrap().take().unwrap();
        assert!(matches!(claim(), Instance::Another));
        assert!(door.accept().is_ok(), "the first one hears of the second");
        drop((first, door));
        assert!(matches!(claim(), Instance::Only(Some(_))), "one that was killed leaves its socket");
    }
}
