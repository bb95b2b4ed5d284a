//! What is pressed.

use iced::widget::{container, row, text};
use iced::{Alignment, Element, Length};

use super::{Control, Look, body};
use crate::theme::{Tokens, radius, size, space};

/// The one button of a state. Without a message it can't be pressed.
pub(crate) fn primary<'a, M: Clone + 'a>(
    label: impl text::IntoFragment<'a>,
    message: impl Into<Option<M>>,
    tokens: &'static Tokens,
) -> Control<'a, M> {
    let message = message.into();
    let look = match &message {
        Some(_) => Look {
            text: tokens.on_accent,
            fill: Some(tokens.accent),
            hover: Some(tokens.accent_hover),
            edge: None,
            radius: radius::CONTROL,
            ring: tokens.on_accent,
        },
        None => disabled(tokens),
    };
    let label = container(body(label)).center_x(Length::Fill).center_y(Length::Shrink);
    Control::new(label, look)
        .width(size::PRIMARY_WIDTH)
        .padding([(size::PRIMARY - 20.0) / 2.0, space::MEDIUM])
        .on_press(message)
}

/// Any other button.
pub(crate) fn quiet<'a, M: Clone + 'a>(
    label: impl text::IntoFragment<'a>,
    message: impl Into<Option<M>>,
    tokens: &'static Tokens,
) -> Control<'a, M> {
    let message = message.into();
    let look = match &message {
        Some(_) => Look {
            text: tokens.accent,
            fill: None,
            hover: Some(tokens.accent_soft),
            edge: None,
            radius: radius::CONTROL,
            ring: tokens.accent,
        },
        None => disabled(tokens),
    };
    Control::new(body(label), look).padding([(size::CONTROL - 20.0) / 2.0, space::LIKE]).on_press(message)
}

/// A row of a list, which may be the chosen one.
pub(crate) fn row_of_list<'a, M: Clone + 'a>(
    content: impl Into<Element<'a, M>>,
    is_chosen: bool,
    message: M,
    tokens: &'static Tokens,
) -> Control<'a, M> {
    let look = Look {
        text: tokens.ink,
        fill: is_chosen.then_some(tokens.accent_soft),
        hover: Some(tokens.accent_soft),
        // Not told by the colour alone.
        edge: is_chosen.then_some(tokens.accent),
        radius: radius::CONTROL,
        ring: tokens.accent,
    };
    Control::new(content, look)
        .width(Length::Fill)
        .padding([(size::ROW - 22.0) / 2.0, space::LIKE])
        .on_press(message)
}

/// A box with a tick or without, and what that means.
pub(crate) fn switch<'a, M: Clone + 'a>(
    label: impl text::IntoFragment<'a>,
    is_on: bool,
    message: M,
    tokens: &'static Tokens,
) -> Control<'a, M> {
    let look = Look {
        text: tokens.ink,
        fill: None,
        hover: Some(tokens.accent_soft),
        edge: None,
        radius: radius::CONTROL,
        ring: tokens.accent,
    };
    let tick = super::arch::tick(is_on, tokens);
    let line = row![tick, body(label).width(Length::Fill)].spacing(space::SMALL).align_y(Alignment::Center);
    Control::new(line, look).padding([(size::CONTROL - 22.0) / 2.0, space::TINY]).on_press(message)
}

const fn disabled(tokens: &Tokens) -> Look {
    Look {
        text: tokens.ink2,
        fill: None,
        hover: None,
        edge: Some(tokens.edge),
        radius: radius::CONTROL,
        ring: tokens.accent,
    }
}
