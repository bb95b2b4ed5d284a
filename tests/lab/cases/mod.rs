//! One file per question that is asked of the programs.

mod control;
mod encryption;
mod guard;
mod login;
mod reset;
mod routers;
mod traffic;
mod unreachable;
