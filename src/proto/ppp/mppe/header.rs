//! The two octets in front of a ciphertext (RFC 3078 section 3.1).

/// Their length.
pub const HEADER_LEN: usize = 2;

/// How many values the coherency count has.
pub(super) const COUNTS: u64 = 0x1000;

const FLUSHED: u16 = 0x8000;
const COMPRESSED: u16 = 0x2000;
const ENCRYPTED: u16 = 0x1000;
const COUNT: u16 = 0x0FFF;

/// The header of an encrypted packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bit A: the tables were initialised before this packet.
    pub flushed: bool,
    /// The coherency count, 12 bits.
    pub count: u16,
}

impl Header {
    /// Takes the header off; `None` where the packet is not encrypted (bit D) or compressed as well (bit C).
    pub fn split(data: &[u8]) -> Option<(Self, &[u8])> {
        let (header, body) = data.split_first_chunk::<HEADER_LEN>()?;
        let bits = u16::from_be_bytes(*header);
        let readable = bits & ENCRYPTED != 0 && bits & COMPRESSED == 0;
        readable.then_some((Self { flushed: bits & FLUSHED != 0, count: bits & COUNT }, body))
    }

    /// The header's octets.
    pub fn octets(self) -> [u8; HEADER_LEN] {
        let flushed = if self.flushed { FLUSHED } else { 0 };
        (flushed | ENCRYPTED | (self.count & COUNT)).to_be_bytes()
    }
}

/// The coherency count of the packet number `index`, counted from the start of the encryption.
pub(super) fn count_of(index: u64) -> u16 {
    u16::try_from(index % COUNTS).unwrap_or_default()
}

/// Whether a stateful sender changes its key before the packet number `index` (RFC 3078 section 7.3).
pub(super) fn is_flag(index: u64) -> bool {
    index % 256 == 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_the_way_there_and_back() {
        for bits in [0x9000_u16, 0x1000, 0x9FFF, 0x1ABC] {
            let (header, body) =
                Header::split(&[bits.to_be_bytes().as_slice(), b"x"].concat()).map(own).unwrap();
            assert_eq!(header.octets(), bits.to_be_bytes());
            assert_eq!(body, b"x");
        }
    }

    #[test]
    fn clear_compressed_and_cut_packets_are_refused() {
        assert_eq!(Header::split(&[0x80, 0x00, 1]), None);
        assert_eq!(Header::split(&[0xB0, 0x00, 1]), None);
        assert_eq!(Header::split(&[0x90]), None);
    }

    fn own((header, body): (Header, &[u8])) -> (Header, std::vec::Vec<u8>) {
        (header, body.to_vec())
    }
}
