//! What can go wrong with the host's state.

use std::io;
use std::net::Ipv4Addr;

use culvert_model::{Evidence, Fault, FaultCode, Stage};

/// Why the host could not be made to look as the plan says.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There is no way to talk to the kernel about it.
    #[error("{0}")]
    Connection(#[from] io::Error),
    /// There is no TUN device of that name.
    #[error("there is no device named {0}")]
    NoDevice(String),
    /// The address for the tunnel is one that this computer has already.
    #[error("this computer has the address {0} already")]
    AddressTaken(Ipv4Addr),
    /// The kernel refused.
    #[error("{doing}: {cause}")]
    Refused {
        /// What was attempted.
        doing: &'static str,
        /// What the kernel said.
        cause: io::Error,
    },
    /// Everything was accepted, but what was read back is not what was written.
    #[error("read back differently from what was set: {0}")]
    Differs(&'static str),
}

impl HostError {
    /// The packet filter refused.
    #[cfg(target_os = "linux")]
    pub(crate) fn firewall(doing: &'static str, error: nlink::Error) -> Self {
        let cause = match error.errno() {
            Some(number) => io::Error::from_raw_os_error(number),
            None => io::Error::other(error),
        };
        Self::Refused { doing, cause }
    }

    /// The fault for the person.
    pub fn fault(&self) -> Fault {
        let cause = match self {
            Self::Connection(cause) | Self::Refused { cause, .. } => Some(cause.kind()),
            Self::NoDevice(_) | Self::AddressTaken(_) | Self::Differs(_) => None,
        };
        let code = match (self, cause) {
            (Self::AddressTaken(_), _) => FaultCode::BadAddress,
            (_, Some(io::ErrorKind::PermissionDenied)) => FaultCode::LocalPermission,
            _ => FaultCode::LocalNetwork,
        };
        Fault::new(code).with(Evidence::System(self.to_string())).at(Stage::SettingUpNetwork)
    }
}
