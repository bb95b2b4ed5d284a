//! What a link is made from.

use core::net::Ipv4Addr;

use culvert_model::{AuthMethod, Encryption, KeyStrength, Mtu};

use crate::ppp::lcp;
use crate::session::{ClientConfig, ServerConfig};

/// The MRU that we ask for, and the largest MTU of an automatic tunnel (bytes).
pub(super) const DEFAULT_MRU: u16 = 1400;

/// Which end this is, with what it was configured with.
#[derive(Clone, Debug)]
pub(crate) enum Side {
    /// The end that logs in.
    Client(ClientConfig),
    /// The end that is logged in to.
    Server(ServerConfig),
}

/// What a link is made from.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(super) side: Side,
    pub(super) encryption: Encryption,
    pub(super) stateful: bool,
    pub(super) mtu: Mtu,
}

impl Config {
    pub(crate) fn client(config: ClientConfig) -> Self {
        let (encryption, stateful, mtu) = (config.encryption, config.stateful, config.mtu);
        Self { side: Side::Client(config), encryption, stateful, mtu }
    }

    pub(crate) fn server(config: ServerConfig) -> Self {
        let (encryption, stateful, mtu) = (config.encryption, config.stateful, config.mtu);
        Self { side: Side::Server(config), encryption, stateful, mtu }
    }

    /// What LCP is to ask for.
    pub(super) fn lcp(&self) -> lcp::Config {
        let (role, auth) = match &self.side {
            Side::Client(config) => (lcp::Role::Client, config.usable_auth()),
            Side::Server(config) => (lcp::Role::Server, config.auth.clone()),
        };
        lcp::Config { role, mru: self.mru(), auth }
    }

    /// Whether the peer must prove that it knows the password: it cannot where no login takes place, and then only
    /// a profile that allows a login without such a proof is content.
    pub(super) fn needs_proof(&self) -> bool {
        match &self.side {
            Side::Client(config) => config.auth.iter().all(|method| method == AuthMethod::MsChapV2),
            Side::Server(_) => true,
        }
    }

    /// The server's address outside the tunnel; unspecified at the server's own end, which does not need it.
    pub(super) fn server_address(&self) -> Ipv4Addr {
        match &self.side {
            Side::Client(config) => config.server,
            Side::Server(_) => Ipv4Addr::UNSPECIFIED,
        }
    }

    /// The MRU to ask for: what MPPE adds must fit beside an MTU that was set by hand.
    pub(super) fn mru(&self) -> u16 {
        match self.mtu {
            Mtu::Auto => DEFAULT_MRU,
            Mtu::Bytes(mtu) => mtu.saturating_add(MPPE_OVERHEAD).max(DEFAULT_MRU),
        }
    }

    /// The MTU of the tunnel towards a peer with this MRU, which bounds the PPP information field (RFC 1661
    /// section 6.1): MPPE's header and the inner protocol field count.
    pub(super) fn tunnel_mtu(&self, peer_mru: u16) -> u16 {
        let fits = peer_mru.saturating_sub(MPPE_OVERHEAD);
        match self.mtu {
            Mtu::Auto => fits.min(DEFAULT_MRU),
            Mtu::Bytes(mtu) => fits.min(mtu),
        }
    }

    /// The key lengths for which a login by `method` leaves keys, where encryption is wanted at all.
    pub(super) fn strengths(&self, method: Option<AuthMethod>) -> &'static [KeyStrength] {
        let has_keys = method.is_some_and(AuthMethod::gives_keys);
        if has_keys && self.encryption != Encryption::None {
            &[KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128]
        } else {
            &[]
        }
    }
}

/// What MPPE takes of the PPP information field: its own header and the inner protocol field (bytes).
const MPPE_OVERHEAD: u16 = 4;
