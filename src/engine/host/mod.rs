//! Makes the system look as a [`HostPlan`](culvert_policy::HostPlan) says, and takes everything back.
//!
//! [`apply`] is idempotent and whole: it removes what an earlier plan or a crashed run left behind, adds what is
//! missing, and reports success only after it has read everything back; where it fails it leaves nothing. No
//! sysctl is touched, so nothing has to be remembered to undo it.

mod error;
#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod imp;
#[cfg(not(target_os = "linux"))]
#[path = "unsupported.rs"]
mod imp;

pub use error::HostError;
pub use imp::{apply, bring_up, clean, undo};
