//! What a helper that starts again is to find.

use culvert_ipc::Refusal;
use culvert_model::{Prefix, Profile, State, Status, Traffic};
use culvert_policy::Wish;

use super::Run;
use crate::authority::{Owner, Peer};
use crate::state::Wanted;
use crate::{Effects, Keepsake, Notifier, NtHash};

impl<E: Effects> Run<E> {
    /// Keeps what a helper that starts again is to connect, or to keep blocked.
    pub(super) fn keep_wish(&mut self, status: &Status) {
        let wanted = match &status.state {
            State::Connecting { .. } | State::Connected { .. } => self.wanted(status),
            // What ends with the helper begins with it.
            State::Disconnecting | State::Disconnected { .. } if self.is_ending => None,
            State::Disconnecting | State::Disconnected { .. } => self.orders.boot.as_ref().map(Wanted::not),
            State::Reconnecting { .. } | State::Blocked { .. } => return,
        };
        if self.kept.as_ref() != Some(&wanted) {
            // What stands on the disk then is the last word but one: more is blocked after a crash, never less.
            if let Err(error) = self.effects.keep_wish(wanted.as_ref()) {
                return tracing::error!(%error, "what is to be connected could not be kept on the disk");
            }
            self.kept = Some(wanted);
        }
    }

    /// Keeps a guarded profile before anything is done for it: a helper that starts after a crash would open the network
    /// if it knew nothing of it.
    pub(super) fn keep_guarded(&mut self, peer: &Peer, profile: &Profile) -> Result<(), Refusal> {
        let Owner::User(owner) = Owner::from(peer) else { return Ok(()) };
        if !profile.guard || self.supervisor.wish() != &Wish::Disconnected {
            return Ok(());
        }
        let wanted = Wanted::Profile { owner, profile: Box::new(profile.clone()) };
        self.effects.keep_wish(Some(&wanted)).map_err(|error| {
            tracing::error!(%error, "what is to be connected could not be kept on the disk");
            Refusal::NotKept
        })?;
        self.kept = Some(Some(wanted));
        Ok(())
    }

    /// Leaves with the service manager what the next helper needs to dial again, as long as that is good.
    pub(super) fn leave_session(&mut self, status: &Status) {
        let is_good = matches!(status.state, State::Connected { .. } | State::Reconnecting { .. });
        match (is_good, self.left) {
            (true, Some(left)) if left == status.connection => {}
            (true, _) => {
                if let Some(keepsake) = self.keepsake(status)
                    && self.has_told(|manager| manager.keep(keepsake.seal()?))
                {
                    self.left = Some(status.connection);
                }
            }
            (false, Some(_)) => {
                self.left = None;
                self.tell(Notifier::forget);
            }
            (false, None) => {}
        }
    }

    /// A managed profile says itself where its password is.
    fn keepsake(&self, status: &Status) -> Option<Keepsake> {
        let Some(Wanted::Profile { owner, profile }) = self.wanted(status) else { return None };
        let hash = NtHash::new(self.supervisor.password()?.nt_hash()?);
        let server = match &status.state {
            State::Connected { network } => Some(network.server),
            _ => None,
        };
        Some(Keepsake { owner, profile: *profile, server, hash })
    }

    fn wanted(&self, status: &Status) -> Option<Wanted> {
        let Wish::Connected { connection, profile, .. } = self.supervisor.wish() else { return None };
        match (self.owners.of(*connection)?, &self.managed) {
            _ if *connection != status.connection => None,
            (_, Some((managed, id))) if managed == connection => Some(Wanted::Managed { id: id.clone() }),
            (Owner::User(owner), _) => {
                Some(Wanted::Profile { owner, profile: fixed(profile, &status.state) })
            }
            (Owner::System, _) => None,
        }
    }
}

/// The profile with the routes by name that its server's address gave it: a guard without a tunnel knows no address.
fn fixed(profile: &Profile, state: &State) -> Box<Profile> {
    let mut profile = Box::new(profile.clone());
    if let (Traffic::Only { routes, classful: true }, State::Connected { network }) =
        (&mut profile.traffic, state)
    {
        routes.extend(Prefix::classful(network.address));
    }
    profile
}
