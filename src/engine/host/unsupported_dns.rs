//! Systems whose name servers nobody has tried to set yet.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use culvert_model::DnsMethod;
use culvert_policy::TunnelDns;

use super::HostError;

/// Nothing is known of where a system has its name servers.
#[derive(Clone, Debug, Default)]
pub struct DnsSystem;

impl DnsSystem {
    /// This system.
    pub fn usual(_state: impl Into<PathBuf>) -> Self {
        Self
    }
}

/// Keeps nothing.
#[derive(Debug)]
pub struct DnsKeeper;

impl DnsKeeper {
    /// A keeper that can't tell anybody anything.
    pub fn new(_system: DnsSystem) -> Self {
        Self
    }

    /// Fails where there are name servers to be put in force.
    ///
    /// # Errors
    /// `Unsupported`, with a `dns`.
    pub async fn apply(&mut self, dns: Option<&TunnelDns>) -> Result<Option<DnsMethod>, HostError> {
        match dns {
            Some(_) => Err(io::Error::from(ErrorKind::Unsupported).into()),
            None => Ok(None),
        }
    }

    /// Whether what was put in force, which is nothing, still is.
    ///
    /// # Errors
    /// None.
    pub async fn is_in_place(&self) -> Result<bool, HostError> {
        Ok(true)
    }

    /// Has nothing to do: nothing can have been left behind.
    ///
    /// # Errors
    /// None.
    pub async fn restore_after_crash(&mut self) -> Result<(), HostError> {
        Ok(())
    }
}
