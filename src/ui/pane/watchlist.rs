//! The watchlist: every symbol with its price, change, touch, last hour and age.
//!
//! The chosen symbol is the desk's; the list follows it. A price that has just
//! changed is bright for a moment and settles with one timer. Of many rows few
//! change between two frames: the others are neither worded nor painted again.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smol_str::SmolStr;

use crate::domain::{Interval, Symbol, Timestamp};
use crate::engine::Snapshot;
use crate::market::{Cell, Freshness};
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::list::Cursor;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::theme::Theme;
use crate::ui::widget::bar::{self, Place};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::{self, Span};

const COLUMNS: [Column; 9] = [
    Column::new("symbol", Align::Left, 8, 0),
    Column::new("last", Align::Point, 8, 0),
    Column::new("", Align::Left, 1, 0).tightened(),
    Column::new("chg", Align::Point, 6, 0),
    Column::new("bid", Align::Point, 8, 3),
    Column::new("ask", Align::Point, 8, 3),
    Column::new("bps", Align::Point, 4, 4),
    Column::new("1h", Align::Left, 6, 2).stretched(),
    Column::new("", Align::Right, 3, 0),
];
const SPARK: usize = 7;

/// How long a changed price stays bright.
const FLASH: Duration = Duration::from_millis(250);

/// Rows beyond which an order by change is worked out only so often.
const WIDE: usize = 16_384;
/// How often.
const RESORT: Duration = Duration::from_secs(2);

/// What the rows stand by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Order {
    #[default]
    Watch,
    Name,
    Change,
}

/// What all rows were painted with.
#[derive(Debug, PartialEq)]
struct Ground {
    area: Rect,
    theme: Theme,
    focused: bool,
    number: u8,
    order: Order,
    first: usize,
    count: usize,
}

/// What one row looks like follows from this alone.
#[derive(Debug)]
struct Row {
    cell: Arc<Cell>,
    /// The text of its age; none while its price is not stale.
    age: Option<SmolStr>,
    flashing: bool,
    chosen: bool,
    selected: bool,
}

impl Row {
    fn looks_like(&self, other: &Self) -> bool {
        let marks = |row: &Self| (row.flashing, row.chosen, row.selected);
        Arc::ptr_eq(&self.cell, &other.cell) && self.age == other.age && marks(self) == marks(other)
    }
}

/// The watchlist's own state.
#[derive(Debug)]
pub struct WatchlistPane {
    cursor: Cursor,
    order: Order,
    grid: Grid,
    /// What the rows that show were painted by, and with.
    rows: Vec<Row>,
    ground: Option<Ground>,
    /// Lines that differ since; none when all may.
    differing: Option<Vec<u16>>,
    /// Indexes of cells, in the order shown.
    sorted: Vec<usize>,
    /// What they were last put in order by, and when.
    sorted_by: Option<(Order, Timestamp)>,
    /// When a row looks different by time alone: a price settles, an age grows.
    settles: Option<Timestamp>,
    motion: bool,
}

impl WatchlistPane {
    /// Says which symbol the chosen row is about.
    fn select(&self, view: &View<'_>) -> Reaction {
        let chosen = self.symbol_at(self.cursor.at(), view);
        chosen.map_or(Reaction::Done, Reaction::Select)
    }

    /// Makes the pane; without motion nothing brightens.
    pub fn new(motion: bool) -> Self {
        Self {
            cursor: Cursor::default(),
            order: Order::default(),
            grid: Grid::new(&COLUMNS),
            rows: Vec::new(),
            ground: None,
            differing: None,
            sorted: Vec::new(),
            sorted_by: None,
            settles: None,
            motion,
        }
    }

    fn sort(&mut self, view: &View<'_>) {
        let cells = view.snap.market.cells();
        if let Some((order, at)) = self.sorted_by
            && (order, self.sorted.len()) == (self.order, cells.len())
            && (order != Order::Change || (cells.len() > WIDE && view.now.since(at) < RESORT))
        {
            return;
        }
        self.sorted_by = Some((self.order, view.now));
        self.sorted.clear();
        self.sorted.extend(0..cells.len());
        let cell = |at: &usize| cells.get(*at);
        match self.order {
            Order::Watch => {}
            Order::Name => self.sorted.sort_by(|a, b| {
                cell(a)
                    .map(|c| c.symbol())
                    .cmp(&cell(b).map(|c| c.symbol()))
            }),
            Order::Change => {
                let change = |cell: &Arc<Cell>| cell.change().unwrap_or(f64::NEG_INFINITY);
                let changes: Vec<f64> = cells.iter().map(change).collect();
                let of = |at: &usize| changes.get(*at).copied().unwrap_or(f64::NEG_INFINITY);
                let falling = |a: &usize, b: &usize| of(b).partial_cmp(&of(a));
                self.sorted
                    .sort_by(|a, b| falling(a, b).unwrap_or(Ordering::Equal));
            }
        }
    }

    fn shown<'a>(&self, view: &View<'a>) -> impl Iterator<Item = &'a Arc<Cell>> {
        let cells = view.snap.market.cells();
        let from = self.sorted.iter().skip(self.cursor.first());
        from.take(self.cursor.rows())
            .filter_map(|at| cells.get(*at))
    }

    fn symbol_at(&self, at: usize, view: &View<'_>) -> Option<Symbol> {
        let cell = view.snap.market.cells().get(*self.sorted.get(at)?)?;
        Some(cell.symbol().clone())
    }

    /// Works out what a row looks like, and when that changes by time alone.
    fn look_at(&mut self, cell: &Arc<Cell>, view: &View<'_>) -> Row {
        let freshness = view.snap.market.freshness(cell.symbol(), view.now);
        let age = match freshness {
            Freshness::Stale(age) => Some(format::silence(age)),
            Freshness::Unknown | Freshness::Fresh(_) => None,
        };
        let moved = cell.moved().1.plus(FLASH);
        let flashing = self.motion && moved > view.now && age.is_none();
        if cell.mid().is_some() {
            let turns = [
                self.settles,
                view.age_turns(freshness),
                flashing.then_some(moved),
            ];
            self.settles = turns.into_iter().flatten().min();
        }
        Row {
            cell: Arc::clone(cell),
            age,
            flashing,
            chosen: view.symbol == Some(cell.symbol()),
            selected: false,
        }
    }

    fn push_row(&mut self, row: &Row, view: &View<'_>) {
        let (theme, cell) = (view.theme, &row.cell);
        let stale = row.age.is_some();
        let name = if row.chosen {
            theme.bright()
        } else {
            theme.text()
        };
        self.grid.push(
            cell.symbol().as_str(),
            if stale { theme.dim() } else { name },
        );
        let Some(((quote, _), mid)) = cell.quote().zip(cell.mid()) else {
            // Prices nobody has are said to be unknown; marks, spark and age stay blank.
            for column in COLUMNS.iter().skip(1) {
                let number = column.align == Align::Point;
                let text = if number { view.glyphs.unknown } else { "" };
                self.grid.push(text, theme.dim());
            }
            return;
        };
        let decimals = view.decimals(cell.symbol());
        let figure = match (stale, row.flashing || row.chosen) {
            (true, _) => theme.dim(),
            (false, true) => theme.bright(),
            (false, false) => theme.text(),
        };
        self.grid.push(format::price(mid, decimals), figure);
        self.push_change(cell, stale, view);
        let touch = if stale { theme.dim() } else { theme.text() };
        self.grid.push(format::price(quote.bid, decimals), touch);
        self.grid.push(format::price(quote.ask, decimals), touch);
        let spread = quote
            .spread_bps()
            .map(|bps| format::decimal(bps, 1, Sign::Minus));
        self.grid.push(spread.unwrap_or_default(), theme.dim());
        self.grid.push("", theme.dim());
        self.grid
            .push(row.age.clone().unwrap_or_default(), theme.warn());
    }

    /// Words the rows that look otherwise than before, and notes which.
    fn take(&mut self, rows: Vec<Row>, area: Rect, view: &View<'_>) {
        let ground = Some(Ground {
            area,
            theme: view.theme.clone(),
            focused: view.focused,
            number: view.number,
            order: self.order,
            first: self.cursor.first(),
            count: view.snap.market.cells().len(),
        });
        let whole = ground != self.ground || rows.len() != self.rows.len();
        if whole {
            self.grid.clear();
        }
        let before = std::mem::take(&mut self.rows);
        let mut differing = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let same = before.get(at).is_some_and(|before| before.looks_like(row));
            if whole || !same {
                self.grid.go_to(at);
                self.push_row(row, view);
                // Behind the strip and the headings.
                differing.extend(u16::try_from(at + 2));
            }
        }
        let moved = self.grid.place(area.width);
        self.differing = (!whole && !moved).then_some(differing);
        (self.rows, self.ground) = (rows, ground);
    }

    fn draw_spark(&self, row: &Row, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let Some((x, width)) = self.grid.placed(SPARK) else {
            return;
        };
        let cell = &row.cell;
        let values = last_hour(cell, usize::from(width));
        let fresh = cell.quote().is_some() && row.age.is_none();
        let last = match cell.change().filter(|_| fresh) {
            Some(change) if change != 0.0 => view.signed(change > 0.0, change < 0.0),
            _ => view.theme.faint(),
        };
        let place = Place {
            x: line.x.saturating_add(x),
            y: line.y,
            width,
        };
        bar::spark(buf, place, &values, (view.theme.faint(), last), view.glyphs);
    }

    fn push_change(&mut self, cell: &Cell, stale: bool, view: &View<'_>) {
        let change = cell.change().filter(|_| !stale);
        let text = change.and_then(|ratio| format::percent_of(ratio.abs(), 2, Sign::Minus));
        let (Some(text), Some(ratio)) = (text, change) else {
            self.grid.push("", view.theme.dim());
            self.grid.push(view.glyphs.unknown, view.theme.dim());
            return;
        };
        // What rounds to nothing has no direction.
        let (up, down) = (ratio >= 5e-5, ratio <= -5e-5);
        let mark = match (up, down) {
            (true, _) => view.glyphs.up,
            (_, true) => view.glyphs.down,
            _ => "",
        };
        let style = view.signed(up, down);
        self.grid.push(mark, style);
        self.grid.push(text, style);
    }
}

impl Default for WatchlistPane {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Pane for WatchlistPane {
    fn act(&mut self, action: Action, view: &View<'_>) -> Reaction {
        if action == Action::Sort {
            self.order = match self.order {
                Order::Watch => Order::Name,
                Order::Name => Order::Change,
                Order::Change => Order::Watch,
            };
            return Reaction::Done;
        }
        if !self.cursor.act(action) {
            return Reaction::Ignored;
        }
        self.select(view)
    }

    fn choose_line(&mut self, line: u16, view: &View<'_>) -> Reaction {
        if !self.cursor.choose_line(line) {
            return Reaction::Ignored;
        }
        self.select(view)
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        self.sort(view);
        let cells = view.snap.market.cells();
        let listed = view
            .symbol
            .and_then(|symbol| view.snap.market.place(symbol));
        let chosen = match self.order {
            Order::Watch => listed,
            Order::Name | Order::Change => {
                listed.and_then(|listed| self.sorted.iter().position(|at| *at == listed))
            }
        };
        if let Some(at) = chosen {
            self.cursor.choose(at);
        }
        self.cursor
            .fit(cells.len(), usize::from(area.height.saturating_sub(2)));
        self.settles = None;
        let shown: Vec<&Arc<Cell>> = self.shown(view).collect();
        let mut rows: Vec<Row> = shown
            .into_iter()
            .map(|cell| self.look_at(cell, view))
            .collect();
        let selected = self.cursor.shown().and_then(|at| rows.get_mut(at));
        if let Some(row) = selected {
            row.selected = true;
        }
        self.take(rows, area, view);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let count = view.snap.market.cells().len();
        let summary = format!("{} of {count}", self.grid.rows());
        let by = match self.order {
            Order::Watch => "",
            Order::Name => "by name  ",
            Order::Change => "by change  ",
        };
        let spans = [
            Span::new(by, view.theme.faint()),
            Span::new(summary, view.theme.dim()),
        ];
        let body = view.open(area, buf, "Watchlist", &spans);
        if count == 0 {
            let line = vec![Span::new(
                "no symbols yet: the feed has said nothing",
                view.theme.dim(),
            )];
            view.empty(body, buf, &[line]);
            return;
        }
        self.grid
            .draw(body, buf, &view.table(), self.cursor.shown());
        for (row, line) in self.rows.iter().zip(body.rows().skip(1)) {
            self.draw_spark(row, line, buf, view);
        }
    }

    fn differing(&self) -> Option<&[u16]> {
        self.differing.as_deref()
    }

    fn draw_line(&self, line: u16, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let at = usize::from(line).checked_sub(2);
        let Some((at, row)) = at.and_then(|at| Some((at, self.rows.get(at)?))) else {
            return;
        };
        let line = paint::row(area, line);
        paint::fill(buf, line, view.theme.pane());
        self.grid
            .draw_row(at, line, buf, &view.table(), row.selected);
        self.draw_spark(row, line, buf, view);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        let (old, new) = (&old.market, &new.market);
        if Arc::ptr_eq(old, new) {
            return false;
        }
        let same = old.cells().len() == new.cells().len() && self.order == Order::Watch;
        let rows = self
            .sorted
            .iter()
            .skip(self.cursor.first())
            .take(self.cursor.rows());
        !same
            || rows
                .into_iter()
                .any(|at| match (old.cells().get(*at), new.cells().get(*at)) {
                    (Some(old), Some(new)) => !Arc::ptr_eq(old, new),
                    _ => true,
                })
    }

    fn wake(&self) -> Option<Timestamp> {
        self.settles
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}

/// Returns the closes of the last hour, thinned to at most `room` values.
fn last_hour(cell: &Cell, room: usize) -> Vec<f64> {
    let Some(series) = cell.bars().and_then(|bars| bars.series(Interval::M1)) else {
        return Vec::new();
    };
    let skip = series.len().saturating_sub(60);
    let step = series.len().min(60).div_ceil(room.max(1)).max(1);
    let minutes = series
        .iter()
        .skip(skip)
        .map(|candle| candle.close)
        .enumerate();
    let count = series.len().min(60);
    // Counted from the newest, so that the last one is always the last price.
    minutes
        .filter(|(at, _)| (count - 1 - at).is_multiple_of(step))
        .map(|(_, close)| close)
        .collect()
}
