//! The engine against a real kernel, in network namespaces of its own.
//!
//! These tests run as root (or under `unshare -Ur`); nothing they do is seen outside their namespaces.

#![cfg(target_os = "linux")]

mod connection;
mod dns;
mod driver;
mod gre_socket;
mod guard;
mod host;
mod namespace;
mod portal;
mod resolver;
mod script;
mod tcp;
mod tun;
mod watch;
