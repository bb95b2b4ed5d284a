//! What may leave this computer, as one value.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use culvert_model::Prefix;

use crate::ServerException;

/// The private ranges that count as the local network: fixed, because a hostile network hands out any address as
/// local (RFC 1918, RFC 3927, and the multicast range that local discovery uses, RFC 2365).
pub const LOCAL_RANGES: [Prefix; 5] = [
    Prefix::around(Ipv4Addr::new(10, 0, 0, 0), 8),
    Prefix::around(Ipv4Addr::new(172, 16, 0, 0), 12),
    Prefix::around(Ipv4Addr::new(192, 168, 0, 0), 16),
    Prefix::around(Ipv4Addr::new(169, 254, 0, 0), 16),
    Prefix::around(Ipv4Addr::new(224, 0, 0, 0), 24),
];

/// What may leave this computer and enter it, but for the list that always may: loopback, DHCP's client, and what
/// IPv6 needs to find its neighbours.
///
/// It goes for what programs send and for what is forwarded. Everything that is not named here is refused or
/// dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// What it is about.
    pub scope: Scope,
    /// The servers to which outer packets may go, and from which they may come: TCP to the port, and GRE. They leave
    /// only from the helper's own user with the helper's mark; what arrives is known by address and protocol.
    pub servers: Vec<ServerException>,
    /// Whether the helper's own marked sockets may ask name servers (port 53, UDP and TCP).
    pub names: bool,
    /// What may go through the tunnel, where it is up.
    pub tunnel: Option<TunnelPass>,
    /// Whether the [`LOCAL_RANGES`] may be reached beside the tunnel. Name servers there never are.
    pub lan: bool,
    /// Whether IPv6 passes as if there were no guard.
    pub ipv6: bool,
    /// Whether the helper's own marked sockets may ask for web pages (TCP port 80), to find out about portals.
    pub checks: bool,
    /// What anybody may reach beside the tunnel to sign in to the network, for a while.
    pub portal: Option<PortalPass>,
    /// What happens to packets that may not leave.
    pub refusal: Refuse,
    /// The network whose devices are forwarded through the tunnel, and nowhere else.
    pub gateway: Option<Gateway>,
}

/// Which destinations a guard is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Everything,
    /// These alone, beside the servers' outer packets; everything else passes as if there were no guard.
    Only(Vec<Prefix>),
}

/// The way to a captive portal's sign-in page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalPass {
    /// The portal's addresses.
    pub addresses: Vec<Ipv4Addr>,
    /// The TCP ports that may be reached there.
    pub ports: Vec<u16>,
    /// The network's own name servers, which may be asked on port 53.
    pub name_servers: Vec<Ipv4Addr>,
}

/// What may go through the tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelPass {
    /// The TUN device's name.
    pub interface: String,
    /// Our address inside the tunnel: nobody on another device may learn that it is ours (CVE-2019-14899).
    pub address: Ipv4Addr,
    /// The name servers that may be asked, where others may not; `None` leaves port 53 alone.
    pub name_servers: Option<Vec<Ipv4Addr>>,
}

/// How packets that may not leave are turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refuse {
    /// Without a word: connections of programs outlive a moment without the tunnel.
    Silently,
    /// With an ICMP error: programs see at once that there is no way.
    Aloud,
}

/// Devices that have no client of their own are forwarded and masqueraded through the tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// The interface on which they are.
    pub interface: String,
}
