//! Who is asked for names while a tunnel is up.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

/// The name servers of a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelDns {
    /// The TUN device to which they belong.
    pub interface: String,
    /// Their addresses, the first one preferred. Never empty.
    pub servers: Vec<Ipv4Addr>,
    /// For which names.
    pub domains: Domains,
}

/// The names for which a tunnel's name servers are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domains {
    /// All of them; these are also tried behind names without a dot.
    All(Vec<String>),
    /// Names in these domains alone, which are also tried behind names without a dot.
    Only(Vec<String>),
}
