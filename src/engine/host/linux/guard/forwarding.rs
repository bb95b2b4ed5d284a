//! Lets a gateway's two devices forward, and no other.
//!
//! What must be switched off again is noted in our own table, as the name of an empty chain: it is gone with the table,
//! stands exactly as long as the guard does, and tells a helper that starts after a crash.

use culvert_policy::Guard;
use rtnetlink::packet_core::DefaultNla;
use rtnetlink::packet_route::link::{AfSpecInet, AfSpecUnspec, LinkAttribute};
use rtnetlink::{Handle, LinkUnspec};

use crate::host::HostError;
use crate::host::imp::link;
use crate::host::imp::netlink::{is_gone, open, refused};

/// What the names of such chains begin with.
const NOTE: &str = "forwards-";
/// The attribute with settings of IPv4, and the setting (`IFLA_INET_CONF`, `IPV4_DEVCONF_FORWARDING`).
const INET_CONF: u16 = 1;
const FORWARDING: u16 = 1;

/// The devices that have to forward under `guard`.
pub(super) fn wanted(guard: &Guard) -> Vec<String> {
    match (&guard.gateway, &guard.tunnel) {
        (Some(gateway), Some(pass)) => vec![gateway.interface.clone(), pass.interface.clone()],
        _ => vec![],
    }
}

/// The name of the chain that notes `device`.
pub(super) fn note(device: &str) -> String {
    format!("{NOTE}{device}")
}

/// The device that a chain notes, if it is such a chain.
pub(super) fn noted(chain: &str) -> Option<&str> {
    chain.strip_prefix(NOTE)
}

/// Whether `device` forwards IPv4; `None` where there is no such device.
pub(super) async fn is_on(device: &str) -> Result<Option<bool>, HostError> {
    Ok(link::find(&open()?, device).await?.map(|link| {
        let settings = link.attributes.iter().filter_map(|attribute| match attribute {
            LinkAttribute::AfSpecUnspec(families) => Some(families),
            _ => None,
        });
        let settings = settings.flatten().filter_map(|family| match family {
            AfSpecUnspec::Inet(settings) => Some(settings),
            _ => None,
        });
        settings.flatten().any(|setting| matches!(setting, AfSpecInet::DevConf(conf) if conf.forwarding != 0))
    }))
}

/// Lets `device` forward, or not.
pub(super) async fn set(device: &str, on: bool) -> Result<(), HostError> {
    let handle = open()?;
    let Some(link) = link::find(&handle, device).await? else {
        // A device that is gone forwards nothing.
        return if on { Err(HostError::NoDevice(device.to_owned())) } else { Ok(()) };
    };
    match change(&handle, link.header.index, on).await {
        Err(HostError::Refused { cause, .. }) if !on && is_gone(&cause) => Ok(()),
        result => result,
    }
}

async fn change(handle: &Handle, index: u32, on: bool) -> Result<(), HostError> {
    // The setting is an attribute within the attribute: length, type and value, in the computer's own byte order.
    let mut setting = Vec::from(8_u16.to_ne_bytes());
    setting.extend(FORWARDING.to_ne_bytes());
    setting.extend(u32::from(on).to_ne_bytes());
    let inet = AfSpecUnspec::Inet(vec![AfSpecInet::Other(DefaultNla::new(INET_CONF, setting))]);
    let message = LinkUnspec::new_with_index(index)
        .append_extra_attribute(LinkAttribute::AfSpecUnspec(vec![inet]))
        .build();
    let set = handle.link().set(message).execute().await;
    set.map_err(|error| refused("letting a device forward", error))
}
