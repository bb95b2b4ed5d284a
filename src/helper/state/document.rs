//! A value in a file that is known to be whole: one line with its kind, version and checksum, then JSON.

use std::str;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of what is written. Files of other versions are not read.
const VERSION: &str = "1";

/// Why bytes are no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Garbled {
    /// The first line is not what it should be.
    #[error("it does not begin as it should")]
    Heading,
    /// Another version of Culvert wrote it.
    #[error("another version of Culvert wrote it")]
    Version,
    /// It is not as it was written.
    #[error("it is damaged")]
    Checksum,
    /// It is as it was written, and makes no sense.
    #[error("it makes no sense: {0}")]
    Content(String),
}

/// The bytes of a document.
pub(super) fn write(kind: &str, value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let body = serde_json::to_string(value)?;
    Ok(format!("culvert-{kind} {VERSION} {:08x}\n{body}\n", crc32(body.as_bytes())).into_bytes())
}

/// The value in a document.
pub(super) fn read<T: DeserializeOwned>(kind: &str, bytes: &[u8]) -> Result<T, Garbled> {
    let text = str::from_utf8(bytes).map_err(|_| Garbled::Checksum)?;
    let (heading, rest) = text.split_once('\n').ok_or(Garbled::Heading)?;
    let words = heading.strip_prefix("culvert-").and_then(|words| words.strip_prefix(kind));
    let words = words.and_then(|words| words.strip_prefix(' ')).ok_or(Garbled::Heading)?;
    let (version, checksum) = words.split_once(' ').ok_or(Garbled::Heading)?;
    if version != VERSION {
        return Err(Garbled::Version);
    }
    let body = rest.strip_suffix('\n').ok_or(Garbled::Checksum)?;
    if checksum != format!("{:08x}", crc32(body.as_bytes())) {
        return Err(Garbled::Checksum);
    }
    serde_json::from_str(body).map_err(|error| Garbled::Content(error.to_string()))
}

/// The checksum of Ethernet frames (IEEE 802.3): every burst of up to 32 wrong bits shows.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let written = String::from_utf8(write("number", &7).unwrap()).unwrap();
        assert_eq!(read::<u8>("number", written.as_bytes()), Ok(7));
        let read = |kind, text: &str| read::<u8>(kind, text.as_bytes()).unwrap_err();
        assert_eq!(read("numb", &written), Garbled::Heading);
        assert_eq!(read("number", ""), Garbled::Heading);
        assert_eq!(read("number", &written.replace(" 1 ", " 2 ")), Garbled::Version);
        assert_eq!(read("number", &written.replace("\n7\n", "\n8\n")), Garbled::Checksum);
        assert_eq!(read("number", written.trim_end()), Garbled::Checksum);
        let sense = String::from_utf8(write("number", &"seven").unwrap()).unwrap();
        assert!(matches!(read("number", &sense), Garbled::Content(_)));
    }
}
