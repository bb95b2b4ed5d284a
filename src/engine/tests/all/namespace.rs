//! Network namespaces without names: each is a thread's own and gone with it.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::runtime::Handle;

type Job = Box<dyn FnOnce() + Send>;

/// The client's address outside the tunnel.
pub const CLIENT: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);
/// The server's address outside the tunnel.
pub const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

/// A network namespace and the thread that lives in it.
pub struct Namespace {
    jobs: mpsc::Sender<Job>,
    path: String,
}

impl Namespace {
    /// A namespace with nothing but a loopback device. Sockets made in it belong to the current runtime.
    pub fn new() -> Self {
        let runtime = Handle::current();
        let (jobs, queue) = mpsc::channel::<Job>();
        let (ready, path) = mpsc::channel();
        thread::spawn(move || {
            let result = unshare(CloneFlags::CLONE_NEWNET);
            let thread = std::fs::read_link("/proc/thread-self").unwrap();
            ready.send(result.map(|()| format!("/proc/{}/ns/net", thread.display()))).unwrap();
            let _context = runtime.enter();
            for job in queue {
                job();
            }
        });
        let path = path.recv().unwrap().expect("run these tests as root, or under `unshare -Ur`");
        let namespace = Self { jobs, path };
        namespace.ip("link set lo up");
        // Refusals come at once, however many were asked for before.
        namespace.run(|| std::fs::write("/proc/sys/net/ipv4/icmp_ratemask", "0").unwrap());
        namespace
    }

    /// Two namespaces joined by a cable: a client's and a server's, which is the client's default gateway.
    pub fn pair() -> (Self, Self) {
        let (client, server) = (Self::new(), Self::new());
        client.ip(&format!("link add out0 type veth peer name in0 netns {}", server.path));
        // Addresses that are still being tried out would change by themselves between two looks.
        client.ip("link set out0 addrgenmode none");
        server.ip("link set in0 addrgenmode none");
        client.ip(&format!("addr add {CLIENT}/24 dev out0"));
        server.ip(&format!("addr add {SERVER}/24 dev in0"));
        client.ip("link set out0 up");
        server.ip("link set in0 up");
        client.ip(&format!("route add default via {SERVER}"));
        client.run(wait_for_the_cable);
        (client, server)
    }

    /// A cable from here, where its end is called `ours`, to `other`, where it is called `theirs`; both ends are up.
    pub fn join(&self, ours: &str, other: &Self, theirs: &str) {
        self.ip(&format!("link add {ours} type veth peer name {theirs} netns {}", other.path));
        for (namespace, device) in [(self, ours), (other, theirs)] {
            // Addresses that are still being tried out would change by themselves between two looks.
            namespace.ip(&format!("link set {device} addrgenmode none"));
            namespace.ip(&format!("link set {device} up"));
        }
    }

    /// Runs `work` in the namespace.
    pub fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, result) = mpsc::channel();
        let job = move || {
            done.send(work()).ok();
        };
        self.jobs.send(Box::new(job)).unwrap();
        result.recv().expect("a panic in the namespace")
    }

    /// Runs a future in the namespace.
    pub fn block_on<T: Send + 'static, F: Future<Output = T>>(
        &self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> T {
        self.run(move || Handle::current().block_on(work()))
    }

    /// Lets a future run in the namespace on a thread of its own.
    pub fn spawn<T: Send + 'static, F: Future<Output = T>>(
        &self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> thread::JoinHandle<T> {
        self.run(|| {
            let runtime = Handle::current();
            thread::spawn(move || {
                let _context = runtime.enter();
                runtime.block_on(work())
            })
        })
    }

    /// Runs `ip` with `arguments`; what it printed.
    pub fn ip(&self, arguments: &str) -> String {
        let arguments: Vec<_> = arguments.split_whitespace().map(str::to_owned).collect();
        self.run(move || {
            let output = Command::new("ip").args(&arguments).output().expect("the program ip");
            assert!(output.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        })
    }

    /// Sets a value below `/proc/sys/net/ipv4/conf`.
    pub fn set_conf(&self, name: &str, value: u8) {
        let path = format!("/proc/sys/net/ipv4/conf/{name}");
        self.run(move || std::fs::write(path, value.to_string()).unwrap());
    }

    /// Everything of which nothing may be left behind.
    pub fn snapshot(&self) -> String {
        let commands = ["rule", "-6 rule", "route show table all", "-6 route show table all", "addr", "link"];
        commands.map(|command| self.ip(command)).join("\n")
    }

    /// Starts to look at every packet that comes or goes.
    pub fn capture(&self) -> Capture {
        self.run(|| {
            let all = i32::from(0x0003_u16.to_be());
            let socket = Socket::new(Domain::PACKET, Type::DGRAM, Some(Protocol::from(all))).unwrap();
            socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
            Capture(socket)
        })
    }
}

/// Waits until a closed port of the server answers: the cable is up and both ends know each other.
fn wait_for_the_cable() {
    let socket = UdpSocket::bind((CLIENT, 0)).unwrap();
    socket.connect((SERVER, 9)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let start = Instant::now();
    loop {
        socket.send(b"?").ok();
        match socket.recv(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return,
            result => assert!(start.elapsed() < Duration::from_secs(5), "no cable: {result:?}"),
        }
    }
}

/// Packets seen on the devices of a namespace.
pub struct Capture(Socket);

impl Capture {
    /// The IPv4 packets until now: source, destination and protocol, without the IPv6 noise of devices.
    pub fn packets(&self) -> Vec<(Ipv4Addr, Ipv4Addr, u8)> {
        let (mut packets, start) = (Vec::new(), Instant::now());
        let mut bytes = [0; 2048];
        while start.elapsed() < Duration::from_secs(2) {
            let Ok(len) = std::io::Read::read(&mut &self.0, &mut bytes) else { break };
            if len >= 20 && bytes[0] >> 4 == 4 {
                let address = |at: usize| Ipv4Addr::from(<[u8; 4]>::try_from(&bytes[at..at + 4]).unwrap());
                packets.push((address(12), address(16), bytes[9]));
            }
        }
        packets
    }
}
