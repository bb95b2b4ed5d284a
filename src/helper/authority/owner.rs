//! Whose connection is whose.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use culvert_model::ConnectionId;

use super::Peer;

/// Connections that are remembered. Only the last few can still be there.
const MOST: usize = 16;

/// Whose a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The user who asked for it.
    User(u32),
    /// This computer's: an administrator installed it. Everybody may see it.
    System,
}

impl Owner {
    /// Whether it is the user's own.
    pub fn is(self, uid: u32) -> bool {
        self == Self::User(uid)
    }

    /// Whether the user may see all of it.
    pub fn is_seen_by(self, uid: u32) -> bool {
        self == Self::System || self.is(uid)
    }
}

impl From<&Peer> for Owner {
    fn from(peer: &Peer) -> Self {
        Self::User(peer.uid)
    }
}

/// The owners of all connections. Who starts a connection tells before anybody hears of it; an owner never changes.
#[derive(Clone, Debug, Default)]
pub struct Owners(Arc<Mutex<VecDeque<(ConnectionId, Owner)>>>);

impl Owners {
    /// Remembers whose `connection` is.
    pub fn add(&self, connection: ConnectionId, owner: Owner) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_back((connection, owner));
        if known.len() > MOST {
            known.pop_front();
        }
    }

    /// Whose `connection` is, if it was ever started.
    pub fn of(&self, connection: ConnectionId) -> Option<Owner> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().rev().find_map(|(one, owner)| (*one == connection).then_some(*owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_connections_are_remembered_and_no_more() {
        let owners = Owners::default();
        for id in 1..=20 {
            owners.add(ConnectionId(id), Owner::User(1000 + u32::try_from(id).unwrap()));
        }
        assert_eq!(owners.of(ConnectionId(20)), Some(Owner::User(1020)));
        assert_eq!(owners.of(ConnectionId(5)), Some(Owner::User(1005)));
        assert_eq!(owners.of(ConnectionId(4)), None);
        assert_eq!(owners.of(ConnectionId(21)), None, "what is not there yet is nobody's");
        assert!(!Owner::System.is(0), "the computer's is not even root's own");
    }
}
