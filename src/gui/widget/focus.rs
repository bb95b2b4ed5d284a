//! The keys go round: Tab brings them from each control to the next one, and from the last to the first.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::operation::{Focusable, Operation};
use iced::advanced::widget::{Id, Tree, tree};
use iced::advanced::{Clipboard, Shell, Widget, mouse, overlay, renderer};
use iced::keyboard::key::Named;
use iced::keyboard::{self, Key};
use iced::window::{self, RedrawRequest};
use iced::{Element, Event, Length, Rectangle, Size, Vector};

use super::sight::Look;

/// A page whose controls Tab goes through. It does so at once: what is typed right behind the Tab belongs to the next
/// field, also where a program types.
pub(crate) struct Round<'a, Message>(Element<'a, Message>);

/// The page `content`.
pub(crate) fn round<'a, Message>(content: impl Into<Element<'a, Message>>) -> Round<'a, Message> {
    Round(content.into())
}

/// When somebody did something last. Where nobody does, nothing moves: a caret that blinks draws the whole window anew
/// each time, for as long as it is open. Fields take the time from the request to draw, and show the caret where that is
/// earlier than anything that was typed; they then ask for another frame, which they do not get.
struct Touched(Instant);

impl Touched {
    /// A caret blinks so long after the last key.
    const BLINKS: Duration = Duration::from_secs(5);

    fn note(&mut self, event: &Event) {
        if matches!(
            event,
            Event::Keyboard(_) | Event::Mouse(mouse::Event::ButtonPressed(_)) | Event::Touch(_)
        ) {
            self.0 = Instant::now();
        }
    }

    fn is_left_alone(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.0) >= Self::BLINKS
    }

    /// The time when the first page was made.
    fn begun() -> Instant {
        static BEGUN: OnceLock<Instant> = OnceLock::new();
        *BEGUN.get_or_init(Instant::now)
    }
}

/// Finds out who has the keys.
#[derive(Default)]
struct Count {
    focused: Option<usize>,
    total: usize,
}

/// Gives them to another.
struct Give {
    to: usize,
    seen: usize,
}

impl Count {
    /// Who is next.
    fn next(&self, backwards: bool) -> Option<usize> {
        let last = self.total.checked_sub(1)?;
        Some(match (self.focused, backwards) {
            (None, false) => 0,
            (None, true) => last,
            (Some(at), false) => (at + 1) % self.total,
            (Some(at), true) => at.checked_sub(1).unwrap_or(last),
        })
    }
}

impl Operation for Count {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn focusable(&mut self, _id: Option<&Id>, _bounds: Rectangle, state: &mut dyn Focusable) {
        if state.is_focused() {
            self.focused = Some(self.total);
        }
        self.total += 1;
    }
}

impl Operation for Give {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn focusable(&mut self, _id: Option<&Id>, _bounds: Rectangle, state: &mut dyn Focusable) {
        if self.seen == self.to {
            state.focus()
        } else {
            state.unfocus()
        }
        self.seen += 1;
    }
}

impl<Message> Widget<Message, iced::Theme, iced::Renderer> for Round<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Touched>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Touched(Touched::begun().max(Instant::now())))
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.0)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.0));
    }

    fn size(&self) -> Size<Length> {
        self.0.as_widget().size()
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &iced::Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        self.0.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        self.0.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &iced::Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let widget = self.0.as_widget_mut();
        let touched = tree.state.downcast_mut::<Touched>();
        let tree = &mut tree.children[0];
        if let Event::Window(window::Event::RedrawRequested(now)) = event
            && touched.is_left_alone(*now)
        {
            let event = Event::Window(window::Event::RedrawRequested(Touched::begun()));
            widget.update(tree, &event, layout, cursor, renderer, clipboard, shell, viewport);
            if matches!(shell.redraw_request(), RedrawRequest::At(_)) {
                Shell::replace_redraw_request(shell, RedrawRequest::Wait);
            }
            return;
        }
        touched.note(event);
        widget.update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        let Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) = event else { return };
        if shell.is_event_captured() || modifiers.control() || modifiers.alt() || modifiers.logo() {
            return;
        }
        let mut ask = |operation: &mut dyn Operation| widget.operate(tree, layout, renderer, operation);
        let mut look = Look::default();
        let moved = if matches!(key, Key::Named(Named::Tab)) {
            let mut count = Count::default();
            ask(&mut count);
            let Some(to) = count.next(modifiers.shift()) else { return };
            ask(&mut Give { to, seen: 0 });
            ask(&mut look);
            look.reveal()
        } else {
            ask(&mut look);
            let Some(moved) = look.moved_by(key) else { return };
            Some(moved)
        };
        if let Some(mut moved) = moved {
            ask(&mut moved);
        }
        shell.capture_event();
        shell.request_redraw();
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &iced::Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        self.0.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        self.0.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, iced::Theme, iced::Renderer>> {
        self.0.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

impl<'a, Message: 'a> From<Round<'a, Message>> for Element<'a, Message> {
    fn from(round: Round<'a, Message>) -> Self {
        Self::new(round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_rests_where_nobody_types() {
        let begun = Touched::begun();
        let mut touched = Touched(begun);
        let later = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(
            [0, 4, 5, 60].map(|seconds| touched.is_left_alone(later(seconds))),
            [false, false, true, true]
        );
        touched.0 = later(60);
        assert!(!touched.is_left_alone(later(64)) && touched.is_left_alone(later(65)));
        let before = touched.0;
        touched.note(&Event::Window(window::Event::RedrawRequested(later(70))));
        assert_eq!(touched.0, before, "a frame is nobody's doing");
        touched.note(&Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)));
        assert_ne!(touched.0, before);
    }

    #[test]
    fn after_the_last_comes_the_first() {
        let next = |focused, backwards| Count { focused, total: 3 }.next(backwards);
        assert_eq!(
            [next(None, false), next(Some(0), false), next(Some(2), false)],
            [Some(0), Some(1), Some(0)]
        );
        assert_eq!([next(None, true), next(Some(2), true), next(Some(0), true)], [Some(2), Some(1), Some(2)]);
        assert_eq!(Count::default().next(false), None, "nobody takes them");
    }
}
