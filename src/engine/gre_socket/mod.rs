//! The raw socket for GRE (IP protocol 47), in batches.
//!
//! A client's socket is connected to its server and gets packets from there alone; a server's is not, and tells
//! its clients apart by the source address in the IPv4 header that comes with every packet. Either must be open
//! before the call is placed: the first LCP packet may come before the reply that announces it, and a host
//! without an open socket answers it with "protocol unreachable".

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod imp;
#[cfg(not(target_os = "linux"))]
#[path = "unsupported.rs"]
mod imp;

pub use imp::GreSocket;

/// How many packets go through one system call.
pub const BATCH: usize = 64;
