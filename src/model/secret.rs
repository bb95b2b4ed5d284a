//! Text that must not be seen.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A password, or the hash that is as good as one: `Debug` shows nothing of it, and its memory is wiped when it is
/// dropped.
///
/// It serialises as its text, because it has to cross the local socket; whoever serialises one answers for the
/// buffer it ends up in. A hash crosses nothing.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret {
    text: String,
    /// Apart, as the text is: what moves leaves copies behind that nobody wipes.
    nt_hash: Option<Box<[u8]>>,
}

impl Secret {
    /// Takes over `text` without a copy.
    pub fn new(text: String) -> Self {
        Self { text, nt_hash: None }
    }

    /// MD4 of a password in UTF-16 (RFC 2759 section 8.3), which is all that MS-CHAPv2 needs to know of it.
    pub fn of_nt_hash(nt_hash: &[u8; 16]) -> Self {
        Self { text: String::new(), nt_hash: Some(Box::from(nt_hash.as_slice())) }
    }

    /// The text itself, for the one place that needs it; empty where only the hash is known.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The hash, where only that is known.
    pub fn nt_hash(&self) -> Option<&[u8; 16]> {
        self.nt_hash.as_deref()?.first_chunk()
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.nt_hash {
            None => serializer.serialize_str(&self.text),
            Some(_) => Err(S::Error::custom("a hash stays where it is")),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;

    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let secret = Secret::new("clientPass".to_string());
        assert_eq!(format!("{secret:?}"), "Secret(redacted)");
        assert_eq!(secret.expose(), "clientPass");
        let hash = Secret::of_nt_hash(&[7; 16]);
        assert_eq!(format!("{hash:?}"), "Secret(redacted)");
        assert_eq!((hash.expose(), hash.nt_hash()), ("", Some(&[7; 16])));
        assert_ne!(hash, Secret::new(String::new()));
    }
}
