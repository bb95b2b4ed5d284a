//! What the tests of all layers share: packets by hand, a lossy line between two layers, and hostile packets.

use std::time::Duration;
use std::vec::Vec;

use culvert_model::Instant;

use super::{Event, Negotiation, Rules};
use crate::Chance;
use crate::wire::ppp::{ControlPacket, Options, code, push_option};

pub(in crate::ppp) type EventOf<R> = Event<<R as Rules>::Agreed, <R as Rules>::Notice>;

/// A control packet.
pub(in crate::ppp) fn packet(code: u8, identifier: u8, data: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    ControlPacket { code, identifier, data }.emit(&mut packet);
    packet
}

/// A list of options.
pub(in crate::ppp) fn options(list: &[(u8, &[u8])]) -> Vec<u8> {
    let mut options = Vec::new();
    for (kind, value) in list {
        push_option(&mut options, *kind, value);
    }
    options
}

/// Everything that the layer has to send.
pub(in crate::ppp) fn sent<R: Rules>(layer: &mut Negotiation<R>) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| layer.poll_transmit()).collect()
}

/// Everything that came of the layer.
pub(in crate::ppp) fn events<R: Rules>(layer: &mut Negotiation<R>) -> Vec<EventOf<R>> {
    std::iter::from_fn(|| layer.poll_event()).collect()
}

/// Opens the layer and hands out its first Configure-Request.
pub(in crate::ppp) fn start<R: Rules>(layer: &mut Negotiation<R>) -> Vec<u8> {
    layer.open(Instant::ZERO);
    layer.up(Instant::ZERO);
    let mut sent = sent(layer);
    assert_eq!(sent.len(), 1);
    sent.remove(0)
}

/// Feeds the layer one packet and hands out what it sends.
pub(in crate::ppp) fn exchange<R: Rules>(
    layer: &mut Negotiation<R>,
    packet: &[u8],
    now: Instant,
) -> Vec<Vec<u8>> {
    let _ = layer.handle_packet(packet, now);
    sent(layer)
}

/// Feeds the layer a Configure-Request and hands out the code and the options of the answer to it.
pub(in crate::ppp) fn judge<R: Rules>(
    layer: &mut Negotiation<R>,
    identifier: u8,
    list: &[(u8, &[u8])],
) -> (u8, Vec<u8>) {
    let request = packet(code::CONFIGURE_REQUEST, identifier, &options(list));
    let sent = exchange(layer, &request, Instant::ZERO);
    let answer = sent.iter().filter_map(|packet| ControlPacket::parse(packet).ok());
    let mut answer =
        answer.filter(|packet| (code::CONFIGURE_ACK..=code::CONFIGURE_REJECT).contains(&packet.code));
    let answer = answer.next().expect("an answer");
    assert_eq!(answer.identifier, identifier);
    (answer.code, answer.data.to_vec())
}

/// Answers a Configure-Request of the layer with `code` and `list`, or with its own options for an Ack.
pub(in crate::ppp) fn answer<R: Rules>(
    layer: &mut Negotiation<R>,
    request: &[u8],
    code: u8,
    list: &[(u8, &[u8])],
) -> Vec<Vec<u8>> {
    let request = ControlPacket::parse(request).unwrap();
    assert_eq!(request.code, code::CONFIGURE_REQUEST);
    let data = if code == code::CONFIGURE_ACK { request.data.to_vec() } else { options(list) };
    exchange(layer, &packet(code, request.identifier, &data), Instant::ZERO)
}

/// Two layers, a line between them that loses packets, and a clock that jumps to whatever is next.
pub(in crate::ppp) struct Line<R: Rules> {
    pub now: Instant,
    pub ends: [Negotiation<R>; 2],
    pub events: [Vec<EventOf<R>>; 2],
    pub loss_percent: u8,
    pub carried: usize,
    in_flight: Vec<(Instant, usize, Vec<u8>)>,
    chance: Chance,
}

const DELAY: Duration = Duration::from_millis(20);

impl<R: Rules> Line<R> {
    pub fn new(ends: [Negotiation<R>; 2], loss_percent: u8, seed: u8) -> Self {
        Self {
            now: Instant::ZERO,
            ends,
            events: [Vec::new(), Vec::new()],
            loss_percent,
            carried: 0,
            in_flight: Vec::new(),
            chance: Chance::new([seed; 32]),
        }
    }

    /// Opens both ends.
    pub fn open(&mut self) {
        for end in &mut self.ends {
            end.open(self.now);
            end.up(self.now);
        }
    }

    /// Lets both ends talk until `limit` has passed or nothing is left to happen.
    pub fn run(&mut self, limit: Duration) {
        let limit = self.now + limit;
        loop {
            self.collect();
            let arrivals = self.in_flight.iter().map(|(at, ..)| *at);
            let timeouts = self.ends.iter().filter_map(Negotiation::poll_timeout);
            match arrivals.chain(timeouts).min() {
                Some(next) if next <= limit => self.now = self.now.max(next),
                _ => break,
            }
            self.deliver();
            for end in &mut self.ends {
                end.handle_timeout(self.now);
            }
        }
        self.now = limit;
    }

    pub fn both_opened(&self) -> bool {
        self.ends.iter().all(Negotiation::is_opened)
    }

    fn collect(&mut self) {
        for (side, end) in self.ends.iter_mut().enumerate() {
            while let Some(packet) = end.poll_transmit() {
                self.carried += 1;
                if self.chance.u32() % 100 >= u32::from(self.loss_percent) {
                    self.in_flight.push((self.now + DELAY, 1 - side, packet));
                }
            }
            self.events[side].extend(events(end));
        }
    }

    fn deliver(&mut self) {
        let (due, later) = self.in_flight.drain(..).partition(|(at, ..)| *at <= self.now);
        self.in_flight = later;
        let due: Vec<(Instant, usize, Vec<u8>)> = due;
        for (_, side, packet) in due {
            let _ = self.ends[side].handle_packet(&packet, self.now);
        }
    }
}

/// Feeds 100,000 mutations of the packets that two ends exchange, and of `more`, to a layer.
///
/// Whatever comes, what the layer sends is well-formed, and one packet never makes it send more than three.
pub(in crate::ppp) fn torment<R: Rules>(make: impl Fn(Chance) -> [Negotiation<R>; 2], more: &[Vec<u8>]) {
    let mut chance = Chance::new([77; 32]);
    let mut corpus = more.to_vec();
    let mut line = Line::new(make(chance.fork()), 0, 1);
    line.open();
    for _ in 0..10 {
        for side in 0..2 {
            while let Some(packet) = line.ends[side].poll_transmit() {
                let _ = line.ends[1 - side].handle_packet(&packet, Instant::ZERO);
                corpus.push(packet);
            }
        }
    }
    let mut now = Instant::ZERO;
    let [mut layer, _] = make(chance.fork());
    for round in 0..100_000_u32 {
        if round % 50 == 0 {
            [layer, _] = make(chance.fork());
            layer.open(now);
            layer.up(now);
        }
        let hostile = mutate(&corpus, &layer_request(&mut layer), &mut chance);
        let _ = layer.handle_packet(&hostile, now);
        assert_well_formed(&sent(&mut layer));
        while layer.poll_event().is_some() {}
        if chance.u32().is_multiple_of(4) {
            now += Duration::from_millis(u64::from(chance.u32() % 4000));
            layer.handle_timeout(now);
            assert_well_formed(&sent(&mut layer));
        }
    }
}

fn layer_request<R: Rules>(layer: &mut Negotiation<R>) -> Vec<u8> {
    let mut data = Vec::new();
    layer.rules().request(&mut data);
    data
}

/// A packet of the corpus, or an answer to what the layer asks for, with up to four octets changed.
fn mutate(corpus: &[Vec<u8>], request: &[u8], chance: &mut Chance) -> Vec<u8> {
    let [pick, code, identifier, changes] = chance.bytes::<4>();
    let mut bytes = match usize::from(pick) % (corpus.len() + 4) {
        own if own >= corpus.len() => packet(2 + code % 3, identifier % 8, request),
        old => corpus[old].clone(),
    };
    for _ in 0..changes % 5 {
        let [high, low, value, what] = chance.bytes::<4>();
        let at = usize::from(u16::from_be_bytes([high, low])) % bytes.len().max(1);
        match what % 8 {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), value),
            _ => {
                if let Some(octet) = bytes.get_mut(at) {
                    *octet = if what < 128 { value } else { *octet ^ (1 << (value % 8)) };
                }
            }
        }
    }
    if changes & 0x80 == 0 && bytes.len() >= 4 {
        let len = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        bytes[2..4].copy_from_slice(&len);
    }
    bytes
}

fn assert_well_formed(packets: &[Vec<u8>]) {
    assert!(packets.len() <= 3, "{} packets at once", packets.len());
    for bytes in packets {
        let packet = ControlPacket::parse(bytes).unwrap();
        assert_eq!(packet.data.len() + 4, bytes.len());
        if (code::CONFIGURE_REQUEST..=code::CONFIGURE_REJECT).contains(&packet.code) {
            assert!(Options::new(packet.data).all(|option| option.is_ok()));
        }
    }
}
