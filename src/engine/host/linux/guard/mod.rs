//! What may leave: nftables tables of our own, written by netlink from within.
//!
//! `rules` says a [`Guard`](culvert_policy::Guard) in rules; the [`GuardKeeper`] swaps them in as a whole, keeps
//! others from removing them where the kernel can, and reads back what stands. `forwarding` lets a gateway's two devices
//! forward meanwhile; `probe` tries whether it holds.

mod forwarding;
mod keeper;
mod probe;
mod rules;
mod watch;

pub use keeper::{GuardKeeper, Ownership, remove_all};
pub use probe::leak;
pub use watch::GuardWatch;
