//! Receiving where RC4 runs on from packet to packet and the key changes every 256 (RFC 3078 section 8.2).

use core::time::Duration;

use culvert_model::Instant;

use super::decryptor::Verdict;
use super::header::{Header, is_flag};
use super::inner::{Inner, recognise};
use super::keys::{KeyChain, KeyRing};
use super::position::{Sighting, locate};
use super::stream::Stream;

/// How many key changes ahead of the present key another one is looked for. The ring remembers some more.
const FARTHEST_KEY: u64 = 100;

/// How many key changes that no flag tells of are looked for, besides two for each reset that was asked for: Linux
/// changes the key with every reset, and the packet that says so may be lost.
const SPARE_CHANGES: i64 = 3;

/// How many packets may look that far for each reset that is asked for. A stranger can say "initialised" as often as it
/// likes; beyond these it costs no more than the spare changes.
const FAR_SEARCHES: u8 = 4;

/// How many keys back another one is looked for: a packet whose count was damaged may have led us too far.
const KEYS_BACK: i64 = 2;

/// How long the first Reset-Request may take before another one is asked for: lost ones must not stop a short way for
/// long. Each further one may take twice as long, up to the second that pppd leaves between its own, so that a long way
/// is not filled with them.
const RESET_INTERVAL: Duration = Duration::from_millis(250);
const RESET_INTERVAL_MAX: Duration = Duration::from_secs(1);

pub(super) struct Stateful {
    ring: KeyRing,
    generation: u64,
    stream: Stream,
    newest: Option<Sighting>,
    loss: Option<Loss>,
}

/// A packet is missing, so nothing can be read until the sender initialises its tables.
struct Loss {
    asked: Instant,
    resets: u8,
    far_searches: u8,
}

impl Loss {
    /// When the next reset may be asked for.
    fn due(&self) -> Instant {
        let doublings = u32::from(self.resets.saturating_sub(1));
        self.asked + RESET_INTERVAL.saturating_mul(2_u32.saturating_pow(doublings)).min(RESET_INTERVAL_MAX)
    }

    /// How many key changes ahead the next packet may be looked for.
    fn reach(&mut self) -> i64 {
        match self.far_searches.checked_sub(1) {
            Some(left) => {
                self.far_searches = left;
                SPARE_CHANGES + 2 * i64::from(self.resets)
            }
            None => SPARE_CHANGES,
        }
    }
}

/// A key that a packet decrypts with.
struct Found {
    generation: u64,
    /// A stream that starts with this packet; `None` is the running one.
    fresh: Option<Stream>,
    inner: Inner,
}

impl Stateful {
    pub(super) fn new(chain: KeyChain) -> Self {
        let stream = Stream::new(chain.key());
        Self { ring: KeyRing::new(chain), generation: 0, stream, newest: None, loss: None }
    }

    pub(super) fn decrypt(
        &mut self,
        sequence: u32,
        header: Header,
        body: &mut [u8],
        now: Instant,
    ) -> Verdict {
        let Some(index) = locate(self.newest, sequence, header.count) else { return Verdict::Garbage };
        let next = self.newest.map_or(0, |newest| newest.index + 1);
        if index < next {
            return Verdict::Late;
        }
        let found = if header.flushed || (index == next && is_flag(index)) {
            self.find_fresh(next, index, body)
        } else if index == next {
            self.find_running(body)
        } else {
            None
        };
        match found {
            Some(found) => self.commit(Sighting { sequence, index }, found, body),
            None if index == next && self.loss.is_none() => Verdict::Garbage,
            None => self.discard(now),
        }
    }

    fn find_running(&self, body: &[u8]) -> Option<Found> {
        let inner = recognise(self.stream.peek(body), body.len())?;
        Some(Found { generation: self.generation, fresh: None, inner })
    }

    /// A packet that says "initialised": with the key that the flags before it ask for, or one near it.
    fn find_fresh(&mut self, next: u64, index: u64, body: &[u8]) -> Option<Found> {
        let changes = flags_before(index + 1) - flags_before(next);
        let first = self.generation.checked_add(changes)?;
        let further = 0..=self.loss.as_mut().map_or(SPARE_CHANGES, Loss::reach);
        further.chain((1..=KEYS_BACK).map(|back| -back)).find_map(|offset| {
            let generation = first.checked_add_signed(offset)?;
            if generation > self.generation + FARTHEST_KEY {
                return None;
            }
            self.ring.advance(generation, FARTHEST_KEY);
            let stream = self.ring.stream(generation)?;
            let inner = recognise(stream.peek(body), body.len())?;
            Some(Found { generation, fresh: Some(stream), inner })
        })
    }

    fn commit(&mut self, newest: Sighting, found: Found, body: &mut [u8]) -> Verdict {
        self.newest = Some(newest);
        self.loss = None;
        self.generation = found.generation;
        if let Some(stream) = found.fresh {
            self.stream = stream;
        }
        self.stream.apply(body);
        Verdict::Valid(found.inner)
    }

    fn discard(&mut self, now: Instant) -> Verdict {
        let resets = match &self.loss {
            Some(loss) if now < loss.due() => return Verdict::Discarded { resets: None },
            Some(loss) => loss.resets.saturating_add(1),
            None => 1,
        };
        self.loss = Some(Loss { asked: now, resets, far_searches: FAR_SEARCHES });
        Verdict::Discarded { resets: Some(resets) }
    }
}

/// How many key changes by flag come before packet `index`.
fn flags_before(index: u64) -> u64 {
    index / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_cannot_make_every_packet_look_far() {
        let mut loss = Loss { asked: Instant::ZERO, resets: 30, far_searches: FAR_SEARCHES };
        let reaches: std::vec::Vec<_> = (0..6).map(|_| loss.reach()).collect();
        assert_eq!(reaches, [63, 63, 63, 63, SPARE_CHANGES, SPARE_CHANGES]);
    }
}
