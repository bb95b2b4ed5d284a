//! What the window shows, a file for each screen.

pub(crate) mod add;
pub(crate) mod export;
pub(crate) mod fix;
pub(crate) mod home;
pub(crate) mod import;
pub(crate) mod safety;
pub(crate) mod settings;
