//! Networks that want a person to sign in first.

use alloc::string::String;

use crate::PortalPass;

/// A captive portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portal {
    /// Where a browser gets to its sign-in page.
    pub url: String,
    /// What has to be open for that.
    pub pass: PortalPass,
}

/// What a look for a captive portal has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// None is in the way.
    Through,
    /// This one is.
    SignIn(Portal),
    /// Nothing.
    Unknown,
}
