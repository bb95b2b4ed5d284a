//! Every word has its sentence, and every sentence its use.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use culvert_profiles::Format;
use culvert_profiles::import::{Reason, Refusal};

use culvert_ipc::Denial;
use culvert_model::{Evidence, Fault, FaultCode, NameServerSaid, Stage};
use fluent_bundle::FluentResource;

use crate::bundle::ENGLISH;
use crate::fault::{fault_id, stage_id};
use crate::{Word, Words};

/// Everything with words, as the file has it: its name and whether it says what to do.
fn written() -> BTreeSet<String> {
    let resource = FluentResource::try_new(ENGLISH.to_owned()).expect("the file is in order");
    let ids = ENGLISH.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    let ids: Vec<_> = ids.filter_map(|line| Some(line.split_once(" =")?.0.to_owned())).collect();
    let unique: BTreeSet<_> = ids.iter().cloned().collect();
    assert_eq!(unique.len(), ids.len(), "something is said twice");
    let messages = resource.entries().filter(|entry| format!("{entry:?}").starts_with("Message"));
    assert_eq!(messages.count(), ids.len());
    unique
}

#[test]
fn everything_has_words_and_there_are_no_words_for_nothing() {
    let faults = FaultCode::ALL.iter().map(|&code| fault_id(code));
    let stages = Stage::ALL.iter().map(|&stage| stage_id(stage).to_owned());
    let words = Word::ALL.iter().map(|word| word.id().to_owned());
    let reasons = Reason::ALL.iter().map(|reason| format!("import-reason-{}", reason.as_str()));
    let refusals = Refusal::WORDS.iter().map(|word| format!("import-refusal-{word}"));
    let formats = Format::ALL.iter().map(|format| format!("format-{}", format.as_str()));
    let needed: BTreeSet<_> =
        faults.chain(stages).chain(words).chain(reasons).chain(refusals).chain(formats).collect();
    let written = written();
    let missing: Vec<_> = needed.difference(&written).collect();
    let idle: Vec<_> = written.difference(&needed).collect();
    assert!(missing.is_empty() && idle.is_empty(), "without words: {missing:?}; for nothing: {idle:?}");
}

#[test]
fn every_fault_says_what_happened_and_what_to_do_in_whole_sentences() {
    let words = Words::english();
    for &code in FaultCode::ALL {
        let lines = words.fault(&Fault::new(code), "vpn.example.com");
        let [happened, remedy] = lines.as_slice() else { panic!("{code}: {lines:?}") };
        assert!(happened.ends_with('.') && !happened.contains('$'), "{code}: {happened}");
        let number = code.windows_error().map(|number| format!("(like Windows error {number})"));
        assert!(remedy.ends_with(&number.unwrap_or_default()) && remedy.contains('.'), "{code}: {remedy}");
    }
}

#[test]
fn gre_blocked_reads_like_this() {
    let lines = Words::english().fault(&Fault::new(FaultCode::GreBlocked), "vpn.example.com");
    assert!(lines[0].starts_with("vpn.example.com answers, but its data packets do not come back."));
    assert!(lines[1].starts_with("Try a phone hotspot"));
    assert!(lines[1].ends_with("(like Windows error 806)"));
    let out = Fault::new(FaultCode::GreBlocked).with(Evidence::GreReceived(4));
    let lines = Words::english().fault(&out, "vpn.example.com");
    assert!(lines[0].starts_with("vpn.example.com answers, but your data packets do not reach it."));
}

#[test]
fn the_port_is_named_where_it_is_known() {
    let words = Words::english();
    for code in [FaultCode::TcpRefused, FaultCode::NotPptp, FaultCode::TcpTimeout] {
        let fault = Fault::new(code);
        let known = words.fault_at_port(&fault, "vpn.example.com", 1724)[0].clone();
        assert!(known.contains("TCP port 1724"), "{known}");
        let unknown = words.fault(&fault, "vpn.example.com")[0].clone();
        assert!(!unknown.contains("1724") && !unknown.contains("unknown"), "{unknown}");
    }
}

#[test]
fn what_of_a_profile_cannot_be_used_is_said_in_words() {
    let said = |field| Words::english().say(Word::Unusable, &[("field", field)]);
    assert_eq!(said("password"), "The password can't be used: it is too long.");
    for field in ["name", "username", "domain", "port", "auth", "mtu", "traffic", "dns", "search_domains"] {
        assert!(!said(field).contains("A setting"), "{field}");
    }
    assert!(said("colour").contains("colour"));
}

#[test]
fn whoever_rejects_gre_is_named_with_the_reason() {
    let words = |kind, code| {
        let from = "192.0.2.7".parse().unwrap();
        let fault = Fault::new(FaultCode::GreBlocked).with(Evidence::Rejected { from, kind, code });
        Words::english().fault(&fault, "h").pop().unwrap()
    };
    assert_eq!(
        words(3, 13),
        "192.0.2.7 rejects the packets: a rule there forbids them (ICMP type 3, code 13)."
    );
    assert!(words(3, 2).contains("nothing there takes them (ICMP type 3, code 2)"));
    assert!(words(3, 1).contains("knows no way for them"));
    assert!(words(11, 0).starts_with("192.0.2.7 rejects the packets (ICMP type 11"));
}

#[test]
fn what_the_server_says_is_quoted_without_its_control_characters() {
    let fault = Fault::new(FaultCode::AuthRejected)
        .with(Evidence::ServerText("go\u{1b}[31m away".to_owned()))
        .with(Evidence::ServerText(" ".to_owned()))
        .with(Evidence::GreSent(3));
    let lines = Words::english().fault(&fault, "h");
    assert_eq!(lines[2..], ["The server says: “go[31m away”"]);
}

#[test]
fn what_a_name_server_said_is_said() {
    let line = |said| {
        let address = [192, 0, 2, 53].into();
        let fault = Fault::new(FaultCode::DnsFailed).with(Evidence::NameServer { address, said });
        Words::english().fault(&fault, "h").pop().unwrap()
    };
    let start = "The name server 192.0.2.53";
    assert_eq!(line(NameServerSaid::NoSuchName), format!("{start} says that there is no such name."));
    assert_eq!(line(NameServerSaid::Failed(2)), format!("{start} could not find out."));
    assert_eq!(line(NameServerSaid::Nothing), format!("{start} does not answer."));
}

#[test]
fn who_comes_from_afar_is_told_what_it_would_take() {
    let words = Words::english();
    let denied = |denial| words.refusal_of_helper(&culvert_ipc::Refusal::NotPermitted(denial));
    let group = "vpn-users".to_owned();
    let said = denied(Denial::Remote { group: group.clone() });
    assert!(said.contains("SSH") && said.contains("an administrator"), "{said}");
    assert_eq!(said.matches(&group).count(), 2, "{said}");
    let said = denied(Denial::NoAuthority { group: Some(group.clone()) });
    assert!(said.contains("polkit") && said.contains(&group), "{said}");
    assert!(denied(Denial::NoAuthority { group: None }).ends_with("with sudo."));
}

#[test]
fn nobody_elses_word_turns_the_writing_round() {
    let said = Words::english().say(Word::Connected, &[("name", "a\u{202e}b\u{2067}c\u{200f}")]);
    assert_eq!(said, "Connected to abc.");
}

/// The sources of the programs that say something.
fn sources(directory: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory).expect("the directory is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(&path).expect("it is text");
        }
    }
    text
}

#[test]
fn some_program_says_every_word() {
    let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the rooms");
    let text: String = ["cli", "gui", "words"].iter().map(|room| sources(&rooms.join(room))).collect();
    let said =
        |word: &&Word| text.contains(&format!("Word::{word:?}")) || text.contains(&format!("Self::{word:?}"));
    let idle: Vec<_> = Word::ALL.iter().filter(|word| !said(word)).collect();
    assert!(idle.is_empty(), "nobody says {idle:?}");
}
