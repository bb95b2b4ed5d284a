//! What happens around the tunnel: the network comes and goes, somebody else changes what we had set, the computer
//! sleeps, another VPN is up.
//!
//! [`Watch`] is a stream of [`Event`]s; each says when it comes, how it is held back, and what may be missed. Nothing
//! of the system is remembered but the last answer: a notice only says that it is time to ask the kernel again, so
//! that a thousand of them, or one that got lost, come to the same single question.

#[cfg(target_os = "linux")]
mod due;
mod event;
#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod imp;
#[cfg(not(target_os = "linux"))]
#[path = "unsupported.rs"]
mod imp;
mod other_vpn;

pub use event::{Event, SleepDelay, Way};
pub use imp::{SleepClock, Sources, Watch, other_vpns};
pub use other_vpn::{OtherVpn, Reach};
