//! One candle in one column: edges to an eighth of a row, wick through the middle.
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
    /// The ground behind it.
    pub ground: Color,
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
    /// The lowest eighths, this many.
    Lower(u16),
    /// The highest eighths, this many.
    Upper(u16),
    /// A body inside the cell.
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
    let candle = candle.joined();
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
    /// Rounds an edge that has a wick to a whole row: no glyph holds the rest of a body and a wick,
    /// and a gap between the two reads worse than half a row.
    fn joined(self) -> Self {
        let nearest = |edge: u16| (edge + 4) / 8 * 8;
        let top = if self.high > self.top + 1 {
            nearest(self.top)
        } else {
            self.top
        };
        let foot = if self.low + 1 < self.foot {
            nearest(self.foot)
        } else {
            self.foot
        };
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
            (true, false) => Part::Lower(top - bottom),
            (false, true) => Part::Upper(ceiling - foot),
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
    let eighth = |count: u16| {
        let index = usize::from(count.clamp(1, 8)) - 1;
        look.glyphs.eighths.get(index).copied().unwrap_or(" ")
    };
    let (glyph, style) = match part {
        Part::Blank => return,
        Part::Full if look.plain => (eighth(8), ink),
        Part::Full => (" ", Style::new().bg(look.body)),
        Part::Lower(count) => (eighth(count), ink),
        Part::Upper(count) if look.plain => (
            if count > 4 {
                eighth(8)
            } else {
                look.glyphs.wick_up
            },
            ink,
        ),
        // The blank eighths are painted in the ground's colour over a full body.
        Part::Upper(count) => (
            eighth(8 - count),
            Style::new().fg(look.ground).bg(look.body),
        ),
        Part::Flat { wick: true } => (look.glyphs.cross, ink),
        Part::Flat { wick: false } => (look.glyphs.flat, ink),
        Part::Wick => (look.glyphs.wick, ink),
        Part::WickUp => (look.glyphs.wick_up, ink),
        Part::WickDown => (look.glyphs.wick_down, ink),
    };
    paint::text(buf, at, 1, glyph, style);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_fall_on_eighths() {
        let candle = Measured {
            low: 2,
            high: 30,
            foot: 11,
            top: 21,
        };
        let parts: Vec<Part> = (0..4).map(|row| part(candle, row * 8)).collect();
        assert_eq!(
            parts,
            [Part::Wick, Part::Upper(5), Part::Lower(5), Part::Wick]
        );
        let joined = candle.joined();
        assert_eq!((joined.foot, joined.top), (8, 24), "edges meet their wicks");
        let bare = Measured {
            low: 11,
            high: 21,
            ..candle
        };
        assert_eq!(bare.joined(), bare, "edges without a wick stay exact");
        let small = Measured {
            low: 0,
            high: 30,
            foot: 12,
            top: 13,
        };
        assert_eq!(part(small.joined(), 8), Part::Flat { wick: true });
        let doji = Measured {
            low: 8,
            high: 16,
            foot: 11,
            top: 12,
        };
        assert_eq!(part(doji, 8), Part::Flat { wick: true });
        assert_eq!(part(doji, 0), Part::Blank);
        let tall = Measured {
            low: 0,
            high: 24,
            foot: 0,
            top: 24,
        };
        assert_eq!(part(tall, 8), Part::Full);
    }
}
