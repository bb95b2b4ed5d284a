//! The helper over real sockets, with a session that a test plays.

mod conversation;
mod hostile;
mod listener;
mod part;
pub(crate) mod policy;
mod scripted;
mod stranger;
