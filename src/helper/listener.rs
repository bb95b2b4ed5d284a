//! The socket in the file system, made so that nobody else could ever have opened it.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener as StdListener, UnixStream as StdStream};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
use nix::sys::stat::{Mode, fchmod};
use tokio::net::{UnixListener, UnixStream};

use crate::directory::{Directory, DirectoryError, is_ours};
use crate::inherited::Inherited;

/// Read and write for the owner alone. Root needs no permission.
const OWNER_MODE: u32 = 0o600;
/// Everybody may knock: who may do what is decided inside.
const OPEN_MODE: u32 = 0o666;
/// Programs that wait to be let in: the most that Linux allows by default, so that a crowd keeps nobody out.
const BACKLOG: i32 = 4096;

/// Why there can't be a socket at a path.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// A helper listens there already.
    #[error("another culvertd is running: it listens at {0}")]
    Running(PathBuf),
    /// Something is in the way that no helper left behind.
    #[error("{path} is in the way: {why}. It is left as it is.")]
    InTheWay {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The directory can't be trusted with the socket.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// What the service manager handed over is not the socket it should be.
    #[error("the socket that was handed over can't be used: {0}")]
    HandedOver(io::Error),
    /// The system's error.
    #[error("no socket at {path}: {cause}")]
    System {
        /// The socket's path.
        path: PathBuf,
        /// The error.
        cause: io::Error,
    },
}

/// A listening socket. The path of one that we made goes with it.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    made: Option<Made>,
}

/// A socket that we made.
#[derive(Debug)]
struct Made {
    path: PathBuf,
    identity: (u64, u64),
}

impl Listener {
    /// Listens at `path` for root and for our own user; its directory is made if it is missing. A socket that a dead
    /// helper left is replaced.
    ///
    /// The socket has its mode before it has its name, so there is no moment at which others could open it.
    ///
    /// # Errors
    /// Any [`ListenerError`]. Needs a tokio runtime.
    pub fn bind(path: &Path) -> Result<Self, ListenerError> {
        Self::bind_in(Directory::shared(directory_of(path))?, path, OWNER_MODE)
    }

    /// As [`Listener::bind`], for every user of this computer. Nobody but root and us may be able to put something
    /// else at `path`, all the way up.
    ///
    /// # Errors
    /// Any [`ListenerError`]. Needs a tokio runtime.
    pub fn bind_for_all(path: &Path) -> Result<Self, ListenerError> {
        Self::bind_in(Directory::shared(directory_of(path))?.rooted()?, path, OPEN_MODE)
    }

    /// The socket that the service manager handed over, if it did: a listening one, at a path that nobody but root
    /// and us can change.
    ///
    /// # Errors
    /// [`ListenerError::HandedOver`] or [`ListenerError::Directory`]. Needs a tokio runtime.
    pub fn inherit(inherited: &mut Inherited) -> Result<Option<Self>, ListenerError> {
        let Some(socket) = inherited.take_listener().map_err(ListenerError::HandedOver)? else {
            return Ok(None);
        };
        let address = socket.local_addr().map_err(ListenerError::HandedOver)?;
        let path = address.as_pathname().filter(|path| path.is_absolute());
        let path = path.ok_or_else(|| ListenerError::HandedOver(io::Error::other("it has no path")))?;
        Directory::shared(directory_of(path))?.rooted()?;
        socket.set_nonblocking(true).map_err(ListenerError::HandedOver)?;
        let socket = UnixListener::from_std(socket).map_err(ListenerError::HandedOver)?;
        Ok(Some(Self { socket, made: None }))
    }

    fn bind_in(directory: Directory, path: &Path, mode: u32) -> Result<Self, ListenerError> {
        let system = |cause| ListenerError::System { path: path.to_owned(), cause };
        let _alone = lock(directory.into_file()).map_err(system)?;
        remove_stale(path)?;
        let socket = listen_at(path, mode).map_err(system)?;
        let found = fs::symlink_metadata(path).map_err(system)?;
        let socket = UnixListener::from_std(socket).map_err(system)?;
        let made = Made { path: path.to_owned(), identity: (found.dev(), found.ino()) };
        Ok(Self { socket, made: Some(made) })
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.socket.accept().await?.0)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let Some(Made { path, identity }) = &self.made else { return };
        let found = fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()));
        if found.is_ok_and(|found| found == *identity) {
            let _ = fs::remove_file(path);
        }
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
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

fn listen_at(path: &Path, mode: u32) -> io::Result<StdListener> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    fchmod(&socket, Mode::from_bits_truncate(mode))?;
    bind(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    let made = fs::symlink_metadata(path)?.mode() & 0o777;
    if made & !mode != 0 {
        fs::remove_file(path)?;
        return Err(io::Error::other("this file system does not keep the socket's mode"));
    }
    if made != mode {
        // Our umask took something away. Nobody but us could have put another file there meanwhile.
        fs::set_permissions(path, Permissions::from_mode(mode))?;
    }
    listen(&socket, Backlog::new(BACKLOG)?)?;
    Ok(StdListener::from(socket))
}
