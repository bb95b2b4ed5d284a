//! The one façade: everything about one tunnel but its data packets.

mod config;
mod event;
mod facade;
mod keepalive;
mod rejection;

pub use config::{ClientConfig, ServerConfig};
pub use event::{Command, Event, Timer};
pub use facade::Session;
pub use rejection::Rejection;
