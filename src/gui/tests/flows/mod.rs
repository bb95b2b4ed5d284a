//! Flows: what a person does and sees, line by line, in files that iced's recorder writes and reads (`.ice`). The program is
//! the real one, with its subscriptions, its files and its socket; only the helper behind the socket is played.
//!
//! Each flow has a process and a home directory of its own.

mod helper;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use iced::Program;
use iced::futures::channel::mpsc;
use iced_test::emulator::{Emulator, Event, Mode};
use iced_test::{Ice, Instruction};

use self::helper::Played;
use crate::run::application;

/// Says to the process which flow it plays.
const FLOW: &str = "CULVERT_FLOW";
/// How long a person looks before they give up.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long they look at what they expect not to be there yet.
const MOMENT: Duration = Duration::from_millis(20);

fn flows() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows");
    let files = fs::read_dir(directory).expect("the flows").map(|entry| entry.expect("an entry").path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "ice")).collect()
}

#[test]
fn every_flow_goes_to_its_end() {
    let flows = flows();
    assert!(flows.len() >= 5, "there are {}", flows.len());
    let failed: Vec<_> = thread::scope(|scope| {
        let playing: Vec<_> = flows.iter().map(|flow| scope.spawn(|| played(flow))).collect();
        playing.into_iter().filter_map(|one| one.join().expect("it was played").err()).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Plays it in a process of its own, and tells what that said where it failed.
fn played(flow: &Path) -> Result<(), String> {
    let home = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(env::current_exe().expect("this test"));
    command.args(["--exact", "tests::flows::one_flow", "--nocapture"]).env_clear();
    command.env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path()).env(FLOW, flow);
    command.env("CULVERT_SOCKET", home.path().join("socket"));
    // Without a bus there is neither a keyring nor a portal.
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", home.path().join("bus").display()));
    let output = command.current_dir(home.path()).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{}:\n{said}", flow.display())) }
}

/// What the test above starts for each flow; by itself it is nothing.
#[test]
fn one_flow() {
    let Some(flow) = env::var_os(FLOW) else { return };
    let text = fs::read_to_string(flow).expect("it is there");
    let ice = Ice::parse(&text).expect("it can be read");
    let socket = env::var_os("CULVERT_SOCKET").expect("a place for the socket");
    let _helper = Played::at(Path::new(&socket));
    Player::new(application(), &ice).play(ice.instructions);
}

/// Somebody who does what the flow says, and looks again until they see what it says.
struct Player<P: Program + 'static> {
    program: P,
    emulator: Emulator<P>,
    events: mpsc::Receiver<Event<P>>,
}

impl<P: Program + 'static> Player<P> {
    fn new(program: P, ice: &Ice) -> Self {
        let (sender, events) = mpsc::channel(64);
        // What comes from the helper comes when it comes: waiting for tasks would not wait for that.
        let emulator = Emulator::new(sender, &program, Mode::Immediate, ice.viewport);
        Self { program, emulator, events }
    }

    fn play(&mut self, instructions: Vec<Instruction>) {
        self.look();
        for instruction in instructions {
            let deadline = Instant::now() + PATIENCE;
            loop {
                self.emulator.run(&self.program, instruction.clone());
                if self.look() {
                    break;
                }
                assert!(Instant::now() < deadline, "this can't be done: {instruction}");
            }
        }
    }

    /// Lets happen what happens for a moment, and until it is known whether the last instruction was done.
    fn look(&mut self) -> bool {
        let until = Instant::now() + MOMENT;
        let mut is_done = None;
        while is_done.is_none() || Instant::now() < until {
            match self.events.try_recv() {
                Ok(Event::Action(action)) => self.emulator.perform(&self.program, action),
                Ok(Event::Failed(_)) => is_done = Some(false),
                Ok(Event::Ready) => is_done = Some(true),
                Err(_) => thread::sleep(Duration::from_millis(2)),
            }
        }
        is_done == Some(true)
    }
}
