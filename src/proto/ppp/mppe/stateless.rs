//! Receiving where the key changes with every packet (RFC 3078 section 8.1).

use alloc::boxed::Box;
use core::time::Duration;

use culvert_model::Instant;

use super::decryptor::Verdict;
use super::header::Header;
use super::inner::{Inner, recognise};
use super::keys::{KeyChain, KeyRing};
use super::position::{AHEAD, BEHIND, Sighting, locate};
use super::stream::Stream;

/// The longest gap that is bridged, in packets. A longer outage ends the session by its silence.
const LONGEST_GAP: u64 = 1 << 20;

/// How many packets must agree with the first one beyond the window before keys are made for them.
const WITNESSES: u8 = 2;

/// How far apart packets that agree may be, in sequence numbers.
const AGREEMENT: i32 = 4096;

/// Key changes in one slice of a pursuit, in one interval.
const SLICE: u64 = 64;
const INTERVAL: Duration = Duration::from_millis(1);

/// Key changes that each further packet allows, so that a pursuit gains on any sender.
const STEP: u64 = 2;

/// How long a pursuit goes on when no further packet agrees.
const PATIENCE: Duration = Duration::from_secs(1);

/// Packet number `n` is encrypted with key number `n + 1`.
pub(super) struct Stateless {
    ring: KeyRing,
    newest: Option<Sighting>,
    /// One bit for each of the newest packets, the lowest for the newest: whether it was decrypted.
    seen: u64,
    pursuit: Pursuit,
}

/// What is done about packets whose count lies too far ahead to make keys for on one packet's word.
enum Pursuit {
    Idle,
    Suspected { last: Sighting, witnesses: u8 },
    Running { ring: Box<KeyRing>, last: Sighting, heard: Instant, next_slice: Instant },
}

/// A packet that decrypts well.
struct Found {
    index: u64,
    stream: Stream,
    inner: Inner,
    by_pursuit: bool,
}

impl Stateless {
    pub(super) fn new(chain: KeyChain) -> Self {
        Self { ring: KeyRing::new(chain), newest: None, seen: 0, pursuit: Pursuit::Idle }
    }

    /// What `decrypt` would say, with nothing decrypted and nothing taken for true.
    pub(super) fn probe(&mut self, sequence: u32, header: Header, body: &[u8], now: Instant) -> Verdict {
        match self.find(sequence, header, body, now) {
            Ok(found) => Verdict::Valid(found.inner),
            Err(verdict) => verdict,
        }
    }

    pub(super) fn decrypt(
        &mut self,
        sequence: u32,
        header: Header,
        body: &mut [u8],
        now: Instant,
    ) -> Verdict {
        match self.find(sequence, header, body, now) {
            Ok(mut found) => {
                self.commit(sequence, &found);
                found.stream.apply(body);
                Verdict::Valid(found.inner)
            }
            Err(verdict) => verdict,
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        let Pursuit::Running { ring, last, heard, next_slice } = &mut self.pursuit else { return };
        if now - *heard > PATIENCE {
            self.pursuit = Pursuit::Idle;
        } else if *next_slice <= now {
            ring.advance(last.index + 1, SLICE);
            *next_slice = now + INTERVAL;
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match &self.pursuit {
            Pursuit::Running { ring, last, next_slice, .. } if ring.newest() <= last.index => {
                Some(*next_slice)
            }
            Pursuit::Running { heard, .. } => Some(*heard + PATIENCE + INTERVAL),
            Pursuit::Idle | Pursuit::Suspected { .. } => None,
        }
    }

    fn find(&mut self, sequence: u32, header: Header, body: &[u8], now: Instant) -> Result<Found, Verdict> {
        let index = locate(self.newest, sequence, header.count).ok_or(Verdict::Garbage)?;
        let next = self.newest.map_or(0, |newest| newest.index + 1);
        let by_pursuit = index >= next + AHEAD;
        let stream = if by_pursuit {
            self.pursue(Sighting { sequence, index }, next, now)?
        } else {
            self.check_age(index, next)?;
            self.ring.advance(index + 1, AHEAD);
            self.ring.stream(index + 1).ok_or(Verdict::Late)?
        };
        let inner = recognise(stream.peek(body), body.len()).ok_or(Verdict::Garbage)?;
        Ok(Found { index, stream, inner, by_pursuit })
    }

    fn check_age(&self, index: u64, next: u64) -> Result<(), Verdict> {
        match next.checked_sub(index + 1) {
            None => Ok(()),
            Some(age) if age >= BEHIND => Err(Verdict::Late),
            Some(age) if self.seen >> age & 1 == 1 => Err(Verdict::Duplicate),
            Some(_) => Ok(()),
        }
    }

    fn commit(&mut self, sequence: u32, found: &Found) {
        let index = found.index;
        let newest = self.newest.map_or(0, |newest| newest.index);
        if self.newest.is_some() && index <= newest {
            self.seen |= 1_u64.checked_shl(shift(newest - index)).unwrap_or(0);
            return;
        }
        self.seen = self.seen.checked_shl(shift(index - newest)).unwrap_or(0) | 1;
        self.newest = Some(Sighting { sequence, index });
        match core::mem::replace(&mut self.pursuit, Pursuit::Idle) {
            Pursuit::Running { ring, .. } if found.by_pursuit => self.ring = *ring,
            _ => {}
        }
    }

    /// A packet beyond the window: the keystream for it, once enough others agreed and the keys have caught up.
    fn pursue(&mut self, seen: Sighting, next: u64, now: Instant) -> Result<Stream, Verdict> {
        if seen.index - next > LONGEST_GAP {
            return Err(Verdict::Garbage);
        }
        match &mut self.pursuit {
            Pursuit::Running { ring, last, heard, .. } => {
                if agree(*last, seen) {
                    (*last, *heard) = (seen, now);
                    ring.advance(seen.index + 1, STEP);
                }
                return ring.stream(seen.index + 1).ok_or(Verdict::Pending);
            }
            Pursuit::Suspected { last, witnesses } if agree(*last, seen) => {
                (*last, *witnesses) = (seen, *witnesses + 1);
                if *witnesses >= WITNESSES {
                    let ring = Box::new(self.ring.clone());
                    self.pursuit = Pursuit::Running { ring, last: seen, heard: now, next_slice: now };
                }
            }
            Pursuit::Idle | Pursuit::Suspected { .. } => {
                self.pursuit = Pursuit::Suspected { last: seen, witnesses: 0 };
            }
        }
        Err(Verdict::Pending)
    }
}

/// Whether `seen` may come from the sender of `last`: both numbers have grown, the count by no more than the
/// sequence.
fn agree(last: Sighting, seen: Sighting) -> bool {
    let distance = last.distance(seen.sequence);
    let sequence = u64::try_from(distance).unwrap_or(0);
    let index = seen.index.saturating_sub(last.index);
    distance <= AGREEMENT && (1..=sequence).contains(&index)
}

fn shift(distance: u64) -> u32 {
    u32::try_from(distance).unwrap_or(u32::MAX)
}
