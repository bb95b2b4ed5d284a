//! When and what to acknowledge (RFC 2637 section 4.3).

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use core::time::Duration;

use culvert_model::Instant;

/// The length of a packet that only acknowledges: a GRE header without sequence number and payload.
pub const ACKNOWLEDGEMENT_LEN: usize = 12;

/// How long an acknowledgement may wait for a packet to ride on.
const DELAY: Duration = Duration::from_millis(100);

/// FreeBSD and mpd never let more packets than this be outstanding, whatever window we offer.
const SMALLEST_WINDOW: u16 = 16;

/// What was received and not acknowledged yet. The opener writes, both halves may take it.
#[derive(Debug)]
pub(super) struct Acknowledgement {
    highest: AtomicU32,
    outstanding: AtomicU32,
    since: AtomicU64,
    limit: u32,
}

impl Acknowledgement {
    pub(super) fn new(receive_window: u16) -> Self {
        let limit = u32::from(receive_window.min(SMALLEST_WINDOW) / 2).max(1);
        let (highest, outstanding, since) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU64::new(0));
        Self { highest, outstanding, since, limit }
    }

    /// `count` more packets came, up to number `highest`.
    pub(super) fn record(&self, highest: u32, count: u32, now: Instant) {
        self.highest.store(highest, Ordering::Relaxed);
        // Where the sealer takes the acknowledgement in between, the next one is due early, which does no harm.
        if self.outstanding.load(Ordering::Relaxed) == 0 {
            self.since.store(now.as_micros(), Ordering::Relaxed);
        }
        self.outstanding.fetch_add(count, Ordering::Release);
    }

    /// What to acknowledge on a packet that leaves anyway, if anything.
    pub(super) fn take(&self) -> Option<u32> {
        if self.outstanding.load(Ordering::Relaxed) == 0 || self.outstanding.swap(0, Ordering::Acquire) == 0 {
            return None;
        }
        Some(self.highest.load(Ordering::Relaxed))
    }

    /// What to acknowledge in a packet of its own, if that is due.
    pub(super) fn poll(&self, now: Instant) -> Option<u32> {
        self.poll_timeout().filter(|due| *due <= now)?;
        self.take()
    }

    /// When a packet of its own is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let outstanding = self.outstanding.load(Ordering::Acquire);
        let since = Instant::from_micros(self.since.load(Ordering::Relaxed));
        match outstanding {
            0 => None,
            some if some >= self.limit => Some(since),
            _ => Some(since + DELAY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(5_000_000);

    #[test]
    fn alone_after_a_tenth_of_a_second() {
        let acknowledgement = Acknowledgement::new(64);
        assert_eq!(acknowledgement.poll_timeout(), None);
        acknowledgement.record(7, 1, NOW);
        acknowledgement.record(9, 2, NOW + Duration::from_millis(50));
        assert_eq!(acknowledgement.poll_timeout(), Some(NOW + DELAY));
        assert_eq!(acknowledgement.poll(NOW + Duration::from_millis(99)), None);
        assert_eq!(acknowledgement.poll(NOW + DELAY), Some(9));
        assert_eq!(acknowledgement.poll(NOW + DELAY), None);
        assert_eq!(acknowledgement.take(), None);
    }

    #[test]
    fn at_once_when_half_a_small_window_waits() {
        for (window, limit) in [(64, 8), (16, 8), (4, 2), (1, 1), (0, 1)] {
            let acknowledgement = Acknowledgement::new(window);
            if limit > 1 {
                acknowledgement.record(0, limit - 1, NOW);
                assert_eq!(acknowledgement.poll(NOW), None, "window {window}");
            }
            acknowledgement.record(1, 1, NOW);
            assert_eq!(acknowledgement.poll(NOW), Some(1), "window {window}");
        }
    }

    #[test]
    fn rides_on_a_packet_that_leaves_anyway() {
        let acknowledgement = Acknowledgement::new(64);
        acknowledgement.record(u32::MAX, 1, NOW);
        assert_eq!(acknowledgement.take(), Some(u32::MAX));
        assert_eq!(acknowledgement.poll_timeout(), None);
    }
}
