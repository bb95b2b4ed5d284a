//! How a packet of ours would leave.

use std::io;
use std::net::Ipv4Addr;

use culvert_policy::ServerException;
use futures_util::TryStreamExt;
use nix::errno::Errno;
use rtnetlink::packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};
use rtnetlink::packet_route::route::{RouteAddress, RouteAttribute, RouteMessage, RouteType};
use rtnetlink::packet_route::{AddressFamily, IpProtocol};
use rtnetlink::{Error, Handle};

use super::OWN_DEVICES;
use crate::host::HostError;
use crate::host::netlink::{is_gone, refused};
use crate::watch::Way;

/// The way of the control connection's packets, if there is one beside our own tunnel.
pub(super) async fn find(
    handle: &Handle,
    mark: u32,
    server: ServerException,
) -> Result<Option<Way>, HostError> {
    // The kernel takes no question about GRE, but our rules send both the same way.
    let control = [
        RouteAttribute::Mark(mark),
        RouteAttribute::IpProto(u8::from(IpProtocol::Tcp)),
        RouteAttribute::Dport(server.port),
    ];
    let Some(route) = ask(handle, server.address, control).await? else { return Ok(None) };
    let Some(link) = link(handle, route.device).await? else { return Ok(None) };
    let ready = LinkFlags::Up | LinkFlags::LowerUp;
    let interface = name(&link).to_owned();
    if !link.header.flags.contains(ready) || interface.starts_with(OWN_DEVICES) {
        return Ok(None);
    }
    Ok(Some(Way { interface, source: route.source, gateway: route.gateway }))
}

/// What the routing tables say of one destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) device: u32,
    pub(super) source: Ipv4Addr,
    gateway: Option<Ipv4Addr>,
}

/// The route of a packet to `to` with this mark, whatever is at its end.
pub(super) async fn route(handle: &Handle, mark: u32, to: Ipv4Addr) -> Result<Option<Route>, HostError> {
    ask(handle, to, [RouteAttribute::Mark(mark)]).await
}

async fn ask(
    handle: &Handle,
    to: Ipv4Addr,
    packet: impl IntoIterator<Item = RouteAttribute>,
) -> Result<Option<Route>, HostError> {
    let mut question = RouteMessage::default();
    question.header.address_family = AddressFamily::Inet;
    question.header.destination_prefix_length = 32;
    question.attributes = vec![RouteAttribute::Destination(RouteAddress::Inet(to))];
    question.attributes.extend(packet);
    let answer = handle.route().get(question).execute().try_next().await;
    match answer.map_err(|error| refused("asking for a route", error)) {
        Ok(answer) => Ok(answer.as_ref().and_then(read)),
        Err(HostError::Refused { cause, .. }) if leads_nowhere(&cause) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(answer: &RouteMessage) -> Option<Route> {
    if !matches!(answer.header.kind, RouteType::Unicast | RouteType::Local) {
        return None;
    }
    let (mut device, mut source, mut gateway) = (None, None, None);
    for attribute in &answer.attributes {
        match attribute {
            RouteAttribute::Oif(index) => device = Some(*index),
            RouteAttribute::PrefSource(RouteAddress::Inet(address)) => source = Some(*address),
            RouteAttribute::Gateway(RouteAddress::Inet(address)) => gateway = Some(*address),
            _ => (),
        }
    }
    Some(Route { device: device?, source: source?, gateway })
}

/// Whether this is the kernel's word for no route: none at all, or one of the kinds unreachable, prohibit, blackhole.
fn leads_nowhere(cause: &io::Error) -> bool {
    let code = cause.raw_os_error().map(Errno::from_raw);
    matches!(
        code,
        Some(Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::EACCES | Errno::EINVAL | Errno::ENETDOWN)
    )
}

/// The device with this index, if it is still there.
pub(super) async fn link(handle: &Handle, index: u32) -> Result<Option<LinkMessage>, HostError> {
    let answer: Result<_, Error> = handle.link().get().match_index(index).execute().try_next().await;
    match answer.map_err(|error| refused("asking for a device", error)) {
        Err(HostError::Refused { cause, .. }) if is_gone(&cause) => Ok(None),
        answer => answer,
    }
}

/// A device's name.
pub(super) fn name(link: &LinkMessage) -> &str {
    link.attributes
        .iter()
        .find_map(|attribute| match attribute {
            LinkAttribute::IfName(name) => Some(name.as_str()),
            _ => None,
        })
        .unwrap_or_default()
}
