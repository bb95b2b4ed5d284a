//! A picture of every screen and every state: in each language, light and dark, narrow and wide, usual and twice as large.
//!
//! The letters are measured in all of them: nothing is cut, nothing lies outside the window, and on the home screen the one
//! button can be seen. With `CULVERT_PICTURES=DIRECTORY` the pictures are written, for people to look at; with
//! `CULVERT_PICTURES_OF="edit de"` only those with all these words in their names.

mod catalog;
mod editor;
mod picture;

use std::env;
use std::path::Path;

use culvert_model::{Fault, FaultCode, NextTry, State};
use culvert_words::Language;
use iced::Size;

use self::catalog::Shown;
use self::picture::{Picture, Studio};
use crate::app::{App, Message, Page};
use crate::link::Heard;
use crate::theme;

/// The smallest window, the one that opens, and a wide one, in pixels of a screen at 1x.
const SIZES: [Size; 3] = [Size::new(380.0, 560.0), Size::new(800.0, 600.0), Size::new(1280.0, 800.0)];
const SCALES: [u16; 2] = [100, 200];

/// Shows it in a window of this size, at this scale.
fn resize(app: &mut App, size: Size, scale: u16) {
    while app.settings.scale() < scale {
        app.settings = app.settings.larger().expect("there is more");
    }
    while app.settings.scale() > scale {
        app.settings = app.settings.smaller().expect("there is less");
    }
    // What is counted down begins anew: making pictures takes its time.
    if let Some(told) = app.told.clone().filter(|_| app.trouble.is_none()) {
        let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    }
    let ratio = app.scale();
    let _ = app.update(Message::Resized(Size::new(size.width / ratio, size.height / ratio)));
}

/// What can be said against it.
fn faults(app: &App, studio: &mut Studio) -> Vec<String> {
    let picture = Picture::of(app, studio);
    let mut faults = picture.cut();
    if picture.texts() == 0 {
        faults.push("there is nothing to read".to_owned());
    }
    let has_room = app.size.height >= SIZES[0].height;
    let is_home = matches!(app.page, Page::Home) && app.asks.is_none();
    if is_home && has_room && picture.primary().is_some_and(|button| !picture.shows(button)) {
        faults.push(format!("the button is out of sight: {:?}", picture.primary()));
    }
    faults
}

/// Goes through every screen with every size and scale.
fn each(language: Language, look: &mut dyn FnMut(&str, &mut App)) {
    for Shown { name, mut app } in catalog::all(language) {
        for scale in SCALES {
            // Twice as large, the widest window is much like the one that opens.
            let sizes = if scale == SCALES[0] { &SIZES[..] } else { &SIZES[..2] };
            for &size in sizes {
                resize(&mut app, size, scale);
                let name = format!("{name} {} {}x{} {scale}", language.code(), size.width, size.height);
                look(&name, &mut app);
            }
        }
    }
}

#[test]
fn nothing_is_cut_on_any_screen() {
    let mut studio = Studio::default();
    let mut wrong = Vec::new();
    for &language in Language::ALL {
        each(language, &mut |name, app| {
            wrong.extend(faults(app, &mut studio).into_iter().map(|fault| format!("{name}: {fault}")));
        });
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_fault_is_cut_whatever_it_says() {
    let mut studio = Studio::default();
    let mut wrong = Vec::new();
    for &language in Language::ALL {
        for &code in FaultCode::ALL {
            let fault = Fault::new(code);
            let states = [
                State::Disconnected { last_fault: Some(fault.clone()) },
                State::Blocked { fault: fault.clone() },
                State::Reconnecting { attempt: 3, next: NextTry::In(8000), fault },
            ];
            for state in states {
                let mut app = catalog::in_state(state, language);
                for scale in SCALES {
                    resize(&mut app, SIZES[0], scale);
                    let faults = faults(&app, &mut studio).into_iter();
                    wrong.extend(faults.map(|fault| format!("{code} {} {scale}: {fault}", language.code())));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

/// How sharp a screen is.
const SHARPNESS: [f32; 2] = [1.0, 2.0];

/// Drawing takes far longer than measuring: without a place for the pictures only the smallest are drawn.
#[test]
fn every_screen_is_drawn_light_and_dark() {
    let mut studio = Studio::default();
    let directory = env::var_os("CULVERT_PICTURES");
    let wanted = env::var("CULVERT_PICTURES_OF").unwrap_or_default();
    let is_wanted = |name: &str| wanted.split_whitespace().all(|word| name.contains(word));
    let languages = if directory.is_some() { Language::ALL } else { &[Language::German] };
    for &language in languages {
        each(language, &mut |name, app| {
            if !is_wanted(name) {
                return;
            }
            let is_small = app.size.width * app.scale() < SIZES[1].width;
            let is_wide = app.size.width >= SIZES[2].width;
            let is_usual = app.settings.scale() == SCALES[0];
            for (look, tokens) in [("light", &theme::LIGHT), ("dark", &theme::DARK)] {
                app.tokens = tokens;
                for sharpness in SHARPNESS {
                    let is_first = sharpness == SHARPNESS[0];
                    let is_drawn = match &directory {
                        None => is_small && is_usual && is_first,
                        Some(_) if is_small => is_first || is_usual && look == "light",
                        Some(_) => is_wide && is_first && is_usual && look == "light",
                    };
                    if !is_drawn {
                        continue;
                    }
                    let drawn = studio.draw(app, sharpness);
                    assert!(drawn.is_more_than_its_ground(), "{name}: {look} is empty");
                    if let Some(directory) = &directory {
                        drawn.write(&Path::new(directory).join(format!("{name} {look} {sharpness}x.png")));
                    }
                }
            }
        });
    }
}
