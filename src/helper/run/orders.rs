//! What an administrator's files want, whatever users want.

use culvert_engine::reduced;
use std::path::Path;

use culvert_ipc::{ManagedOutline, Outcome, Refusal};
use culvert_model::{ConnectionId, Fault, FaultCode, Secret, State, Status};
use culvert_policy::{self as policy, Patience, Wish};
use tokio::sync::mpsc;

use super::Run;
use crate::Effects;
use crate::authority::{Owner, Peer};
use crate::beginning::{Catalogue, Demand, Plan, Resume};
use crate::request::check_password;
use crate::state::Lockdown;
use crate::state::managed::{Connect, Managed, ManagedProfile};

/// What is wanted besides what users ask for.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) demand: Demand,
    /// Whether somebody switched lockdown on, besides what files demand.
    pub(super) own_lockdown: Lockdown,
    /// The profile that is connected whether anybody asks or not.
    pub(super) boot: Option<ManagedProfile>,
    /// The profiles that anybody may ask for.
    catalogue: Catalogue,
    /// Whether nothing leaves until that profile has a guard of its own.
    is_bridging: bool,
    pub(super) changes: Option<mpsc::Receiver<Managed>>,
}

impl<E: Effects> Run<E> {
    /// Puts in force what stood before, or what an administrator wants from the start.
    pub(super) async fn begin(&mut self, plan: Plan) {
        let Plan { lockdown, demand, resume, boot, catalogue, changes } = plan;
        let orders = Orders { demand, own_lockdown: lockdown, boot, catalogue, changes, is_bridging: false };
        self.orders = orders;
        self.supervisor.set_lockdown(self.is_locked(), self.effects.now());
        if let Some(resume) = resume {
            self.resume(resume);
        }
        self.execute().await;
    }

    /// Whether nothing may leave but through a tunnel.
    pub(super) fn is_locked(&self) -> bool {
        self.orders.own_lockdown.is_blocking() || self.orders.demand.lockdown
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
        self.orders.catalogue = Catalogue::of(managed);
        if is_same && self.is_well() {
            return self.supervisor.set_lockdown(self.is_locked(), self.effects.now());
        }
        match &self.orders.boot {
            Some(boot) => {
                let resume = Resume::managed(boot, &managed.path);
                self.orders.is_bridging = self.orders.demand.guards_boot;
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
    fn resume(&mut self, resume: Resume) -> Option<ConnectionId> {
        let now = self.effects.now();
        let Resume { owner, managed, profile, password } = resume;
        let password = password.map(|password| reduced(password, &profile.auth));
        let connection = if managed.is_some() {
            self.supervisor.connect(profile, password, Patience::Endless, now)
        } else {
            self.supervisor.take_up(profile, password, Fault::new(FaultCode::HelperRestarted), now)
        };
        let connection = connection.ok()?;
        self.owners.add(connection, owner);
        self.managed = managed.map(|id| (connection, id));
        Some(connection)
    }

    /// Connects a profile of an administrator's because somebody asks for it: in his own name, but for one that is
    /// this computer's.
    pub(super) fn connect_managed(
        &mut self,
        peer: &Peer,
        id: &str,
        password: Option<Secret>,
    ) -> Result<Outcome, Refusal> {
        password.as_ref().map_or(Ok(()), check_password)?;
        if self.is_ending {
            return Err(Refusal::ShuttingDown);
        }
        if let Some(connection) = self.asking(id) {
            return match password {
                Some(password) => self.give_password(connection, password),
                None => Ok(Outcome::Done),
            }
            .map(|_| Outcome::Started { connection });
        }
        if !self.is_blocked(id) {
            self.check_orders()?;
        }
        let (managed, resume) = self.orders.catalogue.find(id).ok_or(Refusal::UnknownProfile)?;
        if managed.connect == Connect::Manual {
            return self.dial(peer, resume.profile, resume.password.or(password));
        }
        if let Wish::Connected { connection, .. } = self.supervisor.wish() {
            return Err(self.refused(policy::Refusal::Busy(*connection)));
        }
        let resume = Resume { password: password.or(resume.password), ..resume };
        let connection = self.resume(resume).ok_or(Refusal::ShuttingDown)?;
        Ok(Outcome::Started { connection })
    }

    /// Whether nothing leaves when the helper has ended. What somebody who may has ended left the network open before.
    pub(super) fn guards_end(&self) -> bool {
        let demand = &self.orders.demand;
        demand.lockdown || demand.guards_boot && (self.orders.is_bridging || self.check_orders().is_err())
    }

    /// What stands of the managed profile `id`.
    fn managed_status(&self, id: &str) -> Option<Status> {
        let (connection, _) = self.managed.as_ref().filter(|(_, managed)| managed == id)?;
        let status = self.supervisor.status(self.effects.now())?;
        (status.connection == *connection).then_some(status)
    }

    /// The connection of the managed profile `id`, where it waits for a password that nobody has given.
    fn asking(&self, id: &str) -> Option<ConnectionId> {
        let status = self.managed_status(id)?;
        matches!(status.state, State::Connecting { question: Some(_), .. }).then_some(status.connection)
    }

    fn is_blocked(&self, id: &str) -> bool {
        self.managed_status(id).is_some_and(|status| matches!(status.state, State::Blocked { .. }))
    }

    /// What everybody may know of the profiles that an administrator installed.
    pub(super) fn managed_profiles(&self, peer: &Peer) -> Outcome {
        let outline = |managed: &ManagedProfile| ManagedOutline {
            id: managed.id.clone(),
            name: managed.profile.display_name().to_owned(),
            server: managed.profile.server.clone(),
            username: managed.profile.login_name(),
            at_boot: managed.connect == Connect::Boot,
        };
        let profiles = self.orders.catalogue.profiles.iter().map(outline).collect();
        let faults = if peer.uid == 0 { self.orders.catalogue.faults() } else { Vec::new() };
        Outcome::Managed { profiles, faults }
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
    pub(crate) fn managed(profile: &ManagedProfile, path: &Path) -> Self {
        let password = profile.password(path).unwrap_or_else(|error| {
            tracing::error!(%error, profile = profile.id, "there is no password: somebody has to be asked");
            None
        });
        let (profile, id) = (profile.profile.clone(), profile.id.clone());
        Self { owner: Owner::System, managed: Some(id), profile, password }
    }
}
