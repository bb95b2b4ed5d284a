//! The villain itself: a host, a thread on it, and what it was told.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};

use super::control::Control;
use super::link::{Link, frame, packet};
use super::script::Script;
use crate::house::House;
use crate::namespace::Namespace;
use crate::router::Router;

/// The villain's number of every call.
pub const OWN_CALL: u16 = 0x0666;

/// What it heard.
#[derive(Default)]
pub struct Seen {
    /// How often somebody called.
    pub calls: usize,
    /// Every byte, of the control connection and of GRE.
    pub bytes: Vec<u8>,
    /// PPP frames by their protocol, and for CHAP and PAP by their code.
    pub frames: BTreeMap<(u16, u8), usize>,
}

impl Seen {
    /// How many frames of this protocol, and of this code where there is one.
    pub fn count(&self, protocol: u16, code: Option<u8>) -> usize {
        let is_wanted = |key: &(u16, u8)| key.0 == protocol && code.is_none_or(|code| key.1 == code);
        self.frames.iter().filter(|(key, _)| is_wanted(key)).map(|(_, count)| count).sum()
    }

    /// How often `what` stands in all that it heard.
    pub fn copies(&self, what: &[u8]) -> usize {
        self.bytes.windows(what.len()).filter(|window| *window == what).count()
    }
}

/// What a case makes it say at once, on the call that there is.
#[derive(Clone, Debug)]
pub enum Order {
    /// A PPP frame: the protocol and what follows.
    Frame(u16, Vec<u8>),
    /// A packet of a PPP control protocol: the protocol, code, and what follows the length.
    Packet(u16, u8, Vec<u8>),
}

/// A villain at work.
pub struct Villain {
    orders: Option<Sender<Order>>,
    seen: Arc<Mutex<Seen>>,
    thread: Option<JoinHandle<()>>,
    /// Kept for as long as the villain is there.
    _host: Namespace,
}

impl Villain {
    /// A villain at [`House::SERVER`] behind `router`, which listens.
    pub fn start(router: &Router, script: Script) -> Self {
        let host = House::site(router);
        let listener = host.enter(|| TcpListener::bind((House::SERVER, 1723)).expect("a listener"));
        listener.set_nonblocking(true).expect("a listener");
        let protocol = Protocol::from_raw(47.try_into().expect("not zero"));
        let gre = host.enter(|| {
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            socket_with(AddressFamily::INET, SocketType::RAW, flags, Some(protocol)).expect("a raw socket")
        });
        let seen = Arc::<Mutex<Seen>>::default();
        let (orders, ordered) = mpsc::channel();
        let mut scene = Scene { script, listener, gre, seen: Arc::clone(&seen), call: None };
        let thread = thread::spawn(move || scene.play(&ordered));
        Self { orders: Some(orders), seen, thread: Some(thread), _host: host }
    }

    /// Has it say something.
    pub fn say(&self, order: Order) {
        self.orders.as_ref().expect("it still listens").send(order).expect("it is there");
    }

    /// What it heard so far.
    pub fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().expect("the villain does not panic"))
    }
}

impl Drop for Villain {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

struct Call {
    control: Control,
    link: Link,
    client: Option<Ipv4Addr>,
    sent: u32,
    received: Option<u32>,
}

struct Scene {
    script: Script,
    listener: TcpListener,
    gre: OwnedFd,
    seen: Arc<Mutex<Seen>>,
    call: Option<Call>,
}

impl Scene {
    fn play(&mut self, orders: &Receiver<Order>) {
        loop {
            match orders.recv_timeout(Duration::from_millis(5)) {
                Ok(order) => self.obey(order),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
            self.accept();
            self.hear_control();
            self.hear_gre();
            self.speak();
        }
    }

    fn obey(&mut self, order: Order) {
        let frame = match order {
            Order::Frame(protocol, content) => frame(protocol, &content),
            Order::Packet(protocol, code, content) => frame(protocol, &packet(code, 99, &content)),
        };
        self.send(&frame);
    }

    fn accept(&mut self) {
        let Ok((stream, from)) = self.listener.accept() else { return };
        let client = match from {
            std::net::SocketAddr::V4(address) => Some(*address.ip()),
            std::net::SocketAddr::V6(_) => None,
        };
        self.seen.lock().expect("nobody panics").calls += 1;
        let (control, link) = (Control::new(stream), Link::default());
        self.call = Some(Call { control, link, client, sent: 0, received: None });
    }

    fn hear_control(&mut self) {
        let Some(call) = &mut self.call else { return };
        match call.control.turn(&self.script) {
            Some(news) => self.seen.lock().expect("nobody panics").bytes.extend(news),
            None => self.call = None,
        }
    }

    fn hear_gre(&mut self) {
        let mut buffer = vec![0; 65536];
        while let Ok((length, _)) = recv(&self.gre, buffer.as_mut_slice(), RecvFlags::empty()) {
            let Some(call) = &mut self.call else { continue };
            let Some((sequence, frame)) = buffer.get(..length).and_then(payload) else { continue };
            let Some((protocol, content)) = split(frame) else { continue };
            call.received = Some(sequence);
            let mut seen = self.seen.lock().expect("nobody panics");
            seen.bytes.extend_from_slice(frame);
            *seen.frames.entry((protocol, content.first().copied().unwrap_or_default())).or_default() += 1;
            call.link.handle(protocol, content, &self.script);
        }
    }

    fn speak(&mut self) {
        let Some(call) = self.call.as_mut().filter(|call| call.control.peer_call.is_some()) else { return };
        if !self.script.speaks(super::Phase::Link) {
            return;
        }
        call.link.tick(&self.script);
        for frame in call.link.take() {
            self.send(&frame);
        }
    }

    fn send(&mut self, frame: &[u8]) {
        let Some(call) = &mut self.call else { return };
        let (Some(peer), Some(client)) = (call.control.peer_call, call.client) else { return };
        let mut gre = vec![0x30, if call.received.is_some() { 0x81 } else { 1 }, 0x88, 0x0b];
        gre.extend(u16::try_from(frame.len()).expect("a frame").to_be_bytes());
        gre.extend(peer.to_be_bytes());
        gre.extend(call.sent.to_be_bytes());
        gre.extend(call.received.into_iter().flat_map(u32::to_be_bytes));
        gre.extend(frame);
        call.sent += 1;
        // What the client's host refuses is its affair.
        let _ = sendto(&self.gre, &gre, SendFlags::empty(), &SocketAddrV4::new(client, 0));
    }
}

/// The sequence number and the PPP frame in an IP packet with GRE.
fn payload(ip: &[u8]) -> Option<(u32, &[u8])> {
    let gre = ip.get(usize::from(ip.first()? & 15) * 4..)?;
    let (first, second) = (gre.first()?, gre.get(1)?);
    if first & 0x10 == 0 {
        return None;
    }
    let sequence = u32::from_be_bytes(gre.get(8..12)?.try_into().ok()?);
    Some((sequence, gre.get(if second & 0x80 == 0 { 12 } else { 16 }..)?))
}

/// A frame's protocol and what follows it.
fn split(frame: &[u8]) -> Option<(u16, &[u8])> {
    let frame = frame.strip_prefix(&[0xff, 3]).unwrap_or(frame);
    let protocol = u16::from_be_bytes([*frame.first()?, *frame.get(1)?]);
    Some((protocol, frame.get(2..)?))
}
