//! ANSWERS: a small PPTP server on the same protocol room, for the demo, the tests and the benchmarks.
//!
//! It is no product for the open internet: PPTP protects little, and nothing here limits what one user may take.
//!
//! [`Server::bind`] takes what the system must give (a TCP port, a raw GRE socket, a TUN device), then
//! [`Server::serve`] runs one task, the hub, that owns all of it and every session. A small task per connection brings
//! what TCP receives over a bounded queue. GRE packets find their session by source address and call id, IP
//! packets from the TUN device by their destination, both in batches.
//!
//! Forwarding beyond this computer is the kernel's work and its operator's decision.

#![forbid(unsafe_code)]

mod client;
mod config;
mod demux;
mod hub;
mod pool;
mod server;
mod stream;
mod users;

pub use config::Config;
pub use pool::{AddressRange, RangeError};
pub use server::{BindError, Server};
pub use users::{UserList, UserListError};
