//! Randomness as an argument.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of random numbers that a 32-byte seed determines.
///
/// The seed must come from the operating system's entropy, or, in a simulation, from the test's own seed.
#[derive(Debug)]
pub struct Chance(ChaCha12Rng);

impl Chance {
    /// The stream of `seed`.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    /// A stream of its own for a part, so that the parts do not disturb each other's numbers.
    pub fn fork(&mut self) -> Self {
        Self::new(self.bytes())
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A random number.
    pub fn u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A random number that is not zero: a magic number (RFC 1661 section 6.4).
    pub fn nonzero_u32(&mut self) -> u32 {
        loop {
            let number = self.u32();
            if number != 0 {
                return number;
            }
        }
    }

    /// A random number that is not zero: a call id.
    pub fn nonzero_u16(&mut self) -> u16 {
        loop {
            let number = u16::from_be_bytes(self.bytes());
            if number != 0 {
                return number;
            }
        }
    }
}
