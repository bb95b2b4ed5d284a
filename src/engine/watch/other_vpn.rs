//! Another VPN than ours.

use std::fmt;

/// A tunnel of somebody else's that takes our packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherVpn {
    /// Its device; IPsec may work without one.
    pub interface: Option<String>,
    /// What it is.
    pub kind: VpnKind,
    /// What it takes.
    pub reach: Reach,
}

/// What takes our packets, in words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VpnKind {
    /// A WireGuard device, of whichever program.
    WireGuard,
    /// OpenVPN in the kernel.
    OpenVpn,
    /// A device that a program serves: OpenVPN, OpenConnect, Tailscale and many more.
    Tun,
    /// A PPP device that is not the line itself: PPTP, L2TP, SSTP.
    Ppp,
    /// IPsec, with or without a device.
    Ipsec,
    /// A plain tunnel: GRE, IP in IP.
    Plain,
}

/// How much another VPN takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything, our server included or not.
    Everything,
    /// Our server among others.
    Server,
}

impl fmt::Display for VpnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WireGuard => "WireGuard",
            Self::OpenVpn => "OpenVPN",
            Self::Tun => "OpenVPN or the like",
            Self::Ppp => "PPTP, L2TP or SSTP",
            Self::Ipsec => "IPsec",
            Self::Plain => "a tunnel without encryption",
        })
    }
}

impl fmt::Display for OtherVpn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.interface {
            Some(interface) => write!(f, "{} ({interface})", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}
