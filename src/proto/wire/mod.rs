//! Bytes to values and back. Nothing here knows a state, a timer or a policy.

pub mod gre;
pub mod ipv4;
pub mod ppp;
pub mod pptp;
mod reader;
