//! What both ends have in common.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use culvert_model::{Evidence, Fault, FaultCode, Instant, Stage};

use super::config::{PacConfig, PnsConfig, Timing};
use super::event::{Ended, Event, PeerIdentity, Timer};
use super::fault;
use super::heartbeat::{Beat, Heartbeat};
use crate::Error;
use crate::wire::pptp::{
    EchoReply, EchoRequest, EchoResult, Framer, GeneralError, Message, StopControlConnectionReply,
    StopControlConnectionRequest, StopReason, StopResult, Text,
};

/// Replies and notices that wait to be drained; a peer that causes more at a time than this gets no answer.
const QUEUE_LEN: usize = 64;

/// How much of what was not understood is kept to be shown.
const SEEN_LEN: usize = 64;

/// One end of a control connection and its one call (RFC 2637 sections 2 and 3).
#[derive(Debug)]
pub struct Control {
    pub(super) end: End,
    pub(super) call_id: u16,
    pub(super) timing: Timing,
    pub(super) state: State,
    pub(super) peer: PeerIdentity,
    heartbeat: Heartbeat,
    framer: Framer,
    transmits: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

#[derive(Debug)]
pub(super) enum End {
    Pns(PnsConfig),
    Pac(PacConfig),
}

#[derive(Debug)]
pub(super) enum State {
    /// PNS: the Start-Control-Connection-Request is out. PAC: it is to come.
    Starting { until: Instant },
    /// PNS: the Outgoing-Call-Request is out. PAC: it is to come.
    Calling { until: Instant },
    /// The call is up.
    Connected,
    /// PNS: the Call-Clear-Request is out.
    WaitDisconnect { until: Instant, ended: Ended },
    /// PAC: the call is over, and the PNS may close the control connection.
    WaitStopRequest { until: Instant, ended: Ended },
    /// The Stop-Control-Connection-Request is out.
    WaitStopReply { until: Instant, ended: Ended },
    /// Nothing more happens.
    Closed,
}

impl Control {
    pub(super) fn new(end: End, timing: Timing, call_id: u16, now: Instant) -> Self {
        Self {
            end,
            call_id,
            timing,
            state: State::Starting { until: now + timing.reply },
            peer: PeerIdentity::default(),
            heartbeat: Heartbeat::new(now),
            framer: Framer::default(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Takes bytes that came on the TCP connection.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        let mut rest = bytes;
        while !rest.is_empty() && !self.is_closed() {
            rest = self.framer.push(rest);
            while !self.is_closed()
                && let Some(message) = self.framer.poll()
            {
                match message {
                    Ok(message) => self.handle_message(message, now),
                    Err(error) => self.handle_nonsense(error, bytes.get(..SEEN_LEN).unwrap_or(bytes)),
                }
            }
        }
    }

    /// Takes note that the TCP connection ended, in whatever way.
    pub fn handle_closed(&mut self, _now: Instant) {
        self.finish(Ended::Failed(Fault::new(match self.state {
            State::Starting { .. } | State::Calling { .. } => FaultCode::ClosedEarly,
            _ => FaultCode::ControlLost,
        })));
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Some((_, timer)) = self.poll_timeout().filter(|(due, _)| *due <= now) else { return };
        match timer {
            Timer::StartControlConnection => self.finish(self.no_answer()),
            Timer::OutgoingCall => self.stop(StopReason::NONE, self.no_answer(), now),
            Timer::Echo | Timer::EchoReply => self.beat(now),
            Timer::CallDisconnect => self.stop(StopReason::NONE, Ended::Requested, now),
            Timer::StopControlConnection => self.give_up_waiting(now),
        }
    }

    /// Ends the call and the control connection in good order. On the server's side the client is told that the
    /// carrier was lost, which is how a PAC says that PPP has ended.
    pub fn disconnect(&mut self, now: Instant) {
        self.close(StopReason::NONE, now);
    }

    /// The same, because this end goes away altogether; on the server's side as an act of its administrator.
    pub fn shut_down(&mut self, now: Instant) {
        self.close(StopReason::LOCAL_SHUTDOWN, now);
    }

    /// The next message to be sent, to be written at once and whole.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmits.pop_front()
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] is to be called next, and what for.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        match self.state {
            State::Starting { until } => Some((until, Timer::StartControlConnection)),
            State::Calling { until } => {
                let echo = self.heartbeat.poll_timeout(&self.timing);
                Some(if echo.0 < until { echo } else { (until, Timer::OutgoingCall) })
            }
            State::Connected => Some(self.heartbeat.poll_timeout(&self.timing)),
            State::WaitDisconnect { until, .. } => Some((until, Timer::CallDisconnect)),
            State::WaitStopRequest { until, .. } | State::WaitStopReply { until, .. } => {
                Some((until, Timer::StopControlConnection))
            }
            State::Closed => None,
        }
    }

    /// Whether it is over.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    fn handle_message(&mut self, message: Message, now: Instant) {
        self.heartbeat.handle_message(&message, now);
        match message {
            Message::EchoRequest(EchoRequest { identifier }) => {
                self.reply(EchoReply { identifier, result: EchoResult::OK, error: GeneralError::NONE });
            }
            Message::StopControlConnectionRequest(request) => {
                self.reply(StopControlConnectionReply { result: StopResult::OK, error: GeneralError::NONE });
                self.finish(Ended::ByPeer(fault::of_stop(request)));
            }
            Message::StopControlConnectionReply(_) => {
                self.finish(Ended::ByPeer(fault::of_message(&message)));
            }
            Message::WanErrorNotify(errors) => self.notice(Event::LinkErrors(errors)),
            Message::EchoReply(_) | Message::SetLinkInfo(_) | Message::Unknown { .. } => {}
            message => match self.end {
                End::Pns(_) => self.handle_as_pns(message, now),
                End::Pac(_) => self.handle_as_pac(message, now),
            },
        }
    }

    fn close(&mut self, reason: StopReason, now: Instant) {
        match (&self.end, &self.state) {
            (_, State::Starting { .. }) => self.finish(Ended::Requested),
            (End::Pns(_), State::Calling { .. } | State::Connected) => self.clear_call(now),
            (End::Pac(_), State::Connected) => self.notify_disconnect(reason, now),
            (End::Pac(_), State::Calling { .. }) => self.stop(reason, Ended::Requested, now),
            (_, State::WaitStopRequest { .. }) => self.give_up_waiting(now),
            (_, State::WaitDisconnect { .. } | State::WaitStopReply { .. } | State::Closed) => {}
        }
    }

    fn beat(&mut self, now: Instant) {
        match self.heartbeat.handle_timeout(now, &self.timing) {
            Beat::Ask { identifier } => self.send(EchoRequest { identifier }),
            Beat::Dead => {
                let silence = self.timing.echo_interval.saturating_add(self.timing.echo_reply);
                let seconds = u32::try_from(silence.as_secs()).unwrap_or(u32::MAX);
                let fault = Fault::new(FaultCode::LinkLost)
                    .with(Evidence::SilentFor(seconds))
                    .with(Evidence::Unanswered(1));
                self.finish(Ended::Failed(fault));
            }
        }
    }

    fn give_up_waiting(&mut self, now: Instant) {
        match core::mem::replace(&mut self.state, State::Closed) {
            State::WaitStopRequest { ended, .. } => self.stop(StopReason::NONE, ended, now),
            State::WaitStopReply { ended, .. } => self.events.push_back(Event::Closed(ended)),
            other => self.state = other,
        }
    }

    fn no_answer(&self) -> Ended {
        let seconds = u32::try_from(self.timing.reply.as_secs()).unwrap_or(u32::MAX);
        Ended::Failed(Fault::new(FaultCode::ControlTimeout).with(Evidence::SilentFor(seconds)))
    }

    /// Before the first good message the other end may be anything that listens on TCP.
    fn handle_nonsense(&mut self, error: Error, bytes: &[u8]) {
        self.events.push_back(Event::NotUnderstood(error));
        self.finish(Ended::Failed(match self.state {
            State::Starting { .. } => Fault::new(FaultCode::NotPptp).with(Evidence::server_text(bytes)),
            _ => Fault::new(FaultCode::ControlLost),
        }));
    }

    pub(super) fn meet(&mut self, vendor: &Text<64>, host: &Text<64>, firmware: u16, now: Instant) {
        self.peer = PeerIdentity { vendor: vendor.to_text(), host: host.to_text(), firmware };
        self.events.push_back(Event::ConnectionEstablished(self.peer.clone()));
        self.state = State::Calling { until: now + self.timing.reply };
    }

    /// The window is only good for figures, so an absurd one is brought into bounds: Windows sends it in the
    /// wrong order of octets.
    pub(super) fn connect(&mut self, peer_call_id: u16, peer_window: u16) {
        self.state = State::Connected;
        self.events.push_back(Event::CallEstablished {
            local_call_id: self.call_id,
            peer_call_id,
            peer_window: peer_window.clamp(1, 64),
            peer: self.peer.clone(),
        });
    }

    /// Leaves the state of a call, and tells if there was one.
    pub(super) fn leave_call(&mut self, ended: &Ended) {
        if matches!(self.state, State::Connected) {
            self.events.push_back(Event::CallCleared(ended.clone()));
        }
    }

    /// Closes the control connection in good order; what was to be the reason already stays it.
    pub(super) fn stop(&mut self, reason: StopReason, ended: Ended, now: Instant) {
        self.leave_call(&ended);
        let ended = self.ended(ended);
        self.state = State::WaitStopReply { until: now + self.timing.shutdown, ended };
        self.send(StopControlConnectionRequest { reason });
    }

    /// It is over; what was to be the reason already stays it.
    pub(super) fn finish(&mut self, ended: Ended) {
        if self.is_closed() {
            return;
        }
        self.leave_call(&ended);
        let ended = self.ended(ended);
        self.state = State::Closed;
        self.events.push_back(Event::Closed(ended));
    }

    /// The reason that stands already, or else this one with the stage in which it came.
    pub(super) fn ended(&self, ended: Ended) -> Ended {
        match &self.state {
            State::WaitDisconnect { ended, .. }
            | State::WaitStopRequest { ended, .. }
            | State::WaitStopReply { ended, .. } => ended.clone(),
            State::Starting { .. } => ended.at(Stage::OpeningControlConnection),
            State::Calling { .. } => ended.at(Stage::PlacingCall),
            State::Connected | State::Closed => ended,
        }
    }

    pub(super) fn send(&mut self, message: impl Into<Message>) {
        let mut bytes = Vec::new();
        message.into().emit(&mut bytes);
        self.transmits.push_back(bytes);
    }

    /// Sends what the peer can ask for again and again.
    pub(super) fn reply(&mut self, message: impl Into<Message>) {
        if self.transmits.len() < QUEUE_LEN {
            self.send(message);
        }
    }

    fn notice(&mut self, event: Event) {
        if self.events.len() < QUEUE_LEN {
            self.events.push_back(event);
        }
    }
}
