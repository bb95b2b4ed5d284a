//! The algorithms of the MS-CHAPv2 Change-Password packet (RFC 2759 sections 7 and 8.9 to 8.13).

use alloc::vec::Vec;

use rc4::{KeyInit, Rc4, StreamCipher};
use zeroize::Zeroizing;

use super::ms_chap::{des_encrypt, nt_password_hash};
use crate::{Chance, Error};

/// The longest password that the block can carry, in octets of UTF-16 (RFC 2759 section 8.9).
const LONGEST: usize = 512;

/// NewPasswordEncryptedWithOldNtPasswordHash (RFC 2759 section 8.9): the new password in UTF-16 at the end of
/// 512 octets that `chance` fills up, then its length, under RC4.
pub fn new_password_block(new: &str, old: &str, chance: &mut Chance) -> Result<Zeroizing<[u8; 516]>, Error> {
    let mut padding = Zeroizing::new([0; LONGEST]);
    for chunk in padding.as_chunks_mut::<32>().0 {
        *chunk = chance.bytes();
    }
    block(new, old, &padding)
}

/// OldNtPasswordHashEncryptedWithNewNtPasswordHash (RFC 2759 section 8.12).
pub fn old_password_hash(new: &str, old: &str) -> [u8; 16] {
    let (new, old) = (nt_password_hash(new), nt_password_hash(old));
    let mut field = [0; 16];
    let halves = old.as_chunks().0.iter().zip(new.as_chunks().0);
    for (block, (half, septets)) in field.as_chunks_mut().0.iter_mut().zip(halves) {
        *block = des_encrypt(half, septets);
    }
    field
}

fn block(new: &str, old: &str, padding: &[u8; LONGEST]) -> Result<Zeroizing<[u8; 516]>, Error> {
    let password = Zeroizing::new(new.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let Some(padding) = LONGEST.checked_sub(password.len()).and_then(|room| padding.get(..room)) else {
        return Err(Error::Local("the new password is longer than 256 characters"));
    };
    let length = u32::try_from(password.len()).unwrap_or(0).to_le_bytes();
    let mut block = Zeroizing::new([0; 516]);
    let clear = padding.iter().chain(password.iter()).chain(&length);
    for (octet, source) in block.iter_mut().zip(clear) {
        *octet = *source;
    }
    scramble(block.as_mut_slice(), old)?;
    Ok(block)
}

/// RC4 under the NT hash of `password`.
fn scramble(block: &mut [u8], password: &str) -> Result<(), Error> {
    let mut rc4 = Rc4::new_from_slice(nt_password_hash(password).as_slice())
        .map_err(|_| Error::Local("RC4 refused a key of 16 octets"))?;
    rc4.apply_keystream(block);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;
    use crate::ppp::auth::testing::hex;

    #[test]
    fn a_change_of_password() {
        let block = block("NewPw1", "MyPw", &[0; LONGEST]).unwrap();
        assert_eq!(block[..16], hex::<16>("C05A8EBA401BD0775A336F1391B1F1F4"));
        assert_eq!(block[500..], hex::<16>("AB67402159AE02973E0B3F3FAC36AB02"));
        assert_eq!(old_password_hash("NewPw1", "MyPw"), hex("E2784A5EA7D11A88EC3D557B8A1CB44A"));
    }

    #[test]
    fn the_padding_is_random_and_the_password_still_inside() {
        let mut chance = Chance::new([7; 32]);
        let mut first = new_password_block("NewPw1", "MyPw", &mut chance).unwrap();
        let second = new_password_block("NewPw1", "MyPw", &mut chance).unwrap();
        assert_ne!(first[..500], second[..500]);
        scramble(first.as_mut_slice(), "MyPw").unwrap();
        assert_eq!(first[500..], *b"N\0e\0w\0P\0w\x001\0\x0C\0\0\0");
    }

    #[test]
    fn a_password_that_does_not_fit_is_refused() {
        let mut chance = Chance::new([7; 32]);
        assert!(new_password_block(&String::from_iter(["x"; 256]), "MyPw", &mut chance).is_ok());
        assert!(new_password_block(&String::from_iter(["x"; 257]), "MyPw", &mut chance).is_err());
    }
}
