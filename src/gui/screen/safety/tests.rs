use culvert_words::Words;
use iced::Size;
use iced_test::simulator;

use super::*;
use crate::app::Page;
use crate::tests::played::with_profiles;

#[test]
fn every_kind_and_place_is_told_in_every_column() {
    let words = Words::english();
    for kind in KINDS {
        for (_, part) in COLUMNS {
            assert!(!words.part(kind, part).is_empty(), "{kind:?} {part}");
        }
    }
    assert!(PLACES.into_iter().all(|place| !words.part(place, WORKS).is_empty()));
}

#[test]
fn nothing_good_is_said_of_pptp_that_is_not_so() {
    let words = Words::english();
    let parts = COLUMNS.into_iter().map(|(_, part)| words.part(Word::KindPptp, part));
    let told: Vec<_> = CARD.into_iter().map(|word| words.say(word, &[])).chain(parts).collect();
    for word in ["secure", "private", "protected", "anonymous"] {
        assert!(told.iter().all(|line| !line.to_lowercase().contains(word)), "{word}");
    }
}

#[test]
fn the_badge_leads_here_and_back_leads_home() {
    let mut app = with_profiles(&["Office"]);
    press(&mut app, "Low protection: see why");
    assert!(matches!(app.page, Page::Safety));
    for width in [380.0, 1280.0] {
        app.size = Size::new(width, 800.0);
        let mut screen = simulator(app.view());
        for word in CARD.into_iter().chain(KINDS).chain(PLACES) {
            let text = app.words.say(word, &[]);
            screen.find(text.as_str()).unwrap_or_else(|_| panic!("{word:?} at {width}"));
        }
    }
    press(&mut app, "Back");
    assert!(matches!(app.page, Page::Home));
}

fn press(app: &mut App, label: &str) {
    let pressed: Vec<_> = {
        let mut screen = simulator(app.view());
        screen.click(label).expect("it can be pressed");
        screen.into_messages().collect()
    };
    pressed.into_iter().for_each(|message| drop(app.update(message)));
}
