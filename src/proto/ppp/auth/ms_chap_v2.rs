//! The algorithms of MS-CHAPv2 (RFC 2759 section 8).

use sha1::{Digest, Sha1};

use super::ms_chap::{challenge_response, hash_nt_password_hash};

const SIGNING: &[u8] = b"Magic server to client signing constant";
const ITERATION: &[u8] = b"Pad to make it do more than one iteration";

/// ChallengeHash (RFC 2759 section 8.2). `user` is the name behind the last backslash, in its exact case.
pub fn challenge_hash(peer_challenge: &[u8; 16], challenge: &[u8; 16], user: &[u8]) -> [u8; 8] {
    let sha = Sha1::new().chain_update(peer_challenge).chain_update(challenge).chain_update(user);
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 20]>::from(sha.finalize());
    [a, b, c, d, e, f, g, h]
}

/// GenerateNTResponse (RFC 2759 section 8.1), from a challenge hash and the NT password hash.
pub fn nt_response(challenge_hash: &[u8; 8], nt_hash: &[u8; 16]) -> [u8; 24] {
    challenge_response(challenge_hash, nt_hash)
}

/// GenerateAuthenticatorResponse (RFC 2759 section 8.7): with it the server proves that it knows the password.
pub fn authenticator_response(
    nt_hash: &[u8; 16],
    nt_response: &[u8; 24],
    challenge_hash: &[u8; 8],
) -> [u8; 20] {
    let hash_hash = hash_nt_password_hash(nt_hash);
    let inner = Sha1::new().chain_update(*hash_hash).chain_update(nt_response).chain_update(SIGNING);
    let outer =
        Sha1::new().chain_update(inner.finalize()).chain_update(challenge_hash).chain_update(ITERATION);
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use culvert_model::KeyStrength;

    use super::*;
    use crate::ppp::auth::MasterKey;
    use crate::ppp::auth::ms_chap::nt_password_hash;
    use crate::ppp::auth::testing::hex;

    struct Login {
        user: &'static str,
        password: &'static str,
        challenge: &'static str,
        peer_challenge: &'static str,
        response: &'static str,
        proof: &'static str,
    }

    const RFC_2759: Login = Login {
        user: "User",
        password: "clientPass",
        challenge: "5B5D7C7D7B3F2F3E3C2C602132262628",
        peer_challenge: "21402324255E262A28295F2B3A337C7E",
        response: "82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF",
        proof: "407A5589115FD0D6209F510FE9C04566932CDA56",
    };
    const WINDOWS: Login = Login {
        user: "vpnuser",
        password: "vpnuser123",
        challenge: "05B2F10BDC3D6C92B6CD160ADEE148B4",
        peer_challenge: "789223B02A0CC515404BCA2C696EDCFF",
        response: "8CD6161253EAC63FA53CFC6F74692FD73B0768CA63D612F0",
        proof: "974E79C350CC7DC53FBC5F3A114C63B1EFA16E19",
    };
    const PPTPD: Login = Login {
        user: "moxie",
        password: "bPCFyF2uL1p5Lg5yrKmqmY",
        challenge: "258D4FC024F111512D0B61F9C375AEE1",
        peer_challenge: "ABFE01E6C759850155B4D8D6258CDB67",
        response: "1C93ABCE815400686BAECA315F348469256420598A73AD49",
        proof: "54644F81E5F18C0EE9E26776495D6BC7ADDFB767",
    };

    #[test]
    fn logins_of_the_rfc_of_windows_and_of_pptpd() {
        for login in [RFC_2759, WINDOWS, PPTPD] {
            let hash = nt_password_hash(login.password);
            let challenge =
                challenge_hash(&hex(login.peer_challenge), &hex(login.challenge), login.user.as_bytes());
            let response = nt_response(&challenge, &hash);
            assert_eq!(response, hex(login.response), "{}", login.user);
            assert_eq!(
                authenticator_response(&hash, &response, &challenge),
                hex(login.proof),
                "{}",
                login.user
            );
        }
    }

    #[test]
    fn challenge_hashes() {
        let hash = |login: &Login, user: &str| {
            challenge_hash(&hex(login.peer_challenge), &hex(login.challenge), user.as_bytes())
        };
        assert_eq!(hash(&RFC_2759, "User"), hex("D02E4386BCE91226"));
        assert_eq!(hash(&RFC_2759, "DOMAIN\\User"), hex("58749D8E50C080C2"));
        assert_eq!(hash(&WINDOWS, "vpnuser"), hex("E8DCBAB9624C0064"));
    }

    #[test]
    fn keys_of_a_windows_session() {
        let hash = nt_password_hash(WINDOWS.password);
        assert_eq!(*hash, hex("39D855EA309489C05A213AF753035537"));
        let client = MasterKey::new(&hash_nt_password_hash(&hash), &hex(WINDOWS.response)).for_client();
        assert_eq!(client.send(KeyStrength::Bits128), hex::<16>("5FEB418BECD3D469E35A579C206297D0"));
        assert_eq!(client.receive(KeyStrength::Bits128), hex::<16>("B34084A4B243BE1AA89B97CCAF0782E3"));
    }

    #[test]
    fn sha_1_of_rfc_3174() {
        assert_eq!(<[u8; 20]>::from(Sha1::digest("abc")), hex("A9993E364706816ABA3E25717850C26C9CD0D89D"));
    }
}
