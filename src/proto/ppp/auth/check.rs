//! Whether a Response proves the password.

use alloc::vec::Vec;

use culvert_model::AuthMethod;
use subtle::ConstantTimeEq;

use super::credentials::bare_name;
use super::packet::Challenge;
use super::{MasterKey, StartKeys, chap_md5, ms_chap, ms_chap_v2, verdict};

/// What a right password earns.
pub struct Acceptance {
    /// The text of the Success.
    pub text: Vec<u8>,
    pub keys: Option<StartKeys>,
}

/// Checks the value of a Response to `challenge`, or the password of an Authenticate-Request, in constant time.
pub fn check(
    method: AuthMethod,
    challenge: &Challenge,
    value: &[u8],
    name: &str,
    password: &str,
) -> Option<Acceptance> {
    match method {
        AuthMethod::Pap => accept(bool::from(value.ct_eq(password.as_bytes()))),
        AuthMethod::ChapMd5 => {
            let expected = chap_md5(challenge.identifier, password.as_bytes(), &challenge.value);
            accept(bool::from(value.ct_eq(&expected)))
        }
        AuthMethod::MsChapV1 => check_v1(challenge, value, password),
        AuthMethod::MsChapV2 => check_v2(challenge, value, name, password),
    }
}

fn accept(is_right: bool) -> Option<Acceptance> {
    is_right.then(|| Acceptance { text: Vec::new(), keys: None })
}

/// Only the NT response counts, whatever the flag says: a LAN Manager response is too weak to accept.
fn check_v1(challenge: &Challenge, value: &[u8], password: &str) -> Option<Acceptance> {
    let challenge = <[u8; 8]>::try_from(challenge.value.as_slice()).ok()?;
    let (_lm_response, rest) = value.split_first_chunk::<24>()?;
    let (response, _flag) = rest.split_first_chunk::<24>()?;
    let hash = ms_chap::nt_password_hash(password);
    let expected = ms_chap::challenge_response(&challenge, &hash);
    if !bool::from(response.ct_eq(&expected)) {
        return None;
    }
    let hash_hash = ms_chap::hash_nt_password_hash(&hash);
    let lm_hash = ms_chap::lm_password_hash(password.as_bytes());
    let keys = StartKeys::ms_chap_v1(&hash_hash, &challenge, &lm_hash);
    Some(Acceptance { text: Vec::new(), keys: Some(keys) })
}

fn check_v2(challenge: &Challenge, value: &[u8], name: &str, password: &str) -> Option<Acceptance> {
    let challenge = <[u8; 16]>::try_from(challenge.value.as_slice()).ok()?;
    let (peer_challenge, rest) = value.split_first_chunk::<16>()?;
    let (_reserved, rest) = rest.split_first_chunk::<8>()?;
    let (response, _flags) = rest.split_first_chunk::<24>()?;
    let hash = ms_chap::nt_password_hash(password);
    let user = bare_name(name).as_bytes();
    let challenge_hash = ms_chap_v2::challenge_hash(peer_challenge, &challenge, user);
    let expected = ms_chap_v2::nt_response(&challenge_hash, &hash);
    if !bool::from(response.ct_eq(&expected)) {
        return None;
    }
    let proof = ms_chap_v2::authenticator_response(&hash, &expected, &challenge_hash);
    let keys = MasterKey::new(&ms_chap::hash_nt_password_hash(&hash), &expected).for_server();
    Some(Acceptance { text: verdict::success_text(&proof), keys: Some(keys) })
}
