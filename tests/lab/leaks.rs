//! Sees what a host lets out, on the wire beside it. Reads packets by itself and trusts no code of the house.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SocketFlags, SocketType, recv, socket_with};

use crate::house::House;
use crate::namespace::Namespace;
use crate::probes::MARK;

/// Counts what a client lets out that it may not while it is guarded, by kind.
pub struct Watch {
    seen: Arc<Mutex<Seen>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    leaked: BTreeMap<String, (u64, u64)>,
    is_over: bool,
}

impl Watch {
    /// Watches every device of `namespace` for what the card with the address `client` sends.
    pub fn start(namespace: &Namespace, client: [u8; 6]) -> Self {
        let all = Protocol::from_raw(u32::from(3_u16.to_be()).try_into().expect("not zero"));
        let socket = namespace.enter(|| {
            socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, Some(all))
                .expect("a packet socket")
        });
        set_socket_timeout(&socket, Timeout::Recv, Some(Duration::from_millis(50))).expect("a timeout");
        let seen = Arc::<Mutex<Seen>>::default();
        let shared = Arc::clone(&seen);
        let thread = thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            loop {
                let received = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty());
                let mut seen = shared.lock().expect("nobody panics while counting");
                if seen.is_over {
                    return;
                }
                // An error is the timeout: nothing passed for a moment.
                let Ok((length, _)) = received else { continue };
                if let Some(kind) = buffer.get(..length).and_then(|frame| leak(frame, client)) {
                    let count = seen.leaked.entry(kind).or_default();
                    *count = (count.0 + 1, count.1 + u64::try_from(length).expect("a frame's length"));
                }
            }
        });
        Self { seen, thread: Some(thread) }
    }

    /// What leaked since the last time, by kind: packets and bytes. Waits for what is on its way.
    pub fn take(&self) -> BTreeMap<String, (u64, u64)> {
        thread::sleep(Duration::from_millis(60));
        std::mem::take(&mut self.seen.lock().expect("nobody panics while counting").leaked)
    }

    /// Panics if anything leaked since the last time.
    pub fn assert_none(&self, when: &str) {
        let leaked = self.take();
        let bytes: u64 = leaked.values().map(|(_, bytes)| bytes).sum();
        println!("figure: {when}: {bytes} bytes leaked");
        assert!(leaked.is_empty(), "{when}: {leaked:?}");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Ok(mut seen) = self.seen.lock() {
            seen.is_over = true;
        }
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

/// What kind of leak a frame is, if it is one: whatever the client's card sends is the client's.
fn leak(frame: &[u8], client: [u8; 6]) -> Option<String> {
    if frame.get(6..12)? != client {
        return None;
    }
    let is_probe = frame.windows(MARK.len()).any(|window| window == MARK);
    let packet = frame.get(14..)?;
    match frame.get(12..14)? {
        [0x08, 0x00] => leak_v4(packet, is_probe),
        [0x86, 0xdd] => leak_v6(packet, is_probe),
        _ => None,
    }
}

fn leak_v4(packet: &[u8], is_probe: bool) -> Option<String> {
    let header = usize::from(packet.first()? & 15) * 4;
    let (protocol, to) = (*packet.get(9)?, packet.get(16..20)?);
    let is_server = to == House::SERVER.octets();
    let port = |at: usize| packet.get(header + at..header + at + 2).map(|p| u16::from_be_bytes([p[0], p[1]]));
    let may_leave = match protocol {
        47 => is_server,
        6 => is_server && port(2)? == 1723,
        17 => port(0)? == 68 && port(2)? == 67,
        _ => false,
    };
    let name = || format!("IP protocol {protocol} to {}.{}.{}.{}", to[0], to[1], to[2], to[3]);
    (is_probe || !may_leave).then(name)
}

fn leak_v6(packet: &[u8], is_probe: bool) -> Option<String> {
    // The neighbours' own business (RFC 4861): types 133 to 136.
    let is_discovery = packet.get(6)? == &58 && (133..=136).contains(packet.get(40)?);
    (is_probe || !is_discovery).then(|| format!("IPv6, next header {}", packet[6]))
}
