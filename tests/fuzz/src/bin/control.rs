//! A TCP stream against both ends of the control connection.
//!
//! The input's first four octets say in what pieces the rest arrives, how much time passes between them, after
//! which piece our side loses interest, and how.

#![no_main]

use core::time::Duration;

use culvert_model::Instant;
use culvert_proto::pptp::control::{Control, Event, PacConfig, PnsConfig};
use culvert_proto::wire::pptp::{Framer, Message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((knobs, stream)) = input.split_first_chunk::<4>() else { return };
    read_messages(stream);
    let now = Instant::ZERO;
    run(Control::pns(PnsConfig::default(), 0x1234, now), *knobs, stream);
    run(Control::pac(PacConfig::default(), 0x8001, now), *knobs, stream);
});

/// Every message that can be read can be written, and reads the same again.
fn read_messages(stream: &[u8]) {
    let mut framer = Framer::default();
    let mut rest = stream;
    while !rest.is_empty() {
        rest = framer.push(rest);
        while let Some(Ok(message)) = framer.poll() {
            let mut bytes = Vec::new();
            message.emit(&mut bytes);
            assert_eq!(Message::parse(&bytes), Ok(message));
        }
    }
}

fn run(control: Control, [size, pause, last, how]: [u8; 4], stream: &[u8]) {
    let mut end = End { control, now: Instant::ZERO, calls: 0, closed: false };
    for (index, piece) in stream.chunks(usize::from(size).max(1)).enumerate() {
        end.control.handle_bytes(piece, end.now);
        end.drain();
        if index == usize::from(last) {
            end.lose_interest(how);
        }
        end.pass(Duration::from_millis(u64::from(pause).pow(2)));
    }
    end.control.handle_closed(end.now);
    end.drain();
    assert!(end.closed);
}

struct End {
    control: Control,
    now: Instant,
    calls: u32,
    closed: bool,
}

impl End {
    fn lose_interest(&mut self, how: u8) {
        match how % 4 {
            0 => self.control.disconnect(self.now),
            1 => self.control.shut_down(self.now),
            2 => self.control.handle_closed(self.now),
            _ => {}
        }
        self.drain();
    }

    /// Lets time pass from timer to timer; no timer may be due again at once for ever.
    fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        for round in 0.. {
            let Some((due, timer)) = self.control.poll_timeout().filter(|(due, _)| *due <= until) else {
                break;
            };
            assert!(round < 8, "{timer:?} stays due");
            self.now = self.now.max(due);
            self.control.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        let mut sent = 0;
        while let Some(bytes) = self.control.poll_transmit() {
            assert!(!matches!(Message::parse(&bytes), Err(_) | Ok(Message::Unknown { .. })));
            sent += 1;
        }
        assert!(sent <= 70, "{sent} messages at once");
        while let Some(event) = self.control.poll_event() {
            assert!(!self.closed, "{event:?} after the end");
            match event {
                Event::CallEstablished { peer_window, .. } => {
                    assert!((1..=64).contains(&peer_window));
                    assert_eq!(self.calls, 0, "a second call");
                    self.calls = 1;
                }
                Event::CallCleared(_) => {
                    assert_eq!(self.calls, 1, "no call to clear");
                    self.calls = 2;
                }
                Event::Closed(_) => {
                    assert_ne!(self.calls, 1, "a call was left behind");
                    self.closed = true;
                }
                Event::ConnectionEstablished(_) | Event::LinkErrors(_) | Event::NotUnderstood(_) => {}
            }
        }
        assert_eq!(self.closed, self.control.is_closed());
        assert_eq!(self.closed, self.control.poll_timeout().is_none());
    }
}
