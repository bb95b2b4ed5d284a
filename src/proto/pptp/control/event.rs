//! What a control connection hands out.

use alloc::string::String;

use culvert_model::{Fault, Stage};

use crate::Error;
use crate::wire::pptp::WanErrorNotify;

/// Who the peer says it is (RFC 2637 sections 2.1 and 2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerIdentity {
    /// Who made it.
    pub vendor: String,
    /// Its name.
    pub host: String,
    /// The revision of its software.
    pub firmware: u16,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The control connection is open.
    ConnectionEstablished(PeerIdentity),
    /// The call is up: GRE may flow.
    CallEstablished {
        /// The call id in GRE packets to us.
        local_call_id: u16,
        /// The call id in GRE packets to the peer. Some servers choose 0.
        peer_call_id: u16,
        /// How many packets the peer says to buffer, brought to 1..=64.
        peer_window: u16,
        /// Who the peer says it is.
        peer: PeerIdentity,
    },
    /// The call is over: GRE must stop. [`Event::Closed`] follows.
    CallCleared(Ended),
    /// The server counted errors on its line.
    LinkErrors(WanErrorNotify),
    /// The peer sent what is not PPTP. [`Event::Closed`] follows.
    NotUnderstood(Error),
    /// Nothing more comes. What is still to be transmitted should go out; then the TCP connection may be closed.
    Closed(Ended),
}

/// Why a call or a control connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// This end asked for it.
    Requested,
    /// The peer ended it and said so.
    ByPeer(Fault),
    /// It went wrong.
    Failed(Fault),
}

impl Ended {
    /// The fault, unless this end asked.
    pub const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Requested => None,
            Self::ByPeer(fault) | Self::Failed(fault) => Some(fault),
        }
    }

    /// The same, said to have happened at `stage`.
    #[must_use]
    pub(super) fn at(self, stage: Stage) -> Self {
        match self {
            Self::Requested => Self::Requested,
            Self::ByPeer(fault) => Self::ByPeer(fault.at(stage)),
            Self::Failed(fault) => Self::Failed(fault.at(stage)),
        }
    }
}

/// What a control connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The Start-Control-Connection-Reply, or at the server the -Request.
    StartControlConnection,
    /// The Outgoing-Call-Reply, or at the server the -Request.
    OutgoingCall,
    /// The time to send an Echo-Request.
    Echo,
    /// The Echo-Reply.
    EchoReply,
    /// The Call-Disconnect-Notify after our Call-Clear-Request.
    CallDisconnect,
    /// The Stop-Control-Connection-Reply, or the peer's -Request.
    StopControlConnection,
}
