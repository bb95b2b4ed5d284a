//! What the tests of this room share.

use std::collections::BTreeMap;
use std::string::ToString;
use std::sync::Arc;
use std::vec::Vec;

use core::time::Duration;

use culvert_model::{AuthMethod, Instant, Secret};

use super::{Authenticatee, Authenticator, Credentials, Event};
use crate::Chance;

/// The octets that `text` writes in hexadecimal.
pub fn hex<const N: usize>(text: &str) -> [u8; N] {
    assert_eq!(text.len(), 2 * N, "{text}");
    core::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

pub fn credentials(name: &str, password: &str) -> Credentials {
    Credentials { login_name: name.to_string(), password: Secret::new(password.to_string()), form: None }
}

pub fn chance(seed: u8) -> Chance {
    Chance::new([seed; 32])
}

pub fn client(method: AuthMethod, name: &str, password: &str) -> Authenticatee {
    Authenticatee::new(method, credentials(name, password), chance(1), Instant::ZERO)
}

/// A server that knows `users` by name and password.
pub fn server(method: AuthMethod, users: &[(&str, &str)]) -> Authenticator {
    let owned = |(name, password): &(&str, &str)| (name.to_string(), Secret::new(password.to_string()));
    let users: BTreeMap<_, _> = users.iter().map(owned).collect();
    let lookup = move |name: &str| users.get(name).cloned();
    Authenticator::new(method, Arc::new(lookup), "server", chance(2), Instant::ZERO)
}

pub fn drain(mut poll: impl FnMut() -> Option<Event>) -> Vec<Event> {
    core::iter::from_fn(&mut poll).collect()
}

/// A client and a server, the packets between them, and the time.
pub struct Wire {
    pub client: Authenticatee,
    pub server: Authenticator,
    pub client_events: Vec<Event>,
    pub server_events: Vec<Event>,
    /// Every packet that was sent, lost ones too; `true` marks the client's.
    pub sent: Vec<(bool, Vec<u8>)>,
    pub now: Instant,
    loss: u32,
    chance: Chance,
    flying: Vec<(Instant, bool, Vec<u8>)>,
}

impl Wire {
    pub fn new(client: Authenticatee, server: Authenticator) -> Self {
        Self {
            client,
            server,
            client_events: Vec::new(),
            server_events: Vec::new(),
            sent: Vec::new(),
            now: Instant::ZERO,
            loss: 0,
            chance: chance(3),
            flying: Vec::new(),
        }
    }

    /// Loses `percent` of the packets, doubles as many, and delays each by up to 100 ms.
    pub fn with_loss(mut self, percent: u32, seed: u8) -> Self {
        self.loss = percent;
        self.chance = chance(seed);
        self
    }

    /// Runs until nothing is left to happen.
    pub fn run(&mut self) {
        while self.step() {
            assert!(self.now < Instant::ZERO + Duration::from_secs(600), "it never ends");
        }
    }

    /// Lets the next packet arrive or the next timer expire, if there is any.
    pub fn step(&mut self) -> bool {
        self.drain();
        let timers = [self.client.poll_timeout(), self.server.poll_timeout()].into_iter().flatten();
        let Some(next) = timers.chain(self.flying.iter().map(|flight| flight.0)).min() else { return false };
        self.now = self.now.max(next);
        if let Some(at) = self.flying.iter().position(|flight| flight.0 <= self.now) {
            let (_, from_client, packet) = self.flying.remove(at);
            if from_client {
                self.server.handle_packet(&packet, self.now);
            } else {
                self.client.handle_packet(&packet, self.now);
            }
        } else {
            self.client.handle_timeout(self.now);
            self.server.handle_timeout(self.now);
        }
        self.drain();
        true
    }

    fn drain(&mut self) {
        self.client_events.extend(drain(|| self.client.poll_event()));
        self.server_events.extend(drain(|| self.server.poll_event()));
        while let Some(packet) = self.client.poll_transmit() {
            self.send(true, packet);
        }
        while let Some(packet) = self.server.poll_transmit() {
            self.send(false, packet);
        }
    }

    fn send(&mut self, from_client: bool, packet: Vec<u8>) {
        self.sent.push((from_client, packet.clone()));
        let copies = match self.chance.u32() % 100 {
            dice if dice < self.loss => 0,
            dice if dice < 2 * self.loss => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let delay = if self.loss > 0 { self.chance.u32() % 100_000 } else { 1_000 };
            let arrival = self.now + Duration::from_micros(delay.into());
            self.flying.push((arrival, from_client, packet.clone()));
        }
    }
}
