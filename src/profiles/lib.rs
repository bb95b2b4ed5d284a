//! KEEPS: the profiles of one user and their passwords, and the formats of other programs.
//!
//! A [`SavedProfile`] is a [`Profile`](culvert_model::Profile) and what only the programs of its user need to know.
//! `store` keeps them as files that people can read, `secrets` keeps their passwords in the system's keyring; `import`
//! reads what other programs left, `export` writes what they understand. The helper reads none of this.

#![forbid(unsafe_code)]

mod document;
pub mod export;
mod format;
pub mod import;
mod saved;
mod sealed;
mod secrets;
mod store;
mod template;
pub mod typed;

pub use document::{DocumentError, parse};
pub use format::Format;
pub use saved::{Autostart, Extras, PasswordMode, ProfileId, SavedProfile};
pub use secrets::{Secrets, SecretsError};
pub use store::{Listed, Store, StoreError, Unreadable, Watch};
pub use template::Template;
