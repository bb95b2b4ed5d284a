//! How well the traffic must be encrypted.

use serde::{Deserialize, Serialize};

/// How well the traffic must be encrypted (MPPE, RFC 3078).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// 128-bit MPPE or no connection.
    #[default]
    Required128,
    /// MPPE of any strength or no connection.
    Required,
    /// MPPE of any strength if the server has it, clear text otherwise.
    Preferred,
    /// Clear text.
    None,
}

impl Encryption {
    /// Whether the connection must end rather than carry clear text.
    pub const fn is_required(self) -> bool {
        matches!(self, Self::Required128 | Self::Required)
    }
}

/// The length of an MPPE session key (RFC 3078 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KeyStrength {
    /// 40 bits.
    #[serde(rename = "40")]
    Bits40,
    /// 56 bits.
    #[serde(rename = "56")]
    Bits56,
    /// 128 bits.
    #[serde(rename = "128")]
    Bits128,
}

impl KeyStrength {
    /// The number of bits.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Bits40 => 40,
            Self::Bits56 => 56,
            Self::Bits128 => 128,
        }
    }
}
