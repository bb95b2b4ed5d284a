//! Systems that nobody has watched yet.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;

use culvert_policy::{PolicyRouting, ServerException, TunnelPlan};

use super::{Event, OtherVpn};
use crate::host::HostError;

/// A stream of [`Event`]s; there is none here.
#[derive(Debug)]
pub struct Watch(Infallible);

/// From where a watch knows what it tells.
#[derive(Debug, Default)]
pub struct Sources;

/// A clock that counts sleep.
#[derive(Debug, Default)]
pub struct SleepClock;

impl Watch {
    /// Fails.
    ///
    /// # Errors
    /// `Unsupported`, always.
    pub fn start() -> io::Result<Self> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Fails.
    ///
    /// # Errors
    /// `Unsupported`, always.
    pub fn start_with(_routing: PolicyRouting, _sources: Sources) -> io::Result<Self> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Is never called.
    pub fn aim(&mut self, _server: Option<ServerException>) {
        match self.0 {}
    }

    /// Is never called.
    pub fn expect(&mut self, _plan: Option<TunnelPlan>) {
        match self.0 {}
    }

    /// Is never called.
    pub async fn next(&mut self) -> Event {
        match self.0 {}
    }
}

/// None that could be told.
///
/// # Errors
/// `Unsupported`, always.
pub async fn other_vpns(_server: Option<Ipv4Addr>) -> Result<Vec<OtherVpn>, HostError> {
    Err(io::Error::from(ErrorKind::Unsupported).into())
}
