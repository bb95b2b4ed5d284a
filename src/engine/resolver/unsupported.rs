//! Systems whose name servers nobody has tried to ask past the tunnel yet: the system is asked.

use std::net::Ipv4Addr;

use culvert_model::{Fault, Host};

use super::Found;
use crate::tcp;

/// Looks up the server's name.
#[derive(Clone, Debug, Default)]
pub struct Resolver;

impl Resolver {
    /// A resolver that asks the system: `mark` means nothing here.
    pub fn new(_mark: Option<u32>) -> Self {
        Self
    }

    /// The same: there is no guard here.
    #[must_use]
    pub fn under_guard(self, _guarded: bool) -> Self {
        self
    }

    /// The same: there is no tunnel's name server here.
    #[must_use]
    pub fn without(self, _servers: &[Ipv4Addr]) -> Self {
        self
    }

    /// The addresses of `server`.
    ///
    /// # Errors
    /// As [`tcp::resolve`].
    pub async fn lookup(&self, server: &Host) -> Result<Vec<Ipv4Addr>, Fault> {
        tcp::resolve(server).await
    }

    /// The addresses of `server`, and no word about how long they hold.
    ///
    /// # Errors
    /// As [`tcp::resolve`].
    pub async fn find(&self, server: &Host) -> Result<Found, Fault> {
        Ok(Found { addresses: tcp::resolve(server).await?, valid_for: None })
    }
}
