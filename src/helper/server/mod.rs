//! Talks to the programs that ask: greets them, lets pass what they may ask for, holds them to limits, cuts off who
//! breaks a rule.
//!
//! `serve` opens the door, `client` is one program's conversation, `seats` and `pace` bound how many connections and
//! requests one user can have, and `view` is what a user may see and ask of whose connections.

mod client;
mod pace;
mod seats;
mod serve;
mod view;

pub(crate) use serve::serve;
