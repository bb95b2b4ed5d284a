//! The phases and the way from one to the next.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;

use culvert_model::{Cipher, Encryption, Fault, FaultCode, Instant, Network as Agreement, Secret, Stage};
use zeroize::Zeroizing;

use super::config::{Config, Side};
use super::login::{self, Login};
use super::network::Network;
use crate::ppp::auth::{self, Form};
use crate::ppp::ccp::{self, Ccp};
use crate::ppp::ipcp;
use crate::ppp::lcp::{self, Lcp, Notice};
use crate::ppp::mppe::{Decryptor, Encryptor, ResetStyle};
use crate::pptp::call::{Gate, OpenCommand, SealCommand, Shared, Trouble};
use crate::session::Command;
use crate::wire::ppp::{frame, protocol};
use crate::{Chance, Error};

/// What happened on the link.
#[derive(Debug)]
pub(crate) enum Event {
    /// The next step of connecting was reached.
    StageReached(Stage),
    /// The person must give a password.
    PasswordWanted {
        /// Why the last one was not taken.
        refused: Option<Fault>,
    },
    /// IP flows.
    Up(Agreement),
    /// IP flows no more, until the next [`Event::Up`].
    Down,
    /// The link cannot be used, for this reason; it is to be closed.
    Failed(Fault),
    /// The peer says what it is (Identification, RFC 1570 section 1.1).
    Identified(String),
    /// The peer says how long the session may still last (Time-Remaining, RFC 1570 section 1.2).
    TimeRemaining(Duration),
    /// The link was closed in order.
    Closed,
}

/// One link.
#[derive(Debug)]
pub(crate) struct Link {
    config: Config,
    shared: Arc<Shared>,
    chance: Chance,
    reset_style: ResetStyle,
    lcp: Lcp,
    /// What the peer takes, as agreed by LCP.
    peer_mru: u16,
    phase: Phase,
    was_encrypted: bool,
    /// How the refused credentials could be presented on another link.
    other_form: Option<Form>,
    commands: VecDeque<Command>,
    events: VecDeque<Event>,
}

#[derive(Debug)]
enum Phase {
    Establish,
    Authenticate(Box<Login>),
    Network(Box<Network>),
    Terminate,
}

impl Link {
    /// A link over a call that was just established: LCP starts at once, for some peers wait for us.
    pub(crate) fn new(
        config: Config,
        reset_style: ResetStyle,
        shared: Arc<Shared>,
        mut chance: Chance,
        now: Instant,
    ) -> Self {
        let mut lcp = Lcp::new(config.lcp(), chance.fork());
        lcp.open(now);
        lcp.up(now);
        let mut link = Self {
            config,
            shared,
            chance,
            reset_style,
            lcp,
            peer_mru: super::config::DEFAULT_MRU,
            phase: Phase::Establish,
            was_encrypted: false,
            other_form: None,
            commands: VecDeque::new(),
            events: VecDeque::new(),
        };
        link.settle(now);
        link
    }

    /// A frame came in.
    pub(crate) fn handle_frame(&mut self, protocol: u16, information: &[u8], now: Instant) {
        self.events.push_back(Event::StageReached(Stage::AgreeingOnLink));
        match protocol {
            protocol::LCP => discard(self.lcp.handle_packet(information, now)),
            protocol::PAP | protocol::CHAP | protocol::EAP => self.handle_login(protocol, information, now),
            protocol::CCP | protocol::IPCP => self.handle_network(protocol, information, now),
            protocol::CBCP => self.answer_callback(information),
            _ => self.lcp.protocol_reject(protocol, information),
        }
        self.settle(now);
    }

    /// The data path cannot go on by itself.
    pub(crate) fn handle_trouble(&mut self, trouble: Trouble, now: Instant) {
        match trouble {
            Trouble::ResetNeeded => {
                if let Some(ccp) = self.ccp_mut() {
                    ccp.request_reset();
                }
            }
            Trouble::KeysDiffer => self.fail(Fault::new(FaultCode::MppeKeysDiffer)),
            Trouble::Garbled => self.fail(Fault::new(FaultCode::PppGarbled)),
        }
        self.settle(now);
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.lcp.handle_timeout(now);
        match &mut self.phase {
            Phase::Authenticate(login) => login.handle_timeout(now),
            Phase::Network(network) => network.handle_timeout(now),
            Phase::Establish | Phase::Terminate => {}
        }
        self.settle(now);
    }

    /// The person's answer to [`Event::PasswordWanted`]; kept for later logins of the same link.
    pub(crate) fn answer(&mut self, password: Secret, now: Instant) {
        let Side::Client(config) = &mut self.config.side else { return };
        config.password = Some(password.clone());
        let login = match &mut self.phase {
            Phase::Authenticate(login) => Some(&mut **login),
            Phase::Network(network) => network.login.as_mut(),
            Phase::Establish | Phase::Terminate => None,
        };
        if let Some(login) = login {
            login.answer(&config.login_name, password, now);
        }
        self.settle(now);
    }

    /// Asks the peer whether it is alive (RFC 1661 section 5.8).
    pub(crate) fn ask_for_life(&mut self, now: Instant) {
        self.lcp.echo();
        self.settle(now);
    }

    /// Sends what LCP has asked and the peer has not answered once more, ahead of time.
    pub(crate) fn repeat_request(&mut self, now: Instant) {
        self.lcp.repeat_request(now);
        self.settle(now);
    }

    /// Closes the link, telling the peer why if there is a reason; [`Event::Closed`] follows.
    pub(crate) fn close(&mut self, reason: Option<&Fault>, now: Instant) {
        self.leave_network();
        self.phase = Phase::Terminate;
        self.lcp.close_with(reason.map(goodbye).unwrap_or_default().into(), now);
        self.settle(now);
    }

    /// Whether LCP is open, so that echoes are answered.
    pub(crate) fn is_opened(&self) -> bool {
        self.lcp.is_opened()
    }

    /// How many Configure-Requests of LCP were sent, if not one of them was ever answered.
    pub(crate) fn unanswered(&self) -> Option<u32> {
        self.lcp.unanswered()
    }

    /// Why the last try to log in was refused, while another one is under way.
    pub(crate) fn refusal(&self) -> Option<&Fault> {
        match &self.phase {
            Phase::Authenticate(login) => login.refusal(),
            Phase::Establish | Phase::Network(_) | Phase::Terminate => None,
        }
    }

    /// How the credentials that were refused could be presented on another link.
    pub(crate) fn other_form(&self) -> Option<Form> {
        self.other_form
    }

    pub(crate) fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let phase = match &self.phase {
            Phase::Authenticate(login) => login.poll_timeout(),
            Phase::Network(network) => network.poll_timeout(),
            Phase::Establish | Phase::Terminate => None,
        };
        [self.lcp.poll_timeout(), phase].into_iter().flatten().min()
    }

    /// Sends what the layers have to send and passes on their events, until they are silent. Frames go first:
    /// what a layer acknowledged must be on its way before the consequences.
    fn settle(&mut self, now: Instant) {
        loop {
            self.collect_frames();
            if let Some(event) = self.lcp.poll_event() {
                self.on_lcp(event, now);
            } else if let Some(event) = self.login_mut().and_then(Login::poll_event) {
                self.on_login(event, now);
            } else if let Some(event) = self.ccp_mut().and_then(Ccp::poll_event) {
                self.on_ccp(event);
            } else if let Some(event) = self.network_mut().and_then(|network| network.ipcp.poll_event()) {
                self.on_ipcp(event);
            } else {
                break;
            }
        }
    }

    fn collect_frames(&mut self) {
        while let Some(packet) = self.lcp.poll_transmit() {
            self.send(protocol::LCP, &packet);
        }
        while let Some((protocol, packet)) =
            self.login_mut().and_then(|login| Some((login.protocol(), login.poll_transmit()?)))
        {
            // In PAP it holds the password.
            self.send(protocol, &Zeroizing::new(packet));
        }
        while let Some(packet) = self.ccp_mut().and_then(Ccp::poll_transmit) {
            self.send(protocol::CCP, &packet);
        }
        while let Some(packet) = self.network_mut().and_then(|network| network.ipcp.poll_transmit()) {
            self.send(protocol::IPCP, &packet);
        }
    }

    fn send(&mut self, protocol: u16, packet: &[u8]) {
        self.commands.push_back(Command::Seal(SealCommand::Frame(frame(protocol, packet).into())));
    }

    fn handle_login(&mut self, protocol: u16, information: &[u8], now: Instant) {
        if !self.lcp.is_opened() {
            return;
        }
        match self.login_mut() {
            Some(login) if login.speaks(protocol) => login.handle_packet(information, now),
            // A login that nobody agreed on.
            _ => self.lcp.protocol_reject(protocol, information),
        }
    }

    /// Before the login is through, these are discarded: the peer asks again (RFC 1661 section 3.5).
    fn handle_network(&mut self, protocol: u16, information: &[u8], now: Instant) {
        let Phase::Network(network) = &mut self.phase else { return };
        match (protocol, &mut network.ccp) {
            (protocol::IPCP, _) => discard(network.ipcp.handle_packet(information, now)),
            (_, Some(ccp)) => discard(ccp.handle_packet(information, now)),
            (_, None) => self.lcp.protocol_reject(protocol, information),
        }
    }

    /// Callback control (CBCP) comes from RRAS where callback was acknowledged. It never is, but the answer "no
    /// callback" costs nothing.
    fn answer_callback(&mut self, information: &[u8]) {
        if let [1, identifier, ..] = information {
            self.send(protocol::CBCP, &[2, *identifier, 0, 6, 1, 2]);
        }
    }

    fn on_lcp(&mut self, event: lcp::Event, now: Instant) {
        match event {
            lcp::Event::Up(agreed) => self.authenticate(&agreed, now),
            lcp::Event::Down => {
                self.leave_network();
                if !matches!(self.phase, Phase::Terminate) {
                    self.phase = Phase::Establish;
                }
            }
            lcp::Event::Finished(fault) => self.on_lcp_finished(fault),
            lcp::Event::Noticed(Notice::ProtocolRejected(protocol)) => {
                self.on_protocol_rejected(protocol, now)
            }
            lcp::Event::Noticed(Notice::Identified(text)) => self.events.push_back(Event::Identified(text)),
            lcp::Event::Noticed(Notice::TimeRemaining(seconds)) => {
                self.events.push_back(Event::TimeRemaining(Duration::from_secs(seconds.into())));
            }
        }
    }

    fn on_lcp_finished(&mut self, fault: Option<Fault>) {
        match (&self.phase, fault) {
            (Phase::Terminate, _) => self.events.push_back(Event::Closed),
            (_, Some(fault)) => self.fail(fault),
            (_, None) => self.fail(Fault::new(FaultCode::LcpTerminated)),
        }
    }

    fn on_protocol_rejected(&mut self, protocol: u16, now: Instant) {
        match protocol {
            protocol::CCP => {
                if let Some(ccp) = self.ccp_mut() {
                    ccp.handle_protocol_reject(now);
                }
            }
            protocol::IPCP => self.fail(Fault::new(FaultCode::IpcpRejected)),
            protocol::LCP | protocol::CHAP | protocol::PAP => {
                self.fail(Fault::new(FaultCode::PppNoAgreement));
            }
            _ => {}
        }
    }

    /// LCP is open: who has to log in?
    fn authenticate(&mut self, agreed: &lcp::Agreed, now: Instant) {
        self.peer_mru = agreed.peer_mru;
        self.commands.push_back(Command::Seal(SealCommand::Compress {
            acfc: agreed.address_and_control_field_compression,
            pfc: agreed.protocol_field_compression,
        }));
        let method = match &self.config.side {
            Side::Client(_) => agreed.login,
            Side::Server(_) => agreed.peer_login,
        };
        match method {
            Some(method) => {
                self.events.push_back(Event::StageReached(Stage::CheckingPassword));
                let login = Login::new(&self.config.side, method, self.chance.fork(), now);
                self.phase = Phase::Authenticate(Box::new(login));
            }
            None if self.config.needs_proof() => self.fail(Fault::new(FaultCode::AuthMethodRefused)),
            None => self.enter_network(None, None, now),
        }
    }

    fn on_login(&mut self, event: login::Event, now: Instant) {
        match event {
            login::Event::PasswordWanted => self.events.push_back(Event::PasswordWanted { refused: None }),
            login::Event::Auth(auth::Event::Succeeded { keys }) => {
                // A repeated challenge keeps the keys of the first login (RFC 3079 section 3).
                if let Phase::Authenticate(login) = core::mem::replace(&mut self.phase, Phase::Establish) {
                    self.enter_network(Some(*login), keys, now);
                }
            }
            login::Event::Auth(auth::Event::Refused { fault, retry: true, .. }) if self.is_client() => {
                self.forget_password();
                self.events.push_back(Event::PasswordWanted { refused: Some(fault) });
            }
            login::Event::Auth(auth::Event::Refused { retry: true, .. }) => {}
            login::Event::Auth(auth::Event::Refused { fault, other_form, .. }) => {
                self.other_form = other_form;
                self.fail(fault);
            }
            login::Event::Auth(auth::Event::Failed(fault)) => self.fail(fault),
        }
    }

    /// The login is through: encryption and addresses are negotiated at the same time, because some servers take
    /// CCP only before IPCP is open.
    fn enter_network(&mut self, login: Option<Login>, keys: Option<auth::StartKeys>, now: Instant) {
        let method = login.as_ref().map(|login| login.method);
        let strengths = self.config.strengths(method);
        if strengths.is_empty() && self.config.encryption.is_required() {
            return self.fail(Fault::new(FaultCode::MppeNotOffered));
        }
        let stage = if strengths.is_empty() { Stage::GettingAddress } else { Stage::StartingEncryption };
        self.events.push_back(Event::StageReached(stage));
        let network = Network::new(&self.config, login, keys, now);
        self.phase = Phase::Network(Box::new(network));
    }

    fn on_ccp(&mut self, event: ccp::Event) {
        match event {
            ccp::Event::Up(cipher) => self.settle_cipher(cipher),
            ccp::Event::Down => self.on_ccp_down(),
            ccp::Event::Finished(fault) => match fault {
                Some(fault) if self.config.encryption.is_required() => self.fail(fault),
                _ => self.settle_cipher(None),
            },
            ccp::Event::Noticed(ccp::Notice::ResetRequested) => {
                self.commands.push_back(Command::Seal(SealCommand::ResetEncryption));
            }
        }
    }

    /// Encryption that ran is negotiated anew: with the same keys the same keystream would run again, so that is
    /// the end of this tunnel and not a pause.
    fn on_ccp_down(&mut self) {
        let Some(network) = self.network_mut() else { return };
        let was_encrypted = network.cipher.flatten().is_some();
        network.cipher = None;
        if was_encrypted {
            self.fail(Fault::new(FaultCode::MppeMismatch));
        }
    }

    /// It is settled how the traffic is encrypted.
    fn settle_cipher(&mut self, cipher: Option<Cipher>) {
        // What was encrypted once is never carried in clear later, whatever the profile would have allowed.
        if cipher.is_none() && self.was_encrypted {
            return self.fail(Fault::new(FaultCode::MppeMismatch));
        }
        self.was_encrypted |= cipher.is_some();
        let required = self.config.encryption.is_required();
        let reset_style = self.reset_style;
        let Some(network) = self.network_mut() else { return };
        if network.cipher.is_some() && cipher.is_none() {
            return;
        }
        if cipher.is_none() && required {
            return self.fail(Fault::new(FaultCode::MppeNotOffered));
        }
        let tell_again = network.told_up && network.cipher != Some(cipher);
        network.cipher = Some(cipher);
        if tell_again {
            network.told_up = false;
            self.events.push_back(Event::Down);
        }
        let Some(network) = self.network_mut() else { return };
        if let (Some(cipher), Some(keys)) = (cipher, &network.keys) {
            let encrypt = SealCommand::Encrypt(Encryptor::new(keys, cipher, reset_style));
            let decrypt = OpenCommand::Decrypt(Decryptor::new(keys, cipher));
            self.commands.extend([Command::Open(decrypt), Command::Seal(encrypt)]);
        }
        self.events.push_back(Event::StageReached(Stage::GettingAddress));
        self.tell_up();
    }

    fn on_ipcp(&mut self, event: ipcp::Event) {
        match event {
            ipcp::Event::Up(addresses) => {
                if let Some(network) = self.network_mut() {
                    network.addresses = Some(addresses);
                }
                self.tell_up();
            }
            ipcp::Event::Down => self.tell_down(),
            ipcp::Event::Finished(fault) => {
                self.fail(fault.unwrap_or_else(|| Fault::new(FaultCode::NcpTerminated)));
            }
        }
    }

    /// Tells that IP flows, once both addresses and encryption are settled, and opens the gate for it.
    fn tell_up(&mut self) {
        let mtu = self.config.tunnel_mtu(self.peer_mru);
        let server = self.config.server_address();
        let Some(network) = self.network_mut() else { return };
        let (Some(cipher), Some(addresses), false) = (network.cipher, &network.addresses, network.told_up)
        else {
            return;
        };
        let agreement = Agreement {
            server,
            address: addresses.local,
            peer: addresses.peer,
            dns: addresses.dns.clone(),
            nbns: addresses.nbns.clone(),
            mtu,
            cipher,
            auth: network.login.as_ref().map(|login| login.method),
            interface: None,
        };
        network.told_up = true;
        self.shared.set_gate(if cipher.is_some() { Gate::Encrypted } else { Gate::Clear });
        self.events.push_back(Event::Up(agreement));
    }

    fn tell_down(&mut self) {
        self.shared.set_gate(Gate::Closed);
        let Some(network) = self.network_mut() else { return };
        network.addresses = None;
        if core::mem::take(&mut network.told_up) {
            self.events.push_back(Event::Down);
        }
    }

    /// The network phase is over: no IP, no keys.
    fn leave_network(&mut self) {
        self.tell_down();
        if let Phase::Network(_) = self.phase {
            self.phase = Phase::Establish;
            self.commands.extend([Command::Open(OpenCommand::Clear), Command::Seal(SealCommand::Clear)]);
        }
    }

    fn fail(&mut self, mut fault: Fault) {
        // The peer misses encryption, and it was our own profile that forbade it.
        if fault.code == FaultCode::MppeMismatch && self.config.encryption == Encryption::None {
            fault.code = FaultCode::MppeRequiredByPeer;
        }
        // A server that grants another try and hangs up all the same did refuse the login.
        let says_nothing = matches!(
            fault.code,
            FaultCode::PeerClosed | FaultCode::LcpTerminated | FaultCode::PppTimeout | FaultCode::AuthTimeout
        );
        if says_nothing && let Some(refusal) = self.refusal() {
            fault = refusal.clone();
        }
        self.shared.set_gate(Gate::Closed);
        self.events.push_back(Event::Failed(fault));
    }

    /// A refused password is never sent again by itself, not even where the peer starts over.
    fn forget_password(&mut self) {
        if let Side::Client(config) = &mut self.config.side {
            config.password = None;
        }
    }

    fn is_client(&self) -> bool {
        matches!(self.config.side, Side::Client(_))
    }

    fn network_mut(&mut self) -> Option<&mut Network> {
        match &mut self.phase {
            Phase::Network(network) => Some(network),
            _ => None,
        }
    }

    fn ccp_mut(&mut self) -> Option<&mut Ccp> {
        self.network_mut().and_then(|network| network.ccp.as_mut())
    }

    fn login_mut(&mut self) -> Option<&mut Login> {
        match &mut self.phase {
            Phase::Authenticate(login) => Some(&mut **login),
            Phase::Network(network) => network.login.as_mut(),
            _ => None,
        }
    }
}

/// What the peer is told in a Terminate-Request: the words that pppd uses, which other clients know.
const fn goodbye(fault: &Fault) -> &'static [u8] {
    match fault.code {
        FaultCode::MppeNotOffered => b"MPPE required but peer negotiation failed",
        FaultCode::MppeMismatch | FaultCode::MppeKeysDiffer => b"MPPE keys or settings differ",
        FaultCode::AuthRejected => b"Authentication failed",
        FaultCode::AuthMethodRefused => b"Peer refused to authenticate",
        FaultCode::Loopback => b"Loopback detected",
        FaultCode::ServerShutdown => b"The server is shutting down",
        _ => b"",
    }
}

/// A packet that a layer could not take changes nothing: where it mattered, the peer sends it again.
fn discard(_taken: Result<(), Error>) {}
