//! What went wrong and how far it came, in sentences.

use culvert_model::{Evidence, Fault, FaultCode, NameServerSaid, Stage};

use crate::{Names, Word, Words};

/// A fault as a window says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultWords {
    /// What happened.
    pub happened: String,
    /// Why, if that can be known.
    pub why: Option<String>,
    /// What to do.
    pub remedy: String,
    /// What others said about it.
    pub heard: Vec<String>,
    /// The number that people search for.
    pub number: Option<String>,
}

impl Words {
    /// A fault of a connection to `server`, for people who have a window and no command line before them.
    pub fn fault_in_window(&self, fault: &Fault, server: &str) -> FaultWords {
        let id = fault_id(fault.code);
        let names = [("server", server), ("port", "unknown"), ("direction", lost_direction(fault))];
        let part = |attribute| self.find(&id, attribute, &names);
        let number = fault.code.windows_error().map(|number| number.to_string());
        FaultWords {
            happened: part(None).unwrap_or_default(),
            why: part(Some("why")),
            remedy: part(Some("window")).or_else(|| part(Some("remedy"))).unwrap_or_default(),
            heard: fault.evidence.iter().filter_map(|seen| self.evidence(seen)).collect(),
            number: number.map(|number| self.say(Word::LikeWindows, &[("number", &number)])),
        }
    }

    /// What a stage is called.
    pub fn stage(&self, stage: Stage) -> String {
        self.find(stage_id(stage), None, &[]).unwrap_or_default()
    }

    /// A fault in lines: what happened and why; what to do, with the number that people search for; and what the
    /// other side said about it.
    pub fn fault(&self, fault: &Fault, server: &str) -> Vec<String> {
        self.fault_with(
            fault,
            &[("server", server), ("port", "unknown"), ("direction", lost_direction(fault))],
        )
    }

    /// The same where the server's TCP port is known too.
    pub fn fault_at_port(&self, fault: &Fault, server: &str, port: u16) -> Vec<String> {
        let port = port.to_string();
        self.fault_with(fault, &[("server", server), ("port", &port), ("direction", lost_direction(fault))])
    }

    fn fault_with(&self, fault: &Fault, names: Names<'_>) -> Vec<String> {
        let id = fault_id(fault.code);
        let part = |attribute| self.find(&id, attribute, names);
        let happened = [part(None), part(Some("why"))];
        let number = fault.code.windows_error().map(|number| number.to_string());
        let number = number.map(|number| self.say(Word::LikeWindows, &[("number", &number)]));
        let remedy = [part(Some("remedy")), number];
        let lines = [happened, remedy].map(|line| line.into_iter().flatten().collect::<Vec<_>>().join(" "));
        lines.into_iter().chain(fault.evidence.iter().filter_map(|seen| self.evidence(seen))).collect()
    }

    /// What of the evidence a person can use; the rest is for a report.
    fn evidence(&self, evidence: &Evidence) -> Option<String> {
        match evidence {
            Evidence::ServerText(text) if text.trim().is_empty() => None,
            Evidence::ServerText(text) => Some(self.say(Word::ServerSays, &[("text", text)])),
            Evidence::System(text) => Some(self.say(Word::SystemSays, &[("text", text)])),
            Evidence::MethodsAsked(methods) => {
                Some(self.say(Word::MethodsAsked, &[("methods", &methods.join(", "))]))
            }
            Evidence::Rejected { from, kind, code } => {
                let (from, reason) = (from.to_string(), rejection(*kind, *code));
                let (kind, code) = (kind.to_string(), code.to_string());
                let names = [("from", &*from), ("reason", reason), ("kind", &kind), ("code", &code)];
                Some(self.say(Word::Rejected, &names))
            }
            Evidence::NameServer { address, said } => {
                let names = [("address", &*address.to_string()), ("said", name_server_said(*said))];
                Some(self.say(Word::NameServer, &names))
            }
            Evidence::SignInPage(page) => Some(self.say(Word::SignInPage, &[("page", page)])),
            Evidence::OtherVpn { kind, interface } => {
                let name = self.say(Word::from(*kind), &[]);
                let name =
                    interface.as_ref().map_or(name.clone(), |interface| format!("{name} ({interface})"));
                Some(self.say(Word::OtherVpn, &[("name", &name)]))
            }
            Evidence::NoNameServer => Some(self.say(Word::NoNameServer, &[])),
            Evidence::ControlResult { .. }
            | Evidence::RasError(_)
            | Evidence::GreSent(_)
            | Evidence::GreReceived(_)
            | Evidence::GreForeign(_)
            | Evidence::Method(_)
            | Evidence::SilentFor(_)
            | Evidence::Unanswered(_) => None,
        }
    }
}

/// The reason that an ICMP error gives (RFC 792, RFC 1812 section 5.2.7.1), as the sentence names it.
const fn rejection(kind: u8, code: u8) -> &'static str {
    match (kind, code) {
        (3, 2 | 3) => "protocol",
        (3, 9 | 10 | 13 | 14 | 15) => "prohibited",
        (3, 0 | 1 | 6 | 7 | 8 | 11 | 12) => "unreachable",
        _ => "other",
    }
}

/// In which direction GRE does not pass: where the server's comes, it is ours that does not get through.
fn lost_direction(fault: &Fault) -> &'static str {
    let has_come = |seen: &Evidence| matches!(seen, Evidence::GreReceived(1..));
    if fault.evidence.iter().any(has_come) { "out" } else { "in" }
}

pub(crate) fn fault_id(code: FaultCode) -> String {
    format!("fault-{}", code.as_str().replace('_', "-"))
}

pub(crate) const fn stage_id(stage: Stage) -> &'static str {
    match stage {
        Stage::LookingUpName => "stage-looking-up-name",
        Stage::ReachingServer => "stage-reaching-server",
        Stage::OpeningControlConnection => "stage-opening-control-connection",
        Stage::PlacingCall => "stage-placing-call",
        Stage::WaitingForGre => "stage-waiting-for-gre",
        Stage::AgreeingOnLink => "stage-agreeing-on-link",
        Stage::CheckingPassword => "stage-checking-password",
        Stage::StartingEncryption => "stage-starting-encryption",
        Stage::GettingAddress => "stage-getting-address",
        Stage::SettingUpNetwork => "stage-setting-up-network",
    }
}

const fn name_server_said(said: NameServerSaid) -> &'static str {
    match said {
        NameServerSaid::NoSuchName => "no-such-name",
        NameServerSaid::NoAddress => "no-address",
        NameServerSaid::Failed(_) => "failed",
        NameServerSaid::Nonsense => "nonsense",
        NameServerSaid::Nothing => "nothing",
        NameServerSaid::Unreachable => "unreachable",
    }
}
