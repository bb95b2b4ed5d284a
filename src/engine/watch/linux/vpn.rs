//! Other VPNs, found by asking the kernel where packets would go.

use std::net::Ipv4Addr;

use culvert_model::VpnKind;
use culvert_policy::PolicyRouting;
use rtnetlink::packet_route::link::{InfoKind, LinkAttribute, LinkInfo, LinkLayerType, LinkMessage};
use rtnetlink::packet_route::route::{RouteAttribute, RouteMessage};
use rtnetlink::{Handle, RouteMessageBuilder};

use super::way::Route;
use super::{OWN_DEVICES, ipsec, way};
use crate::host::HostError;
use crate::host::netlink::{dump, open};
use crate::watch::{OtherVpn, Reach};

/// Addresses all over the internet, one in each eighth of what is given out. Nothing is ever sent to them: a tunnel that would take
/// packets to all of them takes everything, whether its routes are a default route, two halves, or everything but
/// the private ranges, and whichever rules lead to them.
const SAMPLES: [Ipv4Addr; 7] = [
    Ipv4Addr::new(4, 0, 0, 1),
    Ipv4Addr::new(40, 0, 0, 1),
    Ipv4Addr::new(70, 0, 0, 1),
    Ipv4Addr::new(110, 0, 0, 1),
    Ipv4Addr::new(140, 0, 0, 1),
    Ipv4Addr::new(180, 0, 0, 1),
    Ipv4Addr::new(210, 0, 0, 1),
];

/// The VPNs of others that take everything, or the packets to `server`.
///
/// They are found with or without a tunnel of ours. One that takes only part of the internet is none of them, unless
/// the server is in that part; neither is a PPP or TAP device under which there is no other network: that is the line
/// itself (PPPoE, a modem, a container's way out). Of IPsec that works without a device, that which takes everything is
/// seen.
///
/// # Errors
/// What the kernel refused to tell.
pub async fn other_vpns(server: Option<Ipv4Addr>) -> Result<Vec<OtherVpn>, HostError> {
    let handle = open()?;
    let mark = PolicyRouting::STANDARD.mark;
    let mut vpns: Vec<OtherVpn> = Vec::new();
    if let Some(route) = common_route(&handle, mark).await? {
        vpns.extend(vpn(&handle, route.device, Reach::Everything).await?);
        if ipsec::takes_everything(mark, route.source).await {
            vpns.push(OtherVpn { interface: None, kind: VpnKind::Ipsec, reach: Reach::Everything });
        }
    }
    if let Some(server) = server
        && let Some(route) = way::route(&handle, mark, server).await?
        && let Some(vpn) = vpn(&handle, route.device, Reach::Server).await?
        && vpns.iter().all(|other| other.interface != vpn.interface)
    {
        vpns.push(vpn);
    }
    Ok(vpns)
}

/// The route to all samples, if they leave through one device.
async fn common_route(handle: &Handle, mark: u32) -> Result<Option<Route>, HostError> {
    let mut common = None;
    for sample in SAMPLES {
        let Some(route) = way::route(handle, mark, sample).await? else { return Ok(None) };
        if common.get_or_insert(route).device != route.device {
            return Ok(None);
        }
    }
    Ok(common)
}

async fn vpn(handle: &Handle, device: u32, reach: Reach) -> Result<Option<OtherVpn>, HostError> {
    let Some(link) = way::link(handle, device).await? else { return Ok(None) };
    let interface = way::name(&link).to_owned();
    let Some(kind) = kind(&link).filter(|_| !interface.starts_with(OWN_DEVICES)) else { return Ok(None) };
    if may_be_the_line(&link, kind) && !has_network_below(handle).await? {
        return Ok(None);
    }
    Ok(Some(OtherVpn { interface: Some(interface), kind, reach }))
}

/// What kind of tunnel a device is, if it is one.
fn kind(link: &LinkMessage) -> Option<VpnKind> {
    let kind = link.attributes.iter().find_map(|attribute| match attribute {
        LinkAttribute::LinkInfo(infos) => infos.iter().find_map(|info| match info {
            LinkInfo::Kind(kind) => Some(kind),
            _ => None,
        }),
        _ => None,
    });
    match kind {
        Some(InfoKind::Wireguard) => Some(VpnKind::WireGuard),
        Some(InfoKind::Tun) => Some(VpnKind::Tun),
        Some(InfoKind::Xfrm | InfoKind::Vti) => Some(VpnKind::Ipsec),
        Some(InfoKind::GreTun | InfoKind::IpIp | InfoKind::SitTun) => Some(VpnKind::Plain),
        Some(InfoKind::Other(other)) if other.starts_with("ovpn") => Some(VpnKind::OpenVpn),
        _ if link.header.link_layer_type == LinkLayerType::Ppp => Some(VpnKind::Ppp),
        _ => None,
    }
}

fn may_be_the_line(link: &LinkMessage, kind: VpnKind) -> bool {
    let is_tap = kind == VpnKind::Tun && link.header.link_layer_type == LinkLayerType::Ether;
    kind == VpnKind::Ppp || is_tap
}

/// Whether a router is reached through a device that is no tunnel.
async fn has_network_below(handle: &Handle) -> Result<bool, HostError> {
    let all = handle.route().get(RouteMessageBuilder::<Ipv4Addr>::new().build()).execute();
    let routes = dump("reading routes", all).await?;
    let mut devices: Vec<u32> = routes.iter().filter_map(router_device).collect();
    devices.sort_unstable();
    devices.dedup();
    for device in devices {
        if let Some(link) = way::link(handle, device).await?
            && kind(&link).is_none()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The device of a route that goes through a router.
fn router_device(route: &RouteMessage) -> Option<u32> {
    let has_router = route.attributes.iter().any(|attribute| matches!(attribute, RouteAttribute::Gateway(_)));
    route.attributes.iter().filter(|_| has_router).find_map(|attribute| match attribute {
        RouteAttribute::Oif(index) => Some(*index),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(info: Option<InfoKind>, layer: LinkLayerType) -> LinkMessage {
        let mut link = LinkMessage::default();
        link.header.link_layer_type = layer;
        link.attributes.extend(info.map(|kind| LinkAttribute::LinkInfo(vec![LinkInfo::Kind(kind)])));
        link
    }

    #[test]
    fn devices_are_known_by_their_kind() {
        let other = |name: &str| Some(InfoKind::Other(name.to_owned()));
        let cases = [
            (Some(InfoKind::Wireguard), LinkLayerType::None, Some(VpnKind::WireGuard)),
            (Some(InfoKind::Tun), LinkLayerType::None, Some(VpnKind::Tun)),
            (other("ovpn"), LinkLayerType::None, Some(VpnKind::OpenVpn)),
            (other("ovpn-dco"), LinkLayerType::None, Some(VpnKind::OpenVpn)),
            (other("ppp"), LinkLayerType::Ppp, Some(VpnKind::Ppp)),
            (None, LinkLayerType::Ppp, Some(VpnKind::Ppp)),
            (Some(InfoKind::Xfrm), LinkLayerType::None, Some(VpnKind::Ipsec)),
            (None, LinkLayerType::Ether, None),
            (Some(InfoKind::Bridge), LinkLayerType::Ether, None),
            (Some(InfoKind::Wwan), LinkLayerType::None, None),
        ];
        for (info, layer, expected) in cases {
            let link = link(info, layer);
            assert_eq!(kind(&link), expected, "{link:?}");
        }
    }
}
