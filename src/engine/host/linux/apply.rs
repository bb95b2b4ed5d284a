//! The plan, whole.

use std::net::Ipv4Addr;

use culvert_policy::{PolicyRouting, TunnelPlan};
use rtnetlink::Handle;
use rtnetlink::packet_route::route::RouteMessage;
use rtnetlink::packet_route::rule::RuleMessage;

use super::{answer_path, link, netlink, route, rule};
use crate::host::HostError;

/// Makes links, routes and rules look as `plan` says; the plan's TUN device must exist.
///
/// It may be called again with the same or another plan. Leftovers of a crashed run are replaced.
///
/// # Errors
/// What the kernel refused, or what was read back differently; nothing of the plan is left then.
pub async fn apply(plan: &TunnelPlan) -> Result<(), HostError> {
    let handle = netlink::open()?;
    let result = set(&handle, plan).await;
    if result.is_err()
        && let Err(error) = remove(&handle, &plan.routing, device(plan)).await
    {
        tracing::error!(%error, "what was set before the failure could not be removed");
    }
    result
}

/// Removes everything of `plan` from the host; what is gone already is fine, such as the TUN device.
///
/// # Errors
/// What the kernel refused, after everything else was removed.
pub async fn undo(plan: &TunnelPlan) -> Result<(), HostError> {
    remove(&netlink::open()?, &plan.routing, device(plan)).await
}

fn device(plan: &TunnelPlan) -> Option<&str> {
    plan.device.as_ref().map(|device| device.name.as_str())
}

/// Removes what a crashed run left behind.
///
/// # Errors
/// What the kernel refused.
pub async fn clean() -> Result<(), HostError> {
    remove(&netlink::open()?, &PolicyRouting::STANDARD, None).await
}

/// Whether links, routes and rules still are as [`apply`] left them for `plan`.
///
/// # Errors
/// What the kernel refused to tell.
pub async fn is_in_place(plan: &TunnelPlan) -> Result<bool, HostError> {
    is_in_place_by(&netlink::open()?, plan).await
}

/// As [`is_in_place`], asked over this connection.
pub(crate) async fn is_in_place_by(handle: &Handle, plan: &TunnelPlan) -> Result<bool, HostError> {
    let wanted = match Wanted::find(handle, plan).await {
        Err(HostError::NoDevice(_)) => return Ok(false),
        wanted => wanted?,
    };
    match read_back(handle, plan, &wanted).await {
        Err(HostError::Differs(_)) => Ok(false),
        result => result.map(|()| true),
    }
}

/// Gives the device `name` an address and an MTU and brings it up, with the kernel's ordinary route to what
/// `length` spans and nothing else: what a server needs.
///
/// # Errors
/// What the kernel refused.
pub async fn bring_up(name: &str, address: Ipv4Addr, length: u8, mtu: u16) -> Result<(), HostError> {
    let handle = netlink::open()?;
    let index = index_of(&handle, name).await?;
    link::sync(&handle, link::Wanted { index, address, length, mtu }).await
}

/// What a plan comes to on this host.
struct Wanted<'a> {
    device: Option<(&'a str, link::Wanted)>,
    routes: Vec<RouteMessage>,
    rules: Vec<RuleMessage>,
}

impl<'a> Wanted<'a> {
    async fn find(handle: &Handle, plan: &'a TunnelPlan) -> Result<Self, HostError> {
        let device = match &plan.device {
            Some(tunnel) => {
                let index = index_of(handle, &tunnel.name).await?;
                let wanted = link::Wanted { index, address: tunnel.address, length: 32, mtu: tunnel.mtu };
                Some((tunnel.name.as_str(), wanted))
            }
            None => None,
        };
        let through = device.map(|(_, wanted)| (wanted.index, wanted.address));
        Ok(Self { device, routes: route::wanted(plan, through), rules: rule::wanted(plan) })
    }
}

async fn set(handle: &Handle, plan: &TunnelPlan) -> Result<(), HostError> {
    let wanted = Wanted::find(handle, plan).await?;
    // The rule that leads into the tunnel comes last, when everything it leads to is there.
    if let Some((_, device)) = wanted.device {
        link::sync(handle, device).await?;
    }
    route::sync(handle, &plan.routing, &wanted.routes).await?;
    rule::sync(handle, &plan.routing, &wanted.rules).await?;
    read_back(handle, plan, &wanted).await
}

async fn read_back(handle: &Handle, plan: &TunnelPlan, wanted: &Wanted<'_>) -> Result<(), HostError> {
    if let Some((name, device)) = wanted.device
        && !link::is_in_place(handle, name, device).await?
    {
        return Err(HostError::Differs("the device"));
    }
    if !route::is_in_place(handle, &plan.routing, &wanted.routes).await? {
        return Err(HostError::Differs("the routes"));
    }
    if !rule::is_in_place(handle, &plan.routing, &wanted.rules).await? {
        return Err(HostError::Differs("the rules"));
    }
    Ok(())
}

async fn remove(handle: &Handle, routing: &PolicyRouting, device: Option<&str>) -> Result<(), HostError> {
    let rules = rule::sync(handle, routing, &[]).await.and(answer_path::clean(handle).await);
    let routes = route::sync(handle, routing, &[]).await;
    let device = match device {
        Some(name) => match link::find(handle, name).await? {
            Some(link) => link::take_down(handle, link.header.index).await,
            None => Ok(()),
        },
        None => Ok(()),
    };
    rules.and(routes).and(device)?;
    let nothing_left =
        rule::is_in_place(handle, routing, &[]).await? && route::is_in_place(handle, routing, &[]).await?;
    if nothing_left { Ok(()) } else { Err(HostError::Differs("what was removed")) }
}

async fn index_of(handle: &Handle, name: &str) -> Result<u32, HostError> {
    let link = link::find(handle, name).await?;
    link.map(|link| link.header.index).ok_or_else(|| HostError::NoDevice(name.to_owned()))
}
