//! Talks to the programs that ask: greets them, lets pass what they may ask for, holds them to limits, cuts off who
//! breaks a rule.
//!
//! `serve` opens the door, `client` is one program's conversation, `seats` bounds how many connections there can
//! be, and `view` is what a user may see and ask of whose connections.

mod client;
mod seats;
mod serve;
mod view;

pub(crate) use serve::serve;
