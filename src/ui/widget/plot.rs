//! A chart: candles or a line, volume, overlays, levels, marks, both axes.
//!
//! Prices are binary floats here and nowhere near money. The newest bar stands at
//! the right; what does not fit is older and left out. Values that are no number
//! are not drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use smol_str::SmolStr;

use crate::ui::glyph::Glyphs;
use crate::ui::widget::bar::steps;
use crate::ui::widget::candle::{self, Measured};
use crate::ui::widget::paint;

/// One bar.
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Units traded.
    pub volume: f64,
}

/// A line over the bars: one value a bar.
#[derive(Debug)]
pub struct Line {
    /// The values; NaN where there is none.
    pub values: Vec<f64>,
    /// Its style.
    pub style: Style,
}

/// A price across the chart.
#[derive(Debug)]
pub struct Level {
    /// The price.
    pub price: f64,
    /// What it is.
    pub label: String,
    /// Its style.
    pub style: Style,
}

/// A mark on a bar.
#[derive(Debug)]
pub struct Mark {
    /// Which bar.
    pub bar: usize,
    /// At which price.
    pub price: f64,
    /// The mark.
    pub glyph: &'static str,
    /// Its style.
    pub style: Style,
}

/// Colours of a chart.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Bars that closed higher, and lower.
    pub bodies: (Color, Color),
    /// The ground.
    pub ground: Color,
    /// Whether the terminal shows no colours.
    pub plain: bool,
    /// The grid and the volume.
    pub grid: Style,
    /// The figures of the axes.
    pub axis: Style,
    /// The tag of the newest price.
    pub tag: Style,
    /// The line, when bars are drawn as one.
    pub line: Style,
    /// Marks.
    pub glyphs: Glyphs,
}

/// Everything a chart shows.
pub struct Plot<'a> {
    /// Bars, oldest first.
    pub bars: &'a [Bar],
    /// Draws closes as a line.
    pub as_line: bool,
    /// Lines over the bars.
    pub lines: &'a [Line],
    /// Prices across the chart.
    pub levels: &'a [Level],
    /// Marks on bars.
    pub marks: &'a [Mark],
    /// A price that shows whatever the bars do.
    pub reach: Option<f64>,
    /// Writes a price.
    pub price: &'a dyn Fn(f64) -> SmolStr,
    /// Writes the time of a bar that deserves a label.
    pub time: &'a dyn Fn(usize) -> Option<SmolStr>,
    /// Colours.
    pub look: Look,
}

impl std::fmt::Debug for Plot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plot")
            .field("bars", &self.bars.len())
            .finish_non_exhaustive()
    }
}

/// Columns a bar takes, the blank one counted.
const PITCH: u16 = 2;
/// Rows between lines of the grid.
const GRID_ROWS: f64 = 4.0;

/// Where the parts of a chart are and how prices become rows.
#[derive(Debug, Clone, Copy)]
struct Frame {
    plot: Rect,
    volume: Rect,
    time_y: Option<u16>,
    /// First bar that shows.
    first: usize,
    low: f64,
    high: f64,
}

impl Frame {
    fn eighths(&self, price: f64) -> u16 {
        let rows = f64::from(self.plot.height) * 8.0;
        steps(((price - self.low) / (self.high - self.low) * rows).round())
            .min(self.plot.height * 8)
    }

    fn row(&self, price: f64) -> Option<u16> {
        if !(self.low..=self.high).contains(&price) {
            return None;
        }
        let from_foot = (self.eighths(price).saturating_sub(1)) / 8;
        self.plot.bottom().checked_sub(1 + from_foot)
    }

    fn column(&self, bar: usize, count: usize) -> Option<u16> {
        let from_end = u16::try_from(count.checked_sub(1 + bar)?).ok()?;
        let x = self
            .plot
            .right()
            .checked_sub(2 + from_end.checked_mul(PITCH)?)?;
        (x >= self.plot.x).then_some(x)
    }
}

/// Paints the chart; paints nothing where there is no room for one.
pub fn draw(area: Rect, buf: &mut Buffer, plot: &Plot<'_>) {
    let Some(frame) = frame(area, plot) else {
        return;
    };
    draw_axis(area, buf, plot, &frame);
    draw_levels(area, buf, plot, &frame);
    if plot.as_line {
        let closes: Vec<f64> = plot.bars.iter().map(|bar| bar.close).collect();
        draw_line(buf, plot, &frame, &closes, plot.look.line);
    } else {
        draw_candles(buf, plot, &frame);
    }
    for line in plot.lines {
        draw_line(buf, plot, &frame, &line.values, line.style);
    }
    draw_volume(buf, plot, &frame);
    for mark in plot.marks {
        let at = frame
            .column(mark.bar, plot.bars.len())
            .zip(frame.row(mark.price));
        if let Some(at) = at {
            paint::text(buf, at, 1, mark.glyph, mark.style);
        }
    }
    draw_times(buf, plot, &frame);
}

fn frame(area: Rect, plot: &Plot<'_>) -> Option<Frame> {
    let newest = plot.bars.last()?;
    let label = paint::width(&(plot.price)(newest.high)).saturating_add(2);
    let width = area.width.checked_sub(label).filter(|width| *width >= 8)?;
    let volume_rows = if area.height >= 14 { 2 } else { 0 };
    let time_rows = u16::from(area.height >= 8);
    let height = area
        .height
        .checked_sub(volume_rows + time_rows)
        .filter(|rows| *rows >= 3)?;
    let first = plot
        .bars
        .len()
        .saturating_sub(usize::from(width.saturating_sub(1) / PITCH));
    let shown = plot.bars.get(first..)?;
    let prices = || {
        shown
            .iter()
            .flat_map(|bar| [bar.low, bar.high])
            .chain(plot.reach)
            .filter(|p| p.is_finite())
    };
    let low = prices().fold(f64::INFINITY, f64::min);
    let high = prices().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return None;
    }
    // A flat market gets a band of its own; others a little air.
    let air = if high > low {
        (high - low) * 0.06
    } else {
        (high.abs() * 1e-4).max(1e-9)
    };
    let plot_area = Rect::new(area.x, area.y, width, height);
    Some(Frame {
        plot: plot_area,
        volume: Rect::new(area.x, plot_area.bottom(), width, volume_rows),
        time_y: (time_rows > 0).then(|| plot_area.bottom() + volume_rows),
        first,
        low: low - air,
        high: high + air,
    })
}

/// Returns the step of 1, 2 or 5 times a power of ten nearest above `rough`.
fn nice_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let found = steps.iter().find(|step| **step * power >= rough * 0.999);
    found.copied().unwrap_or(10.0) * power
}

fn draw_axis(area: Rect, buf: &mut Buffer, plot: &Plot<'_>, frame: &Frame) {
    let lines = (f64::from(frame.plot.height) / GRID_ROWS).max(1.0);
    let step = nice_step((frame.high - frame.low) / lines);
    let mut price = (frame.low / step).ceil() * step;
    let end = area.right().saturating_sub(1);
    // A step below what a float can tell apart from the price must not loop for ever.
    for _ in 0..64 {
        if price > frame.high {
            break;
        }
        if let Some(y) = frame.row(price) {
            for x in (frame.plot.x..frame.plot.right()).step_by(4) {
                paint::text(buf, (x, y), 1, plot.look.glyphs.grid, plot.look.grid);
            }
            paint::text_right(
                buf,
                (end, y),
                area.width,
                &(plot.price)(price),
                plot.look.axis,
            );
        }
        price += step;
    }
    let Some(newest) = plot.bars.last() else {
        return;
    };
    if let Some(y) = frame.row(newest.close) {
        let tag = Rect::new(
            frame.plot.right(),
            y,
            area.right().saturating_sub(frame.plot.right()),
            1,
        );
        paint::fill(buf, tag, plot.look.tag);
        paint::text_right(
            buf,
            (end, y),
            tag.width,
            &(plot.price)(newest.close),
            plot.look.tag,
        );
    }
}

fn draw_levels(area: Rect, buf: &mut Buffer, plot: &Plot<'_>, frame: &Frame) {
    let end = area.right().saturating_sub(1);
    for level in plot.levels {
        let Some(y) = frame.row(level.price) else {
            continue;
        };
        for x in frame.plot.x..frame.plot.right() {
            paint::text(buf, (x, y), 1, plot.look.glyphs.level, level.style);
        }
        let room = frame.plot.width.saturating_sub(4);
        let x = frame.plot.x.saturating_add(2);
        let label = format!(" {} ", level.label);
        paint::text(buf, (x, y), room, &label, level.style);
        let axis = Rect::new(
            frame.plot.right(),
            y,
            area.right().saturating_sub(frame.plot.right()),
            1,
        );
        let taken = buf
            .cell((axis.x, y))
            .is_some_and(|cell| Some(cell.bg) == plot.look.tag.bg);
        if !taken || plot.look.plain {
            buf.set_style(axis, level.style);
            paint::text_right(
                buf,
                (end, y),
                axis.width,
                &(plot.price)(level.price),
                level.style,
            );
        }
    }
}

fn draw_candles(buf: &mut Buffer, plot: &Plot<'_>, frame: &Frame) {
    let foot_y = frame.plot.bottom().saturating_sub(1);
    for (at, bar) in plot.bars.iter().enumerate().skip(frame.first) {
        let finite = [bar.open, bar.high, bar.low, bar.close]
            .iter()
            .all(|p| p.is_finite());
        let Some(x) = frame.column(at, plot.bars.len()).filter(|_| finite) else {
            continue;
        };
        let (foot, top) = (bar.open.min(bar.close), bar.open.max(bar.close));
        let foot = frame.eighths(foot).min(frame.plot.height * 8 - 1);
        let candle = Measured {
            low: frame.eighths(bar.low).min(foot),
            high: frame.eighths(bar.high),
            foot,
            top: frame.eighths(top).max(foot + 1),
        };
        let (up, down) = plot.look.bodies;
        let look = candle::Look {
            body: if bar.close >= bar.open { up } else { down },
            falls: bar.close < bar.open,
            plain: plot.look.plain,
            glyphs: &plot.look.glyphs,
        };
        candle::draw(buf, (x, foot_y), frame.plot.height, candle, &look);
    }
}

/// The bits of a braille cell, by column and then by row from the top.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

fn draw_line(buf: &mut Buffer, plot: &Plot<'_>, frame: &Frame, values: &[f64], style: Style) {
    let width = usize::from(frame.plot.width);
    let mut dots = vec![0u8; width * usize::from(frame.plot.height)];
    let mut before: Option<(f64, f64)> = None;
    for (at, value) in values.iter().enumerate().skip(frame.first) {
        let x = frame.column(at, plot.bars.len());
        let Some(x) = x.filter(|_| (frame.low..=frame.high).contains(value)) else {
            before = None;
            continue;
        };
        let rows = f64::from(frame.plot.height) * 4.0;
        let point = (
            f64::from(x - frame.plot.x) * 2.0,
            (frame.high - value) / (frame.high - frame.low) * rows,
        );
        stroke(&mut dots, width, before.unwrap_or(point), point);
        before = Some(point);
    }
    for (row, line) in dots.chunks(width.max(1)).enumerate() {
        let y = frame
            .plot
            .y
            .saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
        for (x, bits) in (frame.plot.x..).zip(line).filter(|(_, bits)| **bits != 0) {
            let free = buf.cell((x, y)).is_some_and(|cell| {
                let text = cell.symbol();
                // A level in the grid's own ink is part of the grid.
                let ruler = text == plot.look.glyphs.level && Some(cell.fg) == plot.look.grid.fg;
                let empty = text == " " || text == plot.look.glyphs.grid || ruler;
                empty && (cell.bg == plot.look.ground || plot.look.plain)
            });
            if free {
                let braille = char::from_u32(0x2800 + u32::from(*bits)).unwrap_or('.');
                let letter = if plot.look.glyphs.braille {
                    braille
                } else {
                    '.'
                };
                paint::text(buf, (x, y), 1, letter.encode_utf8(&mut [0; 4]), style);
            }
        }
    }
}

/// Sets the dots from one point to the next, both in dots from the top left.
fn stroke(dots: &mut [u8], width: usize, from: (f64, f64), to: (f64, f64)) {
    let count = steps((to.0 - from.0).abs().max((to.1 - from.1).abs())).max(1);
    for at in 0..=count {
        let part = f64::from(at) / f64::from(count);
        let x = usize::from(steps(from.0 + (to.0 - from.0) * part));
        let y = usize::from(steps(from.1 + (to.1 - from.1) * part));
        let cell = (y / 4).checked_mul(width).map(|row| row + x / 2);
        let bit = DOTS.get(x % 2).and_then(|column| column.get(y % 4));
        if let (Some(slot), Some(bit)) = (cell.and_then(|cell| dots.get_mut(cell)), bit) {
            *slot |= bit;
        }
    }
}

fn draw_volume(buf: &mut Buffer, plot: &Plot<'_>, frame: &Frame) {
    if frame.volume.is_empty() {
        return;
    }
    let shown = plot.bars.get(frame.first..).unwrap_or(&[]);
    let most = shown
        .iter()
        .map(|bar| bar.volume)
        .filter(|v| v.is_finite())
        .fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
    for (at, bar) in plot.bars.iter().enumerate().skip(frame.first) {
        let Some(x) = frame.column(at, plot.bars.len()) else {
            continue;
        };
        let level = steps((bar.volume / most * f64::from(frame.volume.height) * 8.0).round());
        for row in 0..frame.volume.height {
            let filled = level.saturating_sub(row * 8).min(8);
            let y = frame.volume.bottom() - 1 - row;
            let colour = plot
                .look
                .grid
                .fg
                .filter(|_| filled == 8 && !plot.look.plain);
            if let Some(colour) = colour {
                // As ground, so that no font leaves a seam between rows.
                paint::text(buf, (x, y), 1, " ", Style::new().bg(colour));
                continue;
            }
            let index = usize::from(filled).checked_sub(1);
            let glyph = index.and_then(|index| plot.look.glyphs.eighths.get(index));
            if let Some(glyph) = glyph {
                paint::text(buf, (x, y), 1, glyph, plot.look.grid);
            }
        }
    }
}

fn draw_times(buf: &mut Buffer, plot: &Plot<'_>, frame: &Frame) {
    let Some(y) = frame.time_y else {
        return;
    };
    let mut free_from = frame.plot.x;
    for at in frame.first..plot.bars.len() {
        let Some((x, label)) = frame.column(at, plot.bars.len()).zip((plot.time)(at)) else {
            continue;
        };
        let start = x.saturating_sub(paint::width(&label) / 2);
        let end = start.saturating_add(paint::width(&label));
        if start >= free_from && end <= frame.plot.right() {
            paint::text(
                buf,
                (start, y),
                paint::width(&label),
                &label,
                plot.look.axis,
            );
            free_from = end.saturating_add(4);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_the_axis_are_round() {
        for (rough, step) in [
            (0.03, 0.05),
            (1.0, 1.0),
            (1.2, 2.0),
            (7.0, 10.0),
            (230.0, 500.0),
        ] {
            assert!((nice_step(rough) - step).abs() < step * 1e-9, "{rough}");
        }
    }
}
