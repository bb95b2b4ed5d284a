//! The guard before there is a network.

use culvert_engine::clock;
use culvert_engine::host::{HostError, HostKeeper};
use culvert_engine::tun::DeviceSlot;
use culvert_policy::{Action, Supervisor};

use crate::beginning::takes_everything;
use crate::state::managed::Managed;
use crate::state::{Lockdown, State};
use crate::{Alone, NotAlone, Place};

/// Lets nothing out of this computer where lockdown is on, where an administrator's profile is to be connected before
/// anything else, and where that can't be told. Whether it is so. The guard stays when the program has ended.
///
/// # Errors
/// What the system refused.
pub async fn close_early(place: &Place) -> Result<bool, HostError> {
    if !is_to_be_closed(place) {
        return Ok(false);
    }
    let _alone = match Alone::claim() {
        // The helper was faster, and knows better.
        Err(NotAlone::Running) => return Ok(true),
        claimed => claimed.ok(),
    };
    let mut supervisor = Supervisor::new(0);
    supervisor.set_lockdown(true, clock::now());
    let mut host = HostKeeper::new(DeviceSlot::default(), None);
    while let Some(action) = supervisor.poll_action() {
        if let Action::ApplyPlan(plan) = action {
            host.apply(&plan).await?;
        }
    }
    Ok(true)
}

fn is_to_be_closed(place: &Place) -> bool {
    let lockdown = match State::open_existing(&place.state) {
        Ok(state) => state.map_or(Lockdown::Off, |state| state.lockdown()),
        Err(_) => Lockdown::Unreadable,
    };
    let managed = Managed::read(&place.managed);
    lockdown.is_blocking() || managed.demands_lockdown() || managed.boot().is_some_and(takes_everything)
}
