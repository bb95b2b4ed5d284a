//! The Link Control Protocol (RFC 1661 section 5): the size of packets, the login and whether anybody is there.
//!
//! The client asks for an MRU and a magic number and for nothing else; it compresses nothing that it receives,
//! and what it sends only where the peer asked for it. The server asks for a login as well.

mod layer;
mod reason;
mod rules;
#[cfg(test)]
mod tests;

pub use layer::Lcp;
pub use rules::{Agreed, Config, LcpRules, Notice, Role, option};

/// What comes of LCP.
pub type Event = super::negotiation::Event<Agreed, Notice>;
