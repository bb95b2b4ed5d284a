//! The phases of one link (RFC 1661 section 3.2): establish, authenticate, network, terminate.
//!
//! The link owns the layers and passes frames between them. What leaves it are commands for the two halves of the
//! data path, in the order in which they must take effect, and events for the session.

mod config;
mod login;
mod network;
mod phases;

pub(crate) use config::Config;
pub(crate) use phases::{Event, Link};
