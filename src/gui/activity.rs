//! What has happened since the window was opened, for whoever is to help.

use std::collections::{BTreeSet, VecDeque};
use std::net::Ipv4Addr;

use culvert_ipc::Notice;
use culvert_model::{NextTry, State, Status};
use culvert_words::{Word, Words};
use jiff::civil::Time;

use crate::link::{Heard, Trouble};

/// How much is remembered.
const MOST: usize = 500;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// When, by this computer's clock.
    pub(crate) at: Time,
    pub(crate) text: String,
    /// Whether something went wrong.
    pub(crate) is_fault: bool,
}

/// Everything that happened, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    entries: VecDeque<Entry>,
    /// What the connections are called that it is about: some are kept by nobody, or no longer.
    names: BTreeSet<String>,
}

impl Activity {
    /// Takes note of what came from the helper.
    pub(crate) fn note(&mut self, heard: &Heard, words: &Words) {
        match heard {
            Heard::All(told) => told.connections.iter().for_each(|status| self.note_status(status, words)),
            Heard::Notice(notice) => {
                if let Notice::Changed(status) = &**notice {
                    self.note_status(status, words);
                }
            }
            Heard::Lost(trouble) => {
                let word = match trouble {
                    Trouble::Missing => Word::StateMissing,
                    Trouble::Older => Word::StateOlder,
                    Trouble::Newer => Word::StateNewer,
                    Trouble::NotAllowed
                    | Trouble::Impostor
                    | Trouble::Untrusted { .. }
                    | Trouble::Other(_) => Word::StateNotAllowed,
                    Trouble::Stopped => Word::StateStopped,
                };
                self.push(words.say(word, &[]), true);
            }
        }
    }

    fn note_status(&mut self, status: &Status, words: &Words) {
        self.names.insert(status.name.clone());
        let name = [("name", status.name.as_str())];
        let fault = |fault| words.fault_in_window(fault, &status.name);
        match &status.state {
            State::Disconnected { last_fault: None } => {
                self.push(words.say(Word::Disconnected, &name), false)
            }
            State::Disconnected { last_fault: Some(last) } => self.push_fault(fault(last)),
            State::Connecting { stage, .. } => self.push(words.stage(*stage), false),
            State::Connected { .. } => self.push(words.say(Word::Connected, &name), false),
            State::Reconnecting { fault: last, next: NextTry::In(_) | NextTry::WithNetwork, .. } => {
                self.push_fault(fault(last))
            }
            State::Reconnecting { .. } => self.push(words.say(Word::StateReconnecting, &name), false),
            State::Disconnecting => self.push(words.say(Word::StateDisconnecting, &[]), false),
            State::Blocked { fault: last } => self.push_fault(fault(last)),
        }
    }

    fn push_fault(&mut self, fault: culvert_words::FaultWords) {
        let parts = [fault.happened].into_iter().chain(fault.heard).chain(fault.number);
        self.push(parts.collect::<Vec<_>>().join(" "), true);
    }

    /// What is told twice in a row happened once.
    fn push(&mut self, text: String, is_fault: bool) {
        if self.entries.back().is_some_and(|last| last.text == text) {
            return;
        }
        if self.entries.len() == MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { at: jiff::Zoned::now().time(), text, is_fault });
    }

    /// The newest first; with `only_faults` what went wrong.
    pub(crate) fn entries(&self, only_faults: bool) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev().filter(move |entry| entry.is_fault || !only_faults)
    }

    /// All of it as lines, the oldest first, without what names the person: addresses and `secrets`.
    pub(crate) fn text(&self, secrets: &[String]) -> String {
        let mut secrets: Vec<_> = self.names.iter().chain(secrets).filter(|name| !name.is_empty()).collect();
        // A name may stand in a longer one, which would not be found after it.
        secrets.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let lines = self.entries.iter().map(|entry| {
            let text = secrets.iter().fold(entry.text.clone(), |text, name| text.replace(name.as_str(), "…"));
            format!("{} {}\n", time(entry.at), without_addresses(&text))
        });
        lines.collect()
    }
}

/// The same text without IPv4 addresses.
fn without_addresses(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let words = text.split_inclusive(|c| !is_part(c)).map(|word| {
        let (number, rest) = word.split_at(word.find(|c| !is_part(c)).unwrap_or(word.len()));
        let address = number.trim_end_matches('.');
        if address.parse::<Ipv4Addr>().is_ok() {
            word.replacen(address, "…", 1)
        } else {
            [number, rest].concat()
        }
    });
    words.collect()
}

/// The hour, the minute and the second.
pub(crate) fn time(at: Time) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use culvert_model::{ConnectionId, Fault, FaultCode, Stage};

    use super::*;

    fn tell(activity: &mut Activity, state: State) {
        let (connection, name) = (ConnectionId(1), "vpn.example.com".to_owned());
        let status = Status::new(connection, name, state);
        activity.note(&Heard::Notice(Box::new(Notice::Changed(Box::new(status)))), &Words::english());
    }

    #[test]
    fn what_happened_is_told_once_and_faults_can_be_told_apart() {
        let mut activity = Activity::default();
        let connecting = State::Connecting { stage: Stage::PlacingCall, question: None };
        tell(&mut activity, connecting.clone());
        tell(&mut activity, connecting);
        tell(&mut activity, State::Disconnected { last_fault: Some(Fault::new(FaultCode::TcpRefused)) });
        assert_eq!(activity.entries(false).count(), 2);
        let faults: Vec<_> = activity.entries(true).collect();
        assert!(matches!(faults.as_slice(), [one] if one.text.contains("vpn.example.com")), "{faults:?}");
    }

    #[test]
    fn what_is_copied_does_not_name_the_server() {
        let mut activity = Activity::default();
        tell(&mut activity, State::Disconnected { last_fault: Some(Fault::new(FaultCode::TcpRefused)) });
        let text = activity.text(&["vpn.example.com".to_owned(), String::new()]);
        assert!(text.contains("at …") && !text.contains("example"), "{text}");
    }

    #[test]
    fn nor_does_it_name_one_that_is_kept_by_nobody_or_leave_a_part_of_a_name() {
        let mut activity = Activity::default();
        tell(&mut activity, State::Disconnected { last_fault: Some(Fault::new(FaultCode::TcpRefused)) });
        assert!(!activity.text(&[]).contains("example"));
        let fault = Fault::new(FaultCode::AuthRejected)
            .with(culvert_model::Evidence::ServerText("no OFFICE\\alice here".to_owned()));
        tell(&mut activity, State::Disconnected { last_fault: Some(fault) });
        let text = activity.text(&["alice".to_owned(), "OFFICE\\alice".to_owned()]);
        assert!(!text.contains("OFFICE") && text.contains("no … here"), "{text}");
    }

    #[test]
    fn nor_does_it_tell_addresses() {
        let text = "192.0.2.7 rejects them (code 13): ask 10.0.0.1. Version 1.2.3, 5 s";
        assert_eq!(without_addresses(text), "… rejects them (code 13): ask …. Version 1.2.3, 5 s");
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let mut activity = Activity::default();
        for count in 0..MOST * 2 {
            let stage = Stage::ALL[count % 2];
            tell(&mut activity, State::Connecting { stage, question: None });
        }
        assert_eq!(activity.entries(false).count(), MOST);
    }
}
