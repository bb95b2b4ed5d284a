//! What a forged packet costs the receiver beside a genuine one: both in one go, the median of many rounds, their
//! spread and their ratio. `cargo bench -p culvert-proto --bench forged`
#![allow(clippy::print_stdout, reason = "the figures are the program")]

use std::net::Ipv4Addr;
use std::time::{Duration, Instant as Clock};

use culvert_model::{Cipher, Instant, KeyStrength};
use culvert_proto::ppp::auth::StartKeys;
use culvert_proto::ppp::mppe::{Decryptor, Encryptor, ResetStyle};
use culvert_proto::pptp::call::{CallConfig, Gate, halves};
use culvert_proto::{Chance, HEADROOM, OpenCommand, Opener, Packet, SealCommand, Sealer, Sink, Trouble};

const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
const ROUNDS: usize = 200;
/// Packets of a round.
const PACKETS: usize = 64;

/// Counts the packets that come out.
#[derive(Default)]
struct Drain(usize);

impl Sink for Drain {
    fn ip(&mut self, _packet: &mut Packet) {
        self.0 += 1;
    }

    fn frame(&mut self, _protocol: u16, _information: &[u8]) {}

    fn trouble(&mut self, _trouble: Trouble) {}
}

/// A server that sends and a client that receives.
fn pair(stateful: bool) -> (Sealer, Opener) {
    let config = |peer_address, local_call_id, peer_call_id| CallConfig {
        peer_address,
        local_call_id,
        peer_call_id,
        receive_window: 64,
    };
    let (mut sealer, _, sending) = halves(config(CLIENT, 7, 9));
    let (_, mut opener, receiving) = halves(config(SERVER, 9, 7));
    sending.set_gate(Gate::Encrypted);
    receiving.set_gate(Gate::Encrypted);
    let (keys, cipher) =
        (StartKeys::new([7; 16], [7; 16]), Cipher { strength: KeyStrength::Bits128, stateful });
    sealer.handle_command(SealCommand::Encrypt(Encryptor::new(&keys, cipher, ResetStyle::Rfc)));
    opener.handle_command(OpenCommand::Decrypt(Decryptor::new(&keys, cipher)));
    (sealer, opener)
}

/// So many packets as the network delivers them.
fn sealed(sealer: &mut Sealer) -> Vec<Vec<u8>> {
    let ip: Vec<u8> = [0x45, 0, 0, 64].into_iter().chain([0x33; 60]).collect();
    let seal = |_| {
        let mut packet = Packet::with_capacity(HEADROOM + 200);
        packet.fill(&ip);
        assert_eq!(sealer.seal_batch(std::slice::from_mut(&mut packet)), 1);
        let mut datagram = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 47, 0, 0];
        datagram.extend([SERVER.octets(), CLIENT.octets()].concat());
        datagram.extend(packet.payload());
        datagram
    };
    (0..PACKETS).map(seal).collect()
}

/// The same ones from a stranger: numbers as far ahead as `sequence` says, a count as far as `count` says, the
/// "initialised" bit set, and nothing in them that decrypts to a packet.
fn forge(
    genuine: &[Vec<u8>],
    mut sequence: impl FnMut() -> u32,
    mut count: impl FnMut() -> u16,
) -> Vec<Vec<u8>> {
    let mut forged = genuine.to_vec();
    for datagram in &mut forged {
        let number = u32::from_be_bytes([datagram[28], datagram[29], datagram[30], datagram[31]]);
        datagram[28..32].copy_from_slice(&number.wrapping_add(sequence()).to_be_bytes());
        let bits = u16::from_be_bytes([datagram[36], datagram[37]]).wrapping_add(count());
        datagram[36..38].copy_from_slice(&(0x9000 | bits & 0x0FFF).to_be_bytes());
        datagram[38..].iter_mut().for_each(|octet| *octet ^= 0x5A);
    }
    forged
}

/// Opens them all, of which `expected` must come out.
fn time(opener: &mut Opener, datagrams: &[Vec<u8>], batch: &mut [Packet], expected: usize) -> Duration {
    batch.iter_mut().zip(datagrams).for_each(|(packet, datagram)| packet.fill(datagram));
    let mut drain = Drain::default();
    let begun = Clock::now();
    opener.open_batch(batch, Instant::ZERO, &mut drain);
    let took = begun.elapsed();
    assert_eq!(drain.0, expected, "{opener:?}");
    took
}

/// Nanoseconds for each packet: the median, and the middle nine tenths.
fn figures(mut rounds: Vec<Duration>) -> [f64; 3] {
    rounds.sort();
    [ROUNDS / 2, ROUNDS / 20, ROUNDS - ROUNDS / 20].map(|at| rounds[at].as_nanos() as f64 / PACKETS as f64)
}

fn main() {
    for (stateful, what) in [(false, "stateless"), (true, "stateful")] {
        let mut chance = Chance::new([5; 32]);
        let mut other = Chance::new([6; 32]);
        let kinds: [(&str, u32, u16); 3] =
            [("in the window", 64, 64), ("near it", 4096, 4096), ("anywhere", u32::MAX, 4096)];
        for (kind, numbers, counts) in kinds {
            let mut batch: Vec<_> = (0..PACKETS).map(|_| Packet::with_capacity(HEADROOM + 200)).collect();
            let (mut genuine, mut forged) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                // Each time a pair of its own: forged packets may cost the stateful one a reset.
                let (mut sealer, mut opener) = pair(stateful);
                // Strangers are told from the peer once its packets could be read.
                time(&mut opener, &sealed(&mut sealer), &mut batch, PACKETS);
                genuine.push(time(&mut opener, &sealed(&mut sealer), &mut batch, PACKETS));
                let next = sealed(&mut sealer);
                let strangers = forge(&next, || chance.u32() % numbers, || other.u32() as u16 % counts);
                forged.push(time(&mut opener, &strangers, &mut batch, 0));
            }
            let ([genuine, ..], [forged, low, high]) = (figures(genuine), figures(forged));
            println!(
                "{what}, numbers {kind}: forged {forged:.0} ns ({low:.0} to {high:.0}), genuine {genuine:.0} ns, ratio {:.2}",
                forged / genuine
            );
        }
    }
}
