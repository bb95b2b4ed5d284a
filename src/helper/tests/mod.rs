//! The helper over real sockets, with a session that a test plays and a polkit that a test scripts.

mod beginning;
mod bus;
mod conversation;
mod flood;
mod hostile;
mod listener;
mod notify;
mod orders;
mod part;
mod paths;
mod permission;
mod platter;
pub(crate) mod policy;
mod portal;
mod scripted;
mod state;
mod state_faults;
mod state_managed;
mod stranger;
mod table;
