//! How it went, for scripts.

use std::process::ExitCode;

use culvert_model::{Fault, FaultClass};

/// The exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for is so.
    Done,
    /// The command line can't be meant.
    Usage,
    /// The login was refused, or the server could not prove itself.
    Login,
    /// The server could not be reached.
    Unreachable,
    /// The data packets do not pass.
    GreBlocked,
    /// No agreement on encryption.
    Encryption,
    /// Any other fault, and a helper that can't be asked.
    Other,
    /// Cancelled with Ctrl-C.
    Cancelled,
}

impl Exit {
    /// The status as a number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::Login => 3,
            Self::Unreachable => 4,
            Self::GreBlocked => 5,
            Self::Encryption => 6,
            Self::Other => 7,
            Self::Cancelled => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl From<&Fault> for Exit {
    fn from(fault: &Fault) -> Self {
        match fault.code.class() {
            FaultClass::Login => Self::Login,
            FaultClass::Unreachable => Self::Unreachable,
            FaultClass::GreBlocked => Self::GreBlocked,
            FaultClass::Encryption => Self::Encryption,
            FaultClass::Other => Self::Other,
        }
    }
}
