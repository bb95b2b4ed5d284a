//! Time and chance: the two things that the pure rooms get from here.

use std::io;

use culvert_model::Instant;

/// Now, on a clock that also counts the time the computer was asleep.
///
/// A laptop that wakes must see at once that its server has not been heard for an hour. On Linux this is
/// `CLOCK_BOOTTIME`; elsewhere it is the standard library's clock, which may stand still during sleep.
pub fn now() -> Instant {
    imp::now()
}

/// 32 bytes of the system's entropy, for one session.
pub fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::from)?;
    Ok(seed)
}

#[cfg(target_os = "linux")]
mod imp {
    use std::time::Duration;

    use culvert_model::Instant;
    use nix::time::{ClockId, clock_gettime};

    pub(super) fn now() -> Instant {
        let since_boot = clock_gettime(ClockId::CLOCK_BOOTTIME).map(Duration::from).unwrap_or_default();
        Instant::ZERO + since_boot
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use std::sync::LazyLock;

    use culvert_model::Instant;

    static START: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);

    pub(super) fn now() -> Instant {
        Instant::ZERO + START.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn time_passes() {
        let before = now();
        std::thread::sleep(Duration::from_millis(2));
        let passed = now() - before;
        assert!(passed >= Duration::from_millis(2) && passed < Duration::from_secs(60), "{passed:?}");
    }

    #[test]
    fn two_seeds_differ() {
        assert_ne!(seed().unwrap(), seed().unwrap());
    }
}
