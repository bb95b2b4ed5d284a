//! The server's name: asked of the name servers from before the tunnel, past the tunnel, and of no other name.
//!
//! The system's own way to look up names ends in the tunnel or at the guard while there is one. A [`Resolver`] asks on
//! marked sockets of its own, which both let pass, and it looks for name servers where the tunnel's are not.

#[cfg(target_os = "linux")]
mod config;
#[cfg(target_os = "linux")]
mod exchange;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod message;
#[cfg(target_os = "linux")]
mod name;
#[cfg(not(target_os = "linux"))]
mod unsupported;

#[cfg(target_os = "linux")]
pub(crate) use exchange::connect_marked;
#[cfg(target_os = "linux")]
pub use linux::Resolver;
#[cfg(not(target_os = "linux"))]
pub use unsupported::Resolver;
#[cfg(not(target_os = "linux"))]
pub(crate) use unsupported::connect_marked;

use std::net::Ipv4Addr;
use std::time::Duration;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its addresses in the name server's order, without doubles. Never empty.
    pub addresses: Vec<Ipv4Addr>,
    /// How long that holds; `None` where it does not come from a name server.
    pub valid_for: Option<Duration>,
}
