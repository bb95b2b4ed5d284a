//! The keys that a login leaves for MPPE to start from (RFC 3079).

use core::fmt;

use culvert_model::KeyStrength;
use sha1::{Digest, Sha1};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const MASTER_KEY: &[u8] = b"This is the MPPE Master Key";
const CLIENT_SENDS: &[u8] =
    b"On the client side, this is the send key; on the server side, it is the receive key.";
const CLIENT_RECEIVES: &[u8] =
    b"On the client side, this is the receive key; on the server side, it is the send key.";
const PAD_1: [u8; 40] = [0x00; 40];
const PAD_2: [u8; 40] = [0xF2; 40];

/// The start keys of both directions, for every key length of MPPE.
///
/// `Debug` shows nothing of them, and their memory is wiped when they are dropped.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct StartKeys {
    send: StartKey,
    receive: StartKey,
}

impl StartKeys {
    /// From one 128-bit start key for each direction: the shorter ones are their first octets, as after
    /// MS-CHAPv2 (RFC 3079 section 3) and EAP (section 4).
    pub fn new(send: [u8; 16], receive: [u8; 16]) -> Self {
        Self { send: StartKey::new(send), receive: StartKey::new(receive) }
    }

    /// After MS-CHAPv1, the same for both ends and both directions (RFC 3079 section 2): the long key comes from
    /// the hash of the NT password hash and the challenge, the short one from the LAN Manager hash.
    pub fn ms_chap_v1(nt_hash_hash: &[u8; 16], challenge: &[u8; 8], lm_hash: &[u8; 16]) -> Self {
        let sha = Sha1::new().chain_update(nt_hash_hash).chain_update(nt_hash_hash).chain_update(challenge);
        let mut key = StartKey::new(*first(sha));
        for (short, octet) in key.short.iter_mut().zip(lm_hash) {
            *short = *octet;
        }
        Self { send: key.clone(), receive: key }
    }

    /// The start key of what this end sends: 8 octets for 40 and 56 bits, 16 for 128.
    pub fn send(&self, strength: KeyStrength) -> &[u8] {
        self.send.octets(strength)
    }

    /// The start key of what this end receives: 8 octets for 40 and 56 bits, 16 for 128.
    pub fn receive(&self, strength: KeyStrength) -> &[u8] {
        self.receive.octets(strength)
    }
}

impl fmt::Debug for StartKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StartKeys(redacted)")
    }
}

/// The master key of an MS-CHAPv2 login (RFC 3079 section 3.4).
#[derive(ZeroizeOnDrop)]
pub struct MasterKey([u8; 16]);

impl MasterKey {
    /// GetMasterKey: from the hash of the NT password hash and the NT-Response that was sent.
    pub fn new(nt_hash_hash: &[u8; 16], nt_response: &[u8; 24]) -> Self {
        let sha = Sha1::new().chain_update(nt_hash_hash).chain_update(nt_response).chain_update(MASTER_KEY);
        Self(*first(sha))
    }

    /// The start keys of the end that logged in.
    pub fn for_client(&self) -> StartKeys {
        StartKeys::new(*self.start_key(CLIENT_SENDS), *self.start_key(CLIENT_RECEIVES))
    }

    /// The start keys of the end that was logged in to.
    pub fn for_server(&self) -> StartKeys {
        StartKeys::new(*self.start_key(CLIENT_RECEIVES), *self.start_key(CLIENT_SENDS))
    }

    /// GetAsymmetricStartKey.
    fn start_key(&self, magic: &[u8]) -> Zeroizing<[u8; 16]> {
        first(Sha1::new().chain_update(self.0).chain_update(PAD_1).chain_update(magic).chain_update(PAD_2))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(redacted)")
    }
}

#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
struct StartKey {
    long: [u8; 16],
    short: [u8; 8],
}

impl StartKey {
    fn new(long: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = long;
        Self { long, short: [a, b, c, d, e, f, g, h] }
    }

    fn octets(&self, strength: KeyStrength) -> &[u8] {
        match strength {
            KeyStrength::Bits40 | KeyStrength::Bits56 => &self.short,
            KeyStrength::Bits128 => &self.long,
        }
    }
}

/// The first 16 octets of a SHA-1 digest.
fn first(sha: Sha1) -> Zeroizing<[u8; 16]> {
    let digest = Zeroizing::new(<[u8; 20]>::from(sha.finalize()));
    let mut key = Zeroizing::new([0; 16]);
    for (octet, source) in key.iter_mut().zip(digest.iter()) {
        *octet = *source;
    }
    key
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;
    use crate::ppp::auth::testing::hex;

    const HASH_HASH: &str = "41C00C584BD2D91C4017A2A12FA59F3F";
    const NT_RESPONSE: &str = "82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF";

    #[test]
    fn start_keys_of_rfc_3079_section_3_5() {
        let master = MasterKey::new(&hex(HASH_HASH), &hex(NT_RESPONSE));
        assert_eq!(master.0, hex("FDECE3717A8C838CB388E527AE3CDD31"));
        let client = master.for_client();
        assert_eq!(client.send(KeyStrength::Bits128), hex::<16>("D5F0E9521E3EA9589645E86051C82226"));
        assert_eq!(client.receive(KeyStrength::Bits128), hex::<16>("8B7CDC149B993A1BA118CB153F56DCCB"));
        assert_eq!(client.send(KeyStrength::Bits56), hex::<8>("D5F0E9521E3EA958"));
        assert_eq!(client.receive(KeyStrength::Bits40), hex::<8>("8B7CDC149B993A1B"));
    }

    #[test]
    fn what_the_client_sends_the_server_receives() {
        let master = MasterKey::new(&hex(HASH_HASH), &hex(NT_RESPONSE));
        let (client, server) = (master.for_client(), master.for_server());
        for strength in [KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128] {
            assert_eq!(client.send(strength), server.receive(strength));
            assert_eq!(client.receive(strength), server.send(strength));
            assert_ne!(client.send(strength), client.receive(strength));
        }
    }

    #[test]
    fn start_keys_of_a_windows_session() {
        // The master key itself is checked where the password is hashed.
        let client = MasterKey(hex("F3C4E5896E1DA799567075738BAC82C2")).for_client();
        assert_eq!(client.send(KeyStrength::Bits128), hex::<16>("5FEB418BECD3D469E35A579C206297D0"));
        assert_eq!(client.receive(KeyStrength::Bits128), hex::<16>("B34084A4B243BE1AA89B97CCAF0782E3"));
    }

    #[test]
    fn start_keys_of_rfc_3079_section_2_5() {
        let hash_hash = hex(HASH_HASH);
        let lm_hash = hex("76A152936096D7830E2390227404AFD2");
        let keys = StartKeys::ms_chap_v1(&hash_hash, &hex("102DB5DF085D3041"), &lm_hash);
        assert_eq!(keys.send(KeyStrength::Bits128), hex::<16>("A8947850CFC0ACC1D1789FB62DDCDDB0"));
        assert_eq!(keys.receive(KeyStrength::Bits128), keys.send(KeyStrength::Bits128));
        assert_eq!(keys.send(KeyStrength::Bits40), hex::<8>("76A152936096D783"));
        assert_eq!(keys.receive(KeyStrength::Bits56), hex::<8>("76A152936096D783"));
    }

    #[test]
    fn debug_shows_nothing_of_the_keys() {
        assert_eq!(format!("{:?}", StartKeys::new([1; 16], [2; 16])), "StartKeys(redacted)");
        assert_eq!(format!("{:?}", MasterKey([1; 16])), "MasterKey(redacted)");
    }
}
