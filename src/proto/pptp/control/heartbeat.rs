//! Echoes: is the control connection alive (RFC 2637 section 3.1.3)?

use core::time::Duration;

use culvert_model::Instant;

use super::config::Timing;
use super::event::Timer;
use crate::wire::pptp::Message;

/// So late it was not the peer that was silent but this computer that slept: the answer may be waiting to be read.
const OVERSLEPT: Duration = Duration::from_secs(3);

/// When to ask, and since when an answer is missing.
///
/// Anything that the peer sends shows that it is alive. But its own Echo-Requests do not put off ours: some
/// firewalls want to see them from both sides.
#[derive(Debug)]
pub(super) struct Heartbeat {
    quiet_since: Instant,
    asked: Option<Instant>,
    identifier: u32,
}

/// What is to be done at a timeout.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Ask { identifier: u32 },
    Dead,
}

impl Heartbeat {
    pub(super) const fn new(now: Instant) -> Self {
        Self { quiet_since: now, asked: None, identifier: 0 }
    }

    pub(super) fn handle_message(&mut self, message: &Message, now: Instant) {
        self.asked = None;
        if !matches!(message, Message::EchoRequest(_)) {
            self.quiet_since = now;
        }
    }

    pub(super) fn poll_timeout(&self, timing: &Timing) -> (Instant, Timer) {
        match self.asked {
            Some(asked) => (asked + timing.echo_reply, Timer::EchoReply),
            None => (self.quiet_since + timing.echo_interval, Timer::Echo),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, timing: &Timing) -> Beat {
        if self.asked.is_some() && now < self.poll_timeout(timing).0 + OVERSLEPT {
            return Beat::Dead;
        }
        self.asked = Some(now);
        self.quiet_since = now;
        self.identifier = self.identifier.wrapping_add(1);
        Beat::Ask { identifier: self.identifier }
    }
}
