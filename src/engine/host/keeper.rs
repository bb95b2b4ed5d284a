//! The whole plan, in an order in which nothing leaks.

use culvert_model::HostReading;
use culvert_policy::{HostPlan, TunnelPlan};

use super::dns::{DnsKeeper, DnsSystem};
use super::guard::{GuardKeeper, Ownership};
use super::{HostError, apply, is_in_place, undo};
use crate::tun::DeviceSlot;

/// Keeps the host as planned, from one plan to the next.
#[derive(Debug)]
pub struct HostKeeper {
    device: DeviceSlot,
    guard: GuardKeeper,
    dns: Option<DnsKeeper>,
    plan: HostPlan,
}

impl HostKeeper {
    /// A keeper of a host on which nothing of ours is. The TUN device waits in `device` between two sessions, and is
    /// given up with the last plan that has one. Where `dns` is not given, names go where they always went.
    pub fn new(device: DeviceSlot, dns: Option<DnsSystem>) -> Self {
        let guard = GuardKeeper::new(Ownership::Auto);
        Self { device, guard, dns: dns.map(DnsKeeper::new), plan: HostPlan::default() }
    }

    /// Brings the host into the state of `plan` and reads it back. It may be called again with the same plan.
    ///
    /// What is to be guarded is so before anything else changes, and until everything else has changed.
    ///
    /// # Errors
    /// What the system refused, or what was read back differently.
    pub async fn apply(&mut self, plan: &HostPlan) -> Result<HostReading, HostError> {
        let mut guard = None;
        if plan.guard.is_some() {
            guard = self.guard.apply(plan.guard.as_ref()).await?;
        }
        let wanted = plan.tunnel.as_ref().and_then(|tunnel| tunnel.dns.as_ref());
        // That the name servers could not be taken back keeps nothing else from being so.
        let restored = match (&mut self.dns, wanted) {
            (Some(keeper), None) => keeper.apply(None).await,
            _ => Ok(None),
        };
        let mut dns = None;
        match (&plan.tunnel, &self.plan.tunnel) {
            (Some(tunnel), _) => apply(tunnel).await?,
            (None, Some(last)) => undo(last).await?,
            (None, None) => {}
        }
        if let (Some(keeper), Some(wanted)) = (&mut self.dns, wanted) {
            dns = keeper.apply(Some(wanted)).await?;
        }
        if plan.tunnel.as_ref().is_none_or(|tunnel| tunnel.device.is_none()) {
            self.device.clear();
        }
        if plan.guard.is_none() {
            self.guard.apply(None).await?;
        }
        self.plan.clone_from(plan);
        restored?;
        Ok(HostReading { guard, routes: plan.tunnel.is_some(), dns })
    }

    /// Whether the host still is as the last plan wanted it.
    pub async fn is_in_place(&self) -> bool {
        let tunnel = async |tunnel: &TunnelPlan| is_in_place(tunnel).await.unwrap_or(false);
        let routes = match &self.plan.tunnel {
            Some(plan) => tunnel(plan).await,
            None => true,
        };
        let dns = match &self.dns {
            Some(keeper) => keeper.is_in_place().await.unwrap_or(false),
            None => true,
        };
        routes && dns && self.guard.is_in_place().await.unwrap_or(false)
    }
}

/// Takes away whatever of ours a run that crashed has left on the host, without knowing what that was. With
/// `keeps_guard` a guard stays until another one takes its place.
///
/// # Errors
/// What could not be taken away, after everything else was.
pub async fn repair(dns: Option<DnsSystem>, keeps_guard: bool) -> Result<(), HostError> {
    // While the guard still stands.
    let names = match dns {
        Some(dns) => DnsKeeper::new(dns).restore_after_crash().await,
        None => Ok(()),
    };
    let tunnel = super::clean().await;
    let guard = if keeps_guard { Ok(()) } else { super::guard::remove_all().await };
    names.and(tunnel).and(guard)
}
