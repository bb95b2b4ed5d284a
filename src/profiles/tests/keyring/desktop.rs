//! A session bus, a home and a keyring of a test's own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A session bus with nothing on it.
pub struct Desktop {
    directory: TempDir,
    bus: Child,
    address: String,
}

impl Desktop {
    pub fn new() -> Self {
        // In memory where there is such a place: the keyring syncs each change, and what is asked here is not how long
        // a disk that others write to takes for it.
        let memory = Path::new("/dev/shm");
        let directory =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let config = directory.path().join("bus.conf");
        // Without the directories of services: nothing is started by being asked for.
        let text = format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><policy context='default'>\
             <allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/><allow own='*'/></policy></busconfig>",
            directory.path().join("bus").display()
        );
        fs::write(&config, text).unwrap();
        let mut bus = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon starts");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { directory, bus, address: address.trim().to_owned() }
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A program that lives on it.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let home = self.directory.path();
        command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home).env("XDG_RUNTIME_DIR", home).env("XDG_DATA_HOME", home.join("data"));
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    /// The keyring, open. It is made with the first one.
    pub fn start_unlocked(&self) -> Keyring<'_> {
        self.start(&["--unlock"])
    }

    /// The keyring as it is before anybody said its password.
    pub fn start_locked(&self) -> Keyring<'_> {
        self.start(&[])
    }

    fn start(&self, more: &[&str]) -> Keyring<'_> {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--components=secrets", "--foreground"]).args(more);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring");
        child.stdin.take().unwrap().write_all(b"the keyring's own password").unwrap();
        let keyring = Keyring { child, desktop: self };
        let end = Instant::now() + Duration::from_secs(20);
        while !keyring.answers() {
            assert!(Instant::now() < end, "gnome-keyring does not come");
            thread::sleep(Duration::from_millis(20));
        }
        keyring
    }

    fn names(&self) -> String {
        let bus = [
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus.ListNames",
        ];
        self.run("dbus-send", &bus)
    }

    pub fn run(&self, program: &str, words: &[&str]) -> String {
        self.run_with_input(program, words, "")
    }

    pub fn run_with_input(&self, program: &str, words: &[&str], input: &str) -> String {
        let mut command = self.command(program);
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
        // Who does not read it has ended already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    /// The files below this desktop's home that hold `text`.
    pub fn find_in_files(&self, text: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut directories = vec![self.directory.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
                let kind = entry.file_type().unwrap();
                if kind.is_dir() {
                    directories.push(entry.path());
                } else if kind.is_file() {
                    let bytes = fs::read(entry.path()).unwrap();
                    if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                        found.push(entry.path());
                    }
                }
            }
        }
        found
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

/// A gnome-keyring that runs.
pub struct Keyring<'a> {
    child: Child,
    desktop: &'a Desktop,
}

impl Keyring<'_> {
    fn answers(&self) -> bool {
        self.desktop.names().contains("org.freedesktop.secrets")
    }

    /// It answers no more, and is still there.
    pub fn stop(&self) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::STOP).unwrap();
    }

    /// It dies, and its name is free.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let end = Instant::now() + Duration::from_secs(10);
        while self.answers() {
            assert!(Instant::now() < end, "the name is still taken");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Keyring<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How often `text` stands in what this process can write to.
pub fn copies_in(process: u32, text: &str) -> usize {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let canary = text.as_bytes();
    let mut count = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (start, rest) = line.split_once('-').unwrap();
        let end = rest.split_once(' ').unwrap().0;
        let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut chunk = [0; 4096];
        let mut at = start;
        while at < end {
            // What can't be read is no memory of ours; a canary across two chunks would be seen by half a step.
            let Ok(length) = std::os::unix::fs::FileExt::read_at(&memory, &mut chunk, at) else { break };
            count += chunk[..length].windows(canary.len()).filter(|window| *window == canary).count();
            chunk.fill(0);
            at += 2048;
        }
    }
    // Each one is seen by two steps, but for one at the very edge of a region.
    count.div_ceil(2)
}
