//! How long to wait for the other end, and how often to repeat oneself meanwhile.

use core::time::Duration;

use culvert_model::{AuthMethod, Evidence, Fault, FaultCode, Instant};

/// Between two transmissions of the same packet (RFC 1661 section 4.6).
const INTERVAL: Duration = Duration::from_secs(3);
const TRANSMISSIONS: u32 = 10;

/// The wait for one answer.
pub struct Patience {
    started: Instant,
    ends: Instant,
    repeat: Option<Instant>,
    sent: u32,
}

/// What a wait that ran into its timer leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wait,
    Repeat,
    GiveUp,
}

impl Patience {
    /// Something was just sent; it is repeated until the wait ends after `limit`, but at most nine times.
    pub fn repeating(now: Instant, limit: Duration) -> Self {
        Self { started: now, ends: now + limit, repeat: Some(now + INTERVAL), sent: 1 }
    }

    /// It is the other end's turn: nothing is repeated.
    pub fn silent(now: Instant, limit: Duration) -> Self {
        Self { started: now, ends: now + limit, repeat: None, sent: 0 }
    }

    /// When to call [`Self::handle_timeout`].
    pub fn timeout(&self) -> Instant {
        self.repeat.map_or(self.ends, |repeat| repeat.min(self.ends))
    }

    pub fn handle_timeout(&mut self, now: Instant) -> Verdict {
        if now >= self.ends {
            return Verdict::GiveUp;
        }
        if self.repeat.is_none_or(|repeat| now < repeat) {
            return Verdict::Wait;
        }
        self.sent = self.sent.saturating_add(1);
        self.repeat = (self.sent < TRANSMISSIONS).then_some(now + INTERVAL);
        Verdict::Repeat
    }

    /// The fault of a wait that has ended.
    pub fn fault(&self, method: AuthMethod, now: Instant) -> Fault {
        let seconds = now.saturating_since(self.started).as_secs();
        Fault::new(FaultCode::AuthTimeout)
            .with(Evidence::Method(method))
            .with(Evidence::SilentFor(u32::try_from(seconds).unwrap_or(u32::MAX)))
            .with(Evidence::Unanswered(self.sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_sent_ten_times_and_the_wait_goes_on_to_its_end() {
        let limit = Duration::from_secs(60);
        let mut patience = Patience::repeating(Instant::ZERO, limit);
        let mut repeated = 0;
        loop {
            let now = patience.timeout();
            match patience.handle_timeout(now) {
                Verdict::Repeat => repeated += 1,
                Verdict::GiveUp => break assert_eq!(now, Instant::ZERO + limit),
                Verdict::Wait => panic!("woken for nothing at {now}"),
            }
        }
        assert_eq!(repeated, 9);
    }

    #[test]
    fn an_early_call_changes_nothing() {
        let mut patience = Patience::repeating(Instant::ZERO, Duration::from_secs(60));
        assert_eq!(patience.handle_timeout(Instant::ZERO + Duration::from_millis(2_999)), Verdict::Wait);
        assert_eq!(patience.timeout(), Instant::ZERO + Duration::from_secs(3));
    }
}
