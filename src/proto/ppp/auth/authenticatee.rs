//! The end that logs in.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::mem;
use core::time::Duration;

use culvert_model::{AuthMethod, Evidence, Fault, FaultCode, Instant};
use zeroize::Zeroizing;

use super::answer::Answer;
use super::credentials::Form;
use super::packet::{Challenge, chap, counted, pap};
use super::patience::{Patience, Verdict};
use super::verdict::Failure;
use super::{Credentials, Event};
use crate::Chance;
use crate::wire::ppp::ControlPacket;

/// How long the server has for its Challenge.
const CHALLENGE_LIMIT: Duration = Duration::from_secs(30);
/// How long the server has for its verdict: some ask a person's telephone first.
const VERDICT_LIMIT: Duration = Duration::from_secs(60);

/// The client's end of one login (PAP: RFC 1334; CHAP: RFC 1994; MS-CHAP: RFC 2433 and RFC 2759).
pub struct Authenticatee {
    method: AuthMethod,
    credentials: Credentials,
    form: Form,
    /// Whether the credentials may still be presented in another form without asking anybody: once per login,
    /// because each try may count towards locking the account.
    may_rephrase: bool,
    phase: Phase,
    refusal: Option<Fault>,
    chance: Chance,
    transmit: Option<Zeroizing<Vec<u8>>>,
    events: VecDeque<Event>,
}

enum Phase {
    /// The Challenge has not come yet.
    Listening(Patience),
    /// The verdict on the answer has not come yet.
    Answered(Answer, Patience),
    /// The server allows another try; the person is being asked.
    Asking { refused: Answer, next: Challenge },
    /// Logged in. While the server checks once more, there is patience.
    LoggedIn(Answer, Option<Patience>),
    /// Refused for good, or given up.
    Over,
}

impl Authenticatee {
    /// Logs in by `method` and by no other: nothing that the server sends makes this machine use another one.
    ///
    /// Whether `method` is acceptable at all, PAP and CHAP-MD5 never where MPPE is required, is the policy of
    /// LCP, which agreed on it: it asks neither the profile nor anything here.
    pub fn new(method: AuthMethod, credentials: Credentials, chance: Chance, now: Instant) -> Self {
        let mut this = Self {
            method,
            form: credentials.form.unwrap_or(Form::Full),
            may_rephrase: credentials.form.is_none(),
            credentials,
            phase: Phase::Listening(Patience::silent(now, CHALLENGE_LIMIT)),
            refusal: None,
            chance,
            transmit: None,
            events: VecDeque::new(),
        };
        if method == AuthMethod::Pap {
            let [identifier] = this.chance.bytes();
            this.respond(Challenge { identifier, value: Vec::new() }, now);
        }
        this
    }

    /// Takes a packet of PAP or CHAP, from its code on. What does not fit is dropped.
    pub fn handle_packet(&mut self, packet: &[u8], now: Instant) {
        let Ok(packet) = ControlPacket::parse(packet) else { return };
        match (self.method, packet.code) {
            (AuthMethod::Pap, pap::ACK) => self.handle_success(packet),
            (AuthMethod::Pap, pap::NAK) => self.handle_failure(packet, now),
            (AuthMethod::Pap, _) => {}
            (_, chap::CHALLENGE) => self.handle_challenge(packet, now),
            (_, chap::SUCCESS) => self.handle_success(packet),
            (_, chap::FAILURE) => self.handle_failure(packet, now),
            _ => {}
        }
    }

    /// Tries again with what the person said after [`Event::Refused`] with `retry`. At any other time, nothing
    /// happens.
    pub fn answer(&mut self, credentials: Credentials, now: Instant) {
        match mem::replace(&mut self.phase, Phase::Over) {
            Phase::Asking { next, .. } => {
                self.credentials = credentials;
                self.form = Form::Full;
                self.respond(next, now);
            }
            other => self.phase = other,
        }
    }

    /// Repeats what was not answered, or gives up.
    pub fn handle_timeout(&mut self, now: Instant) {
        let verdict = match &mut self.phase {
            Phase::Listening(patience) => patience.handle_timeout(now),
            Phase::Answered(_, patience) | Phase::LoggedIn(_, Some(patience)) => patience.handle_timeout(now),
            Phase::Asking { .. } | Phase::LoggedIn(_, None) | Phase::Over => Verdict::Wait,
        };
        match verdict {
            Verdict::Wait => {}
            Verdict::Repeat => self.repeat(),
            Verdict::GiveUp => self.give_up(now),
        }
    }

    /// When to call [`Self::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Listening(patience) | Phase::Answered(_, patience) => Some(patience.timeout()),
            Phase::LoggedIn(_, patience) => patience.as_ref().map(Patience::timeout),
            Phase::Asking { .. } | Phase::Over => None,
        }
    }

    /// A packet to send, from its code on. In PAP it holds the password: wipe it after sending.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.take().map(|mut packet| mem::take(&mut *packet))
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The last refusal. Some servers allow another try and hang up all the same; then this is why.
    pub fn refusal(&self) -> Option<&Fault> {
        self.refusal.as_ref()
    }

    fn handle_challenge(&mut self, packet: ControlPacket<'_>, now: Instant) {
        let Some((value, _)) = counted(packet.data) else { return };
        let challenge = Challenge { identifier: packet.identifier, value: value.to_vec() };
        if !challenge.suits(self.method) {
            return;
        }
        match &mut self.phase {
            // The server may already have judged the first answer: its proof must fit the second one too.
            Phase::Answered(answer, _) | Phase::LoggedIn(answer, _) if *answer.challenge() == challenge => {
                self.transmit = Some(answer.packet().clone());
            }
            Phase::Asking { refused, next } => {
                if *refused.challenge() != challenge {
                    *next = challenge;
                }
            }
            Phase::Listening(_) | Phase::Answered(..) | Phase::LoggedIn(..) => self.respond(challenge, now),
            Phase::Over => {}
        }
    }

    /// Answers `challenge`, in the background if the login has already succeeded.
    fn respond(&mut self, challenge: Challenge, now: Instant) {
        let answer = Answer::new(self.method, challenge, &self.credentials, self.form, &mut self.chance);
        let Some(answer) = answer else {
            let fault = Fault::new(FaultCode::AuthRejected).with(Evidence::Method(self.method));
            return self.end(Event::Refused { fault, retry: false, other_form: None });
        };
        self.transmit = Some(answer.packet().clone());
        let patience = Patience::repeating(now, VERDICT_LIMIT);
        self.phase = match self.phase {
            Phase::LoggedIn(..) => Phase::LoggedIn(answer, Some(patience)),
            _ => Phase::Answered(answer, patience),
        };
    }

    fn handle_success(&mut self, packet: ControlPacket<'_>) {
        match mem::replace(&mut self.phase, Phase::Over) {
            Phase::Answered(answer, _) | Phase::LoggedIn(answer, Some(_))
                if answer.is_judged_by(packet.identifier) && !answer.is_proved_by(packet.data) =>
            {
                let fault = Fault::new(FaultCode::ServerNotAuthentic).with(Evidence::Method(self.method));
                self.end(Event::Failed(fault));
            }
            Phase::Answered(mut answer, _) if answer.is_judged_by(packet.identifier) => {
                self.events.push_back(Event::Succeeded { keys: answer.take_keys() });
                self.phase = Phase::LoggedIn(answer, None);
            }
            Phase::LoggedIn(answer, Some(_)) if answer.is_judged_by(packet.identifier) => {
                self.phase = Phase::LoggedIn(answer, None);
            }
            other => self.phase = other,
        }
    }

    fn handle_failure(&mut self, packet: ControlPacket<'_>, now: Instant) {
        match mem::replace(&mut self.phase, Phase::Over) {
            Phase::Answered(answer, _) if answer.is_judged_by(packet.identifier) => {
                let failure = Failure::parse(self.method, packet.data);
                let next = failure.next(answer.challenge());
                self.refuse(failure.fault(), answer, next, now);
            }
            Phase::LoggedIn(answer, Some(_)) if answer.is_judged_by(packet.identifier) => {
                let fault = Failure::parse(self.method, packet.data).fault();
                self.refuse(fault, answer, None, now);
            }
            other => self.phase = other,
        }
    }

    /// The answer was `refused`: tries another form of the same credentials, asks, or ends.
    fn refuse(&mut self, fault: Fault, refused: Answer, next: Option<Challenge>, now: Instant) {
        self.refusal = Some(fault.clone());
        let other_form = self.other_form(&fault);
        let Some(next) = next else { return self.end(Event::Refused { fault, retry: false, other_form }) };
        if let Some(form) = other_form {
            self.may_rephrase = false;
            self.form = form;
            return self.respond(next, now);
        }
        self.phase = Phase::Asking { refused, next };
        self.events.push_back(Event::Refused { fault, retry: true, other_form: None });
    }

    /// The form that is still worth a try after `fault`.
    fn other_form(&self, fault: &Fault) -> Option<Form> {
        let may_help = self.may_rephrase && fault.code == FaultCode::AuthRejected;
        self.credentials.other_form(self.method).filter(|_| may_help)
    }

    fn repeat(&mut self) {
        if let Phase::Answered(answer, _) | Phase::LoggedIn(answer, _) = &mut self.phase {
            answer.renew(self.method);
            self.transmit = Some(answer.packet().clone());
        }
    }

    fn give_up(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::Listening(patience) | Phase::Answered(_, patience) => {
                let fault = patience.fault(self.method, now);
                self.end(Event::Failed(fault));
            }
            // The session lives as long as the server lets it.
            Phase::LoggedIn(_, patience) => *patience = None,
            Phase::Asking { .. } | Phase::Over => {}
        }
    }

    fn end(&mut self, event: Event) {
        self.phase = Phase::Over;
        self.transmit = None;
        self.events.push_back(event);
    }
}

impl fmt::Debug for Authenticatee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            Phase::Listening(_) => "listening",
            Phase::Answered(..) => "answered",
            Phase::Asking { .. } => "asking",
            Phase::LoggedIn(..) => "logged in",
            Phase::Over => "over",
        };
        f.debug_struct("Authenticatee")
            .field("method", &self.method)
            .field("phase", &phase)
            .finish_non_exhaustive()
    }
}
