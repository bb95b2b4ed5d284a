//! A connection is changed, copied and deleted, by the mouse and by the keys.

use culvert_model::{Encryption, Fault, FaultCode, State};
use culvert_profiles::{Listed, SavedProfile};
use iced::keyboard::key::Named;
use iced_test::simulator;

use super::played::{id, in_state, managed, network, tell, with_profiles};
use crate::app::{App, Message, Own, Page};
use crate::link::Heard;
use crate::screen::edit::{Choice, Fold, Line, Message as Edit, Place};
use crate::shelf::Replaced;

fn opened(mut app: App, messages: impl IntoIterator<Item = Edit>) -> App {
    let office = id(&app, "Office");
    let _ = app.update(Message::Own(Own::Edit(office, Place::Top)));
    for message in messages {
        let _ = app.update(Message::Edit(message));
    }
    app
}

fn renamed() -> Edit {
    Edit::Line(Line::Name, "Bureau".to_owned())
}

/// What a press on these words says.
fn press(app: &App, words: &str) -> Vec<Message> {
    // On a window where nothing has to be scrolled to.
    let size = iced::Size::new(800.0, 3000.0);
    let mut screen = iced_test::Simulator::with_size(iced::Settings::default(), size, app.view());
    screen.click(words).unwrap_or_else(|error| panic!("{words}: {error:?}"));
    screen.into_messages().collect()
}

/// Presses these words, and has happen what follows.
fn do_press(app: &mut App, words: &str) {
    for message in press(app, words) {
        let _ = app.update(message);
    }
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app.view()).find(words).is_ok()
}

fn is_edit(app: &App) -> bool {
    matches!(app.page, Page::Edit(_))
}

/// What the shelf would say.
fn saved(app: &mut App, name: &str) {
    let office: Listed = app.chosen().expect("one").clone();
    let mut listed = office;
    listed.saved.profile.name = name.to_owned();
    let replaced = Replaced { listed, unkept: None, unforgotten: None };
    let _ = app.update(Message::Edit(Edit::Saved(Ok(Box::new(replaced)))));
}

#[test]
fn home_leads_to_the_editor_and_its_folds_are_closed() {
    let mut app = with_profiles(&["Office"]);
    do_press(&mut app, "Edit …");
    assert!(is_edit(&app));
    for (fold, says) in [
        ("Login", "standard"),
        ("Encryption", "required, 128 bit"),
        ("Network", "all traffic"),
        ("Reconnect", "on"),
        ("Advanced", "nothing changed"),
    ] {
        assert!(shows(&app, fold) && shows(&app, says), "{fold}: {says}");
    }
    assert!(!shows(&app, "Stateful encryption"));
    let _ = app.update(Message::Edit(Edit::Fold(Fold::Encryption)));
    assert!(shows(&app, "Stateful encryption") && shows(&app, "required, 128 bit (default)"));
}

#[test]
fn the_keys_reach_every_control_and_open_the_folds() {
    let app = opened(with_profiles(&["Office"]), []);
    let mut screen = simulator(app.view());
    for _ in 0..40 {
        screen.tap_key(Named::Tab);
        screen.tap_key(Named::Enter);
    }
    let messages: Vec<_> = screen.into_messages().collect();
    let is_there = |is: &dyn Fn(&Message) -> bool| messages.iter().any(is);
    for fold in Fold::ALL {
        assert!(
            is_there(&|one| matches!(one, Message::Edit(Edit::Fold(other)) if *other == fold)),
            "{fold:?}"
        );
    }
    assert!(is_there(&|one| matches!(one, Message::Back)));
    assert!(is_there(&|one| matches!(one, Message::Edit(Edit::Save))), "Enter in a line saves");
    assert!(is_there(&|one| matches!(one, Message::Edit(Edit::Choose(Choice::Password(_))))));
    assert!(is_there(&|one| matches!(one, Message::Own(Own::Duplicate(_)))));
    assert!(is_there(&|one| matches!(one, Message::Own(Own::Delete(_)))));
}

#[test]
fn what_was_typed_is_told_at_once_where_it_can_not_be() {
    let app = opened(
        with_profiles(&["Office"]),
        [Edit::Line(Line::Server, "http://vpn".to_owned()), Edit::Line(Line::Mtu, "1".to_owned())],
    );
    assert!(shows(&app, "This is the server's name alone, without http:// and what follows."));
    assert!(shows(&app, "something here can't be"), "the closed fold says so");
}

#[test]
fn who_leaves_with_changes_is_asked_once() {
    let leave = |app: &mut App| {
        let _ = app.update(Message::Pressed(iced::keyboard::Key::Named(Named::Escape), Default::default()));
    };
    let mut app = opened(with_profiles(&["Office"]), []);
    leave(&mut app);
    assert!(!is_edit(&app) && app.asks.is_none(), "nothing was changed");
    let mut app = opened(with_profiles(&["Office"]), [renamed()]);
    leave(&mut app);
    assert!(is_edit(&app) && shows(&app, "Save the changes to Office?"));
    do_press(&mut app, "Keep editing");
    assert!(is_edit(&app) && app.asks.is_none());
    leave(&mut app);
    leave(&mut app);
    assert!(is_edit(&app) && app.asks.is_none(), "Esc answers with staying");
    leave(&mut app);
    do_press(&mut app, "Don't save");
    assert!(!is_edit(&app) && shows(&app, "Office"));
}

#[test]
fn what_was_meant_happens_once_it_is_answered() {
    for (says, is_saved) in [("Save", true), ("Don't save", false)] {
        let mut app = opened(with_profiles(&["Office"]), [renamed()]);
        let _ = app.update(Message::SettingsPressed);
        assert!(is_edit(&app));
        let answer = press(&app, says).pop().expect("an answer");
        let _ = app.update(answer);
        if is_saved {
            assert!(is_edit(&app), "it is not kept yet");
            saved(&mut app, "Bureau");
            assert_eq!(app.chosen_name(), Some("Bureau"));
        }
        assert!(matches!(app.page, Page::Settings(_)), "{says}");
    }
}

#[test]
fn a_window_that_is_closed_asks_about_changes_first() {
    let mut app = opened(with_profiles(&["Office"]), [renamed()]);
    for _ in 0..2 {
        let _ = app.update(Message::CloseRequested);
        assert!(is_edit(&app) && shows(&app, "Save the changes to Office?"));
    }
    // What the helper tells meanwhile takes no question away.
    let told = app.told.clone().expect("told");
    let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    assert!(shows(&app, "Save the changes to Office?"));
}

#[test]
fn a_question_goes_where_the_mistake_is_when_it_can_not_be_saved() {
    let mut app = opened(with_profiles(&["Office"]), [Edit::Line(Line::Mtu, "1".to_owned())]);
    let _ = app.update(Message::Back);
    let _ = app.update(Message::Own(Own::SaveChanges));
    assert!(is_edit(&app) && shows(&app, "A number of bytes from 576 to 1500."));
}

#[test]
fn a_change_of_what_is_connected_counts_later_or_at_once() {
    let mut app = opened(in_state(State::Connected { network: network() }), [renamed()]);
    assert!(shows(&app, "Office is connected. What you change counts from the next connect on."));
    do_press(&mut app, "Save and reconnect now");
    let _ = app.update(Message::Choose(id(&app, "Office")));
    saved(&mut app, "Office");
    assert!(!is_edit(&app) && app.is_busy, "it is being disconnected");
    tell(&mut app, State::Disconnected { last_fault: None });
    assert!(app.is_busy, "and connected anew");
    let app = opened(with_profiles(&["Office"]), [renamed()]);
    assert!(!shows(&app, "Save and reconnect now"));
}

#[test]
fn what_an_administrator_forbids_can_not_be_chosen_but_given_up() {
    let mut app = with_profiles(&["Office"]);
    let mut told = app.told.clone().expect("told");
    told.protection.forbids_weaker = true;
    let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    let app = opened(app, [Edit::Fold(Fold::Encryption)]);
    assert!(shows(
        &app,
        "The administrator of this computer allows nothing here that protects less than usual."
    ));
    assert!(press(&app, "none").is_empty());
    let app = opened(app, [Edit::Choose(Choice::Encryption(Encryption::None)), Edit::Fold(Fold::Encryption)]);
    let chosen = press(&app, "required, 128 bit (default)");
    assert!(matches!(chosen[..], [Message::Edit(Edit::Choose(Choice::Encryption(_)))]), "{chosen:?}");
}

#[test]
fn what_protects_less_says_so_on_home_and_leads_there() {
    let weaken = |app: &mut App| {
        let mut kept = app.kept.clone().expect("read");
        kept.profiles.iter_mut().for_each(|listed| listed.saved.profile.encryption = Encryption::Required);
        let _ = app.update(Message::Kept(kept));
    };
    let mut apps = [with_profiles(&["Office"]), in_state(State::Connected { network: network() })];
    for app in &mut apps {
        assert!(!shows(app, "Protects less than usual: see where"));
        weaken(app);
        do_press(app, "Protects less than usual: see where");
        assert!(is_edit(app) && shows(app, "Stateful encryption"), "the fold is open");
        assert!(shows(app, "required, also with short keys · protects less than usual"));
    }
}

#[test]
fn a_fault_that_speaks_of_a_setting_leads_to_it() {
    let failed = |code| State::Disconnected { last_fault: Some(Fault::new(code)) };
    for (code, button, sees) in [
        (FaultCode::MppeNotOffered, "Change the encryption …", "Stateful encryption"),
        (FaultCode::AuthMethodRefused, "Change the login methods …", "MS-CHAPv1"),
        (FaultCode::PppGarbled, "Change the packet size …", "Largest packet, in bytes"),
        (FaultCode::DnsFailed, "Change the server …", "Server"),
    ] {
        let mut app = in_state(failed(code));
        do_press(&mut app, button);
        assert!(is_edit(&app) && shows(&app, sees), "{code}");
        let mut app = in_state(State::Blocked { fault: Fault::new(code) });
        do_press(&mut app, button);
        assert!(is_edit(&app), "{code}");
    }
}

#[test]
fn what_an_administrator_set_up_is_only_looked_at() {
    let mut app = with_profiles(&["Home"]);
    let mut told = app.told.clone().expect("told");
    told.managed = vec![managed("Office", false)];
    let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    let _ = app.update(Message::ChooseManaged("office".to_owned()));
    do_press(&mut app, "Show what is set …");
    assert!(matches!(app.page, Page::Managed(_)));
    assert!(shows(
        &app,
        "Set up by your organisation. Only an administrator of this computer can change it."
    ));
    assert!(!shows(&app, "Save") && !shows(&app, "Delete"));
}

fn delete(app: &mut App, name: &str) {
    let profiles = &app.kept.as_ref().expect("read").profiles;
    let listed = profiles.iter().find(|listed| listed.saved.profile.name == name).expect("one").clone();
    let _ = app.update(Message::Own(Own::Delete(listed.id.clone())));
    let _ = app.update(Message::Own(Own::Deleted(Box::new(listed), Ok(()))));
}

#[test]
fn what_is_deleted_can_be_taken_back_for_a_while() {
    let mut app = opened(with_profiles(&["Home", "Office"]), []);
    delete(&mut app, "Office");
    assert!(!is_edit(&app) && app.chosen_name() == Some("Home"));
    assert!(shows(&app, "Office and its saved password are deleted."));
    let undo = press(&app, "Undo");
    assert!(matches!(undo[..], [Message::Own(Own::Undo)]), "{undo:?}");
    delete(&mut app, "Home");
    assert!(shows(&app, "Home and its saved password are deleted."), "the first one is gone for good");
    let _ = app.update(Message::Own(Own::UndoGone(1)));
    assert!(shows(&app, "Undo"), "that was the first one's time");
    let _ = app.update(Message::Own(Own::UndoGone(2)));
    assert!(!shows(&app, "Undo"));
}

#[test]
fn what_is_taken_back_is_there_again() {
    let mut app = with_profiles(&["Home", "Office"]);
    let office = app.kept.as_ref().expect("read").profiles[1].clone();
    delete(&mut app, "Office");
    let _ = app.update(Message::Own(Own::Undo));
    assert!(!shows(&app, "Undo"));
    let office = Box::new(office);
    let failed = Own::Restored(office.clone(), Err("the disk is full".to_owned()));
    let _ = app.update(Message::Own(failed));
    assert!(shows(&app, "Undo"), "it can be tried again");
    let _ = app.update(Message::Own(Own::Undo));
    let _ = app.update(Message::Own(Own::Restored(office.clone(), Ok(office))));
    assert_eq!(app.chosen_name(), Some("Office"));
}

#[test]
fn a_copy_is_opened_to_be_named() {
    let mut app = with_profiles(&["Office"]);
    let directory = tempfile::tempdir().expect("a directory");
    let store = culvert_profiles::Store::at(directory.path());
    let copy: SavedProfile = app.chosen().expect("one").saved.copy();
    let mut copy = store.add(copy).expect("it is kept");
    copy.saved.profile.name = "Office (2)".to_owned();
    let _ = app.update(Message::Own(Own::Duplicated(Ok(Box::new(copy)))));
    assert!(is_edit(&app) && shows(&app, "Office (2)"));
}

#[test]
fn the_three_points_of_a_row_unfold_what_can_be_done_with_it() {
    let mut app = with_profiles(&["Home", "Office"]);
    assert!(!shows(&app, "Duplicate"));
    let office = id(&app, "Office");
    let _ = app.update(Message::Own(Own::Menu(office.clone())));
    let pressed = press(&app, "Duplicate");
    assert!(matches!(&pressed[..], [Message::Own(Own::Duplicate(id))] if *id == office), "{pressed:?}");
    let _ = app.update(Message::Own(Own::Menu(office)));
    assert!(!shows(&app, "Duplicate"));
}

#[test]
fn control_and_s_saves() {
    use iced::keyboard::{Key, Modifiers};
    let save = || Message::Pressed(Key::Character("s".into()), Modifiers::CTRL);
    let mut app = opened(with_profiles(&["Office"]), [renamed()]);
    let _ = app.update(save());
    let mut screen = simulator(app.view());
    let _ = screen.click("Save");
    assert_eq!(screen.into_messages().count(), 0, "it is being kept");
    saved(&mut app, "Bureau");
    assert!(!is_edit(&app) && app.chosen_name() == Some("Bureau"));
    let _ = app.update(save());
    assert!(!is_edit(&app), "elsewhere it does nothing");
}
