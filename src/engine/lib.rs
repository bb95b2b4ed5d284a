//! DOES: sockets, the TUN device, addresses and routes; the one room that touches the system.
//!
//! [`tcp`] finds and reaches the server, a [`GreSocket`] and a [`Tun`] device move packets in batches, and
//! [`host`] makes the system look as a plan of `policy` says and takes everything back. Each thing that differs
//! between systems lies behind one seam, a file `linux.rs` beside its shared interface.

pub mod clock;
pub mod gre_socket;
pub mod host;
pub mod mss;
pub mod tcp;
pub mod tun;

pub use gre_socket::GreSocket;
pub use tun::Tun;
