//! The socket in the file system, made so that nobody else could ever have opened it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::os::unix::net::{UnixListener as StdListener, UnixStream as StdStream};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg, OFlag};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::geteuid;
use tokio::net::{UnixListener, UnixStream};

use crate::Peer;

/// Read and write for the owner alone. Root needs no permission.
const SOCKET_MODE: u32 = 0o600;

/// Why there can't be a socket at a path.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// A helper listens there already.
    #[error("a helper is running already: it listens at {0}")]
    Running(PathBuf),
    /// Something is in the way that no helper left behind.
    #[error("{path} is in the way: {why}. It is left as it is.")]
    InTheWay {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The directory can be changed by others, so that the socket could be swapped.
    #[error("the directory {path} can't be trusted with the socket: {why}")]
    Directory {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The system's error.
    #[error("no socket at {path}: {cause}")]
    System {
        /// The socket's path.
        path: PathBuf,
        /// The error.
        cause: io::Error,
    },
}

/// A listening socket. Its path goes with it.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
    identity: (u64, u64),
}

impl Listener {
    /// Listens at `path`; its directory is made if it is missing. A socket that a dead helper left is replaced.
    ///
    /// The socket has its mode before it has its name, so there is no moment at which others could open it.
    ///
    /// # Errors
    /// Any [`ListenerError`]. Needs a tokio runtime.
    pub fn bind(path: &Path) -> Result<Self, ListenerError> {
        let system = |cause| ListenerError::System { path: path.to_owned(), cause };
        let dir_path = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let dir = open_dir(dir_path)?;
        let _alone = lock(dir).map_err(system)?;
        remove_stale(path)?;
        let socket = listen_at(path).map_err(system)?;
        let found = fs::symlink_metadata(path).map_err(system)?;
        let socket = UnixListener::from_std(socket).map_err(system)?;
        Ok(Self { socket, path: path.to_owned(), identity: (found.dev(), found.ino()) })
    }

    /// The next connection, with who is at its other end.
    pub(crate) async fn accept(&self) -> io::Result<(UnixStream, Peer)> {
        let (stream, _) = self.socket.accept().await?;
        let credentials = stream.peer_cred()?;
        Ok((stream, Peer { uid: credentials.uid(), pid: credentials.pid() }))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path).map(|found| (found.dev(), found.ino()));
        if found.is_ok_and(|found| found == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens the directory for the socket, which nobody but root and us may be able to change.
fn open_dir(path: &Path) -> Result<File, ListenerError> {
    let wrong = |why| ListenerError::Directory { path: path.to_owned(), why };
    let system = |cause| ListenerError::System { path: path.to_owned(), cause };
    match DirBuilder::new().mode(0o755).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(system(error)),
        _ => {}
    }
    if fs::symlink_metadata(path).map_err(system)?.is_symlink() {
        return Err(wrong("it is a symbolic link"));
    }
    let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
    let dir = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path).map_err(system)?;
    let found = dir.metadata().map_err(system)?;
    if !is_ours(found.uid()) {
        return Err(wrong("it belongs to another user"));
    }
    let (others_may_write, sticky) = (found.mode() & 0o022 != 0, found.mode() & 0o1000 != 0);
    if others_may_write && !sticky {
        return Err(wrong("others may write to it"));
    }
    Ok(dir)
}

/// Keeps a second helper that starts at this moment out of the directory.
fn lock(mut dir: File) -> io::Result<Flock<File>> {
    for _ in 0..40 {
        match Flock::lock(dir, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((unlocked, _)) => dir = unlocked,
        }
        sleep(Duration::from_millis(50));
    }
    Err(io::Error::new(ErrorKind::WouldBlock, "another program has locked the directory"))
}

/// Removes the socket of a helper that is no more, and nothing else.
fn remove_stale(path: &Path) -> Result<(), ListenerError> {
    let in_the_way = |why| ListenerError::InTheWay { path: path.to_owned(), why };
    let system = |cause| ListenerError::System { path: path.to_owned(), cause };
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(system(error)),
    };
    if !found.file_type().is_socket() {
        return Err(in_the_way("it is not a socket"));
    }
    if !is_ours(found.uid()) {
        return Err(in_the_way("it belongs to another user"));
    }
    match StdStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
        _ => return Err(ListenerError::Running(path.to_owned())),
    }
    fs::remove_file(path).map_err(system)
}

fn listen_at(path: &Path) -> io::Result<StdListener> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    fchmod(&socket, Mode::from_bits_truncate(SOCKET_MODE))?;
    bind(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    let mode = fs::symlink_metadata(path)?.mode() & 0o777;
    if mode & !SOCKET_MODE != 0 {
        fs::remove_file(path)?;
        return Err(io::Error::other("this file system does not keep the socket's mode"));
    }
    listen(&socket, Backlog::new(64)?)?;
    Ok(StdListener::from(socket))
}

fn is_ours(uid: u32) -> bool {
    uid == 0 || uid == geteuid().as_raw()
}
