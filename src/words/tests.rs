//! Every word has its sentence, and every sentence its use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use culvert_profiles::Format;
use culvert_profiles::import::{Reason, Refusal, Remark, Treatment};

use culvert_ipc::Denial;
use culvert_model::{Evidence, Fault, FaultCode, NameServerSaid, Stage};
use fluent_bundle::FluentResource;

use crate::fault::{fault_id, stage_id};
use crate::{Language, Word, Words};

/// What a sentence is made of: the names of its attributes, of what stands in it, and of the cases it knows.
type Parts = BTreeSet<String>;

/// Everything with words, as the file has it.
fn written(language: Language) -> BTreeMap<String, Parts> {
    let source = language.source();
    let resource = FluentResource::try_new(source.to_owned());
    let resource = resource.unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
    let (mut messages, mut attribute) = (BTreeMap::<_, Parts>::new(), String::new());
    let mut id = String::new();
    for line in source.lines() {
        let words = line.trim_start();
        let is_id = line.starts_with(|c: char| c.is_ascii_lowercase());
        if let Some((name, _)) = line.split_once(" =").filter(|_| is_id) {
            (id, attribute) = (name.to_owned(), String::new());
            let is_new = messages.insert(id.clone(), Parts::new()).is_none();
            assert!(is_new, "{language:?} says {id} twice");
        } else if let Some((name, _)) = words.strip_prefix('.').and_then(|rest| rest.split_once(" =")) {
            attribute = name.to_owned();
        }
        let Some(parts) = messages.get_mut(&id).filter(|_| !line.starts_with('#')) else { continue };
        parts.insert(format!(".{attribute}"));
        parts.extend(inside(words).map(|part| format!(".{attribute} {part}")));
    }
    let count = resource.entries().filter(|entry| format!("{entry:?}").starts_with("Message")).count();
    assert_eq!(count, messages.len(), "{language:?}");
    messages
}

/// The names and cases in a line. One and many are counted differently from language to language.
fn inside(line: &str) -> impl Iterator<Item = &str> {
    let end = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-';
    let names = line.split('$').skip(1).map(move |rest| rest.split(end).next().unwrap_or_default());
    let case = line.trim_start_matches('*').strip_prefix('[').and_then(|rest| rest.split(']').next());
    let is_count = |case: &&str| ["zero", "one", "two", "few", "many", "other"].contains(case);
    names.chain(case.filter(|case| !is_count(case)))
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
    let written: BTreeSet<_> = written(Language::English).into_keys().collect();
    let missing: Vec<_> = needed.difference(&written).collect();
    let idle: Vec<_> = written.difference(&needed).collect();
    assert!(missing.is_empty() && idle.is_empty(), "without words: {missing:?}; for nothing: {idle:?}");
}

#[test]
fn every_language_says_what_english_says() {
    let english = written(Language::English);
    for &language in Language::ALL {
        let other = written(language);
        let missing: Vec<_> = english.keys().filter(|id| !other.contains_key(*id)).collect();
        let idle: Vec<_> = other.keys().filter(|id| !english.contains_key(*id)).collect();
        assert!(missing.is_empty() && idle.is_empty(), "{language:?}: missing {missing:?}, idle {idle:?}");
        for (id, parts) in &english {
            let differ: Vec<_> = parts.symmetric_difference(&other[id]).collect();
            assert!(differ.is_empty(), "{language:?}: {id} differs from the English one in {differ:?}");
        }
    }
}

#[test]
fn a_locale_leads_to_its_language() {
    let of = |set: &[(&str, &str)]| {
        Language::of_environment(|name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(of(&[]), Language::English);
    for locale in ["de_AT.UTF-8", "de", "de_DE@euro", "de-CH", "DE_de"] {
        assert_eq!(of(&[("LANG", locale)]), Language::German, "{locale}");
    }
    for locale in ["C", "POSIX", "C.UTF-8", "fr_FR.UTF-8", "den_CA", "", "_"] {
        assert_eq!(of(&[("LANG", locale)]), Language::English, "{locale}");
    }
    assert_eq!(of(&[("LANG", "de_DE"), ("LC_ALL", "en_GB")]), Language::English);
    assert_eq!(of(&[("LANG", "en_GB"), ("LC_MESSAGES", "de_DE"), ("LC_ALL", "")]), Language::German);
    // A list goes before the locale, but not before the plain one, which scripts ask for.
    assert_eq!(of(&[("LANG", "en_GB"), ("LANGUAGE", "fr:de")]), Language::German);
    assert_eq!(of(&[("LC_ALL", "C"), ("LANGUAGE", "de")]), Language::English);
}

#[test]
fn what_a_language_does_not_say_is_said_in_english() {
    let words = Words::written(Language::German, "button-connect = Verbinden\n");
    assert_eq!(words.say(Word::ButtonConnect, &[]), "Verbinden");
    assert_eq!(words.say(Word::ButtonDisconnect, &[]), "Disconnect");
}

#[test]
fn what_goes_the_same_way_in_an_import_shares_a_sentence() {
    let remark = |line, key: &str, treatment| Remark { line, key: key.to_owned(), treatment };
    let mut remarks = vec![
        remark(1, "server", Treatment::Used),
        remark(2, "user", Treatment::Used),
        remark(3, "server", Treatment::Used),
        remark(4, "plugin", Treatment::Ignored(Reason::RunsProgram)),
        remark(5, "name", Treatment::Changed(Reason::Backslash)),
        remark(6, "pty", Treatment::Ignored(Reason::RunsProgram)),
        remark(7, "ipv6", Treatment::Ignored(Reason::OnlyIpv4)),
    ];
    remarks.extend((10..30).map(|line| remark(line, &format!("key{line}"), Treatment::Kept)));
    let said = Words::english().remarks(&remarks);
    assert_eq!(said.len(), 5, "{said:?}");
    assert_eq!(said[0], "Used: server, user");
    assert!(said[1].starts_with("Line 5, name: taken, but"), "{said:?}");
    assert_eq!(said[2], "Left out, for it would run a program: plugin, pty");
    assert!(said[4].contains("key10, ") && said[4].ends_with(" and 8 more"), "{said:?}");
}

#[test]
fn numbers_are_written_as_the_language_writes_them() {
    let (english, german) = (Words::english(), Words::of(Language::German));
    assert_eq!([english.amount(2_150_000), german.amount(2_150_000)], ["2.1 MB", "2,1 MB"]);
    assert_eq!([english.amount(999), german.amount(999)], ["999 B", "999 B"]);
    let took = |words: &Words, millis| words.duration(Duration::from_millis(millis));
    assert_eq!([took(&english, 0), took(&english, 42), took(&english, 999)], ["0 ms", "42 ms", "999 ms"]);
    assert_eq!([took(&english, 1000), took(&english, 12_340)], ["1.0 s", "12.3 s"]);
    assert_eq!(took(&german, 12_340), "12,3 s");
    let open = |words: &Words, left| words.say(Word::PortalOpen, &[("left", left), ("page", "http://a/")]);
    assert!(open(&english, "1").contains("for one minute, and") && open(&english, "5").contains("5 minutes"));
    assert!(open(&german, "1").contains("eine Minute") && open(&german, "4:59").contains("4:59 Minuten"));
}

#[test]
fn every_fault_says_what_happened_and_what_to_do_in_whole_sentences() {
    for &(language, like) in
        &[(Language::English, "like Windows error"), (Language::German, "wie Windows-Fehler")]
    {
        let words = Words::of(language);
        for &code in FaultCode::ALL {
            let lines = words.fault(&Fault::new(code), "vpn.example.com");
            let [happened, remedy] = lines.as_slice() else { panic!("{code}: {lines:?}") };
            assert!(happened.ends_with('.') && !happened.contains('$'), "{code}: {happened}");
            let number = code.windows_error().map(|number| format!("({like} {number})"));
            assert!(
                remedy.ends_with(&number.unwrap_or_default()) && remedy.contains('.'),
                "{code}: {remedy}"
            );
        }
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
fn a_window_sends_nobody_to_a_command_line() {
    use culvert_ipc::Refusal::{Busy, NotKept, NotPermitted, ShuttingDown, UnknownProfile};
    let group = || "vpn-users".to_owned();
    let denials = [
        Denial::Administrator,
        Denial::Remote { group: group() },
        Denial::Forbidden,
        Denial::NoAuthority { group: None },
        Denial::NoAuthority { group: Some(group()) },
        Denial::TooSlow,
        Denial::AlreadyAsking,
        Denial::Unrecognised,
    ];
    let busy = |name: &str| Busy { connection: culvert_model::ConnectionId(1), name: name.to_owned() };
    let refusals = [busy("Office"), busy(""), NotKept, ShuttingDown, UnknownProfile];
    for &language in Language::ALL {
        let words = Words::of(language).in_window();
        let denied = denials.iter().cloned().map(NotPermitted);
        let refused = denied.chain(refusals.iter().cloned()).map(|refusal| words.refusal_of_helper(&refusal));
        let others = [Word::HelperNotAllowed, Word::OtherBlocked].map(|word| words.say(word, &[]));
        for said in refused.chain(others) {
            assert!(!said.contains("sudo") && !said.contains("culvert ") && !said.contains("--"), "{said}");
        }
    }
}

#[test]
fn nobody_elses_word_turns_the_writing_round() {
    let said = Words::english().say(Word::Connected, &[("name", "a\u{202e}b\u{2067}c\u{200f}")]);
    assert_eq!(said, "Connected to abc.");
}

#[test]
fn a_field_that_an_import_can_not_use_is_named_in_words() {
    let said = |language| {
        let unusable = culvert_model::Unusable { field: "search_domains" };
        Words::of(language).refusal(&Refusal::Field(unusable))
    };
    assert_eq!(said(Language::English), "its list of search domains can't be used");
    assert_eq!(said(Language::German), "die Liste der Suchdomänen ist nicht verwendbar");
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
