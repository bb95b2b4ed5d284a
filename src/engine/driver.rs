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
use culvert_proto::ppp::auth::Form;
use culvert_proto::session::{Event, Rejection, Session};
use culvert_proto::{HEADROOM, Packet};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::sleep;

use crate::connect::{EngineCommand, EngineEvent};
use crate::control_stream::ControlStream;
use crate::gre_socket::BATCH;
use crate::pump::{Pump, Signal};
use crate::tun::{Borrowed, DeviceSlot, JOINED, ReadBatch, RoomForWriting};
use crate::{GreSocket, Tun, clock, tcp};

/// How often the counters are told.
const COUNTING: Duration = Duration::from_secs(1);

/// The most control frames that are sent at once.
const CONTROL_BATCH: usize = 8;

/// How many batches of packets may come before what the control connection has brought.
const CATCH_UP: usize = 4;

/// How long a reason may come by GRE after the server has closed the control connection.
const GRACE: Duration = Duration::from_millis(200);

/// IP, GRE, PPP and MPPE headers around an inner packet, at the most (RFC 2637 section 4.1, RFC 3078 section 3).
const OVERHEAD: u16 = 44;

/// Everything that one connection owns, at either end of it.
pub struct Driver {
    session: Session,
    control: ControlStream,
    gre: GreSocket,
    call: Option<Pump>,
    device: Borrowed,
    interface: String,
    mtu: Mtu,
    datagrams: Vec<Packet>,
    outgoing: ReadBatch,
    frames: Vec<Packet>,
    untold: VecDeque<EngineEvent>,
    /// The stages up to this one are told already.
    reached: Option<Stage>,
    asking: Option<Option<Fault>>,
    password: Option<Secret>,
    told: Statistics,
    /// When the counters are told, once the tunnel was up.
    count_at: Option<Instant>,
    /// When the session is told that the control connection was closed.
    close_at: Option<Instant>,
    /// What went wrong on this side; it outranks what the session says about its end.
    fault: Option<Fault>,
}

/// How a connection ended.
#[derive(Debug)]
pub struct Ended {
    /// Why, if not by request.
    pub fault: Option<Fault>,
    /// The question that was asked and not answered: why the last password was not taken, where there was one.
    pub asking: Option<Option<Fault>>,
    /// The last password given by an answer.
    pub password: Option<Secret>,
    /// How the refused credentials could be presented in another session.
    pub other_form: Option<Form>,
}

/// What a turn of the loop waited for.
enum Wake {
    Control,
    Datagrams(io::Result<usize>),
    Rejected(io::Result<Rejection>),
    Device(io::Result<()>),
    Command(Option<EngineCommand>),
    Told,
    Time,
}

impl Driver {
    /// A driver for `session`, whose control connection is `stream`. Its device gets the name `interface`, with a
    /// free number for `%d`, and a profile's `mtu`.
    pub fn new(session: Session, stream: TcpStream, gre: GreSocket, interface: String, mtu: Mtu) -> Self {
        // The longest answers repeat what they answer.
        let frame = || Packet::with_capacity(HEADROOM + JOINED);
        Self {
            session,
            control: ControlStream::new(stream),
            gre,
            call: None,
            device: Borrowed::from(DeviceSlot::default()),
            interface,
            mtu,
            datagrams: std::iter::repeat_with(Packet::for_writing).take(BATCH).collect(),
            outgoing: ReadBatch::new(),
            frames: std::iter::repeat_with(frame).take(CONTROL_BATCH).collect(),
            untold: VecDeque::new(),
            reached: None,
            asking: None,
            password: None,
            told: Statistics::default(),
            count_at: None,
            close_at: None,
            fault: None,
        }
    }

    /// The same, telling only of stages behind `reached`: for whoever saw the others in an earlier session.
    #[must_use]
    pub fn behind(mut self, reached: Option<Stage>) -> Self {
        self.reached = reached;
        self
    }

    /// The same, with the device from `slot` if one waits there; it goes back there at the end.
    #[must_use]
    pub fn with_device(mut self, slot: DeviceSlot) -> Self {
        self.device = Borrowed::from(slot);
        self
    }

    /// Runs until the session has ended. Closed `commands` mean the same as [`EngineCommand::Disconnect`].
    pub async fn run(
        mut self,
        events: &Sender<EngineEvent>,
        commands: &mut Receiver<EngineCommand>,
    ) -> Ended {
        let mut commands = Some(commands);
        let end = loop {
            if let ControlFlow::Break(end) = self.turn(events, &mut commands).await {
                break end;
            }
        };
        self.write_control();
        self.control.finish().await;
        self.tell_the_rest(events);
        Ended {
            fault: self.fault.or(end),
            asking: self.asking,
            password: self.password,
            other_form: self.session.other_form(),
        }
    }

    async fn turn(
        &mut self,
        events: &Sender<EngineEvent>,
        commands: &mut Option<&mut Receiver<EngineCommand>>,
    ) -> ControlFlow<Option<Fault>> {
        self.settle().await?;
        match self.wait(events, commands).await {
            Wake::Control => self.read_control().await?,
            Wake::Datagrams(result) => self.receive(result)?,
            Wake::Rejected(result) => self.handle_rejected(result).await?,
            Wake::Device(result) => self.send(result).await,
            Wake::Command(Some(EngineCommand::Answer(password))) => self.answer(password),
            Wake::Command(Some(EngineCommand::Disconnect)) => self.session.disconnect(clock::now()),
            // It talks to the server already.
            Wake::Command(Some(EngineCommand::Reach)) => {}
            Wake::Command(None) => {
                *commands = None;
                self.session.disconnect(clock::now());
            }
            Wake::Told => {}
            Wake::Time => self.handle_timeout(),
        }
        ControlFlow::Continue(())
    }

    /// Lets the session and the pump have their say, then sends what they want sent.
    async fn settle(&mut self) -> ControlFlow<Option<Fault>> {
        let now = clock::now();
        self.converse(now)?;
        if !self.write_control() {
            self.converse(now)?;
        }
        self.send_frames(now).await;
        self.write_device().await;
        self.session.handle_activity(now);
        ControlFlow::Continue(())
    }

    /// Lets the session and the pump talk until both are silent.
    fn converse(&mut self, now: Instant) -> ControlFlow<Option<Fault>> {
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
                None => return ControlFlow::Continue(()),
            }
        }
    }

    fn handle_event(&mut self, event: Event, now: Instant) -> ControlFlow<Option<Fault>> {
        match event {
            Event::StageReached(stage) => self.reach(stage),
            Event::CallEstablished(halves) => {
                let (sealer, opener) = *halves;
                self.call = Some(Pump::new(sealer, opener));
            }
            Event::PasswordWanted { refused } => {
                self.asking = Some(refused.clone());
                self.untold.push_back(EngineEvent::PasswordWanted { refused });
            }
            Event::Up(network) => {
                if let Err(error) = self.come_up(network, now) {
                    self.fail(tcp::local_fault(&error).at(Stage::SettingUpNetwork));
                }
            }
            Event::Identified(text) => tracing::debug!(text, "the server says what it is"),
            Event::TimeRemaining(left) => {
                tracing::debug!(?left, "the server says how long the session may last")
            }
            // The gate is closed: what the programs send meanwhile goes nowhere.
            Event::Down => {}
            Event::Ended(fault) => return ControlFlow::Break(fault),
        }
        ControlFlow::Continue(())
    }

    fn reach(&mut self, stage: Stage) {
        if self.reached.is_none_or(|reached| stage > reached) {
            self.untold.push_back(EngineEvent::StageReached(stage));
        }
    }

    /// The tunnel may carry traffic: makes the device, unless it is there from the last time.
    fn come_up(&mut self, mut network: Network, now: Instant) -> io::Result<()> {
        let name = self.device.ensure(&self.interface)?.name().to_owned();
        let way = match (self.mtu, self.gre.path_mtu()) {
            (Mtu::Auto, Some(path)) => path.saturating_sub(OVERHEAD),
            _ => u16::MAX,
        };
        network.mtu = tunnel_mtu(self.mtu, network.mtu.min(way));
        network.interface = Some(name);
        if let Some(call) = &mut self.call {
            call.set_mtu(network.mtu);
        }
        // A server that negotiates anew all the time must not fill the memory of a listener that is slow.
        self.untold.retain(|event| !matches!(event, EngineEvent::Up { .. }));
        if !self.was_up() {
            self.reach(Stage::SettingUpNetwork);
        }
        self.untold.push_back(EngineEvent::Up { network });
        self.count_at = Some(now + COUNTING);
        Ok(())
    }

    /// Waits for the next thing to happen.
    async fn wait(
        &mut self,
        events: &Sender<EngineEvent>,
        commands: &mut Option<&mut Receiver<EngineCommand>>,
    ) -> Wake {
        let deadline = self.deadline();
        let has_call = self.call.is_some();
        self.make_room();
        tokio::select! {
            () = self.control.ready(), if self.control.is_open() => Wake::Control,
            result = self.gre.receive(&mut self.datagrams), if has_call => Wake::Datagrams(result),
            result = self.gre.rejected(), if has_call => Wake::Rejected(result),
            result = read(self.device.get(), &mut self.outgoing) => Wake::Device(result),
            command = next(commands.as_deref_mut()) => Wake::Command(command),
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

    const fn was_up(&self) -> bool {
        self.count_at.is_some()
    }

    fn deadline(&self) -> Option<Instant> {
        let session = self.session.poll_timeout().map(|(at, _)| at);
        let call = self.call.as_ref().and_then(Pump::poll_timeout);
        [session, call, self.count_at, self.close_at].into_iter().flatten().min()
    }

    fn handle_timeout(&mut self) {
        let now = clock::now();
        if let Some(call) = &mut self.call {
            call.handle_timeout(now);
        }
        self.session.handle_timeout(now);
        if self.close_at.is_some_and(|at| at <= now) {
            self.close_at = None;
            self.session.handle_control_closed(now);
        }
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
        self.asking = None;
        self.password = Some(password.clone());
        self.session.answer(password, clock::now());
    }

    async fn read_control(&mut self) -> ControlFlow<Option<Fault>> {
        let mut bytes = [0; 2048];
        let Some(count) = self.control.read(&mut bytes) else { return ControlFlow::Continue(()) };
        self.catch_up().await?;
        let now = clock::now();
        if count > 0 {
            self.session.handle_control(bytes.get(..count).unwrap_or_default(), now);
        } else if self.call.is_some() && !self.was_up() {
            self.close_at = Some(now + GRACE);
        } else {
            self.session.handle_control_closed(now);
        }
        ControlFlow::Continue(())
    }

    /// Takes in what waits in the raw socket: servers give their reason by GRE before they close the control
    /// connection.
    async fn catch_up(&mut self) -> ControlFlow<Option<Fault>> {
        for _ in 0..CATCH_UP {
            if self.call.is_none() {
                break;
            }
            self.make_room();
            let result = self.gre.try_receive(&mut self.datagrams);
            let is_last = !matches!(result, Ok(1..));
            self.receive(result)?;
            self.write_device().await;
            if is_last {
                break;
            }
        }
        ControlFlow::Continue(())
    }

    /// Writes what the session has for the control connection; false where that was the end of it.
    fn write_control(&mut self) -> bool {
        while let Some(bytes) = self.session.poll_transmit() {
            self.control.push(&bytes);
        }
        let goes_on = self.control.write();
        if !goes_on {
            tracing::warn!("the server does not read the control connection");
            self.fault.get_or_insert(Fault::new(FaultCode::ControlLost));
            self.session.handle_control_closed(clock::now());
        }
        goes_on
    }

    fn make_room(&mut self) {
        for datagram in &mut self.datagrams {
            datagram.ensure_room();
        }
    }

    /// Opens what came; the session has its say after each control frame, before what is behind that is read.
    fn receive(&mut self, result: io::Result<usize>) -> ControlFlow<Option<Fault>> {
        let count = match result {
            Ok(count) => count,
            Err(error) => {
                self.lose_socket(&error);
                return ControlFlow::Continue(());
            }
        };
        let (mut next, now) = (0, clock::now());
        while let (Some(call), Some(rest @ [_, ..])) = (&mut self.call, self.datagrams.get_mut(next..count)) {
            next += call.handle_datagrams(rest, now);
            self.converse(now)?;
        }
        ControlFlow::Continue(())
    }

    /// Somebody on the way did not let a packet of ours pass. What has come until now goes first: it may say that
    /// others do.
    async fn handle_rejected(&mut self, result: io::Result<Rejection>) -> ControlFlow<Option<Fault>> {
        match result {
            Ok(rejection) => {
                let Rejection { from, kind, code, .. } = rejection;
                tracing::trace!(%from, kind, code, "an ICMP error answered a GRE packet");
                self.catch_up().await?;
                self.session.handle_gre_rejected(&rejection, clock::now());
            }
            Err(error) => self.lose_socket(&error),
        }
        ControlFlow::Continue(())
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
        let result = match self.device.get() {
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

    /// The raw socket is of no more use.
    fn lose_socket(&mut self, error: &io::Error) {
        self.call = None;
        self.fail(tcp::local_fault(error));
    }

    /// Somebody took the device away.
    fn lose_device(&mut self, error: &io::Error) {
        self.device.lose();
        self.fail(Fault::new(FaultCode::LocalDevice).with(tcp::said(error)));
    }

    /// Ends the session for a reason on this side.
    fn fail(&mut self, fault: Fault) {
        tracing::warn!(%fault, "the connection cannot go on");
        tracing::debug!(evidence = ?fault.evidence);
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
