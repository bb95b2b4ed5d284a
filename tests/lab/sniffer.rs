//! Counts what is on the wire. Reads packets by itself and trusts no code of the house.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, thread};

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SocketFlags, SocketType, recv, socket_with};

use crate::namespace::Namespace;

/// What was counted, once for every device that a packet passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// GRE packets that carry a PPP frame.
    pub frames: u64,
    /// Frames with a whole IP packet in clear (PPP protocol 0x0021).
    pub clear: u64,
    /// Frames with an encrypted or compressed packet (PPP protocol 0x00FD).
    pub encrypted: u64,
    /// GRE packets that only acknowledge.
    pub acknowledgements: u64,
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frames, clear, encrypted, acknowledgements } = self;
        write!(
            f,
            "{frames} frames ({clear} clear, {encrypted} encrypted), {acknowledgements} acknowledgements"
        )
    }
}

/// Counts in a namespace until it is asked for the result.
pub struct Sniffer {
    end: Arc<AtomicBool>,
    thread: JoinHandle<Census>,
}

impl Sniffer {
    /// Starts to count everything that any device of `namespace` sends or receives.
    pub fn start(namespace: &Namespace) -> Self {
        let all = Protocol::from_raw(u32::from(3_u16.to_be()).try_into().expect("not zero"));
        let socket = namespace.enter(|| {
            socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, Some(all))
                .expect("a packet socket")
        });
        set_socket_timeout(&socket, Timeout::Recv, Some(Duration::from_millis(50))).expect("a timeout");
        let end = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&end);
        let thread = thread::spawn(move || {
            let mut census = Census::default();
            let mut buffer = vec![0; 65536];
            while !ended.load(Ordering::Relaxed) {
                // An error is the timeout: nothing passed for a moment.
                if let Ok((length, _)) = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty()) {
                    census.add(buffer.get(..length).unwrap_or_default());
                }
            }
            census
        });
        Self { end, thread }
    }

    /// Ends the count, a moment later so that what is on its way is counted too.
    pub fn finish(self) -> Census {
        thread::sleep(Duration::from_millis(100));
        self.end.store(true, Ordering::Relaxed);
        self.thread.join().expect("the sniffer does not panic")
    }
}

impl Census {
    fn add(&mut self, ethernet: &[u8]) {
        let Some(gre) = gre_of(ethernet) else { return };
        match frame_of(gre) {
            None => self.acknowledgements += 1,
            Some(frame) => {
                self.frames += 1;
                match protocol_of(frame) {
                    Some(0x0021) => self.clear += 1,
                    Some(0x00fd) => self.encrypted += 1,
                    _ => {}
                }
            }
        }
    }
}

/// The GRE version 1 packet in an Ethernet frame, if there is one.
fn gre_of(ethernet: &[u8]) -> Option<&[u8]> {
    let ip = ethernet.get(14..)?;
    let is_gre = ethernet.get(12..14)? == [8, 0] && ip.get(9)? == &47;
    let header = usize::from(ip.first()? & 15) * 4;
    let length = usize::from(u16::from_be_bytes([*ip.get(2)?, *ip.get(3)?]));
    let gre = ip.get(header..length)?;
    (is_gre && gre.get(2..4)? == [0x88, 0x0b]).then_some(gre)
}

/// The PPP frame in a GRE packet, unless it only acknowledges.
fn frame_of(gre: &[u8]) -> Option<&[u8]> {
    let (first, second) = (gre.first()?, gre.get(1)?);
    let has_sequence = first & 0x10 != 0;
    let header = 8 + if has_sequence { 4 } else { 0 } + if second & 0x80 != 0 { 4 } else { 0 };
    gre.get(header..).filter(|_| has_sequence)
}

/// A frame's PPP protocol, with or without the compressed fields of RFC 1661 section 6.5 and 6.6.
fn protocol_of(frame: &[u8]) -> Option<u16> {
    let rest = frame.strip_prefix(&[0xff, 3]).unwrap_or(frame);
    match rest {
        [low, ..] if low & 1 == 1 => Some(u16::from(*low)),
        [high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}
