//! The one seam by system: where the helper listens, and how its end of a stream is recognised.

use std::path::Path;

use tokio::io::{AsyncRead, AsyncWrite};

#[cfg(unix)]
#[path = "unix.rs"]
mod imp;
#[cfg(windows)]
#[path = "windows.rs"]
mod imp;

pub(crate) use imp::connect;
#[cfg(unix)]
pub use imp::may_be_helper;

/// The environment variable that names another socket than [`default_socket_path`].
pub const SOCKET_VARIABLE: &str = "CULVERT_SOCKET";

/// Where the helper listens if nobody says otherwise.
pub fn default_socket_path() -> &'static Path {
    Path::new(imp::DEFAULT_PATH)
}

/// Any stream to the helper.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}
