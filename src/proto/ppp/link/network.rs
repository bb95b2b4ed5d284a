//! The network phase: encryption and addresses, negotiated at the same time.

use alloc::vec::Vec;

use culvert_model::{Cipher, Instant};

use super::config::{Config, Side};
use super::login::Login;
use crate::ppp::auth::StartKeys;
use crate::ppp::ccp::{self, Ccp, Stateful};
use crate::ppp::ipcp::{self, Ipcp};

/// The layers of the network phase.
#[derive(Debug)]
pub(super) struct Network {
    /// The login that led here; servers may challenge again at any time (RFC 1994 section 4).
    pub(super) login: Option<Login>,
    /// The keys that it left.
    pub(super) keys: Option<StartKeys>,
    /// Encryption; `None` where the profile or the login leaves no way to it.
    pub(super) ccp: Option<Ccp>,
    /// Addresses.
    pub(super) ipcp: Ipcp,
    /// How the traffic is encrypted, once that is settled.
    pub(super) cipher: Option<Option<Cipher>>,
    /// The addresses, while they are agreed.
    pub(super) addresses: Option<ipcp::Agreed>,
    /// Whether it was told that IP flows.
    pub(super) told_up: bool,
}

impl Network {
    pub(super) fn new(config: &Config, login: Option<Login>, keys: Option<StartKeys>, now: Instant) -> Self {
        let strengths = config.strengths(login.as_ref().map(|login| login.method));
        let ccp = (!strengths.is_empty()).then(|| {
            let config = ccp::Config {
                encryption: config.encryption,
                strengths: strengths.into(),
                stateful: stateful(config),
            };
            let mut ccp = Ccp::new(config);
            ccp.open(now);
            ccp.up(now);
            ccp
        });
        let mut ipcp = Ipcp::new(ipcp_config(&config.side));
        ipcp.open(now);
        ipcp.up(now);
        let cipher = if ccp.is_none() { Some(None) } else { None };
        Self { login, keys, ccp, ipcp, cipher, addresses: None, told_up: false }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if let Some(login) = &mut self.login {
            login.handle_timeout(now);
        }
        if let Some(ccp) = &mut self.ccp {
            ccp.handle_timeout(now);
        }
        self.ipcp.handle_timeout(now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let login = self.login.as_ref().and_then(Login::poll_timeout);
        let ccp = self.ccp.as_ref().and_then(Ccp::poll_timeout);
        [login, ccp, self.ipcp.poll_timeout()].into_iter().flatten().min()
    }
}

/// A client that wants stateful keys has to ask for them; a server takes what it is asked for.
const fn stateful(config: &Config) -> Stateful {
    match (config.stateful, &config.side) {
        (false, _) => Stateful::Refused,
        (true, Side::Client(_)) => Stateful::Preferred,
        (true, Side::Server(_)) => Stateful::Accepted,
    }
}

fn ipcp_config(side: &Side) -> ipcp::Config {
    match side {
        Side::Client(_) => ipcp::Config::Client,
        Side::Server(config) => ipcp::Config::Server {
            local: config.local,
            peer: config.remote,
            dns: config.dns.clone(),
            nbns: Vec::new(),
        },
    }
}
