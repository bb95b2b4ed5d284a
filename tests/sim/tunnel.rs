//! Two ends and the network between them, on one simulated clock.

use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_model::{Fault, Instant};
use culvert_proto::session::{ClientConfig, ServerConfig, Session};

use crate::end::{End, SERVER};
use crate::hostile::Tamper;
use crate::net::{Net, Parcel, Side};

/// A simulated tunnel.
pub struct Tunnel {
    /// The clock.
    pub now: Instant,
    /// The client's end.
    pub client: End,
    /// The server's end.
    pub server: End,
    /// What is under way.
    pub net: Net,
    /// When a test wants to be woken.
    pub alarm: Option<Instant>,
    /// Somebody on the way who sends mutated copies.
    pub tamper: Option<Tamper>,
}

impl Tunnel {
    /// Both ends at the moment when TCP has connected.
    pub fn new(client: ClientConfig, server: ServerConfig, net: Net, seed: u64) -> Self {
        let now = Instant::ZERO;
        let client = Session::client(client, seed_of(seed, 1), now);
        let server = Session::server(server, seed_of(seed, 2), now);
        let (client, server) = (End::new(Side::Client, client), End::new(Side::Server, server));
        Self { now, client, server, net, alarm: None, tamper: None }
    }

    /// Runs until `done`, or until `limit` has passed or nothing is left to happen; whether it is done.
    pub fn run(&mut self, limit: Duration, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let deadline = self.now + limit;
        loop {
            self.client.drain(&mut self.net, self.now);
            self.server.drain(&mut self.net, self.now);
            if done(self) {
                return true;
            }
            match self.next_moment() {
                Some(at) if at <= deadline => self.step(at),
                _ => {
                    self.now = deadline;
                    return false;
                }
            }
        }
    }

    /// Runs until both ends are up; `Err` with the client's fault where it ended first.
    pub fn connect(&mut self, limit: Duration) -> Result<(), Option<Fault>> {
        let settled = |tunnel: &mut Self| {
            tunnel.client.ended.is_some() || (tunnel.client.up.is_some() && tunnel.server.up.is_some())
        };
        let settled = self.run(limit, settled);
        assert!(settled, "neither connected nor ended after {limit:?}");
        match &self.client.ended {
            Some(fault) => Err(fault.clone()),
            None => Ok(()),
        }
    }

    /// Both ends, the one of `side` first.
    pub fn ends(&mut self, side: Side) -> (&mut End, &mut End) {
        match side {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        }
    }

    /// Sends an IP packet into the tunnel at `side`.
    pub fn send(&mut self, side: Side, packet: &[u8]) {
        let Self { client, server, net, now, .. } = self;
        match side {
            Side::Client => client.send_ip(packet, net, *now),
            Side::Server => server.send_ip(packet, net, *now),
        }
    }

    fn next_moment(&self) -> Option<Instant> {
        let parts =
            [self.net.next_arrival(), self.client.poll_timeout(), self.server.poll_timeout(), self.alarm];
        parts.into_iter().flatten().min()
    }

    fn deliver(&mut self, to: Side, parcel: Parcel) {
        let end = if to == Side::Client { &mut self.client } else { &mut self.server };
        if end.ended.is_none() {
            end.receive(parcel, self.now);
            end.drain(&mut self.net, self.now);
        }
    }

    fn step(&mut self, at: Instant) {
        self.now = self.now.max(at);
        self.alarm = self.alarm.filter(|alarm| *alarm > self.now);
        while let Some((to, parcel)) = self.net.receive(self.now) {
            let stage = self.client.stages.last().copied();
            let copies = self.tamper.as_mut().map(|tamper| tamper.copies(&parcel, stage)).unwrap_or_default();
            for parcel in copies.into_iter().chain([parcel]) {
                self.deliver(to, parcel);
            }
        }
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
    }
}

/// An IPv4 packet of protocol 253 (RFC 3692: for experiments) that carries `payload`.
pub fn ip_packet(source: Ipv4Addr, destination: Ipv4Addr, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap();
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0, 0, 0, 64, 253, 0, 0]);
    bytes.extend(source.octets());
    bytes.extend(destination.octets());
    bytes.extend(payload);
    bytes
}

/// A client's configuration with every default, for user `alice`.
pub fn client_config(password: Option<&str>) -> ClientConfig {
    let profile = culvert_model::Profile::new("vpn.example.com".parse().unwrap(), "alice");
    ClientConfig::new(&profile, SERVER, password.map(|text| culvert_model::Secret::new(text.to_owned())))
}

fn seed_of(seed: u64, part: u8) -> [u8; 32] {
    let mut bytes = [part; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}
