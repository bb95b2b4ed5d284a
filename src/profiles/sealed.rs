//! Files that only a passphrase opens, in the format of age (age-encryption.org/v1).

use std::io::{self, Read, Write};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::scrypt::{Identity, Recipient};
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor};
use culvert_model::Secret;
use zeroize::Zeroizing;

/// How a file begins that is one.
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const BINARY: &[u8] = b"age-encryption.org/v1";
/// The most work that opening may take, as a power of two: half a gigabyte of memory and some seconds. What asks for more
/// wants to keep somebody busy.
const MOST_WORK: u8 = 19;
/// The work of what is sealed here: half a second on an old machine, and on a new one not much less.
const WORK: u8 = 16;

/// Whether a passphrase is needed to read this.
pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(ARMOR) || bytes.starts_with(BINARY)
}

/// What is inside, at most `longest` bytes of it; `None` where the passphrase is wrong or the file was changed.
pub(crate) fn open(bytes: &[u8], passphrase: &Secret, longest: u64) -> Option<Zeroizing<Vec<u8>>> {
    let mut identity = Identity::new(SecretString::from(passphrase.expose().to_owned()));
    identity.set_max_work_factor(MOST_WORK);
    let read = || -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        let decryptor = Decryptor::new_buffered(ArmoredReader::new(bytes.trim_ascii_start()))?;
        let mut inside = Zeroizing::new(Vec::new());
        decryptor
            .decrypt(std::iter::once(&identity as &dyn age::Identity))?
            .take(longest + 1)
            .read_to_end(&mut inside)?;
        Ok(inside)
    };
    read().ok()
}

/// The file that this passphrase opens, as text.
pub(crate) fn seal(inside: &str, passphrase: &Secret) -> io::Result<String> {
    let mut recipient = Recipient::new(SecretString::from(passphrase.expose().to_owned()));
    recipient.set_work_factor(WORK);
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient));
    let mut sealed = Vec::new();
    let armor = ArmoredWriter::wrap_output(&mut sealed, Format::AsciiArmor)?;
    let mut writer = encryptor.map_err(io::Error::other)?.wrap_output(armor)?;
    writer.write_all(inside.as_bytes())?;
    writer.finish()?.finish()?;
    String::from_utf8(sealed).map_err(io::Error::other)
}
