//! What the end that logs in sends, and what must come of it.

use alloc::vec::Vec;

use culvert_model::AuthMethod;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::credentials::{Credentials, Form};
use super::packet::{Challenge, chap, emit, emit_value, pap, push_counted};
use super::{MasterKey, StartKeys, chap_md5, ms_chap, ms_chap_v2, verdict};
use crate::Chance;

/// One Response, or one Authenticate-Request of PAP.
pub struct Answer {
    challenge: Challenge,
    packet: Zeroizing<Vec<u8>>,
    issued: u8,
    proof: Option<[u8; 20]>,
    keys: Option<StartKeys>,
}

struct Value {
    octets: Vec<u8>,
    proof: Option<[u8; 20]>,
    keys: Option<StartKeys>,
}

impl Answer {
    /// Answers `challenge`; `None` if that cannot be done: the challenge or what is known of the password does not suit
    /// the method, or PAP has no room for so long a name or password.
    pub fn new(
        method: AuthMethod,
        challenge: Challenge,
        credentials: &Credentials,
        form: Form,
        chance: &mut Chance,
    ) -> Option<Self> {
        if !credentials.suffice_for(method) {
            return None;
        }
        let name = credentials.name(form).as_bytes();
        let identifier = challenge.identifier;
        let value = match method {
            AuthMethod::Pap => {
                let packet = authenticate_request(identifier, name, credentials)?;
                return Some(Self { challenge, packet, issued: 1, proof: None, keys: None });
            }
            AuthMethod::ChapMd5 => md5_value(&challenge, credentials),
            AuthMethod::MsChapV1 => v1_value(&challenge, credentials, form)?,
            AuthMethod::MsChapV2 => v2_value(&challenge, credentials, form, chance)?,
        };
        let packet = emit_value(chap::RESPONSE, identifier, &value.octets, name)?;
        Some(Self { challenge, packet, issued: 1, proof: value.proof, keys: value.keys })
    }

    pub fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    pub fn packet(&self) -> &Zeroizing<Vec<u8>> {
        &self.packet
    }

    /// Whether a verdict with `identifier` is about this answer.
    pub fn is_judged_by(&self, identifier: u8) -> bool {
        self.challenge.identifier.wrapping_sub(identifier) < self.issued
    }

    /// Prepares a repetition: PAP gives each one an identifier of its own (RFC 1334 section 2.2.1).
    pub fn renew(&mut self, method: AuthMethod) {
        if let (AuthMethod::Pap, Some(identifier)) = (method, self.packet.get_mut(1)) {
            *identifier = identifier.wrapping_add(1);
            self.challenge.identifier = *identifier;
            self.issued = self.issued.saturating_add(1);
        }
    }

    /// Whether the text of a Success proves what it has to prove. Compares in constant time.
    pub fn is_proved_by(&self, text: &[u8]) -> bool {
        let Some(expected) = &self.proof else { return true };
        verdict::proof(text).is_some_and(|proof| bool::from(proof.ct_eq(expected)))
    }

    /// The keys that come of it, once.
    pub fn take_keys(&mut self) -> Option<StartKeys> {
        self.keys.take()
    }
}

fn authenticate_request(
    identifier: u8,
    name: &[u8],
    credentials: &Credentials,
) -> Option<Zeroizing<Vec<u8>>> {
    let password = credentials.password.expose().as_bytes();
    let room = name.len().saturating_add(password.len()).saturating_add(2);
    let mut data = Zeroizing::new(Vec::with_capacity(room));
    push_counted(&mut data, name)?;
    push_counted(&mut data, password)?;
    Some(emit(pap::REQUEST, identifier, &data))
}

fn md5_value(challenge: &Challenge, credentials: &Credentials) -> Value {
    let secret = credentials.password.expose().as_bytes();
    let octets = chap_md5(challenge.identifier, secret, &challenge.value).to_vec();
    Value { octets, proof: None, keys: None }
}

/// Twenty-four zeros for the LAN Manager response that nobody should send, the NT response, and the flag that
/// says to use it (RFC 2433 section 5).
fn v1_value(challenge: &Challenge, credentials: &Credentials, form: Form) -> Option<Value> {
    let challenge = <[u8; 8]>::try_from(challenge.value.as_slice()).ok()?;
    let hash = credentials.nt_hash(form);
    let response = ms_chap::challenge_response(&challenge, &hash);
    let lm_hash = ms_chap::lm_password_hash(credentials.password.expose().as_bytes());
    let keys = StartKeys::ms_chap_v1(&ms_chap::hash_nt_password_hash(&hash), &challenge, &lm_hash);
    Some(Value { octets: [&[0; 24][..], &response, &[1]].concat(), proof: None, keys: Some(keys) })
}

/// The peer challenge, eight zeros, the NT response and the flags (RFC 2759 section 4).
fn v2_value(
    challenge: &Challenge,
    credentials: &Credentials,
    form: Form,
    chance: &mut Chance,
) -> Option<Value> {
    let challenge = <[u8; 16]>::try_from(challenge.value.as_slice()).ok()?;
    let peer_challenge = chance.bytes::<16>();
    let hash = credentials.nt_hash(form);
    let user = credentials.user().as_bytes();
    let challenge_hash = ms_chap_v2::challenge_hash(&peer_challenge, &challenge, user);
    let response = ms_chap_v2::nt_response(&challenge_hash, &hash);
    Some(Value {
        octets: [&peer_challenge[..], &[0; 8], &response, &[0]].concat(),
        proof: Some(ms_chap_v2::authenticator_response(&hash, &response, &challenge_hash)),
        keys: Some(MasterKey::new(&ms_chap::hash_nt_password_hash(&hash), &response).for_client()),
    })
}
