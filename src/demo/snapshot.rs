//! Everything of which the tunnel must leave nothing behind.

use std::collections::BTreeSet;

use anyhow::Context;
use futures_util::TryStreamExt;
use nlink::netlink::{Connection, Nftables};
use rtnetlink::packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};
use rtnetlink::packet_route::route::{RouteAttribute, RouteMessage};
use rtnetlink::{Handle, IpVersion, RouteMessageBuilder};

/// The devices, addresses, routes, rules and tables of the packet filter of a network namespace, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot(BTreeSet<String>);

impl Snapshot {
    /// What there is now.
    pub async fn take(handle: &Handle) -> anyhow::Result<Self> {
        let context = "reading devices, addresses, routes, rules and the packet filter";
        let links: Vec<_> = handle.link().get().execute().try_collect().await.context(context)?;
        let addresses: Vec<_> = handle.address().get().execute().try_collect().await.context(context)?;
        let mut all: BTreeSet<_> = links.iter().map(link).collect();
        all.extend(addresses.iter().map(|address| format!("address {address:?}")));
        for version in [IpVersion::V4, IpVersion::V6] {
            let (v4, v6) = (
                RouteMessageBuilder::<std::net::Ipv4Addr>::new(),
                RouteMessageBuilder::<std::net::Ipv6Addr>::new(),
            );
            let filter = match version {
                IpVersion::V4 => v4.build(),
                IpVersion::V6 => v6.build(),
            };
            // A kernel without IPv6 has none of its routes and rules.
            let routes: Vec<_> = handle.route().get(filter).execute().try_collect().await.unwrap_or_default();
            let rules: Vec<_> = handle.rule().get(version).execute().try_collect().await.unwrap_or_default();
            all.extend(routes.iter().map(route));
            all.extend(rules.iter().map(|rule| format!("rule {rule:?}")));
        }
        all.extend(tables().await);
        Ok(Self(all))
    }

    /// What is in one of the two and not in the other.
    pub fn differences(&self, earlier: &Self) -> Vec<String> {
        let added = self.0.difference(&earlier.0).map(|entry| format!("added: {entry}"));
        let missing = earlier.0.difference(&self.0).map(|entry| format!("missing: {entry}"));
        added.chain(missing).collect()
    }
}

/// The tables of the packet filter; none where the kernel has no such filter.
async fn tables() -> Vec<String> {
    let Ok(connection) = Connection::<Nftables>::new() else { return vec![] };
    let tables = connection.list_tables().await.unwrap_or_default();
    tables.iter().map(|table| format!("table {:?} {}", table.family, table.name)).collect()
}

/// A device without its counters and what else changes by itself.
fn link(link: &LinkMessage) -> String {
    let lasting = |attribute: &&LinkAttribute| {
        matches!(attribute, LinkAttribute::IfName(_) | LinkAttribute::Mtu(_) | LinkAttribute::Address(_))
    };
    let attributes: Vec<_> = link.attributes.iter().filter(lasting).collect();
    let is_up = link.header.flags.contains(LinkFlags::Up);
    format!("device {} up={is_up} {attributes:?}", link.header.index)
}

/// A route without the kernel's notes on its use.
fn route(route: &RouteMessage) -> String {
    let lasting = |attribute: &&RouteAttribute| !matches!(attribute, RouteAttribute::CacheInfo(_));
    let attributes: Vec<_> = route.attributes.iter().filter(lasting).collect();
    format!("route {:?} {attributes:?}", route.header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_what_went_are_both_told() {
        let snapshot = |entries: &[&str]| Snapshot(entries.iter().map(|entry| (*entry).to_owned()).collect());
        let (before, after) = (snapshot(&["a", "b"]), snapshot(&["b", "c"]));
        assert_eq!(after.differences(&before), ["added: c", "missing: a"]);
        assert!(before.differences(&before).is_empty());
    }
}
