//! Mutated datagrams: no panic, and memory that stays what it is.

use super::*;
use crate::Chance;

/// Mutated packets, and good ones after them.
const STORM: u32 = 34_000;
const CALM: u32 = 500;

/// Changes, cuts or lengthens a datagram, or leaves it as it is.
fn mutate(bytes: &mut Vec<u8>, chance: &mut Chance) {
    for _ in 0..chance.u32() % 5 {
        let at = chance.u32() as usize % bytes.len().max(1);
        match chance.u32() % 6 {
            0 => bytes.truncate(at),
            1 => bytes.push(chance.u32() as u8),
            2 if at < bytes.len() => {
                bytes.remove(at);
            }
            _ => {
                if let Some(octet) = bytes.get_mut(at) {
                    *octet ^= 1 << (chance.u32() % 8);
                }
            }
        }
    }
}

#[test]
fn a_hundred_thousand_mutated_datagrams() {
    let ciphers = [None, Some(cipher(KeyStrength::Bits128, false)), Some(cipher(KeyStrength::Bits40, true))];
    for (seed, cipher) in (0..).zip(ciphers) {
        let mut chance = Chance::new([seed; 32]);
        let mut path = Path::new(cipher, ResetStyle::Rfc);
        let mut last = None;
        for number in 0..STORM + CALM {
            let sealed = match chance.u32() % 8 {
                0 => path.seal_frame(&[0xFF, 0x03, 0xC0, 0x21, 9, 1, 0, 4]),
                _ => path.seal(&ip(number, 24 + chance.u32() as usize % 60)),
            };
            let mut bytes = datagram(SERVER, &sealed).payload().to_vec();
            if number < STORM {
                mutate(&mut bytes, &mut chance);
            }
            let mut packet = Packet::with_capacity(CAPACITY);
            packet.storage_mut()[..bytes.len()].copy_from_slice(&bytes);
            packet.set_range(0..bytes.len());
            path.opener.open_batch(&mut [packet], path.now, &mut path.sink);
            path.wait(Duration::from_micros(u64::from(chance.u32() % 3000)));
            if !path.sink.troubles.is_empty() {
                path.sealer.handle_command(SealCommand::ResetEncryption);
            }
            last = path
                .sink
                .ip
                .last()
                .filter(|packet| packet.len() >= 24)
                .map(|packet| number_of(packet))
                .or(last);
            path.sink = Heap::default();
        }
        assert!(last >= Some(STORM + CALM - 16), "{last:?} was the last, {cipher:?}");
    }
}
