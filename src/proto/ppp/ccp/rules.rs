//! The options and codes of CCP.

use alloc::vec::Vec;

use culvert_model::{Cipher, Encryption, Evidence, Fault, FaultCode, KeyStrength};

use crate::ppp::negotiation::{Answer, End, Outbox, Rules, Verdict};
use crate::wire::ppp::{ControlPacket, code, push_option};

/// Types of configuration options (RFC 1962 section 4).
pub mod option {
    /// Microsoft Point-to-Point Compression and Encryption (RFC 2118 and RFC 3078).
    pub const MPPC_AND_MPPE: u8 = 18;
}

/// The Supported Bits of the option (RFC 3078 section 2.1).
pub mod bits {
    /// H: the key changes with every packet.
    pub const STATELESS: u32 = 0x0100_0000;
    /// M: 56-bit keys.
    pub const BITS_56: u32 = 0x80;
    /// S: 128-bit keys.
    pub const BITS_128: u32 = 0x40;
    /// L: 40-bit keys.
    pub const BITS_40: u32 = 0x20;
    /// C: MPPC compression.
    pub const COMPRESSION: u32 = 0x01;
}

const STRENGTHS: u32 = bits::BITS_56 | bits::BITS_128 | bits::BITS_40;
/// How often the peer may insist on stateful keys before we take it at its word.
const MAX_INSISTENCE: u8 = 3;

/// What is thought of stateful keys: they change every 256 packets instead of with every one, so they cost less,
/// and a lost packet costs all others until the next reset (RFC 3078 section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stateful {
    /// Not taken.
    #[default]
    Refused,
    /// Taken where the peer insists on them.
    Accepted,
    /// Asked for; stateless ones are taken where the peer insists on those.
    Preferred,
}

/// What is wanted of CCP.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether there must be encryption, and of what strength.
    pub encryption: Encryption,
    /// What is thought of keys that change only every 256 packets.
    pub stateful: Stateful,
    /// The strengths for which the login brought keys; none after PAP and CHAP with MD5.
    pub strengths: Vec<KeyStrength>,
}

impl Config {
    /// The strength bits that may be agreed on.
    fn allowed(&self) -> u32 {
        let fits = |strength: &&KeyStrength| match self.encryption {
            Encryption::Required128 => **strength == KeyStrength::Bits128,
            Encryption::Required | Encryption::Preferred => true,
            Encryption::None => false,
        };
        self.strengths.iter().filter(fits).fold(0, |all, &strength| all | strength_bit(strength))
    }
}

/// What CCP tells beside up, down and finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The peer lost track and wants our cipher to start afresh; it was acknowledged.
    ResetRequested,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PeerWish {
    /// Not known yet, or refused.
    Open,
    /// No encryption.
    Nothing,
    /// These bits.
    Mppe(u32),
}

/// What CCP has to say to options and codes.
#[derive(Debug)]
pub struct CcpRules {
    config: Config,
    /// The bits that we ask for; `None` asks for no encryption.
    asking: Option<u32>,
    /// Our request was acknowledged.
    settled: bool,
    peer: PeerWish,
    /// The strengths that the peer ever named.
    offered: u32,
    /// How often the peer asked for stateless keys where we prefer stateful ones.
    stateless_requests: u8,
    /// How often it proposed stateful keys that are not taken.
    stateful_naks: u8,
}

impl CcpRules {
    pub(super) const fn new(config: Config) -> Self {
        Self {
            config,
            asking: None,
            settled: false,
            peer: PeerWish::Open,
            offered: 0,
            stateless_requests: 0,
            stateful_naks: 0,
        }
    }

    const fn is_required(&self) -> bool {
        self.config.encryption.is_required()
    }

    /// The fault that no encryption amounts to, if it is one.
    fn fault(&self) -> Option<Fault> {
        let code = if self.offered == 0 { FaultCode::MppeNotOffered } else { FaultCode::MppeMismatch };
        self.is_required().then(|| Fault::new(code))
    }

    /// Asks for no encryption from here on, where that is allowed.
    fn ask_for_nothing(&mut self) -> Result<(), Fault> {
        self.asking = None;
        self.fault().map_or(Ok(()), Err)
    }

    /// What the peer should ask for that asked for `wish`; `None` where it should not ask.
    fn counter_offer(&mut self, wish: u32) -> Option<u32> {
        if let (true, asking) = (self.settled, self.asking) {
            return asking;
        }
        self.asking?;
        let allowed = self.config.allowed();
        let strength = match (strongest(wish & allowed), self.is_required()) {
            (Some(common), _) => common,
            (None, true) => strongest(allowed)?,
            (None, false) => return None,
        };
        let stateless = match (self.config.stateful, wish & bits::STATELESS != 0) {
            (Stateful::Refused, _) => true,
            (Stateful::Accepted, wanted) => wanted,
            (Stateful::Preferred, false) => false,
            // The first time round the peer is told what we would rather have, then it has its way.
            (Stateful::Preferred, true) => {
                self.stateless_requests = self.stateless_requests.saturating_add(1);
                self.stateless_requests > 1
            }
        };
        Some(if stateless { bits::STATELESS | strength } else { strength })
    }

    fn take_nak(&mut self, wish: u32) -> Result<(), Fault> {
        self.offered |= wish & STRENGTHS;
        let Some(strength) = strongest(wish & self.config.allowed()) else {
            return self.ask_for_nothing();
        };
        let stateful = wish & bits::STATELESS == 0;
        let refused = self.config.stateful == Stateful::Refused;
        if stateful && refused {
            self.stateful_naks = self.stateful_naks.saturating_add(1);
            if self.stateful_naks >= MAX_INSISTENCE {
                return self.ask_for_nothing();
            }
        }
        self.asking = Some(if stateful && !refused { strength } else { bits::STATELESS | strength });
        Ok(())
    }
}

impl Rules for CcpRules {
    type Agreed = Option<Cipher>;
    type Notice = Notice;

    fn begin(&mut self) {
        let allowed = self.config.allowed();
        let kind = if self.config.stateful == Stateful::Preferred { 0 } else { bits::STATELESS };
        self.asking = (allowed != 0).then_some(kind | allowed);
        self.settled = false;
        self.peer = PeerWish::Open;
        self.offered = 0;
        self.stateless_requests = 0;
        self.stateful_naks = 0;
    }

    fn request(&self, options: &mut Vec<u8>) {
        if let Some(asking) = self.asking {
            push_option(options, option::MPPC_AND_MPPE, &asking.to_be_bytes());
        }
    }

    fn handle_ack(&mut self) -> Result<Answer, Fault> {
        let fitting = match (self.asking, self.peer) {
            (Some(_), PeerWish::Mppe(wish)) => Some(wish),
            (Some(_), PeerWish::Nothing) if !self.is_required() => None,
            (Some(asking), _) => strongest(asking).map(|strength| asking & bits::STATELESS | strength),
            (None, _) => {
                self.ask_for_nothing()?;
                None
            }
        };
        self.settled = fitting == self.asking;
        self.asking = fitting;
        Ok(if self.settled { Answer::Settled } else { Answer::AskAgain })
    }

    fn handle_nak(&mut self, kind: u8, value: &[u8]) -> Result<(), Fault> {
        let (option::MPPC_AND_MPPE, &[a, b, c, d]) = (kind, value) else { return Ok(()) };
        match self.config.encryption {
            Encryption::None => Err(Fault::new(FaultCode::MppeRequiredByPeer)),
            _ if self.asking.is_none() => Ok(()),
            _ => self.take_nak(u32::from_be_bytes([a, b, c, d])),
        }
    }

    fn handle_reject(&mut self, _kind: u8) -> Result<(), Fault> {
        self.ask_for_nothing()
    }

    fn begin_judging(&mut self) {
        self.peer = PeerWish::Nothing;
    }

    fn judge(&mut self, kind: u8, value: &[u8]) -> Result<Verdict, Fault> {
        let (option::MPPC_AND_MPPE, &[a, b, c, d]) = (kind, value) else { return Ok(Verdict::Reject) };
        let wish = u32::from_be_bytes([a, b, c, d]);
        self.offered |= wish & STRENGTHS;
        self.peer = PeerWish::Open;
        match self.counter_offer(wish) {
            None => match self.fault() {
                Some(fault) => Err(fault),
                None => Ok(Verdict::Reject),
            },
            Some(offer) if offer == wish => {
                self.peer = PeerWish::Mppe(wish);
                Ok(Verdict::Acknowledge)
            }
            Some(offer) => Ok(Verdict::Nak(offer.to_be_bytes().to_vec())),
        }
    }

    fn missing(&mut self, options: &mut Vec<u8>) {
        let Some(asking) = self.asking else { return };
        if self.peer == PeerWish::Nothing && (self.is_required() || self.settled) {
            self.peer = PeerWish::Open;
            let wanted = strongest(asking).unwrap_or(0) | asking & bits::STATELESS;
            push_option(options, option::MPPC_AND_MPPE, &wanted.to_be_bytes());
        }
    }

    fn insists(&self) -> Option<Fault> {
        self.fault()
    }

    fn agreed(&self) -> Result<Option<Cipher>, Fault> {
        match (self.asking, self.peer) {
            (Some(asking), PeerWish::Mppe(wish)) if asking == wish => {
                cipher(asking).map(Some).ok_or_else(|| Fault::new(FaultCode::MppeMismatch))
            }
            (None, PeerWish::Nothing | PeerWish::Open) => self.fault().map_or(Ok(None), Err),
            _ => Err(Fault::new(FaultCode::MppeMismatch)),
        }
    }

    fn end(&self, end: End<'_>) -> Option<Fault> {
        let fault = self.fault()?;
        Some(match end {
            End::Unanswered(count) => fault.with(Evidence::Unanswered(count)),
            _ => fault,
        })
    }

    fn extends(&self, code: u8) -> bool {
        matches!(code, code::RESET_REQUEST | code::RESET_ACK)
    }

    fn handle_extension(
        &mut self,
        packet: &ControlPacket<'_>,
        out: &mut Outbox<Option<Cipher>, Notice>,
    ) -> Result<(), Fault> {
        if packet.code == code::RESET_REQUEST {
            out.send(code::RESET_ACK, packet.identifier, &[]);
            out.tell(Notice::ResetRequested);
        }
        Ok(())
    }
}

const fn strength_bit(strength: KeyStrength) -> u32 {
    match strength {
        KeyStrength::Bits40 => bits::BITS_40,
        KeyStrength::Bits56 => bits::BITS_56,
        KeyStrength::Bits128 => bits::BITS_128,
    }
}

/// The bit of the strongest of these strengths.
fn strongest(strengths: u32) -> Option<u32> {
    [bits::BITS_128, bits::BITS_56, bits::BITS_40].into_iter().find(|bit| strengths & bit != 0)
}

fn cipher(agreed: u32) -> Option<Cipher> {
    let strength = [KeyStrength::Bits128, KeyStrength::Bits56, KeyStrength::Bits40]
        .into_iter()
        .find(|&strength| agreed & STRENGTHS == strength_bit(strength))?;
    Some(Cipher { strength, stateful: agreed & bits::STATELESS == 0 })
}
