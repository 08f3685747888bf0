//! Small figures in one line: a sparkline, a bar, and a bar to either side of zero.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::ui::glyph::Glyphs;
use crate::ui::widget::paint;

/// Returns a number of steps as a count, never below zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates and takes NaN as zero, and the value is clamped to u16"
)]
pub(crate) fn steps(value: f64) -> u16 {
    value.clamp(0.0, 65_535.0) as u16
}

/// Where and how a line figure is painted.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// First column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// Columns.
    pub width: u16,
}

/// Paints the newest values as a line of blocks, the last one in its own style.
pub fn spark(
    buf: &mut Buffer,
    place: Place,
    values: &[f64],
    (rest, last): (Style, Style),
    glyphs: &Glyphs,
) {
    let room = usize::from(place.width);
    let shown = values
        .get(values.len().saturating_sub(room)..)
        .unwrap_or(&[]);
    let finite = || shown.iter().copied().filter(|value| value.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let start = place
        .width
        .saturating_sub(u16::try_from(shown.len()).unwrap_or(0));
    for (at, (value, column)) in shown.iter().zip(start..).enumerate() {
        if !value.is_finite() {
            continue;
        }
        // A line that never moved stands in the middle, not at the bottom.
        let part = if high > low {
            (value - low) / (high - low)
        } else {
            0.4
        };
        let level = usize::from(steps((part * 7.0).round()));
        let style = if at + 1 == shown.len() { last } else { rest };
        let glyph = glyphs.eighths.get(level).copied().unwrap_or(" ");
        paint::text(
            buf,
            (place.x.saturating_add(column), place.y),
            1,
            glyph,
            style,
        );
    }
}

/// Paints how much of something is used: a heavy line on a light one.
pub fn line_bar(
    buf: &mut Buffer,
    place: Place,
    ratio: f64,
    (used, track): (Style, Style),
    glyphs: &Glyphs,
) {
    let ratio = if ratio.is_finite() {
        ratio.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let mut halves = steps((ratio * f64::from(place.width) * 2.0).round());
    if ratio > 0.0 {
        halves = halves.max(1);
    }
    for column in 0..place.width {
        let (glyph, style) = match halves.saturating_sub(column * 2) {
            0 => (glyphs.track, track),
            1 => (glyphs.bar_half, used),
            _ => (glyphs.bar, used),
        };
        paint::text(
            buf,
            (place.x.saturating_add(column), place.y),
            1,
            glyph,
            style,
        );
    }
}

/// Styles of a bar that stands to either side of zero.
#[derive(Debug, Clone, Copy)]
pub struct Sides {
    /// To the right of it.
    pub above: Style,
    /// To the left of it.
    pub below: Style,
    /// The rest of the line, and zero itself.
    pub track: Style,
}

/// Paints a value from -1 to 1: a heavy line from the middle to the left or the right.
pub fn centred_bar(buf: &mut Buffer, place: Place, ratio: f64, styles: Sides, glyphs: &Glyphs) {
    let side = place.width.saturating_sub(1) / 2;
    let ratio = if ratio.is_finite() {
        ratio.clamp(-1.0, 1.0)
    } else {
        0.0
    };
    let mut halves = steps((ratio.abs() * f64::from(side) * 2.0).round());
    if ratio != 0.0 {
        halves = halves.max(1);
    }
    let right = ratio > 0.0;
    let used = if right { styles.above } else { styles.below };
    let half = if right {
        glyphs.bar_half
    } else {
        glyphs.bar_half_left
    };
    for column in 0..=side * 2 {
        let from_zero = column.abs_diff(side);
        let filled = from_zero > 0 && (column > side) == right;
        let left = halves.saturating_sub(from_zero.saturating_sub(1) * 2);
        let (glyph, style) = match (from_zero, filled, left) {
            (0, _, _) => (glyphs.wick, styles.track),
            (_, true, 2..) => (glyphs.bar, used),
            (_, true, 1) => (half, used),
            _ => (glyphs.track, styles.track),
        };
        let at = (place.x.saturating_add(column), place.y);
        paint::text(buf, at, 1, glyph, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Cell;
    use ratatui::layout::Rect;

    fn painted(paint: impl Fn(&mut Buffer)) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        paint(&mut buf);
        buf.content.iter().map(Cell::symbol).collect()
    }

    const PLACE: Place = Place {
        x: 0,
        y: 0,
        width: 8,
    };

    #[test]
    fn a_sparkline_shows_the_newest_at_the_right() {
        let plain = (Style::new(), Style::new());
        let spark = |values: &'static [f64]| {
            painted(|buf| spark(buf, PLACE, values, plain, &Glyphs::UNICODE))
        };
        assert_eq!(spark(&[1.0, 2.0, 3.0]), "     ▁▅█");
        assert_eq!(spark(&[5.0, 5.0]), "      ▄▄");
        assert_eq!(spark(&[1.0, f64::NAN, 2.0]), "     ▁ █");
        assert_eq!(spark(&[]), "        ");
        assert_eq!(spark(&[9., 0., 1., 2., 3., 4., 5., 6., 7.]), "▁▂▃▄▅▆▇█");
    }

    #[test]
    fn a_bar_has_half_columns_and_never_hides_a_use() {
        let plain = (Style::new(), Style::new());
        let bar = |ratio: f64| painted(|buf| line_bar(buf, PLACE, ratio, plain, &Glyphs::UNICODE));
        assert_eq!(bar(0.0), "────────");
        assert_eq!(bar(0.001), "╸───────");
        assert_eq!(bar(0.3125), "━━╸─────");
        assert_eq!(bar(7.0), "━━━━━━━━");
        assert_eq!(bar(f64::NAN), "────────");
    }

    #[test]
    fn a_bar_goes_to_either_side_of_zero_and_never_hides_a_value() {
        let plain = Sides {
            above: Style::new(),
            below: Style::new(),
            track: Style::new(),
        };
        let bar =
            |ratio: f64| painted(|buf| centred_bar(buf, PLACE, ratio, plain, &Glyphs::UNICODE));
        assert_eq!(bar(0.0), "───│─── ");
        assert_eq!(bar(1.0), "───│━━━ ");
        assert_eq!(bar(0.5), "───│━╸─ ");
        assert_eq!(bar(-0.5), "─╺━│─── ");
        assert_eq!(bar(-9.0), "━━━│─── ");
        assert_eq!(bar(-0.001), "──╺│─── ");
        assert_eq!(bar(f64::NAN), "───│─── ");
    }
}
