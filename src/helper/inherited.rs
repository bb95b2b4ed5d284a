//! What the service manager hands over at the start (`sd_listen_fds(3)`).

use std::io;
use std::os::unix::net::UnixListener;

use listenfd::ListenFd;
use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::AcceptConn;

/// Descriptors that were handed over.
pub struct Inherited(ListenFd);

impl Inherited {
    /// What the environment tells of; the environment forgets about it. Call this before there is a second thread.
    pub fn from_environment() -> Self {
        Self(ListenFd::from_env())
    }

    /// The one listening socket of this computer's programs; everything else stays.
    ///
    /// # Errors
    /// If there are several, or it does not listen.
    pub(crate) fn take_listener(&mut self) -> io::Result<Option<UnixListener>> {
        let mut found = None;
        for index in 0..self.0.len() {
            // Whatever is no stream socket of this kind is left in its place.
            let Ok(Some(socket)) = self.0.take_unix_listener(index) else { continue };
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
