//! Requests to the kernel, with errors that say what was attempted.

use std::io;

use futures_util::{Stream, TryStreamExt};
use nix::errno::Errno;
use rtnetlink::{Error, Handle};

use crate::host::HostError;

/// A connection to the kernel's routing tables, served by a task of its own until the handle is dropped.
pub(crate) fn open() -> Result<Handle, HostError> {
    let (connection, handle, _) = rtnetlink::new_connection()?;
    tokio::spawn(connection);
    Ok(handle)
}

/// Everything that a dump brings.
pub(crate) async fn dump<T>(
    doing: &'static str,
    stream: impl Stream<Item = Result<T, Error>>,
) -> Result<Vec<T>, HostError> {
    stream.try_collect().await.map_err(|error| refused(doing, error))
}

/// What was attempted and how it was refused.
pub(crate) fn refused(doing: &'static str, error: Error) -> HostError {
    let cause = match error {
        Error::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other),
    };
    HostError::Refused { doing, cause }
}

/// The same, where it is as good if the thing was gone already.
pub(super) fn unless_gone(doing: &'static str, result: Result<(), Error>) -> Result<(), HostError> {
    match result.map_err(|error| refused(doing, error)) {
        Err(HostError::Refused { cause, .. }) if is_gone(&cause) => Ok(()),
        result => result,
    }
}

/// Whether two lists hold the same, in whatever order.
pub(super) fn is_same_set<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.len() == other.len() && one.iter().all(|item| other.contains(item))
}

pub(crate) fn is_gone(cause: &io::Error) -> bool {
    let code = cause.raw_os_error().map(Errno::from_raw);
    matches!(code, Some(Errno::ENOENT | Errno::ESRCH | Errno::ENODEV | Errno::EADDRNOTAVAIL))
}
