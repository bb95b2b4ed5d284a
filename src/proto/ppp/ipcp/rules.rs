//! The options of IPCP.

use alloc::vec::Vec;
use core::convert::Infallible;
use core::net::Ipv4Addr;

use culvert_model::{Evidence, Fault, FaultCode, is_host_address};

use crate::ppp::negotiation::{Answer, End, Negotiation, Rules, Verdict};
use crate::wire::ppp::push_option;

/// Types of configuration options (RFC 1332 section 3 and RFC 1877 section 1).
pub mod option {
    /// IP-Address.
    pub const IP_ADDRESS: u8 = 3;
    /// Primary DNS Server Address.
    pub const PRIMARY_DNS: u8 = 129;
    /// Primary NBNS Server Address.
    pub const PRIMARY_NBNS: u8 = 130;
    /// Secondary DNS Server Address.
    pub const SECONDARY_DNS: u8 = 131;
    /// Secondary NBNS Server Address.
    pub const SECONDARY_NBNS: u8 = 132;
}

/// The options with name servers, in the order in which they are asked for.
const NAME_SERVERS: [u8; 4] =
    [option::PRIMARY_DNS, option::PRIMARY_NBNS, option::SECONDARY_DNS, option::SECONDARY_NBNS];
/// How often the server may offer no address.
const MAX_NO_ADDRESS: u8 = 3;

/// What is wanted of IPCP.
#[derive(Clone, Debug)]
pub enum Config {
    /// Asks for an address and for name servers.
    Client,
    /// Gives an address.
    Server {
        /// The server's own address inside the tunnel.
        local: Ipv4Addr,
        /// The address for the client.
        peer: Ipv4Addr,
        /// Name servers for the client, two at most.
        dns: Vec<Ipv4Addr>,
        /// NetBIOS name servers for the client, two at most.
        nbns: Vec<Ipv4Addr>,
    },
}

/// What both sides agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Our address inside the tunnel.
    pub local: Ipv4Addr,
    /// The peer's, where it told one.
    pub peer: Option<Ipv4Addr>,
    /// Name servers that the peer gave us, without doubles.
    pub dns: Vec<Ipv4Addr>,
    /// NetBIOS name servers that the peer gave us, without doubles.
    pub nbns: Vec<Ipv4Addr>,
}

/// What IPCP has to say to options.
#[derive(Debug)]
pub struct IpcpRules {
    config: Config,
    /// Our own address; the unspecified one asks for one, and `None` leaves the option out.
    local: Option<Ipv4Addr>,
    /// The name servers that we still ask for, by option.
    name_servers: Vec<(u8, Ipv4Addr)>,
    peer: Option<Ipv4Addr>,
    peer_asked: bool,
    without_address: u8,
}

impl Negotiation<IpcpRules> {
    /// IPCP, neither open nor up.
    pub const fn new(config: Config) -> Self {
        Self::with_rules(IpcpRules {
            config,
            local: None,
            name_servers: Vec::new(),
            peer: None,
            peer_asked: false,
            without_address: 0,
        })
    }
}

impl IpcpRules {
    const fn is_client(&self) -> bool {
        matches!(self.config, Config::Client)
    }

    fn take_address(&mut self, address: Ipv4Addr) -> Result<(), Fault> {
        if !self.is_client() {
            return Ok(());
        }
        if address.is_unspecified() {
            self.without_address = self.without_address.saturating_add(1);
            if self.without_address >= MAX_NO_ADDRESS {
                return Err(Fault::new(FaultCode::NoAddress));
            }
        } else if !is_host_address(address) {
            return Err(Fault::new(FaultCode::BadAddress));
        }
        self.local = Some(address);
        Ok(())
    }

    /// What the server has for this option of the client.
    fn own_value(&self, kind: u8) -> Option<Ipv4Addr> {
        let Config::Server { peer, dns, nbns, .. } = &self.config else { return None };
        match kind {
            option::IP_ADDRESS => Some(*peer),
            option::PRIMARY_DNS => dns.first().copied(),
            option::SECONDARY_DNS => dns.get(1).copied(),
            option::PRIMARY_NBNS => nbns.first().copied(),
            option::SECONDARY_NBNS => nbns.get(1).copied(),
            _ => None,
        }
    }

    /// The client has nothing to give: any address of the server is as good as none.
    fn judge_as_client(&mut self, kind: u8, address: Ipv4Addr) -> Verdict {
        if kind != option::IP_ADDRESS || address.is_unspecified() {
            return Verdict::Reject;
        }
        self.peer = Some(address);
        Verdict::Acknowledge
    }

    fn judge_as_server(&mut self, kind: u8, address: Ipv4Addr) -> Verdict {
        match self.own_value(kind) {
            None => Verdict::Reject,
            Some(own) if own != address => Verdict::Nak(own.octets().to_vec()),
            Some(own) => {
                if kind == option::IP_ADDRESS {
                    self.peer = Some(own);
                }
                Verdict::Acknowledge
            }
        }
    }

    fn told(&self, kinds: [u8; 2]) -> Vec<Ipv4Addr> {
        let mut told = Vec::new();
        for &(kind, address) in &self.name_servers {
            if kinds.contains(&kind) && is_host_address(address) && !told.contains(&address) {
                told.push(address);
            }
        }
        told
    }
}

impl Rules for IpcpRules {
    type Agreed = Agreed;
    type Notice = Infallible;

    fn begin(&mut self) {
        let (local, wanted): (_, &[u8]) = match self.config {
            Config::Client => (Ipv4Addr::UNSPECIFIED, &NAME_SERVERS),
            Config::Server { local, .. } => (local, &[]),
        };
        self.local = Some(local);
        self.name_servers = wanted.iter().map(|&kind| (kind, Ipv4Addr::UNSPECIFIED)).collect();
        self.peer = None;
        self.without_address = 0;
    }

    fn request(&self, options: &mut Vec<u8>) {
        if let Some(local) = self.local {
            push_option(options, option::IP_ADDRESS, &local.octets());
        }
        for (kind, address) in &self.name_servers {
            push_option(options, *kind, &address.octets());
        }
    }

    fn handle_ack(&mut self) -> Result<Answer, Fault> {
        match self.local {
            Some(local) if local.is_unspecified() => {
                self.take_address(local)?;
                Ok(Answer::AskAgain)
            }
            _ => Ok(Answer::Settled),
        }
    }

    fn handle_nak(&mut self, kind: u8, value: &[u8]) -> Result<(), Fault> {
        let &[a, b, c, d] = value else { return Ok(()) };
        let address = Ipv4Addr::new(a, b, c, d);
        if kind == option::IP_ADDRESS {
            return self.take_address(address);
        }
        if address.is_unspecified() {
            self.name_servers.retain(|&(asked, _)| asked != kind);
        }
        for (_, told) in self.name_servers.iter_mut().filter(|(asked, _)| *asked == kind) {
            *told = address;
        }
        Ok(())
    }

    fn handle_reject(&mut self, kind: u8) -> Result<(), Fault> {
        if kind == option::IP_ADDRESS {
            if self.is_client() {
                return Err(Fault::new(FaultCode::NoAddress));
            }
            self.local = None;
        }
        self.name_servers.retain(|&(asked, _)| asked != kind);
        Ok(())
    }

    fn begin_judging(&mut self) {
        self.peer = None;
        self.peer_asked = false;
    }

    fn judge(&mut self, kind: u8, value: &[u8]) -> Result<Verdict, Fault> {
        let known = kind == option::IP_ADDRESS || NAME_SERVERS.contains(&kind);
        let &[a, b, c, d] = value else { return Ok(Verdict::Reject) };
        let address = Ipv4Addr::new(a, b, c, d);
        self.peer_asked |= kind == option::IP_ADDRESS;
        Ok(match known {
            false => Verdict::Reject,
            true if self.is_client() => self.judge_as_client(kind, address),
            true => self.judge_as_server(kind, address),
        })
    }

    fn missing(&mut self, options: &mut Vec<u8>) {
        if let (Config::Server { peer, .. }, false) = (&self.config, self.peer_asked) {
            push_option(options, option::IP_ADDRESS, &peer.octets());
        }
    }

    fn agreed(&self) -> Result<Agreed, Fault> {
        let local = match &self.config {
            Config::Client => self.local.ok_or_else(|| Fault::new(FaultCode::NoAddress))?,
            Config::Server { local, .. } => *local,
        };
        Ok(Agreed {
            local,
            peer: self.peer,
            dns: self.told([option::PRIMARY_DNS, option::SECONDARY_DNS]),
            nbns: self.told([option::PRIMARY_NBNS, option::SECONDARY_NBNS]),
        })
    }

    fn end(&self, end: End<'_>) -> Option<Fault> {
        Some(match end {
            End::Unanswered(count) => Fault::new(FaultCode::IpcpFailed).with(Evidence::Unanswered(count)),
            End::Terminated { data, .. } => {
                let fault = Fault::new(FaultCode::NcpTerminated);
                if data.is_empty() { fault } else { fault.with(Evidence::server_text(data)) }
            }
            End::Refused => Fault::new(FaultCode::IpcpRejected),
            End::Endless => Fault::new(FaultCode::IpcpFailed),
        })
    }
}
