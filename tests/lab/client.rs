//! A host with `culvertd` on it, and somebody who types `culvert`.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use culvert_model::{FaultCode, Network, State, Status};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::desktop::Desktop;
use crate::follower::Follower;
use crate::manager::Manager;
use crate::namespace::Namespace;
use crate::router::Router;
use crate::run::{Run, eventually, program, run, run_looking, wait};
use crate::server::{OUTER, PASSWORD, USER};
use crate::snapshot::Snapshot;

/// No command may take longer, whatever happens.
const PATIENCE: Duration = Duration::from_secs(90);

/// A host on the clients' side of a router. Its packets to anywhere go through the router.
pub struct Client {
    host: Namespace,
    directory: TempDir,
    helper: Child,
    before: Snapshot,
    /// The resolver file before the helper came.
    resolver: Mutex<Vec<u8>>,
}

impl Client {
    /// A host behind `router`, with the last number of its address, whose helper is ready.
    pub fn new(router: &Router, number: u8) -> Self {
        Self::start(connected_host(router, number), Vec::new())
    }

    /// The same with an IPv6 address of its own (`address/length`).
    pub fn with_ipv6(router: &Router, number: u8, address: &str) -> Self {
        let host = connected_host(router, number);
        host.shell(&format!("ip address add {address} dev uplink nodad"));
        Self::start(host, Vec::new())
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
        let before = Snapshot::settled(&host);
        let helper = serve(&host, &directory, prefix);
        let client = Self { host, directory, helper, before, resolver: Mutex::default() };
        // A helper that has just come has changed nothing.
        *client.resolver.lock().expect("nobody panicked") = client.resolv_conf();
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

    /// Where the helper listens.
    pub fn socket(&self) -> std::path::PathBuf {
        self.directory.path().join("socket")
    }

    /// `culvert` with these words, for somebody who is logged in at this desktop; and what came of it.
    pub fn culvert_at(&self, desktop: &Desktop, words: &[&str], input: &str, look: impl FnMut(u32)) -> Run {
        let mut command = self.host.command(program("culvert"));
        command.args(words).arg("--socket").arg(self.directory.path().join("socket")).env_clear();
        // What it takes to be at that desktop.
        let own = desktop.command("culvert");
        command.envs(own.get_envs().filter_map(|(key, value)| Some((key, value?))));
        run_looking(command, input, PATIENCE, look)
    }

    /// Connects, and panics where that does not succeed.
    pub fn connect_well(&self, arguments: &[&str]) -> Network {
        let run = self.connect(arguments);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        let network = self.network().expect("connected, as the exit status says");
        println!("figure: connected in {} ms", run.took.as_millis());
        network
    }

    /// `culvert disconnect`, whatever comes of it.
    pub fn try_disconnect(&self) {
        run(self.culvert("disconnect"), "", PATIENCE);
    }

    /// `culvert disconnect`.
    pub fn disconnect(&self) {
        let run = run(self.culvert("disconnect"), "", PATIENCE);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    }

    /// `culvert redial`.
    pub fn redial(&self) {
        let run = run(self.culvert("redial"), "", PATIENCE);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    }

    /// `culvert lockdown`.
    pub fn lockdown(&self, switch: &str) {
        let mut command = self.culvert("lockdown");
        command.arg(switch);
        let run = run(command, "", PATIENCE);
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

    /// Whether `culvert status` tells of lockdown.
    pub fn is_locked(&self) -> bool {
        let mut command = self.culvert("status");
        command.arg("--json");
        let told: serde_json::Value = serde_json::from_str(&run(command, "", PATIENCE).stdout).expect("JSON");
        told["protection"]["lockdown"] == true
    }

    /// Somebody who watches what the connection goes through from now on.
    pub fn follow(&self) -> Follower {
        let mut command = self.culvert("status");
        command.args(["--watch", "--json"]);
        Follower::of(command)
    }

    /// What was agreed with the server, while connected.
    pub fn network(&self) -> Option<Network> {
        match self.status().state {
            State::Connected { network } => Some(network),
            _ => None,
        }
    }

    /// Why the last attempt or connection ended, or was lost.
    pub fn last_fault(&self) -> Option<FaultCode> {
        match self.status().state {
            State::Disconnected { last_fault } => last_fault.map(|fault| fault.code),
            State::Reconnecting { fault, .. } | State::Blocked { fault } => Some(fault.code),
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

    /// Whether `target` answers within a second.
    pub fn reaches(&self, target: Ipv4Addr) -> bool {
        let mut command = self.host.command("ping");
        command.args(["-c", "1", "-W", "1"]).arg(target.to_string());
        run(command, "", PATIENCE).code == Some(0)
    }

    /// Panics unless the host's network and its resolver file are soon what they were before the helper came.
    pub fn assert_nothing_left(&self) {
        let is_resolver = || self.resolv_conf() == *self.resolver.lock().expect("nobody panicked");
        let clean = || Snapshot::of(&self.host) == self.before && is_resolver();
        let left = || self.before.difference(&Snapshot::of(&self.host));
        assert!(
            eventually(Duration::from_secs(2), clean),
            "left behind:\n{}\nresolver: {}",
            left(),
            is_resolver()
        );
    }

    /// Ends the helper as a service manager would, and panics unless nothing is left of it.
    pub fn finish(mut self) {
        self.assert_nothing_left();
        self.stop_helper();
        self.assert_nothing_left();
    }

    /// Kills the helper where it stands.
    pub fn kill_helper(&mut self) {
        self.helper.kill().expect("culvertd still runs");
        self.helper.wait().expect("the child is ours");
    }

    /// The helper's memory in kilobytes, and how many descriptors and threads it has.
    pub fn helper_size(&self) -> (u64, usize, usize) {
        let process = format!("/proc/{}", self.helper.id());
        let status = fs::read_to_string(format!("{process}/status")).expect("culvertd still runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
        let kilobytes = line.split_whitespace().nth(1).and_then(|number| number.parse().ok());
        let entries = |name| fs::read_dir(format!("{process}/{name}")).expect("a directory").count();
        (kilobytes.expect("a number"), entries("fd"), entries("task"))
    }

    /// The helper's memory in kilobytes, without the pages of the program itself, which come when first used.
    pub fn helper_heap(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.helper.id()));
        let status = status.expect("culvertd still runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// How long the helper has been at work on the processors.
    pub fn helper_cpu(&self) -> Duration {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.helper.id())).expect("culvertd still runs");
        let fields = stat.rsplit_once(')').expect("a name").1.split_whitespace();
        // User and system time, in ticks of 10 ms.
        let ticks = fields.skip(11).take(2).map(|field| field.parse::<u64>().expect("a number"));
        Duration::from_millis(10 * ticks.sum::<u64>())
    }

    /// How often `what` stands in the helper's memory.
    pub fn copies_in_helper(&self, what: &[u8]) -> usize {
        let process = format!("/proc/{}", self.helper.id());
        let maps = fs::read_to_string(format!("{process}/maps")).expect("culvertd still runs");
        let memory = fs::File::open(format!("{process}/mem")).expect("root may look");
        let readable =
            maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|how| how.starts_with("rw")));
        readable.map(|line| count_in(&memory, line, what)).sum()
    }

    /// The helper's files, its log among them, in which `what` stands.
    pub fn files_with(&self, what: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.directory.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                let (path, kind) = (entry.path(), entry.file_type().expect("what it is"));
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() && memmem(&fs::read(&path).expect("a file"), what) > 0 {
                    found.push(path.display().to_string());
                }
            }
        }
        found
    }

    /// Sends the helper a signal.
    pub fn signal_helper(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.helper), signal).expect("culvertd still runs");
    }

    /// Starts the helper again, at the same socket.
    pub fn restart_helper(&mut self) {
        self.helper = serve(&self.host, &self.directory, Vec::new());
    }

    /// `culvertd` with this option, by root on the same computer.
    pub fn culvertd(&self, option: &str) -> Run {
        let mut words = private(&self.directory).into_iter().chain([program("culvertd").into_os_string()]);
        let mut command = self.host.command(words.next().expect("at least one"));
        command.args(words).arg(option).arg("--socket").arg(self.directory.path().join("socket"));
        run(command, "", PATIENCE)
    }

    /// `culvert portal`.
    pub fn portal(&self) -> Run {
        run(self.culvert("portal"), "", PATIENCE)
    }

    /// `culvert reset`.
    pub fn reset(&self) -> Run {
        run(self.culvert("reset"), "", PATIENCE)
    }

    /// Writes a file below `/etc/culvert`, as an administrator would.
    pub fn write_for_all(&self, name: &str, text: &str) {
        let path = self.directory.path().join("etc/culvert").join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("the directory");
        fs::write(&path, text).expect("the file");
        let mode = if name.ends_with("password") { 0o600 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
    }

    /// Names a name server in the resolver file.
    pub fn believe_in(&self, server: Ipv4Addr) {
        fs::write(self.directory.path().join("etc/resolv.conf"), format!("nameserver {server}\n"))
            .expect("the file");
        *self.resolver.lock().expect("nobody panicked") = self.resolv_conf();
    }

    /// Runs a command of a shell among the files as the helper sees them.
    pub fn in_helpers_place(&self, script: &str) {
        let pid = self.helper.id().to_string();
        let done = Command::new("nsenter").args(["--target", &pid, "--mount", "sh", "-ec", script]).status();
        assert!(done.is_ok_and(|status| status.success()), "{script}");
    }

    /// The resolver file as programs beside the helper see it.
    pub fn resolv_conf(&self) -> Vec<u8> {
        fs::read(self.directory.path().join("etc/resolv.conf")).expect("a resolver file")
    }

    /// Starts the helper below a service manager, which hands it what an earlier one has left.
    pub fn restart_helper_below(&mut self, manager: &Manager, left: Option<&OwnedFd>) {
        let mut prefix = vec!["env".into(), manager.variable()];
        if let Some(left) = left {
            // A shell puts it in its place: that takes no unsafe code here.
            let script = format!(
                "exec 3<>/proc/{}/fd/{}; LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=session exec \"$@\"",
                std::process::id(),
                left.as_raw_fd()
            );
            prefix.extend(["sh", "-ec", &script, "sh"].map(OsString::from));
        }
        self.helper = serve(&self.host, &self.directory, prefix);
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

/// The first words of a command line that sees the computer as the helper does.
fn private(directory: &TempDir) -> [OsString; 6] {
    // The helper changes /etc and /var/lib: it gets its own, which the next one finds.
    let script = format!(
        "cd {}
        if mkdir etc lib 2>/dev/null; then
            cp /etc/resolv.conf /etc/hosts /etc/passwd /etc/group /etc/nsswitch.conf etc/ 2>/dev/null || true
            # Not the one of the computer that the laboratory is on: nobody is there.
            echo '# no name server' > etc/resolv.conf
        fi
        mount --bind etc /etc
        mount --bind lib /var/lib
        exec \"$@\"",
        directory.path().display()
    );
    ["unshare", "--mount", "sh", "-ec", &script, "sh"].map(OsString::from)
}

/// Starts the helper, with `prefix` as the first words of its command line, and waits until it listens.
fn serve(host: &Namespace, directory: &TempDir, prefix: Vec<OsString>) -> Child {
    let socket = directory.path().join("socket");
    let log = OpenOptions::new().create(true).append(true).open(directory.path().join("log"));
    let log = log.expect("the helper's log");
    let private = private(directory);
    let mut words = private.into_iter().chain(prefix).chain([program("culvertd").into_os_string()]);
    let helper = host
        .command(words.next().expect("at least the program"))
        .args(words)
        .arg("--socket")
        .arg(&socket)
        .env("RUST_LOG", "debug")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .spawn()
        .expect("nsenter starts");
    let listens = || UnixStream::connect(&socket).is_ok();
    assert!(eventually(Duration::from_secs(10), listens), "culvertd does not listen");
    helper
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

/// How much of a log helps somebody who reads of a failed case.
const LOG_LINES: usize = 120;

impl Drop for Client {
    fn drop(&mut self) {
        // Both fail only where the helper has ended already.
        let _ = self.helper.kill();
        let _ = self.helper.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.split_at(lines.len().saturating_sub(LOG_LINES)).1;
            eprintln!("--- the end of culvertd's log ---\n{}", last.join("\n"));
        }
    }
}

/// How often `what` stands in one line's worth of `memory` (`from-to …` of the maps).
fn count_in(memory: &fs::File, line: &str, what: &[u8]) -> usize {
    let number = |text: &str| u64::from_str_radix(text, 16).expect("an address");
    let range = line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
    let (from, to) = (number(range.0), number(range.1));
    let mut bytes = vec![0; usize::try_from(to - from).expect("a length")];
    // Some mappings can't be read.
    memory.read_exact_at(&mut bytes, from).map_or(0, |()| memmem(&bytes, what))
}

fn memmem(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what).count()
}
