//! What outlives the helper: the files of its own directory, and those that an administrator wrote for it.
//!
//! [`State`] is the directory that the service manager keeps for us (`StateDirectory=`). It holds
//!
//! - `journal`: what of ours is on the host, written before the host is changed and removed after everything was
//!   taken back;
//! - `lockdown`: there while nothing may leave but through a tunnel;
//! - `wish`: what is to be connected by a helper that starts again before the computer does.
//!
//! Each is replaced whole. One that can't be read is told of and kept beside under the name `….bad`; it counts as
//! the worst that it can have said: something is installed, and lockdown is on.
//!
//! [`managed`] reads `/etc/culvert`, which belongs to root.

mod disk;
mod document;
mod installed;
mod keeper;
pub mod managed;
mod store;

#[cfg(test)]
pub(crate) use disk::Disk;
pub use document::Garbled;
pub use installed::Installed;
pub use keeper::{Damage, Left, Lockdown, State, Stock, Wanted, Why};
