//! A network between two ends: seeded latency, loss, reordering and duplication, and a clock of its own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_model::Instant;
use culvert_proto::Chance;

/// How the network treats packets.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Packets lost, in percent.
    pub loss: u32,
    /// Packets delivered twice, in percent.
    pub duplicate: u32,
    /// Packets held back by up to `jitter`, in percent.
    pub reorder: u32,
    /// One way, without jitter.
    pub latency: Duration,
    /// The most that a packet is held back.
    pub jitter: Duration,
}

impl Weather {
    /// Nothing is lost and nothing is late.
    pub const FAIR: Self =
        Self { loss: 0, duplicate: 0, reorder: 0, latency: Duration::from_millis(1), jitter: Duration::ZERO };

    /// Any weather, as `chance` has it: up to 25 % loss, 30 % late, 10 % twice, 200 ms.
    pub fn any(chance: &mut Chance) -> Self {
        Self {
            loss: chance.u32() % 26,
            duplicate: chance.u32() % 11,
            reorder: chance.u32() % 31,
            latency: Duration::from_micros(u64::from(chance.u32() % 200_000)),
            jitter: Duration::from_micros(u64::from(chance.u32() % 40_000)),
        }
    }
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The client.
    Client,
    /// The server.
    Server,
}

impl Side {
    /// The other end.
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// Something under way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parcel {
    /// Bytes of the control connection: TCP, never lost, always in order.
    Control(Vec<u8>),
    /// The control connection was closed.
    ControlClosed,
    /// A GRE packet, without the IP header.
    Gre(Vec<u8>),
    /// An ICMP error.
    Rejection {
        /// Who sent it.
        from: Ipv4Addr,
        /// Its code; the type is "destination unreachable".
        code: u8,
        /// The start of the GRE packet that it answers.
        quoted: Vec<u8>,
    },
}

/// What is under way between the two ends.
pub struct Net {
    /// How packets are treated from now on.
    pub weather: Weather,
    /// Somebody on the way who rejects the client's GRE with this code.
    pub wall: Option<(Ipv4Addr, u8)>,
    /// Somebody on the way who swallows the GRE that goes to this end.
    pub swallowed: Option<Side>,
    chance: Chance,
    under_way: BinaryHeap<Reverse<(Instant, u64, Side, Parcel)>>,
    sent: u64,
    /// When the last control bytes arrive, by receiving side, so that none overtakes another.
    control_arrival: [Instant; 2],
}

impl Net {
    /// An empty network.
    pub fn new(weather: Weather, chance: Chance) -> Self {
        Self {
            weather,
            wall: None,
            swallowed: None,
            chance,
            under_way: BinaryHeap::new(),
            sent: 0,
            control_arrival: [Instant::ZERO; 2],
        }
    }

    /// Sends `parcel` to the end `to`.
    pub fn send(&mut self, to: Side, parcel: Parcel, now: Instant) {
        if let (Parcel::Gre(bytes), Side::Server, Some((from, code))) = (&parcel, to, self.wall) {
            let quoted = bytes[..8].to_vec();
            self.put(to.other(), Parcel::Rejection { from, code, quoted }, now + self.weather.latency);
        } else if matches!(parcel, Parcel::Gre(_)) {
            if self.swallowed != Some(to) {
                self.send_packet(to, parcel, now);
            }
        } else {
            let slot = &mut self.control_arrival[usize::from(to == Side::Server)];
            *slot = (*slot).max(now + self.weather.latency);
            let at = *slot;
            self.put(to, parcel, at);
        }
    }

    /// What arrives next, and when.
    pub fn next_arrival(&self) -> Option<Instant> {
        self.under_way.peek().map(|Reverse((at, ..))| *at)
    }

    /// What has arrived at `now`.
    pub fn receive(&mut self, now: Instant) -> Option<(Side, Parcel)> {
        if self.next_arrival()? > now {
            return None;
        }
        self.under_way.pop().map(|Reverse((_, _, to, parcel))| (to, parcel))
    }

    fn send_packet(&mut self, to: Side, parcel: Parcel, now: Instant) {
        if self.happens(self.weather.loss) {
            return;
        }
        let copies = if self.happens(self.weather.duplicate) { 2 } else { 1 };
        for _ in 0..copies {
            let at = now + self.weather.latency + self.delay();
            self.put(to, parcel.clone(), at);
        }
    }

    fn delay(&mut self) -> Duration {
        if !self.happens(self.weather.reorder) {
            return Duration::ZERO;
        }
        let most = u32::try_from(self.weather.jitter.as_micros()).unwrap_or(u32::MAX);
        Duration::from_micros(u64::from(self.chance.u32() % most.max(1)))
    }

    fn happens(&mut self, percent: u32) -> bool {
        self.chance.u32() % 100 < percent
    }

    fn put(&mut self, to: Side, parcel: Parcel, at: Instant) {
        self.sent += 1;
        self.under_way.push(Reverse((at, self.sent, to, parcel)));
    }
}
