//! The Compression Control Protocol (RFC 1962), spoken for MPPE alone (RFC 3078).
//!
//! Both directions get the same key strength and the same way of changing keys, whoever asks first: peers differ
//! in whose request governs which direction. Compression, MPPC included, is always refused.

mod layer;
mod rules;
#[cfg(test)]
mod tests;

pub use layer::Ccp;
pub use rules::{CcpRules, Config, Notice, Stateful, bits, option};

/// What comes of CCP: [`Up`](super::negotiation::Event::Up) tells the cipher of both directions, or `None` for
/// clear text, which only an encryption that is not required allows.
pub type Event = super::negotiation::Event<Option<culvert_model::Cipher>, Notice>;
