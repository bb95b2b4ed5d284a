//! Where connections are read from.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use culvert_model::Secret;
use zeroize::Zeroizing;

use super::Refusal;
use crate::sealed;

/// A file, or what somebody pasted.
#[derive(Debug)]
pub struct Source {
    name: String,
    bytes: Zeroizing<Vec<u8>>,
    /// The directory in which the files lie that this one may name.
    beside: Option<PathBuf>,
    is_too_long: bool,
}

impl Source {
    /// The longest file, in bytes.
    pub const LONGEST: u64 = 1 << 20;
    /// The longest line, in bytes.
    pub const LONGEST_LINE: usize = 64 << 10;

    /// This file.
    ///
    /// # Errors
    /// Where it is no ordinary file or can't be read.
    pub fn file(path: &Path) -> io::Result<Self> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let bytes = read_ordinary(path)?;
        let is_too_long = bytes.len() as u64 > Self::LONGEST;
        let beside = path.parent().map(Path::to_owned);
        Ok(Self { name, bytes, beside, is_too_long })
    }

    /// What somebody pasted.
    pub fn pasted(text: impl Into<String>) -> Self {
        Self::of_bytes("", text.into().into_bytes())
    }

    /// What a file of this name would hold.
    pub fn of_bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = Zeroizing::new(bytes.into());
        let is_too_long = bytes.len() as u64 > Self::LONGEST;
        Self { name: name.into(), bytes, beside: None, is_too_long }
    }

    /// Whether [`Source::decrypt`] is needed first.
    pub fn is_encrypted(&self) -> bool {
        sealed::is_sealed(&self.bytes)
    }

    /// Opens a file that somebody exported with a passphrase.
    ///
    /// # Errors
    /// [`Refusal::WrongPassphrase`]; the file stays as it is.
    pub fn decrypt(&mut self, passphrase: &Secret) -> Result<(), Refusal> {
        let inside = sealed::open(&self.bytes, passphrase, Self::LONGEST).ok_or(Refusal::WrongPassphrase)?;
        self.is_too_long = inside.len() as u64 > Self::LONGEST;
        self.bytes = inside;
        Ok(())
    }

    /// The file's name; empty for what was pasted.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of an ordinary file of this name that lies beside this one, and is no link to one elsewhere.
    pub(super) fn beside(&self, name: &str) -> Option<Zeroizing<String>> {
        let path = self.beside.as_ref()?.join(Path::new(name).file_name()?);
        if path.is_symlink() {
            return None;
        }
        Self::file(&path).ok()?.text().ok()
    }

    /// What stands there, if it is not too long to be looked at.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        (!self.is_too_long).then_some(self.bytes.as_slice())
    }

    /// The text, whatever way it is written down: UTF-8, UTF-16 with its mark, or the 8-bit letters of western Windows.
    /// Lines end with `\n`.
    pub(super) fn text(&self) -> Result<Zeroizing<String>, Refusal> {
        if self.is_too_long {
            return Err(Refusal::TooLong);
        }
        if self.is_encrypted() {
            return Err(Refusal::Encrypted);
        }
        let text = decode(&self.bytes)?;
        if text.lines().any(|line| line.len() > Self::LONGEST_LINE) {
            return Err(Refusal::TooLong);
        }
        match text.lines().position(|line| line.contains('\0')) {
            Some(line) => Err(Refusal::at(line, "it has a NUL character")),
            None => Ok(text),
        }
    }
}

fn decode(bytes: &[u8]) -> Result<Zeroizing<String>, Refusal> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => eight_bits(rest),
        _ => eight_bits(bytes),
    };
    let text = Zeroizing::new(text.replace("\r\n", "\n"));
    Ok(Zeroizing::new(text.replace('\r', "\n")))
}

fn utf16(bytes: &[u8], number: fn([u8; 2]) -> u16) -> Result<Zeroizing<String>, Refusal> {
    let (units, rest) = bytes.as_chunks();
    let text: Result<String, _> = char::decode_utf16(units.iter().copied().map(number)).collect();
    match (text, rest) {
        (Ok(text), []) => Ok(Zeroizing::new(text)),
        _ => Err(Refusal::NotText),
    }
}

/// UTF-8, or else what Windows writes in Western Europe (its code page 1252).
pub(super) fn eight_bits(bytes: &[u8]) -> Zeroizing<String> {
    /// From 0x80; what is left open there is a control character.
    const SIGNS: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let sign = |byte: u8| match byte {
        0x80..=0x9f => SIGNS.chars().nth(usize::from(byte - 0x80)).unwrap_or_default(),
        _ => char::from(byte),
    };
    let text = str::from_utf8(bytes).map(str::to_owned);
    Zeroizing::new(text.unwrap_or_else(|_| bytes.iter().copied().map(sign).collect()))
}

/// The bytes of an ordinary file, and at most one more than it may have.
fn read_ordinary(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // Before it is opened: to open a pipe or a device can wait for ever, or do something.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(Source::LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
