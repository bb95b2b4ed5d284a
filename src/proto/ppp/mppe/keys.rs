//! Session keys (RFC 3078 section 7, RFC 3079).

use culvert_model::KeyStrength;
use sha1::{Digest, Sha1};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::stream::Stream;

const PAD_1: [u8; 40] = [0x00; 40];
const PAD_2: [u8; 40] = [0xF2; 40];

/// How many keys a [`KeyRing`] remembers: 64 behind the newest packet and 64 ahead of it.
const REMEMBERED: usize = 128;

/// A session key and what the next one is made from.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct KeyChain {
    start: [u8; 16],
    key: [u8; 16],
    #[zeroize(skip)]
    strength: KeyStrength,
}

impl KeyChain {
    /// The initial session key of a start key; a start key that is too short is filled up with zeros.
    pub(super) fn new(start: &[u8], strength: KeyStrength) -> Self {
        let mut chain = Self { start: [0; 16], key: [0; 16], strength };
        for (octet, source) in chain.start.iter_mut().zip(start) {
            *octet = *source;
        }
        chain.key = chain.start;
        chain.key = *chain.hash();
        chain.weaken();
        chain
    }

    /// The present session key.
    pub(super) fn key(&self) -> &[u8] {
        cut(&self.key, self.strength)
    }

    /// Changes the key (RFC 3078 section 7.3): the hash of both keys, encrypted with itself.
    pub(super) fn change(&mut self) {
        #[cfg(test)]
        changes::count();
        let mut key = self.hash();
        let mut stream = Stream::new(cut(&key, self.strength));
        stream.apply(cut_mut(&mut key, self.strength));
        self.key = *key;
        self.weaken();
    }

    /// GetNewKeyFromSHA (RFC 3079 section 2.4).
    fn hash(&self) -> Zeroizing<[u8; 16]> {
        let sha = Sha1::new()
            .chain_update(cut(&self.start, self.strength))
            .chain_update(PAD_1)
            .chain_update(cut(&self.key, self.strength))
            .chain_update(PAD_2);
        let digest = Zeroizing::new(<[u8; 20]>::from(sha.finalize()));
        let mut key = Zeroizing::new([0; 16]);
        for (octet, source) in key.iter_mut().zip(digest.iter()) {
            *octet = *source;
        }
        key
    }

    /// Reduces the entropy of short keys (RFC 3079 section 2.1 and 2.2).
    fn weaken(&mut self) {
        let fixed: &[u8] = match self.strength {
            KeyStrength::Bits40 => &[0xD1, 0x26, 0x9E],
            KeyStrength::Bits56 => &[0xD1],
            KeyStrength::Bits128 => &[],
        };
        for (octet, source) in self.key.iter_mut().zip(fixed) {
            *octet = *source;
        }
    }
}

/// A chain that remembers its last keys by their number; the initial session key is number 0.
///
/// Keys do not depend on the data, so they can run ahead of the packets, and a key that was made for a forged
/// packet is not made again.
#[derive(Clone)]
pub(super) struct KeyRing {
    chain: KeyChain,
    newest: u64,
    keys: Zeroizing<[[u8; 16]; REMEMBERED]>,
}

impl KeyRing {
    pub(super) fn new(chain: KeyChain) -> Self {
        let mut ring = Self { chain, newest: 0, keys: Zeroizing::new([[0; 16]; REMEMBERED]) };
        ring.remember();
        ring
    }

    /// The number of the newest key.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Makes at most `limit` new keys on the way to `number`; whether it got there.
    pub(super) fn advance(&mut self, number: u64, limit: u64) -> bool {
        let end = number.min(self.newest.saturating_add(limit));
        while self.newest < end {
            self.chain.change();
            self.newest += 1;
            self.remember();
        }
        number <= self.newest
    }

    /// The keystream of key `number`; `None` where it is forgotten or not made yet.
    pub(super) fn stream(&self, number: u64) -> Option<Stream> {
        let age = self.newest.checked_sub(number)?;
        let known = usize::try_from(age).is_ok_and(|age| age < REMEMBERED);
        let key = self.keys.get(slot(number)).filter(|_| known)?;
        Some(Stream::new(cut(key, self.chain.strength)))
    }

    fn remember(&mut self) {
        if let Some(key) = self.keys.get_mut(slot(self.newest)) {
            *key = self.chain.key;
        }
    }
}

fn slot(number: u64) -> usize {
    usize::from(number.to_le_bytes()[0]) % REMEMBERED
}

/// The part of a key that counts: 8 octets for 40 and 56 bits, 16 for 128.
fn cut(key: &[u8; 16], strength: KeyStrength) -> &[u8] {
    match strength {
        KeyStrength::Bits40 | KeyStrength::Bits56 => key.split_at(8).0,
        KeyStrength::Bits128 => key,
    }
}

fn cut_mut(key: &mut [u8; 16], strength: KeyStrength) -> &mut [u8] {
    match strength {
        KeyStrength::Bits40 | KeyStrength::Bits56 => key.split_at_mut(8).0,
        KeyStrength::Bits128 => key,
    }
}

/// Counts the key changes of a test's own thread: the measure of what a forged packet costs.
#[cfg(test)]
pub(crate) mod changes {
    use core::cell::Cell;

    std::thread_local!(static COUNT: Cell<u64> = const { Cell::new(0) });

    pub(super) fn count() {
        COUNT.with(|count| count.set(count.get() + 1));
    }

    /// Key changes made by `work`.
    pub(crate) fn during(work: impl FnOnce()) -> u64 {
        let before = COUNT.with(Cell::get);
        work();
        COUNT.with(Cell::get) - before
    }
}
