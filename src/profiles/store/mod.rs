//! The directory in which a user's profiles are.

mod directory;
mod files;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod watch;

pub use directory::{Listed, Store, StoreError, Unreadable};
pub use watch::Watch;
