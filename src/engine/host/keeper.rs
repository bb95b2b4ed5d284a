//! The whole plan, in an order in which nothing leaks.

use culvert_model::HostReading;
use culvert_policy::{HostPlan, TunnelPlan};

use super::{HostError, apply, clean, undo};
use crate::tun::DeviceSlot;

/// Keeps the host as planned, from one plan to the next.
#[derive(Debug, Default)]
pub struct HostKeeper {
    device: DeviceSlot,
    tunnel: Option<TunnelPlan>,
}

impl HostKeeper {
    /// A keeper of a host on which nothing of ours is. The TUN device waits in `device` between two sessions, and is
    /// given up with the last plan that has one.
    pub fn new(device: DeviceSlot) -> Self {
        Self { device, tunnel: None }
    }

    /// Brings the host into the state of `plan` and reads it back. It may be called again with the same plan.
    ///
    /// # Errors
    /// What the system refused, or what was read back differently.
    pub async fn apply(&mut self, plan: &HostPlan) -> Result<HostReading, HostError> {
        match (&plan.tunnel, &self.tunnel) {
            (Some(tunnel), _) => apply(tunnel).await?,
            (None, Some(last)) => undo(last).await?,
            (None, None) => clean().await?,
        }
        self.tunnel.clone_from(&plan.tunnel);
        if plan.tunnel.as_ref().is_none_or(|tunnel| tunnel.device.is_none()) {
            self.device.clear();
        }
        Ok(HostReading { guard: None, routes: plan.tunnel.is_some(), dns: None })
    }
}
