//! What a screen is about, in letters as large as there is room for.

use std::borrow::Cow;

use iced::advanced::layout::{self, Layout};
use iced::advanced::text::{self as letters, LineHeight, Wrapping};
use iced::advanced::widget::text::{self, Format, State, Style};
use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Widget, graphics, mouse, renderer};
use iced::{Element, Length, Rectangle, Size};

use super::text::SEMIBOLD;
use crate::theme::letter;

type Paragraph = graphics::text::Paragraph;

/// The sizes, and how many lines of each are not too many.
const SIZES: [(f32, f32); 2] = [(letter::TITLE, 2.0), (letter::SENTENCE, 4.0)];

/// A title: a long sentence, and a long word where there is little room, has smaller letters.
pub(crate) struct Title<'a> {
    words: Cow<'a, str>,
    align_x: letters::Alignment,
}

/// What a screen is about.
pub(crate) fn title<'a>(words: impl iced::widget::text::IntoFragment<'a>) -> Title<'a> {
    Title { words: words.into_fragment(), align_x: letters::Alignment::Default }
}

impl Title<'_> {
    /// In the middle.
    pub(crate) fn center(self) -> Self {
        Self { align_x: letters::Alignment::Center, ..self }
    }

    fn format(&self, size: f32, wrapping: Wrapping) -> Format<iced::Font> {
        Format {
            size: Some(size.into()),
            line_height: LineHeight::default(),
            font: Some(SEMIBOLD),
            align_x: self.align_x,
            wrapping,
            ..Format::default()
        }
    }
}

impl<Message> Widget<Message, iced::Theme, iced::Renderer> for Title<'_> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State<Paragraph>>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::<Paragraph>::default())
    }

    fn size(&self) -> Size<Length> {
        Size { width: Length::Shrink, height: Length::Shrink }
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &iced::Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let state = tree.state.downcast_mut::<State<Paragraph>>();
        for (size, most) in SIZES {
            let format = self.format(size, Wrapping::Word);
            let line = f32::from(format.line_height.to_absolute(size.into()));
            let node = text::layout(state, renderer, limits, &self.words, format);
            if state.min_width() <= limits.max().width && state.min_height() <= line * (most + 0.5) {
                return node;
            }
        }
        let format = self.format(letter::HEADING, Wrapping::WordOrGlyph);
        text::layout(state, renderer, limits, &self.words, format)
    }

    fn operate(
        &mut self,
        _tree: &mut Tree,
        layout: Layout<'_>,
        _renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        operation.text(None, layout.bounds(), &self.words);
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        _theme: &iced::Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_ref::<State<Paragraph>>();
        text::draw(renderer, style, layout.bounds(), state.raw(), Style::default(), viewport);
    }
}

impl<'a, Message: 'a> From<Title<'a>> for Element<'a, Message> {
    fn from(title: Title<'a>) -> Self {
        Self::new(title)
    }
}
