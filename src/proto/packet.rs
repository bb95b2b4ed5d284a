//! One buffer with headroom, from the TUN device to the raw socket and back.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// Bytes kept free in front of an IP packet that is to be sealed: GRE 16, address and control 2, protocol 2,
/// MPPE 2, inner protocol 2, rounded up.
pub const HEADROOM: usize = 32;

/// A fixed buffer and the part of it that counts at the moment.
///
/// Headers are put in front of the payload and taken off it by moving a boundary; nothing is copied.
#[derive(Clone, Debug, Default)]
pub struct Packet {
    storage: Vec<u8>,
    range: Range<usize>,
}

impl Packet {
    /// An empty packet over `capacity` bytes of storage.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { storage: vec![0; capacity], range: 0..0 }
    }

    /// The whole storage, to be read into.
    pub fn storage_mut(&mut self) -> &mut [u8] {
        &mut self.storage
    }

    /// Says which part of the storage counts; a range beyond the storage is cut to it.
    pub fn set_range(&mut self, range: Range<usize>) {
        let end = range.end.min(self.storage.len());
        self.range = range.start.min(end)..end;
    }

    /// The part that counts.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Copies `bytes` in behind the headroom; cut to what fits.
    pub fn fill(&mut self, bytes: &[u8]) {
        let start = HEADROOM.min(self.storage.len());
        let room = self.storage.get_mut(start..).unwrap_or_default();
        let len = bytes.len().min(room.len());
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.range = start..start + len;
    }

    /// The bytes that count.
    pub fn payload(&self) -> &[u8] {
        self.storage.get(self.range.clone()).unwrap_or_default()
    }

    /// The bytes that count, to be changed in place.
    pub fn payload_mut(&mut self) -> &mut [u8] {
        self.storage.get_mut(self.range.clone()).unwrap_or_default()
    }

    /// How many bytes count.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether no byte counts: nothing to send, or refused.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// Makes it empty; the storage stays.
    pub fn clear(&mut self) {
        self.range = 0..0;
    }

    /// Puts `header` in front of the payload; false, and nothing done, where the headroom is too small.
    #[must_use]
    pub fn prepend(&mut self, header: &[u8]) -> bool {
        let Some(start) = self.range.start.checked_sub(header.len()) else { return false };
        let Some(room) = self.storage.get_mut(start..self.range.start) else { return false };
        room.copy_from_slice(header);
        self.range.start = start;
        true
    }

    /// Takes `count` bytes off the front; false, and nothing done, where there are fewer.
    #[must_use]
    pub fn trim_front(&mut self, count: usize) -> bool {
        let enough = count <= self.range.len();
        if enough {
            self.range.start += count;
        }
        enough
    }

    /// Puts `bytes` behind the payload; false, and nothing done, where the storage is too small.
    #[must_use]
    pub fn append(&mut self, bytes: &[u8]) -> bool {
        let end = self.range.end.saturating_add(bytes.len());
        let Some(room) = self.storage.get_mut(self.range.end..end) else { return false };
        room.copy_from_slice(bytes);
        self.range.end = end;
        true
    }

    /// How many bytes the storage has.
    pub fn capacity(&self) -> usize {
        self.storage.len()
    }

    /// Cuts the payload to at most `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.range.end = self.range.end.min(self.range.start.saturating_add(len));
    }
}

impl AsRef<[u8]> for Packet {
    fn as_ref(&self) -> &[u8] {
        self.payload()
    }
}

impl AsMut<[u8]> for Packet {
    fn as_mut(&mut self) -> &mut [u8] {
        self.payload_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_go_on_and_come_off_in_place() {
        let mut packet = Packet::with_capacity(64);
        packet.fill(b"payload");
        assert!(packet.prepend(b"head"));
        assert_eq!(packet.payload(), b"headpayload");
        assert!(packet.trim_front(4));
        packet.truncate(3);
        assert_eq!(packet.payload(), b"pay");
        assert!(packet.append(b"ment"));
        assert_eq!(packet.payload(), b"payment");
        assert!(!packet.append(&[0; 64]));
        packet.truncate(3);
        assert!(!packet.trim_front(4));
        assert!(!packet.prepend(&[0; HEADROOM + 1]));
        assert_eq!(packet.payload(), b"pay");
    }

    #[test]
    fn a_range_beyond_the_storage_is_cut() {
        let mut packet = Packet::with_capacity(8);
        packet.set_range(4..100);
        assert_eq!(packet.len(), 4);
        packet.set_range(50..100);
        assert!(packet.is_empty());
        packet.fill(b"too long for it");
        assert!(packet.is_empty());
    }
}
