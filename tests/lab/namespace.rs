//! Network namespaces that vanish with the test, however it ends.

use std::fs::File;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A network namespace of its own, kept by a process that ends as soon as its standard input closes: dropping this
/// value, a panic, even the death of the whole test program leave nothing behind.
pub struct Namespace {
    holder: Child,
}

impl Namespace {
    /// A fresh namespace with nothing but its loopback device, which is up.
    pub fn new() -> Self {
        let mut holder = Command::new("unshare")
            .args(["--net", "sh", "-c", "echo; exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare starts");
        let mut ready = [0];
        let output = holder.stdout.as_mut().expect("a pipe");
        output.read_exact(&mut ready).expect("a namespace (the laboratory needs root)");
        let namespace = Self { holder };
        namespace.shell(
            "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
             ip link set lo up",
        );
        namespace
    }

    /// A command that will run inside, and die with the thread that starts it.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net={}", self.path())).args(["setpriv", "--pdeathsig", "KILL"]).arg(program);
        command
    }

    /// Runs a script with `sh -e` inside and returns what it printed; panics where it fails.
    pub fn shell(&self, script: &str) -> String {
        let output = self.command("sh").args(["-ec", script]).output().expect("nsenter starts");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{}: {complaint}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Loads nftables rules inside.
    pub fn load_rules(&self, rules: &str) {
        let mut nft =
            self.command("nft").args(["-f", "-"]).stdin(Stdio::piped()).spawn().expect("nft starts");
        nft.stdin.take().expect("a pipe").write_all(rules.as_bytes()).expect("nft reads its rules");
        assert!(nft.wait().expect("nft ends").success(), "nft refused\n{rules}");
    }

    /// The way in for a thread that stays.
    pub fn entrance(&self) -> Entrance {
        Entrance(File::open(self.path()).expect("the namespace is there"))
    }

    /// Runs `work` on a thread of its own inside.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let entrance = self.entrance();
        let inside = move || {
            entrance.enter();
            work()
        };
        thread::scope(|scope| match scope.spawn(inside).join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    }

    /// The Ethernet address of a device.
    pub fn hardware_address(&self, device: &str) -> [u8; 6] {
        let link = self.shell(&format!("ip -o link show {device}"));
        let text = link.split_whitespace().skip_while(|word| *word != "link/ether").nth(1);
        let octets = text.into_iter().flat_map(|text| text.split(':'));
        let octets: Vec<u8> =
            octets.map(|octet| u8::from_str_radix(octet, 16).expect("hexadecimal digits")).collect();
        octets.try_into().expect("six octets")
    }

    /// Lays a cable from here to a bridge in `other`, and gives this end an address (`a.b.c.d/length`).
    pub fn connect(&self, device: &str, address: &str, other: &Self, bridge: &str) {
        static CABLES: AtomicU32 = AtomicU32::new(0);
        let port = format!("port{}", CABLES.fetch_add(1, Ordering::Relaxed));
        self.shell(&format!(
            "ip link add {device} type veth peer name {port} netns {other}
             ip address add {address} dev {device}
             ip link set {device} up",
            other = other.holder.id(),
        ));
        other.shell(&format!("ip link set {port} master {bridge} up"));
    }

    /// Adds a bridge with an address (`a.b.c.d/length`).
    pub fn add_bridge(&self, name: &str, address: &str) {
        self.shell(&format!(
            "ip link add {name} type bridge
             ip address add {address} dev {name}
             ip link set {name} up"
        ));
    }

    /// Adds a TAP device for a guest, with an address (`a.b.c.d/length`).
    pub fn add_tap(&self, name: &str, address: &str) {
        self.shell(&format!(
            "ip tuntap add dev {name} mode tap
             ip address add {address} dev {name}
             ip link set {name} up"
        ));
    }

    /// Sends everything unknown to `gateway`.
    pub fn add_default_route(&self, gateway: Ipv4Addr) {
        self.shell(&format!("ip route add default via {gateway}"));
    }

    fn path(&self) -> String {
        format!("/proc/{}/ns/net", self.holder.id())
    }
}

/// The way into a namespace.
pub struct Entrance(File);

impl Entrance {
    /// Moves this thread inside for good.
    pub fn enter(&self) {
        move_into_link_name_space(self.0.as_fd(), Some(LinkNameSpaceType::Network)).expect("setns");
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Both fail only where the process is gone already, which is what is wanted.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
