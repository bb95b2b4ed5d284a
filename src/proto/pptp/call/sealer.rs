//! The sending half: IP packets and control frames in, numbered GRE packets out.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use culvert_model::Instant;
use zeroize::Zeroizing;

use super::acknowledgement::ACKNOWLEDGEMENT_LEN;
use super::shared::{Gate, SealTally, Shared};
use crate::packet::Packet;
use crate::ppp::mppe::{Encryptor, HEADER_LEN};
use crate::wire::gre;
use crate::wire::ppp::protocol;

/// How many control frames may wait. PPP repeats what is lost, so the newest one is dropped when it is full.
const FRAMES: usize = 64;

const ADDRESS_AND_CONTROL: [u8; 2] = [0xFF, 0x03];

/// What goes in front of an IP packet at the most.
const OVERHEAD: usize = gre::Header::MAX_LEN + ADDRESS_AND_CONTROL.len() + 2 + HEADER_LEN + 2;

/// The longest IP packet that the GRE header can tell the length of.
const LONGEST: usize = 0xFFFF - OVERHEAD;

/// A whole PPP frame, address and control field included. In PAP it holds the password, so it is wiped after use and
/// `Debug` shows its length alone.
pub struct ControlFrame(Zeroizing<Vec<u8>>);

impl From<Vec<u8>> for ControlFrame {
    fn from(frame: Vec<u8>) -> Self {
        Self(Zeroizing::new(frame))
    }
}

impl fmt::Debug for ControlFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ControlFrame({} octets)", self.0.len())
    }
}

/// What the session asks of the sealer.
#[derive(Debug)]
pub enum SealCommand {
    /// Send this.
    Frame(ControlFrame),
    /// Encrypt every IP packet from now on.
    Encrypt(Encryptor),
    /// Encrypt no more. Whether IP packets may leave in clear is the gate's to say.
    Clear,
    /// The peer lost a packet and asked for a reset of the encryption (RFC 3078 section 6).
    ResetEncryption,
    /// What the peer lets us leave out in front of IP packets (RFC 1661 sections 6.5 and 6.6).
    Compress {
        /// Leave out the address and control field.
        acfc: bool,
        /// Leave out the first octet of the protocol field where it is zero.
        pfc: bool,
    },
}

/// Numbers everything that leaves, and encrypts the IP packets in it (RFC 2637 section 4, RFC 3078 section 3).
pub struct Sealer {
    shared: Arc<Shared>,
    peer_call_id: u16,
    sequence: u32,
    encryptor: Option<Encryptor>,
    acfc: bool,
    pfc: bool,
    frames: VecDeque<ControlFrame>,
    tally: SealTally,
}

impl Sealer {
    pub(super) fn new(peer_call_id: u16, shared: Arc<Shared>) -> Self {
        Self {
            shared,
            peer_call_id,
            sequence: 0,
            encryptor: None,
            acfc: false,
            pfc: false,
            frames: VecDeque::with_capacity(FRAMES),
            tally: SealTally::default(),
        }
    }

    /// Does what the session asks.
    pub fn handle_command(&mut self, command: SealCommand) {
        match command {
            SealCommand::Frame(frame) => {
                if self.frames.len() < FRAMES {
                    self.frames.push_back(frame);
                }
            }
            SealCommand::Encrypt(encryptor) => self.encryptor = Some(encryptor),
            SealCommand::Clear => self.encryptor = None,
            SealCommand::ResetEncryption => {
                if let Some(encryptor) = &mut self.encryptor {
                    encryptor.reset();
                }
            }
            SealCommand::Compress { acfc, pfc } => (self.acfc, self.pfc) = (acfc, pfc),
        }
    }

    /// Turns IP packets into GRE packets, in place; says how many. Refused ones are left empty.
    ///
    /// What was sealed has its number: where sending fails for want of a buffer, the same octets must be sent again.
    pub fn seal_batch(&mut self, packets: &mut [Packet]) -> usize {
        let mut sealed = 0;
        for packet in packets.iter_mut().filter(|packet| !packet.is_empty()) {
            let len = packet.len();
            if self.seal(packet) {
                sealed += 1;
                self.tally.packets += 1;
                self.tally.bytes += u64::try_from(len).unwrap_or_default();
            } else {
                packet.clear();
                self.tally.refused += 1;
            }
        }
        self.shared.publish_sent(&self.tally);
        sealed
    }

    /// Puts the next control frame into `packet`, ready to be sent; false where there is none. These go first.
    pub fn poll_frame(&mut self, packet: &mut Packet) -> bool {
        while let Some(frame) = self.frames.pop_front() {
            packet.fill(&frame.0);
            if packet.len() == frame.0.len() && self.number(packet) {
                self.shared.publish_sent(&self.tally);
                return true;
            }
        }
        packet.clear();
        false
    }

    /// A packet that only acknowledges, where one is due.
    pub fn poll_ack(&mut self, now: Instant) -> Option<[u8; ACKNOWLEDGEMENT_LEN]> {
        self.shared.poll_ack(now)
    }

    /// When [`Self::poll_ack`] has one. The opener tells the same time; one of the two has to be asked.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.shared.acknowledgement().poll_timeout()
    }

    fn seal(&mut self, packet: &mut Packet) -> bool {
        let is_ipv4 = packet.payload().first().is_some_and(|first| first >> 4 == 4);
        let fits = packet.range().start >= OVERHEAD && packet.len() <= LONGEST;
        if !is_ipv4 || !fits {
            return false;
        }
        let framed = match (self.shared.gate(), &mut self.encryptor) {
            (Gate::Closed, _) | (Gate::Encrypted, None) => false,
            (Gate::Clear, None) => self.frame(packet, protocol::IPV4),
            (Gate::Encrypted | Gate::Clear, Some(encryptor)) => {
                let inner = packet.prepend(&protocol::IPV4.to_be_bytes());
                let header = encryptor.encrypt(packet.payload_mut());
                inner && packet.prepend(&header) && self.frame(packet, protocol::COMPRESSED)
            }
        };
        framed && self.number(packet)
    }

    /// Puts the PPP header in front, as short as the peer allows.
    fn frame(&self, packet: &mut Packet, protocol: u16) -> bool {
        let [high, low] = protocol.to_be_bytes();
        let done = if self.pfc && high == 0 { packet.prepend(&[low]) } else { packet.prepend(&[high, low]) };
        done && (self.acfc || packet.prepend(&ADDRESS_AND_CONTROL))
    }

    /// Puts the GRE header in front, with the next number and what there is to acknowledge.
    fn number(&mut self, packet: &mut Packet) -> bool {
        let Ok(payload_len) = u16::try_from(packet.len()) else { return false };
        let header = gre::Header {
            call_id: self.peer_call_id,
            payload_len,
            sequence: Some(self.sequence),
            acknowledgement: self.shared.acknowledgement().take(),
        };
        let (octets, len) = header.emit();
        let done = octets.get(..len).is_some_and(|octets| packet.prepend(octets));
        if done {
            self.sequence = self.sequence.wrapping_add(1);
            self.tally.gre += 1;
        }
        done
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("sequence", &self.sequence)
            .field("encryptor", &self.encryptor)
            .field("frames", &self.frames.len())
            .finish_non_exhaustive()
    }
}
