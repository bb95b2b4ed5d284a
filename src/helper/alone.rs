//! One helper for one network.

use std::io::{self, ErrorKind};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;
use rustix::process::Pid;

/// The name that the helper holds. Names without a path belong to the network namespace, as do routes, rules and
/// firewalls: whoever holds it is the only one to change them.
const NAME: &str = "culvert-helper";

/// Shows that no other helper looks after this network, for as long as it lives.
#[derive(Debug)]
pub struct Alone(#[expect(dead_code, reason = "held open, never used")] UnixListener);

/// Why the helper may not look after this network.
#[derive(Debug, thiserror::Error)]
pub enum NotAlone {
    /// Another one does already, whatever socket it listens at.
    #[error(
        "another culvertd looks after this network already. Stop that one first, or ask it through its own socket."
    )]
    Running,
    /// The system does not say.
    #[error("whether another culvertd runs can't be told: {0}")]
    System(#[from] io::Error),
}

impl Alone {
    /// Takes the place of the one helper of this network.
    ///
    /// # Errors
    /// [`NotAlone`] if it is taken.
    pub fn claim() -> Result<Self, NotAlone> {
        Self::claim_name(NAME)
    }

    /// The process that has taken it, as the kernel knows it.
    ///
    /// # Errors
    /// The system's: nobody has.
    pub(crate) fn holder() -> io::Result<Option<Pid>> {
        Self::holder_of(NAME)
    }

    fn holder_of(name: &str) -> io::Result<Option<Pid>> {
        let stream = UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?)?;
        Ok(Pid::from_raw(getsockopt(&stream, PeerCredentials)?.pid()))
    }

    fn claim_name(name: &str) -> Result<Self, NotAlone> {
        match UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?) {
            Ok(socket) => Ok(Self(socket)),
            Err(error) if error.kind() == ErrorKind::AddrInUse => Err(NotAlone::Running),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_at_a_time() {
        let name = format!("culvert-test-{}", std::process::id());
        let first = Alone::claim_name(&name).unwrap();
        assert!(matches!(Alone::claim_name(&name), Err(NotAlone::Running)));
        let holder = Alone::holder_of(&name).unwrap().unwrap();
        assert_eq!(holder.as_raw_nonzero().get().unsigned_abs(), std::process::id());
        drop(first);
        assert!(Alone::holder_of(&name).is_err());
        assert!(Alone::claim_name(&name).is_ok());
    }
}
