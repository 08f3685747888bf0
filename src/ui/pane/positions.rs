//! What is held: quantity, average, value, profit, share of the fund.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smol_str::SmolStr;

use crate::domain::{Rate, Symbol, Timestamp};
use crate::engine::Snapshot;
use crate::market::Freshness;
use crate::order::ledger::PositionRow;
use crate::order::stop;
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::list::Cursor;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::Span;

const COLUMNS: [Column; 10] = [
    Column::new("symbol", Align::Left, 8, 0),
    Column::new("qty", Align::Point, 7, 0),
    Column::new("avg", Align::Point, 9, 4),
    Column::new("last", Align::Point, 9, 5),
    Column::new("value", Align::Point, 11, 2),
    Column::new("P&L", Align::Point, 10, 0),
    Column::new("", Align::Point, 6, 1),
    Column::new("NAV", Align::Point, 5, 3),
    Column::new("stop", Align::Point, 9, 6),
    Column::new("", Align::Right, 0, 0),
];

/// The pane's own state.
#[derive(Debug)]
pub struct PositionsPane {
    cursor: Cursor,
    grid: Grid,
    /// When a row turns stale.
    turns: Option<Timestamp>,
}

impl Default for PositionsPane {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
            turns: None,
        }
    }
}

impl PositionsPane {
    /// Says which symbol the chosen row is about.
    fn select(&self, view: &View<'_>) -> Reaction {
        self.chosen(view).map_or(Reaction::Done, Reaction::Select)
    }

    /// Returns the chosen position's symbol.
    pub fn chosen(&self, view: &View<'_>) -> Option<Symbol> {
        let row = view.value.rows.get(self.cursor.at())?;
        Some(row.symbol.clone())
    }

    fn push_row(&mut self, row: &PositionRow, view: &View<'_>) {
        let theme = view.theme;
        let decimals = view.decimals(&row.symbol);
        let unknown = || smol_str::SmolStr::new_static(view.glyphs.unknown);
        self.grid.push(row.symbol.as_str(), theme.text());
        self.grid.push(format::quantity(row.quantity), theme.text());
        self.grid
            .push(format::price(row.avg_price, decimals), theme.dim());
        let freshness = view.snap.market.freshness(&row.symbol, view.now);
        self.turns = self
            .turns
            .into_iter()
            .chain(view.age_turns(freshness))
            .min();
        // A figure at an old mark is an old figure.
        let fresh = matches!(freshness, Freshness::Fresh(_));
        let figure = if fresh { theme.text() } else { theme.dim() };
        let last = row.last_price.map(|price| format::price(price, decimals));
        self.grid.push(last.unwrap_or_else(unknown), figure);
        let value = row.value_usd.map(format::money);
        self.grid.push(value.unwrap_or_else(unknown), figure);
        let profit = row.unrealized_usd;
        let style = profit.filter(|_| fresh).map_or(theme.dim(), |p| {
            view.signed(p.is_positive(), p.is_negative())
        });
        self.grid
            .push(profit.map_or_else(unknown, format::profit), style);
        let ratio = |ratio: Option<Rate>, places, sign| {
            ratio.map_or_else(unknown, |ratio| format::percent(ratio, places, sign))
        };
        self.grid
            .push(ratio(row.unrealized_ratio, 2, Sign::Both), style);
        self.grid
            .push(ratio(row.nav_ratio, 1, Sign::Minus), theme.dim());
        self.grid.push(stop_of(row, view), theme.dim());
        let age = match freshness {
            Freshness::Stale(age) => format::silence(age),
            Freshness::Unknown | Freshness::Fresh(_) => smol_str::SmolStr::default(),
        };
        match exit_of(row, view) {
            Some((words, style)) => self.grid.push(words, style),
            None => self.grid.push(age, theme.warn()),
        }
    }
}

/// Says where a position's synthetic stop lies; nothing while the desk is closing it.
fn stop_of(row: &PositionRow, view: &View<'_>) -> SmolStr {
    let snap = view.snap;
    let holding = snap.ledger.holding(&row.symbol);
    let armed = holding.filter(|_| exit_of(row, view).is_none());
    let distance = snap.risk.limits().and_then(|limits| limits.stop);
    let level = armed
        .zip(distance)
        .and_then(|(held, distance)| stop::level(held, distance));
    let decimals = view.decimals(&row.symbol);
    level.map_or_else(SmolStr::default, |level| format::price(level, decimals))
}

/// Says how far the desk's own closing of a position is.
fn exit_of(row: &PositionRow, view: &View<'_>) -> Option<(&'static str, Style)> {
    let (snap, theme) = (view.snap, view.theme);
    let holding = snap.ledger.holding(&row.symbol)?;
    let exit = snap.risk.exit(&row.symbol)?;
    if exit.epoch != holding.epoch {
        return None;
    }
    let live = |id| snap.orders.get(id).is_some_and(|record| record.is_live());
    Some(match &exit.order_id {
        None => ("exit waits", theme.deny()),
        Some(id) if live(id) => ("exiting", theme.warn()),
        // It left and did not close all of it: there is no second one.
        Some(_) => ("exit spent", theme.deny()),
    })
}

impl Pane for PositionsPane {
    fn act(&mut self, action: Action, view: &View<'_>) -> Reaction {
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
        let rows = &view.value.rows;
        self.cursor
            .fit(rows.len(), usize::from(area.height.saturating_sub(2)));
        self.grid.clear();
        self.turns = None;
        for row in rows
            .iter()
            .skip(self.cursor.first())
            .take(self.cursor.rows())
        {
            self.push_row(row, view);
        }
        self.grid.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let rows = &view.value.rows;
        let mut summary = vec![Span::new(format!("{}", rows.len()), theme.dim())];
        if let Some(profit) = view.value.unrealized_usd.filter(|_| !rows.is_empty()) {
            summary.push(Span::new(format!(" {} ", view.glyphs.dot), theme.dim()));
            let style = view.signed(profit.is_positive(), profit.is_negative());
            summary.push(Span::new(format::profit(profit).to_string(), style));
        }
        let body = view.open(area, buf, "Positions", &summary);
        if rows.is_empty() {
            let mut line = vec![Span::new("nothing held: ", theme.dim())];
            line.extend(view.hint(Action::Buy));
            line.push(Span::new(" the chosen symbol", theme.dim()));
            view.empty(body, buf, &[line]);
            return;
        }
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(body, buf, &view.table(), selected);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        let risk = !Arc::ptr_eq(&old.risk, &new.risk) && new.risk.exits().next().is_some();
        if risk || !Arc::ptr_eq(&old.ledger, &new.ledger) {
            return true;
        }
        if Arc::ptr_eq(&old.market, &new.market) {
            return false;
        }
        // Only marks of what is held move these figures; rates do too, and they are few.
        new.ledger
            .holdings()
            .filter(|held| !held.quantity.is_zero())
            .any(
                |held| match (old.market.cell(&held.symbol), new.market.cell(&held.symbol)) {
                    (Some(old), Some(new)) => !Arc::ptr_eq(old, new),
                    _ => true,
                },
            )
    }

    fn wake(&self) -> Option<Timestamp> {
        self.turns
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
