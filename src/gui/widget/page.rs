//! What every screen stands on.

use iced::widget::container;
use iced::{Color, Element, Length, Theme};

use super::focus::round;
use crate::theme::Tokens;

/// A whole window of `content`. The ground differs by less than can be seen from `turn` to turn: iced's software
/// renderer (0.14) takes only the right half of centred text for changed, and leaves the other half of what was there
/// before; where the ground changes it draws everything.
pub(crate) fn page<'a, M: 'a>(
    content: impl Into<Element<'a, M>>,
    turn: u64,
    tokens: &'static Tokens,
) -> Element<'a, M> {
    // It compares with the frame that the screen has, which may be some turns old.
    let shade = f32::from(u8::try_from(turn % 64).unwrap_or(0)) / (64.0 * 512.0);
    let ground = Color { b: tokens.canvas.b - shade, ..tokens.canvas };
    let page = container(content)
        .width(Length::Fill)
        .height(Length::Fill)
        .style(move |_: &Theme| container::Style::default().background(ground).color(tokens.ink));
    round(page).into()
}
