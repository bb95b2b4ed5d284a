//! Makes the system look as a [`HostPlan`](culvert_policy::HostPlan) says, and takes everything back.
//!
//! [`HostKeeper`] keeps the whole plan; [`apply`] does links, routes and rules. Both are idempotent: they remove what
//! an earlier plan or a crashed run left behind, add what is missing, and report success only after everything was
//! read back. No sysctl is touched, so nothing has to be remembered to undo it.

#[cfg(target_os = "linux")]
#[path = "linux/dns/mod.rs"]
pub mod dns;
#[cfg(not(target_os = "linux"))]
#[path = "unsupported_dns.rs"]
pub mod dns;
mod error;
#[cfg(target_os = "linux")]
#[path = "linux/guard/mod.rs"]
pub mod guard;
#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod imp;
#[cfg(not(target_os = "linux"))]
#[path = "unsupported.rs"]
mod imp;
mod keeper;

pub use error::HostError;
#[cfg(target_os = "linux")]
pub(crate) use imp::{AnswerPath, AnswerProtocol, is_in_place_by, netlink};
pub use imp::{apply, bring_up, clean, is_in_place, undo};
pub use keeper::{HostKeeper, repair};
