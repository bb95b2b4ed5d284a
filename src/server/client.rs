//! One client: its session, the two halves of its data path, and what it may not do.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_engine::mss;
use culvert_engine::tun::WriteBatch;
use culvert_model::{Fault, FaultCode, Instant};
use culvert_proto::session::{self, Command, ServerConfig, Session};
use culvert_proto::{Opener, Packet, Sealer, Sink, Trouble};

use crate::demux::source_of;

/// How long a peer may take until its call is placed.
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// How long it may then take until IP flows; somebody may be typing a password a second time.
const LOGIN_LIMIT: Duration = Duration::from_secs(90);
/// How long an orderly end may take.
const FAREWELL_LIMIT: Duration = Duration::from_secs(5);

/// What happened to a client.
#[derive(Debug)]
pub(crate) enum Event {
    /// Its GRE packets carry this call id from now on.
    CallEstablished {
        /// The id that our end chose.
        call_id: u16,
    },
    /// IP flows.
    Up,
    /// It is over.
    Ended(Option<Fault>),
}

/// What a client must reach before its time is up.
#[derive(Clone, Copy, Debug)]
enum Deadline {
    Call(Instant),
    Login(Instant),
    Farewell(Instant),
    None,
}

/// One client.
pub(crate) struct Client {
    outside: Ipv4Addr,
    inside: Ipv4Addr,
    session: Session,
    halves: Option<(Sealer, Opener)>,
    mtu: u16,
    deadline: Deadline,
    events: VecDeque<Event>,
}

impl Client {
    /// A client that has just connected TCP.
    pub(crate) fn new(config: ServerConfig, mtu: u16, seed: [u8; 32], now: Instant) -> Self {
        Self {
            outside: config.client,
            inside: config.remote,
            session: Session::server(config, seed, now),
            halves: None,
            mtu,
            deadline: Deadline::Call(now + CALL_LIMIT),
            events: VecDeque::new(),
        }
    }

    /// Its address outside the tunnel.
    pub(crate) fn outside(&self) -> Ipv4Addr {
        self.outside
    }

    /// Its address inside the tunnel.
    pub(crate) fn inside(&self) -> Ipv4Addr {
        self.inside
    }

    /// Bytes came on the control connection.
    pub(crate) fn handle_control(&mut self, bytes: &[u8], now: Instant) {
        self.session.handle_control(bytes, now);
        self.settle(now);
    }

    /// The control connection was closed.
    pub(crate) fn handle_control_closed(&mut self, now: Instant) {
        self.session.handle_control_closed(now);
        self.settle(now);
    }

    /// Datagrams came for its call; the IP packets in them go into `batch`.
    pub(crate) fn handle_gre(&mut self, datagrams: &mut [Packet], now: Instant, batch: &mut WriteBatch) {
        let mut next = 0;
        while let (Some((_, opener)), Some(rest @ [_, ..])) = (&mut self.halves, datagrams.get_mut(next..)) {
            let (session, source, mtu) = (&mut self.session, self.inside, self.mtu);
            let mut delivery = Delivery { session, source, mtu, batch, now, is_paused: false };
            next += opener.open_batch(rest, now, &mut delivery);
            self.session.handle_activity(now);
            self.settle(now);
        }
    }

    /// IP packets came for it: they are sealed in place; those that may not pass are left empty.
    pub(crate) fn handle_ip(&mut self, packets: &mut [Packet], now: Instant) {
        let Some((sealer, _)) = &mut self.halves else {
            packets.iter_mut().for_each(Packet::clear);
            return;
        };
        for packet in packets.iter_mut() {
            mss::clamp(packet.payload_mut(), self.mtu);
        }
        sealer.seal_batch(packets);
        self.session.handle_activity(now);
    }

    /// The time has come that [`Self::poll_timeout`] named.
    pub(crate) fn handle_timeout(&mut self, now: Instant, batch: &mut WriteBatch) {
        if let Some((_, opener)) = &mut self.halves {
            let (session, source, mtu) = (&mut self.session, self.inside, self.mtu);
            opener.handle_timeout(now, &mut Delivery { session, source, mtu, batch, now, is_paused: false });
        }
        if self.session.poll_timeout().is_some_and(|(at, _)| at <= now) {
            self.session.handle_timeout(now);
        }
        match self.deadline {
            Deadline::Call(at) if at <= now => self.give_up(Fault::new(FaultCode::ControlTimeout)),
            Deadline::Farewell(at) if at <= now => self.give_up(Fault::new(FaultCode::LinkLost)),
            Deadline::Login(at) if at <= now => self.take_leave(now, Session::disconnect),
            _ => {}
        }
        self.settle(now);
    }

    /// Ends the session in good order, because the server goes down.
    pub(crate) fn shut_down(&mut self, now: Instant) {
        self.take_leave(now, Session::shut_down);
    }

    /// Bytes for the control connection.
    pub(crate) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.session.poll_transmit()
    }

    /// Puts the next control frame or acknowledgement into `packet`; false where there is none.
    pub(crate) fn poll_frame(&mut self, packet: &mut Packet, now: Instant) -> bool {
        let Some((sealer, _)) = &mut self.halves else { return false };
        if sealer.poll_frame(packet) {
            return true;
        }
        let acknowledgement = sealer.poll_ack(now);
        if let Some(bytes) = &acknowledgement {
            packet.fill(bytes);
        }
        acknowledgement.is_some()
    }

    /// The next thing that happened.
    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] must be called.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let session = self.session.poll_timeout().map(|(at, _)| at);
        let opener = self.halves.as_ref().and_then(|(_, opener)| opener.poll_timeout());
        let own = match self.deadline {
            Deadline::Call(at) | Deadline::Login(at) | Deadline::Farewell(at) => Some(at),
            Deadline::None => None,
        };
        [session, opener, own].into_iter().flatten().min()
    }

    fn take_leave(&mut self, now: Instant, end: fn(&mut Session, Instant)) {
        if !matches!(self.deadline, Deadline::Farewell(_)) {
            self.deadline = Deadline::Farewell(now + FAREWELL_LIMIT);
            end(&mut self.session, now);
            self.settle(now);
        }
    }

    fn give_up(&mut self, fault: Fault) {
        self.deadline = Deadline::None;
        self.events.push_back(Event::Ended(Some(fault)));
    }

    /// Carries out what the session wants. The halves come before the commands for them.
    fn settle(&mut self, now: Instant) {
        while let Some(event) = self.session.poll_event() {
            self.on_event(event, now);
        }
        while let Some(command) = self.session.poll_command() {
            match (command, &mut self.halves) {
                (Command::Seal(command), Some((sealer, _))) => sealer.handle_command(command),
                (Command::Open(command), Some((_, opener))) => opener.handle_command(command),
                (_, None) => {}
            }
        }
    }

    fn on_event(&mut self, event: session::Event, now: Instant) {
        match event {
            session::Event::CallEstablished(halves) => {
                let call_id = halves.1.call_id();
                self.halves = Some(*halves);
                self.await_login(now);
                self.events.push_back(Event::CallEstablished { call_id });
            }
            session::Event::Up(network) => {
                self.mtu = self.mtu.min(network.mtu);
                if matches!(self.deadline, Deadline::Login(_)) {
                    self.deadline = Deadline::None;
                }
                self.events.push_back(Event::Up);
            }
            session::Event::Down => self.await_login(now),
            session::Event::Ended(fault) => self.events.push_back(Event::Ended(fault)),
            session::Event::Identified(text) => tracing::debug!(text, "the client says what it is"),
            session::Event::StageReached(_)
            | session::Event::TimeRemaining(_)
            | session::Event::PasswordWanted { .. } => {}
        }
    }

    fn await_login(&mut self, now: Instant) {
        if !matches!(self.deadline, Deadline::Farewell(_)) {
            self.deadline = Deadline::Login(now + LOGIN_LIMIT);
        }
    }
}

/// Where the opener of a client puts what it has opened.
struct Delivery<'a> {
    session: &'a mut Session,
    source: Ipv4Addr,
    mtu: u16,
    batch: &'a mut WriteBatch,
    now: Instant,
    /// A control frame came, which may decide how the packets behind it are read.
    is_paused: bool,
}

impl Sink for Delivery<'_> {
    /// A client may send from the address that it was given and from no other.
    fn ip(&mut self, packet: &mut Packet) {
        if source_of(packet) == Some(self.source) {
            mss::clamp(packet.payload_mut(), self.mtu);
            self.batch.push(packet);
        } else {
            tracing::trace!("a packet with a foreign source was dropped");
        }
    }

    fn frame(&mut self, protocol: u16, information: &[u8]) {
        self.session.handle_frame(protocol, information, self.now);
        self.is_paused = true;
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.session.handle_trouble(trouble, self.now);
    }

    fn is_paused(&self) -> bool {
        self.is_paused
    }
}
