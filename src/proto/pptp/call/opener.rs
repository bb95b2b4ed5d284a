//! The receiving half: raw datagrams in, IP packets and control frames out, in order.

use alloc::sync::Arc;
use core::fmt;
use core::net::Ipv4Addr;

use culvert_model::{Instant, Statistics};

use super::CallConfig;
use super::acknowledgement::ACKNOWLEDGEMENT_LEN;
use super::shared::{Gate, Shared};
use super::window::{NEAR, Place, SPAN, Suspicion, Window};
use crate::packet::Packet;
use crate::ppp::mppe::{Decryptor, Trouble, Verdict};
use crate::wire::ppp::{Frame, code, protocol};
use crate::wire::{gre, ipv4};

const IPV4_HEADER_LEN: usize = 20;

/// Where the opener puts what it has opened.
pub trait Sink {
    /// An IP packet. It may be swapped for another one with a buffer of the same size.
    fn ip(&mut self, packet: &mut Packet);

    /// A control frame: its protocol and its information field.
    fn frame(&mut self, protocol: u16, information: &[u8]);

    /// Something that the session has to do something about.
    fn trouble(&mut self, trouble: Trouble);

    /// Whether the next datagram must wait for what the session makes of those before.
    fn is_paused(&self) -> bool {
        false
    }
}

/// What the session asks of the opener.
#[derive(Debug)]
pub enum OpenCommand {
    /// Take encrypted IP packets from now on, and no clear ones.
    Decrypt(Decryptor),
    /// Decrypt no more. Whether IP packets are taken in clear is the gate's to say.
    Clear,
}

/// Checks, orders and decrypts everything that arrives (RFC 2637 section 4, RFC 3078 section 3).
///
/// Nothing that a stranger sends moves the window or the keys: where packets are encrypted and the key changes with
/// each of them, only one that decrypts well does; elsewhere a jump needs several packets that agree.
pub struct Opener {
    shared: Arc<Shared>,
    peer_address: Ipv4Addr,
    local_call_id: u16,
    window: Window,
    decryptor: Option<Decryptor>,
    tally: Statistics,
    let_in: u32,
}

impl Opener {
    pub(super) fn new(config: &CallConfig, shared: Arc<Shared>) -> Self {
        Self {
            shared,
            peer_address: config.peer_address,
            local_call_id: config.local_call_id,
            window: Window::new(),
            decryptor: None,
            tally: Statistics::default(),
            let_in: 0,
        }
    }

    /// The call id in every packet for this call, by which a server finds it.
    pub const fn call_id(&self) -> u16 {
        self.local_call_id
    }

    /// Does what the session asks.
    pub fn handle_command(&mut self, command: OpenCommand) {
        self.decryptor = match command {
            OpenCommand::Decrypt(decryptor) => Some(decryptor),
            OpenCommand::Clear => None,
        };
    }

    /// Opens raw datagrams, each with its IPv4 header in front, until the sink pauses; says how many. Those are empty
    /// afterwards, ready for the next.
    pub fn open_batch(&mut self, packets: &mut [Packet], now: Instant, sink: &mut impl Sink) -> usize {
        let mut opened = 0;
        // What waits behind a control frame since the last pause.
        self.drain(now, sink);
        for packet in packets {
            if sink.is_paused() {
                break;
            }
            if let Some(sequence) = self.admit(packet) {
                self.arrange(sequence, packet, now, sink);
            }
            packet.clear();
            opened += 1;
        }
        if self.let_in > 0 {
            self.shared.acknowledgement().record(self.window.highest(), self.let_in, now);
            self.let_in = 0;
        }
        self.shared.publish_received(&self.tally);
        opened
    }

    /// Lets go of packets that have waited too long, and goes on with a rekeying that was spread over time.
    pub fn handle_timeout(&mut self, now: Instant, sink: &mut impl Sink) {
        if let Some(decryptor) = &mut self.decryptor {
            decryptor.handle_timeout(now);
        }
        while !sink.is_paused() && self.window.poll_timeout().is_some_and(|due| due <= now) {
            let Some(first) = self.window.first_held() else { break };
            self.release_until(first, now, sink);
            self.drain(now, sink);
        }
        self.shared.publish_received(&self.tally);
    }

    /// When [`Self::handle_timeout`] or [`Self::poll_ack`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let keys = self.decryptor.as_ref().and_then(|decryptor| decryptor.poll_timeout());
        let acknowledgement = self.shared.acknowledgement().poll_timeout();
        [self.window.poll_timeout(), keys, acknowledgement].into_iter().flatten().min()
    }

    /// A packet that only acknowledges, where one is due.
    pub fn poll_ack(&mut self, now: Instant) -> Option<[u8; ACKNOWLEDGEMENT_LEN]> {
        self.shared.poll_ack(now)
    }

    /// Cuts a datagram down to the PPP frame in it and tells its number, if it is ours and has one.
    fn admit(&mut self, packet: &mut Packet) -> Option<u32> {
        let (outer, outer_len) = ipv4::split(packet.payload()).ok()?;
        if outer.source != self.peer_address || outer.protocol != ipv4::GRE {
            return None;
        }
        let Ok((header, header_len)) = gre::Header::parse(packet.payload().get(outer_len..)?) else {
            self.tally.dropped += 1;
            return None;
        };
        if header.call_id != self.local_call_id {
            self.tally.gre_foreign += 1;
            return None;
        }
        self.tally.gre_received += 1;
        if header.acknowledgement.is_some() {
            self.shared.hear();
        }
        let sequence = header.sequence?;
        packet.truncate(outer_len + header_len + usize::from(header.payload_len));
        packet.trim_front(outer_len + header_len).then_some(sequence)
    }

    fn arrange(&mut self, sequence: u32, packet: &mut Packet, now: Instant, sink: &mut impl Sink) {
        match self.window.place(sequence) {
            Place::Next => self.take_next(sequence, packet, now, sink),
            Place::Ahead if self.is_credible(sequence, packet, now, sink) => self.hold(sequence, packet, now),
            Place::Ahead | Place::Behind => self.tally.dropped += 1,
            Place::Outside => self.consider(sequence, packet, now, sink),
        }
    }

    fn take_next(&mut self, sequence: u32, packet: &mut Packet, now: Instant, sink: &mut impl Sink) {
        let was_holding = self.window.is_holding();
        if self.process(sequence, packet, now, sink) {
            self.let_in += 1;
            self.tally.reordered += u64::from(was_holding);
            self.window.advance();
            self.drain(now, sink);
        }
    }

    fn hold(&mut self, sequence: u32, packet: &mut Packet, now: Instant) {
        if self.window.hold(sequence, packet, now) {
            self.let_in += 1;
        } else {
            self.tally.dropped += 1;
        }
    }

    /// A packet outside the window: moves it there if there is reason to believe the number.
    fn consider(&mut self, sequence: u32, packet: &mut Packet, now: Instant, sink: &mut impl Sink) {
        match self.probe(sequence, packet, now, sink) {
            Some(Verdict::Valid(_)) => self.jump(sequence, packet, now, sink),
            Some(_) => self.tally.dropped += 1,
            None => self.consider_unread(sequence, packet, now, sink),
        }
    }

    /// A packet outside the window whose number only further packets can prove.
    fn consider_unread(&mut self, sequence: u32, packet: &mut Packet, now: Instant, sink: &mut impl Sink) {
        let can_vouch = self.decryptor.as_ref().is_some_and(|decryptor| decryptor.can_vouch());
        match self.window.suspect(sequence) {
            Suspicion::Confirmed if !can_vouch => self.jump(sequence, packet, now, sink),
            // One frame that anybody may have made must not end the call; an echo can do no more than be answered.
            Suspicion::Confirmed if is_control(packet) => _ = self.process(sequence, packet, now, sink),
            Suspicion::Raised { near: true } if is_echo(packet) => {
                _ = self.process(sequence, packet, now, sink)
            }
            _ => self.tally.dropped += 1,
        }
    }

    fn jump(&mut self, sequence: u32, packet: &mut Packet, now: Instant, sink: &mut impl Sink) {
        // Where others wait already, the packets just before this one may still come.
        let is_short = (1..2 * i32::from(SPAN)).contains(&self.window.distance(sequence));
        let may_slide = is_short && self.window.is_holding();
        let target = if may_slide { sequence.wrapping_sub(u32::from(SPAN) - 1) } else { sequence };
        self.release_until(target, now, sink);
        self.drain(now, sink);
        match self.window.place(sequence) {
            Place::Next => self.take_next(sequence, packet, now, sink),
            Place::Ahead => self.hold(sequence, packet, now),
            Place::Behind | Place::Outside => self.tally.dropped += 1,
        }
    }

    /// Gives up waiting for anything before `target`.
    fn release_until(&mut self, target: u32, now: Instant, sink: &mut impl Sink) {
        while self.window.is_holding() && self.window.next() != target {
            if !self.release(now, sink) {
                self.tally.lost += 1;
                self.window.advance();
            }
        }
        if self.window.next() != target {
            self.tally.lost += u64::from(self.window.move_to(target));
        }
    }

    /// Lets through what is in order, up to a control frame, which may decide how the packets behind it are read.
    fn drain(&mut self, now: Instant, sink: &mut impl Sink) {
        while !sink.is_paused() && self.release(now, sink) {}
    }

    /// Lets the packet that was waited for through, if it is here.
    fn release(&mut self, now: Instant, sink: &mut impl Sink) -> bool {
        let sequence = self.window.next();
        let Some(mut packet) = self.window.take_next() else { return false };
        self.process(sequence, &mut packet, now, sink);
        self.window.give_back(sequence, packet);
        self.window.advance();
        true
    }

    /// Whether a packet may take a place in the window: an encrypted one must be readable.
    fn is_credible(&mut self, sequence: u32, packet: &Packet, now: Instant, sink: &mut impl Sink) -> bool {
        self.probe(sequence, packet, now, sink).is_none_or(|verdict| matches!(verdict, Verdict::Valid(_)))
    }

    /// What the decryptor would say to a packet; `None` where it cannot tell or is not asked.
    fn probe(
        &mut self,
        sequence: u32,
        packet: &Packet,
        now: Instant,
        sink: &mut impl Sink,
    ) -> Option<Verdict> {
        let decryptor = self.decryptor.as_mut()?;
        let (protocol, information) = Frame::parse(packet.payload()).ok()?;
        if protocol != protocol::COMPRESSED {
            return None;
        }
        let verdict = decryptor.probe(sequence, information, now);
        // Somebody who cannot see our numbers must not be able to make us believe that the keys have parted.
        if verdict == Some(Verdict::Garbage) && (0..=NEAR).contains(&self.window.distance(sequence)) {
            decryptor.handle_garbage();
            tell_trouble(decryptor, sink);
        }
        verdict
    }

    /// Hands a packet on or drops it; says whether its number is used up by it.
    ///
    /// Once packets could be read, one that cannot be is a stranger's, and the one that belongs there is still to come.
    fn process(&mut self, sequence: u32, packet: &mut Packet, now: Instant, sink: &mut impl Sink) -> bool {
        let is_proven = self.decryptor.as_ref().is_some_and(|decryptor| decryptor.is_proven());
        let Ok((protocol, information)) = Frame::parse(packet.payload()) else {
            self.tally.dropped += 1;
            return !is_proven;
        };
        let offset = packet.len() - information.len();
        match protocol {
            protocol::COMPRESSED => self.decrypt(sequence, packet, offset, now, sink) || !is_proven,
            protocol::IPV4 if self.takes_clear(information) => {
                self.deliver(packet, offset, sink);
                true
            }
            protocol::IPV4 | protocol::IPV6 => {
                self.tally.dropped += 1;
                !is_proven
            }
            _ => {
                sink.frame(protocol, information);
                true
            }
        }
    }

    fn takes_clear(&self, ip: &[u8]) -> bool {
        let is_ipv4 = ip.len() >= IPV4_HEADER_LEN && ip.first().is_some_and(|first| first >> 4 == 4);
        is_ipv4 && self.decryptor.is_none() && self.shared.gate() == Gate::Clear
    }

    fn decrypt(
        &mut self,
        sequence: u32,
        packet: &mut Packet,
        offset: usize,
        now: Instant,
        sink: &mut impl Sink,
    ) -> bool {
        let data = packet.payload_mut().get_mut(offset..);
        let (Some(decryptor), Some(data)) = (&mut self.decryptor, data) else {
            self.tally.dropped += 1;
            return true;
        };
        let verdict = decryptor.decrypt(sequence, data, now);
        tell_trouble(decryptor, sink);
        if decryptor.can_vouch() && matches!(verdict, Verdict::Valid(_)) {
            self.window.trust();
        }
        match verdict {
            Verdict::Valid(inner)
                if inner.protocol == protocol::IPV4 && self.shared.gate() != Gate::Closed =>
            {
                self.deliver(packet, offset + inner.offset, sink);
            }
            _ => self.tally.dropped += 1,
        }
        matches!(verdict, Verdict::Valid(_) | Verdict::Discarded { .. })
    }

    fn deliver(&mut self, packet: &mut Packet, offset: usize, sink: &mut impl Sink) {
        if packet.trim_front(offset) && !packet.is_empty() {
            self.tally.received_packets += 1;
            self.tally.received_bytes += u64::try_from(packet.len()).unwrap_or_default();
            sink.ip(packet);
        }
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("next", &self.window.next())
            .field("decryptor", &self.decryptor)
            .finish_non_exhaustive()
    }
}

fn tell_trouble(decryptor: &mut Decryptor, sink: &mut impl Sink) {
    if let Some(trouble) = decryptor.poll_trouble() {
        sink.trouble(trouble);
    }
}

fn is_echo(packet: &Packet) -> bool {
    Frame::parse(packet.payload()).is_ok_and(|(protocol, information)| {
        let code = information.first().copied();
        protocol == protocol::LCP && matches!(code, Some(code::ECHO_REQUEST | code::ECHO_REPLY))
    })
}

fn is_control(packet: &Packet) -> bool {
    Frame::parse(packet.payload()).is_ok_and(|(protocol, _)| {
        !matches!(protocol, protocol::COMPRESSED | protocol::IPV4 | protocol::IPV6)
    })
}
