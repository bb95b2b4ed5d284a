//! The receiving half.

use alloc::boxed::Box;
use core::fmt;

use culvert_model::{Cipher, Instant};

use super::header::Header;
use super::inner::Inner;
use super::keys::KeyChain;
use super::stateful::Stateful;
use super::stateless::Stateless;
use crate::ppp::auth::StartKeys;

/// So many unreadable packets before the first readable one mean that the keys of the two sides differ.
const KEYS_DIFFER_AFTER: u32 = 16;

/// So many unreadable packets in a row mean that the two sides have come apart for good.
const GARBLED_AFTER: u32 = 256;

/// So many resets without an answer, over some ten seconds, mean the same.
const RESETS: u8 = 12;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It decrypts to a credible packet.
    Valid(Inner),
    /// It does not: forged, damaged, or the keys differ.
    Garbage,
    /// It was decrypted before.
    Duplicate,
    /// It is older than the keys that are kept.
    Late,
    /// It is too far ahead; the keys for it are made if further packets agree with it.
    Pending,
    /// A packet is missing and the sender has to initialise its tables first (stateful only).
    Discarded {
        /// How often a reset was asked for, where it is time to ask for one.
        resets: Option<u8>,
    },
}

/// What the session has to do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A packet is lost: send a CCP Reset-Request (RFC 3078 section 6).
    ResetNeeded,
    /// Packets arrive, and not one of them could ever be read.
    KeysDiffer,
    /// Packets could be read, and now none can be any more.
    Garbled,
}

/// Decrypts packets, and believes only those that decrypt to something credible: a forged one changes nothing.
pub struct Decryptor {
    receiver: Receiver,
    proven: bool,
    garbage: u32,
    trouble: Option<Trouble>,
}

enum Receiver {
    Stateless(Box<Stateless>),
    Stateful(Box<Stateful>),
}

impl Decryptor {
    /// A decryptor for what this end receives.
    pub fn new(keys: &StartKeys, cipher: Cipher) -> Self {
        Self::from_start_key(keys.receive(cipher.strength), cipher)
    }

    pub(super) fn from_start_key(start: &[u8], cipher: Cipher) -> Self {
        let chain = KeyChain::new(start, cipher.strength);
        let receiver = if cipher.stateful {
            Receiver::Stateful(Box::new(Stateful::new(chain)))
        } else {
            Receiver::Stateless(Box::new(Stateless::new(chain)))
        };
        Self { receiver, proven: false, garbage: 0, trouble: None }
    }

    /// Decrypts one packet, header in front, in place; `sequence` is the GRE packet's.
    ///
    /// Anything but [`Verdict::Valid`] leaves the octets as they were.
    pub fn decrypt(&mut self, sequence: u32, data: &mut [u8], now: Instant) -> Verdict {
        let verdict = match split_mut(data) {
            None => Verdict::Garbage,
            Some((header, body)) => match &mut self.receiver {
                Receiver::Stateless(receiver) => receiver.decrypt(sequence, header, body, now),
                Receiver::Stateful(receiver) => receiver.decrypt(sequence, header, body, now),
            },
        };
        self.note(verdict);
        verdict
    }

    /// What [`Self::decrypt`] would say, with nothing decrypted; `None` where only order can tell (stateful).
    pub fn probe(&mut self, sequence: u32, data: &[u8], now: Instant) -> Option<Verdict> {
        let Receiver::Stateless(receiver) = &mut self.receiver else { return None };
        Some(match Header::split(data) {
            None => Verdict::Garbage,
            Some((header, body)) => receiver.probe(sequence, header, body, now),
        })
    }

    /// A packet that was probed is garbage, though its number makes it likely to be the peer's.
    pub fn handle_garbage(&mut self) {
        self.note(Verdict::Garbage);
    }

    /// Whether a packet could be read already, so that unreadable ones are strangers.
    pub fn is_proven(&self) -> bool {
        self.proven
    }

    /// Whether a packet that decrypts well also proves its sequence number: stateless, and proven.
    pub fn can_vouch(&self) -> bool {
        self.proven && matches!(self.receiver, Receiver::Stateless(_))
    }

    /// Goes on with the keys of a gap that is too long to be bridged at once.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Receiver::Stateless(receiver) = &mut self.receiver {
            receiver.handle_timeout(now);
        }
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.receiver {
            Receiver::Stateless(receiver) => receiver.poll_timeout(),
            Receiver::Stateful(_) => None,
        }
    }

    /// What the session has to do something about.
    pub fn poll_trouble(&mut self) -> Option<Trouble> {
        self.trouble.take()
    }

    fn note(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Valid(_) => (self.proven, self.garbage) = (true, 0),
            Verdict::Garbage => {
                self.garbage = self.garbage.saturating_add(1);
                if !self.proven && self.garbage == KEYS_DIFFER_AFTER {
                    self.trouble = Some(Trouble::KeysDiffer);
                } else if self.proven && self.garbage == GARBLED_AFTER {
                    self.trouble = Some(Trouble::Garbled);
                }
            }
            Verdict::Discarded { resets: Some(resets) } => {
                self.trouble = Some(match resets {
                    RESETS if self.proven => Trouble::Garbled,
                    RESETS => Trouble::KeysDiffer,
                    _ => Trouble::ResetNeeded,
                });
            }
            Verdict::Discarded { resets: None } | Verdict::Duplicate | Verdict::Late | Verdict::Pending => {}
        }
    }
}

impl fmt::Debug for Decryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.receiver {
            Receiver::Stateless(_) => "stateless",
            Receiver::Stateful(_) => "stateful",
        };
        f.debug_struct("Decryptor").field("mode", &mode).field("proven", &self.proven).finish_non_exhaustive()
    }
}

fn split_mut(data: &mut [u8]) -> Option<(Header, &mut [u8])> {
    let (header, _) = Header::split(data)?;
    let (_, body) = data.split_at_mut_checked(super::HEADER_LEN)?;
    Some((header, body))
}
