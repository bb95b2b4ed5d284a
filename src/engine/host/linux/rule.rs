//! Which packets use which routing table.

use std::net::Ipv4Addr;

use culvert_policy::{LOCAL_RANGES, PolicyRouting, ServerException, TunnelPlan};
use rtnetlink::packet_core::Nla;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::IpProtocol;
use rtnetlink::packet_route::route::{RouteHeader, RouteProtocol};
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute, RuleFlags, RuleMessage, RulePortRange};
use rtnetlink::{Handle, IpVersion, RuleAddRequest};

use super::netlink::{dump, is_same_set, refused, unless_gone};
use crate::host::HostError;

/// The mask of a destination port, which `packet_route` does not know yet.
const FRA_DPORT_MASK: u16 = 29;

/// The rules of `plan`, in the order in which they are to be added: the exceptions before what they except from.
pub(super) fn wanted(plan: &TunnelPlan) -> Vec<RuleMessage> {
    let PolicyRouting { table, mark, lan_priority, tunnel_priority, .. } = plan.routing;
    let main = u32::from(RouteHeader::RT_TABLE_MAIN);

    let mut rules = vec![];
    for range in LOCAL_RANGES.iter().filter(|_| plan.lan) {
        let mut local = rule(&plan.routing, lan_priority, main);
        local.header.dst_len = range.length();
        // The default route is not the local network's.
        local.attributes.extend([
            RuleAttribute::Destination(range.address().into()),
            RuleAttribute::SuppressPrefixLen(0),
        ]);
        rules.push(local);
    }
    for server in &plan.servers {
        rules.extend(exceptions(&plan.routing, *server));
    }
    let mut tunnel = rule(&plan.routing, tunnel_priority, table);
    tunnel.header.flags = RuleFlags::Invert;
    tunnel.attributes.extend([RuleAttribute::FwMark(mark), RuleAttribute::FwMask(u32::MAX)]);
    rules.push(tunnel);
    rules
}

/// What lets the outer packets of one server use the main table.
fn exceptions(routing: &PolicyRouting, server: ServerException) -> [RuleMessage; 2] {
    let main = u32::from(RouteHeader::RT_TABLE_MAIN);
    let port = RulePortRange { start: server.port, end: server.port };
    let mut gre = rule(routing, routing.gre_priority, main);
    to(&mut gre, server.address, IpProtocol::Gre);
    let mut control = rule(routing, routing.control_priority, main);
    to(&mut control, server.address, IpProtocol::Tcp);
    control.attributes.push(RuleAttribute::DestinationPortRange(port));
    [gre, control]
}

/// The rules of plans.
pub(super) async fn ours(handle: &Handle, routing: &PolicyRouting) -> Result<Vec<RuleMessage>, HostError> {
    let PolicyRouting { gre_priority, control_priority, lan_priority, tunnel_priority, .. } = *routing;
    at(handle, routing, &[gre_priority, control_priority, lan_priority, tunnel_priority]).await
}

/// The rules at `priorities` that name us as their originator.
pub(super) async fn at(
    handle: &Handle,
    routing: &PolicyRouting,
    priorities: &[u32],
) -> Result<Vec<RuleMessage>, HostError> {
    let originator = RuleAttribute::Protocol(RouteProtocol::Other(routing.originator));
    let mut rules = dump("reading rules", handle.rule().get(IpVersion::V4).execute()).await?;
    rules.retain(|rule| rule.attributes.contains(&originator) && priorities.contains(&priority(rule)));
    Ok(rules)
}

/// Adds what is missing, then removes what is too much.
pub(super) async fn sync(
    handle: &Handle,
    routing: &PolicyRouting,
    wanted: &[RuleMessage],
) -> Result<(), HostError> {
    let present = ours(handle, routing).await?;
    for rule in wanted.iter().filter(|wanted| !present.iter().any(|rule| is_same(rule, wanted))) {
        let mut request: RuleAddRequest = handle.rule().add();
        *request.message_mut() = rule.clone();
        request.execute().await.map_err(|error| refused("adding a rule", error))?;
    }
    // The rule into the tunnel has the highest priority number and goes first: none of its exceptions may be
    // gone while it stands.
    let mut surplus: Vec<_> =
        present.into_iter().filter(|rule| !wanted.iter().any(|wanted| is_same(rule, wanted))).collect();
    surplus.sort_by_key(|rule| std::cmp::Reverse(priority(rule)));
    for rule in surplus {
        unless_gone("removing a rule", handle.rule().del(rule).execute().await)?;
    }
    Ok(())
}

/// Whether exactly `wanted` are there.
pub(super) async fn is_in_place(
    handle: &Handle,
    routing: &PolicyRouting,
    wanted: &[RuleMessage],
) -> Result<bool, HostError> {
    let present = ours(handle, routing).await?;
    let all_there = wanted.iter().all(|wanted| present.iter().any(|rule| is_same(rule, wanted)));
    Ok(present.len() == wanted.len() && all_there)
}

pub(super) fn rule(routing: &PolicyRouting, priority: u32, table: u32) -> RuleMessage {
    let mut rule = RuleMessage::default();
    rule.header.family = AddressFamily::Inet;
    rule.header.action = RuleAction::ToTable;
    rule.attributes = vec![
        RuleAttribute::Priority(priority),
        RuleAttribute::Table(table),
        RuleAttribute::Protocol(RouteProtocol::Other(routing.originator)),
    ];
    rule
}

pub(super) fn to(rule: &mut RuleMessage, address: Ipv4Addr, protocol: IpProtocol) {
    rule.header.dst_len = 32;
    rule.attributes.push(RuleAttribute::Destination(address.into()));
    rule.attributes.push(RuleAttribute::IpProtocol(protocol));
}

/// Whether a rule that was read is one that was written, apart from what the kernel adds by itself.
fn is_same(read: &RuleMessage, written: &RuleMessage) -> bool {
    let mut read = read.clone();
    read.attributes.retain(|attribute| !is_by_itself(attribute));
    // The table is in an attribute; the header's field is too small for it.
    read.header.table = written.header.table;
    read.header == written.header && is_same_set(&read.attributes, &written.attributes)
}

/// Whether the kernel tells this of every rule that does not say otherwise.
fn is_by_itself(attribute: &RuleAttribute) -> bool {
    match attribute {
        RuleAttribute::SuppressPrefixLen(u32::MAX) | RuleAttribute::SuppressIfGroup(u32::MAX) => true,
        // Linux 6.15 and later: the mask of the port, all ones.
        RuleAttribute::Other(other) if other.kind() == FRA_DPORT_MASK => {
            let mut value = [0; 2];
            other.value_len() == value.len() && {
                other.emit_value(&mut value);
                value == [0xff; 2]
            }
        }
        _ => false,
    }
}

fn priority(rule: &RuleMessage) -> u32 {
    let priority = |attribute: &RuleAttribute| match attribute {
        RuleAttribute::Priority(priority) => Some(*priority),
        _ => None,
    };
    rule.attributes.iter().find_map(priority).unwrap_or(0)
}
