//! The hub against real client sessions, without a socket: what it sends is handed over by hand.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use culvert_model::{Fault, FaultCode, Network, Profile, Secret};
use culvert_proto::session::{self, ClientConfig, Command, Session};
use culvert_proto::wire::ipv4;
use culvert_proto::{Opener, Sealer, Sink, Trouble};

use super::*;
use crate::demux::tests::ip_packet;

const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
const ALICE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const BOB: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const INSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
const OUTER: u8 = ipv4::GRE;
const INNER: u8 = 253;

/// A client, and whether its TCP stream was closed.
struct Peer {
    id: ClientId,
    outside: Ipv4Addr,
    session: Session,
    halves: Option<(Sealer, Opener)>,
    is_closed: bool,
    tray: Tray,
    up: Option<Network>,
    ended: Option<Option<Fault>>,
}

#[derive(Default)]
struct Tray {
    ip: Vec<Vec<u8>>,
    frames: VecDeque<(u16, Vec<u8>)>,
}

impl Sink for Tray {
    fn ip(&mut self, packet: &mut Packet) {
        self.ip.push(packet.payload().to_vec());
    }

    fn frame(&mut self, protocol: u16, information: &[u8]) {
        self.frames.push_back((protocol, information.to_vec()));
    }

    fn trouble(&mut self, trouble: Trouble) {
        panic!("{trouble:?}");
    }
}

/// The hub and its peers on one clock.
struct World {
    now: Instant,
    hub: Hub,
    peers: Vec<Peer>,
    delivered: WriteBatch,
}

impl World {
    fn new(connections: usize) -> Self {
        let users = |name: &str| (name == "user").then(|| Secret::new("secret".to_owned()));
        let config = Config {
            local: INSIDE,
            pool: "203.0.113.10-203.0.113.12".parse().unwrap(),
            connections,
            ..Config::new(Arc::new(users))
        };
        let (hub, delivered) = (Hub::new(config), WriteBatch::new());
        Self { now: Instant::ZERO, hub, peers: Vec::new(), delivered }
    }

    /// Connects TCP from `outside`.
    fn knock(&mut self, outside: Ipv4Addr, password: &str) -> Result<usize, Full> {
        let number = self.peers.len();
        let id = ClientId(u64::try_from(number).unwrap());
        let seed = [u8::try_from(number).unwrap(); 32];
        self.hub.admit(id, outside, seed, self.now)?;
        let profile = Profile::new("vpn.example.com".parse().unwrap(), "user");
        let config = ClientConfig::new(&profile, SERVER, Some(Secret::new(password.to_owned())));
        let session = Session::client(config, [seed[0] ^ 0xff; 32], self.now);
        let tray = Tray::default();
        self.peers.push(Peer {
            id,
            outside,
            session,
            halves: None,
            is_closed: false,
            tray,
            up: None,
            ended: None,
        });
        Ok(number)
    }

    /// Hands everything over until nobody has anything to say.
    fn settle(&mut self) {
        let mut packet = Packet::with_capacity(2048);
        loop {
            let mut is_idle = true;
            while let Some(output) = self.hub.poll_output(&mut packet, self.now) {
                self.hand_over(output, &packet);
                is_idle = false;
            }
            for number in 0..self.peers.len() {
                is_idle &= !self.drain(number);
            }
            if is_idle {
                return;
            }
        }
    }

    fn hand_over(&mut self, output: Output, packet: &Packet) {
        let (now, peers) = (self.now, self.peers.iter_mut());
        match output {
            Output::Control(id, bytes) => {
                for peer in peers.filter(|peer| peer.id == id) {
                    peer.session.handle_control(&bytes, now);
                    peer.settle(now);
                }
            }
            Output::Gre(to) => {
                for peer in peers.filter(|peer| peer.outside == to) {
                    peer.receive(&mut [ip_packet(SERVER, to, OUTER, packet.payload())], now);
                }
            }
            Output::Close(id) => peers.filter(|peer| peer.id == id).for_each(|peer| peer.is_closed = true),
        }
    }

    /// Carries out what a peer wants; whether there was anything.
    fn drain(&mut self, number: usize) -> bool {
        let mut is_busy = false;
        let Self { now, hub, peers, delivered } = self;
        let peer = &mut peers[number];
        while let Some(bytes) = peer.session.poll_transmit() {
            hub.handle_control(peer.id, FromPeer::Bytes(bytes), *now);
            is_busy = true;
        }
        peer.settle(*now);
        for gre in peer.poll_gre() {
            hub.handle_gre(&mut [ip_packet(peer.outside, SERVER, OUTER, &gre)], *now, delivered);
            is_busy = true;
        }
        is_busy
    }

    fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.hub.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.hub.handle_timeout(self.now, &mut self.delivered);
            self.settle();
        }
        self.now = end;
    }

    /// Sends `payload` from inside the server's network to `to`; what came out at each peer.
    fn send_inwards(&mut self, to: Ipv4Addr, payload: &[u8]) -> Vec<usize> {
        let mut packets = [ip_packet(INSIDE, to, INNER, payload)];
        if let Some(outside) = self.hub.handle_ip(&mut packets, self.now) {
            let gre = packets[0].payload().to_vec();
            for peer in self.peers.iter_mut().filter(|peer| peer.outside == outside) {
                peer.receive(&mut [ip_packet(SERVER, outside, OUTER, &gre)], self.now);
            }
        }
        self.peers.iter_mut().map(|peer| std::mem::take(&mut peer.tray.ip).len()).collect()
    }

    /// Sends an IP packet from a peer that claims to be `source`; whether it came out at the server.
    fn send_outwards(&mut self, number: usize, source: Ipv4Addr) -> bool {
        self.delivered.clear();
        let gre = self.peers[number].seal(&ip_packet(source, INSIDE, INNER, b"payload"));
        let mut datagrams = [ip_packet(self.peers[number].outside, SERVER, OUTER, &gre)];
        self.hub.handle_gre(&mut datagrams, self.now, &mut self.delivered);
        !self.delivered.is_empty()
    }

    fn address(&self, number: usize) -> Ipv4Addr {
        self.peers[number].up.as_ref().expect("a tunnel that is up").address
    }
}

impl Peer {
    fn receive(&mut self, datagrams: &mut [Packet], now: Instant) {
        if let Some((_, opener)) = &mut self.halves {
            opener.open_batch(datagrams, now, &mut self.tray);
        }
        while let Some((protocol, information)) = self.tray.frames.pop_front() {
            self.session.handle_frame(protocol, &information, now);
        }
        self.settle(now);
    }

    /// Carries out what the session wants.
    fn settle(&mut self, now: Instant) {
        while let Some(event) = self.session.poll_event() {
            match event {
                session::Event::CallEstablished(halves) => self.halves = Some(*halves),
                session::Event::Up(network) => self.up = Some(network),
                session::Event::Ended(fault) => self.ended = Some(fault),
                session::Event::PasswordWanted { .. } => self.session.disconnect(now),
                session::Event::StageReached(_)
                | session::Event::Identified(_)
                | session::Event::TimeRemaining(_)
                | session::Event::Down => {}
            }
        }
        while let Some(command) = self.session.poll_command() {
            let (sealer, opener) = self.halves.as_mut().expect("commands come after the halves");
            match command {
                Command::Seal(command) => sealer.handle_command(command),
                Command::Open(command) => opener.handle_command(command),
            }
        }
    }

    /// The GRE packets that its control frames make.
    fn poll_gre(&mut self) -> Vec<Vec<u8>> {
        let Some((sealer, _)) = &mut self.halves else { return Vec::new() };
        let mut packet = Packet::with_capacity(2048);
        let mut frames = Vec::new();
        while sealer.poll_frame(&mut packet) {
            frames.push(packet.payload().to_vec());
        }
        frames
    }

    fn seal(&mut self, packet: &Packet) -> Vec<u8> {
        let mut packets = [packet.clone()];
        let (sealer, _) = self.halves.as_mut().unwrap();
        assert_eq!(sealer.seal_batch(&mut packets), 1);
        packets[0].payload().to_vec()
    }
}

#[test]
fn two_clients_each_get_their_own_packets() {
    let mut world = World::new(9);
    let (alice, bob) = (world.knock(ALICE, "secret").unwrap(), world.knock(BOB, "secret").unwrap());
    world.settle();
    assert_eq!(world.address(alice), Ipv4Addr::new(203, 0, 113, 10));
    assert_eq!(world.address(bob), Ipv4Addr::new(203, 0, 113, 11));
    assert_eq!(world.peers[0].up.as_ref().unwrap().peer, Some(INSIDE));

    assert_eq!(world.send_inwards(world.address(alice), b"for alice"), [1, 0]);
    assert_eq!(world.send_inwards(world.address(bob), b"for bob"), [0, 1]);
    assert_eq!(world.send_inwards(Ipv4Addr::new(203, 0, 113, 12), b"for nobody"), [0, 0]);
}

#[test]
fn two_clients_behind_one_address_are_told_apart_by_their_calls() {
    let mut world = World::new(9);
    let (one, other) = (world.knock(ALICE, "secret").unwrap(), world.knock(ALICE, "secret").unwrap());
    world.settle();
    let (one_inside, other_inside) = (world.address(one), world.address(other));
    assert_eq!(world.send_inwards(one_inside, b"x"), [1, 0]);
    assert_eq!(world.send_inwards(other_inside, b"x"), [0, 1]);
    assert!(world.send_outwards(one, one_inside));
    assert!(world.send_outwards(other, other_inside));
}

#[test]
fn a_client_may_send_from_its_own_address_alone() {
    let mut world = World::new(9);
    let (alice, bob) = (world.knock(ALICE, "secret").unwrap(), world.knock(BOB, "secret").unwrap());
    world.settle();
    assert!(world.send_outwards(alice, world.address(alice)));
    assert!(!world.send_outwards(alice, world.address(bob)));
    assert!(!world.send_outwards(alice, INSIDE));
}

#[test]
fn an_ended_client_frees_its_address_at_once() {
    let mut world = World::new(9);
    let alice = world.knock(ALICE, "secret").unwrap();
    world.settle();
    let address = world.address(alice);
    let now = world.now;
    world.peers[alice].session.disconnect(now);
    world.settle();
    assert!(world.hub.is_empty(), "a requested end takes no waiting");
    assert!(world.peers[alice].is_closed);
    assert_eq!(world.send_inwards(address, b"too late"), [0]);
    let bob = world.knock(BOB, "secret").unwrap();
    world.settle();
    assert_eq!(world.address(bob), address);
}

#[test]
fn a_client_that_vanishes_frees_its_address_too() {
    let mut world = World::new(9);
    let alice = world.knock(ALICE, "secret").unwrap();
    world.settle();
    world.hub.handle_control(world.peers[alice].id, FromPeer::Closed, world.now);
    world.settle();
    assert!(world.hub.is_empty());
}

#[test]
fn a_wrong_password_gets_no_tunnel() {
    let mut world = World::new(9);
    let alice = world.knock(ALICE, "wrong").unwrap();
    world.settle();
    world.wait(Duration::from_secs(5));
    assert!(world.peers[alice].up.is_none());
    assert!(world.hub.is_empty());
}

#[test]
fn who_says_nothing_is_cut_in_30_seconds() {
    let mut world = World::new(9);
    world.hub.admit(ClientId(7), ALICE, [7; 32], world.now).unwrap();
    for _ in 0..6 {
        // One octet at a time does not help.
        world.hub.handle_control(ClientId(7), FromPeer::Bytes(vec![0]), world.now);
        world.wait(Duration::from_secs(5));
    }
    world.settle();
    assert!(world.hub.is_empty());
}

#[test]
fn who_does_not_read_is_cut() {
    let mut world = World::new(9);
    let alice = world.knock(ALICE, "secret").unwrap();
    world.settle();
    world.hub.handle_stuck(world.peers[alice].id);
    assert!(world.hub.is_empty());
    let address = world.address(alice);
    assert_eq!(world.send_inwards(address, b"x"), [0]);
}

#[test]
fn only_as_many_as_allowed_and_as_there_are_addresses() {
    let mut world = World::new(2);
    world.knock(ALICE, "secret").unwrap();
    world.knock(BOB, "secret").unwrap();
    assert_eq!(world.knock(BOB, "secret"), Err(Full::Connections));
    let mut world = World::new(9);
    for _ in 0..3 {
        world.knock(ALICE, "secret").unwrap();
    }
    assert_eq!(world.knock(BOB, "secret"), Err(Full::Addresses));
}

#[test]
fn shutting_down_takes_leave_of_everybody() {
    let mut world = World::new(9);
    let alice = world.knock(ALICE, "secret").unwrap();
    world.knock(BOB, "secret").unwrap();
    world.settle();
    world.hub.shut_down(world.now);
    world.settle();
    world.wait(Duration::from_secs(5));
    assert!(world.hub.is_empty());
    let fault = world.peers[alice].ended.clone().flatten().expect("a fault");
    assert_eq!(fault.code, FaultCode::ServerShutdown);
}
