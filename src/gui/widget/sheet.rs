//! A page that may be longer than the window.

use iced::widget::scrollable::{Direction, Scrollbar};
use iced::widget::{Scrollable, container, scrollable};
use iced::{Element, Length};

use crate::theme::{size, space};

/// `content` in the middle of a window of this width.
pub(crate) fn sheet<'a, M: 'a>(content: impl Into<Element<'a, M>>, width: f32) -> Scrollable<'a, M> {
    scrolled(container(content).center_x(Length::Fill).padding(space::around(width)))
}

/// What may be too long. The bar is narrower than the space around a page: it covers nothing.
pub(crate) fn scrolled<'a, M: 'a>(content: impl Into<Element<'a, M>>) -> Scrollable<'a, M> {
    let bar = Scrollbar::new().width(size::BAR).scroller_width(size::BAR);
    scrollable(content).direction(Direction::Vertical(bar))
}
