//! What the packets of the peer come to, before the automaton sees them.

use alloc::vec::Vec;
use core::time::Duration;

use culvert_model::{Fault, Instant};

use super::machine::{MAX_CONFIGURE, MAX_FAILURE, Negotiation, Occasion, RESTART_INTERVAL};
use super::rules::{Answer, End, Rules, Verdict};
use crate::Error;
use crate::ppp::fsm::{self, State};
use crate::wire::ppp::{ControlPacket, Options, code, push_option};

/// From here on a peer that asks for the same thing again and again is answered once per [`PATIENCE`].
const REFUSALS_AT_ONCE: u8 = 10;
const PATIENCE: Duration = Duration::from_secs(1);
/// Refusals in a row, ours or the peer's, after which there is no agreement.
const MAX_REFUSALS: u8 = 20;
/// How long after opening a Configure-Request that we acknowledged is merely acknowledged again: our Ack was lost.
/// Later, the same request means that the peer has started over.
const ACK_MAY_BE_LOST: Duration = Duration::from_secs(10);
/// When to ask again where the peer answered a Configure-Request with a Terminate-Ack: it is not ready yet.
const NOT_YET: Duration = Duration::from_secs(1);
impl<R: Rules> Negotiation<R> {
    pub(super) fn handle_configure_request(
        &mut self,
        packet: ControlPacket<'_>,
        now: Instant,
    ) -> Result<(), Error> {
        let options: Vec<_> = Options::new(packet.data).collect::<Result<_, _>>()?;
        if self.state == State::Opened && self.is_repeated(&packet, now) {
            self.out.send(code::CONFIGURE_ACK, packet.identifier, packet.data);
            return Ok(());
        }
        match self.state {
            State::Opened | State::Stopped => self.begin(),
            State::Closing | State::Stopping => return Ok(()),
            _ => {}
        }
        if self.refusals_sent >= REFUSALS_AT_ONCE && now < self.quiet_until {
            return Err(Error::PeerMisbehaved("asks again and again for what was refused"));
        }
        self.quiet_until = now + PATIENCE;
        if core::mem::take(&mut self.turned_away) {
            // The peer asks by itself: now it is ready for our request too.
            self.timer = self.timer.map(|due| due.min(now));
        }
        if self.state == State::Closed {
            self.refusals_sent = self.refusals_sent.saturating_add(1);
            self.step_with(fsm::Event::BadConfigureRequest, packet, now);
            return Ok(());
        }
        match self.judge(&options) {
            Ok(None) => {
                self.naks_sent = 0;
                self.refusals_sent = 0;
                self.acknowledged = Some(packet.data.to_vec());
                self.step_with(fsm::Event::GoodConfigureRequest, packet, now);
            }
            Ok(refusal) => {
                self.acknowledged = None;
                self.refusals_sent = self.refusals_sent.saturating_add(1);
                let occasion = Occasion { now, packet: Some(packet), refusal };
                self.step(fsm::Event::BadConfigureRequest, occasion);
                if self.refusals_sent >= MAX_REFUSALS {
                    let fault = self.rules.end(End::Endless);
                    self.finish(fsm::Event::Close, fault, Occasion::at(now));
                }
            }
            Err(fault) => self.fail(fault, now),
        }
        Ok(())
    }

    /// Whether this is, once more, the request that we acknowledged; its identifier may be new (RFC 1661 section
    /// 5.1).
    fn is_repeated(&self, packet: &ControlPacket<'_>, now: Instant) -> bool {
        let fresh = now < self.opened_at + ACK_MAY_BE_LOST;
        fresh && self.acknowledged.as_ref().is_some_and(|options| options == packet.data)
    }

    /// Judges a request: `None` where it is acceptable, otherwise code and options of the refusal.
    fn judge(&mut self, options: &[(u8, &[u8])]) -> Result<Option<(u8, Vec<u8>)>, Fault> {
        self.rules.begin_judging();
        let (mut rejects, mut naks, mut nakked) = (Vec::new(), Vec::new(), Vec::new());
        for (index, &(kind, value)) in options.iter().enumerate() {
            let twice = options.iter().take(index).any(|&(other, _)| other == kind);
            match if twice { Verdict::Reject } else { self.rules.judge(kind, value)? } {
                Verdict::Acknowledge => {}
                Verdict::Nak(wanted) => {
                    push_option(&mut naks, kind, &wanted);
                    push_option(&mut nakked, kind, value);
                }
                Verdict::Reject => push_option(&mut rejects, kind, value),
            }
        }
        if !rejects.is_empty() {
            return Ok(Some((code::CONFIGURE_REJECT, rejects)));
        }
        self.rules.missing(&mut naks);
        if naks.is_empty() {
            return Ok(None);
        }
        if self.naks_sent < MAX_FAILURE {
            self.naks_sent = self.naks_sent.saturating_add(1);
            return Ok(Some((code::CONFIGURE_NAK, naks)));
        }
        match self.rules.insists() {
            Some(fault) => Err(fault),
            None if nakked.is_empty() => Ok(None),
            None => Ok(Some((code::CONFIGURE_REJECT, nakked))),
        }
    }

    pub(super) fn handle_configure_ack(
        &mut self,
        packet: ControlPacket<'_>,
        now: Instant,
    ) -> Result<(), Error> {
        if self.is_asking() {
            self.check_answer(packet.identifier)?;
            if packet.data != self.request.options {
                return Err(Error::PeerMisbehaved("acknowledges what was not asked for"));
            }
            self.take_as_answered();
            match self.rules.handle_ack() {
                Ok(Answer::Settled) => {}
                Ok(Answer::AskAgain) => {
                    self.ask_again(packet, now);
                    return Ok(());
                }
                Err(fault) => {
                    self.fail(fault, now);
                    return Ok(());
                }
            }
        }
        self.step_with(fsm::Event::ConfigureAck, packet, now);
        Ok(())
    }

    pub(super) fn handle_configure_refusal(
        &mut self,
        packet: ControlPacket<'_>,
        now: Instant,
    ) -> Result<(), Error> {
        if !self.is_asking() {
            self.step_with(fsm::Event::ConfigureNakOrReject, packet, now);
            return Ok(());
        }
        self.check_answer(packet.identifier)?;
        let options: Vec<_> = Options::new(packet.data).collect::<Result<_, _>>()?;
        let taken = if packet.code == code::CONFIGURE_NAK {
            options.iter().try_for_each(|&(kind, value)| self.rules.handle_nak(kind, value))
        } else {
            let asked: Vec<u8> =
                Options::new(&self.request.options).flatten().map(|(kind, _)| kind).collect();
            if !options.iter().any(|(kind, _)| asked.contains(kind)) {
                return Err(Error::PeerMisbehaved("rejects what was not asked for"));
            }
            let mut rejected = options.iter().filter(|(kind, _)| asked.contains(kind));
            rejected.try_for_each(|&(kind, _)| self.rules.handle_reject(kind))
        };
        self.take_as_answered();
        match taken {
            Ok(()) => self.ask_again(packet, now),
            Err(fault) => self.fail(fault, now),
        }
        Ok(())
    }

    fn take_as_answered(&mut self) {
        self.request.answered = true;
        self.unanswered = None;
    }

    fn ask_again(&mut self, packet: ControlPacket<'_>, now: Instant) {
        self.refusals_received = self.refusals_received.saturating_add(1);
        if self.refusals_received >= MAX_REFUSALS {
            let fault = self.rules.end(End::Endless);
            self.finish(fsm::Event::Close, fault, Occasion::at(now));
        } else {
            self.step_with(fsm::Event::ConfigureNakOrReject, packet, now);
        }
    }

    /// Whether answers to our request have to be matched with it.
    fn is_asking(&self) -> bool {
        self.state.is_negotiating() || self.state == State::Opened
    }

    /// A second answer to the same request must not move the automaton, least of all when it is opened.
    fn check_answer(&self, identifier: u8) -> Result<(), Error> {
        if self.request.answered || identifier != self.request.identifier {
            return Err(Error::Unexpected("an answer to no request of ours"));
        }
        Ok(())
    }

    pub(super) fn handle_terminate_request(&mut self, packet: ControlPacket<'_>, now: Instant) {
        let opened = self.state == State::Opened;
        let negotiating = self.state.is_negotiating();
        if !opened && !negotiating {
            self.step_with(fsm::Event::TerminateRequest, packet, now);
            return;
        }
        let fault = self.rules.end(End::Terminated { data: packet.data, opened });
        let occasion = Occasion { now, packet: Some(packet), refusal: None };
        self.finish(fsm::Event::TerminateRequest, fault, occasion);
        if negotiating {
            // The RFC asks on in RequestSent; a peer that terminates has made up its mind.
            self.state = State::Stopping;
            self.restart_count = 0;
            self.timer = Some(now + RESTART_INTERVAL);
        }
    }

    pub(super) fn handle_terminate_ack(&mut self, now: Instant) {
        if self.state == State::Opened {
            self.begin();
        }
        self.step(fsm::Event::TerminateAck, Occasion::at(now));
        self.turned_away = self.state.is_negotiating();
        self.unanswered = None;
        if self.turned_away && self.restart_count > MAX_CONFIGURE / 2 {
            self.timer = self.timer.map(|due| due.min(now + NOT_YET));
        }
    }

    pub(super) fn handle_code_reject(
        &mut self,
        packet: ControlPacket<'_>,
        now: Instant,
    ) -> Result<(), Error> {
        let rejected = *packet.data.first().ok_or(Error::Malformed("Code-Reject"))?;
        self.unanswered = None;
        let needed = (code::CONFIGURE_REQUEST..=code::CODE_REJECT).contains(&rejected);
        if needed {
            self.handle_protocol_reject(now);
        } else {
            self.step_with(fsm::Event::HarmlessReject, packet, now);
        }
        Ok(())
    }
}
