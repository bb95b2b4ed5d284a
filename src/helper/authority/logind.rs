//! Where a peer sits, for the words of a refusal alone: nothing is allowed because of it.

use std::time::Duration;

use tokio::time::timeout;
use zbus::proxy::{self, CacheProperties};
use zbus::zvariant::{ObjectPath, OwnedObjectPath};
use zbus::{Connection, Proxy};

const SERVICE: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether `pid` belongs to a session from afar (SSH), or to none. Not so where logind can't be asked.
pub(super) async fn is_remote(bus: &Connection, pid: u32) -> bool {
    matches!(timeout(PATIENCE, ask(bus, pid)).await, Ok(Ok(true)))
}

async fn ask(bus: &Connection, pid: u32) -> zbus::Result<bool> {
    let manager = at(bus, ObjectPath::from_static_str_unchecked(PATH), "Manager").await?;
    let session = match manager.call::<_, _, OwnedObjectPath>("GetSessionByPID", &(pid,)).await {
        Ok(path) => path,
        Err(zbus::Error::MethodError(name, ..)) if name.as_str().ends_with(".NoSessionForPID") => {
            return display(bus, &manager, pid).await;
        }
        Err(error) => return Err(error),
    };
    is_session_remote(bus, session).await
}

/// For a program that the user's own service manager started: it belongs to the session with the screen.
async fn display(bus: &Connection, manager: &Proxy<'_>, pid: u32) -> zbus::Result<bool> {
    let Ok(path) = manager.call::<_, _, OwnedObjectPath>("GetUserByPID", &(pid,)).await else {
        return Ok(true);
    };
    let user = at(bus, path.into_inner(), "User").await?;
    let (name, session): (String, OwnedObjectPath) = user.get_property("Display").await?;
    if name.is_empty() { Ok(true) } else { is_session_remote(bus, session).await }
}

async fn is_session_remote(bus: &Connection, path: OwnedObjectPath) -> zbus::Result<bool> {
    let session = at(bus, path.into_inner(), "Session").await?;
    let (seat, _): (String, OwnedObjectPath) = session.get_property("Seat").await?;
    let is_remote: bool = session.get_property("Remote").await?;
    Ok(is_remote || seat.is_empty())
}

async fn at<'a>(bus: &'a Connection, path: ObjectPath<'static>, interface: &str) -> zbus::Result<Proxy<'a>> {
    proxy::Builder::new(bus)
        .destination(SERVICE)?
        .path(path)?
        .interface(format!("{SERVICE}.{interface}"))?
        .cache_properties(CacheProperties::No)
        .build()
        .await
}
