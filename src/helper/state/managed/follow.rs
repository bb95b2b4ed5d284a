//! Tells when an administrator has changed something.

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Managed;

/// An editor writes a file in several steps.
const SETTLING: Duration = Duration::from_millis(200);

/// Hears of what is changed from the moment it was made: before the first reading, so that nothing is missed in between.
#[derive(Debug)]
pub(crate) struct Follower {
    watch: OwnedFd,
    path: PathBuf,
}

impl Follower {
    /// Begins to listen for changes below `path`.
    pub(crate) fn new(path: PathBuf) -> io::Result<Self> {
        let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        watch_all(watch.as_fd(), &path);
        Ok(Self { watch, path })
    }

    /// Everything there is, read anew whenever something has changed. To be called within a tokio runtime.
    pub(crate) fn follow(self) -> mpsc::Receiver<Managed> {
        let (changes, heard) = mpsc::channel(1);
        tokio::spawn(async move {
            if let Err(error) = tell(self.watch, &self.path, &changes).await {
                tracing::warn!(%error, "changes of an administrator's files count from the next start");
            }
        });
        heard
    }
}

async fn tell(watch: OwnedFd, path: &Path, changes: &mpsc::Sender<Managed>) -> io::Result<()> {
    // No pipe, but it can be waited for and read from in the same way.
    let watch = Receiver::from_owned_fd_unchecked(watch)?;
    loop {
        let above = watch_all(watch.as_fd(), path);
        watch.readable().await?;
        let mut concerns_us = drain(watch.as_fd(), above, path)?;
        // Finds nothing, so that `readable` waits again; or what came just now.
        concerns_us |= watch.try_read(&mut [0; 4096]).is_ok();
        if !concerns_us {
            continue;
        }
        sleep(SETTLING).await;
        // What is missing now may come later, and what was there be another directory of the same name.
        watch_all(watch.as_fd(), path);
        drain(watch.as_fd(), None, path)?;
        if changes.send(Managed::read(path)).await.is_err() {
            return Ok(());
        }
    }
}

/// Watches what there is, once each. The number of the directory above, of which only one name is ours.
fn watch_all(watch: BorrowedFd<'_>, path: &Path) -> Option<i32> {
    let change = WatchFlags::CREATE
        | WatchFlags::DELETE
        | WatchFlags::MOVE
        | WatchFlags::CLOSE_WRITE
        | WatchFlags::ATTRIB
        | WatchFlags::DELETE_SELF
        | WatchFlags::ONLYDIR;
    let above = path.parent().and_then(|above| {
        inotify::add_watch(watch, above, WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR).ok()
    });
    for directory in [path.to_owned(), path.join("managed.d")] {
        let _ = inotify::add_watch(watch, &directory, change);
    }
    above
}

/// Reads everything that is told, and says whether it is about what is below `path`.
fn drain(watch: BorrowedFd<'_>, above: Option<i32>, path: &Path) -> io::Result<bool> {
    let mut space = [MaybeUninit::uninit(); 4096];
    let mut reader = Reader::new(watch, &mut space);
    let mut concerns_us = false;
    loop {
        let event = match reader.next() {
            Ok(event) => event,
            Err(rustix::io::Errno::AGAIN) => return Ok(concerns_us),
            Err(error) => return Err(error.into()),
        };
        let is_ours =
            |name: &CStr| path.file_name().is_some_and(|own| own.as_encoded_bytes() == name.to_bytes());
        concerns_us |= Some(event.wd()) != above || event.file_name().is_some_and(is_ours);
    }
}
