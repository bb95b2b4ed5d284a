//! ICMP echo through the tunnel (RFC 792).

use std::io::{self, ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use socket2::{Domain, Protocol, Socket, Type};

/// How many are sent.
pub const COUNT: u16 = 20;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time between two.
const PAUSE: Duration = Duration::from_millis(5);
/// Ours, among the echoes of others.
const IDENTIFIER: u16 = 0x1723;

const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST: u8 = 8;

/// The median time to an answer of `address`. Blocks for up to a second for each that is not answered.
///
/// # Errors
/// One was not answered.
pub fn median(address: Ipv4Addr) -> anyhow::Result<Duration> {
    let socket =
        Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4)).context("opening a socket to ping")?;
    socket.connect(&SocketAddr::from((address, 0)).into())?;
    let mut times = Vec::new();
    for sequence in 0..COUNT {
        times.push(once(&socket, sequence)?);
        sleep(PAUSE);
    }
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("nothing was measured")
}

fn once(socket: &Socket, sequence: u16) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    socket.send(&request(sequence)).context("sending a ping")?;
    let mut packet = [0; 1500];
    loop {
        let Some(left) = PATIENCE.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) else {
            bail!("a ping through the tunnel was not answered within {PATIENCE:?}");
        };
        socket.set_read_timeout(Some(left))?;
        match (&*socket).read(&mut packet) {
            Ok(length) if is_reply(packet.get(..length).unwrap_or_default(), sequence) => {
                return Ok(begun.elapsed());
            }
            Ok(_) => {}
            Err(error) if is_pause(&error) => {}
            Err(error) => return Err(error).context("waiting for the answer to a ping"),
        }
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn request(sequence: u16) -> Vec<u8> {
    let mut message = vec![ECHO_REQUEST, 0, 0, 0];
    message.extend(IDENTIFIER.to_be_bytes());
    message.extend(sequence.to_be_bytes());
    message.extend([0x55; 56]);
    let checksum = checksum(&message).to_be_bytes();
    message.splice(2..4, checksum);
    message
}

/// Whether an IPv4 packet holds the answer to our request `sequence`.
fn is_reply(packet: &[u8], sequence: u16) -> bool {
    let header = packet.first().map_or(0, |first| usize::from(first & 0x0f) * 4);
    let Some(message) = packet.get(header..) else { return false };
    let [identifier, sequence] = [IDENTIFIER, sequence].map(u16::to_be_bytes);
    message.first() == Some(&ECHO_REPLY)
        && message.get(4..6) == Some(&identifier[..])
        && message.get(6..8) == Some(&sequence[..])
        && checksum(message) == 0
}

/// The internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| match *pair {
        [high, low] => u32::from(u16::from_be_bytes([high, low])),
        [high] => u32::from(high) << 8,
        _ => 0,
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply_to(sequence: u16) -> Vec<u8> {
        let mut packet = vec![0x45; 20];
        let mut message = request(sequence);
        message[0] = ECHO_REPLY;
        message[2..4].copy_from_slice(&[0, 0]);
        let checksum = checksum(&message);
        message[2..4].copy_from_slice(&checksum.to_be_bytes());
        packet.extend(message);
        packet
    }

    #[test]
    fn only_the_answer_to_this_request_counts() {
        assert_eq!(checksum(&request(7)), 0);
        assert!(is_reply(&reply_to(7), 7));
        assert!(!is_reply(&reply_to(7), 8));
        let mut garbled = reply_to(7);
        garbled[40] ^= 1;
        assert!(!is_reply(&garbled, 7));
        assert!(!is_reply(&[0x4f; 20], 7));
        assert!(!is_reply(&[], 7));
    }

    #[test]
    fn loopback_answers() {
        // Takes a raw socket; without the right to open one there is nothing to test here.
        if Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4)).is_ok() {
            assert!(median(Ipv4Addr::LOCALHOST).unwrap() < PATIENCE);
        }
    }
}
