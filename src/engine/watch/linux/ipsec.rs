//! IPsec that works without a device: policies of the kernel that catch packets on their way out.

use std::net::{IpAddr, Ipv4Addr};

use culvert_model::Prefix;
use nlink::netlink::xfrm::{PolicyAction, PolicyDirection, SecurityPolicy, XfrmMode};
use nlink::netlink::{Connection, Xfrm};

/// Whether packets from `source` with this mark are caught wherever they go.
///
/// Where the kernel knows no IPsec, or does not tell about it for want of the capability `NET_ADMIN`, none is seen.
pub(super) async fn takes_everything(mark: u32, source: Ipv4Addr) -> bool {
    ask(mark, source).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "the kernel does not tell about IPsec");
        false
    })
}

async fn ask(mark: u32, source: Ipv4Addr) -> Result<bool, nlink::Error> {
    let kernel = Connection::<Xfrm>::new()?;
    let policies = kernel.get_security_policies().await?;
    if !policies.iter().any(|policy| catches_all(policy, mark, source)) {
        return Ok(false);
    }
    // A policy may as well let packets pass as they are: then there is nothing to put them into.
    let associations = kernel.get_security_associations().await?;
    Ok(associations.iter().any(|association| association.mode == XfrmMode::Tunnel))
}

fn catches_all(policy: &SecurityPolicy, mark: u32, source: Ipv4Addr) -> bool {
    let selector = &policy.selector;
    let has_source = match selector.src_addr {
        Some(IpAddr::V4(from)) => {
            Prefix::new(from, selector.src_prefix_len).is_ok_and(|from| from.contains(source))
        }
        Some(IpAddr::V6(_)) => false,
        None => true,
    };
    has_source
        && policy.direction == PolicyDirection::Out
        && policy.action == PolicyAction::Allow
        && selector.dst_prefix_len == 0
        && selector.proto == 0
        && policy.if_id.is_none_or(|device| device == 0)
        && policy.mark.as_ref().is_none_or(|wanted| mark & wanted.m == wanted.v)
}
