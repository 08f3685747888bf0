//! What the book is exposed to: by sector, asset class and country, gross and net, against its limits.
//!
//! Gross is what the gates hold against the limits: of each symbol the worse of all
//! working buys or all sells done. What is of an unknown sector or country may be of
//! any, so it counts in each of them, and the row says so.

use std::time::Duration;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smol_str::{SmolStr, format_smolstr};

use crate::domain::{Money, Rate};
use crate::engine::Snapshot;
use crate::order::exposure::GroupSum;
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::limits::{limit_text, share, used};
use crate::ui::pane::list::Cursor;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::bar::{self, Place};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::Span;

const COLUMNS: [Column; 7] = [
    Column::new("", Align::Left, 7, 2),
    Column::new("group", Align::Left, 12, 0),
    Column::new("", Align::Left, 6, 1).stretched(),
    Column::new("gross", Align::Point, 8, 0),
    Column::new("net", Align::Point, 8, 3),
    Column::new("NAV", Align::Point, 6, 0),
    Column::new("of", Align::Point, 4, 0),
];
/// The column of the bar.
const BAR: usize = 2;

/// One group.
#[derive(Debug)]
struct Row {
    kind: &'static str,
    name: SmolStr,
    sum: GroupSum,
    /// What counts against the limit: its own and what may be of it.
    counted: Money,
    limit: Rate,
    unknown: bool,
    /// Whether it is the first of its kind.
    first: bool,
}

/// The pane's own state.
#[derive(Debug)]
pub struct ExposuresPane {
    rows: Vec<Row>,
    cursor: Cursor,
    grid: Grid,
}

impl Default for ExposuresPane {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
        }
    }
}

/// Lists the groups of one kind that anything is of, the largest first and the unknown one last.
fn push_kind<'a>(
    out: &mut Vec<Row>,
    kind: &'static str,
    limit: f64,
    groups: impl Iterator<Item = (Option<&'a str>, GroupSum)>,
) {
    let limit = Rate::from_setting(limit).unwrap_or_default();
    let (mut nowhere, begun) = (Money::ZERO, out.len());
    for (name, sum) in groups {
        if sum == GroupSum::default() {
            continue;
        }
        if name.is_none() {
            nowhere = sum.gross;
        }
        out.push(Row {
            kind,
            name: name.map_or(SmolStr::new_static("unknown"), SmolStr::new),
            sum,
            counted: sum.gross,
            limit,
            unknown: name.is_none(),
            first: false,
        });
    }
    let Some(own) = out.get_mut(begun..) else {
        return;
    };
    own.sort_by(|a, b| {
        let size = |row: &Row| (row.unknown, std::cmp::Reverse(row.sum.gross));
        size(a).cmp(&size(b)).then_with(|| a.name.cmp(&b.name))
    });
    for row in own.iter_mut().filter(|row| !row.unknown) {
        row.counted += nowhere;
    }
    if let Some(first) = own.first_mut() {
        first.first = true;
    }
}

fn rows(snap: &Snapshot) -> Vec<Row> {
    let Some(envelope) = snap.risk.envelope() else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let exposure = &snap.exposure;
    let sectors = exposure.sectors();
    let sectors = sectors.map(|(name, sum)| (name.map(SmolStr::as_str), sum));
    push_kind(&mut out, "sector", envelope.max_sector_pct, sectors);
    let classes = exposure.classes();
    let classes = classes.map(|(class, sum)| (Some(class.as_str()), sum));
    push_kind(&mut out, "class", envelope.max_asset_class_pct, classes);
    let countries = exposure.countries();
    let countries = countries.map(|(name, sum)| (name.map(SmolStr::as_str), sum));
    push_kind(&mut out, "country", envelope.max_country_pct, countries);
    out
}

impl ExposuresPane {
    fn push_row(&mut self, at: usize, view: &View<'_>) {
        let Some(row) = self.rows.get(at) else {
            return;
        };
        let theme = view.theme;
        let nav = view.snap.exposure.nav_usd();
        let known = view.snap.exposure.gross_usd().is_some();
        let unknown = || SmolStr::new_static(view.glyphs.unknown);
        let kind = if row.first { row.kind } else { "" };
        self.grid.push(kind, theme.faint());
        let (name, style) = if row.unknown {
            (
                format_smolstr!("{} {}", row.name, view.glyphs.warn),
                theme.warn(),
            )
        } else {
            (row.name.clone(), theme.text())
        };
        self.grid.push(name, style);
        self.grid.push("", theme.faint());
        let amount = |money: Money| {
            if known {
                format::compact(money)
            } else {
                unknown()
            }
        };
        self.grid.push(amount(row.sum.gross), theme.text());
        let net = row.sum.value;
        let style = view.signed(net.is_positive(), net.is_negative());
        self.grid
            .push(amount(net), if known { style } else { theme.unknown() });
        let ratio = Self::ratio(row, view);
        let share = nav.filter(|_| known).and_then(|nav| row.counted.ratio(nav));
        let over = ratio.is_some_and(|ratio| ratio > 1.0);
        let text = share.map_or_else(unknown, |share| {
            let text = format::percent(share, 1, Sign::Minus);
            if over {
                format_smolstr!("{}{text}", view.glyphs.warn)
            } else {
                text
            }
        });
        let style = match ratio {
            Some(ratio) if ratio > 0.7 => used(ratio, view),
            Some(_) => theme.text(),
            None => theme.unknown(),
        };
        self.grid.push(text, style);
        self.grid.push(limit_text(row.limit), theme.dim());
    }

    fn ratio(row: &Row, view: &View<'_>) -> Option<f64> {
        let nav = view.snap.exposure.nav_usd()?;
        view.snap.exposure.gross_usd()?;
        share(row.counted.decimal(), (nav * row.limit).decimal())
    }
}

impl Pane for ExposuresPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        Reaction::when(self.cursor.act(action))
    }

    fn choose_line(&mut self, line: u16, _view: &View<'_>) -> Reaction {
        Reaction::when(self.cursor.choose_line(line))
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        self.rows = rows(view.snap);
        let room = usize::from(area.height.saturating_sub(2));
        self.cursor.fit(self.rows.len(), room);
        self.grid.clear();
        let first = self.cursor.first();
        for at in first..(first + self.cursor.rows()).min(self.rows.len()) {
            self.push_row(at, view);
        }
        self.grid.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let unknown = self.rows.iter().any(|row| row.unknown);
        let words = if unknown {
            "unknown counts in each"
        } else {
            "working orders counted"
        };
        let style = if unknown { theme.warn() } else { theme.dim() };
        let body = view.open(area, buf, "Exposures", &[Span::new(words, style)]);
        if self.rows.is_empty() {
            let line = "nothing is held and nothing works";
            view.empty(body, buf, &[vec![Span::new(line, theme.dim())]]);
            return;
        }
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(body, buf, &view.table(), selected);
        let Some((x, width)) = self.grid.placed(BAR) else {
            return;
        };
        let rows = self.rows.iter().skip(self.cursor.first());
        for (row, line) in rows.zip(body.rows().skip(1)) {
            let x = line.x.saturating_add(x);
            let width = width.min(line.right().saturating_sub(x));
            let place = Place {
                x,
                y: line.y,
                width,
            };
            if let Some(ratio) = Self::ratio(row, view) {
                let styles = (used(ratio, view), theme.faint());
                bar::line_bar(buf, place, ratio, styles, view.glyphs);
            }
        }
    }

    fn calm(&self) -> Duration {
        Duration::from_millis(500)
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        !Arc::ptr_eq(&old.exposure, &new.exposure)
            || old.risk.envelope().map(Arc::as_ptr) != new.risk.envelope().map(Arc::as_ptr)
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
