//! The loop of one connection: whatever happens goes into the session, whatever it wants is done.
//!
//! One task owns the session, the control connection, the GRE socket, the pump and the device. Each turn waits
//! for one thing to happen, moves one batch, and lets the session have its say; so no direction, and no amount of
//! traffic, keeps an answer waiting for longer than a batch takes.

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use culvert_model::{Fault, FaultCode, Instant, Mtu, Network, Secret, Stage, Statistics};
use culvert_policy::tunnel_mtu;
use culvert_proto::session::{Event, Session};
use culvert_proto::{HEADROOM, Packet};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::sleep;

use crate::connect::{EngineCommand, EngineEvent};
use crate::control_stream::ControlStream;
use crate::gre_socket::BATCH;
use crate::pump::{Pump, Signal};
use crate::tun::{ReadBatch, RoomForWriting};
use crate::{GreSocket, Tun, clock, tcp};

/// How often the counters are told.
const COUNTING: Duration = Duration::from_secs(1);

/// The most control frames that are sent at once.
const CONTROL_BATCH: usize = 8;

/// The longest control frame, and more.
const CONTROL_FRAME: usize = 2048;

/// IP, GRE, PPP and MPPE headers around an inner packet, at the most (RFC 2637 section 4.1, RFC 3078 section 3).
const OVERHEAD: u16 = 44;

/// Everything that one connection owns, at either end of it.
pub struct Driver {
    session: Session,
    control: ControlStream,
    gre: GreSocket,
    call: Option<Pump>,
    device: Option<Tun>,
    interface: String,
    mtu: Mtu,
    datagrams: Vec<Packet>,
    outgoing: ReadBatch,
    frames: Vec<Packet>,
    untold: VecDeque<EngineEvent>,
    told: Statistics,
    count_at: Option<Instant>,
    /// What went wrong on this side; it outranks what the session says about its end.
    fault: Option<Fault>,
}

/// What a turn of the loop waited for.
enum Wake {
    Control,
    Datagrams(io::Result<usize>),
    Device(io::Result<()>),
    Command(Option<EngineCommand>),
    Told,
    Time,
}

impl Driver {
    /// A driver for `session`, whose control connection is `stream`. Its device gets the name `interface`, with a
    /// free number for `%d`, and a profile's `mtu`.
    pub fn new(session: Session, stream: TcpStream, gre: GreSocket, interface: String, mtu: Mtu) -> Self {
        let frame = || Packet::with_capacity(HEADROOM + CONTROL_FRAME);
        Self {
            session,
            control: ControlStream::new(stream),
            gre,
            call: None,
            device: None,
            interface,
            mtu,
            datagrams: std::iter::repeat_with(Packet::for_writing).take(BATCH).collect(),
            outgoing: ReadBatch::new(),
            frames: std::iter::repeat_with(frame).take(CONTROL_BATCH).collect(),
            untold: VecDeque::new(),
            told: Statistics::default(),
            count_at: None,
            fault: None,
        }
    }

    /// Runs until the session has ended: by request (`None`), or with a fault.
    pub async fn run(
        mut self,
        events: Sender<EngineEvent>,
        commands: Receiver<EngineCommand>,
    ) -> Option<Fault> {
        let mut commands = Some(commands);
        loop {
            if let ControlFlow::Break(end) = self.settle().await {
                self.control.finish().await;
                self.tell_the_rest(&events);
                return self.fault.or(end);
            }
            match self.wait(&events, &mut commands).await {
                Wake::Control => self.read_control(),
                Wake::Datagrams(result) => self.receive(result),
                Wake::Device(result) => self.send(result).await,
                Wake::Command(Some(EngineCommand::Answer(password))) => self.answer(password),
                Wake::Command(Some(EngineCommand::Disconnect)) => self.session.disconnect(clock::now()),
                Wake::Command(None) => {
                    commands = None;
                    self.session.disconnect(clock::now());
                }
                Wake::Told => {}
                Wake::Time => self.handle_timeout(),
            }
        }
    }

    /// Lets the session and the pump talk until both are silent, then sends what they want sent.
    async fn settle(&mut self) -> ControlFlow<Option<Fault>> {
        let now = clock::now();
        loop {
            while let Some(event) = self.session.poll_event() {
                self.handle_event(event, now)?;
            }
            while let Some(command) = self.session.poll_command() {
                if let Some(call) = &mut self.call {
                    call.handle_command(command);
                }
            }
            match self.call.as_mut().and_then(Pump::poll_signal) {
                Some(Signal::Frame { protocol, information }) => {
                    self.session.handle_frame(protocol, &information, now);
                }
                Some(Signal::Trouble(trouble)) => self.session.handle_trouble(trouble, now),
                None => break,
            }
        }
        self.write_control();
        self.send_frames(now).await;
        self.write_device().await;
        self.session.handle_activity(now);
        ControlFlow::Continue(())
    }

    fn handle_event(&mut self, event: Event, now: Instant) -> ControlFlow<Option<Fault>> {
        match event {
            Event::StageReached(stage) => self.untold.push_back(EngineEvent::StageReached(stage)),
            Event::CallEstablished(halves) => {
                let (sealer, opener) = *halves;
                self.call = Some(Pump::new(sealer, opener));
            }
            Event::PasswordWanted { refused } => {
                self.untold.push_back(EngineEvent::PasswordWanted { refused });
            }
            Event::Up(network) => {
                if let Err(error) = self.come_up(network, now) {
                    self.fail(tcp::local_fault(&error).at(Stage::SettingUpNetwork));
                }
            }
            // The gate is closed: what the programs send meanwhile goes nowhere.
            Event::Down => {}
            Event::Ended(fault) => return ControlFlow::Break(fault),
        }
        ControlFlow::Continue(())
    }

    /// The tunnel may carry traffic: makes the device, unless it is there from the last time.
    fn come_up(&mut self, mut network: Network, now: Instant) -> io::Result<()> {
        let device = match self.device.take() {
            Some(device) => device,
            None => Tun::create(&self.interface)?,
        };
        let way = match (self.mtu, self.gre.path_mtu()) {
            (Mtu::Auto, Some(path)) => path.saturating_sub(OVERHEAD),
            _ => u16::MAX,
        };
        network.mtu = tunnel_mtu(self.mtu, network.mtu.min(way));
        network.interface = Some(device.name().to_owned());
        if let Some(call) = &mut self.call {
            call.set_mtu(network.mtu);
        }
        self.device = Some(device);
        // A server that negotiates anew all the time must not fill the memory of a listener that is slow.
        self.untold.retain(|event| !matches!(event, EngineEvent::Up { .. }));
        if self.count_at.is_none() {
            self.untold.push_back(EngineEvent::StageReached(Stage::SettingUpNetwork));
        }
        self.untold.push_back(EngineEvent::Up { network });
        self.count_at = Some(now + COUNTING);
        Ok(())
    }

    /// Waits for the next thing to happen.
    async fn wait(
        &mut self,
        events: &Sender<EngineEvent>,
        commands: &mut Option<Receiver<EngineCommand>>,
    ) -> Wake {
        let deadline = self.deadline();
        let has_call = self.call.is_some();
        for datagram in &mut self.datagrams {
            datagram.ensure_room();
        }
        tokio::select! {
            () = self.control.ready(), if self.control.is_open() => Wake::Control,
            result = self.gre.receive(&mut self.datagrams), if has_call => Wake::Datagrams(result),
            result = read(self.device.as_ref(), &mut self.outgoing) => Wake::Device(result),
            command = next(commands.as_mut()) => Wake::Command(command),
            permit = events.reserve(), if !self.untold.is_empty() => {
                if let (Ok(permit), Some(event)) = (permit, self.untold.pop_front()) {
                    permit.send(event);
                } else {
                    // Nobody listens: whoever commands will be gone as well.
                    self.untold.clear();
                }
                Wake::Told
            }
            () = until(deadline) => Wake::Time,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let session = self.session.poll_timeout().map(|(at, _)| at);
        let call = self.call.as_ref().and_then(Pump::poll_timeout);
        [session, call, self.count_at].into_iter().flatten().min()
    }

    fn handle_timeout(&mut self) {
        let now = clock::now();
        if let Some(call) = &mut self.call {
            call.handle_timeout(now);
        }
        self.session.handle_timeout(now);
        if self.count_at.is_some_and(|at| at <= now) {
            self.count_at = Some(now + COUNTING);
            self.count();
        }
    }

    /// Tells the counters, unless nothing changed or earlier news still waits.
    fn count(&mut self) {
        let statistics = self.session.statistics();
        if statistics != self.told && self.untold.is_empty() {
            self.told = statistics;
            self.untold.push_back(EngineEvent::Statistics(statistics));
        }
    }

    fn answer(&mut self, password: Secret) {
        self.session.answer(password, clock::now());
    }

    fn read_control(&mut self) {
        let now = clock::now();
        let mut bytes = [0; 2048];
        match self.control.read(&mut bytes) {
            Some(0) => self.session.handle_control_closed(now),
            Some(count) => self.session.handle_control(bytes.get(..count).unwrap_or_default(), now),
            None => {}
        }
        self.write_control();
    }

    fn write_control(&mut self) {
        while let Some(bytes) = self.session.poll_transmit() {
            self.control.push(&bytes);
        }
        self.control.write();
    }

    fn receive(&mut self, result: io::Result<usize>) {
        match (result, &mut self.call) {
            (Ok(count), Some(call)) => {
                let datagrams = self.datagrams.get_mut(..count).unwrap_or_default();
                call.handle_datagrams(datagrams, clock::now());
            }
            (Ok(_), None) => {}
            (Err(error), _) => {
                self.call = None;
                self.fail(tcp::local_fault(&error));
            }
        }
    }

    async fn send(&mut self, result: io::Result<()>) {
        match (result, &mut self.call) {
            (Ok(()), Some(call)) => {
                let packets = self.outgoing.packets_mut();
                call.seal(packets);
                self.gre.send(packets).await;
            }
            (Ok(()), None) => {}
            (Err(error), _) => self.lose_device(&error),
        }
    }

    async fn send_frames(&mut self, now: Instant) {
        let Some(call) = &mut self.call else { return };
        loop {
            let filled = self.frames.iter_mut().map(|frame| call.poll_transmit(frame, now));
            let count = filled.take_while(|is_filled| *is_filled).count();
            self.gre.send(self.frames.get(..count).unwrap_or_default()).await;
            if count < CONTROL_BATCH {
                break;
            }
        }
    }

    async fn write_device(&mut self) {
        let Some(arrived) = self.call.as_mut().map(Pump::arrived) else { return };
        if arrived.is_empty() {
            return;
        }
        let result = match &self.device {
            Some(device) => device.write(arrived).await,
            None => {
                arrived.clear();
                Ok(())
            }
        };
        if let Err(error) = result {
            self.lose_device(&error);
        }
    }

    /// Somebody took the device away.
    fn lose_device(&mut self, error: &io::Error) {
        self.device = None;
        self.fail(Fault::new(FaultCode::LocalDevice).with(tcp::said(error)));
    }

    /// Ends the session for a reason on this side.
    fn fail(&mut self, fault: Fault) {
        tracing::warn!(%fault, evidence = ?fault.evidence, "the connection cannot go on");
        self.fault.get_or_insert(fault);
        self.session.disconnect(clock::now());
    }

    /// Tells what still waits, as far as there is room.
    fn tell_the_rest(&mut self, events: &Sender<EngineEvent>) {
        self.count();
        for event in self.untold.drain(..) {
            if events.try_send(event).is_err() {
                break;
            }
        }
    }
}

/// Reads from the device, once there is one.
async fn read(device: Option<&Tun>, batch: &mut ReadBatch) -> io::Result<()> {
    match device {
        Some(device) => device.read(batch).await,
        None => pending().await,
    }
}

/// The next command, for as long as there can be one.
async fn next(commands: Option<&mut Receiver<EngineCommand>>) -> Option<EngineCommand> {
    match commands {
        Some(commands) => commands.recv().await,
        None => pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep(at - clock::now()).await,
        None => pending().await,
    }
}
