//! The addresses that clients get.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// A span of addresses, both ends included, written `10.64.0.10-10.64.0.250`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    first: Ipv4Addr,
    last: Ipv4Addr,
}

/// Why a text is not an [`AddressRange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Not of the form `a.b.c.d-e.f.g.h`.
    #[error("a range of addresses is written like 10.64.0.10-10.64.0.250")]
    Form,
    /// The last address comes before the first.
    #[error("the range's last address comes before its first")]
    Backwards,
}

impl AddressRange {
    /// From `first` to `last`.
    ///
    /// # Errors
    /// [`RangeError::Backwards`] where `last` comes before `first`.
    pub fn new(first: Ipv4Addr, last: Ipv4Addr) -> Result<Self, RangeError> {
        if first <= last { Ok(Self { first, last }) } else { Err(RangeError::Backwards) }
    }

    /// The length of the smallest prefix that holds the range and `address`.
    pub(crate) fn prefix_length(&self, address: Ipv4Addr) -> u8 {
        let differing = [self.first, self.last].map(|end| end.to_bits() ^ address.to_bits());
        let common = differing.into_iter().map(u32::leading_zeros).min().unwrap_or(32);
        u8::try_from(common).unwrap_or(32)
    }

    fn iter(self) -> impl Iterator<Item = Ipv4Addr> {
        (self.first.to_bits()..=self.last.to_bits()).map(Ipv4Addr::from_bits)
    }
}

impl FromStr for AddressRange {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let (first, last) = text.split_once('-').ok_or(RangeError::Form)?;
        let address = |text: &str| text.trim().parse().map_err(|_| RangeError::Form);
        Self::new(address(first)?, address(last)?)
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Which addresses of a range are taken.
#[derive(Debug)]
pub(crate) struct Pool {
    range: AddressRange,
    taken: BTreeSet<Ipv4Addr>,
}

impl Pool {
    /// Everything in `range` but the server's own address `local` and the two ends of the network they share,
    /// which the kernel gives a meaning of their own.
    pub(crate) fn new(range: AddressRange, local: Ipv4Addr) -> Self {
        let mut taken = BTreeSet::from([local]);
        let length = range.prefix_length(local);
        if length < 31 {
            let host_bits = u32::MAX >> length;
            taken.insert(Ipv4Addr::from_bits(local.to_bits() & !host_bits));
            taken.insert(Ipv4Addr::from_bits(local.to_bits() | host_bits));
        }
        Self { range, taken }
    }

    /// The lowest free address.
    pub(crate) fn assign(&mut self) -> Option<Ipv4Addr> {
        let free = self.range.iter().find(|address| !self.taken.contains(address))?;
        self.taken.insert(free);
        Some(free)
    }

    /// Takes an assigned address back.
    pub(crate) fn release(&mut self, address: Ipv4Addr) {
        self.taken.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(range: &str, local: [u8; 4]) -> Pool {
        Pool::new(range.parse().unwrap(), local.into())
    }

    #[test]
    fn each_client_gets_an_address_of_its_own_until_none_is_left() {
        let mut pool = pool("10.64.0.10-10.64.0.12", [10, 64, 0, 1]);
        let assigned: Vec<_> = std::iter::from_fn(|| pool.assign()).collect();
        assert_eq!(assigned, [10, 11, 12].map(|last| Ipv4Addr::new(10, 64, 0, last)));
        pool.release(assigned[1]);
        assert_eq!(pool.assign(), Some(assigned[1]));
        assert_eq!(pool.assign(), None);
    }

    #[test]
    fn the_servers_own_and_the_networks_ends_are_never_assigned() {
        let mut pool = pool("192.0.2.0-192.0.2.3", [192, 0, 2, 1]);
        assert_eq!(pool.assign(), Some(Ipv4Addr::new(192, 0, 2, 2)));
        assert_eq!(pool.assign(), None);
    }

    #[test]
    fn the_prefix_holds_both_ends_and_the_server() {
        let range: AddressRange = "10.64.0.10-10.64.0.250".parse().unwrap();
        assert_eq!(range.prefix_length(Ipv4Addr::new(10, 64, 0, 1)), 24);
        assert_eq!(range.prefix_length(Ipv4Addr::new(10, 65, 0, 1)), 15);
        let one: AddressRange = "10.64.0.2-10.64.0.2".parse().unwrap();
        assert_eq!(one.prefix_length(Ipv4Addr::new(10, 64, 0, 2)), 32);
    }

    #[test]
    fn a_range_is_two_addresses_in_order() {
        assert_eq!("10.0.0.1".parse::<AddressRange>(), Err(RangeError::Form));
        assert_eq!("10.0.0.1-x".parse::<AddressRange>(), Err(RangeError::Form));
        assert_eq!("10.0.0.2-10.0.0.1".parse::<AddressRange>(), Err(RangeError::Backwards));
        let range: AddressRange = "10.0.0.1 - 10.0.0.2".parse().unwrap();
        assert_eq!(range.to_string(), "10.0.0.1-10.0.0.2");
    }
}
