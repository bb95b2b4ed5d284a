//! What a helper that starts again is to find.

use culvert_model::{Prefix, Profile, State, Status, Traffic};
use culvert_policy::Wish;

use super::Run;
use crate::authority::Owner;
use crate::state::Wanted;
use crate::{Effects, Keepsake, Kept, NtHash};

impl<E: Effects> Run<E> {
    /// Keeps what a helper that starts again is to connect, or to keep blocked.
    pub(super) fn keep_wish(&mut self, status: &Status) {
        let connection = status.connection;
        let wanted = match &status.state {
            State::Connecting { .. } | State::Connected { .. } => self.wanted(status),
            // What ends with the helper begins with it.
            State::Disconnecting | State::Disconnected { .. }
                if self.orders.demand.connects && self.is_ending =>
            {
                None
            }
            State::Disconnecting | State::Disconnected { .. } if self.orders.demand.connects => {
                Some(Wanted::Nothing)
            }
            State::Disconnecting | State::Disconnected { .. } => None,
            State::Reconnecting { .. } | State::Blocked { .. } => return,
        };
        if self.kept != (connection, wanted.clone()) {
            self.effects.keep_wish(wanted.as_ref());
            self.kept = (connection, wanted);
        }
    }

    /// Leaves with the service manager what the next helper needs to dial again, as long as that is good.
    pub(super) fn leave_session(&mut self, status: &Status) {
        let is_good = matches!(status.state, State::Connected { .. } | State::Reconnecting { .. });
        match (is_good, self.left) {
            (true, Some(left)) if left == status.connection => {}
            (true, _) => {
                if let Some(keepsake) = self.keepsake(status) {
                    self.tell(|manager| manager.keep(Kept::Session, keepsake.seal()?));
                    self.left = Some(status.connection);
                }
            }
            (false, Some(_)) => {
                self.left = None;
                self.tell(|manager| manager.forget(Kept::Session));
            }
            (false, None) => {}
        }
    }

    /// A managed profile says itself where its password is.
    fn keepsake(&self, status: &Status) -> Option<Keepsake> {
        let Some(Wanted::Profile { owner, profile }) = self.wanted(status) else { return None };
        let hash = NtHash::new(*self.supervisor.password()?.nt_hash()?);
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
