//! A host with `culvertd` on it, and somebody who types `culvert`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use culvert_model::{FaultCode, Network, State, Status};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::namespace::Namespace;
use crate::router::Router;
use crate::run::{Run, eventually, program, run, wait};
use crate::server::{OUTER, PASSWORD, USER};
use crate::snapshot::Snapshot;

/// No command may take longer, whatever happens.
const PATIENCE: Duration = Duration::from_secs(60);

/// A host on the clients' side of a router. Its packets to anywhere go through the router.
pub struct Client {
    host: Namespace,
    directory: TempDir,
    helper: Child,
    before: Snapshot,
}

impl Client {
    /// A host behind `router`, with the last number of its address, whose helper is ready.
    pub fn new(router: &Router, number: u8) -> Self {
        Self::start(connected_host(router, number), Vec::new())
    }

    /// The same with the common rules of a desktop: what was asked for may come in, nothing else.
    pub fn behind_firewall(router: &Router, number: u8) -> Self {
        let host = connected_host(router, number);
        host.load_rules(DEFAULT_DENY);
        Self::start(host, Vec::new())
    }

    /// The same with a name server that it believes in.
    pub fn with_name_server(router: &Router, number: u8, server: Ipv4Addr) -> Self {
        // As the first words of a command line: the helper alone sees this file, and it has no name outside.
        let script = format!(
            "mount -t tmpfs tmpfs /mnt
             echo nameserver {server} > /mnt/resolv.conf
             mount --bind /mnt/resolv.conf /etc/resolv.conf
             exec \"$@\""
        );
        let words = ["unshare", "--mount", "sh", "-ec", &script, "sh"].map(OsString::from);
        Self::start(connected_host(router, number), words.to_vec())
    }

    fn start(host: Namespace, prefix: Vec<OsString>) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let log = File::create(directory.path().join("log")).expect("the helper's log");
        let before = Snapshot::settled(&host);
        let mut words = prefix.into_iter().chain([program("culvertd").into_os_string()]);
        let helper = host
            .command(words.next().expect("at least the program"))
            .args(words)
            .arg("--socket")
            .arg(directory.path().join("socket"))
            .env("RUST_LOG", "debug")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("nsenter starts");
        let client = Self { host, directory, helper, before };
        let socket = client.directory.path().join("socket");
        assert!(eventually(Duration::from_secs(10), || socket.exists()), "culvertd made no socket");
        client
    }

    /// The host itself.
    pub fn host(&self) -> &Namespace {
        &self.host
    }

    /// `culvert connect` to the laboratory's server with its account and these further arguments.
    pub fn connect(&self, arguments: &[&str]) -> Run {
        self.connect_to(&OUTER.to_string(), PASSWORD, arguments)
    }

    /// The same with the server and the password of one's choice.
    pub fn connect_to(&self, server: &str, password: &str, arguments: &[&str]) -> Run {
        let mut command = self.culvert("connect");
        command.args(["--server", server, "--user", USER, "--password-stdin"]).args(arguments);
        run(command, &format!("{password}\n"), PATIENCE)
    }

    /// Connects, and panics where that does not succeed.
    pub fn connect_well(&self, arguments: &[&str]) -> Network {
        let run = self.connect(arguments);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        let network = self.network().expect("connected, as the exit status says");
        println!("figure: connected in {} ms", run.took.as_millis());
        network
    }

    /// `culvert disconnect`.
    pub fn disconnect(&self) {
        let run = run(self.culvert("disconnect"), "", PATIENCE);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    }

    /// `culvert status --json`.
    pub fn status(&self) -> Status {
        let mut command = self.culvert("status");
        command.arg("--json");
        let run = run(command, "", PATIENCE);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
    }

    /// What was agreed with the server, while connected.
    pub fn network(&self) -> Option<Network> {
        match self.status().state {
            State::Connected { network } => Some(network),
            _ => None,
        }
    }

    /// Why the last attempt or connection ended.
    pub fn last_fault(&self) -> Option<FaultCode> {
        match self.status().state {
            State::Disconnected { last_fault } => last_fault.map(|fault| fault.code),
            _ => None,
        }
    }

    /// Whether an echo comes back from `target`, five times out of five.
    pub fn ping(&self, target: Ipv4Addr) {
        let mut command = self.host.command("ping");
        command.args(["-c", "5", "-i", "0.2", "-W", "2"]).arg(target.to_string());
        let run = run(command, "", PATIENCE);
        assert_eq!(run.code, Some(0), "{}", run.stdout);
        println!("figure: {}", run.stdout.lines().last().unwrap_or_default());
    }

    /// Panics unless the host's network is soon what it was before the helper came.
    pub fn assert_nothing_left(&self) {
        let clean = || Snapshot::of(&self.host) == self.before;
        let left = || self.before.difference(&Snapshot::of(&self.host));
        assert!(eventually(Duration::from_secs(2), clean), "left behind:\n{}", left());
    }

    /// Ends the helper as a service manager would, and panics unless nothing is left of it.
    pub fn finish(mut self) {
        self.assert_nothing_left();
        self.stop_helper();
        self.assert_nothing_left();
    }

    /// Sends the helper a SIGTERM and waits until it has ended, which must be well.
    pub fn stop_helper(&mut self) {
        let pid = Pid::from_child(&self.helper);
        kill_process(pid, Signal::TERM).expect("culvertd still runs");
        let status = wait(&mut self.helper, Duration::from_secs(10)).expect("culvertd ends when told to");
        assert!(status.success(), "culvertd: {status}");
    }

    fn culvert(&self, request: &str) -> Command {
        let mut command = self.host.command(program("culvert"));
        command.arg(request).arg("--socket").arg(self.directory.path().join("socket"));
        command
    }
}

fn connected_host(router: &Router, number: u8) -> Namespace {
    let host = Namespace::new();
    let address = format!("198.51.100.{number}/24");
    host.connect("uplink", &address, router.outside(), Router::CLIENT_BRIDGE);
    host.add_default_route(Router::INSIDE);
    host
}

const DEFAULT_DENY: &str = r#"
table inet desktop {
    chain input {
        type filter hook input priority filter; policy drop
        iif lo accept
        ct state established,related accept
        icmp type echo-request accept
    }
}
"#;

impl Drop for Client {
    fn drop(&mut self) {
        // Both fail only where the helper has ended already.
        let _ = self.helper.kill();
        let _ = self.helper.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            eprintln!("--- culvertd ---\n{log}");
        }
    }
}
