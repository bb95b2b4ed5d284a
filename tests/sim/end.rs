//! One end: a session, the two halves of its data path, and the IP packets that came out.

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use culvert_model::{Fault, Instant, Network, Secret, Stage};
use culvert_proto::session::{Command, Event, Rejection, Session};
use culvert_proto::{Opener, Packet, Sealer, Sink, Trouble};

use crate::net::{Net, Parcel, Side};

/// The client's address outside the tunnel.
pub const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// The server's address outside the tunnel.
pub const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

/// One end of the simulated tunnel.
pub struct End {
    /// Which one.
    pub side: Side,
    /// Its session.
    pub session: Session,
    /// What was agreed, while the tunnel is up.
    pub up: Option<Network>,
    /// How often the tunnel came up.
    pub times_up: u32,
    /// How it ended, once it has.
    pub ended: Option<Option<Fault>>,
    /// The stages reached.
    pub stages: Vec<Stage>,
    /// The IP packets that came out of the tunnel.
    pub inbox: VecDeque<Vec<u8>>,
    /// The passwords still to be tried when asked.
    pub passwords: VecDeque<&'static str>,
    /// Why passwords were not taken.
    pub refusals: Vec<Fault>,
    halves: Option<(Sealer, Opener)>,
    outbox: Vec<Packet>,
}

/// What the opener hands out in one go.
#[derive(Default)]
struct Tray {
    ip: Vec<Vec<u8>>,
    frames: Vec<(u16, Vec<u8>)>,
    troubles: Vec<Trouble>,
}

impl Sink for Tray {
    fn ip(&mut self, packet: &mut Packet) {
        self.ip.push(packet.payload().to_vec());
    }

    fn frame(&mut self, protocol: u16, information: &[u8]) {
        self.frames.push((protocol, information.to_vec()));
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.troubles.push(trouble);
    }
}

impl End {
    /// An end around `session`.
    pub fn new(side: Side, session: Session) -> Self {
        Self {
            side,
            session,
            up: None,
            times_up: 0,
            ended: None,
            stages: Vec::new(),
            inbox: VecDeque::new(),
            passwords: VecDeque::new(),
            refusals: Vec::new(),
            halves: None,
            outbox: Vec::new(),
        }
    }

    /// Takes what the network delivered.
    pub fn receive(&mut self, parcel: Parcel, now: Instant) {
        match parcel {
            Parcel::Control(bytes) => self.session.handle_control(&bytes, now),
            Parcel::ControlClosed => self.session.handle_control_closed(now),
            Parcel::Gre(bytes) => self.receive_gre(&bytes, now),
            Parcel::Rejection { from, code, quoted } => {
                self.session.handle_gre_rejected(&Rejection { from, kind: 3, code, quoted }, now);
            }
        }
    }

    /// Sends an IP packet into the tunnel.
    pub fn send_ip(&mut self, packet: &[u8], net: &mut Net, now: Instant) {
        let Some((sealer, _)) = &mut self.halves else { return };
        let mut buffer = Packet::with_capacity(2048);
        buffer.fill(packet);
        let mut batch = [buffer];
        sealer.seal_batch(&mut batch);
        let [sealed] = batch;
        if !sealed.is_empty() {
            net.send(self.side.other(), Parcel::Gre(sealed.payload().to_vec()), now);
        }
        self.session.handle_activity(now);
    }

    /// The call id that is in what comes, once the call is up.
    pub fn call_id(&self) -> Option<u16> {
        self.halves.as_ref().map(|(_, opener)| opener.call_id())
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.session.poll_timeout().is_some_and(|(at, _)| at <= now) {
            self.session.handle_timeout(now);
        }
        let mut tray = Tray::default();
        if let Some((_, opener)) = &mut self.halves {
            opener.handle_timeout(now, &mut tray);
        }
        self.take(tray, now);
    }

    /// When something is to be done next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let session = self.session.poll_timeout().map(|(at, _)| at);
        let halves = self.halves.as_ref();
        let sealer = halves.and_then(|(sealer, _)| sealer.poll_timeout());
        let opener = halves.and_then(|(_, opener)| opener.poll_timeout());
        [session, sealer, opener].into_iter().flatten().min()
    }

    /// Carries out what the session wants, until it wants nothing.
    pub fn drain(&mut self, net: &mut Net, now: Instant) {
        loop {
            let mut idle = true;
            while let Some(bytes) = self.session.poll_transmit() {
                net.send(self.side.other(), Parcel::Control(bytes), now);
                idle = false;
            }
            while let Some(event) = self.session.poll_event() {
                self.on_event(event, net, now);
                idle = false;
            }
            while let Some(command) = self.session.poll_command() {
                self.on_command(command);
                idle = false;
            }
            self.send_frames(net, now);
            if idle {
                return;
            }
        }
    }

    fn on_event(&mut self, event: Event, net: &mut Net, now: Instant) {
        assert!(self.ended.is_none(), "{:?} after the end", event);
        match event {
            Event::StageReached(stage) => self.stages.push(stage),
            Event::Identified(_) | Event::TimeRemaining(_) => {}
            Event::CallEstablished(halves) => self.halves = Some(*halves),
            Event::PasswordWanted { refused } => {
                self.refusals.extend(refused);
                match self.passwords.pop_front() {
                    Some(password) => self.session.answer(Secret::new(password.to_owned()), now),
                    None => self.session.disconnect(now),
                }
            }
            Event::Up(network) => {
                self.up = Some(network);
                self.times_up += 1;
            }
            Event::Down => self.up = None,
            Event::Ended(fault) => {
                self.up = None;
                self.ended = Some(fault);
                net.send(self.side.other(), Parcel::ControlClosed, now);
            }
        }
    }

    fn on_command(&mut self, command: Command) {
        let Some((sealer, opener)) = &mut self.halves else { panic!("{command:?} before the call") };
        match command {
            Command::Seal(command) => sealer.handle_command(command),
            Command::Open(command) => opener.handle_command(command),
        }
    }

    fn send_frames(&mut self, net: &mut Net, now: Instant) {
        let Some((sealer, opener)) = &mut self.halves else { return };
        let mut packet = self.outbox.pop().unwrap_or_else(|| Packet::with_capacity(2048));
        while sealer.poll_frame(&mut packet) {
            net.send(self.side.other(), Parcel::Gre(packet.payload().to_vec()), now);
        }
        self.outbox.push(packet);
        for ack in [sealer.poll_ack(now), opener.poll_ack(now)].into_iter().flatten() {
            net.send(self.side.other(), Parcel::Gre(ack.to_vec()), now);
        }
    }

    fn receive_gre(&mut self, gre: &[u8], now: Instant) {
        let Some((_, opener)) = &mut self.halves else { return };
        let (source, destination) = match self.side {
            Side::Client => (SERVER, CLIENT),
            Side::Server => (CLIENT, SERVER),
        };
        let mut packet = Packet::with_capacity(2048);
        packet.fill(&datagram(source, destination, gre));
        let mut tray = Tray::default();
        opener.open_batch(std::slice::from_mut(&mut packet), now, &mut tray);
        self.take(tray, now);
    }

    fn take(&mut self, tray: Tray, now: Instant) {
        self.inbox.extend(tray.ip);
        for (protocol, information) in tray.frames {
            self.session.handle_frame(protocol, &information, now);
        }
        for trouble in tray.troubles {
            self.session.handle_trouble(trouble, now);
        }
        self.session.handle_activity(now);
    }
}

/// `gre` behind an IPv4 header, as a raw socket delivers it.
fn datagram(source: Ipv4Addr, destination: Ipv4Addr, gre: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + gre.len()).unwrap();
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0, 0, 0, 64, 47, 0, 0]);
    bytes.extend(source.octets());
    bytes.extend(destination.octets());
    bytes.extend(gre);
    bytes
}
