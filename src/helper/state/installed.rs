//! What of ours is on the host.

use culvert_policy::HostPlan;
use serde::{Deserialize, Serialize};

/// What has to be undone where nobody knows the plan any more.
///
/// What was there before us is no part of it: whoever replaces something keeps the original beside it, where it
/// outlives this file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installed {
    /// Whether a guard stands, which a crash must not open.
    pub guard: bool,
    /// Whether routes and rules are there.
    pub routes: bool,
    /// The TUN devices, by their names.
    pub interfaces: Vec<String>,
    /// Whether somebody was told the tunnel's name servers.
    pub dns: bool,
}

impl Installed {
    /// Whether nothing is to be undone.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What undoes either undoes both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut interfaces = [self.interfaces.as_slice(), &other.interfaces].concat();
        interfaces.sort_unstable();
        interfaces.dedup();
        Self {
            guard: self.guard || other.guard,
            routes: self.routes || other.routes,
            interfaces,
            dns: self.dns || other.dns,
        }
    }
}

impl From<&HostPlan> for Installed {
    fn from(plan: &HostPlan) -> Self {
        let tunnel = plan.tunnel.as_ref();
        let interface = tunnel.and_then(|tunnel| tunnel.device.as_ref()).map(|device| device.name.clone());
        Self {
            guard: plan.guard.is_some(),
            routes: tunnel.is_some(),
            interfaces: interface.into_iter().collect(),
            dns: tunnel.is_some_and(|tunnel| tunnel.dns.is_some()),
        }
    }
}
