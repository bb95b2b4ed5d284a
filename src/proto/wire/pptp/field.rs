//! How each type of field lies on the wire.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::Error;
use crate::wire::reader::Reader;

/// A value of fixed size.
pub(super) trait Field: Sized {
    /// Octets on the wire.
    const SIZE: u16;
    /// Reads it.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Error>;
    /// Appends it.
    fn write(&self, out: &mut Vec<u8>);
}

macro_rules! numbers {
    ($($number:ident $size:literal,)+) => {$(
        impl Field for $number {
            const SIZE: u16 = $size;

            fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
                reader.$number()
            }

            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
        }
    )+};
}

numbers! { u8 1, u16 2, u32 4, }

/// A text field of fixed size, padded with zeros.
///
/// Not every peer puts text there: Windows sends 16 binary octets as the subaddress of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize>(pub [u8; N]);

impl<const N: usize> Text<N> {
    /// The octets before the padding.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.split(|octet| *octet == 0).next().unwrap_or_default()
    }

    /// The text fit to be shown: no control characters, and what is not UTF-8 replaced.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(self.as_bytes()).chars().filter(|c| !c.is_control()).collect()
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> From<&str> for Text<N> {
    /// What does not fit is cut.
    fn from(text: &str) -> Self {
        let mut octets = [0; N];
        for (to, from) in octets.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        Self(octets)
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

impl Field for Text<64> {
    const SIZE: u16 = 64;

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.array().map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

impl Field for Text<128> {
    const SIZE: u16 = 128;

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.array().map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}
