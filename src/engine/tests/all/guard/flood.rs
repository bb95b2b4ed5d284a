//! A counter at the far end of the cable, while everything pushes.

use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use culvert_engine::host::guard::GuardWatch;
use socket2::Protocol;

use super::*;

/// What is counted: everything from the client, by kind, but for what always may pass.
const COUNTERS: &str = "table inet count {
    counter n_names {}
    counter n_udp {}
    counter n_tcp {}
    counter n_icmp {}
    counter n_raw {}
    counter n_six {}
    chain everything {
        type filter hook prerouting priority -400;
        iifname != \"in0\" accept
        icmpv6 type { 133, 135, 136 } accept
        meta nfproto ipv6 counter name n_six accept
        udp dport 53 counter name n_names accept
        meta l4proto udp counter name n_udp accept
        meta l4proto tcp counter name n_tcp accept
        meta l4proto icmp counter name n_icmp accept
        counter name n_raw
    }
}";

const KINDS: usize = 6;
/// How long each of the senders rests after each packet.
const PAUSE: Duration = Duration::from_micros(300);

/// How many packets of each kind arrived since the last look.
fn counted(server: &Namespace) -> [u64; KINDS] {
    let text = nft(server, "reset counters table inet count").unwrap();
    let packets = |name: &str| {
        let (_, rest) = text.split_once(&format!("counter n_{name} {{")).unwrap();
        rest.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    ["names", "udp", "tcp", "icmp", "raw", "six"].map(packets)
}

/// Programs that never stop sending.
struct Flood {
    end: Arc<AtomicBool>,
    tried: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Flood {
    fn start(client: &Namespace) -> Self {
        let (end, tried) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let six: SocketAddr = "[2001:db8::1]:9".parse().unwrap();
        let targets: [(SocketAddr, Type, Option<i32>); 8] = [
            ((ELSEWHERE, 53).into(), Type::DGRAM, None),
            ((ELSEWHERE, 9).into(), Type::DGRAM, None),
            ((SERVER, 9).into(), Type::DGRAM, None),
            ((NEIGHBOUR, 9).into(), Type::STREAM, None),
            ((SERVER, 1723).into(), Type::STREAM, None),
            ((ELSEWHERE, 0).into(), Type::RAW, Some(1)),
            ((SERVER, 0).into(), Type::RAW, Some(47)),
            (six, Type::DGRAM, None),
        ];
        let threads = targets.map(|(to, kind, protocol)| {
            let (end, tried) = (end.clone(), tried.clone());
            client.run(move || {
                let new =
                    move || Socket::new(Domain::for_address(to), kind, protocol.map(Protocol::from)).unwrap();
                // Sockets belong to the namespace of the thread that makes them.
                let sockets: Vec<_> =
                    (0..if kind == Type::STREAM { 4096 } else { 1 }).map(|_| new()).collect();
                std::thread::spawn(move || {
                    for socket in sockets.iter().cycle().take_while(|_| !end.load(Ordering::Relaxed)) {
                        push(socket, to, kind);
                        // The kernel and whoever mends the guard want their share of the processors.
                        std::thread::sleep(PAUSE);
                        tried.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
        });
        Self { end, tried, threads: threads.into() }
    }

    fn stop(self) -> u64 {
        self.end.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        self.tried.load(Ordering::Relaxed)
    }
}

fn push(socket: &Socket, to: SocketAddr, kind: Type) {
    if kind == Type::STREAM {
        socket.set_nonblocking(true).ok();
        socket.connect(&to.into()).ok();
    } else {
        socket.send_to(&[8, 0, 0xf7, 0xff, 0, 0, 0, 0], &to.into()).ok();
    }
}

fn net() -> Net {
    let net = Net::new();
    net.client.ip("addr add 2001:db8::2/64 dev out0 nodad");
    net.server.ip("addr add 2001:db8::1/64 dev in0 nodad");
    nft(&net.server, COUNTERS).unwrap();
    net
}

/// Guards between which a connection's life swaps.
fn cycle() -> [Guard; 4] {
    let wall = Guard { servers: vec![], names: false, ..connecting() };
    [connecting(), connected(), Guard { refusal: Refuse::Silently, ..connected() }, wall]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_leaks_through_two_hundred_swaps() {
    for (ownership, flushes) in [(Ownership::Auto, true), (Ownership::Plain, false)] {
        let Net { client, server, office: _office } = net();
        let flood = Flood::start(&client);
        std::thread::sleep(Duration::from_millis(200));
        let open = counted(&server);
        assert!(open.iter().all(|count| *count > 0), "without a guard every kind arrives: {open:?}");

        let mut kept = Kept::new(ownership);
        kept.apply(&client, &connecting()).unwrap();
        counted(&server);
        for guard in cycle().iter().cycle().take(200) {
            kept.apply(&client, guard).unwrap();
            if flushes {
                nft(&client, "flush ruleset").unwrap();
            }
        }
        let leaked = counted(&server);
        figure(&format!(
            "{leaked:?} leaked through 200 swaps, {} tried ({ownership:?})",
            flood.tried.load(Ordering::Relaxed)
        ));
        assert_eq!(leaked, [0; KINDS]);

        for guard in cycle().iter().cycle().take(40) {
            kept.remove(&client);
            kept.apply(&client, guard).unwrap();
        }
        let leaked = counted(&server);
        figure(&format!("{leaked:?} leaked where 40 guards were removed and then set"));
        assert!(leaked.iter().sum::<u64>() > 0);
        let tried = flood.stop();
        assert!(tried > 1000, "{tried}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_leaks_until_a_plain_guard_is_put_back_is_little() {
    let Net { client, server, office: _office } = net();
    let mut kept = Kept::new(Ownership::Plain);
    kept.apply(&client, &connected()).unwrap();
    let watch = client.run(|| GuardWatch::new().unwrap());
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let watching = tokio::spawn(watch.run(move || told.send(()).unwrap_or_default()));
    let flood = Flood::start(&client);
    let (mut times, mut leaked) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(20));
        counted(&server);
        // Its start and its own work apart: only what comes after the flush counts.
        let mut child = client.run(|| {
            let (input, output) = (Stdio::piped(), Stdio::null());
            Command::new("nft").args(["-i"]).stdin(input).stdout(output).spawn().unwrap()
        });
        std::thread::sleep(Duration::from_millis(100));
        while heard.try_recv().is_ok() {}
        let start = Instant::now();
        child.stdin.take().unwrap().write_all(b"flush ruleset\nquit\n").unwrap();
        tokio::time::timeout(Duration::from_secs(2), heard.recv()).await.unwrap();
        kept.apply(&client, &connected()).unwrap();
        times.push(start.elapsed());
        child.wait().unwrap();
        leaked.push(counted(&server).iter().sum::<u64>());
    }
    flood.stop();
    watching.abort();
    times.sort();
    leaked.sort();
    figure(&format!(
        "a flush under a flood was put back after {:?} in the middle, {:?} at most; {} and {} packets leaked",
        times[10], times[19], leaked[10], leaked[19]
    ));
    assert!(times[10] <= Duration::from_millis(100), "{times:?}");
}
