//! What a helper that dies leaves to the next one: how to dial again, in memory without a name.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, OwnedFd};

use culvert_model::Profile;
use rustix::fs::{self, MemfdFlags, SealFlags};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// The longest keepsake, in bytes.
const LONGEST: usize = 64 << 10;
/// Its size can't change, so that reading it can't fail half way. Its bytes can: they are wiped.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::SEAL);

/// MD4 of the password in UTF-16 (RFC 2759 section 8.3): as good as the password where MS-CHAP is spoken.
/// It stays in one place: what moves leaves copies behind that nobody wipes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NtHash(Box<[u8; 16]>);

impl NtHash {
    /// A copy of a hash.
    pub fn new(hash: &[u8; 16]) -> Self {
        let mut own = Self(Box::new([0; 16]));
        own.0.copy_from_slice(hash);
        own
    }

    /// The hash itself, for the one place that needs it.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Drop for NtHash {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for NtHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NtHash(redacted)")
    }
}

/// A session that is to be dialled again by the next helper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keepsake {
    /// Whose it is, by the user's number.
    pub owner: u32,
    /// To where and how.
    pub profile: Profile,
    /// The server's address that was good last.
    pub server: Option<Ipv4Addr>,
    /// What stands for the password.
    pub hash: NtHash,
}

impl Keepsake {
    /// Puts it into memory that has no name; for [`Notifier::keep`](crate::Notifier::keep).
    ///
    /// # Errors
    /// The system's.
    pub fn seal(&self) -> io::Result<OwnedFd> {
        // Room from the start: a buffer that grew would leave copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
        serde_json::to_writer(Bounded(&mut bytes), self)?;
        let memory = memory()?;
        fs::ftruncate(&memory, bytes.len() as u64)?;
        if rustix::io::pwrite(&memory, &bytes, 0)? != bytes.len() {
            return Err(ErrorKind::WriteZero.into());
        }
        fs::fcntl_add_seals(&memory, SEALS)?;
        Ok(memory)
    }

    /// Reads one that an earlier helper has left, and wipes that memory, whatever it says. What was not sealed is not looked
    /// at, and none of ours.
    ///
    /// # Errors
    /// The system's; `InvalidData` for what is no keepsake.
    pub fn unseal(memory: impl AsFd) -> io::Result<Self> {
        let memory = memory.as_fd();
        if !fs::fcntl_get_seals(memory)?.contains(SEALS) {
            return Err(io::Error::new(ErrorKind::InvalidData, "it is not sealed"));
        }
        let length = usize::try_from(fs::fstat(memory)?.st_size).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(io::Error::new(ErrorKind::InvalidData, "it is too long"));
        }
        let mut bytes = Zeroizing::new(vec![0; length]);
        let read = rustix::io::pread(memory, bytes.as_mut_slice(), 0);
        let wiped = rustix::io::pwrite(memory, &vec![0; length], 0);
        if read? != length || wiped? != length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        // What serde_json says of a mistake may repeat the text.
        serde_json::from_slice(&bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is garbled"))
    }
}

/// Memory that nothing can be executed from; kernels before 6.3 don't know that wish.
fn memory() -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match fs::memfd_create("culvert", flags | MemfdFlags::NOEXEC_SEAL) {
        Err(rustix::io::Errno::INVAL) => Ok(fs::memfd_create("culvert", flags)?),
        memory => Ok(memory?),
    }
}

/// A writer that never makes its buffer grow.
struct Bounded<'a>(&'a mut Vec<u8>);

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > self.0.capacity() {
            return Err(ErrorKind::StorageFull.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    use super::*;

    fn keepsake() -> Keepsake {
        let profile = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        let hash = NtHash::new(b"sixteen canaries");
        Keepsake { owner: 1000, profile, server: Some(Ipv4Addr::new(198, 51, 100, 1)), hash }
    }

    #[test]
    fn what_is_sealed_is_read_once() {
        let memory = keepsake().seal().unwrap();
        let copy = File::from(memory.try_clone().unwrap());
        let length = copy.metadata().unwrap().len();
        assert!(length > 0 && copy.set_len(0).is_err() && copy.set_len(length + 1).is_err());
        assert_eq!(Keepsake::unseal(&memory).unwrap(), keepsake());
        let mut left = vec![1; usize::try_from(length).unwrap()];
        copy.read_exact_at(&mut left, 0).unwrap();
        assert!(left.iter().all(|byte| *byte == 0), "something is left");
        assert_eq!(Keepsake::unseal(&memory).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn other_memory_and_other_files_are_no_keepsake() {
        let unsealed = memory().unwrap();
        assert_eq!(Keepsake::unseal(&unsealed).unwrap_err().kind(), ErrorKind::InvalidData);
        fs::ftruncate(&unsealed, LONGEST as u64 + 1).unwrap();
        fs::fcntl_add_seals(&unsealed, SEALS).unwrap();
        assert_eq!(Keepsake::unseal(&unsealed).unwrap_err().to_string(), "it is too long");
        assert!(Keepsake::unseal(tempfile::tempfile().unwrap()).is_err());
    }

    #[test]
    fn a_profile_that_does_not_fit_is_not_kept() {
        let mut long = keepsake();
        long.profile.search_domains = vec!["x".repeat(1000); 100];
        assert!(long.seal().is_err());
    }

    #[test]
    fn debug_shows_nothing_of_the_hash() {
        let text = format!("{:?}", keepsake());
        assert!(text.contains("alice") && text.contains("redacted") && !text.contains("115, 105"), "{text}");
    }
}
