//! Linux and macOS: a socket in the file system, and the kernel's word for who listens on it.

use std::io::ErrorKind;
use std::path::Path;

use tokio::net::UnixStream;

use super::Stream;
use crate::ClientError;

#[cfg(not(target_os = "macos"))]
pub(super) const DEFAULT_PATH: &str = "/run/culvert/culvert.sock";
#[cfg(target_os = "macos")]
pub(super) const DEFAULT_PATH: &str = "/var/run/culvert/culvert.sock";

/// A stream to the helper at `path`, once its user is known to be root or our own.
pub(crate) async fn connect(path: &Path) -> Result<Box<dyn Stream>, ClientError> {
    let stream = UnixStream::connect(path).await.map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => ClientError::NotRunning,
        ErrorKind::PermissionDenied => ClientError::NotAllowed,
        _ => ClientError::Io(error),
    })?;
    match stream.peer_cred()?.uid() {
        0 => Ok(Box::new(stream)),
        uid if uid == nix::unistd::geteuid().as_raw() => Ok(Box::new(stream)),
        uid => Err(ClientError::Impostor { uid }),
    }
}
