//! What the window says is so, whatever comes first and whoever began it.

use culvert_ipc::{ManagedOutline, Notice, Outline, Phase};
use culvert_model::{ConnectionId, Fault, FaultCode, Ipv6, NextTry, Protection, State, Status};
use iced_test::simulator;

use super::played::{network, with_profiles};
use crate::app::{App, Message, Page};
use crate::link::{Heard, Told, Trouble};
use crate::scene::{self, Tone};
use crate::shelf::Kept;

fn connected() -> State {
    State::Connected { network: network() }
}

/// The helper tells of a connection that somebody may have begun elsewhere.
fn tell_of(app: &mut App, connection: u64, name: &str, state: State) {
    let told = Told { connections: vec![of(connection, name, state)], ..Told::default() };
    let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
}

fn of(connection: u64, name: &str, state: State) -> Status {
    Status::new(ConnectionId(connection), name.to_owned(), state)
}

/// A press on these words, as far as the window itself goes.
fn press(app: &mut App, words: &str) {
    let messages: Vec<_> = {
        let mut screen = simulator(app.view());
        screen.click(words).expect("it can be pressed");
        screen.into_messages().collect()
    };
    messages.into_iter().for_each(|message| drop(app.update(message)));
}

#[test]
fn what_is_connected_is_shown_also_where_the_profiles_are_read_after_it_was_told() {
    let kept = with_profiles(&["Home", "Office"]).kept.expect("read");
    let mut app = App::new();
    tell_of(&mut app, 1, "Office", connected());
    let _ = app.update(Message::Kept(kept));
    assert_eq!(scene::of(&app).title, "Connected to Office");
}

#[test]
fn a_connection_that_comes_from_elsewhere_is_shown() {
    let mut app = with_profiles(&["Home", "Office"]);
    tell_of(&mut app, 1, "Home", connected());
    tell_of(&mut app, 2, "Office", connected());
    assert_eq!(scene::of(&app).title, "Connected to Office");
    // Whoever looks at another one then is left alone.
    press(&mut app, "Home");
    tell_of(&mut app, 2, "Office", connected());
    assert_eq!(scene::of(&app).name.as_deref(), Some("Home"));
}

/// One that is kept by nobody can't be chosen: without this there would be no button that ends it.
#[test]
fn a_connection_that_is_in_no_list_can_be_ended() {
    let mut app = with_profiles(&["Home"]);
    tell_of(&mut app, 1, "vpn.elsewhere.example", connected());
    let scene = scene::of(&app);
    assert_eq!(scene.title, "Connected to vpn.elsewhere.example");
    assert!(matches!(scene.primary.expect("a button").message, Message::Disconnect));
}

#[test]
fn nothing_of_one_connection_is_shown_under_the_name_of_another() {
    let mut app = with_profiles(&["Home", "Office"]);
    tell_of(&mut app, 1, "Office", connected());
    press(&mut app, "Home");
    assert_eq!(scene::of(&app).title, "Not connected");
    assert!(simulator(app.view()).find("Details").is_err(), "those are of Office");
    let state =
        State::Reconnecting { attempt: 1, next: NextTry::Now, fault: Fault::new(FaultCode::LinkLost) };
    let _ = app
        .update(Message::Heard(Heard::Notice(Box::new(Notice::Changed(Box::new(of(1, "Office", state)))))));
    assert_eq!(scene::of(&app).name.as_deref(), Some("Office"));
}

/// The way to the helper that listens stays open where one request is not heard, as when too many programs ask.
#[test]
fn one_request_that_is_not_heard_does_not_make_the_service_stopped() {
    let mut app = with_profiles(&["Office"]);
    tell_of(&mut app, 1, "Office", connected());
    let _ = app.update(Message::Answered(Err(Trouble::Other("too many programs".to_owned()))));
    assert_eq!(scene::of(&app).title, "Connected to Office");
    assert!(app.complaint.as_deref().is_some_and(|said| said.contains("too many programs")));
    let _ = app.update(Message::Heard(Heard::Lost(Trouble::Stopped)));
    assert_eq!((scene::of(&app).title.as_str(), &app.complaint), ("The network service stopped", &None));
}

#[test]
fn every_trouble_with_the_helper_is_said_in_whole_sentences() {
    let path = || std::path::PathBuf::from("/run/culvert");
    for trouble in [
        Trouble::Missing,
        Trouble::Stopped,
        Trouble::Older,
        Trouble::Newer,
        Trouble::NotAllowed,
        Trouble::Impostor,
        Trouble::Untrusted { path: path(), why: "others may write there" },
        Trouble::Other("too many programs".to_owned()),
    ] {
        let mut app = with_profiles(&["Office"]);
        let _ = app.update(Message::Heard(Heard::Lost(trouble)));
        let scene = scene::of(&app);
        assert!(!scene.lines.is_empty() && scene.lines.iter().all(|line| !line.contains('{')), "{scene:?}");
        assert!(scene.lines.iter().all(|line| !line.contains("sudo")), "{scene:?}");
    }
}

/// What the helper reads back goes before what was meant.
#[test]
fn what_leaves_past_the_connection_is_said_where_it_says_connected() {
    let mut app = with_profiles(&["Office"]);
    tell_of(&mut app, 1, "Office", connected());
    assert_eq!(scene::of(&app).tone, Tone::Good);
    let protection = Protection { fault: Some(Fault::new(FaultCode::GuardLeaks)), ..Protection::default() };
    let _ = app.update(Message::Heard(Heard::Notice(Box::new(Notice::Protected(protection)))));
    let scene = scene::of(&app);
    assert_eq!(scene.tone, Tone::Bad);
    assert!(scene.lines[0].starts_with("Something can leave this computer"), "{scene:?}");
    let all = app.words.say(culvert_words::Word::GoesAll, &[]);
    assert!(!scene.lines.contains(&all), "{scene:?}");
}

#[test]
fn that_all_traffic_goes_through_is_said_only_where_it_does() {
    let mut app = with_profiles(&["Office"]);
    let all = app.words.say(culvert_words::Word::GoesAll, &[]);
    let says = |app: &App| scene::of(app).lines.contains(&all);
    tell_of(&mut app, 1, "Office", connected());
    assert!(says(&app));
    app.kept.as_mut().expect("read").profiles[0].saved.profile.ipv6 = Ipv6::Leave;
    assert!(!says(&app));
    tell_of(&mut app, 2, "vpn.elsewhere.example", connected());
    assert!(!says(&app), "nobody knows");
}

#[test]
fn lockdown_is_said_and_can_be_ended_whatever_else_there_is_to_say() {
    let locked = |state: Option<State>, managed: Vec<ManagedOutline>, names: &[&str]| {
        let mut app = with_profiles(names);
        let connections = state.map(|state| of(1, "Office", state)).into_iter().collect();
        let protection = Protection { lockdown: true, ..Protection::default() };
        let told = Told { connections, managed, protection, ..Told::default() };
        let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
        scene::of(&app)
    };
    let managed = ManagedOutline {
        id: "office".to_owned(),
        name: "Office".to_owned(),
        server: "vpn.example.com".parse().expect("a server"),
        username: "alice".to_owned(),
        at_boot: false,
    };
    let failed = State::Disconnected { last_fault: Some(Fault::new(FaultCode::TcpRefused)) };
    for scene in [
        locked(None, Vec::new(), &["Office"]),
        locked(Some(failed), Vec::new(), &["Office"]),
        locked(None, vec![managed], &[]),
        locked(None, Vec::new(), &[]),
    ] {
        assert!(scene.lines.iter().any(|line| line.starts_with("Lockdown is on")), "{scene:?}");
        let ends = scene.quiet.iter().any(|choice| matches!(choice.message, Message::Lockdown(false)));
        assert!(ends, "{scene:?}");
    }
}

#[test]
fn of_another_person_s_connection_no_more_is_said_than_is_so_and_it_can_be_ended() {
    let with = |phase| {
        let mut app = with_profiles(&["Office"]);
        let others = vec![Outline { connection: ConnectionId(4), phase }];
        let _ = app.update(Message::Heard(Heard::All(Box::new(Told { others, ..Told::default() }))));
        scene::of(&app)
    };
    for phase in [Phase::Connecting, Phase::Reconnecting, Phase::Blocked] {
        let scene = with(phase);
        assert!(scene.title != "Somebody else is connected", "{phase:?}");
        assert!(scene.lines.iter().all(|line| !line.starts_with("All traffic")), "{phase:?}");
    }
    assert_eq!(with(Phase::Blocked).title, "Internet is paused");
    for phase in [Phase::Connecting, Phase::Connected, Phase::Reconnecting, Phase::Blocked] {
        let ends = |choice: &scene::Choice| matches!(choice.message, Message::EndOther(ConnectionId(4)));
        assert!(with(phase).quiet.iter().any(ends), "{phase:?}");
    }
}

/// The name of the connection that is being made.
fn dialled(app: &App) -> Option<&str> {
    app.chosen_name().filter(|_| app.is_busy)
}

#[test]
fn what_is_paused_is_what_is_tried_again() {
    let mut app = with_profiles(&["Home", "Office"]);
    tell_of(&mut app, 1, "Office", connected());
    press(&mut app, "Home");
    let blocked = State::Blocked { fault: Fault::new(FaultCode::LinkLost) };
    tell_of(&mut app, 1, "Office", blocked);
    press(&mut app, "Try again");
    assert_eq!(dialled(&app), Some("Office"));
}

#[test]
fn a_password_that_was_refused_is_not_sent_again_by_the_button_that_asks_for_another() {
    let rejected = || Fault::new(FaultCode::AuthRejected);
    for state in [State::Disconnected { last_fault: Some(rejected()) }, State::Blocked { fault: rejected() }]
    {
        let mut app = with_profiles(&["Office"]);
        tell_of(&mut app, 1, "Office", state);
        let primary = scene::of(&app).primary.expect("a button");
        assert_eq!(primary.label, "Type the password again");
        assert!(matches!(primary.message, Message::ConnectAsking));
    }
}

/// It may be somebody who wants just that.
#[test]
fn a_server_that_proves_nothing_is_not_dialled_again_by_the_first_button() {
    let fault = || Fault::new(FaultCode::ServerNotAuthentic);
    for state in [State::Disconnected { last_fault: Some(fault()) }, State::Blocked { fault: fault() }] {
        let mut app = with_profiles(&["Office"]);
        tell_of(&mut app, 1, "Office", state);
        let scene = scene::of(&app);
        assert!(!matches!(scene.primary.map(|choice| choice.message), Some(Message::Connect)));
        assert!(scene.quiet.iter().any(|choice| matches!(choice.message, Message::Connect)));
    }
}

#[test]
fn what_is_copied_for_others_does_not_name_what_an_administrator_set_up() {
    let mut app = with_profiles(&[]);
    let managed = ManagedOutline {
        id: "office".to_owned(),
        name: "Big Firm".to_owned(),
        server: "vpn.firm.example".parse().expect("a server"),
        username: "alice".to_owned(),
        at_boot: false,
    };
    let told = Told { managed: vec![managed], ..Told::default() };
    let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    let names: Vec<_> = app.names().collect();
    for name in ["Big Firm", "vpn.firm.example", "alice"] {
        assert!(names.contains(&name.to_owned()), "{name}");
    }
}

/// The form for the first connection is for those who have none, whatever is read first.
#[test]
fn the_window_begins_with_the_form_only_where_there_is_nothing_else() {
    let begins = |told: Told, kept: Kept, told_first: bool| {
        let mut app = App::new();
        let told = Message::Heard(Heard::All(Box::new(told)));
        let both = if told_first { [told, Message::Kept(kept)] } else { [Message::Kept(kept), told] };
        both.into_iter().for_each(|message| drop(app.update(message)));
        matches!(app.page, Page::Add(_))
    };
    let up = || Told { connections: vec![of(1, "vpn.example.com", connected())], ..Told::default() };
    let locked = || Protection { lockdown: true, ..Protection::default() };
    let broken = || Kept { trouble: Some("permission denied".to_owned()), ..Kept::default() };
    for told_first in [true, false] {
        assert!(begins(Told::default(), Kept::default(), told_first));
        assert!(!begins(up(), Kept::default(), told_first), "something is connected");
        let locked = Told { protection: locked(), ..Told::default() };
        assert!(!begins(locked, Kept::default(), told_first), "the internet is closed");
        assert!(!begins(Told::default(), broken(), told_first), "nobody knows what is kept");
    }
    let mut app = App::new();
    let _ = app.update(Message::Kept(Kept::default()));
    let _ = app.update(Message::Heard(Heard::Lost(Trouble::Missing)));
    assert!(matches!(app.page, Page::Add(_)));
}

#[test]
fn under_lockdown_nothing_is_called_lost_that_never_was() {
    let mut app = with_profiles(&["Office"]);
    let connections = vec![of(1, "Office", State::Blocked { fault: Fault::new(FaultCode::TcpTimeout) })];
    let protection = Protection { lockdown: true, ..Protection::default() };
    let told = Told { connections, protection, ..Told::default() };
    let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    let scene = scene::of(&app);
    assert!(scene.lines.iter().all(|line| !line.contains("was lost")), "{scene:?}");
    assert!(scene.lines[0].starts_with("Lockdown is on"), "{scene:?}");
}
