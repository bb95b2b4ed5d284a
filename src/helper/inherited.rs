//! What the service manager hands over at the start (`sd_listen_fds(3)`).

use std::env;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::{UnixDatagram, UnixListener};

use listenfd::ListenFd;
use nix::sys::socket::sockopt::AcceptConn;
use nix::sys::socket::{ControlMessage, MsgFlags, UnixAddr, getsockopt, sendmsg};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use crate::notify::KEPT;

/// Descriptors that were handed over. Those that nobody has taken are closed with this.
pub struct Inherited {
    descriptors: ListenFd,
    names: Vec<String>,
}

impl Inherited {
    /// What the environment tells of; the environment forgets about it. Call this before there is a second thread.
    pub fn from_environment() -> Self {
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let names = names.split(':').map(str::to_owned).collect();
        Self { descriptors: ListenFd::from_env(), names }
    }

    /// The name under which the descriptor at `index` was handed over, if it has one.
    fn name(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// What an earlier helper has left with the service manager; the newest where there are several.
    ///
    /// # Errors
    /// The system's.
    pub fn take_kept(&mut self) -> io::Result<Option<OwnedFd>> {
        let mut found = None;
        for index in 0..self.descriptors.len() {
            if self.name(index) == Some(KEPT)
                && let Some(raw) = self.descriptors.take_raw_fd(index)?
            {
                found = Some(own(raw)?);
            }
        }
        Ok(found)
    }

    /// The one listening socket of this computer's programs; everything else stays.
    ///
    /// # Errors
    /// If there are several, or it does not listen.
    pub(crate) fn take_listener(&mut self) -> io::Result<Option<UnixListener>> {
        let mut found = None;
        for index in 0..self.descriptors.len() {
            // Whatever is no stream socket of this kind is left in its place.
            let Ok(Some(socket)) = self.descriptors.take_unix_listener(index) else { continue };
            if !getsockopt(&socket, AcceptConn)? {
                return Err(io::Error::other("the socket that was handed over does not listen"));
            }
            if found.replace(socket).is_some() {
                return Err(io::Error::other("more than one socket was handed over"));
            }
        }
        Ok(found)
    }
}

impl Drop for Inherited {
    fn drop(&mut self) {
        for index in 0..self.descriptors.len() {
            if let Ok(Some(raw)) = self.descriptors.take_raw_fd(index) {
                let _ = nix::unistd::close(raw);
            }
        }
    }
}

/// Makes a number that stands for an open descriptor one that is closed in time. It is sent to ourselves: the kernel
/// checks what the compiler can't.
fn own(raw: RawFd) -> io::Result<OwnedFd> {
    let (here, there) = UnixDatagram::pair()?;
    let rights = [raw];
    let rights = [ControlMessage::ScmRights(&rights)];
    sendmsg::<UnixAddr>(here.as_raw_fd(), &[IoSlice::new(&[0])], &rights, MsgFlags::empty(), None)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    recvmsg(&there, &mut [IoSliceMut::new(&mut [0])], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let owned = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    nix::unistd::close(raw)?;
    owned.ok_or_else(|| io::Error::other("the descriptor got lost"))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::IntoRawFd;

    use nix::fcntl::{FcntlArg, FdFlag, fcntl};

    use super::*;

    #[test]
    fn a_number_becomes_a_descriptor_that_is_closed_in_time() {
        let (read, write) = io::pipe().unwrap();
        let owned = own(write.into_raw_fd()).unwrap();
        let flags = fcntl(&owned, FcntlArg::F_GETFD).unwrap();
        assert_eq!(flags, FdFlag::FD_CLOEXEC.bits());
        drop(owned);
        let mut read = File::from(OwnedFd::from(read));
        assert_eq!(read.read(&mut [0]).unwrap(), 0, "somebody still holds the other end");
        assert!(own(-1).is_err());
    }
}
