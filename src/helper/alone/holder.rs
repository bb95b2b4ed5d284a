//! Who holds a name without a path, by the kernel's word (`sock_diag(7)`): nobody has to be asked, so that nobody can keep
//! us waiting.

use std::fs::{self, DirEntry};
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use culvert_ipc::may_be_helper;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};
use rustix::process::Pid;

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const AF_UNIX: u8 = 1;
/// `TCP_CLOSE` (bound, not yet listening) and `TCP_LISTEN`: a connection that waits bears the name as well.
const STATES: u32 = 1 << 7 | 1 << 10;
const SHOW_NAME_AND_USER: u32 = 0x01 | 0x40;
const UNIX_DIAG_NAME: u16 = 0;
const UNIX_DIAG_UID: u16 = 7;
/// Of a netlink message, of a question about sockets, of an answer before its attributes, of an attribute.
const HEADER: usize = 16;
const QUESTION: usize = 24;
const ANSWER: usize = 16;
const ATTRIBUTE: usize = 4;
/// The kernel answers at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who holds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// The user who made the socket.
    pub(super) uid: u32,
    /// The socket's number.
    pub(super) socket: u32,
}

impl Holder {
    /// Who holds `name`, or a name that begins with it and a slash.
    ///
    /// # Errors
    /// The system's; where it does not tell the users (before Linux 5.3), `InvalidData`.
    pub(super) fn all(name: &str) -> io::Result<Vec<Self>> {
        let netlink = ask()?;
        let (mut buffer, mut found) = (vec![0; 32 << 10], Vec::new());
        loop {
            let (_, length) = recv(&netlink, &mut buffer[..], RecvFlags::empty())?;
            let mut rest = buffer.get(..length).unwrap_or_default();
            while let Some((kind, body, next)) = message(rest) {
                match kind {
                    NLMSG_DONE => return Ok(found),
                    NLMSG_ERROR => return Err(io::Error::other("the kernel does not tell of sockets")),
                    _ => {}
                }
                if let Some(holder) = holder(body, name) {
                    found.push(holder?);
                }
                rest = next;
            }
        }
    }

    /// Whether it may be a helper.
    pub(super) fn is_helper(&self) -> bool {
        may_be_helper(self.uid)
    }

    /// Its process, where we may see it.
    ///
    /// # Errors
    /// Where processes can't be listed.
    pub(super) fn process(&self) -> io::Result<Option<Pid>> {
        let link = format!("socket:[{}]", self.socket);
        let holds = |process: &DirEntry| {
            let open = fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
            open.filter_map(|open| fs::read_link(open.path()).ok()).any(|to| to.as_os_str() == link.as_str())
        };
        let number = |process: &DirEntry| process.file_name().to_str()?.parse().ok();
        let processes = fs::read_dir("/proc")?.flatten().filter(|process| number(process).is_some());
        Ok(processes.filter(holds).find_map(|process| Pid::from_raw(number(&process)?)))
    }
}

fn ask() -> io::Result<OwnedFd> {
    let kind = Some(netlink::SOCK_DIAG);
    let netlink = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, kind)?;
    set_socket_timeout(&netlink, Timeout::Recv, Some(PATIENCE))?;
    let mut request = Vec::with_capacity(HEADER + QUESTION);
    request.extend(40_u32.to_ne_bytes());
    request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request.extend(NLM_F_REQUEST_DUMP.to_ne_bytes());
    request.extend([0; 8]);
    request.extend([AF_UNIX, 0, 0, 0]);
    request.extend(STATES.to_ne_bytes());
    request.extend(0_u32.to_ne_bytes());
    request.extend(SHOW_NAME_AND_USER.to_ne_bytes());
    request.extend([0; 8]);
    send(&netlink, &request, SendFlags::empty())?;
    Ok(netlink)
}

/// The first message of `bytes`: its kind, its body, and what follows it.
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32::from_ne_bytes(*bytes.first_chunk()?)).ok()?;
    let kind = u16::from_ne_bytes(*bytes.get(4..)?.first_chunk()?);
    Some((kind, bytes.get(HEADER..length)?, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

/// The holder that an answer tells of, if it is about `name`.
fn holder(answer: &[u8], name: &str) -> Option<io::Result<Holder>> {
    let socket = u32::from_ne_bytes(*answer.get(4..)?.first_chunk()?);
    let mut rest = answer.get(ANSWER..)?;
    let (mut is_it, mut uid) = (false, None);
    while let Some((kind, value, next)) = attribute(rest) {
        match kind {
            UNIX_DIAG_NAME => is_it = is_name(value, name),
            UNIX_DIAG_UID => uid = value.first_chunk().copied().map(u32::from_ne_bytes),
            _ => {}
        }
        rest = next;
    }
    let unknown = || io::Error::new(io::ErrorKind::InvalidData, "the kernel does not tell whose a socket is");
    is_it.then(|| uid.map(|uid| Holder { uid, socket }).ok_or_else(unknown))
}

/// Names without a path begin with a zero.
fn is_name(value: &[u8], name: &str) -> bool {
    let rest = value.strip_prefix(&[0]).and_then(|value| value.strip_prefix(name.as_bytes()));
    matches!(rest, Some([] | [b'/', ..]))
}

/// The first attribute of `bytes`: its kind, its value, and what follows it.
fn attribute(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::from(u16::from_ne_bytes(*bytes.first_chunk()?));
    let kind = u16::from_ne_bytes(*bytes.get(2..)?.first_chunk()?);
    Some((kind, bytes.get(ATTRIBUTE..length)?, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}
