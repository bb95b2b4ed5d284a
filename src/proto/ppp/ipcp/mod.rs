//! The IP Control Protocol (RFC 1332) with name servers (RFC 1877).
//!
//! The client asks for an address and for name servers, and takes any address that the server has or has not; the
//! server gives them. Header compression is always refused.

mod rules;
#[cfg(test)]
mod tests;

pub use rules::{Agreed, Config, IpcpRules, option};

use super::negotiation::Negotiation;

/// One end of the IP Control Protocol.
pub type Ipcp = Negotiation<IpcpRules>;

/// What comes of IPCP.
pub type Event = super::negotiation::Event<Agreed, core::convert::Infallible>;
