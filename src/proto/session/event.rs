//! What leaves a session.

use alloc::boxed::Box;
use alloc::string::String;
use core::time::Duration;

use culvert_model::{Fault, Network, Stage};

use crate::pptp::call::{OpenCommand, Opener, SealCommand, Sealer};
use crate::pptp::control;

/// A command for one of the two halves of the data path. They must take effect in the order in which they come.
#[derive(Debug)]
pub enum Command {
    /// For the [`Sealer`].
    Seal(SealCommand),
    /// For the [`Opener`].
    Open(OpenCommand),
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The next step of connecting was reached.
    StageReached(Stage),
    /// The call is up: here are the two halves of its data path.
    CallEstablished(Box<(Sealer, Opener)>),
    /// Only the person can give the password; answer with [`crate::Session::answer`].
    PasswordWanted {
        /// Why the last password was not taken, where there was one.
        refused: Option<Fault>,
    },
    /// Addresses and any required encryption are agreed: IP flows.
    Up(Network),
    /// The peer says what it is (Identification, RFC 1570 section 1.1): its own words, printable and short.
    Identified(String),
    /// The peer says how long the session may still last (Time-Remaining, RFC 1570 section 1.2).
    TimeRemaining(Duration),
    /// IP does not flow any more until the next [`Event::Up`]: the peer negotiates anew.
    Down,
    /// It is over: by request (`None`), or with a fault. Nothing follows.
    Ended(Option<Fault>),
}

/// Why [`crate::Session::poll_timeout`] wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The control connection waits or keeps itself alive.
    Control(control::Timer),
    /// A layer of the link or the login waits for an answer.
    Link,
    /// No GRE packet has come yet.
    WaitingForGre,
    /// It is time to ask whether the peer is alive.
    Keepalive,
    /// A question waits for the person.
    Answer,
    /// The link is being closed.
    Farewell,
}
