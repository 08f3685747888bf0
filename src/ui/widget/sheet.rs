//! A sheet: a name a row, and a number of each of several methods beside it.
//!
//! Which methods there are is known only as it is filled. One column is chosen and
//! always in sight; a bar of it may stand behind the name. Columns that have no room
//! are left out whole, and widths grow and never shrink while the sheet lives.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smol_str::SmolStr;

use crate::ui::widget::grid::Look;
use crate::ui::widget::paint;

/// The heading of a column.
#[derive(Debug, Clone)]
pub struct Head {
    /// In full, where there is room.
    pub full: SmolStr,
    /// In few letters.
    pub short: SmolStr,
    /// Its style.
    pub style: Style,
}

/// One text in its style.
#[derive(Debug, Clone)]
pub struct Field {
    /// The text.
    pub text: SmolStr,
    /// Its style.
    pub style: Style,
}

impl Field {
    /// Makes a text in a style.
    pub fn new(text: impl Into<SmolStr>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

/// A row: its name and a field a column.
#[derive(Debug)]
struct Row {
    name: Field,
    cells: Vec<Field>,
}

/// Columns of the smallest bar.
const BAR_LEAST: u16 = 9;
/// Columns from which a bar tells nothing more.
const BAR_MOST: u16 = 31;
/// The most blank columns between two columns.
const GAP_MOST: u16 = 3;
/// Blank columns between two columns where room is short.
const GAP: u16 = 1;

/// The cells of a sheet and where they stand.
#[derive(Debug, Default)]
pub struct Sheet {
    heads: Vec<Head>,
    rows: Vec<Row>,
    chosen: usize,
    barred: bool,
    /// Columns the names have reached, and the cells of each column.
    reached: (u16, Vec<u16>),
    name: u16,
    bar: Option<(u16, u16)>,
    /// First column of the pane and width, per column of the sheet that shows.
    placed: Vec<Option<(u16, u16)>>,
    first: usize,
}

impl Sheet {
    /// Makes an empty sheet, with or without a bar behind the names.
    pub fn new(barred: bool) -> Self {
        Self {
            barred,
            ..Self::default()
        }
    }

    /// Begins it anew with its columns and the chosen one of them.
    pub fn begin(&mut self, heads: Vec<Head>, chosen: usize) {
        self.reached.1.resize(heads.len(), 0);
        self.chosen = chosen.min(heads.len().saturating_sub(1));
        self.heads = heads;
        self.rows.clear();
    }

    /// Adds a row.
    pub fn push(&mut self, name: Field, cells: Vec<Field>) {
        self.reached.0 = self.reached.0.max(paint::width(&name.text));
        for (cell, reached) in cells.iter().zip(&mut self.reached.1) {
            *reached = (*reached).max(paint::width(&cell.text));
        }
        self.rows.push(Row { name, cells });
    }

    /// Returns the texts of a row, for copying.
    pub fn row_text(&self, row: usize) -> Option<String> {
        let row = self.rows.get(row)?;
        let cells = row.cells.iter().map(|cell| cell.text.as_str());
        let texts: Vec<&str> = [row.name.text.as_str()].into_iter().chain(cells).collect();
        Some(texts.join("\t"))
    }

    /// Returns how many columns show, and how many there are.
    pub fn shown(&self) -> (usize, usize) {
        let shown = self.placed.iter().filter(|place| place.is_some()).count();
        (shown, self.heads.len())
    }

    /// Returns where the bars stand: their first column and width.
    pub fn bar(&self) -> Option<(u16, u16)> {
        self.bar
    }

    /// Decides which columns show in `width` columns, and where.
    pub fn place(&mut self, width: u16) {
        // One column at the left for the cursor's mark, one at the right to breathe.
        let room = width.saturating_sub(2);
        self.name = self.reached.0.max(6).min(room);
        let short: Vec<u16> = self
            .heads
            .iter()
            .zip(&self.reached.1)
            .map(|(head, cells)| paint::width(&head.short).max(*cells))
            .collect();
        let chosen = short.get(self.chosen).copied().unwrap_or(0) + GAP;
        // Two blank columns part the names from the bars.
        let bar = BAR_LEAST + 2;
        let barred = self.barred && self.name + chosen + bar <= room;
        let taken = self.name + if barred { bar } else { 0 };
        let mut left = room.saturating_sub(taken);
        let shown = self.window(&short, left);
        let mut widths: Vec<(usize, u16)> = Vec::new();
        for at in shown {
            let width = short.get(at).copied().unwrap_or(0);
            left = left.saturating_sub(width + GAP);
            widths.push((at, width));
        }
        // What is left goes to names in full first, then to air, then to the bar.
        for (at, width) in &mut widths {
            let full = self
                .heads
                .get(*at)
                .map_or(0, |head| paint::width(&head.full));
            let more = full.saturating_sub(*width);
            if more <= left {
                *width += more;
                left -= more;
            }
        }
        let count = u16::try_from(widths.len()).unwrap_or(u16::MAX).max(1);
        let air = (left / count).min(GAP_MOST - GAP);
        left = left.saturating_sub(air * count);
        let mut x = 1 + self.name;
        self.bar = barred.then(|| {
            let width = (BAR_LEAST + left).min(BAR_MOST);
            // An odd width has a middle.
            let width = width - u16::from(width.is_multiple_of(2));
            let at = x + 2;
            x = at + width;
            (at, width)
        });
        self.placed = vec![None; self.heads.len()];
        for (at, width) in widths {
            let from = x + GAP + air;
            if let Some(place) = self.placed.get_mut(at) {
                *place = Some((from, width));
            }
            x = from + width;
        }
    }

    /// Returns the columns that fit, the chosen one among them.
    fn window(&mut self, widths: &[u16], room: u16) -> std::ops::Range<usize> {
        let fits = |first: usize| {
            let mut left = room;
            let rest = widths.iter().skip(first);
            let fit = rest.take_while(|width| {
                let takes = **width + GAP;
                let fits = takes <= left;
                left = left.saturating_sub(takes);
                fits
            });
            first + fit.count()
        };
        self.first = self.first.min(self.chosen);
        // Everything shows where it can; else the window moves no further than it must.
        while self.first > 0 && fits(self.first - 1) == widths.len() {
            self.first -= 1;
        }
        while fits(self.first) <= self.chosen && self.first < self.chosen {
            self.first += 1;
        }
        self.first..fits(self.first).max((self.chosen + 1).min(widths.len()))
    }

    /// Paints the headings and the rows; `selected` counts among the rows.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, look: &Look, selected: Option<usize>) {
        let top = paint::row(area, 0);
        for (head, place) in self.heads.iter().zip(&self.placed) {
            let Some((x, width)) = place.filter(|_| top.height > 0) else {
                continue;
            };
            let text = if paint::width(&head.full) <= width {
                &head.full
            } else {
                &head.short
            };
            draw_right(top, buf, (x, width), (text, look.more), head.style);
        }
        for (index, (row, line)) in self.rows.iter().zip(area.rows().skip(1)).enumerate() {
            let at = (line.x.saturating_add(1), line.y);
            let room = self.name.min(line.width.saturating_sub(1));
            let name = (row.name.text.as_str(), look.more);
            paint::text_cut(buf, at, room, name, row.name.style);
            for (cell, place) in row.cells.iter().zip(&self.placed) {
                if let Some(place) = *place {
                    draw_right(line, buf, place, (&cell.text, look.more), cell.style);
                }
            }
            if selected == Some(index) {
                buf.set_style(line, look.cursor);
                paint::text(buf, (line.x, line.y), 1, look.glyph, look.mark);
            }
        }
    }
}

/// Paints a text at the right of its column, cut where it does not fit.
fn draw_right(
    line: Rect,
    buf: &mut Buffer,
    (x, width): (u16, u16),
    (text, more): (&str, &str),
    style: Style,
) {
    let x = line.x.saturating_add(x);
    let width = width.min(line.right().saturating_sub(x));
    let start = x + width.saturating_sub(paint::width(text));
    let room = x.saturating_add(width).saturating_sub(start);
    paint::text_cut(buf, (start, line.y), room, (text, more), style);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Cell;

    fn drawn(width: u16, chosen: usize) -> (Vec<String>, Sheet) {
        let mut sheet = Sheet::new(true);
        let plain = Style::new();
        let names = [
            ("alpha method", "alpha"),
            ("beta", "beta"),
            ("gamma", "gam"),
        ];
        let heads = names.map(|(full, short)| Head {
            full: full.into(),
            short: short.into(),
            style: plain,
        });
        sheet.begin(heads.into(), chosen);
        for name in ["AAPL", "BTC-USD"] {
            let cells = ["+1.25", "-0.50", "—"].map(|text| Field::new(text, plain));
            sheet.push(Field::new(name, plain), cells.into());
        }
        sheet.place(width);
        let area = Rect::new(0, 0, width, 3);
        let mut buf = Buffer::empty(area);
        let look = Look {
            heading: plain,
            cursor: plain,
            mark: plain,
            glyph: ">",
            more: "~",
        };
        sheet.draw(area, &mut buf, &look, Some(1));
        let lines = buf.content.chunks(width.into()).map(|line| {
            let line: String = line.iter().map(Cell::symbol).collect();
            line.trim_end().to_owned()
        });
        (lines.collect(), sheet)
    }

    #[test]
    fn the_chosen_column_is_in_sight_and_what_has_no_room_is_left_out_whole() {
        let (lines, sheet) = drawn(80, 0);
        assert_eq!(sheet.shown(), (3, 3));
        assert!(lines[0].contains("alpha method"), "{lines:?}");
        assert!(sheet.bar().is_some_and(|(_, width)| width % 2 == 1));
        assert_eq!(sheet.row_text(0).unwrap(), "AAPL\t+1.25\t-0.50\t—");
        let (lines, sheet) = drawn(27, 2);
        assert_eq!(sheet.shown(), (1, 3), "{lines:?}");
        assert!(lines[0].ends_with("gamma"), "{lines:?}");
        let within = |line: &String| line.chars().count() < 27;
        assert!(
            lines.iter().all(within),
            "a blank column at the right: {lines:?}"
        );
        assert!(
            lines[2].starts_with(">BTC-USD") && lines[2].ends_with('—'),
            "{lines:?}"
        );
        let (_, sheet) = drawn(17, 1);
        assert!(sheet.bar().is_none(), "no room for a bar beside the number");
        for width in 1..40 {
            for chosen in 0..3 {
                drawn(width, chosen);
            }
        }
    }
}
