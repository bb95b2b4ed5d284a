//! `/etc/resolv.conf` where nobody else looks after it.

mod content;
mod directory;
mod swap;
#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use content::is_domain;
pub use content::{ResolvConf, Unfit};
use directory::SystemDirectory;

use crate::host::HostError;

/// Puts `wanted` in the place of `etc/resolv.conf` below `root`. What was there, a link as well, is kept beside it.
///
/// # Errors
/// What the system refused; what was there before is back then.
pub fn put(root: &Path, wanted: &ResolvConf) -> Result<(), HostError> {
    swap::put(&etc(root)?, wanted)
}

/// Whether `etc/resolv.conf` below `root` is our own and means `wanted`.
///
/// # Errors
/// Where it can't be read.
pub fn is_in_place(root: &Path, wanted: &ResolvConf) -> Result<bool, HostError> {
    swap::is_in_place(&etc(root)?, wanted)
}

/// Puts back what was there before [`put`], now or before a crash, unless somebody else has changed the file since.
/// Whether there was anything of ours.
///
/// # Errors
/// What the system refused; nothing is lost then, and it may be tried again.
pub fn restore(root: &Path) -> Result<bool, HostError> {
    swap::restore(&etc(root)?)
}

/// Where what was there before is kept, below the root.
pub const SAVED_PATH: &str = "etc/.resolv.conf.before-culvert";

/// Whether a resolver file bears our mark, whatever became of it since.
pub fn is_marked(text: &str) -> bool {
    content::begins_as_ours(text.as_bytes())
}

/// Whether anything of ours is, or may be, in `etc` below `root`.
pub fn is_ours(root: &Path) -> bool {
    etc(root).and_then(|etc| swap::is_there(&etc)).unwrap_or(true)
}

fn etc(root: &Path) -> Result<SystemDirectory, HostError> {
    SystemDirectory::open(root, "etc")
        .map_err(|cause| HostError::Refused { doing: "opening the directory of resolv.conf", cause })
}
