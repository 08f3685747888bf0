//! A table: columns that part by importance, numbers aligned on their point.
//!
//! Owns the cells of the rows that show and the widths the columns have reached:
//! a width grows and never shrinks while the pane lives, so nothing jumps when a
//! digit is added. What does not fit is left out whole, least important first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smol_str::SmolStr;

use crate::ui::widget::paint;

/// How the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// At the right.
    Right,
    /// With their decimal points under each other.
    Point,
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// How its cells stand.
    pub align: Align,
    /// Columns it takes at least.
    pub least: u16,
    /// Zero always shows; the highest rank is the first to go.
    pub rank: u8,
    /// Whether it takes the room that is left.
    pub stretch: bool,
    /// Whether the next column stands right behind it.
    pub tight: bool,
}

impl Column {
    /// Makes a column that does not stretch.
    pub const fn new(title: &'static str, align: Align, least: u16, rank: u8) -> Self {
        Self {
            title,
            align,
            least,
            rank,
            stretch: false,
            tight: false,
        }
    }

    /// Keeps the next column right behind it.
    pub const fn tightened(self) -> Self {
        Self {
            tight: true,
            ..self
        }
    }

    /// Makes it take the room that is left.
    pub const fn stretched(self) -> Self {
        Self {
            stretch: true,
            ..self
        }
    }
}

/// One cell.
#[derive(Debug, Clone)]
pub struct Field {
    text: SmolStr,
    style: Style,
}

/// Styles of a table.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Headings.
    pub heading: Style,
    /// Ground of the selected row.
    pub cursor: Style,
    /// The mark before it.
    pub mark: Style,
    /// The mark itself.
    pub glyph: &'static str,
    /// Stands where a text was cut.
    pub more: &'static str,
}

/// A table's cells and the widths they have reached.
#[derive(Debug, Clone)]
pub struct Grid {
    columns: &'static [Column],
    fields: Vec<Field>,
    /// Where the next cell goes.
    next: usize,
    /// Columns before and from the point on, per column; and whether any grew since the table was last placed.
    reached: Vec<(u16, u16)>,
    grew: bool,
    /// First column and width, per column that shows.
    placed: Vec<Option<(u16, u16)>>,
}

/// The most blank columns between two columns.
const GAP_MOST: u16 = 3;

impl Grid {
    /// Makes an empty table.
    pub fn new(columns: &'static [Column]) -> Self {
        Self {
            columns,
            fields: Vec::new(),
            next: 0,
            reached: vec![(0, 0); columns.len()],
            grew: true,
            placed: vec![None; columns.len()],
        }
    }

    /// Empties the rows; the widths stay.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.next = 0;
    }

    /// Goes to a row that is there, whose cells the next ones replace.
    pub fn go_to(&mut self, row: usize) {
        self.next = (row * self.columns.len()).min(self.fields.len());
    }

    /// Adds the next cell, row by row.
    pub fn push(&mut self, text: impl Into<SmolStr>, style: Style) {
        let text = text.into();
        self.measure(&text);
        let field = Field { text, style };
        match self.fields.get_mut(self.next) {
            Some(place) => *place = field,
            None => self.fields.push(field),
        }
        self.next += 1;
    }

    /// Widens the column of the next cell where its text needs that.
    fn measure(&mut self, text: &str) {
        let at = self.next % self.columns.len().max(1);
        let (Some(column), Some(reached)) = (self.columns.get(at), self.reached.get_mut(at)) else {
            return;
        };
        let (before, after) = match column.align {
            Align::Point => split(text),
            Align::Left | Align::Right => (paint::width(text), 0),
        };
        let wider = (reached.0.max(before), reached.1.max(after));
        self.grew |= wider != *reached;
        *reached = wider;
    }

    /// Returns the number of whole rows.
    pub fn rows(&self) -> usize {
        self.fields.len() / self.columns.len().max(1)
    }

    /// Returns the texts of a row, for copying.
    pub fn row_text(&self, row: usize) -> String {
        let from = row * self.columns.len();
        let cells = self.fields.iter().skip(from).take(self.columns.len());
        let texts: Vec<&str> = cells.map(|field| field.text.as_str()).collect();
        texts.join("\t").trim_end().to_owned()
    }

    /// Returns where a column shows: its first column and width.
    pub fn placed(&self, column: usize) -> Option<(u16, u16)> {
        self.placed.get(column).copied().flatten()
    }

    /// Decides which columns show in `width` columns; returns whether any stands elsewhere now.
    pub fn place(&mut self, width: u16) -> bool {
        let before = self.placed.clone();
        let grew = std::mem::take(&mut self.grew);
        let widths: Vec<u16> = self
            .columns
            .iter()
            .zip(&self.reached)
            .map(|(column, reached)| {
                // A column that stretches takes what is left, not what it could fill.
                let cells = reached.0.saturating_add(reached.1);
                let cells = if column.stretch { 0 } else { cells };
                cells.max(column.least).max(paint::width(column.title))
            })
            .collect();
        let mut shown: Vec<bool> = vec![true; self.columns.len()];
        // One column at the left for the cursor's mark, one at the right to breathe.
        let room = width.saturating_sub(2);
        loop {
            let count = shown.iter().filter(|shown| **shown).count();
            let gaps = u16::try_from(count.saturating_sub(1)).unwrap_or(u16::MAX);
            let taken: u16 = total(&widths, &shown);
            if taken.saturating_add(gaps.saturating_mul(2)) <= room {
                break;
            }
            let last = self.least_important(&shown);
            let tight = taken.saturating_add(gaps) <= room;
            match last {
                // Columns of one rank belong together: a bid without its ask says half.
                Some(rank) if !tight => {
                    for (column, shown) in self.columns.iter().zip(&mut shown) {
                        *shown &= column.rank != rank;
                    }
                }
                _ => break,
            }
        }
        self.lay_out(&widths, &shown, room);
        grew || before != self.placed
    }

    fn least_important(&self, shown: &[bool]) -> Option<u8> {
        let open = self.columns.iter().zip(shown);
        open.filter(|(column, shown)| **shown && column.rank > 0)
            .map(|(column, _)| column.rank)
            .max()
    }

    fn lay_out(&mut self, widths: &[u16], shown: &[bool], room: u16) {
        let count = u16::try_from(shown.iter().filter(|shown| **shown).count()).unwrap_or(1);
        let spare = room.saturating_sub(total(widths, shown));
        let gaps = count.saturating_sub(1).max(1);
        let gap = (spare / gaps).clamp(1, GAP_MOST);
        let mut stretch = spare.saturating_sub(gap.saturating_mul(count.saturating_sub(1)));
        let mut x = 1u16;
        for (((column, width), shown), placed) in self
            .columns
            .iter()
            .zip(widths)
            .zip(shown)
            .zip(&mut self.placed)
        {
            *placed = None;
            if !*shown {
                continue;
            }
            let extra = if column.stretch {
                std::mem::take(&mut stretch)
            } else {
                0
            };
            *placed = Some((x, width.saturating_add(extra)));
            x = x
                .saturating_add(*width)
                .saturating_add(extra)
                .saturating_add(if column.tight { 1 } else { gap });
        }
    }

    /// Paints the headings and the rows; `selected` counts among the rows that show.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, look: &Look, selected: Option<usize>) {
        let top = paint::row(area, 0);
        for (at, column) in self.columns.iter().enumerate() {
            let heading = Field {
                text: SmolStr::new_static(column.title),
                style: look.heading,
            };
            self.draw_cell(top, buf, (at, &heading), None);
        }
        for (row, line) in (0..self.rows()).zip(area.rows().skip(1)) {
            self.draw_row(row, line, buf, look, selected == Some(row));
        }
    }

    /// Paints one row onto a line whose ground is there.
    pub fn draw_row(&self, row: usize, line: Rect, buf: &mut Buffer, look: &Look, selected: bool) {
        let columns = self.columns.len();
        let fields = self.fields.iter().skip(row * columns).take(columns);
        for (at, field) in fields.enumerate() {
            self.draw_cell(line, buf, (at, field), Some(look.more));
        }
        if selected {
            buf.set_style(line, look.cursor);
            paint::text(buf, (line.x, line.y), 1, look.glyph, look.mark);
        }
    }

    /// Paints one cell; `more` marks a text that was cut, a heading has none.
    fn draw_cell(
        &self,
        line: Rect,
        buf: &mut Buffer,
        (at, field): (usize, &Field),
        more: Option<&str>,
    ) {
        let Some((x, width)) = self.placed(at).filter(|_| line.height > 0) else {
            return;
        };
        let align = self
            .columns
            .get(at)
            .map_or(Align::Left, |column| column.align);
        let x = line.x.saturating_add(x);
        // A single column that is wider than the pane is cut at its edge.
        let width = width.min(line.right().saturating_sub(x));
        let end = x.saturating_add(width);
        match align {
            _ if more.is_some() && paint::width(&field.text) > width => {
                let line_cut = (field.text.as_str(), more.unwrap_or_default());
                paint::text_cut(buf, (x, line.y), width, line_cut, field.style);
            }
            Align::Left => {
                paint::text(buf, (x, line.y), width, &field.text, field.style);
            }
            Align::Point if more.is_some() => {
                let after = self.reached.get(at).map_or(0, |reached| reached.1);
                let (before, _) = split(&field.text);
                let start = end.saturating_sub(after).saturating_sub(before).max(x);
                let room = end.saturating_sub(start);
                paint::text(buf, (start, line.y), room, &field.text, field.style);
            }
            Align::Point => {
                // Over the figures with two decimals, where most eyes are.
                let after = self.reached.get(at).map_or(0, |reached| reached.1);
                let least = x.saturating_add(paint::width(&field.text));
                let over = end.saturating_sub(after.saturating_sub(3));
                let end = over.max(least).min(end);
                let room = end.saturating_sub(line.x);
                paint::text_right(buf, (end, line.y), room, &field.text, field.style);
            }
            Align::Right => {
                paint::text_right(buf, (end, line.y), width, &field.text, field.style);
            }
        }
    }
}

/// Returns the columns before the decimal point and those from it on.
fn split(text: &str) -> (u16, u16) {
    let before = text.split('.').next().unwrap_or("");
    let before = if before.len() == text.len() {
        // A percent sign of a whole number stands where the point would.
        text.trim_end_matches('%')
    } else {
        before
    };
    let whole = paint::width(before);
    (whole, paint::width(text).saturating_sub(whole))
}

fn total(widths: &[u16], shown: &[bool]) -> u16 {
    let pairs = widths.iter().zip(shown);
    pairs
        .filter(|(_, shown)| **shown)
        .fold(0, |sum, (width, _)| sum.saturating_add(*width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Cell;

    const COLUMNS: [Column; 4] = [
        Column::new("name", Align::Left, 4, 0),
        Column::new("last", Align::Point, 0, 0),
        Column::new("note", Align::Right, 0, 2),
        Column::new("more", Align::Left, 0, 1),
    ];

    fn drawn(width: u16) -> Vec<String> {
        let mut grid = Grid::new(&COLUMNS);
        for (name, last) in [("A", "1,234.50"), ("BB", "0.51234"), ("C", "7"), ("D", "—")] {
            grid.push(name, Style::new());
            grid.push(last, Style::new());
            grid.push("note!", Style::new());
            grid.push("more", Style::new());
        }
        grid.place(width);
        let area = Rect::new(0, 0, width, 5);
        let mut buf = Buffer::empty(area);
        let plain = Style::new();
        let look = Look {
            heading: plain,
            cursor: plain,
            mark: plain,
            glyph: ">",
            more: "~",
        };
        grid.draw(area, &mut buf, &look, Some(1));
        buf.content
            .chunks(width.into())
            .map(|line| {
                line.iter()
                    .map(Cell::symbol)
                    .collect::<String>()
                    .trim_end()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn points_stand_under_each_other() {
        let lines = drawn(40);
        let point = |line: &str, mark: char| line.chars().position(|c| c == mark);
        let at = point(&lines[1], '.');
        assert!(at.is_some());
        assert_eq!(point(&lines[2], '.'), at);
        assert_eq!(point(&lines[3], '7').map(|x| x + 1), at);
        assert_eq!(point(&lines[4], '—').map(|x| x + 1), at);
        assert!(lines[2].starts_with(">BB"));
    }

    #[test]
    fn the_least_important_column_goes_first() {
        assert!(drawn(40)[0].contains("note") && drawn(40)[0].contains("more"));
        assert!(!drawn(25)[0].contains("note") && drawn(25)[0].contains("more"));
        assert!(!drawn(18)[0].contains("more") && drawn(18)[0].contains("last"));
        assert_eq!(drawn(1).len(), 5);
    }
}
