//! The algorithms that both versions of MS-CHAP share (RFC 2433 appendix A, RFC 2759 section 8).

use des::Des;
use des::cipher::{BlockCipherEncrypt, KeyInit};
use md4::{Digest, Md4};
use zeroize::Zeroizing;

/// The constant that LAN Manager encrypts (RFC 2433 appendix A.3).
const LM_CONSTANT: [u8; 8] = *b"KGS!@#$%";

/// NtPasswordHash: MD4 of the password in UTF-16, low octet first (RFC 2759 section 8.3).
pub fn nt_password_hash(password: &str) -> Zeroizing<[u8; 16]> {
    let mut md4 = Md4::new();
    for unit in password.encode_utf16() {
        md4.update(unit.to_le_bytes());
    }
    Zeroizing::new(md4.finalize().into())
}

/// NtPasswordHash as most servers outside Windows compute it: each octet of the stored password becomes a
/// 16-bit character. It differs from [`nt_password_hash`] where a UTF-8 password is not ASCII.
pub fn nt_password_hash_of_octets(password: &[u8]) -> Zeroizing<[u8; 16]> {
    let mut md4 = Md4::new();
    for octet in password {
        md4.update([*octet, 0]);
    }
    Zeroizing::new(md4.finalize().into())
}

/// HashNtPasswordHash (RFC 2759 section 8.4).
pub fn hash_nt_password_hash(nt_hash: &[u8; 16]) -> Zeroizing<[u8; 16]> {
    Zeroizing::new(Md4::digest(nt_hash).into())
}

/// LmPasswordHash (RFC 2433 appendix A.2): of the first 14 octets, in upper case as far as they are ASCII.
pub fn lm_password_hash(password: &[u8]) -> Zeroizing<[u8; 16]> {
    let mut padded = Zeroizing::new([0; 14]);
    for (octet, source) in padded.iter_mut().zip(password) {
        *octet = source.to_ascii_uppercase();
    }
    let mut hash = Zeroizing::new([0; 16]);
    for (block, septets) in hash.as_chunks_mut().0.iter_mut().zip(padded.as_chunks().0) {
        *block = des_encrypt(&LM_CONSTANT, septets);
    }
    hash
}

/// ChallengeResponse: the challenge under three DES keys cut from a password hash (RFC 2759 section 8.5).
pub fn challenge_response(challenge: &[u8; 8], password_hash: &[u8; 16]) -> [u8; 24] {
    let mut padded = Zeroizing::new([0; 21]);
    for (octet, source) in padded.iter_mut().zip(password_hash) {
        *octet = *source;
    }
    let mut response = [0; 24];
    for (block, septets) in response.as_chunks_mut().0.iter_mut().zip(padded.as_chunks().0) {
        *block = des_encrypt(challenge, septets);
    }
    response
}

/// DesEncrypt (RFC 2759 section 8.6).
pub(super) fn des_encrypt(clear: &[u8; 8], septets: &[u8; 7]) -> [u8; 8] {
    let mut block = (*clear).into();
    Des::new(&(*des_key(septets)).into()).encrypt_block(&mut block);
    block.into()
}

/// Seven octets spread over eight, with odd parity in the lowest bits.
fn des_key(septets: &[u8; 7]) -> Zeroizing<[u8; 8]> {
    let bits = septets.iter().fold(0_u64, |bits, octet| bits << 8 | u64::from(*octet));
    let spread = (0..8).fold(0_u64, |spread, i| spread << 8 | (bits >> (49 - 7 * i) & 0x7F) << 1);
    let mut key = Zeroizing::new(spread.to_be_bytes());
    for octet in key.iter_mut() {
        *octet |= u8::from(octet.count_ones() % 2 == 0);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ppp::auth::testing::hex;

    #[test]
    fn hashes_of_rfc_2759_section_9_2() {
        let hash = nt_password_hash("clientPass");
        assert_eq!(*hash, hex("44EBBA8D5312B8D611474411F56989AE"));
        assert_eq!(*hash_nt_password_hash(&hash), hex("41C00C584BD2D91C4017A2A12FA59F3F"));
    }

    #[test]
    fn nt_hash_and_response_of_rfc_2433() {
        let hash = nt_password_hash("MyPw");
        assert_eq!(*hash, hex("FC156AF7EDCD6C0EDDE3337D427F4EAC"));
        let response = challenge_response(&hex("102DB5DF085D3041"), &hash);
        assert_eq!(response, hex("4E9D3C8F9CFD385D5BF4D3246791956CA4C351AB409A3D61"));
    }

    #[test]
    fn des_keys_have_odd_parity() {
        assert_eq!(*des_key(&hex("FC156AF7EDCD6C")), hex("FD0B5B5E7F6E34D9"));
        assert_eq!(*des_key(&hex("0EDDE3337D427F")), hex("0E6E796737EA08FE"));
    }

    #[test]
    fn lan_manager_hash_and_response() {
        assert_eq!(*lm_password_hash(b"clientPass"), hex("76A152936096D7830E2390227404AFD2"));
        let response = challenge_response(&hex("BD332A369B6D33E7"), &lm_password_hash(b"MyPw"));
        assert_eq!(response, hex("96B74D9422A1A2BD371BB5ECC55B0D9597A1EEF31A29EE77"));
        assert_eq!(lm_password_hash(b"fourteenoctets and more"), lm_password_hash(b"FOURTEENOCTETS"));
    }

    #[test]
    fn a_password_beyond_ascii_has_two_hashes() {
        assert_eq!(*nt_password_hash("pässwörd"), hex("0553152250AC01ADB4213CB9938663E4"));
        assert_eq!(
            *nt_password_hash_of_octets("pässwörd".as_bytes()),
            hex("BBA7E76A87F61FF6AA300EA899A0540B")
        );
        assert_eq!(nt_password_hash("MyPw"), nt_password_hash_of_octets(b"MyPw"));
    }

    #[test]
    fn md4_of_rfc_1320() {
        assert_eq!(<[u8; 16]>::from(Md4::digest("abc")), hex("A448017AAF21D8525FC10AE87AA6729D"));
    }
}
