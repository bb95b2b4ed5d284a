//! The system's message bus.

use std::io::{self, ErrorKind};
use std::time::Duration;

use zbus::Connection;
use zbus::connection::Builder;

use crate::host::HostError;

/// How long somebody on the bus may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connects to the bus at `address`, or else to the system's.
pub(super) async fn connect(address: Option<&str>) -> Result<Connection, HostError> {
    let connecting = async {
        let builder = match address {
            Some(address) => Builder::address(address)?,
            None => Builder::system()?,
        };
        builder.method_timeout(PATIENCE).build().await
    };
    const CONNECTING: &str = "connecting to the system's message bus";
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(result) => result.map_err(refused(CONNECTING)),
        Err(_) => Err(HostError::Refused { doing: CONNECTING, cause: ErrorKind::TimedOut.into() }),
    }
}

/// What was attempted and how it was refused.
pub(super) fn refused(doing: &'static str) -> impl Fn(zbus::Error) -> HostError {
    move |error| {
        let kind = match error_name(&error) {
            Some(name) if name.ends_with(".AccessDenied") || name.ends_with(".AuthFailed") => {
                ErrorKind::PermissionDenied
            }
            Some(name) if name.ends_with(".InteractiveAuthorizationRequired") => ErrorKind::PermissionDenied,
            Some(name) if name.ends_with("PermissionDenied") => ErrorKind::PermissionDenied,
            _ => ErrorKind::Other,
        };
        HostError::Refused { doing, cause: io::Error::new(kind, error.to_string()) }
    }
}

/// Whether whoever was called does not know the call: its version is older.
pub(super) fn is_unknown(error: &zbus::Error) -> bool {
    error_name(error).is_some_and(|name| name.ends_with(".UnknownMethod"))
}

fn error_name(error: &zbus::Error) -> Option<&str> {
    match error {
        zbus::Error::MethodError(name, ..) => Some(name.as_str()),
        _ => None,
    }
}
