//! The enhanced GRE header (RFC 2637 section 4.1).

use super::reader::Reader;
use crate::Error;

const PROTOCOL_PPP: u16 = 0x880B;
const KEY_PRESENT: u16 = 0x2000;
const SEQUENCE_PRESENT: u16 = 0x1000;
const ACKNOWLEDGEMENT_PRESENT: u16 = 0x0080;
/// C, R, s, Recur and the version: with K, all that must have exactly one value.
const FIXED: u16 = 0xEF07;
const VERSION_1: u16 = 0x0001;

/// The header of one enhanced GRE packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The receiver's call id: the low half of the key.
    pub call_id: u16,
    /// How many octets follow the header: the high half of the key.
    pub payload_len: u16,
    /// The number of this packet, if it carries a payload.
    pub sequence: Option<u32>,
    /// The highest number that the sender of this packet has received.
    pub acknowledgement: Option<u32>,
}

impl Header {
    /// The longest header in octets.
    pub const MAX_LEN: usize = 16;

    /// Reads the header of `packet`, and its length in octets.
    ///
    /// The payload is there in full: `payload_len` octets after the header. What comes after it is padding.
    /// The four flag bits that RFC 2637 reserves are not looked at.
    pub fn parse(packet: &[u8]) -> Result<(Self, usize), Error> {
        let mut reader = Reader::new(packet, "GRE header");
        let (flags, start) = Self::parse_start(&mut reader)?;
        let sequence = (flags & SEQUENCE_PRESENT != 0).then(|| reader.u32()).transpose()?;
        let acknowledgement = (flags & ACKNOWLEDGEMENT_PRESENT != 0).then(|| reader.u32()).transpose()?;
        if reader.rest().len() < usize::from(start.payload_len) {
            return Err(Error::Malformed("GRE payload length"));
        }
        let header = Self { sequence, acknowledgement, ..start };
        Ok((header, header.header_len()))
    }

    /// Reads what an ICMP error quotes of a header: eight octets for certain (RFC 792), so the sequence number may
    /// be missing. The acknowledgement is not read.
    pub fn parse_quoted(quoted: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(quoted, "quoted GRE header");
        let (flags, start) = Self::parse_start(&mut reader)?;
        let sequence = if flags & SEQUENCE_PRESENT != 0 { reader.u32().ok() } else { None };
        Ok(Self { sequence, ..start })
    }

    /// The first eight octets: the flags, and the header without what they announce.
    fn parse_start(reader: &mut Reader<'_>) -> Result<(u16, Self), Error> {
        let flags = reader.u16()?;
        if flags & FIXED != KEY_PRESENT | VERSION_1 {
            return Err(Error::Malformed("GRE flags"));
        }
        if reader.u16()? != PROTOCOL_PPP {
            return Err(Error::Malformed("GRE protocol"));
        }
        let payload_len = reader.u16()?;
        let call_id = reader.u16()?;
        Ok((flags, Self { call_id, payload_len, sequence: None, acknowledgement: None }))
    }

    /// How many octets the header takes.
    pub const fn header_len(&self) -> usize {
        let mut len = 8;
        if self.sequence.is_some() {
            len += 4;
        }
        if self.acknowledgement.is_some() {
            len += 4;
        }
        len
    }

    /// Writes the header to the start of an array; the second value says how much of it counts.
    pub fn emit(&self) -> ([u8; Self::MAX_LEN], usize) {
        let mut flags = KEY_PRESENT | VERSION_1;
        if self.sequence.is_some() {
            flags |= SEQUENCE_PRESENT;
        }
        if self.acknowledgement.is_some() {
            flags |= ACKNOWLEDGEMENT_PRESENT;
        }
        let [f0, f1] = flags.to_be_bytes();
        let [p0, p1] = PROTOCOL_PPP.to_be_bytes();
        let [l0, l1] = self.payload_len.to_be_bytes();
        let [c0, c1] = self.call_id.to_be_bytes();
        let first = self.sequence.or(self.acknowledgement).unwrap_or_default();
        let [s0, s1, s2, s3] = first.to_be_bytes();
        let [a0, a1, a2, a3] = self.acknowledgement.unwrap_or_default().to_be_bytes();
        let bytes = [f0, f1, p0, p1, l0, l1, c0, c1, s0, s1, s2, s3, a0, a1, a2, a3];
        (bytes, self.header_len())
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::Chance;

    #[test]
    fn data_with_and_without_acknowledgement() {
        let header = Header { call_id: 0x8000, payload_len: 2, sequence: Some(1), acknowledgement: None };
        let (bytes, len) = header.emit();
        assert_eq!(bytes[..len], [0x30, 0x01, 0x88, 0x0B, 0, 2, 0x80, 0, 0, 0, 0, 1]);
        let header = Header { acknowledgement: Some(7), ..header };
        let (bytes, len) = header.emit();
        assert_eq!(bytes[..len], [0x30, 0x81, 0x88, 0x0B, 0, 2, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 7]);
    }

    #[test]
    fn acknowledgement_alone_takes_twelve_octets() {
        let header =
            Header { call_id: 3, payload_len: 0, sequence: None, acknowledgement: Some(0x0102_0304) };
        let (bytes, len) = header.emit();
        assert_eq!(bytes[..len], [0x20, 0x81, 0x88, 0x0B, 0, 0, 0, 3, 1, 2, 3, 4]);
        assert_eq!(Header::parse(&bytes[..len]), Ok((header, 12)));
    }

    #[test]
    fn every_shape_round_trips() {
        for sequence in [None, Some(0), Some(u32::MAX)] {
            for acknowledgement in [None, Some(0), Some(u32::MAX)] {
                let header = Header { call_id: 0, payload_len: 3, sequence, acknowledgement };
                let (bytes, len) = header.emit();
                let mut packet = bytes[..len].to_vec();
                packet.extend([1, 2, 3]);
                assert_eq!(Header::parse(&packet), Ok((header, len)));
                packet.extend([0; 18]);
                assert_eq!(Header::parse(&packet), Ok((header, len)), "padding is no matter");
            }
        }
    }

    #[test]
    fn a_quote_is_read_as_far_as_it_goes() {
        let header = Header { call_id: 9, payload_len: 40, sequence: Some(5), acknowledgement: Some(6) };
        let (bytes, len) = header.emit();
        let start = Header { sequence: None, acknowledgement: None, ..header };
        assert_eq!(Header::parse_quoted(&bytes[..8]), Ok(start));
        assert_eq!(Header::parse_quoted(&bytes[..11]), Ok(start));
        assert_eq!(Header::parse_quoted(&bytes[..len]), Ok(Header { sequence: Some(5), ..start }));
        assert!(Header::parse_quoted(&bytes[..7]).is_err());
        assert!(Header::parse_quoted(&[0; 8]).is_err());
    }

    #[test]
    fn lies_are_refused() {
        let header = Header { call_id: 1, payload_len: 4, sequence: Some(1), acknowledgement: Some(2) };
        let mut packet = header.emit().0.to_vec();
        packet.extend([0xFF, 0x03, 0x00, 0x21]);
        for short in 0..packet.len() {
            assert!(Header::parse(&packet[..short]).is_err(), "cut to {short}");
        }
        // C, R, no K, s, Recur, version 0, another protocol.
        for (at, flip) in [(0, 0x80), (0, 0x40), (0, 0x20), (0, 0x08), (0, 0x01), (1, 0x01), (2, 0x80)] {
            let mut bad = packet.clone();
            bad[at] ^= flip;
            assert!(Header::parse(&bad).is_err(), "bit {flip:#x} of octet {at}");
        }
    }

    #[test]
    fn what_parses_stays_within_the_packet() {
        let mut chance = Chance::new([7; 32]);
        for _ in 0..100_000 {
            let mut packet: Vec<u8> = chance.bytes::<40>().to_vec();
            packet.truncate(usize::from(chance.bytes::<1>()[0]) % 41);
            for (to, from) in packet.iter_mut().zip([0x30, 0x81, 0x88, 0x0B, 0]) {
                *to = from;
            }
            if let Ok((header, len)) = Header::parse(&packet) {
                assert!(len + usize::from(header.payload_len) <= packet.len());
                assert_eq!(header.emit().0[..len], packet[..len]);
            }
        }
    }
}
