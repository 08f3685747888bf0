//! The title strip of a pane: number, name, and one summary at the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::widget::paint::{self, Span};

/// What stands in a strip.
#[derive(Debug, Clone, Copy)]
pub struct Strip<'a> {
    /// The pane's number; none for what has no number.
    pub number: Option<u8>,
    /// Its name.
    pub title: &'a str,
    /// Its one summary.
    pub summary: &'a [Span<'a>],
    /// The ground.
    pub ground: Style,
    /// The name's style.
    pub name: Style,
    /// The number's style.
    pub digit: Style,
}

/// Paints the strip into the first row of `area`; the summary gives way to the name.
pub fn draw(area: Rect, buf: &mut Buffer, strip: &Strip<'_>) {
    let line = paint::row(area, 0);
    if line.is_empty() {
        return;
    }
    paint::fill(buf, line, strip.ground);
    let mut x = line.x.saturating_add(1);
    let room = |x: u16| line.right().saturating_sub(x).saturating_sub(1);
    if let Some(number) = strip.number {
        let digit = char::from_digit(number.into(), 10).unwrap_or(' ');
        x = paint::text(
            buf,
            (x, line.y),
            room(x),
            digit.encode_utf8(&mut [0; 4]),
            strip.digit,
        );
        x = x.saturating_add(1);
    }
    x = paint::text(buf, (x, line.y), room(x), strip.title, strip.name);
    let takes = paint::spans_width(strip.summary);
    if takes.saturating_add(1) <= room(x) {
        let start = line.right().saturating_sub(takes).saturating_sub(1);
        paint::spans(buf, (start, line.y), takes, strip.summary);
    }
}
