//! The login of one link, whichever end we are and whatever the method.

use alloc::sync::Arc;
use alloc::vec::Vec;

use culvert_model::{AuthMethod, Fault, Instant, Secret};

use super::config::Side;
use crate::Chance;
use crate::ppp::auth::{self, Authenticatee, Authenticator, Credentials, Form};
use crate::wire::ppp::protocol;

/// A login under way or done.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) method: AuthMethod,
    state: State,
}

#[derive(Debug)]
enum State {
    /// We must log in, and only the person knows the password; what the server said meanwhile is kept.
    Waiting { chance: Chance, said: Option<Vec<u8>>, asked: bool },
    /// We log in.
    Client(Authenticatee),
    /// The peer logs in to us.
    Server(Authenticator),
}

/// What came of a login.
#[derive(Debug)]
pub(super) enum Event {
    /// The person must give the password.
    PasswordWanted,
    /// As the state machine of the method has it.
    Auth(auth::Event),
}

impl Login {
    pub(super) fn new(side: &Side, method: AuthMethod, chance: Chance, now: Instant) -> Self {
        let state = match side {
            Side::Client(config) => match &config.password {
                Some(password) => {
                    let credentials = credentials(&config.login_name, password.clone(), config.form);
                    State::Client(Authenticatee::new(method, credentials, chance, now))
                }
                None => State::Waiting { chance, said: None, asked: false },
            },
            Side::Server(config) => {
                let users = Arc::clone(&config.users);
                let login = Authenticator::new(method, users, config.name.clone(), chance, now);
                State::Server(login.with_retries(config.retries))
            }
        };
        Self { method, state }
    }

    /// Whether packets of `protocol` belong to this login.
    pub(super) fn speaks(&self, protocol: u16) -> bool {
        self.protocol() == protocol
    }

    /// The PPP protocol of its packets.
    pub(super) fn protocol(&self) -> u16 {
        match self.method {
            AuthMethod::Pap => protocol::PAP,
            AuthMethod::ChapMd5 | AuthMethod::MsChapV1 | AuthMethod::MsChapV2 => protocol::CHAP,
        }
    }

    pub(super) fn handle_packet(&mut self, packet: &[u8], now: Instant) {
        match &mut self.state {
            State::Waiting { said, .. } => *said = Some(packet.to_vec()),
            State::Client(login) => login.handle_packet(packet, now),
            State::Server(login) => login.handle_packet(packet, now),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        match &mut self.state {
            State::Waiting { .. } => {}
            State::Client(login) => login.handle_timeout(now),
            State::Server(login) => login.handle_timeout(now),
        }
    }

    /// The person's answer: the first password, or the next after a refusal.
    pub(super) fn answer(&mut self, login_name: &str, password: Secret, now: Instant) {
        let credentials = credentials(login_name, password, None);
        match &mut self.state {
            State::Waiting { chance, said, .. } => {
                let said = said.take();
                let mut login = Authenticatee::new(self.method, credentials, chance.fork(), now);
                if let Some(packet) = said {
                    login.handle_packet(&packet, now);
                }
                self.state = State::Client(login);
            }
            State::Client(login) => login.answer(credentials, now),
            State::Server(_) => {}
        }
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        match &mut self.state {
            State::Waiting { .. } => None,
            State::Client(login) => login.poll_transmit(),
            State::Server(login) => login.poll_transmit(),
        }
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        match &mut self.state {
            State::Waiting { asked, .. } if !*asked => {
                *asked = true;
                Some(Event::PasswordWanted)
            }
            State::Waiting { .. } => None,
            State::Client(login) => login.poll_event().map(Event::Auth),
            State::Server(login) => login.poll_event().map(Event::Auth),
        }
    }

    /// Why the last try was refused, while another one is under way.
    pub(super) fn refusal(&self) -> Option<&Fault> {
        match &self.state {
            State::Client(login) => login.refusal(),
            State::Waiting { .. } | State::Server(_) => None,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Waiting { .. } => None,
            State::Client(login) => login.poll_timeout(),
            State::Server(login) => login.poll_timeout(),
        }
    }
}

fn credentials(login_name: &str, password: Secret, form: Option<Form>) -> Credentials {
    Credentials { login_name: login_name.into(), password, form }
}
