//! A part of a page that stands out.

use iced::widget::{Container, container};
use iced::{Element, Length, Theme};

use crate::theme::{Tokens, radius, space};

/// A sheet with `content`.
pub(crate) fn card<'a, M: 'a>(
    content: impl Into<Element<'a, M>>,
    tokens: &'static Tokens,
) -> Container<'a, M> {
    container(content).padding(space::MEDIUM).width(Length::Fill).style(move |_: &Theme| {
        let style = container::Style::default().background(tokens.surface).color(tokens.ink);
        style.border(iced::border::rounded(radius::CARD).color(tokens.line).width(1))
    })
}
