use std::fs;

use culvert_model::Encryption;
use culvert_profiles::import::{self, Source};
use culvert_profiles::{SavedProfile, Store};
use iced_test::simulator;

use super::*;
use crate::app::Page;
use crate::tests::played::profile;

/// Three peers in two files: one weak, one without a user name, and something that is no PPTP.
const MANY: &[(&str, &str)] = &[
    ("office.txt", "Server: vpn.example.com\nUser: alice\nPassword: x\nEncryption: none\n"),
    ("home.txt", "Server: home.example.net\n"),
    ("tunnel.txt", "Type: WireGuard\nServer: wg.example.org\n"),
];

fn looked() -> Looked {
    let sources = MANY.iter().map(|(name, text)| Source::of_bytes(*name, text.as_bytes()));
    let preview = import::read(&sources.collect::<Vec<_>>());
    Looked { preview, ..Looked::default() }
}

fn shown() -> (App, Words) {
    let (mut app, words) = (App::new(), Words::english());
    let _ = app.update(app::Message::ImportPressed);
    update(&mut app, Message::Looked(Box::new(looked())));
    (app, words)
}

fn update(app: &mut App, message: Message) {
    let _ = app.update(app::Message::Import(message));
}

fn form(app: &App) -> &Form {
    let Page::Import(form) = &app.page else { panic!("{:?}", app.page) };
    form
}

#[test]
fn what_was_found_is_shown_with_what_is_weak_and_what_is_none_of_ours() {
    let (app, words) = shown();
    let mut screen = simulator(app.view());
    screen.find("vpn.example.com · alice").expect("the first");
    screen.find("home.example.net").expect("the second, which has no user");
    let weak = words.say(Word::WarningEncryptionNone, &[]);
    screen.find(weak.as_str()).expect("what is weak");
    let other = words.refusal(&Refusal::OtherVpn("wireguard".into()));
    let other = words.say(Word::ImportRefused, &[("name", "tunnel.txt"), ("reason", &other)]);
    screen.find(other.as_str()).expect("what is not PPTP");
    screen.find("Save 2 of 2").expect("all of them");
}

#[test]
fn some_can_be_left_out_and_weak_ones_made_strong() {
    let (mut app, words) = shown();
    assert_eq!(form(&app).chosen().count(), 2);
    update(&mut app, Message::Take(1));
    assert_eq!(form(&app).chosen().count(), 1);
    let weak = |app: &App| {
        let (found, choice) = form(app).chosen().next().expect("the first");
        form(app).prepared(found, choice).saved.profile.encryption
    };
    assert_eq!(weak(&app), Encryption::None, "as it was found");
    update(&mut app, Message::Strong);
    assert_eq!(weak(&app), Encryption::Required128);
    let mut screen = simulator(app.view());
    let warning = words.say(Word::WarningEncryptionNone, &[]);
    assert!(screen.find(warning.as_str()).is_err(), "it is weak no more");
    screen.find("Save 1 of 2").expect("one of them");
}

#[test]
fn a_connection_without_a_user_name_asks_for_one() {
    let (mut app, words) = shown();
    update(&mut app, Message::Keep);
    assert!(!form(&app).is_working, "nothing is kept before it is a whole");
    let needed = words.say(Word::TypedEmpty, &[]);
    simulator(app.view()).find(needed.as_str()).expect("it says what is missing");
    update(&mut app, Message::User(1, "OFFICE\\bob".into()));
    let (found, choice) = form(&app).chosen().nth(1).expect("the second");
    assert_eq!(form(&app).prepared(found, choice).saved.profile.login_name(), "OFFICE\\bob");
    update(&mut app, Message::Keep);
    assert!(form(&app).is_working);
}

#[test]
fn what_became_of_each_line_can_be_seen() {
    let source = Source::of_bytes(
        "office",
        "pty \"pptp vpn.example.com --nolaunchpppd\"\nuser alice\nrequire-mppe-128\nplugin evil.so\n",
    );
    let preview = import::read(&[source]);
    let found = preview.found.first().expect("a peer of pppd");
    let said = Words::english().remarks(&found.remarks);
    assert!(said[0].starts_with("Used: ") && said[0].contains("user"), "{said:?}");
    let plugin = "Left out, for it would run a program: plugin";
    assert!(said.iter().any(|line| line == plugin), "{said:?}");
}

#[test]
fn a_file_that_falls_onto_the_window_is_looked_at() {
    let mut app = App::new();
    let _ = app.update(app::Message::Dropped("/tmp/one".into()));
    let _ = app.update(app::Message::Dropped("/tmp/other".into()));
    assert_eq!(form(&app).paths.len(), 2);
    assert!(form(&app).is_working);
}

#[test]
fn a_closed_file_asks_for_its_passphrase() {
    let mut app = App::new();
    let _ = app.update(app::Message::ImportPressed);
    let refused =
        Refused { source: "all.culvert".into(), name: String::new(), line: 1, why: Refusal::Encrypted };
    let preview = Preview { refused: vec![refused], ..Preview::default() };
    update(&mut app, Message::Looked(Box::new(Looked { preview, is_wrong: true, ..Looked::default() })));
    let mut screen = simulator(app.view());
    screen.find("Passphrase of the file").expect("it is asked for");
    screen.find("the passphrase is wrong, or the file has been changed").expect("and was wrong");
}

#[test]
fn what_was_taken_is_counted_and_shown_at_home() {
    let (mut app, _) = shown();
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::at(directory.path());
    let listed = store.add(SavedProfile::new(profile("Office"))).expect("it is kept");
    fs::remove_dir_all(directory.path()).expect("it is gone");
    let taken = Taken { listed: vec![listed], ..Taken::default() };
    update(&mut app, Message::Kept(Box::new(taken)));
    let mut screen = simulator(app.view());
    screen.find("Imported 1 of 3.").expect("it is counted");
    screen.click("Done").expect("it can be pressed");
    let pressed: Vec<_> = screen.into_messages().collect();
    for message in pressed {
        let _ = app.update(message);
    }
    assert!(matches!(app.page, Page::Home));
    assert_eq!(app.chosen().map(|listed| listed.saved.profile.display_name()), Some("Office"));
}

/// A file can name a connection of somebody else's making, and a server of its author's.
#[test]
fn a_password_of_network_manager_is_taken_along_only_where_that_is_said() {
    let text = "[connection]\nid=Office\nuuid=3b1ad53a-0000-4000-8000-000000000001\ntype=vpn\n\n[vpn]\n\
        service-type=org.freedesktop.NetworkManager.pptp\ngateway=vpn.example.com\nuser=alice\npassword-flags=1\n";
    let preview = import::read(&[Source::of_bytes("office.nmconnection", text)]);
    assert!(preview.found[0].network_manager.is_some());
    let mut app = App::new();
    let _ = app.update(app::Message::ImportPressed);
    update(&mut app, Message::Looked(Box::new(Looked { preview, ..Looked::default() })));
    let taken = |app: &App| {
        let (found, choice) = form(app).chosen().next().expect("one");
        form(app).prepared(found, choice).network_manager
    };
    assert_eq!(taken(&app), None);
    let label = app.words.say(Word::SwitchKeyring, &[("server", "vpn.example.com")]);
    let pressed: Vec<_> = {
        let mut screen = simulator(app.view());
        screen.click(label.as_str()).expect("it can be pressed");
        screen.into_messages().collect()
    };
    pressed.into_iter().for_each(|message| drop(app.update(message)));
    assert!(taken(&app).is_some());
}

#[test]
fn a_desktop_without_a_window_for_choosing_is_told_of() {
    let mut app = App::new();
    let _ = app.update(app::Message::ImportPressed);
    let said = app.words.say(Word::NoChooser, &[]);
    update(&mut app, Message::Chosen(Some(Vec::new())));
    assert!(simulator(app.view()).find(said.as_str()).is_err(), "somebody chose nothing");
    update(&mut app, Message::Chosen(None));
    simulator(app.view()).find(said.as_str()).expect("it is said");
}

#[test]
fn many_files_that_fall_at_once_are_looked_at_together() {
    let (mut form, words) = (Form::default(), Words::english());
    let mut falls = |name: &str| form.update(Message::Dropped(name.into()), &words);
    assert!(matches!(falls("/a"), Then::Run(_)));
    assert!(matches!((falls("/b"), falls("/c"), falls("/a")), (Then::Nothing, Then::Nothing, Then::Nothing)));
    let alone = Message::Looked(Box::default());
    assert!(matches!(form.update(alone.clone(), &words), Then::Run(_)), "the others too");
    assert_eq!(form.paths.len(), 3);
    assert!(matches!(form.update(alone, &words), Then::Nothing));
    assert!(!form.is_working);
}

#[test]
fn what_was_typed_outlives_another_file() {
    let (mut app, _) = shown();
    update(&mut app, Message::User(1, "bob".to_owned()));
    update(&mut app, Message::Take(0));
    let mut more = looked();
    let other = Source::of_bytes("third.txt", b"Server: third.example.net\nUser: carol\n".as_slice());
    more.preview.found.extend(import::read(&[other]).found);
    update(&mut app, Message::Looked(Box::new(more)));
    let choices = &form(&app).choices;
    assert_eq!((choices[0].is_taken, choices[1].user.as_str(), choices[2].is_taken), (false, "bob", true));
}

#[test]
fn one_window_for_choosing_files_opens() {
    let mut app = App::new();
    let _ = app.update(app::Message::ImportPressed);
    let can_choose = |app: &App| {
        let label = app.words.say(Word::ButtonChooseFiles, &[]);
        let mut screen = simulator(app.view());
        screen.click(label.as_str()).expect("it is there");
        screen.into_messages().count() == 1
    };
    update(&mut app, Message::Choose);
    assert!(!can_choose(&app));
    update(&mut app, Message::Chosen(Some(Vec::new())));
    assert!(can_choose(&app));
}
