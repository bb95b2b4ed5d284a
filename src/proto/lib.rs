//! SPEAKS: PPTP (RFC 2637), its enhanced GRE, PPP (RFC 1661) and MPPE (RFC 3078) as pure state machines.
//!
//! [`Session`] is the one façade: the control connection, the link, the login and the addresses of one call.
//! Beside it stand the two halves of the data path, [`Sealer`] and [`Opener`], which share no lock with it.
//! Bytes and the time come in through `handle_*`, results leave through `poll_*`; after each call, drain them.
//!
//! `wire` turns bytes into values and back, `ppp` and `pptp` hold the protocols, and they meet only in
//! `session`. There is no clock, no I/O and no randomness here: the time and a 32-byte seed are arguments.
//! Nothing that a peer sends can panic.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::as_conversions
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod chance;
mod error;
mod packet;
pub mod ppp;
pub mod pptp;
pub mod session;
pub mod wire;

pub use chance::Chance;
pub use error::Error;
pub use packet::{HEADROOM, Packet};
pub use pptp::call::{OpenCommand, Opener, SealCommand, Sealer, Shared, Sink, Trouble};
pub use session::Session;
