//! DOES: sockets, the TUN device, addresses and routes; the one room that touches the system.
//!
//! [`connect()`] runs one connection from the wish to its end: it reaches the server ([`tcp`], [`GreSocket`]), feeds
//! a session of `proto` with bytes and the time, and moves packets in batches between the socket and the [`Tun`]
//! device ([`Pump`]). [`host`] makes the system look as a plan of `policy` says and takes everything back. Each
//! thing that differs between systems lies behind one seam, a file `linux.rs` beside its shared interface.

pub mod clock;
mod connect;
mod control_stream;
mod driver;
pub mod gre_socket;
pub mod host;
pub mod mss;
mod password;
pub mod portal;
mod pump;
pub mod resolver;
#[cfg(target_os = "linux")]
mod system_files;
pub mod tcp;
pub mod tun;
pub mod watch;

pub use connect::{ConnectRequest, EngineCommand, EngineEvent, connect};
pub use driver::Driver;
pub use gre_socket::GreSocket;
pub use password::reduced;
pub use pump::{Pump, Signal};
pub use tun::Tun;
