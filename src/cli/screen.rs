//! Where sentences go: results to standard output, everything else to standard error.

use std::env::current_exe;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use culvert_ipc::{ClientError, Goodbye, Refusal};
use culvert_model::{Fault, Profile};
use serde::Serialize;

use crate::Exit;
use culvert_words::{Names, Word, Words};

const HELPER: &str = "culvertd";
/// Back to the start of the line, which is wiped.
const FRESH_LINE: &str = "\r\x1b[K";

pub(crate) struct Screen {
    pub(crate) words: Words,
    is_terminal: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self { words: Words::of_system(), is_terminal: io::stderr().is_terminal() }
    }

    /// Whether somebody watches the progress.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// A line of the result. (Who reads it may have gone: that is no error of ours.)
    pub(crate) fn result(&self, line: &str) {
        let _ = writeln!(io::stdout().lock(), "{line}");
    }

    /// The status for a script.
    pub(crate) fn json(&self, status: &impl Serialize) {
        if let Ok(line) = serde_json::to_string(status) {
            self.result(&line);
        }
    }

    /// A line for the person.
    pub(crate) fn note(&self, line: &str) {
        let fresh = if self.is_terminal { FRESH_LINE } else { "" };
        let _ = writeln!(io::stderr().lock(), "{fresh}{line}");
    }

    pub(crate) fn say(&self, word: Word, names: Names<'_>) {
        self.note(&self.words.say(word, names));
    }

    /// A line that the next one replaces, on a terminal only.
    pub(crate) fn passing(&self, line: &str) {
        if self.is_terminal {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "{FRESH_LINE}{line}").and_then(|()| stderr.flush());
        }
    }

    /// Wipes a line that is about to be replaced.
    pub(crate) fn wipe(&self) {
        self.passing("");
    }

    pub(crate) fn fault(&self, fault: &Fault, server: &str) -> Exit {
        self.told(fault, &self.words.fault(fault, server))
    }

    /// The same where more is known of the server than its name.
    pub(crate) fn fault_of(&self, fault: &Fault, profile: &Profile) -> Exit {
        self.told(fault, &self.words.fault_at_port(fault, profile.server.as_str(), profile.port))
    }

    fn told(&self, fault: &Fault, lines: &[String]) -> Exit {
        lines.iter().for_each(|line| self.note(line));
        Exit::from(fault)
    }

    pub(crate) fn refused(&self, refusal: &Refusal) -> Exit {
        self.note(&self.words.refusal_of_helper(refusal));
        Exit::Other
    }

    /// Why the helper could not be asked.
    pub(crate) fn trouble(&self, error: &ClientError, socket: &Path) -> Exit {
        let socket = socket.display().to_string();
        match error {
            ClientError::NotRunning => self.say(Word::HelperNotRunning, &[("program", &helper())]),
            ClientError::NotAllowed => self.say(Word::HelperNotAllowed, &[]),
            ClientError::Impostor { .. } => self.say(Word::HelperImpostor, &[("socket", &socket)]),
            ClientError::Untrusted { path, why } => {
                let path = path.display().to_string();
                self.say(Word::HelperUntrusted, &[("path", &path), ("why", why)]);
            }
            ClientError::OtherVersion { .. } => self.say(Word::HelperOtherVersion, &[]),
            ClientError::Goodbye(Goodbye::ShuttingDown) => self.say(Word::HelperEnding, &[]),
            ClientError::Lost => self.say(Word::HelperLost, &[]),
            ClientError::Silent => self.say(Word::HelperSilent, &[]),
            other => self.say(Word::HelperTrouble, &[("reason", &other.to_string())]),
        }
        Exit::Other
    }

    /// How to give the network back without the helper that runs, or does not.
    pub(crate) fn by_hand(&self) {
        self.say(Word::ResetByHand, &[("program", &helper())]);
    }
}

/// How to call the helper: by its path where it lies beside this program, as after a build.
fn helper() -> String {
    let beside = current_exe().map(|own| own.with_file_name(HELPER)).ok().filter(|path| path.is_file());
    beside.map_or_else(|| HELPER.to_owned(), |path| path.display().to_string())
}
