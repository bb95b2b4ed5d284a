//! Who is at the other end of a connection.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerPidfd;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::net::UnixStream;

/// Who is at the other end of a connection, by the kernel's word at the moment when it connected.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its user.
    pub uid: u32,
    /// Its process, where the system tells. The number may be another process's by now.
    pub pid: Option<i32>,
    process: Option<Arc<Process>>,
}

/// A process that can be told from every other, also from a later one with the same number.
#[derive(Debug)]
struct Process {
    handle: Option<OwnedFd>,
    /// In clock ticks since boot; unknown where the processes of other users are hidden from us.
    started: Option<u64>,
}

/// A process as polkit wants it named.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) pid: u32,
    pub(super) uid: u32,
    pub(super) handle: Option<BorrowedFd<'a>>,
    pub(super) started: Option<u64>,
}

impl Peer {
    /// The peer of `stream`.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub(crate) fn of(stream: &UnixStream) -> io::Result<Self> {
        let credentials = stream.peer_cred()?;
        let pid = credentials.pid().filter(|&pid| pid > 0);
        let process = pid.and_then(|pid| Process::behind(stream, pid)).map(Arc::new);
        Ok(Self { uid: credentials.uid(), pid, process })
    }

    /// The process for polkit to judge; `None` once it can't be told from others any more.
    pub(super) fn subject(&self) -> Option<Subject<'_>> {
        let (pid, process) = (self.pid?, self.process.as_ref()?);
        process.is_still(pid).then_some(Subject {
            pid: u32::try_from(pid).ok()?,
            uid: self.uid,
            handle: process.handle.as_ref().map(AsFd::as_fd),
            started: process.started,
        })
    }

    /// A peer that a test makes up: `started` may differ from what the process `pid` really has.
    #[cfg(test)]
    pub(crate) fn made_up(uid: u32, pid: i32, started: Option<u64>) -> Self {
        Self { uid, pid: Some(pid), process: Some(Arc::new(Process { handle: None, started })) }
    }

    /// The process `pid` as if it were that of `uid`.
    #[cfg(test)]
    pub(crate) fn living(uid: u32, pid: i32) -> Self {
        let process = Process { handle: open(pid), started: started(pid) };
        Self { uid, pid: Some(pid), process: Some(Arc::new(process)) }
    }

    /// The same process as if it were that of `uid`.
    #[cfg(test)]
    pub(crate) fn seen_as(self, uid: u32) -> Self {
        Self { uid, ..self }
    }

    /// When its process was started, in clock ticks since boot.
    #[cfg(test)]
    pub(crate) fn started(&self) -> Option<u64> {
        self.process.as_ref()?.started
    }
}

impl Process {
    /// The process `pid` that connected `stream`, unless it is gone already.
    fn behind(stream: &UnixStream, pid: i32) -> Option<Self> {
        let handle = getsockopt(stream, PeerPidfd).ok().or_else(|| open(pid));
        // Read while the process lives: it is this process's, not that of a later one.
        let process = Self { started: started(pid), handle };
        process.is_still(pid).then_some(process)
    }

    /// Whether `pid` is still this process. With nothing to tell it by, it is not.
    fn is_still(&self, pid: i32) -> bool {
        let lives = self.handle.as_ref().map(|handle| lives(handle.as_fd()));
        let is_equal = self.started.map(|then| started(pid) == Some(then));
        match (lives, is_equal) {
            (None, None) => false,
            (lives, is_equal) => lives.unwrap_or(true) && is_equal.unwrap_or(true),
        }
    }
}

/// For Linux before 6.5, which does not hand the process over with the connection. It was there a moment ago.
fn open(pid: i32) -> Option<OwnedFd> {
    pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()
}

/// A process's handle becomes readable when it ends (`pidfd_open(2)`).
fn lives(handle: BorrowedFd<'_>) -> bool {
    let mut polled = [PollFd::new(handle, PollFlags::POLLIN)];
    matches!(poll(&mut polled, PollTimeout::ZERO), Ok(0))
}

/// When the process was started (`proc_pid_stat(5)`, field 22). Its name, which may hold anything, is skipped.
fn started(pid: i32) -> Option<u64> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let name_end = stat.iter().rposition(|&byte| byte == b')')?;
    let rest = str::from_utf8(stat.get(name_end + 1..)?).ok()?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, id};

    use super::*;

    fn own_pid() -> i32 {
        i32::try_from(id()).unwrap()
    }

    #[test]
    fn a_process_is_known_by_when_it_was_started() {
        let then = started(own_pid()).unwrap();
        assert!(then > 0);
        assert!(Peer::made_up(1000, own_pid(), Some(then)).subject().is_some());
        assert!(
            Peer::made_up(1000, own_pid(), Some(then - 1)).subject().is_none(),
            "the number was used again"
        );
        assert!(Peer::made_up(1000, own_pid(), None).subject().is_none(), "nothing to know it by");
        assert!(Peer::made_up(1000, i32::MAX, Some(then)).subject().is_none(), "there is no such process");
    }

    #[test]
    fn a_process_that_ended_is_not_recognised() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let process = Process { handle: open(pid), started: None };
        assert!(process.handle.is_some() && process.is_still(pid));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!process.is_still(pid));
    }

    #[tokio::test]
    async fn the_kernel_tells_who_connected() {
        let (near, _far) = UnixStream::pair().unwrap();
        let peer = Peer::of(&near).unwrap();
        assert_eq!((peer.uid, peer.pid), (nix::unistd::geteuid().as_raw(), Some(own_pid())));
        let subject = peer.subject().unwrap();
        assert_eq!(subject.started, started(own_pid()));
        assert!(subject.handle.is_some());
    }
}
