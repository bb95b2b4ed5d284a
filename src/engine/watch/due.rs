//! When to ask the kernel again.

use std::time::Duration;

use tokio::time::Instant;

/// How long a loss or a change may take to be undone before it is told.
const SETTLE: Duration = Duration::from_millis(200);
/// The least time between two questions of a kind, however much happens.
const BREATH: Duration = Duration::from_millis(20);
/// When a question that failed is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// What notices of the kernel are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// How packets leave outside of the tunnel.
    pub(super) outside: bool,
    /// What is ours.
    pub(super) ours: bool,
}

impl Touched {
    pub(super) const NOTHING: Self = Self { outside: false, ours: false };
    pub(super) const OUTSIDE: Self = Self { outside: true, ours: false };
    pub(super) const OURS: Self = Self { outside: false, ours: true };
    /// It is not known what.
    pub(super) const ANYTHING: Self = Self { outside: true, ours: true };

    pub(super) fn and(self, other: Self) -> Self {
        Self { outside: self.outside || other.outside, ours: self.ours || other.ours }
    }
}

/// One question: when it was asked last, and when it will be again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Due {
    asked: Option<Instant>,
    at: Option<Instant>,
}

impl Due {
    /// Asks as soon as it may.
    pub(super) fn soon(&mut self, now: Instant) {
        let at = self.asked.map_or(now, |asked| now.max(asked + BREATH));
        self.at = Some(self.at.map_or(at, |before| before.min(at)));
    }

    /// Asks once things had time to settle.
    pub(super) fn settled(&mut self, now: Instant) {
        self.at.get_or_insert(now + SETTLE);
    }

    /// Whether to ask now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.at.is_some_and(|at| at <= now)
    }

    /// The question was answered, or not.
    pub(super) fn asked(&mut self, was_answered: bool, now: Instant) {
        self.asked = Some(now);
        self.at = (!was_answered).then(|| now + AGAIN);
    }

    /// Forgets that anything was to be asked.
    pub(super) fn never(&mut self) {
        self.at = None;
    }

    /// When to ask.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_of_notices_is_one_question_after_it_had_time_to_settle() {
        let (mut due, start) = (Due::default(), Instant::now());
        for millis in 0..200 {
            let now = start + Duration::from_millis(millis);
            due.settled(now);
            assert!(!due.is_due(now));
        }
        assert!(due.is_due(start + SETTLE));
        due.asked(true, start + SETTLE);
        assert_eq!(due.poll_timeout(), None);
    }

    #[test]
    fn what_is_urgent_waits_for_nothing_but_the_last_question() {
        let (mut due, start) = (Due::default(), Instant::now());
        due.settled(start);
        due.soon(start);
        assert!(due.is_due(start));
        due.asked(true, start);
        due.soon(start);
        assert!(!due.is_due(start));
        assert!(due.is_due(start + BREATH));
    }

    #[test]
    fn a_question_without_an_answer_is_asked_again() {
        let (mut due, start) = (Due::default(), Instant::now());
        due.soon(start);
        due.asked(false, start);
        assert_eq!(due.poll_timeout(), Some(start + AGAIN));
        due.never();
        assert_eq!(due.poll_timeout(), None);
    }
}
