//! What the two halves and the session share.

use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use culvert_model::{Instant, Statistics};

use super::acknowledgement::{ACKNOWLEDGEMENT_LEN, Acknowledgement};
use crate::wire::gre;

/// Which IP packets may pass, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// None: no address yet, or a layer below has gone down.
    #[default]
    Closed,
    /// Encrypted ones only.
    Encrypted,
    /// Clear ones too, as long as no encryption is set up.
    Clear,
}

impl Gate {
    const fn code(self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Encrypted => 1,
            Self::Clear => 2,
        }
    }
}

/// Atomics between the threads of the two halves and the session; there is no lock.
///
/// Each counter is written by one half alone, once for a batch.
#[derive(Debug)]
pub struct Shared {
    gate: AtomicU8,
    peer_call_id: u16,
    acknowledgement: Acknowledgement,
    is_heard: AtomicBool,
    sent: Sent,
    received: Received,
}

/// Kept on a cache line of its own, so that the sealer's counting does not slow down the opener's.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Sent {
    packets: AtomicU64,
    bytes: AtomicU64,
    gre: AtomicU64,
    refused: AtomicU64,
    acknowledgements: AtomicU64,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Received {
    packets: AtomicU64,
    bytes: AtomicU64,
    gre: AtomicU64,
    foreign: AtomicU64,
    lost: AtomicU64,
    reordered: AtomicU64,
    dropped: AtomicU64,
}

/// What the sealer has counted since the call began.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SealTally {
    pub(super) packets: u64,
    pub(super) bytes: u64,
    pub(super) gre: u64,
    pub(super) refused: u64,
}

impl Shared {
    pub(super) fn new(peer_call_id: u16, acknowledgement: Acknowledgement) -> Self {
        Self {
            gate: AtomicU8::new(Gate::Closed.code()),
            peer_call_id,
            acknowledgement,
            is_heard: AtomicBool::new(false),
            sent: Sent::default(),
            received: Received::default(),
        }
    }

    /// Opens or closes the way for IP packets. Both halves obey from their next packet on.
    pub fn set_gate(&self, gate: Gate) {
        self.gate.store(gate.code(), Ordering::Release);
    }

    /// Which IP packets may pass.
    pub fn gate(&self) -> Gate {
        match self.gate.load(Ordering::Acquire) {
            1 => Gate::Encrypted,
            2 => Gate::Clear,
            _ => Gate::Closed,
        }
    }

    /// The counters since the call began.
    pub fn statistics(&self) -> Statistics {
        let (sent, received) = (&self.sent, &self.received);
        Statistics {
            received_packets: read(&received.packets),
            received_bytes: read(&received.bytes),
            sent_packets: read(&sent.packets),
            sent_bytes: read(&sent.bytes),
            gre_received: read(&received.gre),
            gre_foreign: read(&received.foreign),
            lost: read(&received.lost),
            reordered: read(&received.reordered),
            dropped: read(&received.dropped) + read(&sent.refused),
        }
    }

    /// GRE packets of any kind sent for this call.
    pub fn gre_sent(&self) -> u64 {
        read(&self.sent.gre) + read(&self.sent.acknowledgements)
    }

    /// Whether the peer has acknowledged anything: our GRE reaches it. Linux never does when it has nothing to send.
    pub fn is_heard(&self) -> bool {
        self.is_heard.load(Ordering::Relaxed)
    }

    /// Whether `quoted`, the start of a GRE packet as an ICMP error quotes it, can be of one that was sent for this
    /// call.
    pub(crate) fn has_sent(&self, quoted: &[u8]) -> bool {
        gre::Header::parse_quoted(quoted).is_ok_and(|header| {
            let was_numbered = |sequence: u32| u64::from(sequence) < read(&self.sent.gre);
            header.call_id == self.peer_call_id && header.sequence.is_none_or(was_numbered)
        })
    }

    pub(super) fn acknowledgement(&self) -> &Acknowledgement {
        &self.acknowledgement
    }

    /// A packet that only acknowledges, where one is due.
    pub(super) fn poll_ack(&self, now: Instant) -> Option<[u8; ACKNOWLEDGEMENT_LEN]> {
        let acknowledgement = Some(self.acknowledgement.poll(now)?);
        let header =
            gre::Header { call_id: self.peer_call_id, payload_len: 0, sequence: None, acknowledgement };
        self.sent.acknowledgements.fetch_add(1, Ordering::Relaxed);
        header.emit().0.first_chunk().copied()
    }

    pub(super) fn hear(&self) {
        if !self.is_heard() {
            self.is_heard.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn publish_sent(&self, tally: &SealTally) {
        write(&self.sent.packets, tally.packets);
        write(&self.sent.bytes, tally.bytes);
        write(&self.sent.gre, tally.gre);
        write(&self.sent.refused, tally.refused);
    }

    pub(super) fn publish_received(&self, tally: &Statistics) {
        write(&self.received.packets, tally.received_packets);
        write(&self.received.bytes, tally.received_bytes);
        write(&self.received.gre, tally.gre_received);
        write(&self.received.foreign, tally.gre_foreign);
        write(&self.received.lost, tally.lost);
        write(&self.received.reordered, tally.reordered);
        write(&self.received.dropped, tally.dropped);
    }
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn write(counter: &AtomicU64, value: u64) {
    counter.store(value, Ordering::Relaxed);
}
