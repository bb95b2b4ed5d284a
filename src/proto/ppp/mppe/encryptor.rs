//! The sending half.

use alloc::boxed::Box;
use core::fmt;

use culvert_model::Cipher;

use super::header::{HEADER_LEN, Header, count_of, is_flag};
use super::keys::KeyChain;
use super::stream::Stream;
use crate::ppp::auth::StartKeys;

/// What a stateful sender does when the receiver asks for a reset: peers differ, and the receiver must do the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResetStyle {
    /// RC4 is initialised again with the present key (RFC 3078 section 3.1): Windows, FreeBSD, OpenBSD.
    #[default]
    Rfc,
    /// The key is changed first: Linux.
    Linux,
}

/// Encrypts packets in the order in which they are sent.
pub struct Encryptor {
    chain: KeyChain,
    index: u64,
    mode: Mode,
}

enum Mode {
    Stateless,
    Stateful { stream: Box<Stream>, style: ResetStyle, reset: bool },
}

impl Encryptor {
    /// An encryptor for what this end sends; `style` matters only to a stateful one.
    pub fn new(keys: &StartKeys, cipher: Cipher, style: ResetStyle) -> Self {
        Self::from_start_key(keys.send(cipher.strength), cipher, style)
    }

    pub(super) fn from_start_key(start: &[u8], cipher: Cipher, style: ResetStyle) -> Self {
        let chain = KeyChain::new(start, cipher.strength);
        let mode = if cipher.stateful {
            Mode::Stateful { stream: Box::new(Stream::new(chain.key())), style, reset: false }
        } else {
            Mode::Stateless
        };
        Self { chain, index: 0, mode }
    }

    /// Encrypts one packet, which starts with its inner protocol field, in place; gives the header to put in front.
    ///
    /// The coherency count is spent with it: where sending fails, the same octets must be sent again.
    pub fn encrypt(&mut self, data: &mut [u8]) -> [u8; HEADER_LEN] {
        let flushed = match &mut self.mode {
            Mode::Stateless => {
                self.chain.change();
                Stream::new(self.chain.key()).apply(data);
                true
            }
            Mode::Stateful { stream, style, reset } => {
                let changes = is_flag(self.index) || (*reset && *style == ResetStyle::Linux);
                let flushed = changes || *reset;
                if changes {
                    self.chain.change();
                }
                if flushed {
                    **stream = Stream::new(self.chain.key());
                }
                *reset = false;
                stream.apply(data);
                flushed
            }
        };
        let count = count_of(self.index);
        self.index += 1;
        Header { flushed, count }.octets()
    }

    /// The receiver lost a packet and asked for a reset (RFC 3078 section 6); nothing to do where stateless.
    pub fn reset(&mut self) {
        if let Mode::Stateful { reset, .. } = &mut self.mode {
            *reset = true;
        }
    }
}

impl fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryptor").field("index", &self.index).finish_non_exhaustive()
    }
}
