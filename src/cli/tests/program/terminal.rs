//! As a person at a terminal calls it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use culvert_ipc::{Answer, Outcome, Refusal, Request};
use culvert_model::{Fault, FaultCode, Protection, Question, Secret, Stage, State};
use nix::pty::openpty;
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::play::{CONNECT, CONNECTION, Helper, finished, greeted, listener, program, soon, start, up};
use crate::profiles::Home;

/// A terminal with the program on it.
struct Terminal {
    keys: File,
    shown: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
    program: Child,
}

impl Terminal {
    /// The program with these arguments on a terminal of its own.
    fn with(arguments: &[&str], environment: &[(&str, &Path)]) -> Self {
        let pty = openpty(None, None).unwrap();
        let side = |fd: &OwnedFd| Stdio::from(fd.try_clone().unwrap());
        let program = Command::new("setsid")
            .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_culvert")])
            .args(arguments)
            .envs(environment.iter().copied())
            .env("LC_ALL", "C")
            .stdin(side(&pty.slave))
            .stdout(side(&pty.slave))
            .stderr(side(&pty.slave))
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        drop(pty.slave);
        let shown = Arc::<Mutex<String>>::default();
        let (mut screen, seen) = (File::from(pty.master.try_clone().unwrap()), shown.clone());
        let reading = thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                seen.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { keys: pty.master.into(), shown, reading, program }
    }

    /// Waits until `text` is shown.
    async fn shows(&self, text: &str) {
        let shown = async {
            while !self.screen().contains(text) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        if timeout(Duration::from_secs(20), shown).await.is_err() {
            panic!("no {text:?} in {:?}", self.screen());
        }
    }

    fn screen(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    /// Types where nothing typed is shown.
    async fn types(&mut self, keys: &str) {
        while tcgetattr(&self.keys).unwrap().local_flags.contains(LocalFlags::ECHO) {
            sleep(Duration::from_millis(5)).await;
        }
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    async fn exit(mut self) -> (i32, String) {
        let code = soon(self.program.wait()).await.unwrap().code().unwrap();
        // The other side of the terminal is closed now.
        self.reading.join().unwrap();
        (code, self.shown.lock().unwrap().clone())
    }
}

/// `culvert connect` on a terminal of its own.
async fn connecting() -> (Terminal, Helper) {
    connecting_with(&[]).await
}

/// The same with more arguments.
async fn connecting_with(more: &[&str]) -> (Terminal, Helper) {
    let (dir, listener) = listener();
    let to = ["connect", "--server=vpn.example.com", "--user=OFFICE\\alice"];
    let socket = dir.path().join("culvert.sock");
    let terminal = Terminal::with(&[&to, more].concat(), &[("CULVERT_SOCKET", &socket)]);
    (terminal, greeted(dir, &listener).await)
}

/// Types `password` at the prompt, and follows until the helper has begun.
async fn begin(terminal: &mut Terminal, helper: &mut Helper, password: &str) {
    terminal.shows("Password for OFFICE\\alice at vpn.example.com:").await;
    terminal.types(&format!("{password}\n")).await;
    assert_eq!(helper.asked().await, Request::Subscribe);
    helper
        .reply(Outcome::Status { connections: vec![], others: vec![], protection: Protection::default() })
        .await;
    began(helper, password).await;
}

async fn began(helper: &mut Helper, typed: &str) {
    let Request::Connect { password, .. } = helper.asked().await else { panic!("no connect") };
    assert_eq!(password, Some(Secret::new(typed.to_owned())));
    helper.reply(Outcome::Started { connection: CONNECTION }).await;
}

fn refused() -> State {
    let refused = Some(Fault::new(FaultCode::AuthRejected));
    State::Connecting { stage: Stage::CheckingPassword, question: Some(Question::Password { refused }) }
}

#[tokio::test]
async fn the_password_is_typed_unseen_and_the_stages_are_shown() {
    let (mut terminal, mut helper) = connecting().await;
    begin(&mut terminal, &mut helper, "clientPass").await;
    helper.tell(State::Connecting { stage: Stage::ReachingServer, question: None }).await;
    terminal.shows("… Reaching the server").await;
    helper.tell(up()).await;
    let (code, screen) = terminal.exit().await;
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("clientPass"), "{screen}");
    assert!(screen.contains("✓ Looking up the name") && screen.contains("3 ms"), "{screen}");
    assert!(screen.contains("Connected to vpn.example.com after "), "{screen}");
    assert!(screen.contains("Low protection"), "{screen}");
}

#[tokio::test]
async fn a_refused_password_is_asked_for_again_in_place() {
    let (mut terminal, mut helper) = connecting().await;
    begin(&mut terminal, &mut helper, "wrong").await;
    helper.tell(refused()).await;
    terminal.shows("accounts often lock after a few wrong tries").await;
    terminal.types("right\n").await;
    let answer = Answer::Password(Secret::new("right".to_owned()));
    assert_eq!(helper.asked().await, Request::Answer { connection: CONNECTION, answer });
    helper.reply(Outcome::Done).await;
    helper.tell(up()).await;
    let (code, screen) = terminal.exit().await;
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("did not accept the user name or password"), "{screen}");
}

#[tokio::test]
async fn a_connection_that_ended_while_the_password_was_typed_says_why() {
    let (mut terminal, mut helper) = connecting().await;
    begin(&mut terminal, &mut helper, "wrong").await;
    helper.tell(refused()).await;
    terminal.shows("accounts often lock after a few wrong tries").await;
    helper.tell(State::Disconnected { last_fault: Some(Fault::new(FaultCode::AuthRejected)) }).await;
    terminal.types("right\n").await;
    assert!(matches!(helper.asked().await, Request::Answer { .. }));
    helper.reply(Outcome::Refused(Refusal::UnknownConnection)).await;
    let (code, screen) = terminal.exit().await;
    assert_eq!(code, 3, "{screen}");
}

#[tokio::test]
async fn an_answer_that_the_helper_does_not_take_ends_the_attempt_with_its_reason() {
    let (mut terminal, mut helper) = connecting().await;
    begin(&mut terminal, &mut helper, "wrong").await;
    helper.tell(refused()).await;
    terminal.shows("accounts often lock after a few wrong tries").await;
    terminal.types("right\n").await;
    assert!(matches!(helper.asked().await, Request::Answer { .. }));
    helper.reply(Outcome::Refused(Refusal::ShuttingDown)).await;
    assert_eq!(helper.asked().await, Request::Disconnect { connection: CONNECTION });
    helper.reply(Outcome::Done).await;
    helper.tell(State::default()).await;
    let (code, screen) = terminal.exit().await;
    assert_eq!(code, 7, "{screen}");
    assert!(screen.contains("network service is shutting down"), "{screen}");
    assert!(helper.hung_up().await);
}

#[tokio::test]
async fn ctrl_c_at_the_prompt_gives_up_and_leaves_the_terminal_as_it_was() {
    let (mut terminal, mut helper) = connecting().await;
    terminal.shows("Password for").await;
    terminal.types("half a pass\x03").await;
    let (code, screen) = terminal.exit().await;
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("Cancelled.") && !screen.contains("half"), "{screen}");
    assert!(helper.hung_up().await);
}

#[tokio::test]
async fn a_password_for_standard_input_is_typed_unseen_too() {
    let (mut terminal, mut helper) = connecting_with(&["--password-stdin"]).await;
    begin(&mut terminal, &mut helper, "clientPass").await;
    helper.tell(up()).await;
    let (code, screen) = terminal.exit().await;
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("clientPass"), "{screen}");
}

#[tokio::test]
async fn ctrl_c_ends_the_wait_for_a_password_that_does_not_come() {
    let (dir, listener) = listener();
    let mut program = program(&dir.path().join("culvert.sock"), &CONNECT).spawn().unwrap();
    let _pipe = program.stdin.take();
    let mut helper = greeted(dir, &listener).await;
    interrupt(&program).await;
    let (code, _, err) = finished(program).await;
    assert_eq!((code, err.as_str()), (130, "Cancelled.\n"));
    assert!(helper.hung_up().await);
}

#[tokio::test]
async fn ctrl_c_ends_the_watch() {
    let mut play = start(&["status", "--watch"], "").await;
    play.helper.asked().await;
    play.helper
        .reply(Outcome::Status { connections: vec![], others: vec![], protection: Protection::default() })
        .await;
    interrupt(&play.program).await;
    let (code, out, err) = finished(play.program).await;
    assert_eq!((code, out.as_str(), err.as_str()), (130, "Not connected.\n", ""));
}

/// Ctrl-C, once the program listens to it.
async fn interrupt(program: &Child) {
    let pid = Pid::from_raw(program.id().unwrap().try_into().unwrap());
    soon(async {
        while !handles_interrupts(pid) {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    kill(pid, Signal::SIGINT).unwrap();
}

/// Whether the process has a handler for SIGINT.
fn handles_interrupts(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & 2 != 0
}

#[tokio::test]
async fn ctrl_c_at_the_second_prompt_ends_the_connection() {
    let (mut terminal, mut helper) = connecting().await;
    begin(&mut terminal, &mut helper, "wrong").await;
    helper.tell(refused()).await;
    terminal.shows("accounts often lock after a few wrong tries").await;
    terminal.shows("tries.\r\nPassword for").await;
    terminal.types("\x03").await;
    assert_eq!(helper.asked().await, Request::Disconnect { connection: CONNECTION });
    helper.reply(Outcome::Done).await;
    helper.tell(State::default()).await;
    assert_eq!(terminal.exit().await.0, 130);
}

/// Windows' own list of connections knows no users.
#[tokio::test]
async fn who_is_to_log_in_is_asked_where_the_file_does_not_say_it() {
    let home = Home::new();
    let list = home.path().join("list.txt");
    let connection = |name| format!("Name : {name}\nServerAddress : vpn.example.com\nTunnelType : Pptp\n\n");
    fs::write(&list, connection("Office") + &connection("Branch")).unwrap();
    let environment = [("HOME", home.path()), ("XDG_CONFIG_HOME", Path::new(""))];
    let mut terminal = Terminal::with(&["profile", "import", list.to_str().unwrap()], &environment);
    for (question, answer) in [
        ("Save these?", "y\n"),
        ("User name for Office", "a\tb\n"),
        ("something in it", "OFFICE\\alice\n"),
        ("User name for Branch", "\n"),
    ] {
        terminal.shows(question).await;
        terminal.keys.write_all(answer.as_bytes()).unwrap();
    }
    let (code, screen) = terminal.exit().await;
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("Imported 1 of 2.") && screen.contains("Branch says no user name"), "{screen}");
    assert_eq!(home.names(), ["Office"]);
}
