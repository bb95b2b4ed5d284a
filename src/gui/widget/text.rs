//! Letters in the sizes that there are.

use iced::font::Weight;
use iced::widget::{Text, text};
use iced::{Font, Theme};

use crate::theme::{Tokens, letter};

pub(super) const SEMIBOLD: Font = Font { weight: Weight::Semibold, ..Font::with_name("Fira Sans") };

/// What a part of it is about.
pub(crate) fn heading<'a>(words: impl text::IntoFragment<'a>) -> Text<'a> {
    body(words).size(letter::HEADING).font(SEMIBOLD)
}

/// Everything else. What has no spaces, as an address, is broken where there is no room for it.
pub(crate) fn body<'a>(words: impl text::IntoFragment<'a>) -> Text<'a> {
    text(words).size(letter::BODY).wrapping(text::Wrapping::WordOrGlyph)
}

/// What explains something else.
pub(crate) fn secondary<'a>(words: impl text::IntoFragment<'a>, tokens: &'static Tokens) -> Text<'a> {
    body(words).style(|_: &Theme| text::Style { color: Some(tokens.ink2) })
}

/// Small print.
pub(crate) fn small<'a>(words: impl text::IntoFragment<'a>, tokens: &'static Tokens) -> Text<'a> {
    secondary(words, tokens).size(letter::SMALL)
}

/// What went wrong.
pub(crate) fn wrong<'a>(words: impl text::IntoFragment<'a>, tokens: &'static Tokens) -> Text<'a> {
    body(words).style(|_: &Theme| text::Style { color: Some(tokens.bad) })
}

/// What is weaker than it could be.
pub(crate) fn warning<'a>(words: impl text::IntoFragment<'a>, tokens: &'static Tokens) -> Text<'a> {
    small(words, tokens).style(|_: &Theme| text::Style { color: Some(tokens.warn) })
}
