//! Systems whose name servers nobody has tried to ask past the tunnel yet: the system is asked.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use culvert_model::{Evidence, Fault, FaultCode, Host, Stage};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::Found;
use crate::tcp;

/// How long the system may take, in seconds.
const SECONDS: u32 = 15;

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

    /// The same: the system asks its own.
    #[must_use]
    pub fn asking(self, _servers: &[Ipv4Addr]) -> Self {
        self
    }

    /// None that is known: the system asks them.
    pub async fn servers(&self) -> Vec<Ipv4Addr> {
        Vec::new()
    }

    /// The addresses of `server`.
    ///
    /// # Errors
    /// [`FaultCode::DnsFailed`], or [`FaultCode::Ipv6Server`] where there are IPv6 addresses alone.
    pub async fn lookup(&self, server: &Host) -> Result<Vec<Ipv4Addr>, Fault> {
        resolve(server).await
    }

    /// The addresses of `server`, and no word about how long they hold.
    ///
    /// # Errors
    /// [`FaultCode::DnsFailed`], or [`FaultCode::Ipv6Server`] where there are IPv6 addresses alone.
    pub async fn find(&self, server: &Host) -> Result<Found, Fault> {
        Ok(Found { addresses: resolve(server).await?, valid_for: None })
    }
}

/// The IPv4 addresses of `server`, in the order of the name servers' preference and without doubles.
async fn resolve(server: &Host) -> Result<Vec<Ipv4Addr>, Fault> {
    let failed = |evidence| Fault::new(FaultCode::DnsFailed).with(evidence).at(Stage::LookingUpName);
    let found: Vec<SocketAddr> = match server.address() {
        Some(address) => vec![(address, 0).into()],
        None => timeout(Duration::from_secs(SECONDS.into()), lookup_host((server.as_str(), 0)))
            .await
            .map_err(|_| failed(Evidence::SilentFor(SECONDS)))?
            .map_err(|error| failed(tcp::said(&error)))?
            .collect(),
    };
    let mut addresses = Vec::new();
    for socket_address in &found {
        if let IpAddr::V4(address) = socket_address.ip()
            && !addresses.contains(&address)
        {
            addresses.push(address);
        }
    }
    match (addresses.is_empty(), found.is_empty()) {
        (false, _) => Ok(addresses),
        (true, false) => Err(Fault::new(FaultCode::Ipv6Server).at(Stage::LookingUpName)),
        (true, true) => Err(Fault::new(FaultCode::DnsFailed).at(Stage::LookingUpName)),
    }
}

/// A stream: `mark` means nothing here, and nothing stands in the way of what comes back.
pub(crate) async fn connect_marked(server: SocketAddr, _mark: Option<u32>) -> io::Result<(TcpStream, ())> {
    Ok((TcpStream::connect(server).await?, ()))
}
