//! What the helper must be allowed to do, and what it gives up.

use std::fs;

use nix::sys::prctl;
use nix::unistd::geteuid;
use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Interfaces, addresses, routes, rules (`capabilities(7)`).
const CAP_NET_ADMIN: u32 = 12;
/// The raw socket of GRE.
const CAP_NET_RAW: u32 = 13;

/// The helper lacks a right that it can't do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "culvertd must run as root, or with the capabilities CAP_NET_ADMIN and CAP_NET_RAW; it lacks {lacking}. \
     Start it with sudo, or as the system service."
)]
pub struct Unprivileged {
    lacking: &'static str,
}

/// Checks that the network may be changed and a raw socket opened.
///
/// # Errors
/// [`Unprivileged`] with the name of what is missing.
pub fn check() -> Result<(), Unprivileged> {
    match fs::read_to_string("/proc/self/status").ok().and_then(|status| effective(&status)) {
        Some(capabilities) => check_capabilities(capabilities),
        None if geteuid().is_root() => Ok(()),
        None => Err(Unprivileged { lacking: "both, as far as can be seen without /proc" }),
    }
}

/// Keeps the process's memory, which holds passwords, out of core dumps, from other processes of the same user, and
/// out of swap.
pub fn harden() {
    if let Err(error) = prctl::set_dumpable(false) {
        tracing::warn!(%error, "memory can't be kept from other processes");
    }
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "memory can't be kept out of core dumps");
    }
    if let Err(error) = lock_memory() {
        tracing::warn!(%error, "memory can't be kept out of swap");
    }
}

/// Locks every page from its first use on: the helper is small, and a secret passes through more places than could be
/// named one by one.
fn lock_memory() -> rustix::io::Result<()> {
    let unlimited = Rlimit { current: None, maximum: None };
    // With a limit some later request for memory would fail.
    if getrlimit(Resource::Memlock).current.is_some() {
        setrlimit(Resource::Memlock, unlimited)?;
    }
    mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT)
}

fn check_capabilities(effective: u64) -> Result<(), Unprivileged> {
    match (effective & (1 << CAP_NET_ADMIN) != 0, effective & (1 << CAP_NET_RAW) != 0) {
        (true, true) => Ok(()),
        (false, true) => Err(Unprivileged { lacking: "CAP_NET_ADMIN" }),
        (true, false) => Err(Unprivileged { lacking: "CAP_NET_RAW" }),
        (false, false) => Err(Unprivileged { lacking: "both" }),
    }
}

/// The effective capabilities in the text of `/proc/self/status`.
fn effective(status: &str) -> Option<u64> {
    let digits = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(digits.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_capability_is_named() {
        let status = |digits: &str| format!("Name:\tculvertd\nCapPrm:\t0\nCapEff:\t{digits}\nSeccomp:\t0\n");
        let check = |digits| check_capabilities(effective(&status(digits)).unwrap());
        assert_eq!(check("000001ffffffffff"), Ok(()));
        assert_eq!(check("0000000000003000"), Ok(()));
        assert_eq!(check("0000000000001000"), Err(Unprivileged { lacking: "CAP_NET_RAW" }));
        assert_eq!(check("0000000000002000"), Err(Unprivileged { lacking: "CAP_NET_ADMIN" }));
        assert_eq!(check("0000000000000000"), Err(Unprivileged { lacking: "both" }));
        assert_eq!(effective("CapPrm:\t0\n"), None);
    }
}
