//! The control connection (RFC 2637 section 2), as fast or as slow as the script has it.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::script::{Pace, Phase, Script};

/// Between two bytes of a villain that takes its time.
const DROP: Duration = Duration::from_secs(5);

/// One client's control connection.
pub struct Control {
    stream: TcpStream,
    received: Vec<u8>,
    /// What drips, and when the last drop fell.
    outbox: VecDeque<u8>,
    dropped: Instant,
    /// The client's number of the call, once there is one.
    pub peer_call: Option<u16>,
}

impl Control {
    pub fn new(stream: TcpStream) -> Self {
        stream.set_nonblocking(true).expect("a stream");
        Self {
            stream,
            received: Vec::new(),
            outbox: VecDeque::new(),
            dropped: Instant::now(),
            peer_call: None,
        }
    }

    /// Takes what came and answers it. Says what came; `None` when the client has hung up.
    pub fn turn(&mut self, script: &Script) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 4096];
        let news = match self.stream.read(&mut bytes) {
            Ok(0) => return None,
            Ok(length) => bytes[..length].to_vec(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Vec::new(),
            Err(_) => return None,
        };
        self.received.extend_from_slice(&news);
        while let Some(message) = self.message() {
            self.answer(&message, script);
        }
        if self.dropped.elapsed() >= DROP {
            if let Some(byte) = self.outbox.pop_front() {
                self.send(&[byte]);
            }
            self.dropped = Instant::now();
        }
        Some(news)
    }

    /// Says something.
    pub fn send(&mut self, bytes: &[u8]) {
        // A client that has hung up is seen when it is read from.
        let _ = self.stream.write_all(bytes);
    }

    fn message(&mut self) -> Option<Vec<u8>> {
        let length = usize::from(u16::from_be_bytes([*self.received.first()?, *self.received.get(1)?]));
        (self.received.len() >= length).then(|| self.received.drain(..length).collect())
    }

    fn answer(&mut self, message: &[u8], script: &Script) {
        let word = |at: usize| [message[at], message[at + 1]];
        match u16::from_be_bytes(word(8)) {
            1 => {
                let mut reply = header(156, 2);
                reply.extend([1, 0, 1, 0, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 1]);
                reply.resize(156, 0);
                self.say(Phase::Start, &reply, script);
            }
            7 => {
                self.peer_call = Some(u16::from_be_bytes(word(12)));
                let [high, low] = word(12);
                let [own_high, own_low] = super::call::OWN_CALL.to_be_bytes();
                let mut reply = header(32, 8);
                reply.extend([own_high, own_low, high, low, 1, 0, 0, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0]);
                self.say(Phase::Call, &reply, script);
            }
            5 => {
                let mut reply = header(20, 6);
                reply.extend(&message[12..16]);
                reply.extend([1, 0, 0, 0]);
                self.say(Phase::Start, &reply, script);
            }
            _ => {}
        }
    }

    fn say(&mut self, phase: Phase, message: &[u8], script: &Script) {
        if !script.speaks(phase) {
            return;
        }
        match script.pace {
            (from, Pace::Half) if phase >= from => self.send(&message[..message.len() / 2]),
            (from, Pace::Drops) if phase >= from => self.outbox.extend(message),
            _ => self.send(message),
        }
    }
}

/// The begin of a control message of this length and type.
pub fn header(length: u16, kind: u16) -> Vec<u8> {
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend([0, 1, 0x1a, 0x2b, 0x3c, 0x4d]);
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 0]);
    bytes
}
