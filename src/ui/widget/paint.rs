//! The strokes: text left and right, fills, spans that drop what does not fit.
//!
//! Never writes outside the rectangle or width it is given; characters of two
//! columns are written whole or not at all.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns how many columns a text takes.
pub fn width(text: &str) -> u16 {
    if text.is_ascii() {
        return u16::try_from(text.len()).unwrap_or(u16::MAX);
    }
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// Blanks a rectangle and gives it a ground.
pub fn fill(buf: &mut Buffer, area: Rect, ground: Style) {
    let area = area.intersection(buf.area);
    let mut blank = Cell::EMPTY;
    blank.set_style(ground);
    for y in area.top()..area.bottom() {
        for cell in row_mut(buf, area.left()..area.right(), y) {
            *cell = blank.clone();
        }
    }
}

/// Returns the cells of a part of a row; none where it leaves the buffer.
fn row_mut(buf: &mut Buffer, columns: std::ops::Range<u16>, y: u16) -> &mut [Cell] {
    let area = buf.area;
    let inside =
        (area.left()..=area.right()).contains(&columns.end) && columns.start >= area.left();
    if !inside || !(area.top()..area.bottom()).contains(&y) {
        return &mut [];
    }
    let line = usize::from(y - area.top()) * usize::from(area.width);
    let from = line + usize::from(columns.start - area.left());
    let to = line + usize::from(columns.end - area.left());
    buf.content.get_mut(from..to).unwrap_or_default()
}

/// Writes at most `room` columns of text and returns the column after it.
pub fn text(buf: &mut Buffer, (x, y): (u16, u16), room: u16, text: &str, style: Style) -> u16 {
    let end = x.saturating_add(room).min(buf.area.right());
    let mut at = x;
    for letter in text.chars() {
        let wide = match columns_of(letter) {
            Some(0) | None => continue,
            Some(columns) => u16::try_from(columns).unwrap_or(1),
        };
        if at.saturating_add(wide) > end {
            break;
        }
        if let Some(cell) = buf.cell_mut((at, y)) {
            cell.set_char(letter).set_style(style);
        }
        if wide == 2
            && let Some(cell) = buf.cell_mut((at + 1, y))
        {
            cell.set_char(' ').set_style(style);
        }
        at = at.saturating_add(wide);
    }
    at
}

/// Returns how many columns a letter takes; the usual ones are not looked up.
fn columns_of(letter: char) -> Option<usize> {
    if matches!(letter, ' '..='~') {
        return Some(1);
    }
    letter.width()
}

/// Writes text like [`text`], with `more` in its last column where it does not fit: half a number reads as another.
pub fn text_cut(
    buf: &mut Buffer,
    (x, y): (u16, u16),
    room: u16,
    (line, more): (&str, &str),
    style: Style,
) -> u16 {
    if width(line) <= room {
        return text(buf, (x, y), room, line, style);
    }
    let at = text(buf, (x, y), room.saturating_sub(width(more)), line, style);
    let left = x.saturating_add(room).saturating_sub(at);
    text(buf, (at, y), left, more, style)
}

/// Writes text that ends before column `end`, cut from its right to at most `room` columns.
pub fn text_right(buf: &mut Buffer, (end, y): (u16, u16), room: u16, line: &str, style: Style) {
    let takes = width(line).min(room);
    let x = end.saturating_sub(takes);
    text(buf, (x, y), takes, line, style);
}

/// One run of text in one style.
#[derive(Debug, Clone)]
pub struct Span<'a> {
    /// The text.
    pub text: std::borrow::Cow<'a, str>,
    /// Its style.
    pub style: Style,
}

impl<'a> Span<'a> {
    /// Makes a run.
    pub fn new(text: impl Into<std::borrow::Cow<'a, str>>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

/// Returns how many columns some runs take together.
pub fn spans_width(spans: &[Span<'_>]) -> u16 {
    spans
        .iter()
        .fold(0, |sum, span| sum.saturating_add(width(&span.text)))
}

/// Writes runs one after the other, at most `room` columns, and returns the column after them.
pub fn spans(buf: &mut Buffer, (x, y): (u16, u16), room: u16, runs: &[Span<'_>]) -> u16 {
    let end = x.saturating_add(room);
    runs.iter().fold(x, |at, run| {
        text(buf, (at, y), end.saturating_sub(at), &run.text, run.style)
    })
}

/// Writes runs from column `skip` of them on, at most `room` columns.
pub fn spans_from(buf: &mut Buffer, (x, y): (u16, u16), room: u16, runs: &[Span<'_>], skip: u16) {
    let (mut at, mut skip) = (x, skip);
    let end = x.saturating_add(room);
    for run in runs {
        let letters = run.text.char_indices().find(|(_, letter)| {
            let wide = u16::try_from(letter.width().unwrap_or(0)).unwrap_or(0);
            let seen = skip < wide.max(1);
            skip = skip.saturating_sub(if seen { 0 } else { wide });
            seen
        });
        let rest = letters.and_then(|(from, _)| run.text.get(from..));
        at = text(
            buf,
            (at, y),
            end.saturating_sub(at),
            rest.unwrap_or(""),
            run.style,
        );
    }
}

/// Writes groups of runs with `gap` columns between them; a group that does not fit whole ends the line.
///
/// Returns the column after the last group written.
pub fn groups(
    buf: &mut Buffer,
    (x, y): (u16, u16),
    room: u16,
    gap: u16,
    groups: &[Vec<Span<'_>>],
) -> u16 {
    let end = x.saturating_add(room);
    let mut at = x;
    for group in groups.iter().filter(|group| !group.is_empty()) {
        let start = if at == x { x } else { at.saturating_add(gap) };
        if start.saturating_add(spans_width(group)) > end {
            break;
        }
        at = spans(buf, (start, y), end.saturating_sub(start), group);
    }
    at
}

/// Returns one row of a rectangle, empty when it has no such row.
pub fn row(area: Rect, index: u16) -> Rect {
    if index >= area.height {
        return Rect::new(area.x, area.bottom(), 0, 0);
    }
    Rect::new(area.x, area.y + index, area.width, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(buf: &Buffer) -> String {
        buf.content.iter().map(Cell::symbol).collect()
    }

    #[test]
    fn text_stays_in_its_room() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 1));
        assert_eq!(text(&mut buf, (1, 0), 4, "abcdef", Style::new()), 5);
        text_right(&mut buf, (10, 0), 3, "12", Style::new());
        assert_eq!(line(&buf), " abcd   12");
        let mut buf = Buffer::empty(Rect::new(0, 0, 4, 1));
        assert_eq!(text(&mut buf, (0, 0), 3, "a株株", Style::new()), 3);
        text(&mut buf, (9, 9), 3, "x", Style::new());
        assert_eq!(width("a株"), 3);
    }

    #[test]
    fn a_group_is_written_whole_or_not() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 1));
        let group = |text: &'static str| vec![Span::new(text, Style::new())];
        groups(
            &mut buf,
            (0, 0),
            10,
            2,
            &[group("abc"), group("def"), group("gh")],
        );
        assert_eq!(line(&buf), "abc  def  ");
    }
}
