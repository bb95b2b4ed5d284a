//! Which packet a coherency count of 12 bits means.

use super::header::COUNTS;

/// How far behind the newest packet a late one may be.
pub(super) const BEHIND: u64 = 64;

/// How far ahead of the newest packet a packet is decrypted at once.
pub(super) const AHEAD: u64 = 64;

/// The newest packet that decrypted well, by both of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    /// The sequence number of GRE.
    pub(super) sequence: u32,
    /// The number of the packet since the start of the encryption.
    pub(super) index: u64,
}

impl Sighting {
    /// How far the GRE sequence has moved on since; negative if it is older.
    pub(super) fn distance(self, sequence: u32) -> i32 {
        sequence.wrapping_sub(self.sequence).cast_signed()
    }
}

/// The packet number that `count` means: of all that fit, the one nearest to where the GRE sequence says it is.
///
/// Control frames have a sequence number and no count, and a sender may drop what it has counted, so the sequence
/// alone would not do.
pub(super) fn locate(newest: Option<Sighting>, sequence: u32, count: u16) -> Option<u64> {
    let expected =
        newest.map_or(0, |newest| newest.index.saturating_add_signed(newest.distance(sequence).into()));
    let ahead = (u64::from(count) + COUNTS - expected % COUNTS) % COUNTS;
    let index = expected.checked_add(ahead)?;
    if ahead < COUNTS / 2 { Some(index) } else { index.checked_sub(COUNTS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWEST: Option<Sighting> = Some(Sighting { sequence: u32::MAX, index: 10_000 });

    #[test]
    fn without_a_packet_before_it_a_count_is_the_number() {
        assert_eq!(locate(None, 77, 0), Some(0));
        assert_eq!(locate(None, 77, 2047), Some(2047));
        assert_eq!(locate(None, 77, 4095), None, "before the start");
    }

    #[test]
    fn the_sequence_says_which_round_of_the_count_it_is() {
        for lost in [0_u32, 1, 2000, 2049, 4095, 4096, 5000, 100_000] {
            let index = 10_001 + u64::from(lost);
            let count = u16::try_from(index % 4096).unwrap();
            assert_eq!(locate(NEWEST, lost, count), Some(index));
            assert_eq!(locate(NEWEST, lost + 100, count), Some(index), "a hundred control frames between");
        }
    }

    #[test]
    fn late_packets_are_found_behind() {
        assert_eq!(locate(NEWEST, u32::MAX - 5, (9_995 % 4096) as u16), Some(9_995));
        assert_eq!(locate(Some(Sighting { sequence: 5, index: 2 }), 4, 4095), None, "before the start");
    }
}
