//! Programs that never stop trying to get something out, past whatever tunnel there is.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::{
    AddressFamily, Protocol, SendFlags, SocketFlags, SocketType, ipproto, sendto, socket_with,
};

use crate::house::House;
use crate::namespace::Namespace;
use crate::router::Router;

/// What every probe carries, so that it is known wherever it turns up in clear.
pub const MARK: &[u8; 16] = b"CULVERT-PROBE-16";

/// How often each program tries.
const PACE: Duration = Duration::from_millis(2);

/// Every kind of program at once.
pub struct Probes {
    end: Arc<AtomicBool>,
    tried: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Probes {
    /// Starts them all in `host`, which has an IPv6 neighbour at `neighbour`.
    pub fn start(host: &Namespace, neighbour: Ipv6Addr) -> Self {
        let (end, tried) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let udp = |to: SocketAddr| -> Attempt {
            let any: SocketAddr =
                if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" }.parse().expect("an address");
            let socket = host.enter(|| UdpSocket::bind(any).expect("a socket"));
            Box::new(move || drop(socket.send_to(MARK, to)))
        };
        let elsewhere = |port| SocketAddr::from((House::ELSEWHERE, port));
        let attempts: Vec<Attempt> = vec![
            udp(elsewhere(9)),
            udp(elsewhere(53)),
            udp(SocketAddr::from((Router::INSIDE, 53))),
            udp(SocketAddr::from((House::SERVER, 1723))),
            udp(SocketAddr::from((neighbour, 9))),
            raw(host, ipproto::ICMP, House::ELSEWHERE, &echo_request()),
            raw(host, Protocol::from_raw(47.try_into().expect("not zero")), House::SERVER, &gre()),
        ];
        let mut threads: Vec<_> = attempts
            .into_iter()
            .map(|attempt| {
                let (end, tried) = (Arc::clone(&end), Arc::clone(&tried));
                thread::spawn(move || repeat(&end, &tried, attempt))
            })
            .collect();
        // Each waits for its answer in a thread of its own, so that it starts over and over.
        for to in
            [elsewhere(80), SocketAddr::from((House::SERVER, 22)), SocketAddr::from((House::SERVER, 1723))]
        {
            let (end, tried) = (Arc::clone(&end), Arc::clone(&tried));
            let namespace = host.entrance();
            threads.push(thread::spawn(move || {
                namespace.enter();
                let patience = Duration::from_millis(20);
                repeat(&end, &tried, Box::new(move || speak(&to, patience)));
            }));
        }
        Self { end, tried, threads }
    }

    /// How often something was tried so far.
    pub fn tried(&self) -> u64 {
        self.tried.load(Ordering::Relaxed)
    }
}

impl Drop for Probes {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic in one of them has been printed.
            let _ = thread.join();
        }
    }
}

type Attempt = Box<dyn Fn() + Send>;

fn repeat(end: &AtomicBool, tried: &AtomicU64, attempt: Attempt) {
    while !end.load(Ordering::Relaxed) {
        attempt();
        tried.fetch_add(1, Ordering::Relaxed);
        thread::sleep(PACE);
    }
}

/// Where somebody listens, the probe's mark goes there.
fn speak(to: &SocketAddr, patience: Duration) {
    if let Ok(mut stream) = TcpStream::connect_timeout(to, patience) {
        // The other end may hang up at once.
        let _ = stream.write_all(MARK);
    }
}

fn raw(host: &Namespace, protocol: Protocol, to: Ipv4Addr, packet: &[u8]) -> Attempt {
    let socket: OwnedFd = host.enter(|| {
        socket_with(AddressFamily::INET, SocketType::RAW, SocketFlags::CLOEXEC, Some(protocol))
            .expect("a raw socket")
    });
    let packet = packet.to_vec();
    Box::new(move || {
        let _ = sendto(&socket, &packet, SendFlags::empty(), &SocketAddrV4::new(to, 0));
    })
}

/// An ICMP Echo Request (RFC 792) with a right checksum.
fn echo_request() -> Vec<u8> {
    let mut packet = vec![8, 0, 0, 0, 0x17, 0x23, 0, 1];
    packet.extend_from_slice(MARK);
    let words = packet.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let checksum = !u16::try_from((folded & 0xffff) + (folded >> 16)).expect("16 bits");
    packet[2..4].copy_from_slice(&checksum.to_be_bytes());
    packet
}

/// Enhanced GRE (RFC 2637 section 4.1) of somebody who is not the helper.
fn gre() -> Vec<u8> {
    let mut packet = vec![0x30, 0x01, 0x88, 0x0b, 0, 16, 0x12, 0x34, 0, 0, 0, 1];
    packet.extend_from_slice(MARK);
    packet
}
