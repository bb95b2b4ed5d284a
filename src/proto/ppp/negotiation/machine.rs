//! The automaton at work.

use alloc::vec::Vec;
use core::time::Duration;

use culvert_model::{Fault, Instant};

use super::rules::{End, Event, Outbox, Rules};
use crate::Error;
use crate::ppp::fsm::{self, Action, State};
use crate::wire::ppp::{ControlPacket, code};

/// How long a request waits for its answer (RFC 1661 section 4.6).
pub const RESTART_INTERVAL: Duration = Duration::from_secs(3);
/// How long a negotiation may last, whatever the peer answers: the restart counter begins anew with every
/// Configure-Ack, so that a peer that acknowledges and never asks for anything would hold us for ever.
pub const NEGOTIATION_LIMIT: Duration = Duration::from_secs(45);
/// How many Configure-Requests go unanswered before the peer counts as silent (RFC 1661 section 4.6).
pub const MAX_CONFIGURE: u8 = 10;
/// How many Terminate-Requests go unanswered (RFC 1661 section 4.6).
pub const MAX_TERMINATE: u8 = 2;
/// How many Configure-Naks we send before we reject instead (RFC 1661 section 4.6).
pub const MAX_FAILURE: u8 = 5;

/// The smallest MRU that is agreed on: a Code-Reject within it fits every peer (RFC 1661 section 5.6).
const SMALLEST_MRU: usize = 128;

#[derive(Debug)]
pub(super) struct Request {
    pub(super) identifier: u8,
    pub(super) options: Vec<u8>,
    pub(super) answered: bool,
}

/// What the actions of one step refer to.
pub(super) struct Occasion<'a> {
    pub(super) now: Instant,
    pub(super) packet: Option<ControlPacket<'a>>,
    /// Code and options of the refusal, where there is one.
    pub(super) refusal: Option<(u8, Vec<u8>)>,
}

impl Occasion<'_> {
    pub(super) const fn at(now: Instant) -> Self {
        Self { now, packet: None, refusal: None }
    }
}

/// One end of one layer.
///
/// Commands are [`open`](Self::open) and [`close`](Self::close); facts are the `handle_*` methods, and
/// [`up`](Self::up) and [`down`](Self::down) of the layer below. After each of them, drain
/// [`poll_transmit`](Self::poll_transmit) and [`poll_event`](Self::poll_event).
#[derive(Debug)]
pub struct Negotiation<R: Rules> {
    pub(super) rules: R,
    pub(super) state: State,
    pub(super) restart_count: u8,
    pub(super) timer: Option<Instant>,
    /// When a negotiation that goes on counts as endless.
    pub(super) deadline: Option<Instant>,
    pub(super) last_identifier: u8,
    pub(super) request: Request,
    /// How many Configure-Requests were sent; `None` once one of them was answered in any way.
    pub(super) unanswered: Option<u32>,
    /// The peer answered our request with a Terminate-Ack: it is not ready yet.
    pub(super) turned_away: bool,
    /// The options of the peer that were acknowledged.
    pub(super) acknowledged: Option<Vec<u8>>,
    pub(super) opened_at: Instant,
    pub(super) naks_sent: u8,
    pub(super) refusals_sent: u8,
    pub(super) refusals_received: u8,
    pub(super) quiet_until: Instant,
    pub(super) terminate_reason: Vec<u8>,
    pub(super) told_up: bool,
    pub(super) told_finished: bool,
    pub(super) out: Outbox<R::Agreed, R::Notice>,
}

impl<R: Rules> Negotiation<R> {
    /// A layer in Initial state.
    pub(in crate::ppp) const fn with_rules(rules: R) -> Self {
        Self {
            rules,
            state: State::Initial,
            restart_count: 0,
            timer: None,
            deadline: None,
            last_identifier: 0,
            request: Request { identifier: 0, options: Vec::new(), answered: false },
            unanswered: Some(0),
            turned_away: false,
            acknowledged: None,
            opened_at: Instant::ZERO,
            naks_sent: 0,
            refusals_sent: 0,
            refusals_received: 0,
            quiet_until: Instant::ZERO,
            terminate_reason: Vec::new(),
            told_up: false,
            told_finished: false,
            out: Outbox::new(),
        }
    }

    /// The layer is wanted.
    pub fn open(&mut self, now: Instant) {
        if self.state == State::Closed {
            self.begin();
        }
        self.step(fsm::Event::Open, Occasion::at(now));
    }

    /// The layer is no longer wanted.
    pub fn close(&mut self, now: Instant) {
        self.step(fsm::Event::Close, Occasion::at(now));
    }

    /// As [`close`](Self::close), with a reason for the peer in the Terminate-Request (RFC 1661 section 5.5).
    pub fn close_with(&mut self, reason: Vec<u8>, now: Instant) {
        self.terminate_reason = reason;
        self.close(now);
    }

    /// The layer below is up.
    pub fn up(&mut self, now: Instant) {
        if self.state == State::Starting {
            self.begin();
        }
        self.step(fsm::Event::Up, Occasion::at(now));
    }

    /// The layer below is down.
    pub fn down(&mut self, now: Instant) {
        self.step(fsm::Event::Down, Occasion::at(now));
    }

    /// A packet of this protocol came; it starts at the code. An error tells why it was discarded.
    pub fn handle_packet(&mut self, packet: &[u8], now: Instant) -> Result<(), Error> {
        let packet = ControlPacket::parse(packet)?;
        if self.state <= State::Starting {
            return Err(Error::Unexpected("a packet for a layer that is down"));
        }
        match packet.code {
            code::CONFIGURE_REQUEST => self.handle_configure_request(packet, now)?,
            code::CONFIGURE_ACK => self.handle_configure_ack(packet, now)?,
            code::CONFIGURE_NAK | code::CONFIGURE_REJECT => self.handle_configure_refusal(packet, now)?,
            code::TERMINATE_REQUEST => self.handle_terminate_request(packet, now),
            code::TERMINATE_ACK => self.handle_terminate_ack(now),
            code::CODE_REJECT => self.handle_code_reject(packet, now)?,
            known if self.rules.extends(known) => self.step_with(fsm::Event::Echo, packet, now),
            _ => self.step_with(fsm::Event::UnknownCode, packet, now),
        }
        Ok(())
    }

    /// The peer rejected this protocol as a whole (RFC 1661 section 5.7).
    pub fn handle_protocol_reject(&mut self, now: Instant) {
        if self.state.is_negotiating() || self.state == State::Opened {
            self.finish(fsm::Event::FatalReject, self.rules.end(End::Refused), Occasion::at(now));
        } else {
            self.step(fsm::Event::FatalReject, Occasion::at(now));
        }
    }

    /// The time that [`poll_timeout`](Self::poll_timeout) asked for has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        let occasion = Occasion::at(now);
        let has_come = |due: Option<Instant>| due.is_some_and(|due| now >= due);
        let is_unanswered = has_come(self.timer) && self.restart_count == 0;
        if has_come(self.deadline) && !is_unanswered {
            return self.finish(fsm::Event::GaveUp, self.rules.end(End::Endless), occasion);
        }
        if !has_come(self.timer) {
            return;
        }
        if self.restart_count > 0 {
            self.step(fsm::Event::TimedOut, occasion);
        } else if self.state.is_negotiating() {
            let fault = self.rules.end(End::Unanswered(u32::from(MAX_CONFIGURE)));
            self.finish(fsm::Event::GaveUp, fault, occasion);
        } else {
            self.step(fsm::Event::GaveUp, occasion);
        }
    }

    /// Sends a Configure-Request that waits for its answer once more, ahead of the restart timer.
    pub fn repeat_request(&mut self, now: Instant) {
        if self.state.is_negotiating() && self.restart_count > 0 {
            self.step(fsm::Event::TimedOut, Occasion::at(now));
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timer.into_iter().chain(self.deadline).min()
    }

    /// The next packet to send, from the code on.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.out.transmit.pop_front()
    }

    /// The next thing that came of it.
    pub fn poll_event(&mut self) -> Option<Event<R::Agreed, R::Notice>> {
        self.out.events.pop_front()
    }

    /// Whether both sides agreed.
    pub fn is_opened(&self) -> bool {
        self.state == State::Opened
    }

    /// How many Configure-Requests were sent, if not one of them was ever answered.
    pub const fn unanswered(&self) -> Option<u32> {
        self.unanswered
    }

    /// The state of the automaton.
    pub const fn state(&self) -> State {
        self.state
    }

    pub(in crate::ppp) const fn rules(&self) -> &R {
        &self.rules
    }

    /// Sends a packet with an identifier of its own, which it returns.
    pub(in crate::ppp) fn send(&mut self, code: u8, data: &[u8]) -> u8 {
        let identifier = self.next_identifier();
        self.out.send(code, identifier, data);
        identifier
    }

    /// Ends the layer because of a fault of its own: the peer is told by a Terminate-Request.
    pub(in crate::ppp) fn fail(&mut self, fault: Fault, now: Instant) {
        self.finish(fsm::Event::Close, Some(fault), Occasion::at(now));
    }

    pub(super) fn begin(&mut self) {
        self.rules.begin();
        self.request.answered = true;
        self.turned_away = false;
        self.acknowledged = None;
        self.naks_sent = 0;
        self.refusals_sent = 0;
        self.refusals_received = 0;
        self.told_finished = false;
    }

    /// Steps, and tells the end with its fault instead of the end without one.
    pub(super) fn finish(&mut self, event: fsm::Event, fault: Option<Fault>, occasion: Occasion<'_>) {
        let told = core::mem::replace(&mut self.told_finished, true);
        self.step(event, occasion);
        if !told {
            self.out.events.push_back(Event::Finished(fault));
        }
    }

    pub(super) fn step_with(&mut self, event: fsm::Event, packet: ControlPacket<'_>, now: Instant) {
        self.step(event, Occasion { now, packet: Some(packet), refusal: None });
    }

    pub(super) fn step(&mut self, event: fsm::Event, occasion: Occasion<'_>) {
        let Some((actions, state)) = fsm::transition(self.state, event) else { return };
        self.state = state;
        for &action in actions {
            let terminating = actions.contains(&Action::SendTerminateRequest);
            self.act(action, terminating, &occasion);
        }
        if !self.state.is_timed() {
            self.timer = None;
        }
        let limit = self.deadline.unwrap_or(occasion.now + NEGOTIATION_LIMIT);
        self.deadline = self.state.is_negotiating().then_some(limit);
    }

    fn act(&mut self, action: Action, terminating: bool, occasion: &Occasion<'_>) {
        match action {
            Action::ThisLayerUp => self.tell_up(occasion.now),
            Action::ThisLayerDown if core::mem::take(&mut self.told_up) => {
                self.out.events.push_back(Event::Down);
            }
            Action::ThisLayerFinished if !core::mem::replace(&mut self.told_finished, true) => {
                self.out.events.push_back(Event::Finished(None));
            }
            Action::ThisLayerDown | Action::ThisLayerFinished | Action::ThisLayerStarted => {}
            Action::InitializeRestartCount => {
                self.restart_count = if terminating { MAX_TERMINATE } else { MAX_CONFIGURE };
                self.timer = Some(occasion.now + RESTART_INTERVAL);
            }
            Action::ZeroRestartCount => {
                self.restart_count = 0;
                self.timer = Some(occasion.now + RESTART_INTERVAL);
            }
            Action::SendConfigureRequest => self.send_configure_request(occasion.now),
            Action::SendTerminateRequest => self.send_terminate_request(occasion.now),
            Action::SendConfigureAck
            | Action::SendConfigureNakOrReject
            | Action::SendTerminateAck
            | Action::SendCodeReject
            | Action::SendEchoReply => self.reply(action, occasion),
        }
    }

    fn reply(&mut self, action: Action, occasion: &Occasion<'_>) {
        let Some(packet) = &occasion.packet else { return };
        match (action, &occasion.refusal) {
            (Action::SendConfigureAck, _) => {
                self.out.send(code::CONFIGURE_ACK, packet.identifier, packet.data);
            }
            (Action::SendConfigureNakOrReject, Some((refusal, options))) => {
                self.out.send(*refusal, packet.identifier, options);
            }
            (Action::SendTerminateAck, _) => self.out.send(code::TERMINATE_ACK, packet.identifier, &[]),
            (Action::SendCodeReject, _) => self.send_code_reject(packet),
            (Action::SendEchoReply, _) => {
                if let Err(fault) = self.rules.handle_extension(packet, &mut self.out) {
                    self.fail(fault, occasion.now);
                }
            }
            _ => {}
        }
    }

    fn tell_up(&mut self, now: Instant) {
        match self.rules.agreed() {
            Ok(agreed) => {
                self.told_up = true;
                self.opened_at = now;
                self.out.events.push_back(Event::Up(agreed));
            }
            Err(fault) => self.fail(fault, now),
        }
    }

    fn send_configure_request(&mut self, now: Instant) {
        let mut options = Vec::new();
        self.rules.request(&mut options);
        if self.request.answered || options != self.request.options {
            self.request = Request { identifier: self.next_identifier(), options, answered: false };
        }
        self.out.send(code::CONFIGURE_REQUEST, self.request.identifier, &self.request.options);
        self.unanswered = self.unanswered.map(|count| count.saturating_add(1));
        self.restart_count = self.restart_count.saturating_sub(1);
        self.timer = Some(now + RESTART_INTERVAL);
    }

    fn send_terminate_request(&mut self, now: Instant) {
        let identifier = self.next_identifier();
        self.out.send(code::TERMINATE_REQUEST, identifier, &self.terminate_reason);
        self.restart_count = self.restart_count.saturating_sub(1);
        self.timer = Some(now + RESTART_INTERVAL);
    }

    fn send_code_reject(&mut self, packet: &ControlPacket<'_>) {
        let mut rejected = Vec::new();
        packet.emit(&mut rejected);
        rejected.truncate(SMALLEST_MRU.saturating_sub(4));
        self.send(code::CODE_REJECT, &rejected);
    }

    const fn next_identifier(&mut self) -> u8 {
        self.last_identifier = self.last_identifier.wrapping_add(1);
        self.last_identifier
    }
}
