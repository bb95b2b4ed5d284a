//! A line that can be typed into, with what it is and what is wrong with it.

use iced::widget::{Column, TextInput, column, text_input};
use iced::{Border, Padding, Theme};

use super::{body, small};
use crate::theme::{FOCUS, Tokens, letter, radius, size, space};

/// `input` under its name; below it what it means, or why that can't be.
pub(crate) fn field<'a, M: Clone + 'a>(
    label: String,
    input: TextInput<'a, M>,
    help: Option<String>,
    wrong: Option<String>,
    tokens: &'static Tokens,
) -> Column<'a, M> {
    let is_wrong = wrong.is_some();
    let input = input
        .size(letter::BODY)
        .padding(Padding::from([(size::CONTROL - 20.0) / 2.0, space::LIKE]))
        .style(move |_: &Theme, status| style(tokens, status, is_wrong));
    let mut field = column![body(label), input].spacing(space::TINY);
    if let Some(wrong) = wrong {
        let color = Some(tokens.bad);
        field = field.push(small(wrong, tokens).style(move |_| iced::widget::text::Style { color }));
    } else if let Some(help) = help {
        field = field.push(small(help, tokens));
    }
    field
}

fn style(tokens: &'static Tokens, status: text_input::Status, is_wrong: bool) -> text_input::Style {
    let is_focused = matches!(status, text_input::Status::Focused { .. });
    let color = match (is_focused, is_wrong) {
        (true, _) => tokens.accent,
        (false, true) => tokens.bad,
        (false, false) => tokens.edge,
    };
    text_input::Style {
        background: tokens.surface.into(),
        border: Border { color, width: if is_focused { FOCUS } else { 1.0 }, radius: radius::CONTROL.into() },
        icon: tokens.ink2,
        placeholder: tokens.ink2,
        value: tokens.ink,
        selection: tokens.accent_soft,
    }
}
