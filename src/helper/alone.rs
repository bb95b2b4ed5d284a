//! One helper for one network.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, getsockopt, socket};
use rustix::fs;
use rustix::process::Pid;

mod holder;

use holder::Holder;

/// The name that the helper holds. Names without a path belong to the network namespace, as do routes, rules and
/// firewalls: whoever holds it is the only one to change them.
const NAME: &str = "culvert-helper";

/// How long to wait for another helper's end, which may have begun.
const PATIENCE: Duration = Duration::from_secs(1);

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

    /// The same, with patience: a helper that was killed holds its name for a moment longer, as long as the kernel takes
    /// it apart.
    ///
    /// # Errors
    /// [`NotAlone`] if it stays taken.
    pub fn claim_soon() -> Result<Self, NotAlone> {
        Self::claim_patiently(NAME)
    }

    fn claim_patiently(name: &str) -> Result<Self, NotAlone> {
        let begin = Instant::now();
        loop {
            match Self::claim_name(name) {
                Err(NotAlone::Running) if begin.elapsed() < PATIENCE => thread::sleep(PATIENCE / 20),
                claimed => return claimed,
            }
        }
    }

    /// The process of the helper that has taken it, if there is one.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn holder() -> io::Result<Option<Pid>> {
        Self::holder_of(NAME)
    }

    fn holder_of(name: &str) -> io::Result<Option<Pid>> {
        let Ok(holders) = Holder::all(name) else { return Self::connected(name) };
        let helper = holders.into_iter().find(Holder::is_helper);
        helper.map_or(Ok(None), |helper| helper.process())
    }

    /// The same where the kernel tells of no sockets: whoever takes a connection there, unless it has too many already.
    fn connected(name: &str) -> io::Result<Option<Pid>> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        connect(socket.as_raw_fd(), &UnixAddr::new_abstract(name.as_bytes())?)?;
        Ok(Pid::from_raw(getsockopt(&socket, PeerCredentials)?.pid()))
    }

    fn claim_name(name: &str) -> Result<Self, NotAlone> {
        let socket = match bind(name) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => Self::beside(name)?,
            socket => socket?,
        };
        let own = fs::fstat(&socket).map_err(io::Error::from)?.st_ino;
        let is_other = |holder: &Holder| holder.is_helper() && u64::from(holder.socket) != own;
        if Holder::all(name).is_ok_and(|holders| holders.iter().any(is_other)) {
            return Err(NotAlone::Running);
        }
        Ok(Self(socket))
    }

    /// Every user can take a name without a path. Whoever is no helper keeps none from its work: it takes another
    /// name, which nobody can guess.
    fn beside(name: &str) -> Result<UnixListener, NotAlone> {
        let holders = Holder::all(name).map_err(|_| NotAlone::Running)?;
        match holders.first() {
            // Who has just gone may have been one.
            None => Err(NotAlone::Running),
            Some(_) if holders.iter().any(Holder::is_helper) => Err(NotAlone::Running),
            Some(stranger) => {
                tracing::warn!(uid = stranger.uid, "a user who is no helper has taken the helper's name");
                Ok(bind(&format!("{name}/{:x}", RandomState::new().build_hasher().finish()))?)
            }
        }
    }
}

fn bind(name: &str) -> io::Result<UnixListener> {
    UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Sender};
    use std::thread::JoinHandle;

    use nix::unistd::{Uid, geteuid, setfsuid};

    use super::*;

    fn name(purpose: &str) -> String {
        format!("culvert-test-{purpose}-{}", std::process::id())
    }

    fn own_process() -> Option<Pid> {
        Some(rustix::process::getpid())
    }

    /// A thread of user 4321 that holds `name`, until what comes with it is dropped. It does not even listen.
    fn stranger(name: &str) -> (Sender<()>, JoinHandle<()>) {
        let ((done, wait), (told, hear)) = (mpsc::channel::<()>(), mpsc::channel());
        let address = UnixAddr::new_abstract(name.as_bytes()).unwrap();
        let thread = thread::spawn(move || {
            // Of this thread alone.
            setfsuid(Uid::from_raw(4321));
            let socket = socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None).unwrap();
            nix::sys::socket::bind(socket.as_raw_fd(), &address).unwrap();
            told.send(()).unwrap();
            let _ = wait.recv();
        });
        hear.recv().unwrap();
        (done, thread)
    }

    #[test]
    fn there_is_one_at_a_time() {
        let name = name("one");
        let first = Alone::claim_name(&name).unwrap();
        assert!(matches!(Alone::claim_name(&name), Err(NotAlone::Running)));
        assert_eq!(Alone::holder_of(&name).unwrap(), own_process());
        assert_eq!(Alone::connected(&name).unwrap(), own_process());
        drop(first);
        assert_eq!(Alone::holder_of(&name).unwrap(), None);
        assert!(Alone::claim_name(&name).is_ok());
    }

    #[test]
    fn who_is_about_to_end_is_waited_for() {
        let name = name("end");
        let first = Alone::claim_name(&name).unwrap();
        let ending = thread::spawn(move || {
            thread::sleep(PATIENCE / 4);
            drop(first);
        });
        let second = Alone::claim_patiently(&name);
        ending.join().unwrap();
        assert!(second.is_ok());
        assert!(matches!(Alone::claim_patiently(&name), Err(NotAlone::Running)), "but not for ever");
    }

    #[test]
    fn a_stranger_who_takes_the_name_keeps_no_helper_from_its_work() {
        if !geteuid().is_root() {
            return;
        }
        let name = name("stranger");
        let (done, thread) = stranger(&name);
        assert_eq!(Alone::holder_of(&name).unwrap(), None);
        let first = Alone::claim_name(&name).unwrap();
        assert!(matches!(Alone::claim_name(&name), Err(NotAlone::Running)), "there is still one at a time");
        assert_eq!(Alone::holder_of(&name).unwrap(), own_process());
        drop(done);
        thread.join().unwrap();
        assert!(matches!(Alone::claim_name(&name), Err(NotAlone::Running)), "also once the name is free");
        drop(first);
        assert!(Alone::claim_name(&name).is_ok());
    }

    #[test]
    fn a_crowd_at_the_name_keeps_nobody_waiting() {
        let name = name("crowd");
        let _first = Alone::claim_name(&name).unwrap();
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let crowd = || {
            let kind = SockFlag::SOCK_NONBLOCK;
            let socket = socket(AddressFamily::Unix, SockType::Stream, kind, None).unwrap();
            let address = UnixAddr::new_abstract(address.as_abstract_name().unwrap()).unwrap();
            connect(socket.as_raw_fd(), &address).ok().map(|()| socket)
        };
        let crowd: Vec<_> = std::iter::from_fn(crowd).collect();
        assert!(crowd.len() > 100, "the door is full");
        assert!(Alone::connected(&name).is_err(), "who asks there does not wait");
        assert_eq!(Alone::holder_of(&name).unwrap(), own_process());
        assert!(matches!(Alone::claim_name(&name), Err(NotAlone::Running)));
    }
}
