//! Answers in time, of a keyring that takes its own.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::SecretsError;

/// How many calls may hang at a time. A keyring that answers none of these answers no other.
const MOST_HANGING: usize = 4;

static HANGING: AtomicUsize = AtomicUsize::new(0);

/// A call that has not come back.
struct Asking;

impl Asking {
    fn begin() -> Result<Self, SecretsError> {
        let asking = Self;
        let before = HANGING.fetch_add(1, Ordering::Relaxed);
        if before < MOST_HANGING { Ok(asking) } else { Err(SecretsError::Slow) }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        HANGING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What `ask` answers, or that it took longer than `patience`.
pub(super) fn within<T: Send + 'static>(
    patience: Duration,
    ask: impl FnOnce() -> Result<T, SecretsError> + Send + 'static,
) -> Result<T, SecretsError> {
    let asking = Asking::begin()?;
    let (tell, answer) = mpsc::sync_channel(1);
    // The keyring's own code waits by a runtime of its own, which must not meet another one.
    let thread = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        let answer = ask();
        wipe_stack();
        drop(asking);
        // Whoever asked may have given up.
        let _ = tell.send(answer);
    });
    if let Err(error) = thread {
        return Err(SecretsError::Broken(error.to_string()));
    }
    match answer.recv_timeout(patience) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(SecretsError::Slow),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(SecretsError::Broken("the question ended without an answer".to_owned()))
        }
    }
}

/// Overwrites what the calls before have left below: who decrypts a password leaves its last block there, and the
/// memory of a thread that has ended is kept for the next one.
#[inline(never)]
fn wipe_stack() {
    black_box(&mut [0_u8; 256 << 10]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One that fails after nobody waits for it any more hangs no longer.
    #[test]
    fn who_fails_late_is_not_counted_for_ever() {
        for _ in 0..3 * MOST_HANGING {
            let late = within(Duration::ZERO, || -> Result<(), _> {
                thread::sleep(Duration::from_millis(20));
                panic!("late")
            });
            assert_eq!(late, Err(SecretsError::Slow));
        }
        let end = std::time::Instant::now() + Duration::from_secs(10);
        while within(Duration::from_secs(5), || Ok(1)) != Ok(1) {
            assert!(std::time::Instant::now() < end, "nobody is asked any more");
            thread::sleep(Duration::from_millis(20));
        }
    }
}
