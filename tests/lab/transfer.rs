//! Bytes that both ends of a transfer can make and check without having them in a file.

use std::io::{self, Read, Write};

use sha1::{Digest, Sha1};

/// The TCP port on which the laboratory's server offers transfers.
pub const PORT: u16 = 7000;

/// What a client asks of the laboratory's server: one line of text, the first on the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Send this many bytes of [`pattern`].
    Source(u64),
    /// Take this many bytes, then answer with their [`digest`] and a line end.
    Sink(u64),
    /// Kill pptpd and every pppd, as an administrator's mishap would.
    KillPptp,
}

impl Order {
    /// The order that `line` stands for.
    pub fn parse(line: &str) -> Option<Self> {
        match line.trim_end().split_once(' ')? {
            ("source", count) => count.parse().ok().map(Self::Source),
            ("sink", count) => count.parse().ok().map(Self::Sink),
            ("kill", "pptp") => Some(Self::KillPptp),
            _ => None,
        }
    }

    /// The line that stands for the order.
    pub fn line(self) -> String {
        match self {
            Self::Source(count) => format!("source {count}\n"),
            Self::Sink(count) => format!("sink {count}\n"),
            Self::KillPptp => "kill pptp\n".to_owned(),
        }
    }
}

/// `count` bytes that repeat only after 2^64 steps (xorshift64), so that a lost or doubled piece shows.
pub fn pattern(count: u64) -> impl Read {
    Pattern { state: 0x9e37_79b9_7f4a_7c15 }.take(count)
}

struct Pattern {
    state: u64,
}

impl Read for Pattern {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for chunk in buffer.chunks_mut(8) {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            chunk.copy_from_slice(&self.state.to_le_bytes()[..chunk.len()]);
        }
        Ok(buffer.len())
    }
}

/// SHA-1 of everything that `source` gives, in hexadecimal, with the number of bytes.
pub fn digest(mut source: impl Read) -> io::Result<(u64, String)> {
    let mut hash = Hash(Sha1::new());
    let count = io::copy(&mut source, &mut hash)?;
    Ok((count, hash.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

struct Hash(Sha1);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
