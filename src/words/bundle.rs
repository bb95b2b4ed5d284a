//! The sentences of one language.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::{Language, Word};

/// What stands for the names in a sentence.
pub type Names<'a> = &'a [(&'static str, &'a str)];

/// The names that stand for numbers, which may decide between one and many. Any other may look like a number and be none.
const NUMBERS: [&str; 2] = ["count", "left"];

/// The sentences of one language.
pub struct Words {
    language: Language,
    /// The first one that has a sentence says it; the last is English.
    bundles: Vec<FluentBundle<FluentResource>>,
    in_window: bool,
}

impl Words {
    /// In English.
    pub fn english() -> Self {
        Self::of(Language::English)
    }

    /// In the language of whoever runs the program.
    pub fn of_system() -> Self {
        Self::of(Language::of_system())
    }

    /// In `language`, and in English what it has no sentence for.
    pub fn of(language: Language) -> Self {
        let mut languages = vec![language, Language::English];
        languages.dedup();
        let bundles = languages.into_iter().map(|one| bundle(one, one.source())).collect();
        Self { language, bundles, in_window: false }
    }

    /// The same for people who have a window and no command line before them.
    #[must_use]
    pub fn in_window(self) -> Self {
        Self { in_window: true, ..self }
    }

    #[cfg(test)]
    pub(crate) fn written(language: Language, source: &str) -> Self {
        let english = bundle(Language::English, Language::English.source());
        Self { language, bundles: vec![bundle(language, source), english], in_window: false }
    }

    /// The language that is spoken.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The sentence, and what to do if the sentence says that something is wrong.
    pub fn say(&self, word: Word, names: Names<'_>) -> String {
        let sentences = [self.find(word.id(), None, names), self.remedy(word.id(), names)];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// What to do, as far as who reads it can.
    fn remedy(&self, id: &str, names: Names<'_>) -> Option<String> {
        let in_window = self.in_window.then(|| self.find(id, Some("window"), names)).flatten();
        in_window.or_else(|| self.find(id, Some("remedy"), names))
    }

    /// A part of what the word stands for; nothing where it has no such part.
    pub fn part(&self, word: Word, part: &str) -> String {
        self.find(word.id(), Some(part), &[]).unwrap_or_default()
    }

    /// The sentence of this name in the files, or one of its attributes.
    pub(crate) fn find(&self, id: &str, attribute: Option<&str>, names: Names<'_>) -> Option<String> {
        let (bundle, message) =
            self.bundles.iter().find_map(|bundle| Some((bundle, bundle.get_message(id)?)))?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let arguments: FluentArgs<'_> =
            names.iter().map(|(name, value)| (*name, argument(name, value))).collect();
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned();
        Some(text.chars().filter(|c| !c.is_control()).collect())
    }
}

fn bundle(language: Language, source: &str) -> FluentBundle<FluentResource> {
    let mut bundle =
        FluentBundle::new(vec![language.code().parse::<LanguageIdentifier>().unwrap_or_default()]);
    // The marks around names, for mixed directions of writing, would show on a terminal.
    bundle.set_use_isolating(false);
    // A test reads the same text: here it is in order.
    let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(source.to_owned());
    bundle.add_resource_overriding(resource);
    bundle
}

fn argument(name: &str, value: &str) -> FluentValue<'static> {
    match value.parse::<u32>() {
        Ok(number) if NUMBERS.contains(&name) => FluentValue::from(number),
        _ => FluentValue::from(seen(value)),
    }
}

/// A value from somebody else without what would turn round the writing of the rest (UAX 9), as a name of a file or of a
/// server might.
fn seen(value: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    value.chars().filter(|c| !c.is_control() && !turns(*c)).collect()
}
