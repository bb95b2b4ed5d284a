//! systemd-resolved: the settings of one link (`org.freedesktop.resolve1(5)`).

use culvert_policy::{Domains, TunnelDns};
use nix::net::if_::{if_nameindex, if_nametoindex};
use zbus::Connection;
use zbus::proxy::CacheProperties;
use zbus::zvariant::OwnedObjectPath;

use super::bus::{is_unknown, refused};
use crate::host::HostError;
use crate::system_files::SystemFiles;

const IPV4: i32 = 2;
const FILE: &str = "etc/resolv.conf";

#[zbus::proxy(
    interface = "org.freedesktop.resolve1.Manager",
    default_service = "org.freedesktop.resolve1",
    default_path = "/org/freedesktop/resolve1",
    gen_blocking = false
)]
trait Manager {
    #[zbus(name = "SetLinkDNS")]
    fn set_link_dns(&self, index: i32, servers: &[(i32, Vec<u8>)]) -> zbus::Result<()>;
    fn set_link_domains(&self, index: i32, domains: &[(String, bool)]) -> zbus::Result<()>;
    fn set_link_default_route(&self, index: i32, yes: bool) -> zbus::Result<()>;
    #[zbus(name = "SetLinkLLMNR")]
    fn set_link_llmnr(&self, index: i32, mode: &str) -> zbus::Result<()>;
    #[zbus(name = "SetLinkMulticastDNS")]
    fn set_link_multicast_dns(&self, index: i32, mode: &str) -> zbus::Result<()>;
    fn revert_link(&self, index: i32) -> zbus::Result<()>;
    fn get_link(&self, index: i32) -> zbus::Result<OwnedObjectPath>;
    fn flush_caches(&self) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.resolve1.Link",
    default_service = "org.freedesktop.resolve1",
    gen_blocking = false
)]
trait Link {
    #[zbus(property, name = "DNS")]
    fn dns(&self) -> zbus::Result<Vec<(i32, Vec<u8>)>>;
    #[zbus(property)]
    fn domains(&self) -> zbus::Result<Vec<(String, bool)>>;
}

/// Whether programs on this system ask resolved: by the address of its stub, or past the resolver file.
pub(super) fn is_in_charge(files: &SystemFiles) -> bool {
    let text = files.read(FILE).unwrap_or_default();
    let mut servers =
        text.lines().filter_map(|line| line.strip_prefix("nameserver")).map(str::trim).peekable();
    let is_stub = |server: &str| matches!(server, "127.0.0.53" | "127.0.0.54");
    if servers.peek().is_some() && servers.all(is_stub) {
        return true;
    }
    let target = files.link(FILE).unwrap_or_default();
    let asked_past_the_file = || files.read("etc/nsswitch.conf").is_ok_and(|text| asks_resolved(&text));
    target.ends_with("systemd/resolve/stub-resolv.conf")
        || target.ends_with("systemd/resolve/resolv.conf") && asked_past_the_file()
}

/// Gives the tunnel's link its name servers and reads them back. Where that fails, the link has none.
pub(super) async fn apply(bus: &Connection, dns: &TunnelDns) -> Result<(), HostError> {
    let index = index_of(dns)?;
    let manager = ManagerProxy::new(bus).await.map_err(refused("finding systemd-resolved"))?;
    let result = set(bus, &manager, index, dns).await;
    match result {
        Err(_) => drop(manager.revert_link(index).await),
        // What was found out before may be wrong inside the tunnel, and tells where somebody has been.
        Ok(()) => drop(manager.flush_caches().await),
    }
    result
}

/// Whether the tunnel's link has its name servers.
pub(super) async fn is_in_place(bus: &Connection, dns: &TunnelDns) -> Result<bool, HostError> {
    let manager = ManagerProxy::new(bus).await.map_err(refused("finding systemd-resolved"))?;
    reads_back(bus, &manager, index_of(dns)?, dns).await
}

/// The numbers of the links whose names are `wanted`.
fn indices(wanted: impl Fn(&str) -> bool) -> nix::Result<Vec<i32>> {
    let links = if_nameindex()?;
    let wanted = links.iter().filter(|link| link.name().to_str().is_ok_and(&wanted));
    Ok(wanted.filter_map(|link| i32::try_from(link.index()).ok()).collect())
}

/// Takes the name servers from the link named `interface`; from those of a crashed run where it is not known.
pub(super) async fn revert(bus: &Connection, interface: Option<&str>) -> Result<(), HostError> {
    const REVERTING: &str = "taking the name servers from the link";
    let is_ours = |name: &str| interface.map_or(name.starts_with("culvert"), |interface| name == interface);
    let indices =
        indices(is_ours).map_err(|error| HostError::Refused { doing: REVERTING, cause: error.into() })?;
    // The settings of a link that is gone went with it.
    if indices.is_empty() {
        return Ok(());
    }
    let manager = ManagerProxy::new(bus).await.map_err(refused(REVERTING))?;
    let mut result = Ok(());
    for index in indices {
        result = result.and(manager.revert_link(index).await.map_err(refused(REVERTING)));
    }
    manager.flush_caches().await.ok();
    result
}

async fn set(
    bus: &Connection,
    manager: &ManagerProxy<'_>,
    index: i32,
    dns: &TunnelDns,
) -> Result<(), HostError> {
    let all = matches!(dns.domains, Domains::All(_));
    manager.set_link_dns(index, &servers(dns)).await.map_err(refused("setting the link's name servers"))?;
    manager.set_link_domains(index, &domains(dns)).await.map_err(refused("setting the link's domains"))?;
    match manager.set_link_default_route(index, all).await {
        // The domain "." means the same to a resolved from before version 240.
        Err(error) if is_unknown(&error) => {}
        result => result.map_err(refused("setting which names the link is for"))?,
    }
    // Nobody at the other end of a tunnel answers to multicast.
    for result in
        [manager.set_link_llmnr(index, "no").await, manager.set_link_multicast_dns(index, "no").await]
    {
        if let Err(error) = result {
            tracing::debug!(%error, "the link keeps its multicast names");
        }
    }
    if reads_back(bus, manager, index, dns).await? {
        Ok(())
    } else {
        Err(HostError::Differs("the name servers"))
    }
}

async fn reads_back(
    bus: &Connection,
    manager: &ManagerProxy<'_>,
    index: i32,
    dns: &TunnelDns,
) -> Result<bool, HostError> {
    let read = async {
        let path = manager.get_link(index).await?;
        let link = LinkProxy::builder(bus).path(path)?.cache_properties(CacheProperties::No).build().await?;
        Ok(link.dns().await? == servers(dns) && link.domains().await? == domains(dns))
    };
    read.await.map_err(refused("reading the link's name servers back"))
}

fn servers(dns: &TunnelDns) -> Vec<(i32, Vec<u8>)> {
    dns.servers.iter().map(|server| (IPV4, server.octets().to_vec())).collect()
}

/// Domains, each with whether it only says where names are asked for, or is tried behind names without a dot too.
fn domains(dns: &TunnelDns) -> Vec<(String, bool)> {
    let search =
        |domains: &[String]| domains.iter().map(|domain| (domain.clone(), false)).collect::<Vec<_>>();
    match &dns.domains {
        Domains::All(domains) => [search(domains), vec![(".".to_owned(), true)]].concat(),
        Domains::Only(domains) => search(domains),
    }
}

fn index_of(dns: &TunnelDns) -> Result<i32, HostError> {
    let index = if_nametoindex(dns.interface.as_str()).ok().and_then(|index| i32::try_from(index).ok());
    index.ok_or_else(|| HostError::NoDevice(dns.interface.clone()))
}

/// Whether the C library asks resolved (`nss-resolve(8)`).
fn asks_resolved(nsswitch: &str) -> bool {
    let hosts = nsswitch.lines().find_map(|line| line.trim_start().strip_prefix("hosts:"));
    let sources = hosts.unwrap_or_default();
    sources.split('#').next().unwrap_or_default().split_whitespace().any(|source| source == "resolve")
}
