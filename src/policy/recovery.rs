//! What follows when a tunnel is lost.

use core::time::Duration;

use culvert_model::{FaultClass, FaultCode};

/// The wait before the first try after a loss.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The wait where the server must forget something first.
const BUSY_WAIT: Duration = Duration::from_secs(15);

/// What to do about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Dial again after a wait that grows.
    Redial,
    /// Dial again once the server has had time to forget the last session, or to free a line.
    RedialLater,
    /// Do nothing by itself: another try would be refused again, may lock the account, or gives a false server
    /// another login to crack.
    Stop,
}

impl Recovery {
    pub(crate) fn of(code: FaultCode) -> Self {
        use FaultCode as Code;
        match (code.class(), code) {
            (FaultClass::Login | FaultClass::Encryption, _) => Self::Stop,
            (_, Code::SessionStillOpen | Code::Busy) => Self::RedialLater,
            (
                _,
                Code::Ipv6Server
                | Code::NotAuthorised
                | Code::VersionMismatch
                | Code::CallRefused
                | Code::Loopback
                | Code::IpcpRejected
                | Code::NoAddress
                | Code::BadAddress
                | Code::LocalPermission,
            ) => Self::Stop,
            _ => Self::Redial,
        }
    }

    /// How long to wait before try number `attempt` (from 1); `chance` spreads the clients of a server that comes
    /// back.
    pub(crate) fn wait(self, attempt: u32, chance: &mut Chance) -> Duration {
        let doubled = FIRST_WAIT * 2_u32.saturating_pow(attempt.saturating_sub(1)).min(64);
        let wait = if self == Self::RedialLater { doubled.max(BUSY_WAIT) } else { doubled };
        let wait = wait.min(LONGEST_WAIT);
        wait - wait.mul_f32(0.25 * chance.fraction())
    }
}

/// A source of small differences between machines (SplitMix64); nothing secret hangs on it.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 up to and without 1.
    fn fraction(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let [.., high, low] = (mixed ^ (mixed >> 31)).to_be_bytes();
        f32::from(u16::from_be_bytes([high, low])) / 65_536.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_differ_between_machines() {
        let (mut one, mut other) = (Chance::new(1), Chance::new(2));
        let mut differ = false;
        for (attempt, seconds) in [1, 2, 4, 8, 16, 32, 60, 60, 60].into_iter().enumerate() {
            let attempt = u32::try_from(attempt).unwrap() + 1;
            let longest = Duration::from_secs(seconds);
            let wait = Recovery::Redial.wait(attempt, &mut one);
            assert!((longest.mul_f32(0.75)..=longest).contains(&wait), "{attempt}: {wait:?}");
            differ |= wait != Recovery::Redial.wait(attempt, &mut other);
        }
        assert!(differ);
        assert!(Recovery::RedialLater.wait(1, &mut one) > Duration::from_secs(11));
        assert!(Recovery::Redial.wait(u32::MAX, &mut one) <= LONGEST_WAIT);
    }

    #[test]
    fn nothing_that_could_lock_an_account_is_tried_again() {
        for code in FaultCode::ALL {
            let may = Recovery::of(*code) != Recovery::Stop;
            let class = code.class();
            assert!(!(may && matches!(class, FaultClass::Login | FaultClass::Encryption)), "{code}");
        }
        assert_eq!(Recovery::of(FaultCode::LinkLost), Recovery::Redial);
        assert_eq!(Recovery::of(FaultCode::SessionStillOpen), Recovery::RedialLater);
        assert_eq!(Recovery::of(FaultCode::AuthRejected), Recovery::Stop);
    }
}
