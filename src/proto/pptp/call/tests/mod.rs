//! A sealer at one end, an opener at the other, and a simulated network between them.

use alloc::sync::Arc;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::vec;
use std::vec::Vec;

use culvert_model::{Cipher, Instant, KeyStrength};

use super::*;
use crate::packet::Packet;
use crate::ppp::auth::StartKeys;
use crate::ppp::mppe::{Decryptor, Encryptor, ResetStyle};

mod basics;
mod forged;
mod gaps;
mod gate;
mod hostile;
mod order;
mod simulation;
mod stateful;

const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
const CLIENT_CALL: u16 = 0x1234;
const SERVER_CALL: u16 = 0x0080;
const CAPACITY: usize = 1600;

/// A server that sends and a client that receives.
struct Path {
    sealer: Sealer,
    opener: Opener,
    /// What the opener's end shares.
    shared: Arc<Shared>,
    /// What the sealer's end shares.
    sending: Arc<Shared>,
    sink: Heap,
    now: Instant,
}

/// A sink that keeps everything.
#[derive(Default)]
struct Heap {
    ip: Vec<Vec<u8>>,
    frames: Vec<(u16, Vec<u8>)>,
    troubles: Vec<Trouble>,
    /// Whether it lets nothing pass behind a control frame.
    pauses: bool,
}

impl Sink for Heap {
    fn ip(&mut self, packet: &mut Packet) {
        self.ip.push(packet.payload().to_vec());
    }

    fn frame(&mut self, protocol: u16, information: &[u8]) {
        self.frames.push((protocol, information.to_vec()));
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.troubles.push(trouble);
    }

    fn is_paused(&self) -> bool {
        self.pauses && !self.frames.is_empty()
    }
}

impl Path {
    /// A path whose gates are open; without a cipher in clear.
    fn new(cipher: Option<Cipher>, style: ResetStyle) -> Self {
        let server = CallConfig {
            peer_address: CLIENT,
            local_call_id: SERVER_CALL,
            peer_call_id: CLIENT_CALL,
            receive_window: 64,
        };
        let client = CallConfig {
            peer_address: SERVER,
            local_call_id: CLIENT_CALL,
            peer_call_id: SERVER_CALL,
            receive_window: 64,
        };
        let (mut sealer, _, sending) = halves(server);
        let (_, mut opener, shared) = halves(client);
        let gate = if cipher.is_some() { Gate::Encrypted } else { Gate::Clear };
        sending.set_gate(gate);
        shared.set_gate(gate);
        if let Some(cipher) = cipher {
            let keys = StartKeys::new([7; 16], [7; 16]);
            sealer.handle_command(SealCommand::Encrypt(Encryptor::new(&keys, cipher, style)));
            opener.handle_command(OpenCommand::Decrypt(Decryptor::new(&keys, cipher)));
        }
        Self { sealer, opener, shared, sending, sink: Heap::default(), now: Instant::from_micros(1_000_000) }
    }

    fn stateless() -> Self {
        Self::new(Some(cipher(KeyStrength::Bits128, false)), ResetStyle::Rfc)
    }

    /// Seals one IP packet, as it leaves on the wire.
    fn seal(&mut self, ip: &[u8]) -> Vec<u8> {
        let mut packet = [Packet::with_capacity(CAPACITY)];
        packet[0].fill(ip);
        assert_eq!(self.sealer.seal_batch(&mut packet), 1);
        packet[0].payload().to_vec()
    }

    /// Seals one control frame.
    fn seal_frame(&mut self, frame: &[u8]) -> Vec<u8> {
        self.sealer.handle_command(SealCommand::Frame(frame.to_vec().into()));
        let mut packet = Packet::with_capacity(CAPACITY);
        assert!(self.sealer.poll_frame(&mut packet));
        packet.payload().to_vec()
    }

    /// Opens what comes from the server.
    fn open(&mut self, gre: &[u8]) {
        self.open_all(&[gre.to_vec()]);
    }

    fn open_all(&mut self, gre: &[Vec<u8>]) {
        let mut batch: Vec<_> = gre.iter().map(|gre| datagram(SERVER, gre)).collect();
        self.opener.open_batch(&mut batch, self.now, &mut self.sink);
        assert!(batch.iter().all(Packet::is_empty));
    }

    /// Lets time pass, and every timer of the opener go off when it is due.
    fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.opener.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.opener.handle_timeout(self.now, &mut self.sink);
            self.opener.poll_ack(self.now);
        }
        self.now = end;
    }
}

fn cipher(strength: KeyStrength, stateful: bool) -> Cipher {
    Cipher { strength, stateful }
}

/// A GRE packet as a raw socket delivers it.
fn datagram(source: Ipv4Addr, gre: &[u8]) -> Packet {
    let mut bytes = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 47, 0, 0];
    bytes.extend(source.octets());
    bytes.extend(CLIENT.octets());
    bytes.extend(gre);
    let mut packet = Packet::with_capacity(CAPACITY);
    packet.storage_mut()[..bytes.len()].copy_from_slice(&bytes);
    packet.set_range(0..bytes.len());
    packet
}

/// An IPv4 packet that carries a number.
fn ip(number: u32, len: usize) -> Vec<u8> {
    let mut packet = vec![0x45, 0];
    packet.extend(u16::try_from(len).unwrap().to_be_bytes());
    packet.resize(20, 1);
    packet.extend(number.to_be_bytes());
    packet.resize(len, number.to_le_bytes()[0]);
    packet
}

/// The same GRE packet with a sequence number that is `distance` further on.
fn renumber(gre: &[u8], distance: u32) -> Vec<u8> {
    let mut gre = gre.to_vec();
    let sequence = u32::from_be_bytes(gre[8..12].try_into().unwrap()).wrapping_add(distance);
    gre[8..12].copy_from_slice(&sequence.to_be_bytes());
    gre
}

fn number_of(packet: &[u8]) -> u32 {
    u32::from_be_bytes(packet[20..24].try_into().unwrap())
}
