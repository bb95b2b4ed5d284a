//! The home screen in every state: one sentence, one button, and always the way back to a working internet.

use culvert_ipc::Notice;
use culvert_model::{
    Fault, FaultCode, GuardReading, Held, Network, NextTry, Protection, Question, Stage, State, Status,
};
use iced_test::simulator;

use super::played::{in_state, network, status, tell, with_profiles, with_stranger};
use crate::app::{App, Message};
use crate::link::{Heard, Told, Trouble};
use crate::scene::{self, Mark, Shape, Tone};

/// The title, and the words on the buttons, the first of which is the one that matters.
fn says(app: &App) -> (String, Vec<String>) {
    let scene = scene::of(app);
    let buttons = scene.primary.into_iter().chain(scene.quiet).map(|choice| choice.label).collect();
    (scene.title, buttons)
}

fn expect(app: &App, title: &str, buttons: &[&str], shape: Shape, tone: Tone) {
    assert_eq!(says(app), (title.to_owned(), buttons.iter().map(ToString::to_string).collect()));
    let scene = scene::of(app);
    assert_eq!((scene.shape, scene.tone), (shape, tone), "{title}");
    assert!(simulator(app.view()).find(title).is_ok(), "{title} is not on the screen");
    for button in buttons {
        assert!(simulator(app.view()).find(*button).is_ok(), "{button} is not on the screen");
    }
}

fn lost() -> Fault {
    Fault::new(FaultCode::LinkLost)
}

#[test]
fn each_state_has_its_sentence_its_button_and_its_shape() {
    let app = with_profiles(&["Office"]);
    expect(&app, "Not connected", &["Connect"], Shape::Open, Tone::Plain);
    let connecting = State::Connecting { stage: Stage::PlacingCall, question: None };
    expect(&in_state(connecting), "Connecting to Office", &["Cancel"], Shape::ThreeQuarter, Tone::Accent);
    let asking = Some(Question::Password { refused: None });
    let asking = State::Connecting { stage: Stage::CheckingPassword, question: asking };
    expect(&in_state(asking), "Password for Office", &["Continue", "Cancel"], Shape::Key, Tone::Accent);
    let connected = State::Connected { network: network() };
    expect(&in_state(connected), "Connected to Office", &["Disconnect"], Shape::Filled, Tone::Good);
    let weak = State::Connected { network: Network { cipher: None, ..network() } };
    expect(&in_state(weak), "Connected to Office", &["Disconnect"], Shape::Notched, Tone::Warn);
    let back = State::Reconnecting { attempt: 2, next: NextTry::In(8000), fault: lost() };
    let buttons = ["Try now", "Use the internet without the VPN"];
    expect(&in_state(back), "Reconnecting to Office", &buttons, Shape::Barred, Tone::Warn);
    let offline = State::Reconnecting { attempt: 2, next: NextTry::WithNetwork, fault: lost() };
    let buttons = ["Use the internet without the VPN"];
    expect(&in_state(offline), "Reconnecting to Office", &buttons, Shape::Barred, Tone::Warn);
    let blocked = State::Blocked { fault: lost() };
    let buttons = ["Try again", "Use the internet without the VPN"];
    expect(&in_state(blocked), "Internet is paused", &buttons, Shape::Bar, Tone::Bad);
    let mut part = with_profiles(&["Office"]);
    let blocked = Status { held: Held::Tunnel, ..status(State::Blocked { fault: lost() }) };
    let mut told = Told { connections: vec![blocked], ..Told::default() };
    told.protection.host.guard = Some(GuardReading { owned: true, firewall_helper: true });
    let _ = part.update(Message::Heard(Heard::All(Box::new(told))));
    expect(&part, "Office is not connected", &["Try again", "Disconnect"], Shape::Exclamation, Tone::Bad);
    expect(&in_state(State::Disconnecting), "Disconnecting …", &[], Shape::ThreeQuarter, Tone::Plain);
    expect(
        &with_stranger(),
        "Somebody else is connected",
        &["End that connection …"],
        Shape::Filled,
        Tone::Plain,
    );
}

#[test]
fn a_helper_that_cannot_be_asked_is_a_state_of_its_own() {
    for (trouble, title, buttons) in [
        (Trouble::Missing, "One part is missing", &[][..]),
        (Trouble::Stopped, "The network service stopped", &["Start it"][..]),
        (Trouble::Older, "Update not finished", &[][..]),
        (Trouble::Newer, "Culvert was updated", &[][..]),
    ] {
        let mut app = in_state(State::Connected { network: network() });
        let _ = app.update(Message::Heard(Heard::Lost(trouble)));
        assert_eq!(says(&app), (title.to_owned(), buttons.iter().map(ToString::to_string).collect()));
    }
}

#[test]
fn every_fault_of_a_first_attempt_says_what_happened_and_what_to_do() {
    for &code in FaultCode::ALL {
        let app = in_state(State::Disconnected { last_fault: Some(Fault::new(code)) });
        let scene = scene::of(&app);
        // That one has a title of its own.
        let is_sentence = scene.title.ends_with('.') || code == FaultCode::CaptivePortal;
        assert!(is_sentence && scene.primary.is_some(), "{code}: {scene:?}");
        let remedy = scene.lines.last().expect("a remedy");
        assert!(!remedy.contains("--") && !remedy.contains("culvert "), "{code}: a command line: {remedy}");
        assert_eq!(code.windows_error().is_some(), !scene.small.is_empty(), "{code}");
    }
}

#[test]
fn stages_are_shown_as_they_are_reached() {
    let app = in_state(State::Connecting { stage: Stage::CheckingPassword, question: None });
    let marks: Vec<_> = scene::of(&app).stages.iter().map(|stage| stage.mark).collect();
    let now = marks.iter().position(|mark| *mark == Mark::Now).expect("one runs");
    assert!(marks[..now].iter().all(|mark| *mark == Mark::Done));
    assert!(marks[now + 1..].iter().all(|mark| *mark == Mark::Later));
}

#[test]
fn a_press_asks_and_paints_nothing_of_its_own() {
    let mut app = in_state(State::Connected { network: network() });
    let mut screen = simulator(app.view());
    screen.click("Disconnect").expect("the button is there");
    let messages: Vec<_> = screen.into_messages().collect();
    assert!(matches!(messages.as_slice(), [Message::Disconnect]), "{messages:?}");
    for message in messages {
        let _ = app.update(message);
    }
    assert_eq!(scene::of(&app).title, "Connected to Office", "the helper has not said anything else yet");
    let mut screen = simulator(app.view());
    screen.click("Disconnect").expect("the button is still there");
    assert_eq!(screen.into_messages().count(), 0, "one press is enough");
    tell(&mut app, State::Disconnecting);
    assert_eq!(scene::of(&app).title, "Disconnecting …");
}

#[test]
fn the_keys_press_what_they_were_brought_to() {
    use iced::keyboard::key::Named;
    let app = in_state(State::Connected { network: network() });
    let mut screen = simulator(app.view());
    for _ in 0..20 {
        screen.tap_key(Named::Tab);
        screen.tap_key(Named::Enter);
    }
    let messages: Vec<_> = screen.into_messages().collect();
    let presses = |is: fn(&Message) -> bool| messages.iter().filter(|message| is(message)).count();
    assert!(presses(|message| matches!(message, Message::Disconnect)) > 0, "{messages:?}");
    assert!(presses(|message| matches!(message, Message::AddPressed)) > 0, "{messages:?}");
    assert!(presses(|message| matches!(message, Message::DetailsPressed)) > 0, "{messages:?}");
}

#[test]
fn another_connection_takes_the_place_of_the_present_one_after_one_question() {
    let mut app = in_state(State::Connected { network: network() });
    let home =
        app.kept.as_ref().expect("read").profiles.iter().find(|listed| listed.saved.profile.name == "Home");
    let home = home.expect("it is kept").id.clone();
    let _ = app.update(Message::Choose(home.clone()));
    assert_eq!(says(&app), ("Not connected".to_owned(), vec!["Connect".to_owned()]));
    let _ = app.update(Message::Connect);
    assert!(simulator(app.view()).find("Connect to Home instead?").is_ok());
    let mut screen = simulator(app.view());
    screen.click("Switch").expect("the first answer");
    let messages: Vec<_> = screen.into_messages().collect();
    assert!(matches!(messages.as_slice(), [Message::Switch]), "{messages:?}");
    let _ = app.update(Message::Switch);
    tell(&mut app, State::Disconnected { last_fault: None });
    assert_eq!(app.chosen().expect("one").id, home);
    assert!(app.is_busy, "it is being connected");
}

#[test]
fn who_quits_while_connected_is_asked_once_and_keeps_the_connection_by_default() {
    let mut app = in_state(State::Connected { network: network() });
    let _ = app.update(Message::CloseRequested);
    let mut screen = simulator(app.view());
    assert!(screen.find("Keep the connection to Office?").is_ok());
    // Nothing behind the question gets the keys.
    for _ in 0..4 {
        screen.tap_key(iced::keyboard::key::Named::Tab);
        screen.tap_key(iced::keyboard::key::Named::Enter);
    }
    let messages: Vec<_> = screen.into_messages().collect();
    use Message::{DisconnectAndQuit, Dismiss, KeepAndQuit};
    assert!(
        matches!(messages.as_slice(), [KeepAndQuit, DisconnectAndQuit, Dismiss, KeepAndQuit]),
        "{messages:?}"
    );
    let _ = app.update(Dismiss);
    assert!(simulator(app.view()).find("Keep the connection to Office?").is_err());
}

#[test]
fn what_an_organisation_set_up_for_good_has_no_button_that_ends_it() {
    let mut app = in_state(State::Connected { network: network() });
    let mut told = app.told.clone().expect("told");
    let server: culvert_model::Host = "vpn.example.com".parse().expect("a server");
    let managed = |at_boot| culvert_ipc::ManagedOutline {
        id: "office".to_owned(),
        name: "Office".to_owned(),
        server: server.clone(),
        username: "alice".to_owned(),
        at_boot,
    };
    for (at_boot, buttons) in [(false, vec!["Disconnect".to_owned()]), (true, vec![])] {
        told.managed = vec![managed(at_boot)];
        told.connections[0].managed = Some("office".to_owned());
        let _ = app.update(Message::Heard(Heard::All(Box::new(told.clone()))));
        let _ = app.update(Message::ChooseManaged("office".to_owned()));
        assert_eq!(says(&app), ("Connected to Office".to_owned(), buttons));
        assert!(simulator(app.view()).find("Set up by your organisation.").is_ok());
        assert_eq!(simulator(app.view()).find("Only an administrator can end it.").is_ok(), at_boot);
    }
}

#[test]
fn a_network_that_wants_a_sign_in_is_named_and_its_page_is_one_press_away() {
    let fault = Fault::new(FaultCode::CaptivePortal);
    let states = [
        (State::Disconnected { last_fault: Some(fault.clone()) }, "Try again"),
        (State::Blocked { fault: fault.clone() }, "Use the internet without the VPN"),
        (State::Reconnecting { attempt: 1, next: NextTry::Now, fault }, "Use the internet without the VPN"),
    ];
    for (state, way_back) in states {
        let (title, buttons) = says(&in_state(state));
        assert_eq!(title, "Sign in to this network first");
        assert_eq!(buttons[0], "Open the sign-in page");
        assert!(buttons.contains(&way_back.to_owned()), "{buttons:?}");
    }
}

#[test]
fn lockdown_says_who_can_end_it_and_offers_that() {
    let mut app = with_profiles(&["Office"]);
    let mut told = app.told.clone().expect("told");
    told.protection.lockdown = true;
    let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    let buttons = ["Connect", "Turn off lockdown …"];
    expect(&app, "Internet only through the VPN", &buttons, Shape::Bar, Tone::Warn);
}

#[test]
fn a_tunnel_that_leads_nowhere_says_so() {
    let mut app = in_state(State::Connected { network: network() });
    let connected = status(State::Connected { network: network() });
    let told = Status { up_ms: Some(754_000), internet: Some(false), ..connected };
    let _ = app.update(Message::Heard(Heard::Notice(Box::new(Notice::Changed(Box::new(told))))));
    let buttons = ["Use it for the office network only", "Disconnect"];
    expect(&app, "Connected, but no internet", &buttons, Shape::Marked, Tone::Warn);
    let lines = scene::of(&app).lines;
    assert_eq!(lines, ["Office does not pass on internet traffic.", "Connected for 12 min."]);
    let locked = Protection { lockdown: true, ..Protection::default() };
    let _ = app.update(Message::Heard(Heard::Notice(Box::new(Notice::Protected(locked)))));
    assert_eq!(says(&app).1, ["Disconnect"], "under lockdown the internet would not come back");
}

/// Where the internet is paused, a key that connects and disconnects must not open it.
#[test]
fn the_key_does_what_the_button_does() {
    let primary = |state| in_state(state).primary();
    assert!(matches!(primary(State::Blocked { fault: lost() }), Some(Message::Connect)));
    let back = State::Reconnecting { attempt: 2, next: NextTry::In(8000), fault: lost() };
    assert!(matches!(primary(back), Some(Message::TryNow)));
    assert!(matches!(primary(State::Connected { network: network() }), Some(Message::Disconnect)));
    assert!(primary(State::Disconnecting).is_none());
}
