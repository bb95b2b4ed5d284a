//! PPP, as far as a server needs it to get where the script wants it.

use std::time::{Duration, Instant};

use culvert_proto::ppp::auth::ms_chap::nt_password_hash;
use culvert_proto::ppp::auth::ms_chap_v2::{authenticator_response, challenge_hash};

use super::script::{Login, Offer, Phase, Proof, Script};
use crate::server::PASSWORD;

pub const LCP: u16 = 0xc021;
pub const PAP: u16 = 0xc023;
pub const CHAP: u16 = 0xc223;
pub const CCP: u16 = 0x80fd;
pub const IPCP: u16 = 0x8021;

const CONFIGURE_REQUEST: u8 = 1;
const CONFIGURE_ACK: u8 = 2;
const CONFIGURE_NAK: u8 = 3;
const CONFIGURE_REJECT: u8 = 4;
const TERMINATE_REQUEST: u8 = 5;
const TERMINATE_ACK: u8 = 6;
const PROTOCOL_REJECT: u8 = 8;
const ECHO_REQUEST: u8 = 9;

const CHALLENGE: [u8; 16] = *b"sixteen octets!!";
const MAGIC: [u8; 4] = [0x66, 0x66, 0x66, 0x66];
/// How often a request is said before nothing more comes of it.
const PATIENCE: u8 = 20;

/// One negotiation.
#[derive(Default)]
struct Layer {
    /// Whether our request was acknowledged, and theirs.
    ours: bool,
    theirs: bool,
    said: u8,
    last: Option<Instant>,
}

impl Layer {
    fn is_open(&self) -> bool {
        self.ours && self.theirs
    }

    fn is_due(&self) -> bool {
        !self.ours
            && self.said < PATIENCE
            && self.last.is_none_or(|last| last.elapsed() > Duration::from_secs(1))
    }
}

/// One link.
#[derive(Default)]
pub struct Link {
    link: Layer,
    encryption: Layer,
    address: Layer,
    challenged: Option<Instant>,
    logged_in: bool,
    out: Vec<Vec<u8>>,
}

impl Link {
    /// What there is to say.
    pub fn take(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.out)
    }

    /// Says again what was not answered.
    pub fn tick(&mut self, script: &Script) {
        if script.begins_anew && self.link.last.is_none_or(|last| last.elapsed() > Duration::from_secs(2)) {
            self.link.ours = false;
        }
        if script.speaks(Phase::Link) && self.link.is_due() {
            self.request(LCP, &link_options(script));
        }
        let is_open = self.link.is_open();
        if is_open && script.login == Login::None {
            self.logged_in = true;
        }
        let waits = self.challenged.is_none_or(|last| last.elapsed() > Duration::from_secs(2));
        if is_open && !self.logged_in && waits && script.speaks(Phase::Challenge) {
            self.challenge(script.login);
        }
        if let Offer::Bits(bits) = script.offer
            && self.logged_in
            && script.speaks(Phase::Encryption)
            && self.encryption.is_due()
        {
            self.request(CCP, &mppe(bits));
        }
        if self.logged_in && script.speaks(Phase::Address) && self.address.is_due() {
            self.request(IPCP, &option(3, &script.own.octets()));
        }
    }

    /// Takes a frame of this protocol.
    pub fn handle(&mut self, protocol: u16, packet: &[u8], script: &Script) {
        let Some((&[code, identifier, ..], options)) = packet.split_at_checked(4).map(|(h, o)| {
            let header: &[u8; 4] = h.try_into().expect("four octets");
            (header, o)
        }) else {
            return;
        };
        match (protocol, code) {
            (LCP | CCP | IPCP, CONFIGURE_REQUEST) => self.judge(protocol, identifier, options, script),
            (LCP | CCP | IPCP, CONFIGURE_ACK) => self.layer(protocol).ours = true,
            // It insists: the same again, a little later.
            (LCP | CCP | IPCP, CONFIGURE_NAK | CONFIGURE_REJECT) => {}
            (LCP | CCP | IPCP, TERMINATE_REQUEST) if script.speaks(Phase::LinkAnswer) => {
                self.say(protocol, TERMINATE_ACK, identifier, &[]);
            }
            (LCP, ECHO_REQUEST) if script.speaks(Phase::LinkAnswer) => self.say(LCP, 10, identifier, &MAGIC),
            (PAP, 1) if script.speaks(Phase::Verdict) => {
                self.logged_in = true;
                self.say(PAP, 2, identifier, &[0]);
            }
            (CHAP, 2) if script.speaks(Phase::Verdict) => self.verdict(identifier, options, script),
            _ => {}
        }
    }

    fn layer(&mut self, protocol: u16) -> &mut Layer {
        match protocol {
            LCP => &mut self.link,
            CCP => &mut self.encryption,
            _ => &mut self.address,
        }
    }

    fn judge(&mut self, protocol: u16, identifier: u8, options: &[u8], script: &Script) {
        let phase = match protocol {
            LCP => Phase::LinkAnswer,
            CCP => Phase::Encryption,
            _ => Phase::Address,
        };
        if !script.speaks(phase) {
            return;
        }
        if protocol == CCP && script.offer == Offer::Unknown {
            let mut refused = CCP.to_be_bytes().to_vec();
            refused.extend(packet(CONFIGURE_REQUEST, identifier, options));
            return self.say(LCP, PROTOCOL_REJECT, identifier, &refused);
        }
        let (code, answer) = match protocol {
            LCP => judge_link(options),
            CCP => judge_encryption(options, script),
            _ => judge_address(options, script),
        };
        self.layer(protocol).theirs |= code == CONFIGURE_ACK;
        self.say(protocol, code, identifier, &answer);
    }

    fn request(&mut self, protocol: u16, options: &[u8]) {
        let layer = self.layer(protocol);
        layer.said += 1;
        layer.last = Some(Instant::now());
        let identifier = layer.said;
        self.say(protocol, CONFIGURE_REQUEST, identifier, options);
    }

    fn challenge(&mut self, login: Login) {
        self.challenged = Some(Instant::now());
        let mut value = match login {
            Login::MsChapV2 => vec![16],
            Login::Other(0xc223, Some(0x80)) => vec![8],
            Login::Other(0xc223, _) => vec![16],
            // EAP's question for a name; in PAP it is the client who begins.
            Login::Other(0xc227, _) => return self.say(0xc227, 1, 1, &[1]),
            Login::Other(..) | Login::None => return,
        };
        let length = usize::from(value[0]);
        value.extend(&CHALLENGE[..length]);
        value.extend(b"villain");
        self.say(CHAP, 1, 1, &value);
    }

    fn verdict(&mut self, identifier: u8, response: &[u8], script: &Script) {
        let Some(value) = response.get(1..50) else { return };
        let name = &response[50..];
        let peer_challenge: [u8; 16] = value[..16].try_into().expect("sixteen octets");
        let answer: [u8; 24] = value[24..48].try_into().expect("twenty-four octets");
        let password = if script.proof == Proof::Wrong { "another one" } else { PASSWORD };
        let hash = challenge_hash(&peer_challenge, &CHALLENGE, name);
        let proof = authenticator_response(&nt_password_hash(password), &answer, &hash);
        let digits: String = proof.iter().map(|octet| format!("{octet:02X}")).collect();
        let text = if script.proof == Proof::Missing { "M=OK".into() } else { format!("S={digits} M=OK") };
        self.say(CHAP, 3, identifier, text.as_bytes());
        self.logged_in = true;
    }

    fn say(&mut self, protocol: u16, code: u8, identifier: u8, content: &[u8]) {
        self.out.push(frame(protocol, &packet(code, identifier, content)));
    }
}

/// A PPP frame with its address and control fields.
pub fn frame(protocol: u16, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xff, 3];
    frame.extend(protocol.to_be_bytes());
    frame.extend(content);
    frame
}

/// A packet of any of PPP's control protocols.
pub fn packet(code: u8, identifier: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 4).expect("a short packet");
    let mut packet = vec![code, identifier];
    packet.extend(length.to_be_bytes());
    packet.extend(content);
    packet
}

fn option(kind: u8, value: &[u8]) -> Vec<u8> {
    let mut option = vec![kind, u8::try_from(value.len() + 2).expect("a short option")];
    option.extend(value);
    option
}

fn mppe(bits: u32) -> Vec<u8> {
    option(18, &bits.to_be_bytes())
}

fn link_options(script: &Script) -> Vec<u8> {
    let mut options = option(5, &MAGIC);
    if let Some(mru) = script.mru {
        options.extend(option(1, &mru.to_be_bytes()));
    }
    let (protocol, algorithm) = match script.login {
        Login::MsChapV2 => (CHAP, Some(0x81)),
        Login::Other(protocol, algorithm) => (protocol, algorithm),
        Login::None => return options,
    };
    let mut value = protocol.to_be_bytes().to_vec();
    value.extend(algorithm);
    options.extend(option(3, &value));
    options
}

/// The options one by one, whole.
fn each(mut options: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    while let [kind, length, ..] = options {
        let Some((one, rest)) = options.split_at_checked(usize::from(*length).max(2)) else { break };
        found.push((*kind, one[2..].to_vec()));
        options = rest;
    }
    found
}

/// Takes everything but compressed fields and a call back.
fn judge_link(options: &[u8]) -> (u8, Vec<u8>) {
    let unwanted = |kind: &u8| matches!(kind, 7 | 8 | 13);
    let refused: Vec<u8> = each(options)
        .iter()
        .filter(|(kind, _)| unwanted(kind))
        .flat_map(|(kind, value)| option(*kind, value))
        .collect();
    if refused.is_empty() { (CONFIGURE_ACK, options.to_vec()) } else { (CONFIGURE_REJECT, refused) }
}

fn judge_encryption(options: &[u8], script: &Script) -> (u8, Vec<u8>) {
    match script.offer {
        Offer::Bits(bits) if options == mppe(bits) => (CONFIGURE_ACK, options.to_vec()),
        Offer::Bits(bits) => (CONFIGURE_NAK, mppe(bits)),
        Offer::Nothing | Offer::Unknown => (CONFIGURE_REJECT, options.to_vec()),
    }
}

fn judge_address(options: &[u8], script: &Script) -> (u8, Vec<u8>) {
    let value = |kind| match kind {
        3 => Some(script.client),
        129 => Some(script.dns[0]),
        131 => Some(script.dns[1]),
        _ => None,
    };
    let asked = each(options);
    let unknown: Vec<u8> = asked
        .iter()
        .filter(|(kind, _)| value(*kind).is_none())
        .flat_map(|(kind, value)| option(*kind, value))
        .collect();
    if !unknown.is_empty() {
        return (CONFIGURE_REJECT, unknown);
    }
    let given: Vec<u8> =
        asked.iter().flat_map(|(kind, _)| option(*kind, &value(*kind).expect("known").octets())).collect();
    if given == options { (CONFIGURE_ACK, given) } else { (CONFIGURE_NAK, given) }
}
