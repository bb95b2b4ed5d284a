//! Which addresses a host can have.

use core::net::Ipv4Addr;

/// Whether `address` can be that of one host inside a tunnel: none of this network (0/8), loopback (127/8), multicast
/// (224/4), reserved (240/4) or broadcast (RFC 6890). Link-local ones can: a Windows server without DHCP hands them
/// out.
pub const fn is_host_address(address: Ipv4Addr) -> bool {
    matches!(address.octets()[0], 1..=126 | 128..=223)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_no_single_host_are_refused() {
        let can = |a, b, c, d| is_host_address(Ipv4Addr::new(a, b, c, d));
        assert!(can(1, 0, 0, 0) && can(10, 0, 0, 7) && can(126, 255, 255, 255));
        assert!(can(128, 0, 0, 1) && can(169, 254, 3, 4) && can(223, 255, 255, 255));
        assert!(!can(0, 0, 0, 0) && !can(0, 1, 2, 3) && !can(127, 0, 0, 1));
        assert!(!can(224, 0, 0, 1) && !can(240, 0, 0, 1) && !can(255, 255, 255, 255));
    }
}
