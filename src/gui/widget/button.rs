//! What is pressed.

use iced::widget::{column, container, row, text};
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
    let label = container(body(label).center()).center_x(Length::Fill).center_y(Length::Shrink);
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
    let look = plain(tokens);
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

/// One of several, with what it means beneath it.
pub(crate) fn choice<'a, M: Clone + 'a>(
    label: impl text::IntoFragment<'a>,
    notes: impl IntoIterator<Item = text::Text<'a>>,
    is_on: bool,
    message: impl Into<Option<M>>,
    tokens: &'static Tokens,
) -> Control<'a, M> {
    pickable(super::sign::radio(is_on, tokens), label, notes, message, tokens)
}

/// One that goes with others, with what it means beneath it.
pub(crate) fn checked<'a, M: Clone + 'a>(
    label: impl text::IntoFragment<'a>,
    notes: impl IntoIterator<Item = text::Text<'a>>,
    is_on: bool,
    message: impl Into<Option<M>>,
    tokens: &'static Tokens,
) -> Control<'a, M> {
    pickable(super::arch::tick(is_on, tokens), label, notes, message, tokens)
}

fn pickable<'a, M: Clone + 'a>(
    sign: Element<'a, M>,
    label: impl text::IntoFragment<'a>,
    notes: impl IntoIterator<Item = text::Text<'a>>,
    message: impl Into<Option<M>>,
    tokens: &'static Tokens,
) -> Control<'a, M> {
    let message = message.into();
    let label = if message.is_some() { body(label) } else { super::secondary(label, tokens) };
    let says = column![label].extend(notes.into_iter().map(Into::into)).width(Length::Fill);
    let look = plain(tokens);
    Control::new(row![sign, says].spacing(space::SMALL), look)
        .width(Length::Fill)
        .padding([(size::CONTROL - 22.0) / 2.0, space::TINY])
        .on_press(message)
}

/// What unfolds a part of a page, with what that says while it is folded.
pub(crate) fn fold<'a, M: Clone + 'a>(
    label: String,
    value: text::Text<'a>,
    is_open: bool,
    is_wide: bool,
    message: M,
    tokens: &'static Tokens,
) -> Control<'a, M> {
    let says: Element<'a, M> = if is_wide {
        row![body(label).width(Length::FillPortion(2)), value.width(Length::FillPortion(3))]
            .spacing(space::SMALL)
            .into()
    } else {
        column![body(label), value].width(Length::Fill).into()
    };
    let look = plain(tokens);
    Control::new(row![super::sign::angle(is_open, tokens), says].spacing(space::SMALL), look)
        .width(Length::Fill)
        .padding([(size::ROW - 22.0) / 2.0, space::TINY])
        .on_press(message)
}

/// Three points, for what else can be done.
pub(crate) fn more<'a, M: Clone + 'a>(message: M, tokens: &'static Tokens) -> Control<'a, M> {
    let padding = (size::CONTROL - 22.0) / 2.0;
    Control::new(super::sign::points(tokens), plain(tokens)).padding(padding).on_press(message)
}

const fn plain(tokens: &Tokens) -> Look {
    Look {
        text: tokens.ink,
        fill: None,
        hover: Some(tokens.accent_soft),
        edge: None,
        radius: radius::CONTROL,
        ring: tokens.accent,
    }
}
