//! A server's name or address.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// A server's name or address, checked when it is made: no white space, no control characters, 1 to 253 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Host(String);

/// Why a text is not a [`Host`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// There is no text.
    #[error("the server's name is empty")]
    Empty,
    /// Longer than a DNS name can be (253 bytes).
    #[error("the server's name is longer than 253 characters")]
    TooLong,
    /// A character that no host name has.
    #[error("the server's name has a character that no host name has: {0:?}")]
    Character(char),
    /// Numbers with dots that are no IPv4 address: no name ends in a number (RFC 1123 section 2.1).
    #[error("the server's address is not four numbers from 0 to 255")]
    Numbers,
}

impl Host {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, where the text is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.parse().ok()
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(HostError::Empty);
        }
        if text.len() > 253 {
            return Err(HostError::TooLong);
        }
        let strange = |c: &char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
        // No name begins like this (RFC 1123 section 2.1), and programs take it for an option.
        if text.starts_with('-') {
            return Err(HostError::Character('-'));
        }
        if let Some(c) = text.chars().find(strange) {
            return Err(HostError::Character(c));
        }
        let last = text.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
        let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && text.parse::<Ipv4Addr>().is_err() && !text.contains(':') {
            return Err(HostError::Numbers);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Host {
    type Error = HostError;

    fn try_from(text: String) -> Result<Self, HostError> {
        text.parse()
    }
}

impl From<Ipv4Addr> for Host {
    fn from(address: Ipv4Addr) -> Self {
        Self(address.to_string())
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_no_strange_characters() {
        assert_eq!("".parse::<Host>(), Err(HostError::Empty));
        assert_eq!("vpn example".parse::<Host>(), Err(HostError::Character(' ')));
        assert_eq!("vpn\nexample".parse::<Host>(), Err(HostError::Character('\n')));
        assert_eq!("-oProxyCommand".parse::<Host>(), Err(HostError::Character('-')));
        for numbers in ["999.1.1.1", "10.0.0", "203.0.113.256.", "17", "vpn.1"] {
            assert_eq!(numbers.parse::<Host>(), Err(HostError::Numbers), "{numbers}");
        }
        for good in ["203.0.113.1", "2001:db8::1", "1and1.example", "vpn1.example", "host-1"] {
            assert!(good.parse::<Host>().is_ok(), "{good}");
        }
        assert_eq!(" vpn.example.com ".parse::<Host>().unwrap().as_str(), "vpn.example.com");
    }
}
