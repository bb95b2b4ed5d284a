//! Microsoft Point-to-Point Encryption (RFC 3078) and its session keys (RFC 3079).
//!
//! `keys` changes the session key and remembers some of the chain, `stream` is RC4 with a look ahead, `header`
//! the two octets in front of each ciphertext, `inner` tells a packet from garbage. On them stand the
//! [`Encryptor`] and the [`Decryptor`]; the latter receives by `stateless` or by `stateful`, which take nothing
//! for true that did not decrypt to a credible packet.

mod decryptor;
mod encryptor;
mod header;
mod inner;
mod keys;
mod position;
mod stateful;
mod stateless;
mod stream;
#[cfg(test)]
mod tests;

pub use decryptor::{Decryptor, Trouble, Verdict};
pub use encryptor::{Encryptor, ResetStyle};
pub use header::{HEADER_LEN, Header};
pub use inner::Inner;
#[cfg(test)]
pub(crate) use keys::changes;
