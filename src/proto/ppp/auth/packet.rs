//! The packets of PAP (RFC 1334 section 2.2) and CHAP (RFC 1994 section 4).

use alloc::vec::Vec;

use culvert_model::AuthMethod;
use zeroize::Zeroizing;

use crate::wire::ppp::ControlPacket;

/// Codes of PAP.
pub mod pap {
    pub const REQUEST: u8 = 1;
    pub const ACK: u8 = 2;
    pub const NAK: u8 = 3;
}

/// Codes of CHAP.
pub mod chap {
    pub const CHALLENGE: u8 = 1;
    pub const RESPONSE: u8 = 2;
    pub const SUCCESS: u8 = 3;
    pub const FAILURE: u8 = 4;
}

/// A Challenge; PAP has none, and the value is empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    pub identifier: u8,
    pub value: Vec<u8>,
}

impl Challenge {
    /// Whether `method` can answer it.
    pub fn suits(&self, method: AuthMethod) -> bool {
        match method {
            AuthMethod::Pap => self.value.is_empty(),
            AuthMethod::ChapMd5 => !self.value.is_empty(),
            AuthMethod::MsChapV1 => self.value.len() == 8,
            AuthMethod::MsChapV2 => self.value.len() == 16,
        }
    }
}

/// Splits off what the first octet counts: a value and a name in CHAP, a name and a password in PAP.
pub fn counted(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = data.split_first()?;
    rest.split_at_checked(usize::from(*count))
}

/// Appends `value` behind its own count; `None` if it has more than 255 octets.
pub fn push_counted(data: &mut Vec<u8>, value: &[u8]) -> Option<()> {
    data.push(u8::try_from(value.len()).ok()?);
    data.extend_from_slice(value);
    Some(())
}

/// A whole packet. What passes through may be secret, so no copy is left behind.
pub fn emit(code: u8, identifier: u8, data: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut packet = Zeroizing::new(Vec::with_capacity(data.len().saturating_add(4)));
    ControlPacket { code, identifier, data }.emit(&mut packet);
    packet
}

/// A Challenge or a Response as a whole packet.
pub fn emit_value(code: u8, identifier: u8, value: &[u8], name: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut data = Vec::new();
    push_counted(&mut data, value)?;
    data.extend_from_slice(name);
    Some(emit(code, identifier, &data))
}
