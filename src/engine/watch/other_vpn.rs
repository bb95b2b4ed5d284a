//! Another VPN than ours.

use culvert_model::{Evidence, Fault, FaultCode, VpnKind};

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

/// How much another VPN takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything, our server included or not.
    Everything,
    /// Our server among others.
    Server,
}

impl OtherVpn {
    /// Why nothing is dialled while it is up.
    pub fn fault(&self) -> Fault {
        let (kind, interface) = (self.kind, self.interface.clone());
        Fault::new(FaultCode::OtherVpn).with(Evidence::OtherVpn { kind, interface })
    }
}
