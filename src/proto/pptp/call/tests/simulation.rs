//! Thousands of bad networks: whatever arrives is intact, in order and arrives once, and a network that has become
//! good again carries everything.

use std::collections::BTreeMap;

use super::*;
use crate::Chance;

/// Packets sent while the network is bad; while it is good and a stateful pair finds together again, 1.2 s long;
/// and afterwards.
const BAD: u32 = 80;
const SETTLING: u32 = 20;
const GOOD: u32 = 20;

struct Network {
    chance: Chance,
    loss: u8,
    duplication: u8,
    reordering: u8,
    in_flight: BTreeMap<(Instant, u32), Vec<u8>>,
    serial: u32,
}

impl Network {
    fn new(mut chance: Chance) -> Self {
        let [loss, duplication, reordering] = chance.bytes();
        let (loss, duplication, reordering) = (loss % 90, duplication % 60, reordering % 120);
        Self { chance, loss, duplication, reordering, in_flight: BTreeMap::new(), serial: 0 }
    }

    fn heal(&mut self) {
        (self.loss, self.duplication, self.reordering) = (0, 0, 0);
    }

    fn send(&mut self, packet: &[u8], now: Instant) {
        let [lost, doubled] = self.chance.bytes();
        if lost >= self.loss {
            self.deliver_later(packet, now);
        }
        if doubled < self.duplication {
            self.deliver_later(packet, now);
        }
    }

    fn deliver_later(&mut self, packet: &[u8], now: Instant) {
        let [reordered, ms] = self.chance.bytes();
        let detour = if reordered < self.reordering { u64::from(ms % 32) } else { 0 };
        self.serial += 1;
        self.in_flight.insert((now + Duration::from_millis(10 + detour), self.serial), packet.to_vec());
    }
}

/// One seed. Which mode, how bad and how fast is the seed's to say.
fn run(seed: u32, style: ResetStyle) {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_be_bytes());
    let mut chance = Chance::new(bytes);
    let strength =
        [KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128][chance.u32() as usize % 3];
    let cipher =
        [None, Some(cipher(strength, false)), Some(cipher(strength, true))][chance.u32() as usize % 3];
    let mut path = Path::new(cipher, style);
    let mut network = Network::new(chance.fork());
    let mut sent = BTreeMap::new();
    let mut resets = Vec::new();
    for number in 0..BAD + SETTLING + GOOD {
        if number == BAD {
            network.heal();
        }
        let packet = ip(number, 24 + chance.u32() as usize % 80);
        network.send(&path.seal(&packet), path.now);
        sent.insert(number, packet);
        if chance.u32().is_multiple_of(16) {
            let frame = path.seal_frame(&[0xFF, 0x03, 0xC0, 0x21, 9, 1, 0, 4]);
            network.send(&frame, path.now);
        }
        let settling = (BAD..BAD + SETTLING).contains(&number);
        let micros = if settling { 60_000 } else { chance.u32() % 8000 };
        let step = Duration::from_micros(micros.into());
        run_for(&mut path, &mut network, &mut resets, step);
    }
    run_for(&mut path, &mut network, &mut resets, Duration::from_millis(200));

    let numbers: Vec<_> = path.sink.ip.iter().map(|packet| number_of(packet)).collect();
    let what = std::format!("seed {seed}, {cipher:?}, {style:?}: {numbers:?}");
    assert!(numbers.is_sorted_by(|a, b| a < b), "order, {what}");
    assert!(path.sink.ip.iter().all(|packet| sent[&number_of(packet)] == *packet), "intact, {what}");
    let healed = numbers.iter().filter(|number| **number >= BAD + SETTLING).count();
    assert_eq!(healed, GOOD as usize, "healed, {what}");
    assert!(path.sink.troubles.iter().all(|trouble| *trouble == Trouble::ResetNeeded), "{what}");
}

/// Lets time pass: packets arrive, timers go off, and a reset that was asked for happens 20 ms later.
fn run_for(path: &mut Path, network: &mut Network, resets: &mut Vec<Instant>, span: Duration) {
    let end = path.now + span;
    while let Some(entry) = network.in_flight.first_entry().filter(|entry| entry.key().0 <= end) {
        let at = entry.key().0;
        path.wait(at - path.now);
        path.open(&entry.remove());
        let asked = path.sink.troubles.len();
        resets.resize(asked.max(resets.len()), at + Duration::from_millis(20));
        for due in resets.iter_mut().filter(|due| **due <= at) {
            path.sealer.handle_command(SealCommand::ResetEncryption);
            *due = Instant::from_micros(u64::MAX);
        }
    }
    path.wait(end - path.now);
}

#[test]
fn thousands_of_seeds() {
    for seed in 0..1500 {
        run(seed, ResetStyle::Rfc);
        run(seed + 10_000, ResetStyle::Linux);
    }
}
