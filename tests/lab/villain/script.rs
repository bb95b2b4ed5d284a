//! What a case makes the villain do.

use std::net::Ipv4Addr;

/// The villain's turns, in the order of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The Start-Control-Connection-Reply.
    Start,
    /// The Outgoing-Call-Reply.
    Call,
    /// Its own Configure-Request of LCP.
    Link,
    /// Its answer to the client's.
    LinkAnswer,
    /// The Challenge.
    Challenge,
    /// The verdict on the login.
    Verdict,
    /// CCP.
    Encryption,
    /// IPCP.
    Address,
    /// What comes after.
    Talk,
}

/// How its control messages come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At once and whole.
    Whole,
    /// The first half, and no more.
    Half,
    /// One byte every five seconds.
    Drops,
}

/// What it asks for in LCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// MS-CHAPv2, as it should.
    MsChapV2,
    /// This protocol, and CHAP's algorithm where it is CHAP.
    Other(u16, Option<u8>),
    /// No login at all.
    None,
}

/// What it says of itself once it has the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// That it knows the password.
    Right,
    /// That it knows another one.
    Wrong,
    /// Nothing but "success".
    Missing,
}

/// What it makes of encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// MPPE with these of the supported bits (RFC 3078 section 2.1).
    Bits(u32),
    /// CCP without a single option.
    Nothing,
    /// It knows no CCP (Protocol-Reject).
    Unknown,
}

/// Everything about one villain. The default is a server like any other.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// From here on not a word.
    pub silent_from: Phase,
    /// How the control messages come from here on.
    pub pace: (Phase, Pace),
    /// While it is silent in LCP, it begins anew again and again.
    pub begins_anew: bool,
    /// What it asks for.
    pub login: Login,
    /// Its proof.
    pub proof: Proof,
    /// Its encryption.
    pub offer: Offer,
    /// The MRU that it insists on.
    pub mru: Option<u16>,
    /// Its own address inside the tunnel.
    pub own: Ipv4Addr,
    /// The client's.
    pub client: Ipv4Addr,
    /// The name servers that it hands out.
    pub dns: [Ipv4Addr; 2],
}

impl Script {
    /// MPPE with 128 bits, stateless.
    pub const STATELESS_128: u32 = 0x0100_0040;

    /// Whether it says its part of `phase`.
    pub fn speaks(&self, phase: Phase) -> bool {
        phase < self.silent_from
    }
}

impl Default for Script {
    fn default() -> Self {
        Self {
            silent_from: Phase::Talk,
            pace: (Phase::Talk, Pace::Whole),
            begins_anew: false,
            login: Login::MsChapV2,
            proof: Proof::Right,
            offer: Offer::Bits(Self::STATELESS_128),
            mru: None,
            own: Ipv4Addr::new(10, 66, 0, 1),
            client: Ipv4Addr::new(10, 66, 0, 2),
            dns: [Ipv4Addr::new(10, 66, 0, 1), Ipv4Addr::new(10, 66, 0, 3)],
        }
    }
}
