//! What goes into a supervisor and what comes out.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::time::Duration;

use culvert_model::{
    ConnectionId, Fault, HostReading, Network, Profile, Protection, Secret, Stage, Statistics, Status,
};

use crate::{Finding, HostPlan};

/// What a person wants, whatever is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// No connection.
    #[default]
    Disconnected,
    /// This one.
    Connected {
        /// Its name.
        connection: ConnectionId,
        /// To what and how.
        profile: Box<Profile>,
        /// What happens while it was never up.
        patience: Patience,
    },
}

/// How long a connection that was never up is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Once: somebody waits and reads why it failed.
    OneTry,
    /// As long as it is wished for: an administrator's machine connects whether anybody asks or not.
    Endless,
}

/// Something to be done. Actions are to be carried out in the order in which they are handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Tell everybody who listens that this is the status now.
    Publish(Box<Status>),
    /// Tell everybody who listens what stands around the connections.
    PublishProtection(Protection),
    /// Tell everybody who listens that these are the counters now.
    PublishStatistics {
        /// Which connection's.
        connection: ConnectionId,
        /// The counters.
        statistics: Statistics,
    },
    /// Bring the host into this state; answered by [`HostFact::PlanApplied`] or [`HostFact::PlanFailed`].
    ApplyPlan(Box<HostPlan>),
    /// Look whether a captive portal is in the way; answered by [`HostFact::PortalChecked`].
    CheckPortal {
        /// Which look.
        look: u64,
    },
    /// Look whether the internet is reached through the tunnel; answered by [`HostFact::LookedThrough`].
    LookThrough {
        /// Which look.
        look: u64,
        /// The tunnel's name servers; where there are none, those of this computer.
        name_servers: Vec<Ipv4Addr>,
    },
    /// Start a session; it ends with [`Fact::SessionEnded`], whatever happens. It looks up the server's name, tells the
    /// addresses as [`Fact::ServerFound`], and waits for [`Action::ReachServer`].
    StartSession {
        /// Its connection.
        connection: ConnectionId,
        /// To what and how.
        profile: Box<Profile>,
        /// The password, if it is known.
        password: Option<Secret>,
    },
    /// Let the session send to the addresses that it found: the guard lets it now.
    ReachServer {
        /// Its connection.
        connection: ConnectionId,
    },
    /// Give the session the password that it asked for.
    AnswerSession {
        /// Its connection.
        connection: ConnectionId,
        /// The password.
        password: Secret,
    },
    /// Let the session end in good order.
    StopSession {
        /// Its connection.
        connection: ConnectionId,
    },
    /// End the session at once: its way to the server is gone, so that there is nobody to say goodbye to.
    AbandonSession {
        /// Its connection.
        connection: ConnectionId,
    },
}

/// Something that happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The session entered a stage.
    StageReached(Stage),
    /// The session found the server under these addresses and waits.
    ServerFound(Vec<Ipv4Addr>),
    /// The session needs the password; the refusal of the last one, where there was one.
    PasswordWanted {
        /// Why the last password was not taken.
        refused: Option<Fault>,
    },
    /// The session has an address and may carry traffic. It comes again when the server negotiated anew.
    SessionUp(Network),
    /// The session is no more; why, if not by request.
    SessionEnded(Option<Fault>),
    /// The counters of the session.
    Counted(Statistics),
}

/// Something that happened to this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostFact {
    /// The host is as the last plan wanted it, and this was read back.
    PlanApplied(HostReading),
    /// The host could not be brought into the planned state.
    PlanFailed(Fault),
    /// Somebody else changed what we had set.
    Disturbed,
    /// It was tried whether the guard holds: something leaves, or nothing does (any more).
    Probed {
        /// What leaves.
        leak: Option<Fault>,
    },
    /// The network changed.
    NetworkChanged {
        /// Whether there is a way to anywhere outside.
        usable: bool,
        /// Whether the address is gone from which outer packets left.
        moved: bool,
    },
    /// It was looked for a captive portal.
    PortalChecked {
        /// Which look it was.
        look: u64,
        /// What it has shown.
        finding: Finding,
    },
    /// It was looked whether the internet is reached through the tunnel.
    LookedThrough {
        /// Which look it was.
        look: u64,
        /// Whether anybody answered.
        is_through: bool,
    },
    /// The computer slept.
    Resumed {
        /// For how long.
        asleep: Duration,
    },
}

/// Why a command changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One connection at a time: this one is there.
    #[error("another connection is up or on its way")]
    Busy(ConnectionId),
    /// No connection has that name (any more).
    #[error("there is no such connection")]
    UnknownConnection,
    /// Nothing is closed that could be opened.
    #[error("nothing is closed")]
    NothingClosed,
    /// Nothing was asked.
    #[error("no question is open")]
    NoQuestion,
}
