//! RC4 that can be looked at before it is used.

use rc4::{KeyInit, Rc4, StreamCipher};
use zeroize::Zeroize;

/// How much of a packet can be seen without decrypting it: enough to tell a packet from garbage.
pub(super) const HEAD: usize = 8;

/// A running keystream whose next octets are already known.
///
/// A packet that turns out to be garbage has used up nothing, so a forged one cannot put the stream out of step.
pub(super) struct Stream {
    cipher: Rc4,
    head: [u8; HEAD],
}

impl Stream {
    /// The stream of a key of 8 or 16 octets.
    pub(super) fn new(key: &[u8]) -> Self {
        // Every length from 1 to 256 is a valid RC4 key, so the fallback is never taken.
        let cipher = Rc4::new_from_slice(key).unwrap_or_else(|_| Rc4::new(&[0; 32].into()));
        let mut stream = Self { cipher, head: [0; HEAD] };
        stream.cipher.apply_keystream(&mut stream.head);
        stream
    }

    /// The first octets of `data` as they would decrypt.
    pub(super) fn peek(&self, data: &[u8]) -> [u8; HEAD] {
        let mut plain = self.head;
        for (octet, cipher) in plain.iter_mut().zip(data) {
            *octet ^= cipher;
        }
        plain
    }

    /// Encrypts or decrypts in place, and moves on by as much.
    pub(super) fn apply(&mut self, data: &mut [u8]) {
        let (front, rest) = data.split_at_mut(HEAD.min(data.len()));
        for (octet, key) in front.iter_mut().zip(self.head) {
            *octet ^= key;
        }
        self.cipher.apply_keystream(rest);
        self.refill(front.len());
    }

    fn refill(&mut self, used: usize) {
        self.head.rotate_left(used);
        let keep = HEAD.saturating_sub(used);
        if let Some(free) = self.head.get_mut(keep..) {
            free.fill(0);
            self.cipher.apply_keystream(free);
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.head.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::ppp::auth::testing::hex;

    #[test]
    fn keystreams_of_rfc_6229() {
        let vectors: [(&[u8], &str); 3] = [
            (&[1, 2, 3, 4, 5], "B2396305F03DC027CCC3524A0A1118A8"),
            (&[1, 2, 3, 4, 5, 6, 7, 8], "97AB8A1BF0AFB96132F2F67258DA15A8"),
            (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], "9AC7CC9A609D1EF7B2932899CDE41B97"),
        ];
        for (key, keystream) in vectors {
            let mut data = [0; 16];
            Stream::new(key).apply(&mut data);
            assert_eq!(data, hex::<16>(keystream));
        }
    }

    #[test]
    fn pieces_of_any_length_join_up_and_looking_ahead_changes_nothing() {
        let mut whole = [0; 64];
        Stream::new(b"some key").apply(&mut whole);
        for size in 1..20 {
            let mut stream = Stream::new(b"some key");
            let mut pieces = Vec::new();
            while pieces.len() < whole.len() {
                let mut piece = std::vec![0; size];
                let seen = stream.peek(&piece);
                stream.apply(&mut piece);
                assert_eq!(seen[..size.min(HEAD)], piece[..size.min(HEAD)]);
                pieces.extend(piece);
            }
            assert_eq!(pieces[..64], whole);
        }
    }
}
