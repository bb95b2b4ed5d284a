//! The host's state as one value.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use culvert_model::{
    Dns, Evidence, Fault, FaultCode, Mtu, Network, Prefix, Profile, Traffic, is_host_address,
};

use crate::{Domains, Guard, TunnelDns};

/// The largest tunnel MTU that is taken without being asked for.
const AUTOMATIC_MTU: u16 = 1400;

/// The smallest MTU that every IPv4 host must cope with (RFC 791 section 3.2).
const SMALLEST_MTU: u16 = 576;

/// Everything of ours that the host should hold; by default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPlan {
    /// What may leave.
    pub guard: Option<Guard>,
    /// What leads into the tunnel.
    pub tunnel: Option<TunnelPlan>,
}

/// What leads into one tunnel.
///
/// Outer packets (GRE and the control connection) stay out of the tunnel by their mark and by the
/// [`ServerException`], never by a host route: that one could be beaten by a more specific route of the
/// server's or of a hostile network, and it would open the server's address to every program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelPlan {
    /// The TUN device; without one the routes lead nowhere.
    pub device: Option<TunnelInterface>,
    /// How packets are steered into it.
    pub routing: PolicyRouting,
    /// Which packets are.
    pub routes: Routes,
    /// Which packets never are.
    pub servers: Vec<ServerException>,
    /// Whether the local network's own routes to the [`LOCAL_RANGES`](crate::LOCAL_RANGES) come first.
    pub lan: bool,
    /// Who is asked for names.
    pub dns: Option<TunnelDns>,
}

/// The TUN device and what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelInterface {
    /// The device's name.
    pub name: String,
    /// Our address inside the tunnel. It is set with a length of 32: no route to the peer comes with it.
    pub address: Ipv4Addr,
    /// The largest IP packet, in bytes.
    pub mtu: u16,
}

/// The numbers under which our routes and rules live, apart from everybody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyRouting {
    /// The routing table that holds our routes and nothing else.
    pub table: u32,
    /// The mark of outer packets.
    pub mark: u32,
    /// The originator noted on each of our rules and routes, by which leftovers are known.
    pub originator: u8,
    /// The priority of the rule that lets GRE to the server use the main table.
    pub gre_priority: u32,
    /// The priority of the rule that lets the control connection use the main table.
    pub control_priority: u32,
    /// The priority of the rules that let the local ranges use the main table, but for its default route.
    pub lan_priority: u32,
    /// The priority of the rule that sends everything unmarked to our table. It comes after the others,
    /// and before the main table, so that no route there can take packets out of the tunnel.
    pub tunnel_priority: u32,
}

impl PolicyRouting {
    /// The numbers of the one connection there can be for now.
    pub const STANDARD: Self = Self {
        table: 1723,
        mark: 0x1723,
        originator: 173,
        gre_priority: 1721,
        control_priority: 1722,
        lan_priority: 1720,
        tunnel_priority: 1723,
    };
}

/// Which packets go into the tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routes {
    /// All of them.
    All,
    /// Those to these prefixes, sorted and without doubles.
    Only(Vec<Prefix>),
}

impl Routes {
    /// The destinations.
    pub fn prefixes(&self) -> &[Prefix] {
        match self {
            Self::All => &[Prefix::ALL],
            Self::Only(prefixes) => prefixes,
        }
    }
}

/// The server outside the tunnel: GRE to it and TCP to its port use the main table.
///
/// The mark alone would do for what we send. But arriving packets carry no mark, and where the kernel checks
/// that the way back to their source leads out where they came in (`rp_filter` 1), only a rule that fits their
/// addresses, protocol and port lets them pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerException {
    /// The server's address.
    pub address: Ipv4Addr,
    /// The TCP port of its control connection.
    pub port: u16,
}

impl TunnelPlan {
    /// The plan for what `profile` asks for and `network` gives.
    ///
    /// # Errors
    /// [`FaultCode::BadAddress`] if the address that the server gave cannot be used,
    /// [`FaultCode::LocalDevice`] if `network` names no TUN device.
    pub fn new(profile: &Profile, network: &Network) -> Result<Self, Fault> {
        // The server's own would lead the outer packets back to us.
        if !is_host_address(network.address) || network.address == network.server {
            let text = alloc::format!("{}", network.address);
            return Err(Fault::new(FaultCode::BadAddress).with(Evidence::ServerText(text)));
        }
        let name = network.interface.clone().ok_or(Fault::new(FaultCode::LocalDevice))?;
        let mtu = tunnel_mtu(profile.mtu, network.mtu);
        Ok(Self {
            dns: dns(profile, network, &name),
            device: Some(TunnelInterface { name, address: network.address, mtu }),
            routing: PolicyRouting::STANDARD,
            routes: routes(&profile.traffic, network.address),
            servers: alloc::vec![ServerException { address: network.server, port: profile.port }],
            // A gateway has to find its devices; that they find nothing but the tunnel is for the guard to see to.
            lan: profile.lan || profile.gateway.is_some(),
        })
    }

    /// What remains of it when the tunnel is gone: the routes, which lead nowhere.
    #[must_use]
    pub fn without_device(&self) -> Self {
        Self { device: None, dns: None, ..self.clone() }
    }
}

/// The name servers of the tunnel, if any are to be asked there.
fn dns(profile: &Profile, network: &Network, interface: &str) -> Option<TunnelDns> {
    let mut servers = match &profile.dns {
        Dns::Leave => return None,
        Dns::FromServer => network.dns.clone(),
        Dns::Servers(servers) => servers.clone(),
    };
    servers.retain(|server| is_host_address(*server));
    servers.truncate(Dns::MOST);
    let domains = profile.search_domains.clone();
    let domains = match &profile.traffic {
        Traffic::All => Domains::All(domains),
        // Names of a network that nobody named are asked where they always were.
        Traffic::Only { .. } if domains.is_empty() => return None,
        Traffic::Only { .. } => Domains::Only(domains),
    };
    (!servers.is_empty()).then(|| TunnelDns { interface: interface.into(), servers, domains })
}

/// The tunnel's MTU, from what the profile says and what was agreed on: at least what every host copes with.
pub fn tunnel_mtu(wanted: Mtu, agreed: u16) -> u16 {
    let wanted = match wanted {
        Mtu::Auto => AUTOMATIC_MTU,
        Mtu::Bytes(bytes) => bytes,
    };
    wanted.min(agreed).max(SMALLEST_MTU)
}

fn routes(traffic: &Traffic, address: Ipv4Addr) -> Routes {
    match traffic {
        Traffic::All => Routes::All,
        Traffic::Only { routes, classful } => {
            let mut prefixes = routes.clone();
            prefixes.extend(Prefix::classful(address).filter(|_| *classful));
            prefixes.sort_unstable();
            prefixes.dedup();
            Routes::Only(prefixes)
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
    const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 7);

    fn profile() -> Profile {
        Profile::new("vpn.example.com".parse().unwrap(), "user")
    }

    fn network() -> Network {
        Network {
            server: SERVER,
            address: INSIDE,
            peer: Some(SERVER),
            dns: vec![],
            nbns: vec![],
            mtu: 1446,
            cipher: None,
            auth: None,
            interface: Some("culvert0".to_string()),
        }
    }

    #[test]
    fn by_default_all_traffic_goes_in_and_the_outer_packets_stay_out() {
        let plan = TunnelPlan::new(&profile(), &network()).unwrap();
        assert_eq!(plan.device.clone().unwrap().name, "culvert0");
        assert_eq!(plan.device.clone().unwrap().address, INSIDE);
        assert_eq!(plan.device.clone().unwrap().mtu, 1400);
        assert_eq!(plan.routes.prefixes(), [Prefix::ALL]);
        assert_eq!(plan.servers, [ServerException { address: SERVER, port: 1723 }]);
        let routing = plan.routing;
        assert!(routing.gre_priority < routing.tunnel_priority);
        assert!(routing.control_priority < routing.tunnel_priority);
        assert!(routing.tunnel_priority < 32766, "the main table comes later");
    }

    #[test]
    fn listed_prefixes_are_sorted_and_without_doubles() {
        let prefix = |text: &str| text.parse::<Prefix>().unwrap();
        let (office, lab) = (prefix("10.1.0.0/16"), prefix("192.0.2.0/24"));
        let mut profile = profile();
        profile.traffic = Traffic::only([lab, office, lab]);
        let plan = TunnelPlan::new(&profile, &network()).unwrap();
        assert_eq!(plan.routes, Routes::Only(vec![office, lab]));
    }

    #[test]
    fn the_mtu_is_the_smallest_of_what_is_asked_agreed_and_sensible() {
        let mtu_of = |wanted, agreed| {
            let (mut profile, mut network) = (profile(), network());
            profile.mtu = wanted;
            network.mtu = agreed;
            TunnelPlan::new(&profile, &network).unwrap().device.unwrap().mtu
        };
        assert_eq!(mtu_of(Mtu::Auto, 1300), 1300);
        assert_eq!(mtu_of(Mtu::Bytes(1440), 1446), 1440);
        assert_eq!(mtu_of(Mtu::Bytes(1500), 1446), 1446);
        assert_eq!(mtu_of(Mtu::Auto, 100), 576);
    }

    #[test]
    fn an_address_that_would_cut_us_off_is_refused() {
        let refused = [
            Ipv4Addr::UNSPECIFIED,
            Ipv4Addr::new(0, 1, 2, 3),
            Ipv4Addr::LOCALHOST,
            Ipv4Addr::new(224, 0, 0, 1),
            Ipv4Addr::new(240, 0, 0, 1),
            Ipv4Addr::BROADCAST,
            SERVER,
        ];
        for address in refused {
            let network = Network { address, ..network() };
            let fault = TunnelPlan::new(&profile(), &network).unwrap_err();
            assert_eq!(fault.code, FaultCode::BadAddress, "{address}");
        }
    }

    #[test]
    fn without_a_device_there_is_no_plan() {
        let network = Network { interface: None, ..network() };
        assert_eq!(TunnelPlan::new(&profile(), &network).unwrap_err().code, FaultCode::LocalDevice);
    }
}
