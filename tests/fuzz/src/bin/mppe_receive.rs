//! The receiving half against a network and strangers made of the input, with a genuine sender at the other end.
//!
//! The first octet picks the kind of encryption, then come records of four octets: what happens, and three that say how.
//! Whatever happens: each genuine packet arrives once at most, and when the strangers have gone the traffic flows.

#![no_main]

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_model::{Cipher, Instant, KeyStrength};
use culvert_proto::ppp::auth::StartKeys;
use culvert_proto::ppp::mppe::{Decryptor, Encryptor, ResetStyle};
use culvert_proto::pptp::call::{CallConfig, Gate, OpenCommand, SealCommand, halves};
use culvert_proto::{Opener, Packet, Sealer, Sink, Trouble};
use libfuzzer_sys::fuzz_target;

const PEER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
const CALL: u16 = 7;
const ECHO: [u8; 8] = [0xFF, 0x03, 0xC0, 0x21, 9, 1, 0, 4];

fuzz_target!(|input: &[u8]| {
    let Some((&kind, records)) = input.split_first() else { return };
    let mut bench = Bench::new(kind);
    for record in records.chunks_exact(4).take(100) {
        let &[what, a, b, c] = record else { continue };
        bench.take(what, [a, b, c]);
    }
    bench.recover();
});

struct Bench {
    sealer: Sealer,
    opener: Opener,
    sink: Heap,
    now: Instant,
    sealed: u32,
    /// Genuine packets that are on their way.
    in_flight: Vec<Vec<u8>>,
    /// The last genuine packet, which a stranger has seen.
    seen: Vec<u8>,
}

#[derive(Default)]
struct Heap {
    arrived: BTreeSet<u32>,
    needs_reset: bool,
    /// The session would end and dial again.
    is_hopeless: bool,
}

impl Sink for Heap {
    fn ip(&mut self, packet: &mut Packet) {
        let Some(number) = number_of(packet.payload()) else { return };
        assert!(self.arrived.insert(number), "packet {number} arrived twice");
    }

    fn frame(&mut self, _protocol: u16, _information: &[u8]) {}

    fn trouble(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::ResetNeeded => self.needs_reset = true,
            // Half a round of the count lost before the first packet looks the same.
            Trouble::KeysDiffer => {
                assert!(self.is_hopeless || self.arrived.is_empty(), "keys that fitted differ")
            }
            Trouble::Garbled => {}
        }
        self.is_hopeless |= trouble != Trouble::ResetNeeded;
    }
}

impl Bench {
    fn new(kind: u8) -> Self {
        let config =
            CallConfig { peer_address: PEER, local_call_id: CALL, peer_call_id: CALL, receive_window: 64 };
        let (mut sealer, _, sending) = halves(config);
        let (_, mut opener, receiving) = halves(config);
        let strength = [KeyStrength::Bits128, KeyStrength::Bits40][usize::from(kind & 1)];
        let style = if kind & 2 == 0 { ResetStyle::Rfc } else { ResetStyle::Linux };
        let cipher = Cipher { strength, stateful: kind & 4 != 0 };
        let is_clear = kind & 8 != 0;
        let gate = if is_clear { Gate::Clear } else { Gate::Encrypted };
        sending.set_gate(gate);
        receiving.set_gate(gate);
        if !is_clear {
            let keys = StartKeys::new([3; 16], [3; 16]);
            sealer.handle_command(SealCommand::Encrypt(Encryptor::new(&keys, cipher, style)));
            opener.handle_command(OpenCommand::Decrypt(Decryptor::new(&keys, cipher)));
        }
        let now = Instant::from_micros(1_000_000);
        let (sink, in_flight) = (Heap::default(), Vec::new());
        Self { sealer, opener, sink, now, sealed: 0, in_flight, seen: vec![0; 60] }
    }

    fn take(&mut self, what: u8, how: [u8; 3]) {
        let [a, b, c] = how;
        match what % 8 {
            0 => {
                let packet = self.seal();
                self.open(&packet);
            }
            1 if self.in_flight.len() < 128 => {
                let packet = self.seal();
                self.in_flight.push(packet);
            }
            2 if !self.in_flight.is_empty() => {
                let packet = self.in_flight.swap_remove(usize::from(a) % self.in_flight.len());
                (0..1 + b % 3).for_each(|_| self.open(&packet));
            }
            // Long gaps seldom: making the keys for them takes most of the time.
            3 if self.sealed < if b == 0xEE { 2500 } else { 300 } => (0..a).for_each(|_| drop(self.seal())),
            4 => self.forge(how),
            5 => {
                self.sealer.handle_command(SealCommand::Frame(ECHO.to_vec().into()));
                let packet = self.poll_frame();
                let sequence = if b == 0 { 0 } else { u32::from(b) << (c % 24) };
                (0..1 + a % 4).for_each(|step| self.open(&renumber(&packet, sequence + u32::from(step))));
            }
            6 => self.open(&how),
            _ => self.wait(Duration::from_micros(u64::from(a) << (b % 12))),
        }
    }

    /// A packet like the last one, with other numbers and a ciphertext that is none.
    fn forge(&mut self, [a, b, c]: [u8; 3]) {
        let mut forged = renumber(&self.seen, u32::from(a) << (c % 24));
        let header = u16::from(b) << (c >> 4) | u16::from(c & 0x80) << 8 | 0x1000;
        forged[16..18].copy_from_slice(&header.to_be_bytes());
        forged[18..].iter_mut().for_each(|octet| *octet ^= 0x5A);
        // In clear there is nothing that garbles a packet but its own content.
        forged[14..16].copy_from_slice(&[0x00, 0xFD]);
        self.open(&forged);
    }

    /// The strangers leave, and the network loses nothing any more.
    fn recover(&mut self) {
        let before = self.sealed;
        let was_hopeless = self.sink.is_hopeless;
        for _ in 0..5000 {
            if was_hopeless || (self.sink.is_hopeless && self.sink.arrived.is_empty()) {
                return;
            }
            let packet = self.seal();
            self.open(&packet);
            self.wait(Duration::from_millis(1));
            if (0..20).all(|back| self.sink.arrived.contains(&(self.sealed.wrapping_sub(back)))) {
                return;
            }
        }
        panic!(
            "no traffic after {} packets, {} of them in a good network",
            self.sealed,
            self.sealed - before
        );
    }

    fn seal(&mut self) -> Vec<u8> {
        if std::mem::take(&mut self.sink.needs_reset) {
            self.sealer.handle_command(SealCommand::ResetEncryption);
        }
        self.sealed += 1;
        let mut packet = Packet::with_capacity(128);
        let mut ip = vec![0x45, 0, 0, 40];
        ip.extend([0xA5; 16]);
        ip.extend(self.sealed.to_be_bytes());
        ip.resize(40, 0x33);
        packet.fill(&ip);
        assert_eq!(self.sealer.seal_batch(std::slice::from_mut(&mut packet)), 1);
        self.seen = packet.payload().to_vec();
        self.seen.clone()
    }

    fn poll_frame(&mut self) -> Vec<u8> {
        let mut packet = Packet::with_capacity(128);
        assert!(self.sealer.poll_frame(&mut packet));
        packet.payload().to_vec()
    }

    fn open(&mut self, gre: &[u8]) {
        let mut datagram = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 47, 0, 0];
        datagram.extend(PEER.octets());
        datagram.extend([192, 0, 2, 1]);
        datagram.extend(gre);
        let mut packet = Packet::with_capacity(256);
        packet.fill(&datagram);
        self.opener.open_batch(std::slice::from_mut(&mut packet), self.now, &mut self.sink);
    }

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

/// The number in one of our own packets.
fn number_of(ip: &[u8]) -> Option<u32> {
    let [0x45, 0, 0, 40, rest @ ..] = ip else { return None };
    let is_ours = rest.get(..16) == Some(&[0xA5; 16]) && rest.get(20..36) == Some(&[0x33; 16]);
    is_ours.then(|| u32::from_be_bytes([rest[16], rest[17], rest[18], rest[19]]))
}

/// The same GRE packet with a sequence number that is `distance` further on.
fn renumber(gre: &[u8], distance: u32) -> Vec<u8> {
    let mut gre = gre.to_vec();
    let sequence = u32::from_be_bytes([gre[8], gre[9], gre[10], gre[11]]).wrapping_add(distance);
    gre[8..12].copy_from_slice(&sequence.to_be_bytes());
    gre
}
