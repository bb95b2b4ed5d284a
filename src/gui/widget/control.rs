//! What can be pressed: by the mouse, by a finger and by the keys. Every button, switch, row and tab is one of these.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::operation::{Focusable, Operation};
use iced::advanced::widget::{Id, Tree, tree};
use iced::advanced::{Clipboard, Shell, Widget, mouse, overlay, renderer};
use iced::keyboard::key::Named;
use iced::keyboard::{self, Key};
use iced::{
    Background, Border, Color, Element, Event, Length, Padding, Rectangle, Size, Vector, touch, window,
};

use crate::theme::FOCUS;

/// How a control looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    pub(crate) text: Color,
    pub(crate) fill: Option<Color>,
    /// Under the pointer.
    pub(crate) hover: Option<Color>,
    pub(crate) edge: Option<Color>,
    pub(crate) radius: f32,
    /// The ring around what has the keys.
    pub(crate) ring: Color,
}

/// Something that can be pressed around `content`.
pub(crate) struct Control<'a, Message> {
    content: Element<'a, Message>,
    on_press: Option<Message>,
    id: Option<Id>,
    look: Look,
    width: Length,
    height: Length,
    padding: Padding,
    is_hovered: bool,
}

#[derive(Debug, Default)]
struct State {
    is_pressed: bool,
    is_focused: bool,
    /// Whether the keys brought the focus here: the mouse needs no ring.
    by_keys: bool,
}

impl Focusable for State {
    fn is_focused(&self) -> bool {
        self.is_focused
    }

    fn focus(&mut self) {
        self.is_focused = true;
        self.by_keys = true;
    }

    fn unfocus(&mut self) {
        self.is_focused = false;
    }
}

impl<'a, Message> Control<'a, Message> {
    pub(crate) fn new(content: impl Into<Element<'a, Message>>, look: Look) -> Self {
        Self {
            content: content.into(),
            on_press: None,
            id: None,
            look,
            width: Length::Shrink,
            height: Length::Shrink,
            padding: Padding::ZERO,
            is_hovered: false,
        }
    }

    /// What a press says; without it there is nothing to press.
    pub(crate) fn on_press(self, message: impl Into<Option<Message>>) -> Self {
        Self { on_press: message.into(), ..self }
    }

    pub(crate) fn id(self, id: impl Into<Id>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    pub(crate) fn width(self, width: impl Into<Length>) -> Self {
        Self { width: width.into(), ..self }
    }

    pub(crate) fn padding(self, padding: impl Into<Padding>) -> Self {
        Self { padding: padding.into(), ..self }
    }
}

impl<Message: Clone> Widget<Message, iced::Theme, iced::Renderer> for Control<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        Size { width: self.width, height: self.height }
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &iced::Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        layout::padded(limits, self.width, self.height, self.padding, |limits| {
            self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
        })
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        if self.on_press.is_some() {
            operation.focusable(self.id.as_ref(), layout.bounds(), tree.state.downcast_mut::<State>());
        }
        operation.container(self.id.as_ref(), layout.bounds());
        operation.traverse(&mut |operation| {
            if let Some(content) = layout.children().next() {
                self.content.as_widget_mut().operate(&mut tree.children[0], content, renderer, operation);
            }
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &iced::Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        _viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let Some(message) = &self.on_press else {
            *state = State::default();
            return;
        };
        let is_over = cursor.is_over(layout.bounds());
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerPressed { .. }) => {
                // Whoever presses elsewhere takes the keys away from here.
                *state = State { is_pressed: is_over, is_focused: is_over, by_keys: false };
                if is_over {
                    shell.capture_event();
                }
                shell.request_redraw();
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerLifted { .. })
                if state.is_pressed =>
            {
                state.is_pressed = false;
                if is_over {
                    shell.publish(message.clone());
                }
                shell.capture_event();
            }
            Event::Touch(touch::Event::FingerLost { .. }) => state.is_pressed = false,
            Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, repeat, .. })
                if state.is_focused && modifiers.is_empty() && presses(key) =>
            {
                // A key that is held down presses once.
                if !repeat {
                    shell.publish(message.clone());
                }
                shell.capture_event();
            }
            Event::Window(window::Event::RedrawRequested(_)) => self.is_hovered = is_over,
            _ if self.is_hovered != is_over => shell.request_redraw(),
            _ => {}
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &iced::Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        use iced::advanced::Renderer as _;
        let state = tree.state.downcast_ref::<State>();
        let bounds = layout.bounds();
        let is_active = self.on_press.is_some() && (cursor.is_over(bounds) || state.is_pressed);
        let fill = if is_active { self.look.hover.or(self.look.fill) } else { self.look.fill };
        let edge = self.look.edge.unwrap_or(Color::TRANSPARENT);
        let width = if self.look.edge.is_some() { 1.0 } else { 0.0 };
        let border = Border { color: edge, width, radius: self.look.radius.into() };
        let quad = renderer::Quad { bounds, border, ..renderer::Quad::default() };
        renderer.fill_quad(quad, Background::Color(fill.unwrap_or(Color::TRANSPARENT)));
        if state.is_focused && state.by_keys {
            // Within the bounds, so that no neighbour and no end of a list cuts it.
            let radius = (self.look.radius - FOCUS).max(0.0);
            let border = Border { color: self.look.ring, width: FOCUS, radius: radius.into() };
            let quad = renderer::Quad { bounds: bounds.shrink(FOCUS), border, ..renderer::Quad::default() };
            renderer.fill_quad(quad, Background::Color(Color::TRANSPARENT));
        }
        let Some(content) = layout.children().next() else { return };
        let style = renderer::Style { text_color: self.look.text };
        self.content.as_widget().draw(&tree.children[0], renderer, theme, &style, content, cursor, viewport);
    }

    fn mouse_interaction(
        &self,
        _tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        let is_pressable = self.on_press.is_some() && cursor.is_over(layout.bounds());
        if is_pressable { mouse::Interaction::Pointer } else { mouse::Interaction::default() }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, iced::Theme, iced::Renderer>> {
        let content = layout.children().next()?;
        self.content.as_widget_mut().overlay(&mut tree.children[0], content, renderer, viewport, translation)
    }
}

fn presses(key: &Key) -> bool {
    matches!(key, Key::Named(Named::Enter | Named::Space))
}

impl<'a, Message: Clone + 'a> From<Control<'a, Message>> for Element<'a, Message> {
    fn from(control: Control<'a, Message>) -> Self {
        Self::new(control)
    }
}

#[cfg(test)]
mod tests {
    use crate::theme::{DARK, LIGHT};
    use crate::widget::{body, row_of_list};

    #[test]
    fn the_chosen_row_differs_by_more_than_its_colour() {
        for tokens in [&LIGHT, &DARK] {
            let edge = |is_chosen| row_of_list(body("Office"), is_chosen, (), tokens).look.edge;
            assert!(edge(true).is_some() && edge(false).is_none());
        }
    }
}
