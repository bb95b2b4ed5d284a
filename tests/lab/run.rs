//! Running programs with an end in sight.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What a program did.
#[derive(Debug)]
pub struct Run {
    /// Its exit status; `None` for one that a signal ended.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

/// Runs a command with `input`, and panics when it does not end within `limit`.
pub fn run(command: Command, input: &str, limit: Duration) -> Run {
    run_looking(command, input, limit, |_| ())
}

/// The same, and has somebody `look` at its process again and again while it runs.
pub fn run_looking(mut command: Command, input: &str, limit: Duration, look: impl FnMut(u32)) -> Run {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = |name: &str| File::create(directory.path().join(name)).expect("a file for the output");
    let text = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap_or_default();
    let begin = Instant::now();
    command.stdin(Stdio::piped()).stdout(file("stdout")).stderr(file("stderr"));
    let mut child = command.spawn().expect("the program starts");
    feed(&mut child, input);
    let status = wait_looking(&mut child, limit, look);
    let took = begin.elapsed();
    let run = Run {
        code: status.and_then(|status| status.code()),
        stdout: text("stdout"),
        stderr: text("stderr"),
        took,
    };
    assert!(status.is_some(), "{command:?} did not end within {limit:?}\n{}{}", run.stdout, run.stderr);
    run
}

/// Waits for the end of `child`; kills it and returns `None` when `limit` has passed.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    wait_looking(child, limit, |_| ())
}

fn wait_looking(child: &mut Child, limit: Duration, mut look: impl FnMut(u32)) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().expect("the child is ours") {
            return Some(status);
        }
        if Instant::now() > deadline {
            child.kill().and_then(|()| child.wait()).expect("the child can be killed");
            return None;
        }
        look(child.id());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Asks again and again until `question` is answered with yes; says whether it was, within `limit`.
pub fn eventually(limit: Duration, mut question: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if question() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How often a case goes round: as the variable says, or `usual`.
pub fn count(variable: &str, usual: u32) -> u32 {
    std::env::var(variable).map_or(usual, |text| text.parse().expect("a number"))
}

/// One of the house's programs, as cargo built it beside this test.
pub fn program(name: &str) -> std::path::PathBuf {
    let directory = std::env::var_os("CULVERT_PROGRAMS").map_or_else(
        || Path::new(env!("CARGO_BIN_EXE_culvert-lab-peer")).with_file_name(""),
        std::path::PathBuf::from,
    );
    let path = directory.join(name);
    let hint = "build it first (cargo build -p culvert-helper -p culvert-cli), or say where it is in CULVERT_PROGRAMS";
    assert!(path.is_file(), "there is no {}: {hint}", path.display());
    path
}

fn feed(child: &mut Child, input: &str) {
    match child.stdin.take().expect("a pipe").write_all(input.as_bytes()) {
        // A program may end without having read everything.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        result => result.expect("the program's input"),
    }
}
