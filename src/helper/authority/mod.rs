//! Who may do what.
//!
//! A [`Peer`] is who is at the other end of a connection, by the kernel's word. An [`Authority`] says whether it may
//! take an [`Action`]: root and whoever runs the helper always, everybody else as polkit says of the peer's process,
//! never of ours. Where polkit is missing, slow or confused the answer is no. [`Owners`] keeps whose connection is
//! whose.

mod action;
mod decide;
mod group;
mod logind;
mod owner;
mod peer;
mod polkit;

pub use action::Action;
pub use decide::Authority;
pub use owner::{Owner, Owners};
pub use peer::Peer;

#[cfg(test)]
pub(crate) use group::Group;
#[cfg(test)]
pub(crate) use polkit::Patience;
