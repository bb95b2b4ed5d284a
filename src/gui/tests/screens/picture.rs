//! A screen as it is laid out and drawn, without a window.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use iced::advanced::layout::{Layout, Limits};
use iced::advanced::renderer::{Headless, Style};
use iced::advanced::text::{Paragraph as _, Wrapping};
use iced::advanced::widget::operation::{Focusable, Operation, Scrollable};
use iced::advanced::widget::{Id, Tree, text, tree};
use iced::advanced::{graphics, mouse};
use iced::futures::executor::block_on;
use iced::{Font, Rectangle, Renderer, Size, Vector};

use crate::app::App;
use crate::theme::size;

type Paragraph = graphics::text::Paragraph;

/// Less than that is a matter of rounding.
const SLACK: f32 = 0.5;

/// What draws.
pub(super) struct Studio(Renderer);

impl Default for Studio {
    fn default() -> Self {
        let made = <Renderer as Headless>::new(Font::with_name("Fira Sans"), 16.0.into(), None);
        Self(block_on(made).expect("it needs no screen"))
    }
}

impl Studio {
    /// The screen of `app`, on a display of so many pixels for each of the others.
    pub(super) fn draw(&mut self, app: &App, sharpness: f32) -> Drawn {
        let ratio = app.scale() * sharpness;
        let pixels = |length: f32| (length * ratio).round() as u32;
        let size = Size::new(pixels(app.size.width), pixels(app.size.height));
        let (mut element, mut tree) = (app.view(), Tree::empty());
        tree.diff(element.as_widget());
        let node = element.as_widget_mut().layout(&mut tree, &self.0, &Limits::new(Size::ZERO, app.size));
        let viewport = Rectangle::with_size(app.size);
        iced::advanced::Renderer::reset(&mut self.0, viewport);
        let (theme, style) = (app.theme(), Style { text_color: app.tokens.ink });
        let (layout, cursor) = (Layout::new(&node), mouse::Cursor::Unavailable);
        element.as_widget().draw(&tree, &mut self.0, &theme, &style, layout, cursor, &viewport);
        Drawn { size, rgba: self.0.screenshot(size, ratio, app.tokens.canvas) }
    }
}

/// The pixels.
pub(super) struct Drawn {
    size: Size<u32>,
    rgba: Vec<u8>,
}

impl Drawn {
    /// Whether something is on it.
    pub(super) fn is_more_than_its_ground(&self) -> bool {
        let mut pixels = self.rgba.chunks_exact(4);
        let ground = pixels.next();
        pixels.filter(|pixel| Some(*pixel) != ground).count() > 1000
    }

    pub(super) fn write(&self, path: &Path) {
        let mut encoder =
            png::Encoder::new(File::create(path).expect("a file"), self.size.width, self.size.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.write_header().expect("written").write_image_data(&self.rgba).expect("written");
    }
}

/// Where everything is.
pub(super) struct Picture {
    window: Size,
    found: Found,
    /// Every text with what it was given and what it takes.
    paragraphs: Vec<(String, Paragraph)>,
}

impl Picture {
    pub(super) fn of(app: &App, studio: &mut Studio) -> Self {
        let (mut element, mut tree) = (app.view(), Tree::empty());
        tree.diff(element.as_widget());
        let limits = Limits::new(Size::ZERO, app.size);
        let node = element.as_widget_mut().layout(&mut tree, &studio.0, &limits);
        let mut found = Found::default();
        element.as_widget_mut().operate(&mut tree, Layout::new(&node), &studio.0, &mut found);
        let mut paragraphs = Vec::new();
        collect(&tree, &mut paragraphs);
        Self { window: app.size, found, paragraphs }
    }

    /// How many texts there are.
    pub(super) fn texts(&self) -> usize {
        self.paragraphs.len()
    }

    /// What is cut, in the middle of a word or at an edge.
    pub(super) fn cut(&self) -> Vec<String> {
        let mut cut: HashSet<String> = HashSet::new();
        for (content, paragraph) in &self.paragraphs {
            let (given, taken) = (paragraph.bounds().width, whole_words(content, paragraph));
            if taken > given + SLACK {
                cut.insert(format!("{content:?} takes {taken:.0} of {given:.0}"));
            }
        }
        for (content, bounds) in &self.found.texts {
            if content.contains(['{', '}', '$']) {
                cut.insert(format!("{content:?} lacks what belongs there"));
            }
            if bounds.x < -SLACK || bounds.x + bounds.width > self.window.width + SLACK {
                cut.insert(format!("{content:?} is outside: {bounds:?}"));
            }
            if self.found.bars.iter().any(|bar| bounds.shrink(SLACK).intersects(bar)) {
                cut.insert(format!("{content:?} is below a bar: {bounds:?}"));
            }
        }
        cut.extend(self.found.cut.iter().cloned());
        let mut cut: Vec<_> = cut.into_iter().collect();
        cut.sort();
        cut
    }

    /// Where the one button is.
    pub(super) fn primary(&self) -> Option<Rectangle> {
        self.found.primary
    }

    /// Whether all of it is in sight before anybody scrolls.
    pub(super) fn shows(&self, bounds: Rectangle) -> bool {
        bounds.is_within(&Rectangle::with_size(self.window))
    }
}

/// How wide the text is where no word is broken.
fn whole_words(content: &str, paragraph: &Paragraph) -> f32 {
    // No word is longer than that, in letters of any size.
    if paragraph.bounds().width > 400.0 {
        return paragraph.min_bounds().width;
    }
    // What has no spaces may be any length: the name of a server, a path, an address.
    let is_name = |word: &str| word.trim_end_matches(['.', ',', ':']).contains(['.', '/', '\\', '@', '_']);
    let words: Vec<_> = content.split(' ').filter(|word| !is_name(word)).collect();
    let words = words.join(" ");
    let whole = Paragraph::with_text(iced::advanced::Text {
        content: &words,
        bounds: paragraph.bounds(),
        size: paragraph.size(),
        line_height: paragraph.line_height(),
        font: paragraph.font(),
        align_x: paragraph.align_x(),
        align_y: paragraph.align_y(),
        shaping: paragraph.shaping(),
        wrapping: Wrapping::Word,
    });
    whole.min_bounds().width.max(paragraph.min_bounds().width)
}

fn collect(tree: &Tree, paragraphs: &mut Vec<(String, Paragraph)>) {
    type State = text::State<Paragraph>;
    if tree.tag == tree::Tag::of::<State>() {
        let state = tree.state.downcast_ref::<State>();
        paragraphs.push((state.content().to_owned(), state.raw().clone()));
    }
    tree.children.iter().for_each(|child| collect(child, paragraphs));
}

/// What the widgets tell of themselves.
#[derive(Default)]
struct Found {
    texts: Vec<(String, Rectangle)>,
    primary: Option<Rectangle>,
    /// The bars that show how far something is scrolled.
    bars: Vec<Rectangle>,
    /// What has no room where it lies.
    cut: Vec<String>,
}

impl Operation for Found {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn text(&mut self, _id: Option<&Id>, bounds: Rectangle, text: &str) {
        self.texts.push((text.to_owned(), bounds));
    }

    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        if id == Some(&Id::new("primary")) {
            self.primary = Some(bounds);
        }
    }

    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        if content.height > bounds.height + SLACK {
            let x = bounds.x + bounds.width - size::BAR;
            self.bars.push(Rectangle { x, width: size::BAR, y: bounds.y, height: content.height });
        }
        if content.width > bounds.width + SLACK {
            self.cut.push(format!("a page {} wide has {}", content.width, bounds.width));
        }
    }

    fn focusable(&mut self, _id: Option<&Id>, bounds: Rectangle, _state: &mut dyn Focusable) {
        if bounds.width < 20.0 || bounds.height < 20.0 {
            self.cut.push(format!("too small to hit: {bounds:?}"));
        }
    }
}
