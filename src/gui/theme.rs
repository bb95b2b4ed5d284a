//! Every colour, size and distance of the window. A test computes the contrast of what is read.

use iced::theme::Palette;
use iced::{Color, Theme};

/// Distances, in pixels at a text scale of 1.
pub(crate) mod space {
    pub(crate) const TINY: f32 = 4.0;
    pub(crate) const SMALL: f32 = 8.0;
    /// Between like things.
    pub(crate) const LIKE: f32 = 12.0;
    pub(crate) const MEDIUM: f32 = 16.0;
    /// Between unlike things, and around a wide page.
    pub(crate) const UNLIKE: f32 = 24.0;

    /// Around a page in a window of this width.
    pub(crate) fn around(width: f32) -> f32 {
        match width {
            super::size::WIDE.. => UNLIKE,
            super::size::NARROW.. => MEDIUM,
            _ => SMALL,
        }
    }
}

/// Heights and widths, in pixels at a text scale of 1.
pub(crate) mod size {
    /// Of a control, and of what can be hit.
    pub(crate) const CONTROL: f32 = 40.0;
    /// Of the one button that a state has.
    pub(crate) const PRIMARY: f32 = 48.0;
    /// The least width of that.
    pub(crate) const PRIMARY_WIDTH: f32 = 240.0;
    /// Of a row of a list.
    pub(crate) const ROW: f32 = 48.0;
    /// The column that a state stands in.
    pub(crate) const COLUMN: f32 = 480.0;
    /// What holds a table.
    pub(crate) const TABLE: f32 = 960.0;
    /// The list beside it.
    pub(crate) const LIST: f32 = 240.0;
    /// From this width on the list stands beside the state.
    pub(crate) const WIDE: f32 = 800.0;
    /// Below this width what stands side by side elsewhere stands one below the other.
    pub(crate) const NARROW: f32 = 300.0;
    /// Below this height nothing is always in sight: there would be no room for the rest.
    pub(crate) const LOW: f32 = 440.0;
    /// The least height of what takes many lines.
    pub(crate) const AREA: f32 = 120.0;
    /// The symbol of a state.
    pub(crate) const SYMBOL: f32 = 72.0;
    /// The same where there is little room.
    pub(crate) const SMALL_SYMBOL: f32 = 48.0;
    /// The bar that shows how far something is scrolled.
    pub(crate) const BAR: f32 = 6.0;
    /// How high a list above the state may be: three rows, and half of a fourth to tell that there are more.
    pub(crate) const SHORT_LIST: f32 = 3.5 * (ROW + super::space::TINY);
}

/// Rounding of corners.
pub(crate) mod radius {
    pub(crate) const CONTROL: f32 = 6.0;
    pub(crate) const CARD: f32 = 10.0;
}

/// Sizes of letters; nothing is smaller than the last.
pub(crate) mod letter {
    pub(crate) const TITLE: f32 = 28.0;
    /// A title that is a long sentence.
    pub(crate) const SENTENCE: f32 = 22.0;
    pub(crate) const HEADING: f32 = 18.0;
    pub(crate) const BODY: f32 = 15.0;
    pub(crate) const SMALL: f32 = 13.0;
}

/// The width of the ring around what has the keys, and of the gap before it.
pub(crate) const FOCUS: f32 = 2.0;

/// The colours of one appearance.
#[derive(Debug, PartialEq)]
pub(crate) struct Tokens {
    pub(crate) canvas: Color,
    pub(crate) surface: Color,
    pub(crate) sunken: Color,
    /// Separators: decoration only.
    pub(crate) line: Color,
    /// Borders of controls.
    pub(crate) edge: Color,
    pub(crate) ink: Color,
    /// Secondary text.
    pub(crate) ink2: Color,
    pub(crate) accent: Color,
    pub(crate) accent_hover: Color,
    pub(crate) on_accent: Color,
    pub(crate) accent_soft: Color,
    pub(crate) good: Color,
    pub(crate) good_soft: Color,
    pub(crate) warn: Color,
    pub(crate) warn_soft: Color,
    pub(crate) bad: Color,
    pub(crate) bad_soft: Color,
    /// What goes out, in the chart; what comes in has the accent.
    pub(crate) up: Color,
    /// What covers the window behind a dialog.
    pub(crate) veil: Color,
}

/// For bright rooms.
pub(crate) static LIGHT: Tokens = Tokens {
    canvas: hex(0xF5_F7F8),
    surface: hex(0xFF_FFFF),
    sunken: hex(0xE9_EEF0),
    line: hex(0xD5_DDE1),
    edge: hex(0x71_818A),
    ink: hex(0x16_232B),
    ink2: hex(0x4A_5B65),
    accent: hex(0x0B_6477),
    accent_hover: hex(0x08_4F5F),
    on_accent: hex(0xFF_FFFF),
    accent_soft: hex(0xDD_F0F3),
    good: hex(0x1B_6B3A),
    good_soft: hex(0xE0_F2E6),
    warn: hex(0x7A_4F00),
    warn_soft: hex(0xFC_EFD2),
    bad: hex(0xA3_2020),
    bad_soft: hex(0xFB_E5E3),
    up: hex(0x8A_4B9E),
    veil: Color { a: 0.45, ..hex(0x0C_1215) },
};

/// For dark ones.
pub(crate) static DARK: Tokens = Tokens {
    canvas: hex(0x11_181C),
    surface: hex(0x19_2227),
    sunken: hex(0x0C_1215),
    line: hex(0x2F_3C43),
    edge: hex(0x7E_919B),
    ink: hex(0xE7_EEF1),
    ink2: hex(0xA9_B8C0),
    accent: hex(0x5C_C3D6),
    accent_hover: hex(0x86_D7E5),
    on_accent: hex(0x06_242B),
    accent_soft: hex(0x12_363E),
    good: hex(0x7B_D39A),
    good_soft: hex(0x14_3323),
    warn: hex(0xF0_C061),
    warn_soft: hex(0x3A_2C0C),
    bad: hex(0xFF_9D94),
    bad_soft: hex(0x43_201F),
    up: hex(0xD3_A4E3),
    veil: Color { a: 0.6, ..hex(0x00_0000) },
};

const fn hex(rgb: u32) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color::from_rgb8(red, green, blue)
}

impl Tokens {
    /// What the library's own widgets take their colours from.
    pub(crate) fn theme(&'static self) -> Theme {
        let palette = Palette {
            background: self.canvas,
            text: self.ink,
            primary: self.accent,
            success: self.good,
            warning: self.warn,
            danger: self.bad,
        };
        Theme::custom("Culvert", palette)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast by WCAG 2: (L1 + 0.05) / (L2 + 0.05).
    fn contrast(one: Color, other: Color) -> f32 {
        let (one, other) = (one.relative_luminance(), other.relative_luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn what_is_read_stands_out_from_what_is_behind_it() {
        for tokens in [&LIGHT, &DARK] {
            let grounds = [tokens.canvas, tokens.surface, tokens.sunken];
            let texts = [tokens.ink, tokens.ink2, tokens.accent, tokens.good, tokens.warn, tokens.bad];
            for ground in grounds {
                for text in texts {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                }
                assert!(contrast(tokens.edge, ground) >= 3.0, "edge on {ground:?}");
            }
            let softs = [
                (tokens.accent, tokens.accent_soft),
                (tokens.good, tokens.good_soft),
                (tokens.warn, tokens.warn_soft),
                (tokens.bad, tokens.bad_soft),
            ];
            for (text, ground) in softs {
                assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                assert!(contrast(tokens.ink2, ground) >= 4.5, "ink2 on {ground:?}");
            }
            for ground in [tokens.accent, tokens.accent_hover] {
                assert!(contrast(tokens.on_accent, ground) >= 4.5, "on {ground:?}");
            }
            assert!(contrast(tokens.up, tokens.sunken) >= 4.5, "the chart");
        }
    }

    /// The figures that the design gives, so that a changed colour is noticed.
    #[test]
    fn the_contrasts_are_those_of_the_design() {
        let is = |one, other, wanted: f32| (contrast(one, other) - wanted).abs() < 0.02;
        assert!(is(LIGHT.ink, LIGHT.canvas, 14.92) && is(DARK.ink, DARK.canvas, 15.28));
        assert!(is(LIGHT.edge, LIGHT.sunken, 3.45) && is(DARK.edge, DARK.sunken, 5.76));
        assert!(is(LIGHT.on_accent, LIGHT.accent, 6.77) && is(DARK.on_accent, DARK.accent, 7.90));
    }
}
