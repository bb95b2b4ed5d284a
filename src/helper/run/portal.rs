//! Signing in to a network.

use culvert_ipc::{Outcome, Refusal};
use culvert_model::{ConnectionId, State};
use culvert_policy::HostFact;

use super::Run;
use crate::Effects;

impl<E: Effects> Run<E> {
    /// Opens the way to a sign-in page. `connection` is what was looked at before anybody was asked for leave.
    pub(super) fn sign_in(&mut self, connection: Option<ConnectionId>) -> Result<Outcome, Refusal> {
        if self.is_ending {
            return Err(Refusal::ShuttingDown);
        }
        let now = self.effects.now();
        let stands =
            self.supervisor.status(now).filter(|status| !matches!(status.state, State::Disconnected { .. }));
        if stands.map(|status| status.connection) != connection {
            return Err(Refusal::UnknownConnection);
        }
        self.supervisor.sign_in(now).map_err(|refusal| self.refused(refusal))?;
        tracing::info!("somebody wants to sign in to the network");
        Ok(Outcome::Done)
    }

    /// What it shows comes back as a fact.
    pub(super) fn look_for_portal(&self, look: u64) {
        let (finding, facts) = (self.effects.look_for_portal(), self.host_facts.clone());
        tokio::spawn(async move {
            let finding = finding.await;
            // Nobody listens any more only when the helper has ended.
            let _ = facts.send(HostFact::PortalChecked { look, finding }).await;
        });
    }
}
