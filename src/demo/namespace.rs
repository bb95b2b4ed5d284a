//! Namespaces of the process's own.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};

use anyhow::Context;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};

/// Said where the system does not let us have what the demo needs.
pub const FORBIDDEN: &str = "this system does not let you make private network namespaces; \
    as root it works: sudo -E cargo run --release -p culvert-demo";

/// Moves this process into a network namespace of its own, and into a user namespace first where it may not
/// otherwise. To be called before any thread is started.
pub fn enter() -> anyhow::Result<()> {
    if geteuid().is_root() && unshare(CloneFlags::CLONE_NEWNET).is_ok() {
        return Ok(());
    }
    become_root().context(FORBIDDEN)
}

/// Checks that the client and the server can have TUN devices, which no namespace helps with.
pub fn check_tun() -> anyhow::Result<()> {
    let opened = OpenOptions::new().read(true).write(true).open("/dev/net/tun");
    let advice = match opened.as_ref().map_err(io::Error::kind) {
        Err(ErrorKind::NotFound) => "this system has no TUN devices (try: sudo modprobe tun)",
        _ => {
            "this system does not let you make TUN devices; as root it works: \
            sudo -E cargo run --release -p culvert-demo"
        }
    };
    opened.context("/dev/net/tun").context(advice).map(drop)
}

/// Root in a user namespace is nobody special outside it.
fn become_root() -> io::Result<()> {
    let (uid, gid) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
    // Without this an ordinary user may not write the map of groups.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("0 {gid} 1"))
}
