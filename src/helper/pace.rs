//! How often a user may do something.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Users whose pace is remembered before those who are done with theirs are forgotten.
const MOST: usize = 64;

/// Lets every user do something so many times at once, and then so many times in a second.
#[derive(Debug)]
pub(crate) struct Pace {
    step: Duration,
    slack: Duration,
    /// For each user, when it will have done no more than its share.
    due: Mutex<HashMap<u32, Instant>>,
}

impl Pace {
    pub(crate) fn new(at_once: u32, per_second: u32) -> Self {
        let step = Duration::from_secs(1) / per_second.max(1);
        Self { step, slack: step * at_once.saturating_sub(1), due: Mutex::default() }
    }

    /// Counts one time more for `uid`.
    ///
    /// # Errors
    /// How long it has to wait for that; nothing was counted.
    pub(crate) fn take(&self, uid: u32, now: Instant) -> Result<(), Duration> {
        let mut all = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, due| *due > now);
        }
        let due = all.entry(uid).or_insert(now);
        let behind = due.saturating_duration_since(now);
        if behind > self.slack {
            return Err(behind - self.slack);
        }
        *due = (*due).max(now) + self.step;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_user_has_its_share_and_no_more() {
        let (pace, begun) = (Pace::new(3, 10), Instant::now());
        let took = |uid, after_ms| pace.take(uid, begun + Duration::from_millis(after_ms));
        assert_eq!([took(1, 0), took(1, 0), took(1, 0)], [Ok(()); 3]);
        assert_eq!(took(1, 0), Err(Duration::from_millis(100)));
        assert_eq!(took(2, 0), Ok(()), "another user has a share of its own");
        assert_eq!(took(1, 99), Err(Duration::from_millis(1)));
        assert_eq!(took(1, 100), Ok(()));
        assert!(took(1, 100).is_err());
        assert_eq!([took(1, 9000), took(1, 9000), took(1, 9000)], [Ok(()); 3], "rest is not saved up");
        assert!(took(1, 9000).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn users_who_are_done_are_forgotten() {
        let (pace, begun) = (Pace::new(3, 10), Instant::now());
        for uid in 0..10_000 {
            let now = begun + Duration::from_millis(u64::from(uid) * 50);
            assert_eq!(pace.take(uid, now), Ok(()));
        }
        assert!(pace.due.lock().unwrap().len() <= MOST);
    }
}
