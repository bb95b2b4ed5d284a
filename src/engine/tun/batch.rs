//! Packets on their way from and to the device.

use culvert_proto::{HEADROOM, Packet};

use super::imp::Joiner;

/// The most segments that one read brings; the device is told so when it is brought up.
pub(crate) const SEGMENTS: u32 = 64;

/// The largest packet that is read from the device.
const LARGEST: usize = 2048;

/// The storage of a packet on its way in. More than one packet needs, so that segments of one TCP stream can be
/// joined in it and written at once.
pub const JOINED: usize = 16 * 1024;

/// A train of segments as the kernel hands it over, behind its own header.
const TRAIN: usize = 64 * 1024;

/// The kernel's own header in front of a packet that is written.
pub(super) const LINK_HEADER: usize = 10;

/// Packets read from the device, each with its headroom.
#[derive(Debug)]
pub struct ReadBatch {
    /// What the kernel hands over, before it is cut into packets.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there is no device to read from"))]
    pub(super) train: Vec<u8>,
    pub(super) packets: Vec<Packet>,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there is no device to read from"))]
    pub(super) sizes: Vec<usize>,
    pub(super) filled: usize,
}

impl ReadBatch {
    /// An empty batch.
    pub fn new() -> Self {
        let count = 2 * SEGMENTS as usize;
        let packet = || Packet::with_capacity(HEADROOM + LARGEST);
        Self {
            train: vec![0; TRAIN],
            packets: std::iter::repeat_with(packet).take(count).collect(),
            sizes: vec![0; count],
            filled: 0,
        }
    }

    /// The packets of the last read.
    pub fn packets_mut(&mut self) -> &mut [Packet] {
        self.packets.get_mut(..self.filled).unwrap_or_default()
    }

    /// Makes the free packets ready to be read into, behind their headroom; whether there are enough for a read.
    #[cfg(target_os = "linux")]
    pub(super) fn has_room(&mut self) -> bool {
        for packet in self.packets.get_mut(self.filled..).unwrap_or_default() {
            packet.set_range(0..packet.capacity());
        }
        self.packets.len() - self.filled >= SEGMENTS as usize
    }

    /// Takes over `count` more packets whose sizes were noted.
    #[cfg(target_os = "linux")]
    pub(super) fn take_over(&mut self, count: usize) {
        let end = (self.filled + count).min(self.packets.len());
        for (packet, size) in self.packets.iter_mut().zip(&self.sizes).take(end).skip(self.filled) {
            packet.set_range(HEADROOM..HEADROOM + size);
        }
        self.filled = end;
    }
}

impl Default for ReadBatch {
    fn default() -> Self {
        Self::new()
    }
}

/// Packets to be written to the device.
#[derive(Default)]
pub struct WriteBatch {
    pub(super) slots: Vec<Slot>,
    pub(super) filled: usize,
    /// Memory for joining segments.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there is no device to write to"))]
    pub(super) joiner: Joiner,
}

impl WriteBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Swaps `packet` in, so that its storage goes along and nothing is copied; the one that comes back is empty.
    /// It must have 10 free bytes in front of it. An empty packet is not taken.
    pub fn push(&mut self, packet: &mut Packet) {
        if packet.is_empty() || !packet.prepend(&[0; LINK_HEADER]) {
            return;
        }
        if self.filled == self.slots.len() {
            self.slots.push(Slot(Packet::for_writing()));
        }
        if let Some(slot) = self.slots.get_mut(self.filled) {
            std::mem::swap(&mut slot.0, packet);
            packet.clear();
            self.filled += 1;
        }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.filled = 0;
    }
}

/// A packet as the device's library wants it.
#[derive(Debug)]
pub(super) struct Slot(pub(super) Packet);

/// Packets large enough for what comes in and for joining segments.
pub trait RoomForWriting {
    /// A packet with that much room.
    fn for_writing() -> Self;

    /// Gives the packet that much room if it came back from elsewhere with less.
    fn ensure_room(&mut self);
}

impl RoomForWriting for Packet {
    fn for_writing() -> Self {
        Self::with_capacity(JOINED)
    }

    fn ensure_room(&mut self) {
        if self.capacity() < JOINED {
            *self = Self::for_writing();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushing_swaps_storage_and_skips_the_empty() {
        let mut batch = WriteBatch::new();
        let mut packet = Packet::for_writing();
        packet.fill(b"payload");
        let storage = packet.payload().as_ptr();
        batch.push(&mut packet);
        batch.push(&mut packet);
        assert_eq!(batch.filled, 1);
        let written = batch.slots[0].0.payload().split_at(LINK_HEADER).1;
        assert_eq!(written, b"payload");
        assert_eq!(written.as_ptr(), storage);
        assert_eq!(packet.capacity(), JOINED);
    }

    #[test]
    fn a_small_packet_gets_room() {
        let mut packet = Packet::default();
        packet.ensure_room();
        assert_eq!(packet.capacity(), JOINED);
    }
}
