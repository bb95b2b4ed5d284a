//! Networks in CIDR form.

use alloc::string::{String, ToString};
use core::fmt;
use core::net::Ipv4Addr;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// An IPv4 prefix in CIDR form, host bits zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix {
    address: Ipv4Addr,
    length: u8,
}

/// Why a text is not a [`Prefix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// Not of the form `a.b.c.d/length`.
    #[error("a network is written like 192.0.2.0/24")]
    Form,
    /// The length is above 32.
    #[error("a network's length is 0 to 32")]
    Length,
    /// Bits are set behind the length; the prefix that was probably meant is named.
    #[error("bits are set beyond the network's length; {0} was probably meant")]
    HostBits(Prefix),
}

impl Prefix {
    /// Every IPv4 address.
    pub const ALL: Self = Self { address: Ipv4Addr::UNSPECIFIED, length: 0 };

    /// A prefix of `length` bits (0 to 32); host bits of `address` must be zero.
    pub const fn new(address: Ipv4Addr, length: u8) -> Result<Self, PrefixError> {
        if length > 32 {
            return Err(PrefixError::Length);
        }
        let network = Self::around(address, length);
        if network.address.to_bits() == address.to_bits() {
            Ok(network)
        } else {
            Err(PrefixError::HostBits(network))
        }
    }

    /// The prefix of `length` bits (at most 32) in which `address` lies.
    pub const fn around(address: Ipv4Addr, length: u8) -> Self {
        let mask = match u32::MAX.checked_shl(32_u32.saturating_sub(length as u32)) {
            Some(mask) => mask,
            None => 0,
        };
        let length = if length > 32 { 32 } else { length };
        Self { address: Ipv4Addr::from_bits(address.to_bits() & mask), length }
    }

    /// The classful network in which `address` lies (RFC 791 section 2.3); `None` for those of no single host.
    pub const fn classful(address: Ipv4Addr) -> Option<Self> {
        match address.octets()[0] {
            0..=127 => Some(Self::around(address, 8)),
            128..=191 => Some(Self::around(address, 16)),
            192..=223 => Some(Self::around(address, 24)),
            224.. => None,
        }
    }

    /// The network's address.
    pub const fn address(self) -> Ipv4Addr {
        self.address
    }

    /// The number of leading bits that count, 0 to 32.
    pub const fn length(self) -> u8 {
        self.length
    }

    /// Whether `address` lies within.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
        address.to_bits() & mask == self.address.to_bits()
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let (address, length) = text.trim().split_once('/').unwrap_or((text.trim(), "32"));
        let address = address.parse().map_err(|_| PrefixError::Form)?;
        Self::new(address, length.parse().map_err(|_| PrefixError::Form)?)
    }
}

impl TryFrom<String> for Prefix {
    type Error = PrefixError;

    fn try_from(text: String) -> Result<Self, PrefixError> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.to_string()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_names_what_was_meant() {
        let meant = Prefix::new(Ipv4Addr::new(192, 0, 2, 0), 24).unwrap();
        assert_eq!("192.0.2.7/24".parse::<Prefix>(), Err(PrefixError::HostBits(meant)));
        assert_eq!("192.0.2.0/24".parse(), Ok(meant));
        assert_eq!("0.0.0.0/0".parse(), Ok(Prefix::ALL));
        assert_eq!("192.0.2.0/33".parse::<Prefix>(), Err(PrefixError::Length));
        assert_eq!("office".parse::<Prefix>(), Err(PrefixError::Form));
        assert!(meant.contains(Ipv4Addr::new(192, 0, 2, 255)));
        assert!(!meant.contains(Ipv4Addr::new(192, 0, 3, 0)));
        assert!(Prefix::ALL.contains(Ipv4Addr::BROADCAST));
    }

    #[test]
    fn a_classful_network_is_told_by_the_first_bits() {
        let classful =
            |a, b, c, d| Prefix::classful(Ipv4Addr::new(a, b, c, d)).map(|prefix| prefix.to_string());
        assert_eq!(classful(10, 1, 2, 3).as_deref(), Some("10.0.0.0/8"));
        assert_eq!(classful(172, 16, 2, 3).as_deref(), Some("172.16.0.0/16"));
        assert_eq!(classful(192, 168, 2, 3).as_deref(), Some("192.168.2.0/24"));
        assert_eq!(classful(224, 0, 0, 1), None);
    }
}
