//! What a decrypted packet must look like.

use super::stream::HEAD;

const IPV4_HEADER_LEN: usize = 20;
const IPV6_HEADER_LEN: usize = 40;

/// What a packet that decrypted well carries, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inner {
    /// 0x0021 for IPv4 or 0x0057 for IPv6: nothing else has been agreed on when data flows.
    pub protocol: u16,
    /// How many octets stand before the IP packet: the MPPE header and the inner protocol field.
    pub offset: usize,
}

/// Reads the first octets of a plaintext of `len` octets; `None` is garbage.
///
/// MPPE has no integrity check and the inner protocol may be a single octet (RFC 1661 section 6.5), which one
/// garbled packet in 256 shows by chance. So the first fields of the IP header have to fit as well.
pub(super) fn recognise(head: [u8; HEAD], len: usize) -> Option<Inner> {
    let (protocol, offset) = match head {
        [0, low, ..] if low & 1 == 1 => (low, 2),
        [low, ..] if low & 1 == 1 => (low, 1),
        _ => return None,
    };
    let ip = head.get(offset..)?;
    let room = len.checked_sub(offset)?;
    let fits = match protocol {
        0x21 => is_ipv4(ip, room),
        0x57 => is_ipv6(ip, room),
        _ => false,
    };
    fits.then(|| Inner { protocol: u16::from(protocol), offset: offset + super::HEADER_LEN })
}

fn is_ipv4(ip: &[u8], room: usize) -> bool {
    let [version, _, high, low, ..] = *ip else { return false };
    let total = usize::from(u16::from_be_bytes([high, low]));
    let header = usize::from(version & 0x0F) * 4;
    version >> 4 == 4 && header >= IPV4_HEADER_LEN && header <= total && total <= room
}

fn is_ipv6(ip: &[u8], room: usize) -> bool {
    let [version, _, _, _, high, low, ..] = *ip else { return false };
    let payload = usize::from(u16::from_be_bytes([high, low]));
    version >> 4 == 6 && payload + IPV6_HEADER_LEN <= room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lengths_of_the_protocol_field_are_read() {
        let long = recognise([0x00, 0x21, 0x45, 0, 0, 40, 0, 0], 42);
        assert_eq!(long, Some(Inner { protocol: 0x21, offset: 4 }));
        let short = recognise([0x21, 0x46, 0, 0, 40, 0, 0, 0], 41);
        assert_eq!(short, Some(Inner { protocol: 0x21, offset: 3 }));
        let six = recognise([0x00, 0x57, 0x60, 0, 0, 0, 0, 8], 50);
        assert_eq!(six, Some(Inner { protocol: 0x57, offset: 4 }));
    }

    #[test]
    fn garbage_is_told_from_packets() {
        let good = [0x00, 0x21, 0x45, 0, 0, 40, 0, 0];
        assert_eq!(recognise(good, 41), None, "cut short");
        assert_eq!(recognise([0x00, 0x21, 0x65, 0, 0, 40, 0, 0], 42), None, "version");
        assert_eq!(recognise([0x00, 0x21, 0x44, 0, 0, 40, 0, 0], 42), None, "header length");
        assert_eq!(recognise([0x00, 0x21, 0x45, 0, 0, 19, 0, 0], 42), None, "total length");
        assert_eq!(recognise([0x00, 0x2D, 0x45, 0, 0, 40, 0, 0], 42), None, "protocol");
        assert_eq!(recognise([0xC0, 0x21, 0x45, 0, 0, 40, 0, 0], 42), None, "control protocol");
        assert_eq!(recognise(good, 0), None, "nothing");
    }
}
