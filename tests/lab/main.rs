//! The laboratory: the real `culvertd` and `culvert` against Debian's pptpd and pppd, with routers between.
//!
//! Every case builds its own small network out of namespaces, so that any number of them can run at once, and
//! leaves nothing behind. Needs root, the packages that `packaging/check.sh` installs, and the built programs.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "libtest keeps what a case prints")]

mod cases;
mod client;
#[path = "../../src/profiles/tests/keyring/desktop.rs"]
#[expect(dead_code, reason = "not every way of a keyring to fail is tried here too")]
mod desktop;
mod follower;
mod forger;
mod guest;
mod hotel;
mod house;
mod leaks;
mod manager;
mod name_server;
mod namespace;
mod probes;
mod reference;
mod router;
mod run;
mod screen;
mod server;
mod snapshot;
mod sniffer;
mod villain;
mod web;
mod weston;
