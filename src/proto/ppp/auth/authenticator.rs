//! The end that is logged in to.

use alloc::borrow::ToOwned;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::mem;
use core::time::Duration;

use culvert_model::{AuthMethod, Instant, Secret};

use super::Event;
use super::check::{Acceptance, check};
use super::credentials::bare_name;
use super::packet::{Challenge, chap, counted, emit, emit_value, pap};
use super::patience::{Patience, Verdict};
use super::verdict;
use crate::Chance;
use crate::wire::ppp::ControlPacket;

/// How long the peer has for its Response, or in PAP for its request.
const RESPONSE_LIMIT: Duration = Duration::from_secs(30);
/// How long a person has for another try.
const RETRY_LIMIT: Duration = Duration::from_secs(60);

/// Who may log in.
pub trait Users: Send + Sync {
    /// The password of `name`, if there is such a user. A name with a domain is looked up as it came and then
    /// without the domain.
    fn lookup(&self, name: &str) -> Option<Secret>;
}

impl<F: Fn(&str) -> Option<Secret> + Send + Sync> Users for F {
    fn lookup(&self, name: &str) -> Option<Secret> {
        self(name)
    }
}

/// The server's end of one login (PAP: RFC 1334; CHAP: RFC 1994; MS-CHAP: RFC 2433 and RFC 2759).
pub struct Authenticator {
    method: AuthMethod,
    users: Arc<dyn Users>,
    name: String,
    retries: u32,
    user: Option<String>,
    phase: Phase,
    chance: Chance,
    transmit: Option<Vec<u8>>,
    events: VecDeque<Event>,
}

enum Phase {
    /// A Response is awaited; the verdict on an earlier one may have got lost.
    Asked { challenge: Challenge, patience: Patience, earlier: Option<Reply> },
    /// The last word is said, and said again to whoever did not hear it.
    Decided(Reply),
    /// Nobody answered.
    Over,
}

/// A Success or a Failure.
struct Reply {
    code: u8,
    identifier: u8,
    text: Vec<u8>,
}

impl Authenticator {
    /// Asks the peer to log in by `method`; `name` is what this end calls itself.
    pub fn new(
        method: AuthMethod,
        users: Arc<dyn Users>,
        name: impl Into<String>,
        mut chance: Chance,
        now: Instant,
    ) -> Self {
        let [identifier] = chance.bytes();
        let challenge = Challenge { identifier, value: Vec::new() };
        let patience = Patience::silent(now, RESPONSE_LIMIT);
        let mut this = Self {
            method,
            users,
            name: name.into(),
            retries: 0,
            user: None,
            phase: Phase::Asked { challenge, patience, earlier: None },
            chance,
            transmit: None,
            events: VecDeque::new(),
        };
        if method != AuthMethod::Pap {
            this.ask(identifier, now);
        }
        this
    }

    /// The same, allowing `retries` further tries in place after a refused one. Only MS-CHAP can say so.
    #[must_use]
    pub fn with_retries(mut self, retries: u32) -> Self {
        self.retries = if self.method.gives_keys() { retries } else { 0 };
        self
    }

    /// Asks the peer once more in mid-session, as other servers do. PAP has nothing to ask with.
    #[cfg(test)]
    pub(super) fn challenge(&mut self, now: Instant) {
        match &self.phase {
            Phase::Decided(reply) if self.user.is_some() && self.method != AuthMethod::Pap => {
                self.ask(reply.identifier.wrapping_add(1), now);
            }
            _ => {}
        }
    }

    /// Takes a packet of PAP or CHAP, from its code on. What does not fit is dropped.
    pub fn handle_packet(&mut self, packet: &[u8], now: Instant) {
        let Ok(packet) = ControlPacket::parse(packet) else { return };
        match (self.method, packet.code) {
            (AuthMethod::Pap, pap::REQUEST) => {
                let Some((name, rest)) = counted(packet.data) else { return };
                let Some((password, _)) = counted(rest) else { return };
                self.handle_request(packet.identifier, name, password);
            }
            (AuthMethod::Pap, _) => {}
            (_, chap::RESPONSE) => {
                let Some((value, name)) = counted(packet.data) else { return };
                self.handle_response(packet.identifier, name, value, now);
            }
            _ => {}
        }
    }

    /// Repeats the Challenge, or gives up.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Phase::Asked { challenge, patience, .. } = &mut self.phase else { return };
        match patience.handle_timeout(now) {
            Verdict::Wait => {}
            Verdict::Repeat => self.transmit = challenge_packet(challenge, &self.name),
            Verdict::GiveUp => {
                self.events.push_back(Event::Failed(patience.fault(self.method, now)));
                self.phase = Phase::Over;
            }
        }
    }

    /// When to call [`Self::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Asked { patience, .. } => Some(patience.timeout()),
            Phase::Decided(_) | Phase::Over => None,
        }
    }

    /// A packet to send, from its code on.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.take()
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Who logged in, by the name that was sent.
    #[cfg(test)]
    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Sends a new Challenge.
    fn ask(&mut self, identifier: u8, now: Instant) {
        let challenge = Challenge { identifier, value: self.challenge_value() };
        self.transmit = challenge_packet(&challenge, &self.name);
        let patience = Patience::repeating(now, RESPONSE_LIMIT);
        self.phase = Phase::Asked { challenge, patience, earlier: None };
    }

    fn challenge_value(&mut self) -> Vec<u8> {
        match self.method {
            AuthMethod::Pap => Vec::new(),
            AuthMethod::MsChapV1 => self.chance.bytes::<8>().to_vec(),
            AuthMethod::ChapMd5 | AuthMethod::MsChapV2 => self.chance.bytes::<16>().to_vec(),
        }
    }

    /// In PAP each request has an identifier of its own, a repeated one too.
    fn handle_request(&mut self, identifier: u8, name: &[u8], password: &[u8]) {
        match mem::replace(&mut self.phase, Phase::Over) {
            Phase::Asked { mut challenge, .. } => {
                challenge.identifier = identifier;
                self.decide(challenge, name, password, None);
            }
            Phase::Decided(reply) => self.reply(Reply { identifier, ..reply }),
            Phase::Over => {}
        }
    }

    fn handle_response(&mut self, identifier: u8, name: &[u8], value: &[u8], now: Instant) {
        match mem::replace(&mut self.phase, Phase::Over) {
            Phase::Asked { challenge, .. } if challenge.identifier == identifier => {
                self.decide(challenge, name, value, Some(now));
            }
            Phase::Decided(reply) if reply.identifier == identifier => self.reply(reply),
            other => {
                if let Phase::Asked { earlier: Some(reply), .. } = &other
                    && reply.identifier == identifier
                {
                    self.transmit = Some(reply.packet());
                }
                self.phase = other;
            }
        }
    }

    fn decide(&mut self, challenge: Challenge, name: &[u8], value: &[u8], now: Option<Instant>) {
        let name = String::from_utf8_lossy(name);
        let known = self.users.lookup(&name).or_else(|| self.users.lookup(bare_name(&name)));
        // An unknown user costs as much time as a wrong password.
        let password = known.clone().unwrap_or_default();
        let acceptance = check(self.method, &challenge, value, &name, password.expose());
        match acceptance.filter(|_| known.is_some()) {
            Some(acceptance) => self.accept(challenge.identifier, acceptance, &name),
            None => self.refuse(challenge.identifier, now),
        }
    }

    fn accept(&mut self, identifier: u8, acceptance: Acceptance, name: &str) {
        if self.user.is_none() {
            self.user = Some(name.to_owned());
            self.events.push_back(Event::Succeeded { keys: acceptance.keys });
        }
        let (code, text) = match self.method {
            AuthMethod::Pap => (pap::ACK, [0].to_vec()),
            _ => (chap::SUCCESS, acceptance.text),
        };
        self.reply(Reply { code, identifier, text });
    }

    fn refuse(&mut self, identifier: u8, now: Option<Instant>) {
        let retry = now.filter(|_| self.retries > 0 && self.user.is_none());
        let fault = verdict::refusal(self.method);
        self.events.push_back(Event::Refused { fault, retry: retry.is_some(), other_form: None });
        let value = self.challenge_value();
        let (code, text) = match self.method {
            AuthMethod::Pap => (pap::NAK, [0].to_vec()),
            method => (chap::FAILURE, verdict::failure_text(method, &value, retry.is_some())),
        };
        let reply = Reply { code, identifier, text };
        let Some(now) = retry else { return self.reply(reply) };
        self.retries = self.retries.saturating_sub(1);
        self.transmit = Some(reply.packet());
        let challenge = Challenge { identifier: identifier.wrapping_add(1), value };
        let patience = Patience::silent(now, RETRY_LIMIT);
        self.phase = Phase::Asked { challenge, patience, earlier: Some(reply) };
    }

    fn reply(&mut self, reply: Reply) {
        self.transmit = Some(reply.packet());
        self.phase = Phase::Decided(reply);
    }
}

impl Reply {
    fn packet(&self) -> Vec<u8> {
        emit(self.code, self.identifier, &self.text).to_vec()
    }
}

fn challenge_packet(challenge: &Challenge, name: &str) -> Option<Vec<u8>> {
    emit_value(chap::CHALLENGE, challenge.identifier, &challenge.value, name.as_bytes())
        .map(|packet| packet.to_vec())
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            Phase::Asked { .. } => "asked",
            Phase::Decided(_) => "decided",
            Phase::Over => "over",
        };
        f.debug_struct("Authenticator")
            .field("method", &self.method)
            .field("phase", &phase)
            .finish_non_exhaustive()
    }
}
