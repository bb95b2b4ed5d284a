use std::sync::Arc;

use culvert_model::Encryption;
use iced::widget::text_editor::{Action, Edit};
use iced_test::simulator;

use super::*;
use crate::app::Page;

const MAIL: &str = "Hello Alice,\n\nServer: vpn.example.com\nUser name: OFFICE\\alice\nPassword: correct horse\n\nYours, Bob\n";

fn pasted(text: &str) -> (Form, Words) {
    let (mut form, words) = (Form::default(), Words::english());
    assert!(matches!(form.update(Message::Paste, &words), Then::Run(_)));
    let paste = Message::Pasted(Action::Edit(Edit::Paste(Arc::new(text.to_owned()))));
    assert!(matches!(form.update(paste, &words), Then::Nothing));
    (form, words)
}

fn shown(form: Form) -> App {
    let mut app = App::new();
    app.page = Page::Add(form);
    app
}

#[test]
fn a_pasted_mail_fills_the_fields_and_saves_nothing() {
    let (form, _) = pasted(MAIL);
    assert_eq!((form.server.as_str(), form.user.as_str()), ("vpn.example.com", "OFFICE\\alice"));
    assert_eq!(form.password.expose(), "correct horse");
    assert!(!form.is_saving);
    let app = shown(form);
    let mut screen = simulator(app.view());
    screen.find("Recognised: Server, User name, Password. See whether it is right.").expect("it is said");
    screen.find("vpn.example.com").expect("it is filled in");
}

#[test]
fn what_was_recognised_can_be_corrected_before_it_is_saved() {
    let (mut form, words) = pasted(MAIL);
    form.update(Message::User("bob".into()), &words);
    let saved = form.saved().expect("it is a whole");
    assert_eq!((saved.profile.username.as_str(), saved.profile.domain), ("bob", None));
    assert_eq!(saved.profile.server.as_str(), "vpn.example.com");
}

#[test]
fn weak_settings_of_a_mail_are_told_and_can_be_left_out() {
    let (mut form, words) = pasted(&format!("{MAIL}Encryption: none\n"));
    assert_eq!(form.saved().expect("a whole").profile.encryption, Encryption::None);
    let app = shown(pasted(&format!("{MAIL}Encryption: none\n")).0);
    let mut screen = simulator(app.view());
    let warning = words.say(Word::WarningEncryptionNone, &[]);
    screen.find(warning.as_str()).expect("it is told");
    let strong = words.say(Word::SwitchStrong, &[]);
    screen.click(strong.as_str()).expect("it can be pressed");
    let pressed: Vec<_> = screen.into_messages().collect();
    assert!(matches!(pressed[..], [app::Message::Add(Message::Strong)]), "{pressed:?}");
    form.update(Message::Strong, &words);
    assert_eq!(form.saved().expect("a whole").profile.encryption, Encryption::Required128);
}

#[test]
fn a_mail_about_another_vpn_or_about_none_says_so() {
    let (form, words) = pasted("Type: WireGuard\nServer: vpn.example.com\n");
    assert!(form.server.is_empty());
    let app = shown(form);
    let refused = simulator(app.view())
        .find(|text: iced_test::selector::Candidate<'_>| match text {
            iced_test::selector::Candidate::Text { content, .. } if content.contains("wireguard") => {
                Some(content.to_owned())
            }
            _ => None,
        })
        .expect("it is named");
    assert!(refused.contains("another kind of VPN"), "{refused}");
    let app = shown(pasted("Dear Alice,\nlunch at noon?\n").0);
    let nothing = words.say(Word::PastedNothing, &[]);
    simulator(app.view()).find(nothing.as_str()).expect("it is said");
}

fn typed() -> (Form, Words) {
    let (mut form, words) = (Form::default(), Words::english());
    let password = Secret::new("correct horse".to_owned());
    let (server, user) = ("vpn.example.com".to_owned(), "alice".to_owned());
    for message in [Message::Server(server), Message::User(user), Message::Password(password)] {
        form.update(message, &words);
    }
    (form, words)
}

#[test]
fn a_key_that_comes_twice_saves_once() {
    let (mut form, words) = typed();
    assert!(matches!(form.update(Message::Save { connects: true }, &words), Then::Run(_)));
    assert!(matches!(form.update(Message::Save { connects: true }, &words), Then::Nothing));
}

#[test]
fn a_password_outlives_a_disk_that_is_full() {
    let (mut form, words) = typed();
    form.update(Message::Save { connects: true }, &words);
    form.update(Message::Saved(Err("the disk is full".to_owned())), &words);
    assert_eq!(form.password.expose(), "correct horse");
    assert!(matches!(form.update(Message::Save { connects: true }, &words), Then::Run(_)));
}

#[test]
fn a_password_is_in_no_message_that_somebody_prints() {
    let message = Message::Password(Secret::new("correct horse".to_owned()));
    assert!(!format!("{message:?} {:?}", typed().0).contains("correct horse"));
}

#[test]
fn what_is_longer_than_any_mail_is_cut() {
    let (form, _) = pasted(&format!("{MAIL}{}", "ü".repeat(1 << 20)));
    assert_eq!(form.server, "vpn.example.com");
    let length = form.pasted.as_ref().map_or(0, |pasted| pasted.text.text().len());
    assert!(length <= LONGEST + 1, "{length}");
}
