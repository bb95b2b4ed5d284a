//! What anybody may know of a connection that is another user's.

use culvert_model::{ConnectionId, State, Status};
use serde::{Deserialize, Serialize};

/// A connection without its name, its server, its faults and its counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outline {
    /// Which connection.
    pub connection: ConnectionId,
    /// How far it is.
    pub phase: Phase,
}

/// A state without what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing of it is there.
    Disconnected,
    /// On the way.
    Connecting,
    /// Up.
    Connected,
    /// Lost, and on the way again.
    Reconnecting,
    /// Being taken down.
    Disconnecting,
    /// Nothing leaves.
    Blocked,
}

impl Outline {
    /// What is left of `status`.
    pub fn of(status: &Status) -> Self {
        Self { connection: status.connection, phase: Phase::of(&status.state) }
    }
}

impl Phase {
    fn of(state: &State) -> Self {
        match state {
            State::Disconnected { .. } => Self::Disconnected,
            State::Connecting { .. } => Self::Connecting,
            State::Connected { .. } => Self::Connected,
            State::Reconnecting { .. } => Self::Reconnecting,
            State::Disconnecting => Self::Disconnecting,
            State::Blocked { .. } => Self::Blocked,
        }
    }
}
