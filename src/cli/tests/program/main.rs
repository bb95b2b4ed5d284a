//! The program itself, asking a helper that a test plays.

#![cfg(unix)]

#[cfg(target_os = "linux")]
mod disk;
mod play;
mod profiles;
mod script;
#[cfg(target_os = "linux")]
mod terminal;
