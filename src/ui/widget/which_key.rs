//! The list of keys that may follow: opens above the bottom line while one is awaited.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::widget::paint;

/// Styles of the list.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Its ground.
    pub ground: Style,
    /// The ground of its title.
    pub strip: Style,
    /// Its title.
    pub title: Style,
    /// Keys.
    pub key: Style,
    /// What they do.
    pub label: Style,
}

/// One key and what it does.
pub type Entry = (String, String);

/// Returns the rectangle the list takes at the foot of `area`.
pub fn place(area: Rect, entries: &[Entry]) -> Rect {
    let columns = columns(area.width, entries);
    let rows = entries.len().div_ceil(columns.max(1));
    let height = u16::try_from(rows + 1).unwrap_or(u16::MAX).min(area.height);
    Rect::new(
        area.x,
        area.bottom().saturating_sub(height),
        area.width,
        height,
    )
}

fn cell(entries: &[Entry]) -> u16 {
    let widest = entries
        .iter()
        .map(|(_, label)| paint::width(label))
        .max()
        .unwrap_or(0);
    key_width(entries).saturating_add(widest).saturating_add(4)
}

fn key_width(entries: &[Entry]) -> u16 {
    entries
        .iter()
        .map(|(key, _)| paint::width(key))
        .max()
        .unwrap_or(1)
}

fn columns(width: u16, entries: &[Entry]) -> usize {
    usize::from((width.saturating_sub(1) / cell(entries).max(1)).max(1))
}

/// Paints the list into the rectangle [`place`] gave, filling columns top to bottom.
pub fn draw(area: Rect, buf: &mut Buffer, title: &str, entries: &[Entry], look: &Look) {
    paint::fill(buf, area, look.ground);
    let top = paint::row(area, 0);
    paint::fill(buf, top, look.strip);
    paint::text(
        buf,
        (area.x.saturating_add(1), area.y),
        area.width.saturating_sub(2),
        title,
        look.title,
    );
    let rows = usize::from(area.height.saturating_sub(1)).max(1);
    let (wide, keys) = (cell(entries), key_width(entries));
    for (at, (key, label)) in entries.iter().enumerate() {
        let column = u16::try_from(at / rows).unwrap_or(u16::MAX);
        let line = u16::try_from(at % rows).unwrap_or(0);
        let x = area
            .x
            .saturating_add(1)
            .saturating_add(column.saturating_mul(wide));
        let y = area.y.saturating_add(1).saturating_add(line);
        let room = area.right().saturating_sub(x);
        if y >= area.bottom() || room == 0 {
            continue;
        }
        paint::text(buf, (x, y), room, key, look.key);
        let x = x.saturating_add(keys).saturating_add(1);
        paint::text(
            buf,
            (x, y),
            area.right().saturating_sub(x),
            label,
            look.label,
        );
    }
}
