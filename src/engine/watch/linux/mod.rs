//! Linux: rtnetlink's multicast groups, logind, and two clocks.

mod ipsec;
mod logind;
mod notices;
mod sleep;
mod vpn;
mod watcher;
mod way;

pub use sleep::SleepClock;
pub use vpn::other_vpns;
pub use watcher::{Sources, Watch};

/// How the names of our own devices begin.
const OWN_DEVICES: &str = "culvert";
