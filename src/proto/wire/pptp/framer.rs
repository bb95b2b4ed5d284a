//! Messages out of a stream of bytes.

use alloc::vec::Vec;

use super::message::{MAX_LEN, Message, message_len};
use crate::Error;

/// Cuts a TCP stream into messages, each with its length, type and magic cookie in front (RFC 2637 section 1.4). It
/// never holds more than the longest message.
///
/// After an error the stream has lost its place and gives nothing any more.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    failed: bool,
}

impl Framer {
    /// Takes as much of `bytes` as fits and returns the rest: poll until there is nothing, then push the rest.
    #[must_use = "the rest is still to be pushed"]
    pub fn push<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.failed {
            return &[];
        }
        let room = usize::from(MAX_LEN).saturating_sub(self.buffer.len());
        let (taken, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.buffer.extend_from_slice(taken);
        rest
    }

    /// The next message, or what is wrong with the stream.
    pub fn poll(&mut self) -> Option<Result<Message, Error>> {
        let message = self.cut().transpose()?;
        if message.is_err() {
            self.failed = true;
            self.buffer = Vec::new();
        }
        Some(message)
    }

    fn cut(&mut self) -> Result<Option<Message>, Error> {
        let Some(len) = message_len(&self.buffer)? else { return Ok(None) };
        let Some(bytes) = self.buffer.get(..usize::from(len)) else { return Ok(None) };
        let message = Message::parse(bytes)?;
        self.buffer.drain(..usize::from(len));
        Ok(Some(message))
    }
}
