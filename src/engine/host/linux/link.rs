//! The TUN device: its MTU, its address, and that it is up.

use std::net::{IpAddr, Ipv4Addr};

use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage};
use rtnetlink::packet_route::link::{
    AfSpecInet6, AfSpecUnspec, In6AddrGenMode, LinkAttribute, LinkFlags, LinkMessage,
};
use rtnetlink::{Handle, LinkUnspec};

use super::netlink::{dump, is_gone, refused, unless_gone};
use crate::host::HostError;
use crate::tun::SEGMENTS;

/// What a device should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) index: u32,
    pub(super) address: Ipv4Addr,
    pub(super) length: u8,
    pub(super) mtu: u16,
}

/// The device named `name`, if there is one.
pub(in crate::host) async fn find(handle: &Handle, name: &str) -> Result<Option<LinkMessage>, HostError> {
    let links = handle.link().get().match_name(name).execute();
    match dump("looking for the device", links).await {
        Ok(links) => Ok(links.into_iter().next()),
        Err(HostError::Refused { cause, .. }) if is_gone(&cause) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives the device its MTU and address and brings it up.
pub(super) async fn sync(handle: &Handle, wanted: Wanted) -> Result<(), HostError> {
    let Wanted { index, address, length, mtu } = wanted;
    let present = addresses(handle, index).await?;
    if !present.iter().any(|present| is_same(present, address, length)) {
        refuse_taken(handle, address).await?;
    }
    let device = || LinkUnspec::new_with_index(index);
    // Niceties, one by one because old kernels and such without IPv6 know neither: no IPv6 address of the
    // device's own, and no train of segments longer than a batch.
    for attribute in [no_address_of_its_own(), LinkAttribute::GsoMaxSegs(SEGMENTS)] {
        let set = handle.link().set(device().append_extra_attribute(attribute).build());
        if let Err(error) = set.execute().await {
            tracing::debug!(%error, "the device does without");
        }
    }
    let set = handle.link().set(device().mtu(mtu.into()).up().build());
    set.execute().await.map_err(|error| refused("bringing up the device", error))?;

    for present in present {
        if !is_same(&present, address, length) {
            unless_gone("removing an address", handle.address().del(present).execute().await)?;
        }
    }
    let add = handle.address().add(index, address.into(), length).replace();
    add.execute().await.map_err(|error| refused("setting the address", error))
}

/// An address of another device: what hides the tunnel's would cut that one off.
async fn refuse_taken(handle: &Handle, address: Ipv4Addr) -> Result<(), HostError> {
    let all = dump("reading addresses", handle.address().get().execute()).await?;
    let local = AddressAttribute::Local(IpAddr::V4(address));
    let is_taken = all.iter().any(|present| present.attributes.contains(&local));
    if is_taken { Err(HostError::AddressTaken(address)) } else { Ok(()) }
}

/// Takes the addresses away and the device down.
pub(super) async fn take_down(handle: &Handle, index: u32) -> Result<(), HostError> {
    for present in addresses(handle, index).await? {
        unless_gone("removing an address", handle.address().del(present).execute().await)?;
    }
    let down = LinkUnspec::new_with_index(index).down().build();
    unless_gone("taking down the device", handle.link().set(down).execute().await)
}

/// Whether the device is as wanted.
pub(super) async fn is_in_place(handle: &Handle, name: &str, wanted: Wanted) -> Result<bool, HostError> {
    let Some(link) = find(handle, name).await? else { return Ok(false) };
    let addresses = addresses(handle, wanted.index).await?;
    let mtu = LinkAttribute::Mtu(wanted.mtu.into());
    let is_up = link.header.index == wanted.index && link.header.flags.contains(LinkFlags::Up);
    let [address] = addresses.as_slice() else { return Ok(false) };
    Ok(is_up && link.attributes.contains(&mtu) && is_same(address, wanted.address, wanted.length))
}

async fn addresses(handle: &Handle, index: u32) -> Result<Vec<AddressMessage>, HostError> {
    let all = handle.address().get().set_link_index_filter(index).execute();
    let mut addresses = dump("reading addresses", all).await?;
    addresses.retain(|address| address.header.family == AddressFamily::Inet);
    Ok(addresses)
}

fn is_same(read: &AddressMessage, address: Ipv4Addr, length: u8) -> bool {
    let local = AddressAttribute::Local(IpAddr::V4(address));
    read.header.prefix_len == length && read.attributes.contains(&local)
}

fn no_address_of_its_own() -> LinkAttribute {
    let mode = AfSpecInet6::AddrGenMode(In6AddrGenMode::None);
    LinkAttribute::AfSpecUnspec(vec![AfSpecUnspec::Inet6(vec![mode])])
}
