use culvert_ipc::Notice;
use culvert_model::{GuardReading, HostReading};
use iced::theme::Mode;
use iced_test::simulator;

use super::*;
use crate::app::Page;
use crate::link::Heard;
use crate::tests::played::with_profiles;
use crate::theme;

fn shown() -> App {
    let mut app = with_profiles(&["Office", "Home"]);
    press(&mut app, "Settings");
    assert!(matches!(app.page, Page::Settings(_)));
    app
}

/// Presses what says this. Only what the window itself makes of it happens, and nothing on the disk.
fn press(app: &mut App, label: &str) {
    let pressed: Vec<_> = {
        // All of the page is in sight.
        let size = iced::Size::new(800.0, 2000.0);
        let mut screen = iced_test::Simulator::with_size(iced::Settings::default(), size, app.view());
        screen.click(label).expect("it can be pressed");
        screen.into_messages().collect()
    };
    assert_eq!(pressed.len(), 1, "{label}");
    pressed.into_iter().for_each(|message| drop(app.update(message)));
}

fn says(app: &App, text: &str) -> bool {
    simulator(app.view()).find(text).is_ok()
}

#[test]
fn the_appearance_changes_at_once_and_outlives_what_the_desktop_says() {
    let mut app = shown();
    press(&mut app, "Dark");
    assert_eq!(app.tokens, &theme::DARK);
    let _ = app.update(app::Message::Appearance(Mode::Light));
    assert_eq!(app.tokens, &theme::DARK);
    press(&mut app, "Like the desktop");
    assert_eq!(app.tokens, &theme::LIGHT);
    let _ = app.update(app::Message::Appearance(Mode::Dark));
    assert_eq!(app.tokens, &theme::DARK);
}

#[test]
fn the_language_changes_at_once() {
    let mut app = shown();
    press(&mut app, "Deutsch");
    assert!(says(&app, "Einstellungen") && !says(&app, "Settings"));
    press(&mut app, "English");
    assert!(says(&app, "Settings"));
    press(&mut app, "Like the system");
    assert_eq!(app.settings.language, None);
}

#[test]
fn the_scale_goes_from_one_to_two() {
    let mut app = shown();
    for scale in [125, 150, 175, 200] {
        press(&mut app, "Larger");
        assert!(says(&app, &format!("{scale} %")));
    }
    assert!((app.scale() - 2.0).abs() < f32::EPSILON);
    assert!((app.size.width - 400.0).abs() < 1.0, "half the room");
    let mut screen = simulator(app.view());
    screen.click("Larger").expect("it is there");
    assert_eq!(screen.into_messages().count(), 0, "there is no more");
}

#[test]
fn everything_is_removed_only_after_a_second_press() {
    let mut app = shown();
    press(&mut app, "Remove all connections and passwords");
    let Page::Settings(form) = &app.page else { panic!("it stays here") };
    assert!(form.is_removing && !form.is_working);
    press(&mut app, "Keep them");
    assert!(!says(&app, "Keep them"));
    let removed = Removed { count: 2, ..Removed::default() };
    let _ = app.update(app::Message::Settings(Message::Removed(Box::new(removed))));
    assert!(says(&app, "Removed: 2."));
}

#[test]
fn everything_can_be_exported() {
    let mut app = shown();
    press(&mut app, "Export everything …");
    assert!(matches!(app.page, Page::Export(_)) && says(&app, "Home, Office"));
}

#[test]
fn what_a_repair_came_to_is_said() {
    let mut app = shown();
    let mut repaired = |how| {
        let _ = app.update(app::Message::Settings(Message::Repaired(how)));
        let Page::Settings(form) = &mut app.page else { panic!("it stays here") };
        (form.done.take(), form.complaint.take())
    };
    assert!(matches!(repaired(Repaired::Done), (Some(_), None)));
    assert!(matches!(repaired(Repaired::Not), (None, Some(why)) if why.contains("--reset")));
    assert!(matches!(repaired(Repaired::NotKept), (None, Some(_))));
}

#[test]
fn it_is_told_what_stands_and_lockdown_is_switched_there() {
    let mut app = shown();
    assert!(says(&app, "Now, nothing is closed: the internet is as it is without Culvert."));
    press(&mut app, "Internet only through a VPN");
    assert!(app.is_busy, "the helper is asked");
    let notice = |protection| app::Message::Heard(Heard::Notice(Box::new(Notice::Protected(protection))));
    let guard = Some(GuardReading { owned: true, firewall_helper: true });
    let host = HostReading { guard, ..HostReading::default() };
    let _ = app.update(notice(Protection { lockdown: true, host, ..Protection::default() }));
    assert!(says(&app, "Now, nothing leaves this computer past the VPN."));
    let _ = app.update(app::Message::Heard(Heard::Lost(link::Trouble::Stopped)));
    assert!(!says(&app, "Protection"), "what nobody tells is not said");
}
