use iced_test::simulator;

use super::*;
use crate::app::Page;
use crate::tests::played::with_profiles;

fn shown() -> App {
    let mut app = with_profiles(&["Office"]);
    let pressed: Vec<_> = {
        let mut screen = simulator(app.view());
        screen.click("Export …").expect("it can be pressed");
        screen.into_messages().collect()
    };
    pressed.into_iter().for_each(|message| drop(app.update(message)));
    app
}

fn update(app: &mut App, message: Message) {
    let _ = app.update(app::Message::Export(message));
}

fn form(app: &App) -> &Form {
    let Page::Export(form) = &app.page else { panic!("{:?}", app.page) };
    form
}

#[test]
fn the_chosen_connection_is_exported_without_its_password() {
    let app = shown();
    let order = form(&app).order();
    assert_eq!(order.profiles.len(), 1);
    assert!(!order.with_passwords && order.passphrase.is_none());
    let mut screen = simulator(app.view());
    for format in Format::WRITTEN {
        screen.find(app.words.format(format).as_str()).expect("each format is offered");
    }
}

#[test]
fn passwords_that_everybody_could_read_are_warned_of() {
    let mut app = shown();
    let warning = app.words.say(Word::ExportPasswords, &[]);
    let warns = |app: &App| simulator(app.view()).find(warning.as_str()).is_ok();
    assert!(!warns(&app));
    update(&mut app, Message::WithPasswords);
    assert!(warns(&app));
    update(&mut app, Message::Passphrase(Secret::new("river".into())));
    assert!(!warns(&app) && form(&app).order().passphrase.is_some());
    update(&mut app, Message::Format(Format::Pppd));
    assert!(warns(&app) && form(&app).order().passphrase.is_none(), "only our own file can be closed");
}

#[test]
fn what_was_written_and_what_was_lost_is_told() {
    let mut app = shown();
    update(&mut app, Message::Written(Err("/home/a/Office is there already".into())));
    simulator(app.view()).find("/home/a/Office is there already").expect("it is said");
    let lost = culvert_profiles::export::Lost { profile: "Office".into(), field: "search_domains" };
    let paths = vec!["/home/a/Office.culvert".into()];
    let written = Written { paths, lost: vec![lost], ..Written::default() };
    update(&mut app, Message::Written(Ok(Box::new(written))));
    let mut screen = simulator(app.view());
    screen.find("/home/a/Office.culvert").expect("where it is");
    screen.find("Office: the file can't hold search domains.").expect("what is not in it");
}

#[test]
fn a_key_that_comes_twice_writes_once_and_one_window_opens() {
    let (mut form, words) = (Form::new(Vec::new()), Words::english());
    assert!(matches!(form.update(Message::Write, &words), Then::Run(_)));
    assert!(matches!(form.update(Message::Write, &words), Then::Nothing));
    let can_choose = |app: &App| {
        let label = app.words.say(Word::ButtonChooseDirectory, &[]);
        let mut screen = simulator(app.view());
        screen.click(label.as_str()).expect("it is there");
        screen.into_messages().count() == 1
    };
    let mut app = shown();
    assert!(can_choose(&app));
    update(&mut app, Message::Choose);
    assert!(!can_choose(&app));
    update(&mut app, Message::Chosen(None));
    assert!(can_choose(&app));
}
