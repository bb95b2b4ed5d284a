//! What one state leaves behind does not reach into the next one.

use culvert_ipc::{Denial, ManagedOutline, Notice, Outcome, Refusal};
use culvert_model::{Fault, FaultCode, NextTry, Protection, Question, Secret, SignIn, Stage, State, Status};
use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};
use iced_test::simulator;

use super::played::{in_state, network, status, tell, with_profiles};
use crate::app::{App, Asking, Asks, Message, Page};
use crate::link::{Heard, Trouble};
use crate::scene;

fn asking() -> State {
    let question = Some(Question::Password { refused: None });
    State::Connecting { stage: Stage::CheckingPassword, question }
}

fn checking() -> State {
    State::Connecting { stage: Stage::CheckingPassword, question: None }
}

fn up() -> State {
    State::Connected { network: network() }
}

fn failed() -> State {
    State::Disconnected { last_fault: Some(Fault::new(FaultCode::AuthRejected)) }
}

/// What an administrator set up.
fn office() -> ManagedOutline {
    ManagedOutline {
        id: "office".to_owned(),
        name: "Office".to_owned(),
        server: "vpn.example.com".parse().expect("a server"),
        username: "alice".to_owned(),
        at_boot: false,
    }
}

fn press(app: &mut App, key: Key, modifiers: Modifiers) {
    let _ = app.update(Message::Pressed(key, modifiers));
}

fn protected(app: &mut App, protection: Protection) {
    let _ = app.update(Message::Heard(Heard::Notice(Box::new(Notice::Protected(protection)))));
}

#[test]
fn a_password_that_is_half_typed_waits_for_no_other_question() {
    for end in [failed(), up(), checking()] {
        let mut app = in_state(asking());
        let _ = app.update(Message::Asking(Asking::Typed(Secret::new("correct hor".to_owned()))));
        tell(&mut app, asking());
        assert_eq!(app.reply.typed.expose(), "correct hor", "the question is still the same");
        tell(&mut app, end);
        assert!(app.reply.typed.expose().is_empty());
    }
    let mut app = in_state(asking());
    let _ = app.update(Message::Asking(Asking::Typed(Secret::new("correct hor".to_owned()))));
    let _ = app.update(Message::Heard(Heard::Lost(Trouble::Stopped)));
    assert!(app.reply.typed.expose().is_empty());
}

#[test]
fn a_password_that_came_to_nothing_is_not_remembered() {
    let answered = || {
        let mut app = in_state(asking());
        let _ = app.update(Message::Asking(Asking::Typed(Secret::new("wrong".to_owned()))));
        let _ = app.update(Message::Asking(Asking::Answer));
        assert!(app.remembers_password());
        app
    };
    let mut app = answered();
    tell(&mut app, checking());
    assert!(app.remembers_password(), "the server has not said yet");
    tell(&mut app, failed());
    assert!(!app.remembers_password());
    let mut app = answered();
    let _ = app.update(Message::Heard(Heard::Lost(Trouble::Stopped)));
    assert!(!app.remembers_password());
}

/// Else the other connection would be made when this one is ended for good, perhaps hours later.
#[test]
fn a_switch_that_was_refused_is_over() {
    let switching = || {
        let mut app = in_state(up());
        let home = app.kept.as_ref().expect("read").profiles.iter();
        let home = home.clone().find(|listed| listed.saved.profile.name == "Home").expect("kept").id.clone();
        let _ = app.update(Message::Choose(home));
        let _ = app.update(Message::Connect);
        let _ = app.update(Message::Switch);
        app
    };
    let refused = Outcome::Refused(Refusal::NotPermitted(Denial::Administrator));
    for over in [
        Message::Answered(Ok(refused)),
        Message::Answered(Err(Trouble::Other("silent".to_owned()))),
        Message::Disconnect,
        Message::Heard(Heard::Lost(Trouble::Stopped)),
    ] {
        let mut app = switching();
        let _ = app.update(over.clone());
        let all = crate::link::Told::default();
        let _ = app.update(Message::Heard(Heard::All(Box::new(all))));
        tell(&mut app, State::Disconnected { last_fault: None });
        assert!(!app.is_busy, "{over:?}: it is being connected");
    }
}

#[test]
fn who_wants_to_leave_no_connection_behind_is_told_where_one_stays() {
    let mut app = in_state(up());
    let _ = app.update(Message::CloseRequested);
    let _ = app.update(Message::DisconnectAndQuit);
    let refused = Outcome::Refused(Refusal::NotPermitted(Denial::Administrator));
    let _ = app.update(Message::Ended(Ok(refused)));
    assert!(app.complaint.as_deref().is_some_and(|said| said.contains("administrator")));
    assert!(!app.is_busy && scene::of(&app).title == "Connected to Office");
}

#[test]
fn what_only_an_administrator_ends_is_not_offered_to_end_on_leaving() {
    let mut app = in_state(up());
    let mut told = app.told.clone().expect("told");
    told.managed = vec![ManagedOutline { at_boot: true, ..office() }];
    told.connections[0].managed = Some(office().id);
    let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    let _ = app.update(Message::CloseRequested);
    assert!(simulator(app.view()).find("Keep connected and quit").is_ok());
    assert!(simulator(app.view()).find("Disconnect and quit").is_err());
}

#[test]
fn a_question_goes_with_what_it_is_about_and_comes_before_all_else() {
    let mut app = in_state(up());
    let _ = app.update(Message::CloseRequested);
    for key in ["n", "i", ","] {
        press(&mut app, Key::Character(key.into()), Modifiers::CTRL);
    }
    press(&mut app, Key::Named(Named::F1), Modifiers::empty());
    let _ = app.update(Message::Dropped("/tmp/office.nmconnection".into()));
    assert!(matches!((&app.page, &app.asks), (Page::Home, Some(Asks::Quit))));
    tell(&mut app, State::Disconnected { last_fault: None });
    assert!(app.asks.is_none(), "there is nothing to be kept");
}

#[test]
fn what_has_been_typed_of_a_new_connection_outlives_the_key_for_a_new_one() {
    let mut app = with_profiles(&[]);
    let typed = crate::screen::add::Message::Server("vpn.example.com".to_owned());
    let _ = app.update(Message::Add(typed));
    press(&mut app, Key::Character("n".into()), Modifiers::CTRL);
    assert!(simulator(app.view()).find("vpn.example.com").is_ok());
}

/// What stands around a connection is told at times of its own.
#[test]
fn a_countdown_does_not_begin_anew_with_other_news() {
    let lost = Fault::new(FaultCode::LinkLost);
    let mut app = in_state(State::Reconnecting { attempt: 1, next: NextTry::In(60_000), fault: lost });
    std::thread::sleep(std::time::Duration::from_millis(30));
    let open = SignIn::Open { page: "http://portal.example/".to_owned(), left_ms: 300_000 };
    protected(&mut app, Protection { sign_in: Some(open), ..Protection::default() });
    let around = app.left_around(300_000);
    assert!(app.left(300_000) + 30 <= around, "the one was told before, the other just now");
}

#[test]
fn no_sign_in_page_opens_unasked() {
    let open = || SignIn::Open { page: "http://portal.example/".to_owned(), left_ms: 300_000 };
    let with = |sign_in| Protection { sign_in, ..Protection::default() };
    let mut app = in_state(State::Blocked { fault: Fault::new(FaultCode::CaptivePortal) });
    let _ = app.update(Message::SignIn);
    protected(&mut app, with(Some(SignIn::Looking)));
    assert!(app.wants_page());
    protected(&mut app, with(None));
    assert!(!app.wants_page() && app.complaint.is_some(), "there is none, which is said");
    let _ = app.update(Message::SignIn);
    let refused = Outcome::Refused(Refusal::NotPermitted(Denial::Forbidden));
    let _ = app.update(Message::SignInAnswered(Ok(refused)));
    protected(&mut app, with(Some(open())));
    assert!(!app.wants_page());
}

#[test]
fn what_is_over_already_keeps_nobody_waiting() {
    let mut app = in_state(State::Disconnected { last_fault: None });
    let _ = app.update(Message::Disconnect);
    let _ = app.update(Message::Answered(Ok(Outcome::Done)));
    assert!(!app.is_busy);
}

#[test]
fn a_password_of_an_administrators_connection_is_not_kept_for_ones_own_of_the_same_name() {
    let keeps = |managed: Option<String>| {
        let mut app = in_state(asking());
        let mut told = app.told.clone().expect("told");
        told.managed = vec![office()];
        told.connections[0].managed.clone_from(&managed);
        let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
        let _ = app.update(Message::Asking(Asking::Typed(Secret::new("correct horse".to_owned()))));
        let _ = app.update(Message::Asking(Asking::Answer));
        let up = Box::new(Notice::Changed(Box::new(Status { managed, ..status(up()) })));
        app.update(Message::Heard(Heard::Notice(up))).units()
    };
    assert_eq!(keeps(None), 1, "the keyring is asked");
    assert_eq!(keeps(Some(office().id)), 0);
}

#[test]
fn each_try_is_counted_and_the_saved_password_can_be_forgotten_once() {
    let mut app = in_state(asking());
    assert!(app.forgettable().is_none(), "nothing is refused yet");
    for number in ["Try 2:", "Try 3:"] {
        let _ = app.update(Message::Asking(Asking::Typed(Secret::new("wrong".to_owned()))));
        let _ = app.update(Message::Asking(Asking::Answer));
        let refused = Question::Password { refused: Some(Fault::new(FaultCode::AuthRejected)) };
        tell(&mut app, State::Connecting { stage: Stage::CheckingPassword, question: Some(refused) });
        assert!(scene::of(&app).lines.iter().any(|line| line.starts_with(number)), "{number}");
    }
    assert!(simulator(app.view()).find("Forget the saved password").is_ok());
    let forgets = app.update(Message::Asking(Asking::Forget));
    assert_eq!(forgets.units(), 1, "the keyring is asked");
    assert!(simulator(app.view()).find("Forget the saved password").is_err());
}

#[test]
fn caps_lock_is_told_and_what_is_typed_is_shown_on_demand() {
    let mut app = in_state(asking());
    assert!(simulator(app.view()).find("Caps Lock is on.").is_err());
    let _ = app.update(Message::Asking(Asking::Caps(true)));
    assert!(simulator(app.view()).find("Caps Lock is on.").is_ok());
    assert!(!app.reply.shows);
    let _ = app.update(Message::Asking(Asking::Show));
    assert!(app.reply.shows);
    tell(&mut app, up());
    tell(&mut app, asking());
    assert!(!app.reply.shows, "the next one is not shown unasked");
}
