//! SHOWS: the window. It decides nothing: it shows what the helper said last, and asks it for what people press.
//!
//! `app` is the program: what it knows, what can happen and what follows. `link` talks to the helper, `shelf` to the
//! user's files and keyring, `transfer` to the files of other programs, `chooser` and `desktop` to the desktop.
//! `settings` is what a person likes, `traffic` remembers a minute of counters, `activity` what has happened. `scene` says what the home screen says,
//! `screen` draws it and the others out of `widget`, with the colours and sizes of `theme`.

#![forbid(unsafe_code)]

mod activity;
mod app;
mod chooser;
mod desktop;
mod instance;
mod link;
mod run;
mod scene;
mod screen;
mod settings;
mod shelf;
#[cfg(test)]
mod tests;
mod theme;
mod traffic;
mod transfer;
mod widget;

pub use run::{RunError, run};
