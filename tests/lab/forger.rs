//! Somebody who sends packets under the server's address, from a place beside the router.

use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::net::{
    AddressFamily, Protocol, SendFlags, SocketFlags, SocketType, ipproto, sendto, socket_with, sockopt,
};

use crate::house::House;
use crate::namespace::Namespace;

/// A neighbour of the client with a raw socket.
pub struct Forger {
    socket: OwnedFd,
    client: Ipv4Addr,
    state: u64,
}

impl Forger {
    /// Forges on `host` what goes to `client`.
    pub fn new(host: &Namespace, client: Ipv4Addr) -> Self {
        let socket = host.enter(|| {
            socket_with(AddressFamily::INET, SocketType::RAW, SocketFlags::CLOEXEC, Some(ipproto::RAW))
                .expect("a raw socket")
        });
        sockopt::set_socket_send_buffer_size(&socket, 1 << 20).expect("a buffer");
        Self { socket, client, state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// Sends an IP packet of this protocol with `content`.
    pub fn send(&self, protocol: Protocol, content: &[u8]) {
        let length = u16::try_from(20 + content.len()).expect("a short packet").to_be_bytes();
        let protocol = u8::try_from(protocol.as_raw().get()).expect("a protocol");
        let mut packet = vec![0x45, 0, length[0], length[1], 0, 0, 0, 0, 64, protocol, 0, 0];
        packet.extend(House::SERVER.octets());
        packet.extend(self.client.octets());
        packet.extend(content);
        // A full queue loses it, as networks do.
        let _ =
            sendto(&self.socket, &packet, SendFlags::empty(), &std::net::SocketAddrV4::new(self.client, 0));
    }

    /// Sends GRE with random calls, sequences and coherency counts for so long. Says how many packets.
    pub fn flood(&mut self, time: Duration) -> u64 {
        let end = Instant::now() + time;
        let mut sent = 0;
        while Instant::now() < end {
            for _ in 0..64 {
                let gre = self.data();
                self.send(gre_protocol(), &gre);
                sent += 1;
            }
        }
        sent
    }

    /// A number that nobody foresees who does not read this.
    pub fn chance(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// A data packet with an encrypted frame of nothing.
    fn data(&mut self) -> Vec<u8> {
        let [a, b, c, d, e, f, g, h] = self.chance().to_be_bytes();
        let mut gre = vec![0x30, 0x01, 0x88, 0x0b, 0, 36, a, b, c, d, e, f, 0x00, 0xfd, 0x90 | (g & 15), h];
        gre.resize(12 + 36, 0x55);
        gre
    }
}

/// GRE for a call with this sequence and frame.
pub fn gre(call: u16, sequence: u32, frame: &[u8]) -> Vec<u8> {
    let mut gre = vec![0x30, 0x01, 0x88, 0x0b];
    gre.extend(u16::try_from(frame.len()).expect("a frame").to_be_bytes());
    gre.extend(call.to_be_bytes());
    gre.extend(sequence.to_be_bytes());
    gre.extend(frame);
    gre
}

/// GRE's number among IP's protocols.
pub fn gre_protocol() -> Protocol {
    Protocol::from_raw(47.try_into().expect("not zero"))
}
