//! The end of a service manager, as far as the helper sees it.

use std::ffi::OsString;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use tempfile::TempDir;

/// Hears what the helper tells, and keeps what it leaves.
pub struct Manager {
    left: Receiver<(String, OwnedFd)>,
    directory: TempDir,
}

impl Manager {
    /// One that listens.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let socket = UnixDatagram::bind(directory.path().join("notify")).expect("a socket");
        let (keep, left) = channel();
        std::thread::spawn(move || while hear(&socket, &keep) {});
        Self { left, directory }
    }

    /// The variable by which a program finds it.
    pub fn variable(&self) -> OsString {
        let mut variable = OsString::from("NOTIFY_SOCKET=");
        variable.push(self.directory.path().join("notify"));
        variable
    }

    /// The next descriptor that is left here, with the words for it.
    pub fn left(&self) -> (String, OwnedFd) {
        self.left.recv_timeout(Duration::from_secs(5)).expect("something is left")
    }
}

/// Hears one message; says whether somebody still wants to know.
fn hear(socket: &UnixDatagram, keep: &Sender<(String, OwnedFd)>) -> bool {
    let mut bytes = [0; 1024];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(&mut bytes)];
    let Ok(heard) = recvmsg(socket, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) else { return false };
    let length = heard.bytes;
    let descriptor = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    let words = || String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned();
    descriptor.is_none_or(|descriptor| keep.send((words(), descriptor)).is_ok())
}
