//! The languages that there are sentences in.

use std::env;

/// A language of the programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// The one that every sentence is written in first.
    #[default]
    English,
    /// Waits for somebody who grew up with it: see `i18n/README.md`.
    German,
}

impl Language {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::English, Self::German];

    /// How settings and locales call it (ISO 639).
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// How its speakers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// What stands before tenths.
    pub const fn decimal_mark(self) -> char {
        match self {
            Self::English => '.',
            Self::German => ',',
        }
    }

    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../i18n/en/culvert.ftl"),
            Self::German => include_str!("../../i18n/de/culvert.ftl"),
        }
    }

    /// The language of the locale (`de_AT.UTF-8`) or code, if there are sentences in it.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let code = locale.split(['_', '-', '.', '@']).next()?;
        Self::ALL.iter().copied().find(|language| language.code().eq_ignore_ascii_case(code))
    }

    /// The language of whoever runs the program.
    pub fn of_system() -> Self {
        Self::of_environment(|name| env::var(name).ok())
    }

    /// POSIX has the locale of messages (`setlocale`), gettext a list of languages that goes before it.
    pub(crate) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set).unwrap_or_default();
        let is_plain = |locale: &str| {
            let name = locale.split('.').next().unwrap_or_default();
            name.is_empty() || name == "C" || name == "POSIX"
        };
        if is_plain(&locale) {
            return Self::English;
        }
        let preferred = set(&"LANGUAGE").unwrap_or_default();
        let mut wanted = preferred.split(':').chain([locale.as_str()]);
        wanted.find_map(Self::of_locale).unwrap_or_default()
    }
}
