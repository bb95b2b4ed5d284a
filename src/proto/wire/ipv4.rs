//! The IPv4 header in front of what a raw socket delivers (RFC 791 section 3.1).

use core::net::Ipv4Addr;

use super::reader::Reader;
use crate::Error;

/// The protocol number of GRE.
pub const GRE: u8 = 47;

/// The fields of an IPv4 header that matter to the receiver of a raw datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4View {
    /// Who sent it.
    pub source: Ipv4Addr,
    /// To whom.
    pub destination: Ipv4Addr,
    /// The number of the protocol inside.
    pub protocol: u8,
}

/// The header of `datagram` and its length in octets, options included.
///
/// The total length is not looked at: some systems hand it over in host order or without the header, and the
/// GRE header inside has a length of its own.
pub fn split(datagram: &[u8]) -> Result<(Ipv4View, usize), Error> {
    let mut reader = Reader::new(datagram, "IPv4 header");
    let first = reader.u8()?;
    if first >> 4 != 4 {
        return Err(Error::Malformed("IPv4 version"));
    }
    let len = usize::from(first & 0x0F) * 4;
    if len < 20 || len > datagram.len() {
        return Err(Error::Malformed("IPv4 header length"));
    }
    reader.array::<8>()?;
    let protocol = reader.u8()?;
    reader.array::<2>()?;
    let source = Ipv4Addr::from(reader.array::<4>()?);
    let destination = Ipv4Addr::from(reader.array::<4>()?);
    Ok((Ipv4View { source, destination, protocol }, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 20] = [0x45, 0, 0, 60, 1, 2, 0, 0, 64, 47, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7];

    #[test]
    fn addresses_and_protocol_are_found() {
        let (view, len) = split(&HEADER).unwrap();
        assert_eq!(len, 20);
        assert_eq!(view.source, Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(view.destination, Ipv4Addr::new(198, 51, 100, 7));
        assert_eq!(view.protocol, GRE);
    }

    #[test]
    fn options_belong_to_the_header() {
        let mut datagram = HEADER.to_vec();
        datagram[0] = 0x46;
        datagram.extend([1, 1, 1, 1, 0x30, 0x01]);
        assert_eq!(split(&datagram).unwrap().1, 24);
    }

    #[test]
    fn lies_are_refused() {
        for short in 0..20 {
            assert!(split(&HEADER[..short]).is_err());
        }
        for first in [0x00, 0x44, 0x46, 0x4F, 0x60, 0xFF] {
            let mut datagram = HEADER;
            datagram[0] = first;
            assert!(split(&datagram).is_err(), "{first:#x}");
        }
    }
}
