//! The options and codes of LCP.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use culvert_model::{AuthMethod, AuthMethods, Evidence, Fault, FaultCode};

use super::reason;
use crate::Chance;
use crate::ppp::negotiation::{End, Outbox, Rules, Verdict};
use crate::wire::ppp::{ControlPacket, code, protocol, push_option};

/// Types of configuration options (RFC 1661 section 6).
pub mod option {
    /// Maximum-Receive-Unit.
    pub const MAXIMUM_RECEIVE_UNIT: u8 = 1;
    /// Async-Control-Character-Map (RFC 1662 section 7.1), without meaning over PPTP.
    pub const ASYNC_CONTROL_CHARACTER_MAP: u8 = 2;
    /// Authentication-Protocol.
    pub const AUTHENTICATION_PROTOCOL: u8 = 3;
    /// Magic-Number.
    pub const MAGIC_NUMBER: u8 = 5;
    /// Protocol-Field-Compression.
    pub const PROTOCOL_FIELD_COMPRESSION: u8 = 7;
    /// Address-and-Control-Field-Compression.
    pub const ADDRESS_AND_CONTROL_FIELD_COMPRESSION: u8 = 8;
}

/// The MRU where none is agreed on (RFC 1661 section 6.1).
const DEFAULT_MRU: u16 = 1500;
/// The least MRU of a peer: it must take an IPv4 packet of 576 bytes (RFC 791 section 3.2) with what MPPE adds.
const SMALLEST_MRU: u16 = 580;
/// The least MRU that a peer may talk us into.
const SMALLEST_OWN_MRU: u16 = 128;
/// What a peer is told to ask for that asks for less.
const SENSIBLE_MRU: u16 = 1400;
/// Requests with our own magic number that make a loop, and Echo-Requests.
const LOOPED_REQUESTS: u8 = 5;
const LOOPED_ECHOES: u8 = 10;
/// The most methods of the peer to keep as evidence.
const MAX_METHODS_ASKED: usize = 8;

/// Which end of the link this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Logs in.
    Client,
    /// Demands a login.
    Server,
}

/// What is wanted of LCP.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which end this is.
    pub role: Role,
    /// The largest information field that we want to receive, in bytes.
    pub mru: u16,
    /// Client: the logins that we consent to. Server: those that it demands, one after the other; empty for none.
    pub auth: AuthMethods,
}

/// What both sides agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The largest information field that the peer receives, in bytes.
    pub peer_mru: u16,
    /// The largest that we told the peer to send, in bytes.
    pub mru: u16,
    /// Our magic number; 0 where the peer would not have one.
    pub magic: u32,
    /// The login that the peer demands of us.
    pub login: Option<AuthMethod>,
    /// The login that we demand of the peer.
    pub peer_login: Option<AuthMethod>,
    /// The peer can do without address and control field.
    pub address_and_control_field_compression: bool,
    /// The peer can do with a one-octet protocol field.
    pub protocol_field_compression: bool,
}

/// What LCP tells beside up, down and finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The peer does not speak this protocol (Protocol-Reject).
    ProtocolRejected(u16),
    /// The peer says what it is (Identification, RFC 1570 section 1.1).
    Identified(String),
    /// The peer says how many seconds the session may still last (Time-Remaining, RFC 1570 section 1.2).
    TimeRemaining(u32),
}

/// What LCP has to say to options and codes.
#[derive(Debug)]
pub struct LcpRules {
    config: Config,
    chance: Chance,
    mru: Option<u16>,
    magic: Option<u32>,
    demands: Vec<AuthMethod>,
    peer: Peer,
    asked: Vec<String>,
    login_naks: u8,
    looped_requests: u8,
    looped_echoes: u8,
}

#[derive(Clone, Copy, Debug, Default)]
struct Peer {
    mru: Option<u16>,
    magic: u32,
    login: Option<AuthMethod>,
    login_refused: bool,
    address_and_control_field_compression: bool,
    protocol_field_compression: bool,
}

impl LcpRules {
    pub(super) fn new(config: Config, chance: Chance) -> Self {
        Self {
            config,
            chance,
            mru: None,
            magic: None,
            demands: Vec::new(),
            peer: Peer::default(),
            asked: Vec::new(),
            login_naks: 0,
            looped_requests: 0,
            looped_echoes: 0,
        }
    }

    /// Our magic number as it stands in echoes.
    pub(super) fn magic(&self) -> u32 {
        self.magic.unwrap_or(0)
    }

    /// The largest information field that the peer receives.
    pub(super) fn peer_mru(&self) -> u16 {
        self.peer.mru.unwrap_or(DEFAULT_MRU)
    }

    fn judge_login(&mut self, value: &[u8]) -> Verdict {
        if self.config.role == Role::Server {
            return Verdict::Reject;
        }
        self.remember_asked(value);
        match auth_method(value) {
            Some(method) if self.config.auth.allows(method) => {
                self.peer.login = Some(method);
                Verdict::Acknowledge
            }
            _ => {
                self.peer.login_refused = true;
                self.suggest_login()
                    .map_or(Verdict::Reject, |method| Verdict::Nak(auth_option(method).to_vec()))
            }
        }
    }

    /// The best login twice, for a Nak may be lost; then the others, for servers that only take what is suggested.
    fn suggest_login(&mut self) -> Option<AuthMethod> {
        let nth = usize::from(self.login_naks).saturating_sub(1);
        self.login_naks = self.login_naks.saturating_add(1);
        let allowed = &self.config.auth;
        allowed.iter().nth(nth).or_else(|| allowed.iter().next())
    }

    fn remember_asked(&mut self, value: &[u8]) {
        let name = match value {
            [0xC2, 0x27, ..] => "eap".to_string(),
            _ => auth_method(value).map_or_else(|| unknown_method(value), |method| method.to_string()),
        };
        if !self.asked.contains(&name) && self.asked.len() < MAX_METHODS_ASKED {
            self.asked.push(name);
        }
    }

    fn judge_magic(&mut self, value: [u8; 4]) -> Result<Verdict, Fault> {
        let magic = u32::from_be_bytes(value);
        if magic != 0 && Some(magic) != self.magic {
            self.peer.magic = magic;
            self.looped_requests = 0;
            return Ok(Verdict::Acknowledge);
        }
        if magic != 0 {
            self.looped_requests = self.looped_requests.saturating_add(1);
            if self.looped_requests >= LOOPED_REQUESTS {
                return Err(Fault::new(FaultCode::Loopback));
            }
        }
        Ok(Verdict::Nak(self.chance.nonzero_u32().to_be_bytes().to_vec()))
    }

    /// The peer will not take the login that we demand, and may have named another.
    fn next_demand(&mut self, wanted: Option<AuthMethod>) -> Result<(), Fault> {
        match wanted {
            Some(method) if self.demands.contains(&method) => {
                self.demands.retain(|&other| other == method);
            }
            _ if !self.demands.is_empty() => {
                self.demands.remove(0);
            }
            _ => return Ok(()),
        }
        if self.demands.is_empty() { Err(Fault::new(FaultCode::AuthMethodRefused)) } else { Ok(()) }
    }

    /// The fault that a quarrel about the login amounts to.
    fn login_fault(&self) -> Fault {
        let only_eap = self.asked.iter().all(|name| name == "eap");
        let code = if only_eap { FaultCode::EapRequired } else { FaultCode::AuthMethodRefused };
        Fault::new(code).with(Evidence::MethodsAsked(self.asked.clone()))
    }

    fn terminated(&self, data: &[u8], opened: bool) -> Fault {
        let (named, said) = reason::read(data);
        let mut fault = match named {
            None | Some(FaultCode::AuthMethodRefused) if self.peer.login_refused => self.login_fault(),
            Some(code) => Fault::new(code),
            None if opened => Fault::new(FaultCode::PeerClosed),
            None => Fault::new(FaultCode::LcpTerminated),
        };
        fault.evidence.extend(said);
        fault
    }

    fn handle_echo_request(
        &mut self,
        packet: &ControlPacket<'_>,
        out: &mut Outbox<Agreed, Notice>,
    ) -> Result<(), Fault> {
        let Some((magic, rest)) = packet.data.split_first_chunk::<4>() else { return Ok(()) };
        if self.magic.is_some_and(|own| own == u32::from_be_bytes(*magic)) {
            self.looped_echoes = self.looped_echoes.saturating_add(1);
            if self.looped_echoes >= LOOPED_ECHOES {
                return Err(Fault::new(FaultCode::Loopback));
            }
        } else {
            self.looped_echoes = 0;
        }
        let mut reply = self.magic().to_be_bytes().to_vec();
        reply.extend_from_slice(rest);
        out.send(code::ECHO_REPLY, packet.identifier, &reply);
        Ok(())
    }
}

impl Rules for LcpRules {
    type Agreed = Agreed;
    type Notice = Notice;

    fn begin(&mut self) {
        self.mru = Some(self.config.mru);
        self.magic = Some(self.chance.nonzero_u32());
        self.demands = match self.config.role {
            Role::Server => self.config.auth.iter().collect(),
            Role::Client => Vec::new(),
        };
        self.peer = Peer::default();
        self.asked.clear();
        self.login_naks = 0;
        self.looped_requests = 0;
        self.looped_echoes = 0;
    }

    fn request(&self, options: &mut Vec<u8>) {
        if let Some(mru) = self.mru {
            push_option(options, option::MAXIMUM_RECEIVE_UNIT, &mru.to_be_bytes());
        }
        if let Some(&method) = self.demands.first() {
            push_option(options, option::AUTHENTICATION_PROTOCOL, auth_option(method));
        }
        if let Some(magic) = self.magic {
            push_option(options, option::MAGIC_NUMBER, &magic.to_be_bytes());
        }
    }

    fn handle_nak(&mut self, kind: u8, value: &[u8]) -> Result<(), Fault> {
        match (kind, value) {
            (option::MAXIMUM_RECEIVE_UNIT, &[high, low]) => {
                let wanted = u16::from_be_bytes([high, low]);
                self.mru = self.mru.and((SMALLEST_OWN_MRU..=DEFAULT_MRU).contains(&wanted).then_some(wanted));
            }
            (option::MAGIC_NUMBER, _) => self.magic = self.magic.map(|_| self.chance.nonzero_u32()),
            (option::AUTHENTICATION_PROTOCOL, value) => self.next_demand(auth_method(value))?,
            _ => {}
        }
        Ok(())
    }

    fn handle_reject(&mut self, kind: u8) -> Result<(), Fault> {
        match kind {
            option::MAXIMUM_RECEIVE_UNIT => self.mru = None,
            option::MAGIC_NUMBER => self.magic = None,
            option::AUTHENTICATION_PROTOCOL => return Err(Fault::new(FaultCode::AuthMethodRefused)),
            _ => {}
        }
        Ok(())
    }

    fn begin_judging(&mut self) {
        self.peer = Peer::default();
    }

    fn judge(&mut self, kind: u8, value: &[u8]) -> Result<Verdict, Fault> {
        Ok(match (kind, value) {
            (option::MAXIMUM_RECEIVE_UNIT, &[high, low]) => {
                let mru = u16::from_be_bytes([high, low]);
                if mru < SMALLEST_MRU {
                    return Ok(Verdict::Nak(SENSIBLE_MRU.to_be_bytes().to_vec()));
                }
                self.peer.mru = Some(mru);
                Verdict::Acknowledge
            }
            (option::ASYNC_CONTROL_CHARACTER_MAP, &[_, _, _, _]) => Verdict::Acknowledge,
            (option::AUTHENTICATION_PROTOCOL, value) => self.judge_login(value),
            (option::MAGIC_NUMBER, &[a, b, c, d]) => self.judge_magic([a, b, c, d])?,
            (option::PROTOCOL_FIELD_COMPRESSION, []) => {
                self.peer.protocol_field_compression = true;
                Verdict::Acknowledge
            }
            (option::ADDRESS_AND_CONTROL_FIELD_COMPRESSION, []) => {
                self.peer.address_and_control_field_compression = true;
                Verdict::Acknowledge
            }
            _ => Verdict::Reject,
        })
    }

    fn insists(&self) -> Option<Fault> {
        self.peer.login_refused.then(|| self.login_fault())
    }

    fn agreed(&self) -> Result<Agreed, Fault> {
        Ok(Agreed {
            peer_mru: self.peer_mru(),
            mru: self.mru.unwrap_or(DEFAULT_MRU),
            magic: self.magic(),
            login: self.peer.login,
            peer_login: self.demands.first().copied(),
            address_and_control_field_compression: self.peer.address_and_control_field_compression,
            protocol_field_compression: self.peer.protocol_field_compression,
        })
    }

    fn end(&self, end: End<'_>) -> Option<Fault> {
        Some(match end {
            End::Unanswered(count) => Fault::new(FaultCode::PppTimeout).with(Evidence::Unanswered(count)),
            End::Terminated { data, opened } => self.terminated(data, opened),
            End::Refused => Fault::new(FaultCode::LcpTerminated),
            End::Endless => Fault::new(FaultCode::PppNoAgreement),
        })
    }

    fn extends(&self, code: u8) -> bool {
        (code::PROTOCOL_REJECT..=code::TIME_REMAINING).contains(&code)
    }

    fn handle_extension(
        &mut self,
        packet: &ControlPacket<'_>,
        out: &mut Outbox<Agreed, Notice>,
    ) -> Result<(), Fault> {
        match (packet.code, packet.data) {
            (code::ECHO_REQUEST, _) => self.handle_echo_request(packet, out)?,
            (code::PROTOCOL_REJECT, &[high, low, ..]) => match u16::from_be_bytes([high, low]) {
                protocol::LCP => return Err(Fault::new(FaultCode::LcpTerminated)),
                other => out.tell(Notice::ProtocolRejected(other)),
            },
            (code::IDENTIFICATION, &[_, _, _, _, ref text @ ..]) => {
                if let Evidence::ServerText(text) = Evidence::server_text(text) {
                    out.tell(Notice::Identified(text));
                }
            }
            (code::TIME_REMAINING, &[_, _, _, _, a, b, c, d, ..]) => {
                out.tell(Notice::TimeRemaining(u32::from_be_bytes([a, b, c, d])));
            }
            _ => {}
        }
        Ok(())
    }
}

/// The value of the Authentication-Protocol option (RFC 1661 section 6.2, RFC 1994 section 3, RFC 2433, RFC 2759).
const fn auth_option(method: AuthMethod) -> &'static [u8] {
    match method {
        AuthMethod::Pap => &[0xC0, 0x23],
        AuthMethod::ChapMd5 => &[0xC2, 0x23, 0x05],
        AuthMethod::MsChapV1 => &[0xC2, 0x23, 0x80],
        AuthMethod::MsChapV2 => &[0xC2, 0x23, 0x81],
    }
}

fn auth_method(value: &[u8]) -> Option<AuthMethod> {
    AuthMethod::ALL.into_iter().find(|&method| auth_option(method) == value)
}

fn unknown_method(value: &[u8]) -> String {
    value.iter().take(4).map(|octet| format!("{octet:02x}")).collect()
}
