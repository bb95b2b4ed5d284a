//! The sentences of one language.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::Word;

pub(crate) const ENGLISH: &str = include_str!("../../i18n/en/culvert.ftl");

/// What stands for the names in a sentence.
pub type Names<'a> = &'a [(&'static str, &'a str)];

/// The sentences of one language.
pub struct Words(FluentBundle<FluentResource>);

impl Words {
    /// In English.
    pub fn english() -> Self {
        let mut bundle = FluentBundle::new(vec!["en".parse::<LanguageIdentifier>().unwrap_or_default()]);
        // The marks around names, for mixed directions of writing, would show on a terminal.
        bundle.set_use_isolating(false);
        // A test reads the same text: here it is in order.
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(ENGLISH.to_owned());
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    /// The sentence, and what to do if the sentence says that something is wrong.
    pub fn say(&self, word: Word, names: Names<'_>) -> String {
        let sentences = [self.find(word.id(), None, names), self.find(word.id(), Some("remedy"), names)];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// A part of what the word stands for; nothing where it has no such part.
    pub fn part(&self, word: Word, part: &str) -> String {
        self.find(word.id(), Some(part), &[]).unwrap_or_default()
    }

    /// The sentence of this name in the files, or one of its attributes.
    pub(crate) fn find(&self, id: &str, attribute: Option<&str>, names: Names<'_>) -> Option<String> {
        let message = self.0.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let arguments: FluentArgs<'_> = names.iter().map(|(name, value)| (*name, seen(value))).collect();
        let text = self.0.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned();
        Some(text.chars().filter(|c| !c.is_control()).collect())
    }
}

/// A value from somebody else without what would turn round the writing of the rest (UAX 9), as a name of a file or of a
/// server might.
fn seen(value: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    value.chars().filter(|c| !c.is_control() && !turns(*c)).collect()
}
