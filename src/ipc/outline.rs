//! What anybody may know of a connection that is another user's.

use culvert_model::{ConnectionId, Host, State, Status};
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

/// What everybody may know of a profile that an administrator installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedOutline {
    /// How it is asked for.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where it leads.
    pub server: Host,
    /// The user in whose name it is connected.
    pub username: String,
    /// Whether it is connected from the start of the computer, and users can't end it.
    pub at_boot: bool,
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
