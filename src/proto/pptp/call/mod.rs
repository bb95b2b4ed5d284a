//! The data of a call: numbered GRE packets (RFC 2637 section 4) with PPP frames in them.
//!
//! [`halves`] makes the two ends of the path: the [`Sealer`] numbers and encrypts everything that leaves, the
//! [`Opener`] checks, orders and decrypts everything that comes. They share no lock, only the atomics of
//! [`Shared`]: the gate that lets IP through, what is to be acknowledged, and the counters. Packets are changed
//! in place, in batches; nothing is allocated for them and nothing is copied.
//!
//! `window` puts packets in order and knows which jumps of the sequence to believe, `acknowledgement` knows when
//! the peer wants to hear from us.

mod acknowledgement;
mod halves;
mod opener;
mod sealer;
mod shared;
#[cfg(test)]
mod tests;
mod window;

pub use acknowledgement::ACKNOWLEDGEMENT_LEN;
pub use halves::{CallConfig, halves};
pub use opener::{OpenCommand, Opener, Sink};
pub use sealer::{ControlFrame, SealCommand, Sealer};
pub use shared::{Gate, Shared};

pub use crate::ppp::mppe::Trouble;
