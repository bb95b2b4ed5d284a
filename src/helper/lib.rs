//! GUARDS: who may ask for what, and the one place where decisions meet effects.
//!
//! A [`Listener`] makes the socket so that nobody could ever have slipped in another; `server` greets each program,
//! holds it to deadlines and limits, and lets no request pass that [`Authority`] does not allow its peer; `run` is
//! the one loop that feeds requests and facts to the supervisor of `policy` and carries out its actions through [`Effects`], in order.
//! Every result goes back as a fact, so that what people see is what is, not what was meant. [`state`] is what
//! outlives the helper.
//!
//! [`run()`] is the whole helper as a function, for `culvertd` and for the demo; it ends when it is told to, with
//! everything undone.

#![forbid(unsafe_code)]

mod alone;
mod authority;
mod beginning;
mod directory;
mod disturbance;
mod early;
mod effects;
mod inherited;
mod keepsake;
mod listener;
mod notify;
mod pace;
pub mod privilege;
mod request;
mod reset;
mod resolver_file;
mod run;
mod server;
pub mod state;

pub use alone::{Alone, NotAlone};
pub use authority::{Action, Authority, Owner, Owners, Peer};
pub use beginning::{Beginning, Place};
pub use directory::{Directory, DirectoryError};
pub use early::close_early;
pub use effects::{Effects, Engine, SessionFacts};
pub use inherited::Inherited;
pub use keepsake::{Keepsake, NtHash};
pub use listener::{Listener, ListenerError};
pub use notify::{Notifier, Watchdog};
pub use reset::{ResetError, reset};
pub use run::{run, run_with};

#[cfg(test)]
mod tests;
