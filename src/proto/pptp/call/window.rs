//! Puts packets in order by their sequence number (RFC 2637 section 4.3), and says which jumps of it to believe.

use alloc::vec::Vec;
use core::time::Duration;

use culvert_model::Instant;

use crate::packet::Packet;

/// How many sequence numbers the window spans, and so how many packets wait at most.
pub(super) const SPAN: u8 = 64;

/// How long packets wait for one that is missing before them.
const PATIENCE: Duration = Duration::from_millis(50);

/// Jumps up to here are likely enough for a single LCP echo to be answered, though it does not move the window, and
/// for an unreadable packet to count as the peer's.
pub(super) const NEAR: i32 = 4096;

/// The longest jump that losses explain: 90 MB in a row.
const FARTHEST: u32 = 1 << 16;

/// How many packets must agree with the first one beyond the window before it moves to them, with none in the window
/// meanwhile. Backwards it takes many: a server cannot restart its numbers within a call, so only a window that was led
/// astray has to go back. Anywhere else it takes more than a stranger, who has to guess, should have the time for.
const WITNESSES: u16 = 2;
const WITNESSES_BACKWARDS: u16 = 64;
const WITNESSES_FAR: u16 = 1024;

/// How many packets must have fitted before the window is taken for right. Until then any packet moves it.
const FIRM: u8 = 3;

/// Where a sequence number lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The one that is waited for.
    Next,
    /// In the window, after one that is missing.
    Ahead,
    /// Already passed: a duplicate, or later than we waited.
    Behind,
    /// Outside the window.
    Outside,
}

/// What a packet outside the window, that nothing vouches for, says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// Enough packets agree: the window has to move here.
    Confirmed,
    /// It may be so; `near` is a jump that a short outage explains.
    Raised {
        /// Whether the jump is a short one.
        near: bool,
    },
    /// It does not count: a stray or a repetition.
    Dismissed,
}

/// The sequence number that is waited for, and the packets that wait for it.
#[derive(Debug)]
pub(super) struct Window {
    next: u32,
    fitted: u8,
    /// One bit for each slot in use.
    held: u64,
    slots: Vec<Slot>,
    suspect: Option<(u32, u16)>,
}

#[derive(Debug)]
struct Slot {
    packet: Packet,
    arrived: Instant,
}

impl Window {
    pub(super) fn new() -> Self {
        let slot = || Slot { packet: Packet::default(), arrived: Instant::ZERO };
        let slots = (0..SPAN).map(|_| slot()).collect();
        Self { next: 0, fitted: 0, held: 0, slots, suspect: None }
    }

    /// The sequence number that is waited for.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// The highest sequence number that was let in.
    pub(super) fn highest(&self) -> u32 {
        match self.offsets() {
            0 => self.next.wrapping_sub(1),
            offsets => self.next.wrapping_add(u64::BITS - 1 - offsets.leading_zeros()),
        }
    }

    /// Whether packets wait for one that is missing.
    pub(super) fn is_holding(&self) -> bool {
        self.held != 0
    }

    /// Where `sequence` lies. The peer may start with any number, so the first ones are believed (section 4.3).
    pub(super) fn place(&mut self, sequence: u32) -> Place {
        let distance = self.distance(sequence);
        match distance {
            _ if self.fitted == 0 => self.begin(sequence),
            0 => Place::Next,
            1..=63 => Place::Ahead,
            -64..=-1 => Place::Behind,
            _ if self.fitted < FIRM => self.begin(sequence),
            _ => Place::Outside,
        }
    }

    /// The window moves on by one: the packet that was waited for is through, or given up.
    pub(super) fn advance(&mut self) {
        self.next = self.next.wrapping_add(1);
        self.fit();
    }

    /// Keeps a packet that is [`Place::Ahead`], and gives a spare one in exchange; false for a duplicate.
    pub(super) fn hold(&mut self, sequence: u32, packet: &mut Packet, now: Instant) -> bool {
        let (bit, index) = slot_of(sequence);
        let Some(slot) = self.slots.get_mut(index).filter(|_| self.held & bit == 0) else { return false };
        if slot.packet.storage_mut().is_empty() {
            slot.packet = Packet::with_capacity(packet.storage_mut().len());
        }
        core::mem::swap(&mut slot.packet, packet);
        slot.arrived = now;
        self.held |= bit;
        self.fit();
        true
    }

    /// The packet that was waited for, if it is here. Its buffer has to come back by [`Self::give_back`].
    pub(super) fn take_next(&mut self) -> Option<Packet> {
        let (bit, index) = slot_of(self.next);
        let slot = self.slots.get_mut(index).filter(|_| self.held & bit != 0)?;
        self.held &= !bit;
        Some(core::mem::take(&mut slot.packet))
    }

    /// Takes a buffer back as a spare.
    pub(super) fn give_back(&mut self, sequence: u32, mut packet: Packet) {
        packet.clear();
        if let Some(slot) = self.slots.get_mut(slot_of(sequence).1) {
            slot.packet = packet;
        }
    }

    /// Moves an empty window to `sequence`; says how many numbers it passes over.
    pub(super) fn move_to(&mut self, sequence: u32) -> u32 {
        let passed = self.distance(sequence);
        self.next = sequence;
        self.suspect = None;
        u32::try_from(passed).unwrap_or(0)
    }

    /// The number of the first packet that waits.
    pub(super) fn first_held(&self) -> Option<u32> {
        self.is_holding().then(|| self.next.wrapping_add(self.offsets().trailing_zeros()))
    }

    /// When the oldest packet that waits has waited long enough; at once where none is missing before it.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let (next, index) = slot_of(self.next);
        if self.held & next != 0 {
            return self.slots.get(index).map(|slot| slot.arrived);
        }
        let waits = |(bit, _): &(u64, &Slot)| self.held & bit != 0;
        let slots = (0..SPAN).map(|index| 1_u64 << index).zip(&self.slots);
        slots.filter(waits).map(|(_, slot)| slot.arrived + PATIENCE).min()
    }

    /// How far `sequence` is from the number that is waited for.
    pub(super) fn distance(&self, sequence: u32) -> i32 {
        sequence.wrapping_sub(self.next).cast_signed()
    }

    /// A packet outside the window, for whose number nothing but further packets can vouch.
    pub(super) fn suspect(&mut self, sequence: u32) -> Suspicion {
        let distance = self.distance(sequence);
        let needed = match distance.unsigned_abs() {
            FARTHEST.. => WITNESSES_FAR,
            _ if distance < 0 => WITNESSES_BACKWARDS,
            _ => WITNESSES,
        };
        let near = (0..=NEAR).contains(&distance);
        let witnesses = match self.suspect {
            Some((last, witnesses)) => match sequence.wrapping_sub(last).cast_signed() {
                1..=NEAR => witnesses.saturating_add(1),
                -64..=0 => return Suspicion::Dismissed,
                _ => 0,
            },
            None => 0,
        };
        self.suspect = Some((sequence, witnesses));
        if witnesses >= needed { Suspicion::Confirmed } else { Suspicion::Raised { near } }
    }

    /// A packet proved that the window is right.
    pub(super) fn trust(&mut self) {
        self.fitted = FIRM;
    }

    fn begin(&mut self, sequence: u32) -> Place {
        (self.next, self.held) = (sequence, 0);
        Place::Next
    }

    fn fit(&mut self) {
        self.fitted = FIRM.min(self.fitted.saturating_add(1));
        self.suspect = None;
    }

    /// The slots in use, the lowest bit for the number that is waited for.
    fn offsets(&self) -> u64 {
        self.held.rotate_right(self.next % u32::from(SPAN))
    }
}

fn slot_of(sequence: u32) -> (u64, usize) {
    let index = sequence.to_le_bytes()[0] % SPAN;
    (1 << index, usize::from(index))
}
