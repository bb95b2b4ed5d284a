//! Noticing a dead peer by LCP Echo-Requests that adapt to the traffic (RFC 1661 section 5.8).
//!
//! While packets arrive nothing is sent. What we send starts a clock that anything we hear stops: after 4 s an
//! echo asks, every 2 s again, and 12 s after the first unanswered packet the peer is dead. A stream that falls
//! silent starts that clock too, since a download may owe the peer nothing when it stops. An idle tunnel asks
//! every 20 s, unless the profile says otherwise, which also keeps the address translation of a router on the way from
//! forgetting it (30 s).

use core::time::Duration;

use culvert_model::{Instant, Statistics};

/// How long something sent may stay unanswered before an echo asks.
const DOUBT: Duration = Duration::from_secs(4);
/// How far apart the echoes are from then on.
const INSIST: Duration = Duration::from_secs(2);
/// How long something sent may stay unanswered before the peer is dead.
const DEAD: Duration = Duration::from_secs(12);
/// So late it was not the peer that was silent but this computer that slept: ask again, and wait this long.
const OVERSLEPT: Duration = Duration::from_secs(3);

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Wait,
    /// Send an Echo-Request.
    Ask,
    /// The peer is dead: so many echoes went unanswered, for so long.
    Dead { unanswered: u32, silent_for: Duration },
}

/// The clock of one link.
#[derive(Debug)]
pub(super) struct Keepalive {
    /// Silence after which an idle tunnel asks.
    idle: Duration,
    seen: Statistics,
    heard_at: Instant,
    /// What was heard last was traffic, and not the answer to an echo or an acknowledgement.
    is_busy: bool,
    unheard: Option<Unheard>,
}

/// Something was sent, and nothing was heard since.
#[derive(Clone, Copy, Debug)]
struct Unheard {
    since: Instant,
    echoes: u32,
    next: Instant,
}

impl Keepalive {
    pub(super) fn new(idle: Duration, now: Instant) -> Self {
        Self { idle, seen: Statistics::default(), heard_at: now, is_busy: false, unheard: None }
    }

    /// Takes notice of the traffic so far. Cheap: meant to be called after every batch.
    ///
    /// Only traffic asks for an answer and is one that others follow. Were an acknowledgement taken for that, the one
    /// for the answer to an echo would make an idle tunnel ask again, for ever.
    pub(super) fn handle_activity(&mut self, statistics: &Statistics, now: Instant) {
        if statistics.gre_received != self.seen.gre_received {
            self.is_busy = statistics.received_packets != self.seen.received_packets;
            self.heard_at = now;
            self.unheard = None;
        } else if statistics.sent_packets != self.seen.sent_packets && self.unheard.is_none() {
            self.unheard = Some(Unheard { since: now, echoes: 0, next: now + DOUBT });
        }
        self.seen = *statistics;
    }

    /// Decides what to do at `now`; an [`Verdict::Ask`] counts as asked.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Verdict {
        let Some(unheard) = &mut self.unheard else {
            if now < self.poll_timeout() {
                return Verdict::Wait;
            }
            // Whoever slept through the time for asking has not been silent for so long: the clock starts late.
            let busy_since = self.heard_at.max(now.saturating_sub(DOUBT));
            let (since, next) = if self.is_busy { (busy_since, INSIST) } else { (now, DOUBT) };
            self.unheard = Some(Unheard { since, echoes: 1, next: now + next });
            return Verdict::Ask;
        };
        if now < unheard.next {
            return Verdict::Wait;
        }
        let overslept = now >= unheard.next + OVERSLEPT;
        if now >= unheard.since + DEAD && unheard.echoes > 0 && !overslept {
            return Verdict::Dead { unanswered: unheard.echoes, silent_for: now - self.heard_at };
        }
        unheard.echoes += 1;
        unheard.next = now + if overslept { OVERSLEPT } else { INSIST };
        Verdict::Ask
    }

    /// When [`Self::handle_timeout`] has something to decide.
    pub(super) fn poll_timeout(&self) -> Instant {
        match self.unheard {
            None => self.heard_at + if self.is_busy { DOUBT } else { self.idle },
            Some(unheard) => unheard.next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    /// So many packets in each direction.
    fn traffic(received: u64, sent: u64) -> Statistics {
        let gre_received = received;
        Statistics { gre_received, received_packets: received, sent_packets: sent, ..Statistics::default() }
    }

    /// Runs the clock until the peer is dead or `limit` is reached; the echoes' times and the end.
    fn run(keepalive: &mut Keepalive, limit: u64) -> (std::vec::Vec<u64>, Option<u64>) {
        let mut asked = std::vec::Vec::new();
        loop {
            let now = keepalive.poll_timeout();
            let seconds = now.as_micros() / 1_000_000;
            if seconds > limit {
                return (asked, None);
            }
            match keepalive.handle_timeout(now) {
                Verdict::Wait => panic!("woken at {now} for nothing"),
                Verdict::Ask => asked.push(seconds),
                Verdict::Dead { unanswered, .. } => {
                    assert_eq!(asked.len(), usize::try_from(unanswered).unwrap());
                    return (asked, Some(seconds));
                }
            }
        }
    }

    #[test]
    fn under_traffic_a_dead_peer_is_noticed_within_15_seconds() {
        let mut keepalive = Keepalive::new(Duration::from_secs(20), at(0));
        keepalive.handle_activity(&traffic(9, 9), at(10));
        keepalive.handle_activity(&traffic(9, 10), at(11));
        keepalive.handle_activity(&traffic(9, 900), at(13));
        assert_eq!(run(&mut keepalive, 60), (std::vec![15, 17, 19, 21], Some(23)));
    }

    #[test]
    fn a_stream_that_falls_silent_is_noticed_within_15_seconds() {
        let mut keepalive = Keepalive::new(Duration::from_secs(20), at(0));
        keepalive.handle_activity(&traffic(900, 450), at(10));
        assert_eq!(run(&mut keepalive, 60), (std::vec![14, 16, 18, 20], Some(22)));
    }

    #[test]
    fn an_idle_tunnel_asks_every_20_seconds_and_notices_within_60() {
        let mut keepalive = Keepalive::new(Duration::from_secs(20), at(0));
        assert_eq!(keepalive.handle_timeout(at(19)), Verdict::Wait);
        assert_eq!(keepalive.handle_timeout(at(20)), Verdict::Ask);
        keepalive.handle_activity(&Statistics { gre_received: 1, ..Statistics::default() }, at(20));
        assert_eq!(run(&mut keepalive, 100), (std::vec![40, 44, 46, 48, 50], Some(52)));
    }

    #[test]
    fn nothing_is_asked_while_packets_arrive() {
        let mut keepalive = Keepalive::new(Duration::from_secs(20), at(0));
        for second in 1..100 {
            keepalive.handle_activity(&traffic(second, second * 2), at(second));
            assert_eq!(keepalive.handle_timeout(at(second)), Verdict::Wait);
        }
    }

    #[test]
    fn an_idle_tunnel_waits_as_long_as_the_profile_says() {
        let mut keepalive = Keepalive::new(Duration::from_secs(50), at(0));
        assert_eq!(run(&mut keepalive, 100).0.first(), Some(&50));
    }

    #[test]
    fn whoever_overslept_asks_before_declaring_anybody_dead() {
        // Asleep while something unanswered was out.
        let mut keepalive = Keepalive::new(Duration::from_secs(20), at(0));
        keepalive.handle_activity(&traffic(0, 1), at(1));
        assert_eq!(keepalive.handle_timeout(at(5)), Verdict::Ask);
        assert_eq!(keepalive.handle_timeout(at(600)), Verdict::Ask);
        assert_eq!(keepalive.handle_timeout(at(602)), Verdict::Wait);
        assert!(matches!(keepalive.handle_timeout(at(603)), Verdict::Dead { unanswered: 2, .. }));
        // Asleep in the middle of a stream.
        let mut keepalive = Keepalive::new(Duration::from_secs(20), at(0));
        keepalive.handle_activity(&traffic(900, 450), at(1));
        assert_eq!(keepalive.handle_timeout(at(600)), Verdict::Ask);
        for second in [602, 604, 606] {
            assert_eq!(keepalive.handle_timeout(at(second)), Verdict::Ask);
        }
        assert!(matches!(keepalive.handle_timeout(at(608)), Verdict::Dead { unanswered: 4, .. }));
    }
}
