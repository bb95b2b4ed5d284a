//! What the window shows, a file for each screen.

pub(crate) mod add;
pub(crate) mod edit;
pub(crate) mod export;
pub(crate) mod fix;
pub(crate) mod home;
pub(crate) mod import;
pub(crate) mod menu;
pub(crate) mod safety;
pub(crate) mod settings;
