//! The program itself, asking a helper that a test plays.

#![cfg(unix)]

#[cfg(target_os = "linux")]
#[path = "../../../profiles/tests/keyring/desktop.rs"]
mod desktop;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod keyring;
mod play;
mod profiles;
mod script;
#[cfg(target_os = "linux")]
mod terminal;
