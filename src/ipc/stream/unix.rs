//! Linux and macOS: a socket in the file system, and the kernel's word for who listens on it.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::time::Duration;

use nix::unistd::{User, geteuid};
use tokio::net::UnixStream;
use tokio::time::sleep;

use super::Stream;
use crate::ClientError;

#[cfg(not(target_os = "macos"))]
pub(super) const DEFAULT_PATH: &str = "/run/culvert/culvert.sock";
#[cfg(target_os = "macos")]
pub(super) const DEFAULT_PATH: &str = "/var/run/culvert/culvert.sock";

/// The user as whom a packaged helper runs; a distribution may name another when it builds.
const HELPER: &str = match option_env!("CULVERT_USER") {
    Some(name) => name,
    None => "culvert",
};
/// Below are the users of services; a person who happens to have that name is none.
const FIRST_PERSON: u32 = 1000;
/// How often, and after how long, a helper with a crowd at its door is tried again.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// A stream to the helper at `path`, once its path and its user are known to be root's, the helper's or our own.
pub(crate) async fn connect(path: &Path) -> Result<Box<dyn Stream>, ClientError> {
    check_path(path)?;
    let stream = open(path).await?;
    match stream.peer_cred()?.uid() {
        uid if may_be_helper(uid) => Ok(Box::new(stream)),
        uid => Err(ClientError::Impostor { uid }),
    }
}

async fn open(path: &Path) -> Result<UnixStream, ClientError> {
    for _ in 1..TRIES {
        match UnixStream::connect(path).await {
            Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(PAUSE).await,
            opened => return opened.map_err(refused),
        }
    }
    UnixStream::connect(path).await.map_err(refused)
}

fn refused(error: std::io::Error) -> ClientError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => ClientError::NotRunning,
        ErrorKind::PermissionDenied => ClientError::NotAllowed,
        _ => ClientError::Io(error),
    }
}

/// That nobody else could have put the socket there, nor can put another in its place.
fn check_path(path: &Path) -> Result<(), ClientError> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let found = fs::symlink_metadata(directory).map_err(refused)?;
    let untrusted = |path: &Path, why| Err(ClientError::Untrusted { path: path.to_owned(), why });
    let others_may_write = found.mode() & 0o022 != 0 && found.mode() & 0o1000 == 0;
    if found.is_symlink() {
        return untrusted(directory, "it is a symbolic link");
    }
    if !may_be_helper(found.uid()) {
        return untrusted(directory, "it belongs to another user");
    }
    if others_may_write {
        return untrusted(directory, "others may write to it");
    }
    let found = fs::symlink_metadata(path).map_err(refused)?;
    if !found.file_type().is_socket() {
        return untrusted(path, "it is not a socket");
    }
    if !may_be_helper(found.uid()) {
        return Err(ClientError::Impostor { uid: found.uid() });
    }
    Ok(())
}

/// Whether a helper may run as this user: root, our own, or the one that packages make for it.
pub fn may_be_helper(uid: u32) -> bool {
    uid == 0 || uid == geteuid().as_raw() || is_service(uid)
}

fn is_service(uid: u32) -> bool {
    let is_service = uid < FIRST_PERSON;
    is_service && User::from_name(HELPER).ok().flatten().is_some_and(|user| user.uid.as_raw() == uid)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    /// Why `path` is not trusted; nothing if it is.
    fn why(path: &Path) -> &'static str {
        match check_path(path) {
            Ok(()) => "",
            Err(ClientError::Untrusted { why, .. }) => why,
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_path_that_others_can_change_is_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("own")).unwrap();
        let _socket = UnixListener::bind(at("own/culvert.sock")).unwrap();
        assert_eq!(why(&at("own/culvert.sock")), "");
        symlink(at("own"), at("link")).unwrap();
        assert_eq!(why(&at("link/culvert.sock")), "it is a symbolic link");
        symlink(at("own/culvert.sock"), at("own/link.sock")).unwrap();
        fs::write(at("own/file"), "").unwrap();
        for name in ["own/link.sock", "own/file"] {
            assert_eq!(why(&at(name)), "it is not a socket");
        }
        fs::set_permissions(at("own"), Permissions::from_mode(0o777)).unwrap();
        assert_eq!(why(&at("own/culvert.sock")), "others may write to it");
        fs::set_permissions(at("own"), Permissions::from_mode(0o1777)).unwrap();
        assert_eq!(why(&at("own/culvert.sock")), "");
    }

    #[test]
    fn a_person_is_no_service() {
        assert!(may_be_helper(0) && may_be_helper(geteuid().as_raw()));
        assert!(!is_service(FIRST_PERSON) && !is_service(65_534));
    }
}
