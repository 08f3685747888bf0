//! One candle in one column: edges to half a row, wick through the middle.
//!
//! Whole cells of a body are painted as ground, not as glyphs, so that no font
//! leaves seams between rows.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};

use crate::ui::glyph::Glyphs;
use crate::ui::widget::paint;

/// A candle measured in eighths of a row from the foot of the plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Foot of the wick.
    pub low: u16,
    /// Top of the wick.
    pub high: u16,
    /// Foot of the body.
    pub foot: u16,
    /// Top of the body; above its foot.
    pub top: u16,
}

/// Colours and marks of candles.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The candle.
    pub body: Color,
    /// Whether it closed below its opening: said by its filling where colours say nothing.
    pub falls: bool,
    /// Whether the terminal shows no colours, so that grounds say nothing.
    pub plain: bool,
    /// Marks.
    pub glyphs: &'a Glyphs,
}

/// What one cell of a candle's column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Blank,
    Full,
    LowerHalf,
    UpperHalf,
    /// A body too flat for half a row.
    Flat {
        wick: bool,
    },
    Wick,
    WickUp,
    WickDown,
}

/// Paints a candle into the column whose lowest cell is `(x, foot_y)`, `rows` cells high.
pub fn draw(
    buf: &mut Buffer,
    (x, foot_y): (u16, u16),
    rows: u16,
    candle: Measured,
    look: &Look<'_>,
) {
    let candle = candle.rounded();
    for row in 0..rows {
        let Some(y) = foot_y.checked_sub(row) else {
            return;
        };
        let part = part(candle, row * 8);
        if part != Part::Blank {
            draw_part(buf, (x, y), part, look);
        }
    }
}

impl Measured {
    /// Rounds edges to half a row, and one that has a wick to a whole row: no glyph holds half a body and a wick.
    fn rounded(self) -> Self {
        let nearest = |edge: u16, step: u16| (edge + step / 2) / step * step;
        let step = |wick: bool| if wick { 8 } else { 4 };
        let top = nearest(self.top, step(self.high > self.top + 1));
        let foot = nearest(self.foot, step(self.low + 1 < self.foot));
        if foot < top {
            return Self { foot, top, ..self };
        }
        // Nothing is left of it: a flat body in the row of its middle.
        let row = u16::midpoint(self.foot, self.top) / 8 * 8;
        Self {
            foot: row + 3,
            top: row + 5,
            ..self
        }
    }
}

fn part(candle: Measured, bottom: u16) -> Part {
    let ceiling = bottom + 8;
    let (foot, top) = (candle.foot.max(bottom), candle.top.min(ceiling));
    if foot < top {
        return match (foot == bottom, top == ceiling) {
            (true, true) => Part::Full,
            (true, false) => Part::LowerHalf,
            (false, true) => Part::UpperHalf,
            (false, false) => {
                let wick = candle.low < candle.foot || candle.high > candle.top;
                Part::Flat { wick }
            }
        };
    }
    let (low, high) = (candle.low.max(bottom), candle.high.min(ceiling));
    if low >= high {
        return Part::Blank;
    }
    match (low < bottom + 3, high > ceiling - 3) {
        (true, true) => Part::Wick,
        (true, false) => Part::WickDown,
        (false, true) => Part::WickUp,
        (false, false) if high - low >= 3 => Part::Wick,
        (false, false) => Part::Blank,
    }
}

fn draw_part(buf: &mut Buffer, at: (u16, u16), part: Part, look: &Look<'_>) {
    let ink = Style::new().fg(look.body);
    let glyphs = look.glyphs;
    let (glyph, style) = match part {
        Part::Blank => return,
        Part::Full | Part::LowerHalf | Part::UpperHalf if look.plain && look.falls => {
            (glyphs.shade, ink)
        }
        Part::Full if look.plain => (glyphs.full_block, ink),
        Part::Full => (" ", Style::new().bg(look.body)),
        Part::LowerHalf => (glyphs.lower_half, ink),
        Part::UpperHalf => (glyphs.upper_half, ink),
        Part::Flat { wick: true } => (glyphs.cross, ink),
        Part::Flat { wick: false } => (glyphs.flat, ink),
        Part::Wick => (glyphs.wick, ink),
        Part::WickUp => (glyphs.wick_up, ink),
        Part::WickDown => (glyphs.wick_down, ink),
    };
    paint::text(buf, at, 1, glyph, style);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(low: u16, foot: u16, top: u16, high: u16) -> Measured {
        Measured {
            low,
            high,
            foot,
            top,
        }
    }

    #[test]
    fn edges_meet_their_wicks_and_fall_on_halves_without() {
        let parts = |candle: Measured| -> Vec<Part> {
            let candle = candle.rounded();
            (0..4).map(|row| part(candle, row * 8)).collect()
        };
        let wicked = parts(measured(2, 11, 21, 30));
        assert_eq!(wicked, [Part::Wick, Part::Full, Part::Full, Part::Wick]);
        let bare = parts(measured(11, 11, 21, 21));
        assert_eq!(
            bare,
            [Part::Blank, Part::UpperHalf, Part::LowerHalf, Part::Blank]
        );
        let flat = parts(measured(0, 12, 13, 24));
        assert_eq!(
            flat,
            [
                Part::Wick,
                Part::Flat { wick: true },
                Part::Wick,
                Part::Blank
            ]
        );
        let still = parts(measured(11, 11, 12, 12));
        assert_eq!(still[1], Part::Flat { wick: false });
    }
}
