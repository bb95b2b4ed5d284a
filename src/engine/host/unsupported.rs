//! Systems whose addresses and routes nobody has tried to set yet.

use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;

use culvert_policy::TunnelPlan;

use super::HostError;

/// Fails.
///
/// # Errors
/// `Unsupported`, always.
pub async fn apply(_plan: &TunnelPlan) -> Result<(), HostError> {
    Err(io::Error::from(ErrorKind::Unsupported).into())
}

/// Fails.
///
/// # Errors
/// `Unsupported`, always.
pub async fn undo(_plan: &TunnelPlan) -> Result<(), HostError> {
    Err(io::Error::from(ErrorKind::Unsupported).into())
}

/// Fails.
///
/// # Errors
/// `Unsupported`, always.
pub async fn is_in_place(_plan: &TunnelPlan) -> Result<bool, HostError> {
    Err(io::Error::from(ErrorKind::Unsupported).into())
}

/// Has nothing to do: nothing can have been left behind.
///
/// # Errors
/// None.
pub async fn clean() -> Result<(), HostError> {
    Ok(())
}

/// Fails.
///
/// # Errors
/// `Unsupported`, always.
pub async fn bring_up(_name: &str, _address: Ipv4Addr, _length: u8, _mtu: u16) -> Result<(), HostError> {
    Err(io::Error::from(ErrorKind::Unsupported).into())
}
