//! Another program, of this user or of another: this very test binary, started by its tests.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, ErrorKind, Lines, Read, Write, stdin};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use culvert_ipc::{Client, Notice, Outcome, Request};
use nix::unistd::geteuid;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use super::flood;
use super::scripted::soon;
use crate::{Inherited, Listener};

const PART: &str = "CULVERT_TEST_PART";
const SOCKET: &str = "CULVERT_TEST_SOCKET";
/// Tells a relay to wait for a notice.
const NOTICE: &str = "notice";
/// Tells a relay to connect anew, ask, and say how long that took.
const KNOCK: &str = "knock";

/// The other program.
#[test]
#[ignore = "plays its part only when the other tests start it"]
#[expect(clippy::print_stdout, reason = "the test that started it reads this")]
fn part() {
    let socket = env::var_os(SOCKET).expect("started by another test");
    let socket = Path::new(&socket);
    match env::var(PART).unwrap().as_str() {
        "ask" => println!("heard: {}", ask(socket)),
        "listen" => {
            let (mut client, _) = UnixListener::bind(socket).unwrap().accept().unwrap();
            client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut bytes = Vec::new();
            let _ = client.read_to_end(&mut bytes);
            println!("heard: {} bytes", bytes.len());
        }
        "greet" => {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let greeted = runtime.block_on(Client::connect(socket));
            println!("heard: {}", greeted.map_or_else(|error| error.to_string(), |_| "welcome".to_owned()));
        }
        "relay" => {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(relay(socket));
        }
        "helper" => {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let _entered = runtime.enter();
            let helper = flood::helper();
            println!("heard: {}", helper.socket().display());
            stdin().read_to_end(&mut Vec::new()).unwrap();
        }
        "inherit" => {
            let mut inherited = Inherited::from_environment();
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let _entered = runtime.enter();
            match Listener::inherit(&mut inherited) {
                Ok(Some(listener)) => {
                    println!("heard: {}", runtime.block_on(listener.accept()).is_ok());
                }
                Ok(None) => println!("heard: nothing"),
                Err(error) => println!("heard: {error}"),
            }
        }
        "crowd" => println!("heard: {}", flood::crowd(socket)),
        "garbage" => println!("heard: {}", flood::garbage(socket)),
        "deaf" => println!("heard: {}", flood::deaf(socket)),
        other => panic!("{other}"),
    }
}

/// Asks what it is told to ask, a line each, and says what it hears.
#[expect(clippy::print_stdout, reason = "the test that started it reads this")]
async fn relay(socket: &Path) {
    let mut client = Client::connect(socket).await.unwrap();
    for line in stdin().lines() {
        let line = line.unwrap();
        if line == NOTICE {
            println!("heard: {}", serde_json::to_string(&client.notice().await.unwrap()).unwrap());
        } else if line == KNOCK {
            let begun = Instant::now();
            let outcome = Client::connect(socket).await.unwrap().request(Request::Status).await.unwrap();
            assert!(matches!(outcome, Outcome::Status { .. }));
            println!("heard: {}", serde_json::to_string(&begun.elapsed()).unwrap());
        } else {
            let outcome = client.request(serde_json::from_str(&line).unwrap()).await.unwrap();
            println!("heard: {}", serde_json::to_string(&outcome).unwrap());
        }
    }
}

/// Everything that the helper says to who says nothing.
fn ask(socket: &Path) -> String {
    match UnixStream::connect(socket) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => "no way in".to_owned(),
        Err(error) => panic!("{error}"),
        Ok(mut stream) => {
            stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

/// Starts [`part`] as a user, from a copy in `dir` that it may execute.
pub(super) fn play(part: &str, user: u32, dir: &Path, socket: &Path) -> Child {
    spawn(&mut command(part, user, dir, socket))
}

/// Starts [`part`] as a helper that is handed `descriptor`, the way systemd does. It says what it makes of that.
pub(super) fn hand_over(dir: &Path, descriptor: OwnedFd) -> Child {
    let mut command = command("inherit", geteuid().as_raw(), dir, dir);
    // It comes as its standard input, not as the first after the standard ones.
    spawn(command.env("LISTEN_FDS", "1").env("LISTEN_FDS_FIRST_FD", "0").stdin(descriptor))
}

/// Starts [`part`] as the helper; it ends when its standard input does. Its socket is the answer.
pub(super) fn play_helper(dir: &Path) -> (Child, PathBuf) {
    let mut child = spawn(command("helper", geteuid().as_raw(), dir, dir).stdin(Stdio::piped()));
    let mut says = BufReader::new(child.stdout.take().unwrap());
    let mut lines = says.by_ref().lines();
    let socket = lines.find_map(|line| Some(line.unwrap().split_once("heard: ")?.1.into()));
    child.stdout = Some(says.into_inner());
    (child, socket.unwrap())
}

/// Starts it, also where another test forked while the copy was written: that child holds it open for a moment.
fn spawn(command: &mut Command) -> Child {
    for _ in 0..200 {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => sleep(Duration::from_millis(10)),
            started => return started.unwrap(),
        }
    }
    panic!("the copy stays busy")
}

fn command(part: &str, user: u32, dir: &Path, socket: &Path) -> Command {
    let program = dir.join("part");
    if !program.exists() {
        fs::copy(env::current_exe().unwrap(), &program).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(dir, Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new(program);
    command
        .args(["--exact", "tests::part::part", "--ignored", "--nocapture"])
        .env(PART, part)
        .env(SOCKET, socket)
        .current_dir("/")
        .uid(user)
        .gid(user)
        .stdout(Stdio::piped());
    command
}

/// A program of another user that asks what the test tells it to.
pub(super) struct Relay {
    child: Child,
    asks: ChildStdin,
    hears: Option<Lines<BufReader<ChildStdout>>>,
}

impl Relay {
    pub(super) fn start(user: u32, dir: &Path, socket: &Path) -> Self {
        let mut child = spawn(command("relay", user, dir, socket).stdin(Stdio::piped()));
        let (asks, hears) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, asks, hears: Some(BufReader::new(hears).lines()) }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) async fn request(&mut self, request: &Request) -> Outcome {
        let line = serde_json::to_string(request).unwrap();
        serde_json::from_str(&self.exchange(&line).await).unwrap()
    }

    /// Asks without waiting for the outcome.
    pub(super) fn ask(&mut self, request: &Request) {
        writeln!(self.asks, "{}", serde_json::to_string(request).unwrap()).unwrap();
    }

    pub(super) async fn notice(&mut self) -> Notice {
        serde_json::from_str(&self.exchange(NOTICE).await).unwrap()
    }

    /// How long it takes to connect anew and to hear an answer.
    pub(super) async fn knock(&mut self) -> Duration {
        serde_json::from_str(&self.exchange(KNOCK).await).unwrap()
    }

    async fn exchange(&mut self, line: &str) -> String {
        writeln!(self.asks, "{line}").unwrap();
        let mut hears = self.hears.take().unwrap();
        let next = spawn_blocking(move || {
            let heard = hears.find_map(|line| Some(line.unwrap().split_once("heard: ")?.1.to_owned()));
            (heard, hears)
        });
        let (heard, hears) = soon(next).await.unwrap();
        self.hears = Some(hears);
        heard.expect("the program goes on")
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it heard.
pub(super) async fn heard(child: Child) -> String {
    let output = soon(spawn_blocking(|| child.wait_with_output().unwrap())).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let (_, heard) = text.split_once("heard: ").unwrap();
    heard.lines().next().unwrap().to_owned()
}
