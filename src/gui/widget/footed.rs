//! What is always in sight below what may have to be scrolled.

use iced::advanced::layout::{self, Layout, Limits};
use iced::advanced::widget::{Operation, Tree};
use iced::advanced::{Clipboard, Shell, Widget, mouse, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Size, Vector};

/// A body with a foot right below it. Where there is not room for both, the body gets less.
pub(crate) struct Footed<'a, Message>([Element<'a, Message>; 2]);

/// `foot` below `body`.
pub(crate) fn footed<'a, Message>(
    body: impl Into<Element<'a, Message>>,
    foot: impl Into<Element<'a, Message>>,
) -> Footed<'a, Message> {
    Footed([body.into(), foot.into()])
}

impl<Message> Widget<Message, iced::Theme, iced::Renderer> for Footed<'_, Message> {
    fn children(&self) -> Vec<Tree> {
        self.0.iter().map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(&self.0);
    }

    fn size(&self) -> Size<Length> {
        Size { width: Length::Fill, height: Length::Shrink }
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &Limits) -> layout::Node {
        let [body, foot] = &mut self.0;
        let most = limits.max();
        let limits = Limits::new(Size::ZERO, most);
        let foot = foot.as_widget_mut().layout(&mut tree.children[1], renderer, &limits);
        let limits = limits.shrink(Size::new(0.0, foot.size().height));
        let body = body.as_widget_mut().layout(&mut tree.children[0], renderer, &limits);
        let height = body.size().height;
        let size = Size::new(most.width, height + foot.size().height);
        layout::Node::with_children(size, vec![body, foot.translate(Vector::new(0.0, height))])
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        operation.container(None, layout.bounds());
        operation.traverse(&mut |operation| {
            for ((part, tree), layout) in self.0.iter_mut().zip(&mut tree.children).zip(layout.children()) {
                part.as_widget_mut().operate(tree, layout, renderer, operation);
            }
        });
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
        for ((part, tree), layout) in self.0.iter_mut().zip(&mut tree.children).zip(layout.children()) {
            part.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        }
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
        for ((part, tree), layout) in self.0.iter().zip(&tree.children).zip(layout.children()) {
            part.as_widget().draw(tree, renderer, theme, style, layout, cursor, viewport);
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        let parts = self.0.iter().zip(&tree.children).zip(layout.children());
        let parts = parts.map(|((part, tree), layout)| {
            part.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer)
        });
        parts.max().unwrap_or_default()
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, iced::Theme, iced::Renderer>> {
        overlay::from_children(&mut self.0, tree, layout, renderer, viewport, translation)
    }
}

impl<'a, Message: 'a> From<Footed<'a, Message>> for Element<'a, Message> {
    fn from(footed: Footed<'a, Message>) -> Self {
        Self::new(footed)
    }
}
