//! The algorithm of CHAP with MD5 (RFC 1994 section 2).

use md5::{Digest, Md5};

/// The Response value: MD5 of the identifier, the secret and the Challenge value (RFC 1994 section 4.1).
pub fn chap_md5(identifier: u8, secret: &[u8], challenge: &[u8]) -> [u8; 16] {
    Md5::new().chain_update([identifier]).chain_update(secret).chain_update(challenge).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ppp::auth::testing::hex;

    #[test]
    fn a_response() {
        let challenge: [u8; 16] = hex("C49C74A7D3F8FA006EA57190F28AB34C");
        assert_eq!(chap_md5(1, b"MyPw", &challenge), hex("822C2BC654B1D0A8DBEA8737FBBDDE0E"));
    }

    #[test]
    fn md5_of_rfc_1321() {
        assert_eq!(<[u8; 16]>::from(Md5::digest("abc")), hex("900150983CD24FB0D6963F7D28E17F72"));
    }
}
