//! Many lines that can be typed or pasted.

use iced::widget::{Column, column, text_editor};
use iced::{Border, Padding, Theme};

use super::{body, small};
use crate::theme::{FOCUS, Tokens, letter, radius, size, space};

/// `content` under its name; below it what it is for.
pub(crate) fn area<'a, M: Clone + 'a>(
    label: String,
    content: &'a text_editor::Content,
    id: &'static str,
    help: String,
    on_action: impl Fn(text_editor::Action) -> M + 'a,
    tokens: &'static Tokens,
) -> Column<'a, M> {
    let input = text_editor(content)
        .id(id)
        .size(letter::BODY)
        .padding(Padding::from(space::LIKE))
        .min_height(size::AREA)
        .max_height(size::AREA * 2.0)
        .on_action(on_action)
        .style(move |_: &Theme, status| style(tokens, status));
    column![body(label), input, small(help, tokens)].spacing(space::TINY)
}

fn style(tokens: &'static Tokens, status: text_editor::Status) -> text_editor::Style {
    let is_focused = matches!(status, text_editor::Status::Focused { .. });
    let (color, width) = if is_focused { (tokens.accent, FOCUS) } else { (tokens.edge, 1.0) };
    text_editor::Style {
        background: tokens.surface.into(),
        border: Border { color, width, radius: radius::CONTROL.into() },
        placeholder: tokens.ink2,
        value: tokens.ink,
        selection: tokens.accent_soft,
    }
}
