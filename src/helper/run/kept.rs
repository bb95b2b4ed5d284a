//! What a helper that starts again is to find.

use culvert_model::{Prefix, Profile, State, Status, Traffic};
use culvert_policy::Wish;

use super::Run;
use crate::Effects;
use crate::authority::Owner;
use crate::state::Wanted;

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
