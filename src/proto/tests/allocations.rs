//! What a packet costs the allocator on its way through both halves of the data path: nothing.

use std::net::Ipv4Addr;

use culvert_model::{Cipher, Instant, KeyStrength};
use culvert_proto::ppp::auth::StartKeys;
use culvert_proto::ppp::mppe::{Decryptor, Encryptor, ResetStyle};
use culvert_proto::pptp::call::{CallConfig, Gate, halves};
use culvert_proto::{HEADROOM, OpenCommand, Opener, Packet, SealCommand, Sealer, Sink, Trouble};

const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
const CAPACITY: usize = HEADROOM + 1500;
const BATCH: usize = 50;

/// Counts what comes out, and copies it only where a test wants that.
#[derive(Default)]
struct Counter {
    packets: usize,
    copies: bool,
}

impl Sink for Counter {
    fn ip(&mut self, packet: &mut Packet) {
        self.packets += 1;
        if self.copies {
            std::hint::black_box(packet.payload().to_vec());
        }
    }

    fn frame(&mut self, _protocol: u16, _information: &[u8]) {}

    fn trouble(&mut self, trouble: Trouble) {
        panic!("{trouble:?}");
    }
}

/// A server that sends and a client that receives.
struct Path {
    sealer: Sealer,
    opener: Opener,
    sealed: Vec<Packet>,
    datagrams: Vec<Packet>,
    sink: Counter,
}

impl Path {
    fn new(cipher: Option<Cipher>) -> Self {
        let config = |peer_address, local_call_id, peer_call_id| CallConfig {
            peer_address,
            local_call_id,
            peer_call_id,
            receive_window: 64,
        };
        let (mut sealer, _, sending) = halves(config(CLIENT, 7, 9));
        let (_, mut opener, receiving) = halves(config(SERVER, 9, 7));
        let gate = if cipher.is_some() { Gate::Encrypted } else { Gate::Clear };
        sending.set_gate(gate);
        receiving.set_gate(gate);
        if let Some(cipher) = cipher {
            let keys = StartKeys::new([7; 16], [7; 16]);
            sealer.handle_command(SealCommand::Encrypt(Encryptor::new(&keys, cipher, ResetStyle::Rfc)));
            opener.handle_command(OpenCommand::Decrypt(Decryptor::new(&keys, cipher)));
        }
        let packets = || (0..BATCH).map(|_| Packet::with_capacity(CAPACITY)).collect();
        Self { sealer, opener, sealed: packets(), datagrams: packets(), sink: Counter::default() }
    }

    /// A batch through both halves; `swap` has the network change the order of two packets.
    fn pass(&mut self, ip: &[u8], swap: bool) {
        self.sealed.iter_mut().for_each(|packet| packet.fill(ip));
        assert_eq!(self.sealer.seal_batch(&mut self.sealed), BATCH);
        let mut wire = [0; 1600];
        for (sealed, datagram) in self.sealed.iter().zip(&mut self.datagrams) {
            datagram.fill(outer(sealed.payload(), &mut wire));
        }
        if swap {
            self.datagrams.swap(10, 20);
        }
        self.opener.open_batch(&mut self.datagrams, Instant::ZERO, &mut self.sink);
        let _ = self.opener.poll_ack(Instant::ZERO);
        self.sealed.iter_mut().for_each(Packet::clear);
    }
}

/// `gre` with the IPv4 header that a raw socket shows, in `buffer`.
fn outer<'a>(gre: &[u8], buffer: &'a mut [u8]) -> &'a [u8] {
    buffer[..20].copy_from_slice(&[0x45, 0, 0, 0, 0, 0, 0, 0, 64, 47, 0, 0, 198, 51, 100, 7, 192, 0, 2, 1]);
    buffer[20..20 + gre.len()].copy_from_slice(gre);
    &buffer[..20 + gre.len()]
}

fn ip() -> Vec<u8> {
    let mut ip = vec![0x45; 1400];
    ip[2..4].copy_from_slice(&1400_u16.to_be_bytes());
    ip
}

#[test]
fn a_thousand_packets_need_no_memory() {
    let encrypted = |stateful| Some(Cipher { strength: KeyStrength::Bits128, stateful });
    for (cipher, swap) in [
        (None, false),
        (None, true),
        (encrypted(false), false),
        (encrypted(false), true),
        (encrypted(true), false),
    ] {
        let mut path = Path::new(cipher);
        // Each slot of the reorder queue gets its buffer when it is first needed.
        (0..100).for_each(|_| path.pass(&ip(), swap));
        let (before, ip) = (path.sink.packets, ip());
        let counted = allocation_counter::measure(|| (0..20).for_each(|_| path.pass(&ip, swap)));
        assert_eq!(path.sink.packets - before, 1000, "{cipher:?}, swapped: {swap}");
        assert_eq!(counted.count_total, 0, "{cipher:?}, swapped: {swap}: {} bytes", counted.bytes_total);
    }
}

#[test]
fn one_copy_of_each_packet_is_counted() {
    let mut path = Path::new(None);
    path.sink.copies = true;
    let ip = ip();
    path.pass(&ip, false);
    let counted = allocation_counter::measure(|| (0..20).for_each(|_| path.pass(&ip, false)));
    assert_eq!(counted.count_total, 1000);
}
