//! The control connection (RFC 2637 sections 2 and 3), both ends of it.
//!
//! A [`Control`] is born when the TCP connection stands: [`Control::pns`] for the client, which opens the control
//! connection and places one call, [`Control::pac`] for the server, which answers. Feed it the stream's bytes, its
//! end and the time, and after each call drain transmits and events.
//!
//! It carries one call. So whatever call id a peer or a NAT on the way puts into a message about "the call" can
//! only mean this one, and no reply is turned away for it.

mod config;
mod connection;
mod event;
mod fault;
mod heartbeat;
mod pac;
mod pns;
#[cfg(test)]
mod tests;

pub use config::{PacConfig, PnsConfig, Timing};
pub use connection::Control;
pub use event::{Ended, Event, PeerIdentity, Timer};
