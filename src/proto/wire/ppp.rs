//! PPP frames, control packets and option lists (RFC 1661 sections 2, 5 and 6).
//!
//! PPTP carries frames without flags, escapes and checksum.

use alloc::vec::Vec;

use super::reader::Reader;
use crate::Error;

/// Protocol numbers (RFC 1661 section 2 and the assigned numbers).
pub mod protocol {
    /// IPv4.
    pub const IPV4: u16 = 0x0021;
    /// IPv6.
    pub const IPV6: u16 = 0x0057;
    /// A compressed or encrypted frame (RFC 1962).
    pub const COMPRESSED: u16 = 0x00FD;
    /// Internet Protocol Control Protocol (RFC 1332).
    pub const IPCP: u16 = 0x8021;
    /// IPv6 Control Protocol (RFC 5072).
    pub const IPV6CP: u16 = 0x8057;
    /// Compression Control Protocol (RFC 1962).
    pub const CCP: u16 = 0x80FD;
    /// Link Control Protocol (RFC 1661).
    pub const LCP: u16 = 0xC021;
    /// Password Authentication Protocol (RFC 1334).
    pub const PAP: u16 = 0xC023;
    /// Callback Control Protocol.
    pub const CBCP: u16 = 0xC029;
    /// Challenge Handshake Authentication Protocol (RFC 1994).
    pub const CHAP: u16 = 0xC223;
    /// Extensible Authentication Protocol (RFC 3748).
    pub const EAP: u16 = 0xC227;
}

/// Codes of control packets (RFC 1661 section 5, RFC 1570 and RFC 1962).
pub mod code {
    /// Configure-Request.
    pub const CONFIGURE_REQUEST: u8 = 1;
    /// Configure-Ack.
    pub const CONFIGURE_ACK: u8 = 2;
    /// Configure-Nak.
    pub const CONFIGURE_NAK: u8 = 3;
    /// Configure-Reject.
    pub const CONFIGURE_REJECT: u8 = 4;
    /// Terminate-Request.
    pub const TERMINATE_REQUEST: u8 = 5;
    /// Terminate-Ack.
    pub const TERMINATE_ACK: u8 = 6;
    /// Code-Reject.
    pub const CODE_REJECT: u8 = 7;
    /// Protocol-Reject.
    pub const PROTOCOL_REJECT: u8 = 8;
    /// Echo-Request.
    pub const ECHO_REQUEST: u8 = 9;
    /// Echo-Reply.
    pub const ECHO_REPLY: u8 = 10;
    /// Discard-Request.
    pub const DISCARD_REQUEST: u8 = 11;
    /// Identification (RFC 1570 section 1.1).
    pub const IDENTIFICATION: u8 = 12;
    /// Time-Remaining (RFC 1570 section 1.2).
    pub const TIME_REMAINING: u8 = 13;
    /// Reset-Request (RFC 1962 section 3).
    pub const RESET_REQUEST: u8 = 14;
    /// Reset-Ack (RFC 1962 section 3).
    pub const RESET_ACK: u8 = 15;
}

const ADDRESS_AND_CONTROL: [u8; 2] = [0xFF, 0x03];

/// Reading of whole frames.
#[derive(Debug)]
pub enum Frame {}

impl Frame {
    /// Splits a frame into its protocol number and its information field.
    ///
    /// Address and control field may be there or not, and the protocol may take one octet or two, whatever was
    /// negotiated (RFC 1661 sections 6.5 and 6.6).
    pub fn parse(frame: &[u8]) -> Result<(u16, &[u8]), Error> {
        let mut reader =
            Reader::new(frame.strip_prefix(&ADDRESS_AND_CONTROL).unwrap_or(frame), "PPP protocol");
        let first = reader.u8()?;
        if first & 1 == 1 {
            return Ok((u16::from(first), reader.rest()));
        }
        let protocol = u16::from_be_bytes([first, reader.u8()?]);
        Ok((protocol, reader.rest()))
    }
}

/// A whole frame, nothing of it compressed: always legal to send.
pub fn frame(protocol: u16, information: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(information.len().saturating_add(4));
    frame.extend_from_slice(&ADDRESS_AND_CONTROL);
    frame.extend_from_slice(&protocol.to_be_bytes());
    frame.extend_from_slice(information);
    frame
}

/// A packet of LCP, of a network control protocol or of CHAP: all have this shape (RFC 1661 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlPacket<'a> {
    /// What it is; see [`code`].
    pub code: u8,
    /// Matches a reply to its request.
    pub identifier: u8,
    /// What follows the four octets of the header.
    pub data: &'a [u8],
}

impl<'a> ControlPacket<'a> {
    const HEADER_LEN: usize = 4;

    /// Reads a packet; octets after its own length are padding and left out.
    pub fn parse(packet: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(packet, "PPP control packet");
        let code = reader.u8()?;
        let identifier = reader.u8()?;
        let len = usize::from(reader.u16()?)
            .checked_sub(Self::HEADER_LEN)
            .ok_or(Error::Malformed("PPP control packet length"))?;
        Ok(Self { code, identifier, data: reader.take(len)? })
    }

    /// Appends the packet to `out`; data beyond what the length field can say is cut.
    pub fn emit(&self, out: &mut Vec<u8>) {
        let len = u16::try_from(self.data.len().saturating_add(Self::HEADER_LEN)).unwrap_or(u16::MAX);
        out.extend_from_slice(&[self.code, self.identifier]);
        out.extend_from_slice(&len.to_be_bytes());
        out.extend(self.data.iter().take(usize::from(len).saturating_sub(Self::HEADER_LEN)));
    }
}

/// The options of a Configure packet in order, as type and value (RFC 1661 section 6).
///
/// A length that cannot be is an error, and the last item.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Options<'a> {
    /// The options in the data of a Configure packet.
    pub const fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    fn read(&mut self) -> Result<(u8, &'a [u8]), Error> {
        let mut reader = Reader::new(self.rest, "PPP option");
        let kind = reader.u8()?;
        let len = reader.u8()?.checked_sub(2).ok_or(Error::Malformed("PPP option length"))?;
        let value = reader.take(usize::from(len))?;
        self.rest = reader.rest();
        Ok((kind, value))
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<(u8, &'a [u8]), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let option = self.read();
        if option.is_err() {
            self.rest = &[];
        }
        Some(option)
    }
}

/// Appends one option to a list; a value beyond 253 octets is cut.
pub fn push_option(options: &mut Vec<u8>, kind: u8, value: &[u8]) {
    let len = u8::try_from(value.len().saturating_add(2)).unwrap_or(u8::MAX);
    options.extend_from_slice(&[kind, len]);
    options.extend(value.iter().take(usize::from(len).saturating_sub(2)));
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;
    use crate::Chance;

    #[test]
    fn a_frame_is_read_in_every_compression() {
        let expected: (u16, &[u8]) = (protocol::IPV4, &[0x45, 0]);
        for bytes in [
            &[0xFF, 0x03, 0x00, 0x21, 0x45, 0][..],
            &[0x00, 0x21, 0x45, 0],
            &[0xFF, 0x03, 0x21, 0x45, 0],
            &[0x21, 0x45, 0],
        ] {
            assert_eq!(Frame::parse(bytes), Ok(expected));
        }
        assert_eq!(Frame::parse(&frame(protocol::LCP, &[1])), Ok((protocol::LCP, &[1][..])));
    }

    #[test]
    fn a_frame_without_protocol_is_refused() {
        for bytes in [&[][..], &[0xFF, 0x03], &[0xC0], &[0xFF, 0x03, 0x80]] {
            assert!(Frame::parse(bytes).is_err());
        }
        assert_eq!(Frame::parse(&[0x21]), Ok((protocol::IPV4, &[][..])));
    }

    #[test]
    fn a_control_packet_round_trips_and_loses_its_padding() {
        let packet = ControlPacket { code: code::ECHO_REQUEST, identifier: 9, data: &[1, 2, 3, 4] };
        let mut bytes = vec![];
        packet.emit(&mut bytes);
        assert_eq!(bytes, [9, 9, 0, 8, 1, 2, 3, 4]);
        bytes.extend([0; 5]);
        assert_eq!(ControlPacket::parse(&bytes), Ok(packet));
    }

    #[test]
    fn a_control_packet_that_lies_about_its_length_is_refused() {
        for bytes in
            [&[][..], &[1, 1, 0], &[1, 1, 0, 0], &[1, 1, 0, 3, 9], &[1, 1, 0, 6, 9], &[1, 1, 255, 255]]
        {
            assert!(ControlPacket::parse(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn data_beyond_the_length_field_is_cut() {
        let mut bytes = vec![];
        ControlPacket { code: 1, identifier: 1, data: &vec![0; 70_000] }.emit(&mut bytes);
        assert_eq!(bytes.len(), 65_535);
        assert_eq!(ControlPacket::parse(&bytes).unwrap().data.len(), 65_531);
        let mut options = vec![];
        push_option(&mut options, 1, &[0; 300]);
        assert_eq!(options.len(), 255);
    }

    #[test]
    fn options_round_trip() {
        let mut list = vec![];
        push_option(&mut list, 1, &[5, 120]);
        push_option(&mut list, 7, &[]);
        push_option(&mut list, 9, &[0; 253]);
        let read: Result<Vec<_>, _> = Options::new(&list).collect();
        assert_eq!(read.unwrap(), [(1, &[5, 120][..]), (7, &[]), (9, &[0; 253])]);
    }

    #[test]
    fn an_option_that_lies_about_its_length_ends_the_list() {
        for bad in [&[3, 0][..], &[3, 1], &[3, 5, 0, 0], &[3]] {
            let list = [&[7, 2], bad, &[8, 2]].concat();
            let read: Vec<_> = Options::new(bad).collect();
            assert_eq!(read.len(), 1);
            assert!(read[0].is_err());
            let read: Vec<_> = Options::new(&list).collect();
            assert_eq!(read[0], Ok((7, &[][..])));
        }
    }

    #[test]
    fn hostile_bytes_end_without_panic() {
        let mut chance = Chance::new([3; 32]);
        for _ in 0..100_000 {
            let bytes = chance.bytes::<24>();
            let len = usize::from(chance.bytes::<1>()[0]) % 25;
            if let Ok((_, information)) = Frame::parse(&bytes[..len]) {
                assert!(information.len() < len);
            }
            let _ = ControlPacket::parse(&bytes[..len]);
            assert!(Options::new(&bytes[..len]).count() <= len);
        }
    }
}
