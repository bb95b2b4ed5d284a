//! What our routing table holds.

use std::net::Ipv4Addr;

use culvert_model::Prefix;
use culvert_policy::{PolicyRouting, TunnelPlan};
use rtnetlink::packet_route::route::{
    RouteAttribute, RouteFlags, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use rtnetlink::{Handle, RouteMessageBuilder};

use super::netlink::{dump, is_same_set, refused, unless_gone};
use crate::host::HostError;

/// The metric of the routes that take over when the device is gone: nothing beats them worse.
const LAST_RESORT: u32 = u32::MAX;

/// The routes of `plan` through the device with this index and address, if there is one, each with an unreachable one
/// behind it: if the device vanishes, packets meant for the tunnel must not find another way.
pub(super) fn wanted(plan: &TunnelPlan, device: Option<(u32, Ipv4Addr)>) -> Vec<RouteMessage> {
    let prefixes = plan.routes.prefixes();
    let last_resorts = prefixes.iter().map(|prefix| {
        builder(&plan.routing, *prefix).kind(RouteType::Unreachable).priority(LAST_RESORT).build()
    });
    // Of the widest scope, and not of a link's: where somebody names a gateway without its device, the kernel looks for
    // it among the routes of links by all rules, and would find it behind the tunnel.
    let tunnels = device.into_iter().flat_map(|(index, address)| {
        prefixes.iter().map(move |prefix| {
            let route = builder(&plan.routing, *prefix).scope(RouteScope::Universe);
            route.output_interface(index).pref_source(address).build()
        })
    });
    last_resorts.chain(tunnels).collect()
}

/// Everything in our table, whoever put it there.
pub(super) async fn ours(handle: &Handle, routing: &PolicyRouting) -> Result<Vec<RouteMessage>, HostError> {
    let all = handle.route().get(RouteMessageBuilder::<Ipv4Addr>::new().build()).execute();
    let mut routes = dump("reading routes", all).await?;
    routes.retain(|route| route.attributes.contains(&RouteAttribute::Table(routing.table)));
    Ok(routes)
}

/// Adds what is missing, then removes what is too much.
pub(super) async fn sync(
    handle: &Handle,
    routing: &PolicyRouting,
    wanted: &[RouteMessage],
) -> Result<(), HostError> {
    let present = ours(handle, routing).await?;
    for route in wanted.iter().filter(|wanted| !present.iter().any(|route| is_same(route, wanted))) {
        let request = handle.route().add(route.clone()).replace();
        request.execute().await.map_err(|error| refused("adding a route", error))?;
    }
    for route in ours(handle, routing).await? {
        if !wanted.iter().any(|wanted| is_same(&route, wanted)) {
            unless_gone("removing a route", handle.route().del(route).execute().await)?;
        }
    }
    Ok(())
}

/// Whether exactly `wanted` are there.
pub(super) async fn is_in_place(
    handle: &Handle,
    routing: &PolicyRouting,
    wanted: &[RouteMessage],
) -> Result<bool, HostError> {
    let present = ours(handle, routing).await?;
    let all_there = wanted.iter().all(|wanted| present.iter().any(|route| is_same(route, wanted)));
    Ok(present.len() == wanted.len() && all_there)
}

fn builder(routing: &PolicyRouting, prefix: Prefix) -> RouteMessageBuilder<Ipv4Addr> {
    let route = RouteMessageBuilder::<Ipv4Addr>::new()
        .table_id(routing.table)
        .protocol(RouteProtocol::Other(routing.originator));
    if prefix.length() == 0 { route } else { route.destination_prefix(prefix.address(), prefix.length()) }
}

/// Whether a route that was read is one that was written, apart from what the kernel adds by itself.
fn is_same(read: &RouteMessage, written: &RouteMessage) -> bool {
    let mut read = read.clone();
    // The table is in an attribute; the header's field is too small for it. The flags tell of the device.
    read.header.table = written.header.table;
    read.header.flags = RouteFlags::empty();
    read.header == written.header && is_same_set(&read.attributes, &written.attributes)
}
