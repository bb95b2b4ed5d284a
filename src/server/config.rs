//! What a server is made from.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use culvert_model::{AuthMethods, Encryption, Mtu, PPTP_PORT};
use culvert_proto::ppp::auth::Users;
use culvert_proto::session::ServerConfig;

use crate::AddressRange;

/// How often a client may try another password in place.
const RETRIES: u32 = 2;

/// The MTU of the TUN device where none is asked for: an MRU of 1400 less what MPPE takes of it.
const AUTOMATIC_MTU: u16 = 1396;

/// What a server is made from.
#[derive(Clone)]
pub struct Config {
    /// Where to listen: TCP on this port, GRE on this address.
    pub listen: SocketAddrV4,
    /// The server's name, told in challenges.
    pub name: String,
    /// Who may log in.
    pub users: Arc<dyn Users>,
    /// The login methods; the strongest is demanded first.
    pub auth: AuthMethods,
    /// How well the traffic must be encrypted.
    pub encryption: Encryption,
    /// Whether stateful MPPE is acceptable.
    pub stateful: bool,
    /// The server's address inside the tunnel.
    pub local: Ipv4Addr,
    /// The addresses for clients.
    pub pool: AddressRange,
    /// Name servers to tell the clients; the first two count.
    pub dns: Vec<Ipv4Addr>,
    /// The MTU of the tunnel.
    pub mtu: Mtu,
    /// The TUN device's name, in which the kernel puts a free number for `%d`.
    pub interface: String,
    /// The most TCP connections at a time. Fewer where the pool is smaller.
    pub connections: usize,
}

impl Config {
    /// The defaults: MS-CHAPv2 and stateless MPPE-128, on every address of this computer.
    pub fn new(users: Arc<dyn Users>) -> Self {
        let pool = AddressRange::new(Ipv4Addr::new(10, 64, 0, 10), Ipv4Addr::new(10, 64, 0, 250));
        Self {
            listen: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, PPTP_PORT),
            name: "culvert".to_owned(),
            users,
            auth: AuthMethods::default(),
            encryption: Encryption::default(),
            stateful: false,
            local: Ipv4Addr::new(10, 64, 0, 1),
            pool: pool.expect("the first address comes first"),
            dns: Vec::new(),
            mtu: Mtu::default(),
            interface: "culvert-srv%d".to_owned(),
            connections: 100,
        }
    }

    /// What the session of a client at `client` is made from, to whom `remote` was assigned.
    pub(crate) fn session(&self, client: Ipv4Addr, remote: Ipv4Addr) -> ServerConfig {
        ServerConfig {
            client,
            name: self.name.clone(),
            users: Arc::clone(&self.users),
            retries: RETRIES,
            auth: self.auth.clone(),
            encryption: self.encryption,
            stateful: self.stateful,
            local: self.local,
            remote,
            dns: self.dns.iter().copied().take(2).collect(),
            mtu: self.mtu,
        }
    }

    pub(crate) fn device_mtu(&self) -> u16 {
        match self.mtu {
            Mtu::Auto => AUTOMATIC_MTU,
            Mtu::Bytes(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("interface", &self.interface)
            .finish_non_exhaustive()
    }
}
