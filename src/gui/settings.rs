//! What a person likes of the window, in a small file beside the profiles.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use culvert_profiles::Store;
use culvert_words::{Language, Words};
use iced::theme::Mode;
use iced::{Size, Task};
use toml_edit::DocumentMut;

use crate::shelf::on_a_thread;
use crate::theme::{self, Tokens};

const APPEARANCE: &str = "appearance";
const SCALE: &str = "text_scale";
const LANGUAGE: &str = "language";
const DETAILS: &str = "details";
const SYSTEM: &str = "system";

/// Counts what is to be kept.
static TURN: AtomicU64 = AtomicU64::new(0);

/// What there is to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) appearance: Appearance,
    /// Without one: the system's.
    pub(crate) language: Option<Language>,
    /// Whether the details of a connection are unfolded.
    pub(crate) shows_details: bool,
    /// The size of everything, in percent.
    scale: u16,
}

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Appearance {
    /// Those of the desktop.
    #[default]
    System,
    Light,
    Dark,
}

impl Appearance {
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    const fn as_str(self) -> &'static str {
        match self {
            Self::System => SYSTEM,
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { appearance: Appearance::System, language: None, shows_details: false, scale: Self::SMALLEST }
    }
}

impl Settings {
    const SMALLEST: u16 = 100;
    const LARGEST: u16 = 200;
    const STEP: u16 = 25;

    /// Those of the user; the usual ones where there are none.
    pub(crate) fn of_user() -> Self {
        let text = path().and_then(fs::read_to_string);
        text.map_or_else(|_| Self::default(), |text| Self::read(&text))
    }

    fn read(text: &str) -> Self {
        let document: DocumentMut = text.parse().unwrap_or_default();
        let appearance = document.get(APPEARANCE).and_then(|item| item.as_str());
        let appearance = Appearance::ALL.into_iter().find(|one| Some(one.as_str()) == appearance);
        let scale = document.get(SCALE).and_then(|item| item.as_integer());
        let scale = scale.and_then(|scale| u16::try_from(scale).ok()).unwrap_or(Self::SMALLEST);
        let language = document.get(LANGUAGE).and_then(|item| item.as_str()).and_then(Language::of_locale);
        let scale = scale.clamp(Self::SMALLEST, Self::LARGEST);
        let shows_details = document.get(DETAILS).and_then(|item| item.as_bool()).unwrap_or_default();
        Self { appearance: appearance.unwrap_or_default(), language, shows_details, scale }
    }

    /// Keeps them.
    pub(crate) fn keep(self) -> Task<Result<(), String>> {
        let turn = TURN.fetch_add(1, Ordering::Relaxed);
        Task::future(async move {
            let keeping = on_a_thread(move || path().and_then(|path| self.keep_in_turn(turn, &path)));
            keeping.await.unwrap_or(Ok(())).map_err(|error| error.to_string())
        })
    }

    /// Keeps them unless later ones are kept already: who presses fast has several on their way.
    fn keep_in_turn(self, turn: u64, path: &Path) -> io::Result<()> {
        static NEXT: Mutex<u64> = Mutex::new(0);
        let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
        if turn < *next {
            return Ok(());
        }
        *next = turn + 1;
        self.keep_at(path)
    }

    /// What else stands in the file stays: a later Culvert may know it.
    fn keep_at(self, path: &Path) -> io::Result<()> {
        let old = fs::read_to_string(path).unwrap_or_default();
        let mut document: DocumentMut = old.parse().unwrap_or_default();
        document[APPEARANCE] = toml_edit::value(self.appearance.as_str());
        document[LANGUAGE] = toml_edit::value(self.language.map_or(SYSTEM, Language::code));
        document[DETAILS] = toml_edit::value(self.shows_details);
        document[SCALE] = toml_edit::value(i64::from(self.scale));
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let new = path.with_extension("toml.new");
        fs::write(&new, document.to_string())?;
        fs::rename(new, path)
    }

    pub(crate) const fn scale(self) -> u16 {
        self.scale
    }

    /// What there is room for when the window opens, which is as large on the screen whatever is in it.
    pub(crate) fn room(self) -> Size {
        let scale = f32::from(self.scale) / 100.0;
        Size::new(800.0 / scale, 600.0 / scale)
    }

    /// A step larger, if there is one.
    pub(crate) fn larger(self) -> Option<Self> {
        (self.scale < Self::LARGEST)
            .then(|| Self { scale: (self.scale + Self::STEP).min(Self::LARGEST), ..self })
    }

    /// A step smaller, if there is one.
    pub(crate) fn smaller(self) -> Option<Self> {
        (self.scale > Self::SMALLEST)
            .then(|| Self { scale: (self.scale - Self::STEP).max(Self::SMALLEST), ..self })
    }

    /// The sentences, in the language that is liked.
    pub(crate) fn words(self) -> Words {
        Words::of(self.language.unwrap_or_else(Language::of_system)).in_window()
    }

    /// The colours, on a desktop that likes `mode`.
    pub(crate) fn tokens(self, mode: Mode) -> &'static Tokens {
        match (self.appearance, mode) {
            (Appearance::Dark, _) | (Appearance::System, Mode::Dark) => &theme::DARK,
            _ => &theme::LIGHT,
        }
    }
}

fn path() -> io::Result<PathBuf> {
    let store = Store::of_user().map_err(io::Error::other)?;
    Ok(store.path().with_file_name("window.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_and_strange_keys_stay() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("culvert/window.toml");
        let liked = Settings {
            appearance: Appearance::Dark,
            language: Some(Language::German),
            shows_details: true,
            scale: 150,
        };
        liked.keep_at(&path).expect("it is kept");
        fs::write(&path, fs::read_to_string(&path).expect("it is there") + "sparkle = true\n")
            .expect("written");
        liked.larger().expect("there is more").keep_at(&path).expect("it is kept");
        let text = fs::read_to_string(&path).expect("it is there");
        assert_eq!(Settings::read(&text), Settings { scale: 175, ..liked });
        assert!(text.contains("sparkle = true"), "{text}");
    }

    #[test]
    fn what_was_chosen_last_is_kept_in_whatever_order_it_comes_to_the_disk() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("window.toml");
        let (first, last) = (Settings::default(), Settings { scale: 200, ..Settings::default() });
        last.keep_in_turn(u64::MAX - 1, &path).expect("it is kept");
        first.keep_in_turn(u64::MAX - 2, &path).expect("it is left");
        assert_eq!(Settings::read(&fs::read_to_string(&path).expect("it is there")), last);
    }

    #[test]
    fn what_makes_no_sense_is_as_usual() {
        let broken = "text_scale = 9000\nappearance = 3\nlanguage = \"tlh\"";
        for text in ["", broken, "}{", "text_scale = -1\nlanguage = \"system\""] {
            let read = Settings::read(text);
            assert_eq!((read.appearance, read.language), (Appearance::System, None), "{text}");
            assert!((100..=200).contains(&read.scale), "{text}");
        }
        let scale = |text| Settings::read(text).scale;
        assert_eq!((scale("text_scale = 130"), scale("text_scale = 10")), (130, 100));
    }

    /// The library makes a window larger by the scale, which no small screen has the room for.
    #[test]
    fn the_window_is_no_larger_than_usual_where_everything_in_it_is() {
        for scale in [100, 125, 200] {
            let size = Settings { scale, ..Settings::default() }.room();
            let on_screen = size.width * f32::from(scale) / 100.0;
            assert!((on_screen - 800.0).abs() < 1.0, "{scale}: {size:?}");
        }
    }

    #[test]
    fn the_desktop_decides_unless_the_person_does() {
        let tokens = |appearance, mode| Settings { appearance, ..Settings::default() }.tokens(mode);
        assert_eq!(tokens(Appearance::System, Mode::Dark), &theme::DARK);
        assert_eq!(tokens(Appearance::System, Mode::None), &theme::LIGHT);
        assert_eq!(tokens(Appearance::Light, Mode::Dark), &theme::LIGHT);
        assert_eq!(tokens(Appearance::Dark, Mode::Light), &theme::DARK);
    }
}
