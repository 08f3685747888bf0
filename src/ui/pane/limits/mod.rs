//! How full each limit is: a bar, the value, the limit, what is left and what it would take to fill it.
//!
//! Values are the ones the gates hold against the limits: working orders count as
//! done where that is worse. Amber above 70 %, red above 90 %; what is over says so
//! by its sign and in words. A value nobody knows has no bar.

mod rows;

use std::time::Duration;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::{Symbol, Timestamp};
use crate::engine::Snapshot;
use crate::ui::action::Action;
use crate::ui::pane::limits::rows::{Row, rows};
use crate::ui::pane::list::Cursor;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::bar::{self, Place};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::{self, Span};

pub(super) use rows::{limit_text, share};

const COLUMNS: [Column; 6] = [
    Column::new("limit", Align::Left, 12, 0),
    Column::new("", Align::Left, 6, 0).stretched(),
    Column::new("used", Align::Point, 7, 0),
    Column::new("of", Align::Point, 5, 0),
    Column::new("left", Align::Point, 7, 2),
    Column::new("to fill it", Align::Left, 12, 1),
];
/// Columns from which the strip says what the values count.
const SAID_FROM: u16 = 60;
/// The column of the bar.
const BAR: usize = 1;

/// The pane's own state.
#[derive(Debug)]
pub struct LimitsPane {
    rows: Vec<Row>,
    /// Lists that are empty, in words: an empty list allows nothing.
    shut: Vec<&'static str>,
    cursor: Cursor,
    grid: Grid,
    over: usize,
    symbol: Option<Symbol>,
    wake: Option<Timestamp>,
}

impl Default for LimitsPane {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            shut: Vec::new(),
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
            over: 0,
            symbol: None,
            wake: None,
        }
    }
}

/// Returns the style of a used share.
pub(super) fn used(ratio: f64, view: &View<'_>) -> Style {
    match ratio {
        n if n > 0.9 => view.theme.deny(),
        n if n > 0.7 => view.theme.warn(),
        _ => view.theme.info(),
    }
}

/// Says of each list that is empty that nothing is allowed.
fn shut(snap: &Snapshot) -> Vec<&'static str> {
    let (Some(envelope), Some(fund)) = (snap.risk.envelope(), snap.ledger.fund()) else {
        return Vec::new();
    };
    let lists = [
        (
            envelope.allowed_brokers.is_empty(),
            "no broker is allowed: the list is empty",
        ),
        (
            envelope.allowed_order_types.is_empty(),
            "no order type is allowed: the list is empty",
        ),
        (
            envelope.allowed_asset_classes.is_empty(),
            "no asset class is allowed: the list is empty",
        ),
        (
            fund.asset_classes.is_empty(),
            "the fund trades nothing: its list of asset classes is empty",
        ),
        (
            fund.strategies.is_empty(),
            "nobody may trade: the fund's list of strategies is empty",
        ),
    ];
    let empty = lists.into_iter().filter(|(empty, _)| *empty);
    empty.map(|(_, words)| words).collect()
}

impl LimitsPane {
    fn push_row(&mut self, at: usize, view: &View<'_>) {
        let Some(row) = self.rows.get(at) else {
            return;
        };
        let theme = view.theme;
        let full = row.ratio.filter(|ratio| *ratio > 0.7);
        let style = full.map_or(theme.text(), |ratio| used(ratio, view));
        let unknown = row.value == view.glyphs.unknown;
        let name = if row.over { theme.deny() } else { theme.text() };
        let value = if unknown { theme.unknown() } else { style };
        let left = if row.over { theme.deny() } else { theme.text() };
        let fill = if row.over { theme.deny() } else { theme.dim() };
        self.grid.push(row.name.clone(), name);
        self.grid.push("", theme.faint());
        self.grid.push(row.value.clone(), value);
        self.grid.push(row.limit.clone(), theme.dim());
        self.grid.push(row.left.clone(), left);
        self.grid.push(row.fill.clone(), fill);
    }

    /// Returns the rows of the pane over its table.
    fn above(&self) -> u16 {
        u16::try_from(self.shut.len()).unwrap_or(u16::MAX)
    }
}

impl Pane for LimitsPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        Reaction::when(self.cursor.act(action))
    }

    fn choose_line(&mut self, line: u16, _view: &View<'_>) -> Reaction {
        let line = line.checked_sub(self.above());
        if line.is_some_and(|line| self.cursor.choose_line(line)) {
            Reaction::Done
        } else {
            Reaction::Ignored
        }
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        self.shut = shut(view.snap);
        self.rows = rows(view);
        self.over = self.rows.iter().filter(|row| row.over).count();
        self.symbol = view.symbol.cloned();
        let room = area.height.saturating_sub(2).saturating_sub(self.above());
        if usize::from(room) < self.rows.len() {
            // What is over or nearly so is not below the edge.
            let full = |row: &Row| (row.over, row.ratio.is_some_and(|ratio| ratio > 0.7));
            self.rows.sort_by_key(|row| std::cmp::Reverse(full(row)));
        }
        self.cursor.fit(self.rows.len(), usize::from(room));
        self.grid.clear();
        let first = self.cursor.first();
        for at in first..(first + self.cursor.rows()).min(self.rows.len()) {
            self.push_row(at, view);
        }
        self.grid.place(area.width);
        let sent = view.snap.risk.rates().of_fund(view.now).0;
        self.wake = (sent > 0).then(|| view.now.plus(std::time::Duration::from_secs(1)));
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let version = view.snap.risk.envelope().map(|envelope| envelope.version);
        let mut summary = Vec::new();
        if self.over > 0 {
            let words = format!("{} over {} ", self.over, view.glyphs.dot);
            summary.push(Span::new(words, theme.deny()));
        }
        if area.width >= SAID_FROM {
            let words = format!("working orders counted {} ", view.glyphs.dot);
            summary.push(Span::new(words, theme.dim()));
        }
        let version = version.map(|version| format!("envelope v{version}"));
        summary.push(Span::new(version.unwrap_or_default(), theme.dim()));
        let body = view.open(area, buf, "Limits", &summary);
        if self.rows.is_empty() {
            let line = "no limits: a fund without an envelope trades nothing";
            view.empty(body, buf, &[vec![Span::new(line, theme.dim())]]);
            return;
        }
        // What allows nothing comes first: no other limit matters then.
        for (words, line) in self.shut.iter().zip(body.rows()) {
            let width = line.width.saturating_sub(1);
            let at = (line.x.saturating_add(1), line.y);
            paint::text(buf, at, width, words, theme.deny());
        }
        let above = self.above().min(body.height);
        let table = Rect::new(body.x, body.y + above, body.width, body.height - above);
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(table, buf, &view.table(), selected);
        let Some((x, width)) = self.grid.placed(BAR) else {
            return;
        };
        let rows = self.rows.iter().skip(self.cursor.first());
        for (row, line) in rows.zip(table.rows().skip(1)) {
            let place = Place {
                x: line.x.saturating_add(x),
                y: line.y,
                width: width.min(line.right().saturating_sub(line.x.saturating_add(x))),
            };
            if let Some(ratio) = row.ratio {
                let styles = (used(ratio, view), theme.faint());
                bar::line_bar(buf, place, ratio, styles, view.glyphs);
            }
        }
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        let books = !Arc::ptr_eq(&old.ledger, &new.ledger)
            || !Arc::ptr_eq(&old.risk, &new.risk)
            || !Arc::ptr_eq(&old.exposure, &new.exposure);
        books
            || self.symbol.as_ref().is_some_and(|symbol| {
                match (old.market.cell(symbol), new.market.cell(symbol)) {
                    (Some(old), Some(new)) => !Arc::ptr_eq(old, new),
                    (old, new) => old.is_some() != new.is_some(),
                }
            })
    }

    fn calm(&self) -> Duration {
        Duration::from_millis(500)
    }

    fn wake(&self) -> Option<Timestamp> {
        self.wake
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
