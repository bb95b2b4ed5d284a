//! Tries the guard: whether the kernel lets something past it.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use culvert_policy::{Guard, LOCAL_RANGES, Scope};
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use socket2::{Domain, Socket, Type};

/// Nobody's address (RFC 5737), so that a probe which does leave tells nobody anything.
const NOBODY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// The discard port (RFC 863).
const DISCARD: u16 = 9;

/// The first device by which a packet leaves that `guard` forbids, if there is one. A program of anybody's would see the
/// same: nothing here bears the mark of outer packets.
///
/// # Errors
/// The system's, where it can't be tried.
pub fn leak(guard: &Guard) -> io::Result<Option<String>> {
    let Some(target) = target(guard) else { return Ok(None) };
    let tunnel = guard.tunnel.as_ref().map(|pass| pass.interface.as_str());
    let is_beside = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING;
    let devices: BTreeSet<String> = getifaddrs()?
        .filter(|device| {
            device.flags.contains(is_beside) && !device.flags.contains(InterfaceFlags::IFF_LOOPBACK)
        })
        .map(|device| device.interface_name)
        .filter(|name| tunnel != Some(name))
        .collect();
    for device in devices {
        if leaves_by(&device, target)? {
            return Ok(Some(device));
        }
    }
    Ok(None)
}

fn leaves_by(device: &str, target: Ipv4Addr) -> io::Result<bool> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    if socket.bind_device(Some(device.as_bytes())).is_err() {
        // Gone since.
        return Ok(false);
    }
    // No further than the next router.
    socket.set_ttl_v4(1)?;
    // Whatever the kernel refuses for does not leave.
    Ok(socket.send_to(&[], &SocketAddr::from((target, DISCARD)).into()).is_ok())
}

/// Somebody whom the guard forbids to reach beside the tunnel.
fn target(guard: &Guard) -> Option<Ipv4Addr> {
    let is_forbidden =
        |address: &Ipv4Addr| !(guard.lan && LOCAL_RANGES.iter().any(|range| range.contains(*address)));
    match &guard.scope {
        Scope::Everything => Some(NOBODY),
        Scope::Only(prefixes) => prefixes.iter().map(|prefix| prefix.address()).find(is_forbidden),
    }
}
