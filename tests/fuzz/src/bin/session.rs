//! A whole session, client or server, against a peer made of the input: control bytes, PPP frames, time, commands.
//!
//! The first octet picks the end, then come records: one octet of kind, one of length, the contents.

#![no_main]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use culvert_model::{AuthMethod, AuthMethods, Encryption, Instant, Mtu, Profile, Secret};
use culvert_proto::session::{ClientConfig, Command, Event, ServerConfig, Session};
use culvert_proto::{Opener, Packet, Sealer, Sink, Trouble};
use libfuzzer_sys::fuzz_target;

const PEER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

fuzz_target!(|input: &[u8]| {
    let Some((&end, mut records)) = input.split_first() else { return };
    let mut bench = Bench::new(end);
    while let [kind, length, rest @ ..] = records {
        let (contents, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        records = rest;
        bench.take(*kind, contents);
        if bench.drain() {
            break;
        }
    }
});

/// One end, its halves, and its clock.
struct Bench {
    session: Session,
    halves: Option<Box<(Sealer, Opener)>>,
    call_id: u16,
    now: Instant,
    genuine: Vec<Vec<u8>>,
}

impl Bench {
    fn new(end: u8) -> Self {
        let now = Instant::ZERO;
        let session = if end % 2 == 0 {
            let profile = Profile::new("vpn.example.com".parse().unwrap(), "alice");
            let mut config = ClientConfig::new(&profile, PEER, Some(Secret::new("clientPass".to_owned())));
            if end & 2 != 0 {
                config.encryption = Encryption::Preferred;
                config.auth = AuthMethods::new(AuthMethod::ALL);
                config.stateful = true;
            }
            Session::client(config, [end; 32], now)
        } else {
            Session::server(server(), [end; 32], now)
        };
        Self { session, halves: None, call_id: 0, now, genuine: Vec::new() }
    }

    fn take(&mut self, kind: u8, contents: &[u8]) {
        match kind % 6 {
            0 => self.session.handle_control(contents, self.now),
            1 => self.open(contents),
            2 => {
                let step = contents.first().copied().unwrap_or(1);
                self.now += Duration::from_millis(u64::from(step) * 50);
                self.session.handle_timeout(self.now);
            }
            3 => {
                if let Some(halves) = &mut self.halves {
                    let mut packet = Packet::with_capacity(512);
                    packet.fill(contents);
                    halves.0.seal_batch(std::slice::from_mut(&mut packet));
                    self.session.handle_activity(self.now);
                }
            }
            4 => {
                self.session.handle_frame(protocol(contents), contents.get(1..).unwrap_or_default(), self.now)
            }
            _ => match contents.first() {
                Some(0) => self.session.disconnect(self.now),
                Some(1) => self.session.handle_control_closed(self.now),
                Some(2) => self.session.answer(Secret::new("other".to_owned()), self.now),
                Some(3) => self.session.handle_trouble(Trouble::ResetNeeded, self.now),
                // Something this end said comes back to it.
                Some(n) => {
                    if let Some(own) = self.genuine.get(usize::from(*n)).cloned() {
                        self.session.handle_control(&own, self.now);
                    }
                }
                None => {}
            },
        }
    }

    /// GRE contents behind good headers: those have a target of their own.
    fn open(&mut self, contents: &[u8]) {
        let Some(halves) = &mut self.halves else { return };
        let (sequence, contents) = contents.split_first().unwrap_or((&0, &[]));
        let length = u16::try_from(36 + contents.len()).unwrap();
        let mut datagram = vec![0x45, 0];
        datagram.extend(length.to_be_bytes());
        datagram.extend([0, 0, 0, 0, 64, 47, 0, 0]);
        datagram.extend(PEER.octets());
        datagram.extend([192, 0, 2, 1, 0x30, 0x01, 0x88, 0x0B]);
        datagram.extend((length - 36).to_be_bytes());
        datagram.extend(self.call_id.to_be_bytes());
        datagram.extend([0, 0, 0, *sequence]);
        datagram.extend(contents);
        let mut packet = Packet::with_capacity(512);
        packet.fill(&datagram);
        let mut tray = Tray::default();
        halves.1.open_batch(std::slice::from_mut(&mut packet), self.now, &mut tray);
        halves.1.handle_timeout(self.now, &mut tray);
        for (protocol, information) in tray.frames {
            self.session.handle_frame(protocol, &information, self.now);
        }
        for trouble in tray.troubles {
            self.session.handle_trouble(trouble, self.now);
        }
    }

    /// Carries out what the session wants; whether it has ended.
    fn drain(&mut self) -> bool {
        while let Some(bytes) = self.session.poll_transmit() {
            // The call id is ours to choose and stands in the Outgoing-Call-Request and -Reply.
            if let [_, _, _, _, _, _, _, _, 0, 7 | 8, _, _, high, low, ..] = bytes[..] {
                self.call_id = u16::from_be_bytes([high, low]);
            }
            self.genuine.push(bytes);
            assert!(self.genuine.len() < 1000, "the session talks without end");
        }
        let mut ended = false;
        while let Some(event) = self.session.poll_event() {
            assert!(!ended, "{event:?} after the end");
            match event {
                Event::CallEstablished(halves) => self.halves = Some(halves),
                Event::Ended(_) => ended = true,
                _ => {}
            }
        }
        while let Some(command) = self.session.poll_command() {
            let halves = self.halves.as_mut().expect("a command before the call");
            match command {
                Command::Seal(command) => halves.0.handle_command(command),
                Command::Open(command) => halves.1.handle_command(command),
            }
        }
        if let Some(halves) = &mut self.halves {
            let mut packet = Packet::with_capacity(2048);
            while halves.0.poll_frame(&mut packet) {}
        }
        assert!(ended || self.session.poll_timeout().is_some(), "nothing would ever happen again");
        ended
    }
}

fn server() -> ServerConfig {
    ServerConfig {
        client: PEER,
        name: "culvert".to_owned(),
        users: Arc::new(|name: &str| (name == "alice").then(|| Secret::new("clientPass".to_owned()))),
        retries: 2,
        auth: AuthMethods::new(AuthMethod::ALL),
        encryption: Encryption::Preferred,
        stateful: true,
        local: Ipv4Addr::new(203, 0, 113, 1),
        remote: Ipv4Addr::new(203, 0, 113, 77),
        dns: Vec::new(),
        mtu: Mtu::Auto,
    }
}

/// The protocols that a session knows, by one octet.
fn protocol(contents: &[u8]) -> u16 {
    const KNOWN: [u16; 8] = [0xC021, 0xC223, 0xC023, 0x80FD, 0x8021, 0x8057, 0xC029, 0xC227];
    let pick = contents.first().copied().unwrap_or_default();
    KNOWN[usize::from(pick) % KNOWN.len()]
}

#[derive(Default)]
struct Tray {
    frames: Vec<(u16, Vec<u8>)>,
    troubles: Vec<Trouble>,
}

impl Sink for Tray {
    fn ip(&mut self, _packet: &mut Packet) {}

    fn frame(&mut self, protocol: u16, information: &[u8]) {
        self.frames.push((protocol, information.to_vec()));
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.troubles.push(trouble);
    }
}
