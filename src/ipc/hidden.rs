//! A secret as hexadecimal digits of its UTF-8.
//!
//! Digits need no escapes. Text with a quote or a backslash would be unescaped in a buffer inside the JSON parser
//! that nobody wipes.

use core::fmt;

use culvert_model::Secret;
use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};
use zeroize::Zeroizing;

pub(crate) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(secret.expose()))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    deserializer.deserialize_str(Digits)
}

/// The same where there may be none.
pub(crate) mod optional {
    use serde::{Deserialize, Serialize};

    use super::{Deserializer, Secret, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Hidden(#[serde(with = "super")] Secret);

    pub(crate) fn serialize<S: Serializer>(
        secret: &Option<Secret>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret.clone().map(Hidden).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret>, D::Error> {
        let hidden: Option<Hidden> = Option::deserialize(deserializer)?;
        Ok(hidden.map(|Hidden(secret)| secret))
    }
}

struct Digits;

impl Visitor<'_> for Digits {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hexadecimal digits")
    }

    fn visit_str<E: Error>(self, digits: &str) -> Result<Secret, E> {
        decode(digits).ok_or_else(|| E::custom("not the hexadecimal digits of a text"))
    }
}

fn encode(text: &str) -> Zeroizing<String> {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let mut digits = Zeroizing::new(String::with_capacity(text.len().saturating_mul(2)));
    for byte in text.bytes() {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
    }
    digits
}

fn decode(digits: &str) -> Option<Secret> {
    let value = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let mut bytes = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for &[high, low] in pairs {
        bytes.push((value(high)? << 4) | value(low)?);
    }
    let text = core::str::from_utf8(&bytes).ok().filter(|_| rest.is_empty())?;
    Some(Secret::new(text.to_owned()))
}
