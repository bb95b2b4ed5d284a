//! What an administrator's files want, whatever users want.

use culvert_engine::reduced;
use culvert_ipc::Refusal;
use culvert_model::{Fault, FaultCode, State, Status};
use culvert_policy::{self as policy, Patience};
use tokio::sync::mpsc;

use super::Run;
use crate::Effects;
use crate::authority::Owner;
use crate::beginning::{Demand, Plan, Resume};
use crate::state::managed::{Managed, ManagedProfile};

/// What is wanted besides what users ask for.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) demand: Demand,
    /// Whether somebody switched lockdown on, besides what files demand.
    pub(super) own_lockdown: bool,
    /// The profile that is connected whether anybody asks or not.
    boot: Option<ManagedProfile>,
    /// Whether nothing leaves until that profile has a guard of its own.
    is_bridging: bool,
    pub(super) changes: Option<mpsc::Receiver<Managed>>,
}

impl<E: Effects> Run<E> {
    /// Puts in force what stood before, or what an administrator wants from the start.
    pub(super) async fn begin(&mut self, plan: Plan) {
        let Plan { lockdown, demand, resume, boot, changes } = plan;
        let orders = Orders { demand, own_lockdown: lockdown, boot, changes, is_bridging: false };
        self.orders = orders;
        self.supervisor.set_lockdown(self.is_locked(), self.effects.now());
        if let Some(resume) = resume {
            self.resume(resume);
        }
        self.execute().await;
    }

    /// Whether nothing may leave but through a tunnel.
    pub(super) fn is_locked(&self) -> bool {
        self.orders.own_lockdown || self.orders.demand.lockdown
    }

    /// Does what an administrator has written anew.
    pub(super) fn obey(&mut self, managed: &Managed) {
        if self.is_ending {
            return;
        }
        tracing::info!(profiles = managed.profiles.len(), "an administrator's files have changed");
        managed.tell_faults();
        self.authority.obey(managed.rules);
        let boot = managed.boot().cloned();
        let is_same = boot == self.orders.boot;
        let was_managed = self.managed.is_some();
        self.orders.demand = Demand::of(managed);
        self.orders.boot = boot;
        if is_same && self.is_well() {
            return self.supervisor.set_lockdown(self.is_locked(), self.effects.now());
        }
        match &self.orders.boot {
            Some(boot) => {
                let resume = Resume::managed(boot, managed);
                self.orders.is_bridging = self.orders.demand.guard_at_end;
                self.bridge();
                self.disconnect_all();
                self.resume(resume);
            }
            None => {
                if was_managed {
                    self.disconnect_all();
                    self.managed = None;
                }
                self.orders.is_bridging = false;
                self.bridge();
            }
        }
    }

    /// Nothing leaves between the end of one connection and the guard of the next.
    fn bridge(&mut self) {
        let is_locked = self.is_locked() || self.orders.is_bridging;
        self.supervisor.set_lockdown(is_locked, self.effects.now());
    }

    /// The managed connection has a guard of its own from now on.
    pub(super) fn let_go(&mut self, status: &Status) {
        let is_managed = self.managed.as_ref().is_some_and(|(managed, _)| *managed == status.connection);
        let is_guarded = !matches!(status.state, State::Disconnecting | State::Disconnected { .. });
        if self.orders.is_bridging && is_managed && is_guarded {
            self.orders.is_bridging = false;
            self.bridge();
        }
    }

    /// Whether the managed connection needs no new start.
    fn is_well(&self) -> bool {
        let Some((managed, _)) = &self.managed else { return true };
        let status = self.supervisor.status(self.effects.now());
        status.filter(|status| status.connection == *managed).is_some_and(|status| {
            let is_asking = matches!(status.state, State::Connecting { question: Some(_), .. });
            !is_asking && !matches!(status.state, State::Blocked { .. } | State::Disconnected { .. })
        })
    }

    /// Has a connection that is to be there again.
    fn resume(&mut self, resume: Resume) {
        let now = self.effects.now();
        let Resume { owner, managed, profile, password } = resume;
        let password = password.map(|password| reduced(password, &profile.auth));
        let connection = if managed.is_some() {
            self.supervisor.connect(profile, password, Patience::Endless, now)
        } else {
            self.supervisor.take_up(profile, password, Fault::new(FaultCode::HelperRestarted), now)
        };
        if let Ok(connection) = connection {
            self.owners.add(connection, owner);
            self.managed = managed.map(|id| (connection, id));
        }
    }

    /// Nobody connects in the place of a managed connection, also while that is blocked.
    pub(super) fn check_orders(&self) -> Result<(), Refusal> {
        let Some((managed, _)) = &self.managed else { return Ok(()) };
        let status = self.supervisor.status(self.effects.now());
        let stands = |status: &Status| {
            status.connection == *managed && !matches!(status.state, State::Disconnected { .. })
        };
        match status.filter(stands) {
            Some(_) => Err(self.refused(policy::Refusal::Busy(*managed))),
            None => Ok(()),
        }
    }
}

impl Resume {
    /// A managed profile, with its password if that can be read.
    pub(crate) fn managed(profile: &ManagedProfile, managed: &Managed) -> Self {
        let password = profile.password(&managed.path).unwrap_or_else(|error| {
            tracing::error!(%error, profile = profile.id, "there is no password: somebody has to be asked");
            None
        });
        let (profile, id) = (profile.profile.clone(), profile.id.clone());
        Self { owner: Owner::System, managed: Some(id), profile, password }
    }
}
