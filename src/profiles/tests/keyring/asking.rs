//! A program of its own that asks the keyring, and what it says.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use culvert_model::Secret;
use culvert_profiles::{PasswordMode, ProfileId, Secrets, SecretsError, Store};

use crate::desktop::{Desktop, copies_in};

const QUESTION: &str = "CULVERT_TEST_QUESTION";

/// What the program of its own says, and how long it took.
pub struct Answer {
    pub said: String,
    pub took: Duration,
}

impl Desktop {
    /// What the program says to this question. A machine that stands still for two seconds makes any keyring slow;
    /// then it is asked again.
    pub fn ask(&self, question: &str) -> Answer {
        for _ in 0..2 {
            let answer = self.begin(question).finish();
            if answer.said != "Err(Slow)" {
                return answer;
            }
        }
        self.begin(question).finish()
    }

    /// The same of a program that has no bus.
    pub fn ask_without_a_bus(&self, question: &str) -> Answer {
        let mut command = self.asking(question);
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        Asking(command.spawn().unwrap()).finish()
    }

    /// Asks these questions, with commas between them, once.
    pub fn begin(&self, questions: &str) -> Asking {
        Asking(self.asking(questions).spawn().unwrap())
    }

    fn asking(&self, questions: &str) -> Command {
        let mut command = self.command(env::current_exe().unwrap());
        command.args(["--exact", "asks_the_keyring", "--nocapture"]).env(QUESTION, questions);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }
}

/// A program that asks.
pub struct Asking(Child);

impl Asking {
    pub fn finish(mut self) -> Answer {
        let mut text = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert!(self.0.wait().unwrap().success(), "{text}");
        let answer = text.lines().find_map(|line| line.split_once("answer: ")).expect(&text).1;
        let (millis, said) = answer.split_once(' ').unwrap();
        Answer { said: said.to_owned(), took: Duration::from_millis(millis.parse().unwrap()) }
    }
}

/// Answers the questions that the environment has, if it has some.
pub fn answer() {
    let Ok(questions) = env::var(QUESTION) else { return };
    let begin = Instant::now();
    let said: Vec<_> = questions.split(',').map(carry_out).collect();
    println!("answer: {} {}", begin.elapsed().as_millis(), said.join(","));
}

fn carry_out(question: &str) -> String {
    let secrets = Secrets::of_user();
    let (verb, rest) = question.split_once(' ').unwrap_or((question, ""));
    let id = || rest.parse::<ProfileId>().unwrap();
    // Made where it is needed alone: the search for copies must not find this one.
    let secret = || Secret::new(super::CANARY.to_owned());
    let label = "Culvert: Office (alice)";
    let shown = |password: Result<Option<Secret>, SecretsError>| match password {
        Ok(Some(password)) => password.expose().to_owned(),
        other => format!("{other:?}"),
    };
    match verb {
        "read" => shown(secrets.read(&id())),
        "keep" => format!("{:?}", secrets.keep(&id(), label, PasswordMode::Keyring, &secret())),
        "session" => format!("{:?}", secrets.keep(&id(), label, PasswordMode::Session, &secret())),
        "forget" => format!("{:?}", secrets.forget(&id())),
        "unlock" => format!("{:?}", secrets.unlock()),
        "copies" => {
            let password = secrets.read(&id()).unwrap().unwrap();
            let copies = || copies_in(std::process::id(), super::CANARY);
            let held = copies();
            drop(password);
            format!("{held} {}", copies())
        }
        "manager" => shown(secrets.of_network_manager(rest)),
        "sweep" => {
            let directory = tempfile::tempdir().unwrap();
            for id in rest.split(' ') {
                let text = if id == "broken" { "server =" } else { "server = 'h'\nusername = 'u'" };
                fs::write(directory.path().join(format!("{id}.toml")), text).unwrap();
            }
            format!("{:?}", secrets.sweep(&Store::at(directory.path())))
        }
        "sweep-nowhere" => format!("{:?}", secrets.sweep(&Store::at("/nonexistent"))),
        other => panic!("{other}"),
    }
}
