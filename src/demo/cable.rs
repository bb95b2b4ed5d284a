//! The two ends of the network that joins the namespaces.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use futures_util::TryStreamExt;
use rtnetlink::packet_route::link::{
    AfSpecInet6, AfSpecUnspec, In6AddrGenMode, LinkAttribute, LinkFlags, LinkMessage,
};
use rtnetlink::{Handle, LinkUnspec, LinkVeth, RouteMessageBuilder};
use tokio::time::{Instant, sleep};

use crate::namespace::FORBIDDEN;

/// The client's address outside the tunnel (RFC 5737: for documentation).
pub const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// The server's address outside the tunnel.
pub const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

const CLIENT_END: &str = "cable0";
const SERVER_END: &str = "cable1";

/// How long the kernel may take to notice that the cable is plugged in at both ends.
const SETTLING: Duration = Duration::from_secs(5);

/// Makes a cable whose other end is in the network namespace of process `server`, and sets up this end.
pub async fn plug_in(handle: &Handle, server: u32) -> anyhow::Result<()> {
    let cable = LinkVeth::new(CLIENT_END, SERVER_END).build();
    handle.link().add(cable).execute().await.context(FORBIDDEN)?;
    let other_end = LinkUnspec::new_with_name(SERVER_END).setns_by_pid(server).build();
    handle.link().set(other_end).execute().await.context("moving an end of the cable to the server")?;
    set_up(handle, CLIENT_END, CLIENT).await?;
    let way_out = RouteMessageBuilder::<Ipv4Addr>::new().gateway(SERVER).build();
    handle.route().add(way_out).execute().await.context("setting the default route")
}

/// Sets up the server's end.
pub async fn set_up_server(handle: &Handle) -> anyhow::Result<()> {
    set_up(handle, SERVER_END, SERVER).await
}

/// Waits until the client's end is in use: until then the kernel drops what is sent.
pub async fn wait_for_client(handle: &Handle) -> anyhow::Result<()> {
    wait_for(handle, CLIENT_END).await
}

/// Waits until the server's end is in use.
pub async fn wait_for_server(handle: &Handle) -> anyhow::Result<()> {
    wait_for(handle, SERVER_END).await
}

/// The kernel takes notice of a plugged-in cable at its leisure.
async fn wait_for(handle: &Handle, name: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + SETTLING;
    while !find(handle, name).await?.header.flags.contains(LinkFlags::Running) {
        ensure!(Instant::now() < deadline, "the cable's end {name} does not come into use");
        sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

async fn set_up(handle: &Handle, name: &str, address: Ipv4Addr) -> anyhow::Result<()> {
    let context = || format!("setting up the cable's end {name}");
    let quiet = LinkUnspec::new_with_name(name).append_extra_attribute(without_ipv6()).build();
    // A kernel without IPv6 does not know this and does not need it.
    handle.link().set(quiet).execute().await.ok();
    for device in ["lo", name] {
        handle
            .link()
            .set(LinkUnspec::new_with_name(device).up().build())
            .execute()
            .await
            .with_context(context)?;
    }
    let index = find(handle, name).await.with_context(context)?.header.index;
    handle.address().add(index, address.into(), 24).execute().await.with_context(context)
}

async fn find(handle: &Handle, name: &str) -> anyhow::Result<LinkMessage> {
    let mut links = handle.link().get().match_name(name).execute();
    links.try_next().await?.ok_or_else(|| anyhow!("there is no device {name}"))
}

/// No addresses of the device's own: they appear late and would look like leftovers.
fn without_ipv6() -> LinkAttribute {
    let mode = AfSpecInet6::AddrGenMode(In6AddrGenMode::None);
    LinkAttribute::AfSpecUnspec(vec![AfSpecUnspec::Inet6(vec![mode])])
}
