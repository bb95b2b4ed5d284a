//! ASKS: the command line. It decides nothing: it asks the helper and shows what the helper says.
//!
//! `arguments` turn words into a profile and refuse what can't be meant; `connect`, `disconnect`,
//! `lockdown`, `managed`, `redial`, `reset` and `status` talk to the helper through `ipc`; `profile` keeps what a user saves, and
//! `saved` connects it; `screen` knows a terminal from a file. Sentences come from the room `words`. An [`Exit`] says how it went, to scripts.

#![forbid(unsafe_code)]

mod arguments;
mod connect;
mod disconnect;
mod exit;
mod generate;
mod lockdown;
mod managed;
mod password;
mod portal;
mod profile;
mod redial;
mod reset;
mod run;
mod saved;
mod screen;
mod status;

pub use exit::Exit;
pub use run::run;
