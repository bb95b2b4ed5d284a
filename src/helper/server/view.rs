//! What one program may see, and what it needs leave for.

use culvert_ipc::{Notice, Outcome, Outline, Refusal, Request};
use culvert_model::{ConnectionId, Fault, Protection};

use crate::Peer;
use crate::authority::{Action, Authority, Owners};

/// The connections as one user sees them: its own, and the outline of the others'.
#[derive(Debug)]
pub(super) struct View {
    uid: u32,
    sees_all: bool,
    authority: Authority,
    owners: Owners,
}

impl View {
    pub(super) fn new(peer: &Peer, authority: &Authority, owners: Owners) -> Self {
        let sees_all = authority.is_trusted(peer.uid);
        Self { uid: peer.uid, sees_all, authority: authority.clone(), owners }
    }

    /// What `request` needs leave for.
    ///
    /// # Errors
    /// [`Refusal::UnknownConnection`] for a connection that does not exist: by the time the request is carried out
    /// it might, and be another user's.
    pub(super) fn needed(&self, request: &Request) -> Result<Vec<Action>, Refusal> {
        match request {
            Request::Status | Request::Subscribe | Request::Managed => Ok(vec![]),
            Request::Connect { profile, .. } if self.authority.forbids_weaker() && profile.is_weaker() => {
                Ok(vec![Action::Connect, Action::Weaken])
            }
            // However weak, it is as an administrator wrote it.
            Request::Connect { .. }
            | Request::ConnectManaged { .. }
            | Request::SignIn { connection: None } => Ok(vec![Action::Connect]),
            Request::Lockdown { .. } => Ok(vec![Action::Lockdown]),
            Request::Reset => Ok(vec![Action::Reset]),
            Request::Answer { connection, .. }
            | Request::Disconnect { connection }
            | Request::Redial { connection }
            | Request::SignIn { connection: Some(connection) } => {
                let owner = self.owners.of(*connection).ok_or(Refusal::UnknownConnection)?;
                Ok(vec![if owner.is(self.uid) { Action::Connect } else { Action::TakeOver }])
            }
        }
    }

    /// What the user may see of an outcome.
    pub(super) fn outcome(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Status { connections, mut others, protection } => {
                let (own, hidden): (Vec<_>, Vec<_>) =
                    connections.into_iter().partition(|status| self.sees(status.connection));
                others.extend(hidden.iter().map(Outline::of));
                Outcome::Status { connections: own, others, protection: self.protection(protection) }
            }
            Outcome::Refused(Refusal::Busy { connection, .. }) if !self.sees(connection) => {
                Outcome::Refused(Refusal::Busy { connection, name: String::new() })
            }
            other => other,
        }
    }

    /// What the user may hear of a change.
    pub(super) fn notice(&self, notice: Notice) -> Option<Notice> {
        match notice {
            Notice::Changed(status) if !self.sees(status.connection) => {
                Some(Notice::OtherChanged(Outline::of(&status)))
            }
            Notice::Counted { connection, .. } if !self.sees(connection) => None,
            Notice::Protected(protection) => Some(Notice::Protected(self.protection(protection))),
            other => Some(other),
        }
    }

    /// Everybody may know what stands on the host. What was seen when something failed may name another's server.
    fn protection(&self, protection: Protection) -> Protection {
        let (hides, fault) = (!self.sees_all, protection.fault);
        let fault = fault.map(|fault| if hides { Fault { evidence: Vec::new(), ..fault } } else { fault });
        let forbids_weaker = self.authority.forbids_weaker() && !self.sees_all;
        Protection { fault, forbids_weaker, ..protection }
    }

    fn sees(&self, connection: ConnectionId) -> bool {
        self.sees_all || self.owners.of(connection).is_some_and(|owner| owner.is_seen_by(self.uid))
    }
}
