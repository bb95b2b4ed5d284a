//! Systems whose raw sockets nobody has tried yet.

use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;

use culvert_proto::Packet;
use culvert_proto::session::Rejection;

/// The raw socket for GRE, which cannot be made here.
#[derive(Debug)]
pub struct GreSocket(std::convert::Infallible);

impl GreSocket {
    /// Fails.
    ///
    /// # Errors
    /// `Unsupported`, always.
    pub fn connect(_server: Ipv4Addr, _mark: Option<u32>) -> io::Result<Self> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Fails.
    ///
    /// # Errors
    /// `Unsupported`, always.
    pub fn listen(_address: Ipv4Addr, _mark: Option<u32>) -> io::Result<Self> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Receives packets.
    ///
    /// # Errors
    /// None: there is no socket.
    pub async fn receive(&self, _packets: &mut [Packet]) -> io::Result<usize> {
        match self.0 {}
    }

    /// Receives packets without waiting.
    ///
    /// # Errors
    /// None: there is no socket.
    pub fn try_receive(&self, _packets: &mut [Packet]) -> io::Result<usize> {
        match self.0 {}
    }

    /// Receives ICMP errors.
    ///
    /// # Errors
    /// None: there is no socket.
    pub async fn rejected(&self) -> io::Result<Rejection> {
        match self.0 {}
    }

    /// Sends packets.
    pub async fn send(&self, _packets: &[Packet]) -> usize {
        match self.0 {}
    }

    /// Sends packets to an address.
    pub async fn send_to(&self, _packets: &[Packet], _to: Ipv4Addr) -> usize {
        match self.0 {}
    }

    /// The MTU of the way to the server.
    pub fn path_mtu(&self) -> Option<u16> {
        match self.0 {}
    }
}
