//! The drawn signs: one arch, a culvert's mouth, over a line of water. Its shape tells the state; colour only repeats it.

use iced::widget::canvas::{self, Canvas, Frame, LineCap, Path, Stroke};
use iced::{Color, Element, Point, Rectangle, Renderer, Size, Theme, mouse};

use crate::scene::{Shape, Tone};
use crate::theme::{Tokens, radius};

/// The sign of a state, `size` pixels wide and high.
pub(crate) fn arch<'a, M: 'a>(
    shape: Shape,
    tone: Tone,
    size: f32,
    tokens: &'static Tokens,
) -> Element<'a, M> {
    let color = match tone {
        Tone::Plain => tokens.ink2,
        Tone::Accent => tokens.accent,
        Tone::Good => tokens.good,
        Tone::Warn => tokens.warn,
        Tone::Bad => tokens.bad,
    };
    Canvas::new(Sign { shape, color, ground: tokens.canvas }).width(size).height(size).into()
}

/// A box with or without a tick in it.
pub(crate) fn tick<'a, M: 'a>(is_on: bool, tokens: &'static Tokens) -> Element<'a, M> {
    Canvas::new(Tick { is_on, tokens }).width(22.0).height(22.0).into()
}

struct Sign {
    shape: Shape,
    color: Color,
    ground: Color,
}

impl<M> canvas::Program<M> for Sign {
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
        // Everything below is drawn on a square of 22.
        frame.scale(bounds.width / 22.0);
        self.draw_on(&mut frame);
        vec![frame.into_geometry()]
    }
}

impl Sign {
    fn draw_on(&self, frame: &mut Frame) {
        let line = || Stroke::default().with_color(self.color).with_width(2.0).with_line_cap(LineCap::Round);
        match self.shape {
            Shape::Ring => {
                return frame.stroke(&Path::circle(Point::new(11.0, 11.0), 7.0), line());
            }
            Shape::Bar => {
                let bar = Path::rounded_rectangle(Point::new(3.0, 9.0), Size::new(16.0, 4.0), 2.0.into());
                return frame.fill(&bar, self.color);
            }
            Shape::Exclamation => return self.draw_exclamation(frame),
            Shape::Key => return self.draw_key(frame),
            Shape::Open => frame.stroke(&mouth(true), line()),
            Shape::ThreeQuarter => frame.stroke(&mouth(false), line()),
            Shape::Filled | Shape::Notched | Shape::Marked | Shape::Barred => {
                frame.fill(&mouth(true), self.color)
            }
        }
        let water = Path::line(Point::new(2.0, 18.5), Point::new(20.0, 18.5));
        frame.stroke(&water, line());
        match self.shape {
            Shape::Notched => {
                let notch = Path::new(|path| {
                    path.move_to(Point::new(8.0, 16.2));
                    path.line_to(Point::new(11.0, 11.0));
                    path.line_to(Point::new(14.0, 16.2));
                    path.close();
                });
                frame.fill(&notch, self.ground);
            }
            Shape::Marked => {
                let line =
                    Stroke::default().with_color(self.ground).with_width(2.0).with_line_cap(LineCap::Round);
                frame.stroke(&Path::line(Point::new(11.0, 7.5), Point::new(11.0, 11.5)), line);
                frame.fill(&Path::circle(Point::new(11.0, 14.4), 1.2), self.ground);
            }
            Shape::Barred => {
                let gap = Path::rectangle(Point::new(2.0, 9.0), Size::new(18.0, 4.4));
                frame.fill(&gap, self.ground);
                frame.stroke(&Path::line(Point::new(3.0, 11.2), Point::new(19.0, 11.2)), line());
            }
            _ => {}
        }
    }

    fn draw_exclamation(&self, frame: &mut Frame) {
        let line = Stroke::default().with_color(self.color).with_width(2.6).with_line_cap(LineCap::Round);
        frame.stroke(&Path::line(Point::new(11.0, 4.0), Point::new(11.0, 12.5)), line);
        frame.fill(&Path::circle(Point::new(11.0, 17.3), 1.7), self.color);
    }

    fn draw_key(&self, frame: &mut Frame) {
        let line = || Stroke::default().with_color(self.color).with_width(2.0).with_line_cap(LineCap::Round);
        frame.stroke(&Path::circle(Point::new(6.5, 11.0), 3.5), line());
        frame.stroke(&Path::line(Point::new(10.0, 11.0), Point::new(19.0, 11.0)), line());
        frame.stroke(&Path::line(Point::new(15.0, 11.0), Point::new(15.0, 14.0)), line());
        frame.stroke(&Path::line(Point::new(19.0, 11.0), Point::new(19.0, 14.5)), line());
    }
}

/// The mouth of a culvert: two walls and a round vault; not a `whole` one ends before its right wall.
fn mouth(whole: bool) -> Path {
    /// How far the handles of a curve reach that looks like a quarter of a circle of radius 6.5.
    const HANDLE: f32 = 6.5 * 0.5523;
    Path::new(|path| {
        path.move_to(Point::new(4.5, 16.2));
        path.line_to(Point::new(4.5, 10.5));
        let top = Point::new(11.0, 4.0);
        path.bezier_curve_to(Point::new(4.5, 10.5 - HANDLE), Point::new(11.0 - HANDLE, 4.0), top);
        let right = Point::new(17.5, 10.5);
        path.bezier_curve_to(Point::new(11.0 + HANDLE, 4.0), Point::new(17.5, 10.5 - HANDLE), right);
        if whole {
            path.line_to(Point::new(17.5, 16.2));
        }
    })
}

struct Tick {
    is_on: bool,
    tokens: &'static Tokens,
}

impl<M> canvas::Program<M> for Tick {
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
        let Tokens { accent, on_accent, edge, surface, .. } = self.tokens;
        let square = Path::rounded_rectangle(
            Point::new(2.0, 2.0),
            Size::new(18.0, 18.0),
            (radius::CONTROL - 2.0).into(),
        );
        frame.fill(&square, if self.is_on { *accent } else { *surface });
        let border = if self.is_on { *accent } else { *edge };
        frame.stroke(&square, Stroke::default().with_color(border).with_width(1.5));
        if self.is_on {
            let tick = Path::new(|path| {
                path.move_to(Point::new(6.5, 11.3));
                path.line_to(Point::new(9.8, 14.6));
                path.line_to(Point::new(15.8, 7.6));
            });
            let line = Stroke::default().with_color(*on_accent).with_width(2.2).with_line_cap(LineCap::Round);
            frame.stroke(&tick, line);
        }
        vec![frame.into_geometry()]
    }
}
