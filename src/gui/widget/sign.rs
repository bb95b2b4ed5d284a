//! Small drawn signs: what can be unfolded, what is chosen, what has a menu.

use iced::widget::canvas::{self, Canvas, Frame, LineCap, Path, Stroke};
use iced::{Color, Element, Point, Rectangle, Renderer, Theme, mouse};

use crate::theme::Tokens;

/// A ring, with a point in it where it is the chosen one.
pub(super) fn radio<'a, M: 'a>(is_on: bool, tokens: &'static Tokens) -> Element<'a, M> {
    let color = if is_on { tokens.accent } else { tokens.edge };
    draw(Sign::Radio { is_on, ground: tokens.surface }, color)
}

/// An angle that points down where something is unfolded.
pub(super) fn angle<'a, M: 'a>(is_open: bool, tokens: &'static Tokens) -> Element<'a, M> {
    draw(Sign::Angle { is_open }, tokens.ink2)
}

/// Three points.
pub(super) fn points<'a, M: 'a>(tokens: &'static Tokens) -> Element<'a, M> {
    draw(Sign::Points, tokens.ink2)
}

fn draw<'a, M: 'a>(sign: Sign, color: Color) -> Element<'a, M> {
    Canvas::new(Drawing { sign, color }).width(22.0).height(22.0).into()
}

enum Sign {
    Radio { is_on: bool, ground: Color },
    Angle { is_open: bool },
    Points,
}

struct Drawing {
    sign: Sign,
    color: Color,
}

impl<M> canvas::Program<M> for Drawing {
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
        let middle = Point::new(11.0, 11.0);
        match self.sign {
            Sign::Radio { is_on, ground } => {
                let ring = Path::circle(middle, 8.5);
                frame.fill(&ring, ground);
                frame.stroke(&ring, Stroke::default().with_color(self.color).with_width(1.5));
                if is_on {
                    frame.fill(&Path::circle(middle, 4.5), self.color);
                }
            }
            Sign::Angle { is_open } => {
                let [from, to] = if is_open { [(6.0, 9.0), (16.0, 9.0)] } else { [(9.0, 6.0), (9.0, 16.0)] };
                let tip = if is_open { Point::new(11.0, 14.0) } else { Point::new(14.0, 11.0) };
                let path = Path::new(|path| {
                    path.move_to(from.into());
                    path.line_to(tip);
                    path.line_to(to.into());
                });
                let line =
                    Stroke::default().with_color(self.color).with_width(2.0).with_line_cap(LineCap::Round);
                frame.stroke(&path, line);
            }
            Sign::Points => {
                for x in [5.0, 11.0, 17.0] {
                    frame.fill(&Path::circle(Point::new(x, 11.0), 1.8), self.color);
                }
            }
        }
        vec![frame.into_geometry()]
    }
}
