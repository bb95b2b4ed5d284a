//! Answers in time, of a keyring that takes its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::SecretsError;

/// How many calls may hang at a time. A keyring that answers none of these answers no other.
const MOST_HANGING: usize = 4;

static ASKING: AtomicUsize = AtomicUsize::new(0);

/// What `ask` answers, or that it took longer than `patience`.
pub(super) fn within<T: Send + 'static>(
    patience: Duration,
    ask: impl FnOnce() -> Result<T, SecretsError> + Send + 'static,
) -> Result<T, SecretsError> {
    if ASKING.fetch_add(1, Ordering::Relaxed) >= MOST_HANGING {
        ASKING.fetch_sub(1, Ordering::Relaxed);
        return Err(SecretsError::Slow);
    }
    let (tell, answer) = mpsc::sync_channel(1);
    // The keyring's own code waits by a runtime of its own, which must not meet another one.
    let asking = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        let answer = ask();
        ASKING.fetch_sub(1, Ordering::Relaxed);
        // Whoever asked may have given up.
        let _ = tell.send(answer);
    });
    if let Err(error) = asking {
        ASKING.fetch_sub(1, Ordering::Relaxed);
        return Err(SecretsError::Broken(error.to_string()));
    }
    match answer.recv_timeout(patience) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(SecretsError::Slow),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            ASKING.fetch_sub(1, Ordering::Relaxed);
            Err(SecretsError::Broken("the question ended without an answer".to_owned()))
        }
    }
}
