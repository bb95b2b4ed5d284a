//! The directory in which a user's profiles are.

mod directory;
mod files;

pub use directory::{Listed, Store, StoreError, Unreadable};
