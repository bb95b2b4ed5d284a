//! The session itself: control connection (RFC 2637) and link (RFC 1661) under one roof.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::time::Duration;

use culvert_model::{Evidence, Fault, FaultCode, Instant, Secret, Stage, Statistics};

use super::config::{ClientConfig, ServerConfig};
use super::event::{Command, Event, Timer};
use super::keepalive::{Keepalive, Verdict};
use super::rejection::{Rejection, Rejections};
use crate::Chance;
use crate::ppp::auth::Form;
use crate::ppp::link::{self, Link};
use crate::ppp::mppe::ResetStyle;
use crate::pptp::call::{self, Gate, Shared, Trouble};
use crate::pptp::control::{self, Control};

/// How long the call may be up without a single GRE packet before GRE counts as blocked.
const GRE_PATIENCE: Duration = Duration::from_secs(10);
/// How long an orderly end of the link may take before the control connection is closed over it.
const FAREWELL: Duration = Duration::from_millis(1500);
/// How long a person may take to answer; servers rarely wait longer for a login.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);

/// One tunnel: control connection, link, login, encryption and addresses. Its data packets travel beside it,
/// through the [`Sealer`](crate::Sealer) and the [`Opener`](crate::Opener) that it hands out.
///
/// Facts come in through `handle_*`, plain verbs command. After each of them drain [`Self::poll_transmit`],
/// [`Self::poll_command`], [`Self::poll_event`] and [`Self::poll_timeout`].
#[derive(Debug)]
pub struct Session {
    chance: Chance,
    control: Control,
    /// How many GRE packets we said to buffer.
    window: u16,
    /// How long an idle tunnel waits before it asks whether the other side is still there.
    idle: Duration,
    peer: Ipv4Addr,
    link: link::Config,
    state: State,
    stage: Option<Stage>,
    is_shutting_down: bool,
    other_form: Option<Form>,
    commands: VecDeque<Command>,
    events: VecDeque<Event>,
}

#[derive(Debug)]
enum State {
    /// No call yet.
    Calling,
    /// The call is up.
    Open(Box<Call>),
    /// The link is being closed, then the control connection; the reason is told at the end.
    Closing { call: Option<Box<Call>>, fault: Option<Fault>, hang_up_at: Option<Instant> },
    /// Over.
    Ended,
}

#[derive(Debug)]
struct Call {
    link: Link,
    shared: Arc<Shared>,
    keepalive: Keepalive,
    /// Until when the first GRE packet must have come; `None` once it has.
    gre_deadline: Option<Instant>,
    rejections: Rejections,
    /// Until when the person must have answered, and what is told if not.
    question: Option<(Instant, Option<Fault>)>,
    was_up: bool,
}

impl Session {
    /// The client's end: the caller has just connected TCP.
    pub fn client(config: ClientConfig, seed: [u8; 32], now: Instant) -> Self {
        let mut chance = Chance::new(seed);
        let pns = control::PnsConfig::default();
        let window = pns.window;
        let control = Control::pns(pns, chance.nonzero_u16(), now);
        let (peer, keepalive) = (config.server, config.keepalive);
        let mut session = Self::new(control, window, peer, link::Config::client(config), chance);
        session.idle = Duration::from_secs(keepalive.seconds().into());
        session.reach(Stage::OpeningControlConnection);
        session
    }

    /// The server's end: the caller has just accepted TCP.
    pub fn server(config: ServerConfig, seed: [u8; 32], now: Instant) -> Self {
        let mut chance = Chance::new(seed);
        let pac = control::PacConfig { host_name: config.name.clone(), ..control::PacConfig::default() };
        let window = pac.window;
        let control = Control::pac(pac, chance.nonzero_u16(), now);
        let peer = config.client;
        Self::new(control, window, peer, link::Config::server(config), chance)
    }

    fn new(control: Control, window: u16, peer: Ipv4Addr, link: link::Config, chance: Chance) -> Self {
        Self {
            chance,
            control,
            window,
            peer,
            link,
            idle: Duration::from_secs(culvert_model::Keepalive::Auto.seconds().into()),
            state: State::Calling,
            stage: None,
            is_shutting_down: false,
            other_form: None,
            commands: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Bytes came on the control connection.
    pub fn handle_control(&mut self, bytes: &[u8], now: Instant) {
        self.control.handle_bytes(bytes, now);
        self.settle(now);
    }

    /// The control connection was closed or reset by the other side.
    pub fn handle_control_closed(&mut self, now: Instant) {
        self.control.handle_closed(now);
        self.settle(now);
    }

    /// A PPP frame that is not data came through the [`Opener`](crate::Opener).
    pub fn handle_frame(&mut self, protocol: u16, information: &[u8], now: Instant) {
        if let Some(call) = self.state.call_mut() {
            call.gre_deadline = None;
            call.link.handle_frame(protocol, information, now);
        }
        self.settle(now);
    }

    /// An ICMP error answered a GRE packet of ours. What GRE has brought before must have been handled.
    pub fn handle_gre_rejected(&mut self, rejection: &Rejection, now: Instant) {
        if let State::Open(call) = &mut self.state
            && call.is_rejected_for_good(rejection, now)
        {
            let fault = call.gre_blocked();
            self.end(Some(fault), now);
        }
        self.settle(now);
    }

    /// The [`Opener`](crate::Opener) cannot go on by itself.
    pub fn handle_trouble(&mut self, trouble: Trouble, now: Instant) {
        if let Some(call) = self.state.call_mut() {
            call.link.handle_trouble(trouble, now);
        }
        self.settle(now);
    }

    /// Packets were sealed or opened: takes notice of the traffic. Cheap; meant to be called after every batch.
    pub fn handle_activity(&mut self, now: Instant) {
        if let State::Open(call) = &mut self.state {
            let statistics = call.shared.statistics();
            call.keepalive.handle_activity(&statistics, now);
        }
    }

    /// The time has come that [`Self::poll_timeout`] named.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.control.handle_timeout(now);
        self.handle_activity(now);
        match &mut self.state {
            State::Open(call) => {
                call.link.handle_timeout(now);
                if let Some(fault) = call.overdue(now) {
                    let is_dead = fault.code == FaultCode::LinkLost;
                    self.end(Some(fault), now);
                    if is_dead {
                        // Nobody is there to take leave of.
                        self.finish(None);
                    }
                }
            }
            State::Closing { call, hang_up_at, .. } => {
                if let Some(call) = call {
                    call.link.handle_timeout(now);
                }
                if hang_up_at.is_some_and(|at| now >= at) {
                    self.hang_up(now);
                }
            }
            State::Calling | State::Ended => {}
        }
        self.settle(now);
    }

    /// The person's answer to [`Event::PasswordWanted`].
    pub fn answer(&mut self, password: Secret, now: Instant) {
        if let State::Open(call) = &mut self.state {
            call.question = None;
            call.link.answer(password, now);
        }
        self.settle(now);
    }

    /// Ends the tunnel in an orderly way; [`Event::Ended`] tells when it is done, within six seconds.
    pub fn disconnect(&mut self, now: Instant) {
        self.end(None, now);
        self.settle(now);
    }

    /// As [`Self::disconnect`], for a server that goes down: the client is told that its administrator did it.
    pub fn shut_down(&mut self, now: Instant) {
        self.is_shutting_down = true;
        self.disconnect(now);
    }

    /// How the credentials could be presented in another session, after a server that takes only one try has
    /// refused them: once, because each try may count towards locking the account.
    pub fn other_form(&self) -> Option<Form> {
        self.other_form
    }

    /// The counters of the data path; all zero before the call is up.
    pub fn statistics(&self) -> Statistics {
        self.state.call().map(|call| call.shared.statistics()).unwrap_or_default()
    }

    /// Bytes for the control connection, one message at a time.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.control.poll_transmit()
    }

    /// The next command for one of the halves.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] must be called, and why.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        let control = self.control.poll_timeout().map(|(at, timer)| (at, Timer::Control(timer)));
        let link = self.state.call().and_then(|call| call.link.poll_timeout()).map(|at| (at, Timer::Link));
        let own = match &self.state {
            State::Open(call) => Some(call.poll_timeout()),
            State::Closing { hang_up_at, .. } => hang_up_at.map(|at| (at, Timer::Farewell)),
            State::Calling | State::Ended => None,
        };
        [control, link, own].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// Passes on what the parts have to say until they are silent.
    fn settle(&mut self, now: Instant) {
        loop {
            if let Some(event) = self.control.poll_event() {
                self.on_control(event, now);
            } else if let Some(event) = self.state.call_mut().and_then(|call| call.link.poll_event()) {
                self.on_link(event, now);
            } else {
                break;
            }
        }
        while let Some(command) = self.state.call_mut().and_then(|call| call.link.poll_command()) {
            self.commands.push_back(command);
        }
    }

    fn on_control(&mut self, event: control::Event, now: Instant) {
        match event {
            control::Event::ConnectionEstablished(_) => self.reach(Stage::PlacingCall),
            control::Event::CallEstablished { local_call_id, peer_call_id, peer, .. } => {
                let (peer_address, receive_window) = (self.peer, self.window);
                let config = call::CallConfig { peer_address, local_call_id, peer_call_id, receive_window };
                self.open_call(config, &peer, now);
            }
            control::Event::CallCleared(ended) => self.lose_call(ended.fault().cloned()),
            control::Event::Closed(ended) => self.finish(ended.fault().cloned()),
            control::Event::LinkErrors(_) | control::Event::NotUnderstood(_) => {}
        }
    }

    fn open_call(&mut self, config: call::CallConfig, peer: &control::PeerIdentity, now: Instant) {
        if !matches!(self.state, State::Calling) {
            return;
        }
        let (sealer, opener, shared) = call::halves(config);
        self.reach(Stage::WaitingForGre);
        self.events.push_back(Event::CallEstablished(Box::new((sealer, opener))));
        let style = reset_style(peer);
        let link = Link::new(self.link.clone(), style, Arc::clone(&shared), self.chance.fork(), now);
        self.state = State::Open(Box::new(Call {
            link,
            keepalive: Keepalive::new(self.idle, now),
            shared,
            gre_deadline: Some(now + GRE_PATIENCE),
            rejections: Rejections::new(self.peer),
            question: None,
            was_up: false,
        }));
    }

    fn on_link(&mut self, event: link::Event, now: Instant) {
        match event {
            link::Event::StageReached(stage) => self.reach(stage),
            link::Event::PasswordWanted { refused } => {
                let refused = refused.map(|fault| self.staged(fault, self.state.call()));
                if let State::Open(call) = &mut self.state {
                    call.question = Some((now + ANSWER_PATIENCE, refused.clone()));
                    self.events.push_back(Event::PasswordWanted { refused });
                }
            }
            link::Event::Up(network) => {
                if let State::Open(call) = &mut self.state {
                    call.was_up = true;
                    call.question = None;
                }
                self.events.push_back(Event::Up(network));
            }
            link::Event::Down => self.events.push_back(Event::Down),
            link::Event::Failed(fault) => {
                self.other_form = self.state.call().and_then(|call| call.link.other_form());
                let fault = match &self.state {
                    State::Open(call) => call.judge(fault),
                    _ => fault,
                };
                self.end(Some(fault), now);
            }
            link::Event::Identified(text) => self.events.push_back(Event::Identified(text)),
            link::Event::TimeRemaining(left) => self.events.push_back(Event::TimeRemaining(left)),
            link::Event::Closed => self.hang_up(now),
        }
    }

    /// Closes the link, then the control connection. The first reason given stays.
    fn end(&mut self, fault: Option<Fault>, now: Instant) {
        let fault = fault.map(|fault| self.staged(fault, self.state.call()));
        match core::mem::replace(&mut self.state, State::Ended) {
            State::Calling => {
                self.state = State::Closing { call: None, fault, hang_up_at: None };
                self.close_control(now);
            }
            State::Open(mut call) => {
                let shutdown = self.is_shutting_down.then(|| Fault::new(FaultCode::ServerShutdown));
                call.link.close(fault.as_ref().or(shutdown.as_ref()), now);
                // Where no GRE passes, nobody answers a farewell.
                let is_blocked = fault.as_ref().is_some_and(|fault| fault.code == FaultCode::GreBlocked);
                let farewell = if is_blocked { Duration::ZERO } else { FAREWELL };
                self.state = State::Closing { call: Some(call), fault, hang_up_at: Some(now + farewell) };
            }
            closing => self.state = closing,
        }
    }

    /// The link is closed, or has had its time: now the control connection.
    fn hang_up(&mut self, now: Instant) {
        if let State::Closing { hang_up_at, .. } = &mut self.state {
            *hang_up_at = None;
            self.close_control(now);
        } else {
            self.end(None, now);
        }
    }

    fn close_control(&mut self, now: Instant) {
        if self.is_shutting_down {
            self.control.shut_down(now);
        } else {
            self.control.disconnect(now);
        }
    }

    /// The call is over, so GRE stops at once; the control connection closes by itself.
    fn lose_call(&mut self, control: Option<Fault>) {
        match core::mem::replace(&mut self.state, State::Ended) {
            State::Open(call) => {
                let fault = self.reason(&call, control);
                self.state = State::Closing { call: None, fault, hang_up_at: None };
            }
            State::Closing { fault, .. } => {
                self.state = State::Closing { call: None, fault, hang_up_at: None }
            }
            other => self.state = other,
        }
    }

    /// Why a call ended that the other side ended: a refused login outranks what the control connection says.
    fn reason(&self, call: &Call, control: Option<Fault>) -> Option<Fault> {
        call.shared.set_gate(Gate::Closed);
        let refusal = call.link.refusal().cloned();
        refusal.or(control).map(|fault| self.staged(call.judge(fault), Some(call)))
    }

    /// The control connection is gone, and with it everything else.
    fn finish(&mut self, control: Option<Fault>) {
        let fault = match core::mem::replace(&mut self.state, State::Ended) {
            State::Ended => return,
            State::Closing { fault, .. } => fault,
            State::Calling => control.map(|fault| self.staged(fault, None)),
            State::Open(call) => self.reason(&call, control),
        };
        self.events.push_back(Event::Ended(fault));
    }

    fn reach(&mut self, stage: Stage) {
        if self.stage < Some(stage) {
            self.stage = Some(stage);
            self.events.push_back(Event::StageReached(stage));
        }
    }

    /// The fault with the stage that it happened at. Once the tunnel was up it happened at none.
    fn staged(&self, mut fault: Fault, call: Option<&Call>) -> Fault {
        let was_up = call.is_some_and(|call| call.was_up);
        fault.stage = fault.stage.or(self.stage.filter(|_| !was_up));
        fault
    }
}

/// How a stateful peer takes a reset, by what it calls itself: Linux's pptpd and accel-ppp leave encryption to the
/// kernel, which changes the key.
fn reset_style(peer: &control::PeerIdentity) -> ResetStyle {
    let vendor = peer.vendor.to_ascii_lowercase();
    let is_linux = ["linux", "accel", "cananian"].iter().any(|name| vendor.contains(name));
    if is_linux { ResetStyle::Linux } else { ResetStyle::Rfc }
}

impl State {
    fn call(&self) -> Option<&Call> {
        match self {
            Self::Open(call) | Self::Closing { call: Some(call), .. } => Some(call),
            _ => None,
        }
    }

    fn call_mut(&mut self) -> Option<&mut Call> {
        match self {
            Self::Open(call) | Self::Closing { call: Some(call), .. } => Some(call),
            _ => None,
        }
    }
}

impl Call {
    /// What a fault that gives no reason really is, before the tunnel was ever up: GRE may have shown more.
    fn judge(&self, fault: Fault) -> Fault {
        let says_nothing = matches!(
            fault.code,
            FaultCode::ControlLost | FaultCode::PeerClosed | FaultCode::LcpTerminated | FaultCode::PppTimeout
        );
        if self.was_up || !says_nothing {
            return fault;
        }
        if self.is_waiting_for_gre() && self.shared.gre_sent() > 0 {
            self.judge_silence(fault)
        } else if self.rejections.are_beyond_doubt() && !self.shared.is_heard() {
            // The server's packets come, and ours do not get through to it.
            self.gre_blocked()
        } else if let Some(count) = self.unheard_requests(&fault) {
            self.gre_blocked().with(Evidence::Unanswered(count))
        } else if fault.code == FaultCode::ControlLost {
            Fault { code: FaultCode::ClosedEarly, ..fault }
        } else {
            fault
        }
    }

    /// How many Configure-Requests the server has not heard, where that is why it gave up: it said nothing about a
    /// reason, and it, too, went on sending, as one does whose requests are not acknowledged.
    fn unheard_requests(&self, fault: &Fault) -> Option<u32> {
        let gives_reason = |seen: &Evidence| matches!(seen, Evidence::ServerText(_) | Evidence::RasError(_));
        let is_explained = self.shared.is_heard() || fault.evidence.iter().any(gives_reason);
        let goes_on = self.shared.statistics().gre_received > 1;
        self.link.unanswered().filter(|count| *count > 1 && goes_on && !is_explained)
    }

    /// The server hung up, and none of its packets had come. Where a router that knows no PPTP rejects them, servers
    /// do that at once, and they alone see the rejection; but one that cannot start PPP does the same. It is certain
    /// only where ours are rejected on the way too, or where the server was there for long enough to be asked twice.
    fn judge_silence(&self, fault: Fault) -> Fault {
        if self.shared.gre_sent() > 1 || self.rejections.are_on_the_way() {
            self.gre_blocked()
        } else {
            let mut judged = self.without_gre(FaultCode::ClosedBeforeGre);
            judged.evidence.extend(fault.evidence);
            judged
        }
    }

    fn gre_blocked(&self) -> Fault {
        self.without_gre(FaultCode::GreBlocked)
    }

    fn without_gre(&self, code: FaultCode) -> Fault {
        let statistics = self.shared.statistics();
        let mut fault = Fault::new(code)
            .with(Evidence::GreSent(self.shared.gre_sent()))
            .with(Evidence::GreReceived(statistics.gre_received))
            .with(Evidence::GreForeign(statistics.gre_foreign));
        fault.evidence.extend(self.rejections.evidence());
        fault
    }

    fn is_waiting_for_gre(&self) -> bool {
        self.gre_deadline.is_some() && self.shared.statistics().gre_received == 0
    }

    /// Takes note of an ICMP error; whether it is now certain that GRE does not pass.
    ///
    /// Once GRE has come it never is: the packets prove more than an ICMP error, which anybody can forge who knows
    /// the two addresses and guesses the call id, from anywhere. A tunnel that works must not end by it.
    fn is_rejected_for_good(&mut self, rejection: &Rejection, now: Instant) -> bool {
        if !self.shared.has_sent(&rejection.quoted) {
            return false;
        }
        self.rejections.handle_rejection(rejection, self.shared.gre_sent(), now);
        self.rejections.are_beyond_doubt() && self.is_waiting_for_gre()
    }

    /// What has taken too long at `now`, if anything; asks a silent peer whether it is alive.
    fn overdue(&mut self, now: Instant) -> Option<Fault> {
        let statistics = self.shared.statistics();
        if let Some((at, refused)) = &mut self.question
            && now >= *at
        {
            return Some(refused.take().unwrap_or_else(|| Fault::new(FaultCode::AuthTimeout)));
        }
        if self.gre_deadline.is_some_and(|at| now >= at) && statistics.gre_received == 0 {
            return Some(self.gre_blocked());
        }
        if self.gre_deadline.is_some_and(|at| now >= at) {
            self.gre_deadline = None;
        }
        if self.is_waiting_for_gre() && self.rejections.handle_timeout(now) {
            self.link.repeat_request(now);
        }
        if !self.link.is_opened() {
            return None;
        }
        match self.keepalive.handle_timeout(now) {
            Verdict::Wait => None,
            Verdict::Ask => {
                self.link.ask_for_life(now);
                None
            }
            Verdict::Dead { unanswered, silent_for } => Some(
                Fault::new(FaultCode::LinkLost)
                    .with(Evidence::Unanswered(unanswered))
                    .with(Evidence::SilentFor(u32::try_from(silent_for.as_secs()).unwrap_or(u32::MAX))),
            ),
        }
    }

    fn poll_timeout(&self) -> (Instant, Timer) {
        let gre = self.gre_deadline.map(|at| (at, Timer::WaitingForGre));
        let again = self.rejections.poll_timeout().filter(|_| self.is_waiting_for_gre());
        let again = again.map(|at| (at, Timer::WaitingForGre));
        let question = self.question.as_ref().map(|(at, _)| (*at, Timer::Answer));
        let keepalive = (self.keepalive.poll_timeout(), Timer::Keepalive);
        let keepalive = self.link.is_opened().then_some(keepalive);
        let never = (Instant::from_micros(u64::MAX), Timer::Keepalive);
        [gre, again, question, keepalive].into_iter().flatten().min_by_key(|(at, _)| *at).unwrap_or(never)
    }
}
