//! Somebody who watches what a connection goes through.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use culvert_model::{State, Status};

/// `culvert status --watch --json`, until it is dropped.
pub struct Follower {
    child: Child,
    reader: Option<JoinHandle<()>>,
    states: Arc<Mutex<Vec<&'static str>>>,
}

impl Follower {
    /// Follows what `command` tells on its standard output.
    pub fn of(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program culvert");
        let output = child.stdout.take().expect("it is piped");
        let states = Arc::<Mutex<Vec<_>>>::default();
        let heard = Arc::clone(&states);
        let reader = thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let status: Status =
                    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                heard.lock().expect("nobody panicked").push(name(&status.state));
            }
        });
        Self { child, reader: Some(reader), states }
    }

    /// From which states to which ones the connection has gone.
    pub fn edges(&self) -> BTreeSet<(&'static str, &'static str)> {
        let states = self.states.lock().expect("nobody panicked");
        states.windows(2).map(|pair| (pair[0], pair[1])).filter(|(from, to)| from != to).collect()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // It may have ended with its helper.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let reader = self.reader.take().map(JoinHandle::join);
        assert!(thread::panicking() || !matches!(reader, Some(Err(_))), "what it told is no status");
    }
}

const fn name(state: &State) -> &'static str {
    match state {
        State::Disconnected { .. } => "disconnected",
        State::Connecting { .. } => "connecting",
        State::Connected { .. } => "connected",
        State::Reconnecting { .. } => "reconnecting",
        State::Disconnecting => "disconnecting",
        State::Blocked { .. } => "blocked",
    }
}
