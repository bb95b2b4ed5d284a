//! What has the keys is in sight, and the keys move what does not fit into the window.

use iced::advanced::widget::operation::scrollable::AbsoluteOffset;
use iced::advanced::widget::operation::{Focusable, Operation, Outcome, Scrollable, focusable};
use iced::advanced::widget::{Id, operate};
use iced::keyboard::Key;
use iced::keyboard::key::Named;
use iced::{Rectangle, Task, Vector};

use crate::theme::{size, space};

/// Gives the keys to `id`, and brings it into sight.
pub(crate) fn reveal<M: Send + 'static>(id: &'static str) -> Task<M> {
    operate(focusable::focus::<()>(Id::new(id))).chain(operate(Look::default())).discard()
}

/// Finds out how far what has the keys is out of sight, and what could be moved.
#[derive(Default)]
pub(super) struct Look {
    parts: Vec<Part>,
    /// The part whose content comes next.
    entered: Option<usize>,
    /// The parts that hold what comes next.
    within: Vec<usize>,
    /// What has the keys: in which part, and where.
    focused: Option<(usize, Rectangle)>,
}

/// What can be moved.
struct Part {
    bounds: Rectangle,
    content: Rectangle,
    offset: f32,
}

impl Part {
    fn overflow(&self) -> f32 {
        (self.content.height - self.bounds.height).max(0.0)
    }

    /// How far `target` is out of sight: less than nothing above, more below.
    fn distance(&self, target: Rectangle) -> f32 {
        let top = self.bounds.y + self.offset;
        let above = target.y - space::LIKE - top;
        let below = target.y + target.height + space::LIKE - (top + self.bounds.height);
        if above < 0.0 || below <= 0.0 { above.min(0.0) } else { below.min(above) }
    }
}

impl Look {
    /// What brings what has the keys into sight.
    pub(super) fn reveal(&self) -> Option<Move> {
        let (at, target) = self.focused?;
        let by = self.parts.get(at)?.distance(target);
        (by != 0.0).then_some(Move { at, by, seen: 0 })
    }

    /// What `key` moves: what holds that which has the keys, or else the largest part.
    pub(super) fn moved_by(&self, key: &Key) -> Option<Move> {
        let moves = |at: &usize| self.parts.get(*at).is_some_and(|part| part.overflow() > 0.0);
        let area = |at: &usize| self.parts.get(*at).map_or(0.0, |part| part.bounds.area());
        let largest = || (0..self.parts.len()).filter(moves).max_by(|a, b| area(a).total_cmp(&area(b)));
        let at = self.focused.map(|(at, _)| at).filter(moves).or_else(largest)?;
        let part = self.parts.get(at)?;
        let page = (part.bounds.height - size::ROW).max(size::ROW);
        let by = match key {
            Key::Named(Named::PageDown) => page,
            Key::Named(Named::PageUp) => -page,
            Key::Named(Named::ArrowDown) => size::ROW,
            Key::Named(Named::ArrowUp) => -size::ROW,
            Key::Named(Named::Home) => -part.content.height,
            Key::Named(Named::End) => part.content.height,
            _ => return None,
        };
        Some(Move { at, by, seen: 0 })
    }
}

impl Operation for Look {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        let entered = self.entered.take();
        self.within.extend(entered);
        operate(self);
        if entered.is_some() {
            self.within.pop();
        }
    }

    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        self.entered = Some(self.parts.len());
        self.parts.push(Part { bounds, content, offset: translation.y });
    }

    fn focusable(&mut self, _id: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        if let Some(at) = self.within.last().filter(|_| state.is_focused()) {
            self.focused = Some((*at, bounds));
        }
    }

    fn finish(&self) -> Outcome<()> {
        self.reveal().map_or(Outcome::None, |moved| Outcome::Chain(Box::new(moved)))
    }
}

/// Moves the content of a part.
pub(super) struct Move {
    at: usize,
    by: f32,
    seen: usize,
}

impl Operation for Move {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        if self.seen == self.at {
            state.scroll_by(AbsoluteOffset { x: 0.0, y: self.by }, bounds, content);
        }
        self.seen += 1;
    }
}

#[cfg(test)]
mod tests {
    use iced::Size;
    use iced_test::Simulator;

    use crate::app::{App, Message, Page};
    use crate::tests::played::with_profiles;

    fn small(app: &App) -> Simulator<'_, Message> {
        Simulator::with_size(iced::Settings::default(), Size::new(380.0, 400.0), app.view())
    }

    fn is_in_sight(screen: &mut Simulator<'_, Message>, text: &str) -> bool {
        screen.click(text).is_ok()
    }

    #[test]
    fn what_the_keys_come_to_comes_into_sight() {
        use iced::keyboard::key::Named;
        let mut app = with_profiles(&["Office"]);
        let _ = app.update(Message::SettingsPressed);
        let last = "Repair the network now";
        assert!(!is_in_sight(&mut small(&app), last));
        let mut screen = small(&app);
        for _ in 0..40 {
            screen.tap_key(Named::Tab);
            if is_in_sight(&mut screen, last) {
                return;
            }
        }
        panic!("it never comes into sight");
    }

    #[test]
    fn a_page_without_anything_to_press_is_read_with_the_keys() {
        use iced::keyboard::key::Named;
        let mut app = with_profiles(&["Office"]);
        app.page = Page::Safety;
        let last = app.words.say(culvert_words::Word::PlacesDate, &[]);
        let mut screen = small(&app);
        assert!(!is_in_sight(&mut screen, &last));
        screen.tap_key(Named::PageDown);
        assert!(!is_in_sight(&mut screen, &last), "a page is not all of them");
        screen.tap_key(Named::End);
        assert!(is_in_sight(&mut screen, &last));
        let first = app.words.say(culvert_words::Word::TitleSafety, &[]);
        assert!(!is_in_sight(&mut screen, &first));
        screen.tap_key(Named::Home);
        assert!(is_in_sight(&mut screen, &first));
    }
}
