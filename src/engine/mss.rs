//! TCP connections inside the tunnel are told how little fits, so that large transfers work at once.
//!
//! The Maximum Segment Size option of a SYN (RFC 9293 section 3.7.1) is lowered to what the tunnel carries. Path
//! MTU discovery alone would not do: many networks lose the ICMP messages that it lives by.

use std::ops::Range;

/// IPv4 and TCP headers without options.
const HEADERS: u16 = 40;

/// Lowers the MSS option of a SYN in `packet`, an IPv4 packet, to what fits into `mtu`. The TCP checksum follows.
///
/// Anything else than the start of a whole TCP SYN with such an option is left alone.
pub fn clamp(packet: &mut [u8], mtu: u16) {
    let limit = mtu.saturating_sub(HEADERS);
    if let Some(tcp) = syn_header(packet)
        && let Some(segment) = packet.get_mut(tcp)
    {
        lower(segment, limit);
    }
}

/// Where the TCP header of a SYN lies, if `packet` holds one whole.
fn syn_header(packet: &[u8]) -> Option<Range<usize>> {
    let (&first, &protocol) = (packet.first()?, packet.get(9)?);
    let start = usize::from(first & 0x0f) * 4;
    let fragment_offset = u16_at(packet, 6)? & 0x1fff;
    let is_start_of_tcp = first >> 4 == 4 && start >= 20 && protocol == 6 && fragment_offset == 0;
    let is_syn = packet.get(start + 13)? & 0x02 != 0;
    let length = usize::from(packet.get(start + 12)? >> 4) * 4;
    let whole = start + length <= packet.len() && length >= 20;
    (is_start_of_tcp && is_syn && whole).then_some(start..start + length)
}

/// Lowers the MSS in a TCP header.
fn lower(header: &mut [u8], limit: u16) {
    let Some(at) = mss_position(header) else { return };
    let (Some(old), Some(checksum)) = (u16_at(header, at), u16_at(header, 16)) else { return };
    if old > limit {
        // A sum of 16-bit words sees a value at an odd place with its bytes swapped (RFC 1071 section 2).
        let as_summed = |value: u16| if at % 2 == 0 { value } else { value.swap_bytes() };
        let checksum = adjusted(checksum, as_summed(old), as_summed(limit));
        put_u16(header, at, limit);
        put_u16(header, 16, checksum);
    }
}

/// Where the value of the MSS option (kind 2, length 4) lies in a TCP header.
fn mss_position(header: &[u8]) -> Option<usize> {
    let mut at = 20;
    loop {
        match *header.get(at)? {
            0 => return None,
            1 => at += 1,
            2 if header.get(at + 1) == Some(&4) && at + 4 <= header.len() => return Some(at + 2),
            _ => at += usize::from(*header.get(at + 1)?).max(2),
        }
    }
}

/// The checksum after a word of what it covers went from `old` to `new` (RFC 1624 section 3).
fn adjusted(checksum: u16, old: u16, new: u16) -> u16 {
    let sum = u32::from(!checksum) + u32::from(!old) + u32::from(new);
    let sum = (sum & 0xffff) + (sum >> 16);
    let sum = (sum & 0xffff) + (sum >> 16);
    !u16::try_from(sum & 0xffff).unwrap_or_default()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

fn put_u16(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(place) = bytes.get_mut(at..at + 2) {
        place.copy_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYN: u8 = 0x02;
    const ACK: u8 = 0x10;

    /// An IPv4 packet with `ip_options` and a TCP header with `options`, its checksum right.
    fn packet(ip_options: &[u8], flags: u8, options: &[u8], data: &[u8]) -> Vec<u8> {
        let header_words = |len: usize| u8::try_from((20 + len) / 4).unwrap();
        let mut packet = vec![0x40 | header_words(ip_options.len()), 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0];
        packet.extend([10, 0, 0, 1, 192, 0, 2, 1]);
        packet.extend(ip_options);
        let start = packet.len();
        packet.extend([0xc0, 1, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, header_words(options.len()) << 4, flags]);
        packet.extend([0xff, 0xff, 0, 0, 0, 0]);
        packet.extend(options);
        packet.extend(data);
        let total = u16::try_from(packet.len()).unwrap();
        packet[2..4].copy_from_slice(&total.to_be_bytes());
        let checksum = !sum(&packet, start);
        packet[start + 16..start + 18].copy_from_slice(&checksum.to_be_bytes());
        packet
    }

    /// The ones' complement sum over pseudo header and segment; 0xffff where the checksum is right.
    fn sum(packet: &[u8], start: usize) -> u16 {
        let segment = &packet[start..];
        let mut sum = 6 + u32::try_from(segment.len()).unwrap();
        for pair in packet[12..20].chunks(2).chain(segment.chunks(2)) {
            sum += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
        }
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        u16::try_from(sum).unwrap()
    }

    #[test]
    fn a_syn_is_told_what_fits() {
        for flags in [SYN, SYN | ACK] {
            for ip_options in [&[][..], &[1, 1, 1, 0]] {
                let mut packet = packet(ip_options, flags, &[2, 4, 0x05, 0xb4, 1, 3, 3, 7], b"data");
                let start = 20 + ip_options.len();
                assert_eq!(sum(&packet, start), 0xffff);
                clamp(&mut packet, 1400);
                assert_eq!(packet[start + 22..start + 24], 1360_u16.to_be_bytes());
                assert_eq!(sum(&packet, start), 0xffff);
            }
        }
    }

    #[test]
    fn the_checksum_is_right_wherever_the_option_stands() {
        for mss in [0x05b4_u16, 0xffff, 1361, 0x0a00] {
            let [high, low] = mss.to_be_bytes();
            for options in [[1, 2, 4, high, low, 1, 1, 0], [8, 3, 9, 2, 4, high, low, 0]] {
                let mut packet = packet(&[], SYN, &options, b"odd");
                clamp(&mut packet, 1400);
                assert_eq!(sum(&packet, 20), 0xffff, "{mss:#x} {options:?}");
                let at = options.iter().position(|&byte| byte == 2).unwrap() + 42;
                assert_eq!(packet[at..at + 2], 1360_u16.to_be_bytes());
            }
        }
    }

    #[test]
    fn everything_else_is_left_alone() {
        let mss = [2, 4, 0x05, 0xb4];
        let mut fragment = packet(&[], SYN, &mss, b"");
        fragment[7] = 1;
        let mut udp = packet(&[], SYN, &mss, b"");
        udp[9] = 17;
        let mut six = packet(&[], SYN, &mss, b"");
        six[0] = 0x65;
        let mut short_header = packet(&[], SYN, &mss, b"");
        short_header[32] = 0x40;
        let small = packet(&[], SYN, &[2, 4, 0x02, 0x18], b"");
        let established = packet(&[], ACK, &mss, b"");
        let none = packet(&[], SYN, &[1, 1, 1, 0], b"");
        let behind_the_end = packet(&[], SYN, &[0, 2, 4, 0x05, 0xb4, 0, 0, 0], b"");
        for original in [fragment, udp, six, short_header, small, established, none, behind_the_end] {
            let mut packet = original.clone();
            clamp(&mut packet, 1400);
            assert_eq!(packet, original);
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let whole = packet(&[1, 1, 1, 0], SYN, &[8, 0, 2, 4, 0x05, 0xb4, 2, 9], b"");
        for len in 0..whole.len() {
            clamp(&mut whole[..len].to_vec(), 1400);
        }
        for at in 0..whole.len() {
            for value in 0..=255 {
                let mut packet = whole.clone();
                packet[at] = value;
                clamp(&mut packet, 0);
            }
        }
    }
}
