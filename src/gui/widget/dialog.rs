//! A question that has to be answered before anything else.

use iced::widget::{Column, center, column, container, mouse_area, opaque, stack};
use iced::{Alignment, Element, Length, Theme};

use super::inert::Inert;
use super::{body, heading, primary, quiet, scrolled};
use crate::scene::Choice;
use crate::theme::{Tokens, radius, size, space};

/// The answer that has the keys from the beginning.
pub(crate) const FIRST_ANSWER: &str = "first-answer";

/// What is asked: the first answer is the one that is meant most often.
pub(crate) struct Question<M> {
    pub(crate) title: String,
    pub(crate) line: String,
    pub(crate) first: Choice<M>,
    pub(crate) others: Vec<Choice<M>>,
}

/// `question` over the page `below`; a press beside it says `away`.
pub(crate) fn dialog<'a, M: Clone + 'a>(
    below: Element<'a, M>,
    question: Question<M>,
    away: M,
    tokens: &'static Tokens,
) -> Element<'a, M> {
    let Question { title, line, first, others } = question;
    let first = primary(first.label, first.message, tokens).width(Length::Fill).id(FIRST_ANSWER).into();
    let others = others.into_iter().map(|other| quiet(other.label, other.message, tokens).into());
    let buttons = Column::with_children([first].into_iter().chain(others))
        .spacing(space::SMALL)
        .align_x(Alignment::Center);
    let question = column![heading(title), body(line), buttons].spacing(space::LIKE).padding(space::MEDIUM);
    let card = container(scrolled(question)).padding(space::SMALL).max_width(size::COLUMN * 0.8).style(
        move |_: &Theme| {
            let style = container::Style::default().background(tokens.surface).color(tokens.ink);
            style.border(iced::border::rounded(radius::CARD).color(tokens.line).width(1))
        },
    );
    let veil = container(center(opaque(card)).padding(space::MEDIUM))
        .style(move |_: &Theme| container::Style::default().background(tokens.veil));
    stack![Inert(below), opaque(mouse_area(veil).on_press(away))].into()
}
