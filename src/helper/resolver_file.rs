//! Tells when another program has written `/etc/resolv.conf`: it is to name the tunnel's servers as long as the tunnel
//! is up, and what was written is what comes back after it.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};
use tokio::net::unix::pipe::Receiver;
use tokio::time::sleep;

const NAME: &[u8] = b"resolv.conf";
/// A program may write a file in several steps.
const SETTLING: Duration = Duration::from_millis(200);
/// Two programs that both want the last word are not to keep the computer busy.
const REST: Duration = Duration::from_secs(1);

/// Calls `tell` whenever something has become of the resolver file in `directory`, by us as well.
pub(crate) async fn watch(directory: &Path, mut tell: impl FnMut()) -> io::Result<()> {
    let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    let change = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVE | WatchFlags::CLOSE_WRITE;
    inotify::add_watch(&watch, directory, change | WatchFlags::ONLYDIR)?;
    // No pipe, but it can be waited for and read from in the same way.
    let watch = Receiver::from_owned_fd_unchecked(watch)?;
    loop {
        watch.readable().await?;
        let mut concerns_us = drain(watch.as_fd())?;
        // Finds nothing, so that `readable` waits again; or what came just now.
        concerns_us |= watch.try_read(&mut [0; 4096]).is_ok();
        if concerns_us {
            sleep(SETTLING).await;
            tell();
            sleep(REST).await;
        }
    }
}

/// Reads everything that is told, and says whether it is about the resolver file.
fn drain(watch: BorrowedFd<'_>) -> io::Result<bool> {
    let mut space = [MaybeUninit::uninit(); 4096];
    let mut reader = Reader::new(watch, &mut space);
    let mut concerns_us = false;
    loop {
        match reader.next() {
            Ok(event) => concerns_us |= event.file_name().is_some_and(|name| name.to_bytes() == NAME),
            Err(rustix::io::Errno::AGAIN) => return Ok(concerns_us),
            Err(error) => return Err(error.into()),
        }
    }
}
