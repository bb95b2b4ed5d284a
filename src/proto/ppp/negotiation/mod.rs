//! What LCP, CCP and IPCP have in common: the automaton at work, its timers and the option rules.
//!
//! [`Negotiation`] carries out what the table in [`fsm`](super::fsm) says; what the options of one protocol mean
//! is the business of its [`Rules`]. Each layer is a `Negotiation` over its own rules, and both ends of a link,
//! client and server, are the same machine.

mod machine;
mod peer;
mod rules;
#[cfg(test)]
pub(in crate::ppp) mod testing;
#[cfg(test)]
mod tests;

pub use machine::{MAX_CONFIGURE, MAX_FAILURE, MAX_TERMINATE, Negotiation, RESTART_INTERVAL};
pub use rules::{Answer, End, Event, Outbox, Rules, Verdict};
