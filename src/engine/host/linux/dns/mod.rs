//! Who is asked for names while a tunnel is up.
//!
//! A [`DnsKeeper`] tells whoever looks after names on this computer, the first of these that does:
//!
//! 1. systemd-resolved, by D-Bus. Its settings belong to the tunnel's device and go with it. It alone can send some
//!    names to the tunnel's name servers and the rest elsewhere.
//! 2. NetworkManager where it writes the resolver file, by D-Bus: its global setting, the one thing that a tunnel of
//!    somebody else's has a part in. It outlives us, so that what was there before is noted on the disk.
//! 3. A program named resolvconf, by the second program ([`service`]): the helper starts no other program.
//! 4. Nobody: [`mod@file`] puts another `/etc/resolv.conf` in its place, in this process if it is root's, else by the
//!    second program.

mod bus;
pub mod file;
mod journal;
mod keeper;
mod network_manager;
mod resolved;
pub mod service;

pub use keeper::{DnsKeeper, DnsSystem, FileWriter};
pub(crate) use network_manager::upstreams;
