//! The traffic of the last minute: what comes in is filled, what goes out a dashed line. Their shapes tell them apart.

use iced::widget::canvas::{self, Canvas, Frame, LineDash, Path, Stroke};
use iced::{Element, Length, Point, Rectangle, Renderer, Theme, mouse};

use crate::theme::Tokens;
use crate::traffic::{Rate, SECONDS};

/// The height, in pixels.
const HEIGHT: f32 = 56.0;
/// The least that fills the height, in bytes a second: a single packet is no mountain.
const LEAST: u64 = 4096;

/// The seconds in `rates`, the newest at the right.
pub(crate) fn chart<'a, M: 'a>(rates: Vec<Rate>, tokens: &'static Tokens) -> Element<'a, M> {
    Canvas::new(Chart { rates, tokens }).width(Length::Fill).height(HEIGHT).into()
}

struct Chart {
    rates: Vec<Rate>,
    tokens: &'static Tokens,
}

impl Chart {
    /// A point for each second, for what `of` says.
    fn points(&self, bounds: Rectangle, of: fn(&Rate) -> u64) -> Vec<Point> {
        let most = self.rates.iter().map(|rate| rate.down.max(rate.up)).max().unwrap_or(0).max(LEAST);
        let step = bounds.width / (SECONDS - 1) as f32;
        let first = (SECONDS - self.rates.len()) as f32 * step;
        let height = bounds.height - 4.0;
        let point = |(at, rate)| {
            let part = of(rate) as f32 / most as f32;
            Point::new(first + at as f32 * step, bounds.height - 2.0 - part * height)
        };
        self.rates.iter().enumerate().map(point).collect()
    }
}

impl<M> canvas::Program<M> for Chart {
    type State = ();

    fn draw(
        &self,
        _state: &(),
        renderer: &Renderer,
        _theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<canvas::Geometry> {
        let mut frame = Frame::new(renderer, bounds.size());
        let bounds = Rectangle::with_size(bounds.size());
        frame.fill(&Path::rectangle(Point::ORIGIN, bounds.size()), self.tokens.sunken);
        let down = self.points(bounds, |rate| rate.down);
        if let (Some(first), Some(last)) = (down.first(), down.last()) {
            let area = Path::new(|path| {
                path.move_to(Point::new(first.x, bounds.height));
                down.iter().for_each(|point| path.line_to(*point));
                path.line_to(Point::new(last.x, bounds.height));
                path.close();
            });
            frame.fill(&area, self.tokens.accent);
        }
        let up = self.points(bounds, |rate| rate.up);
        if let Some((first, rest)) = up.split_first() {
            let line = Path::new(|path| {
                path.move_to(*first);
                rest.iter().for_each(|point| path.line_to(*point));
            });
            let dash = LineDash { segments: &[4.0, 3.0], offset: 0 };
            let stroke =
                Stroke { line_dash: dash, ..Stroke::default().with_color(self.tokens.up).with_width(1.5) };
            frame.stroke(&line, stroke);
        }
        vec![frame.into_geometry()]
    }
}
