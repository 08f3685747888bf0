//! What was done, newest first.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::engine::Snapshot;
use crate::order::ledger::BookedFill;
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::list::Cursor;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::Span;

const COLUMNS: [Column; 7] = [
    Column::new("time", Align::Left, 8, 2),
    Column::new("symbol", Align::Left, 8, 0),
    Column::new("side", Align::Left, 5, 0),
    Column::new("qty", Align::Point, 6, 0),
    Column::new("price", Align::Point, 8, 1),
    Column::new("fee", Align::Point, 6, 4),
    Column::new("taken", Align::Point, 8, 3),
];

/// The pane's own state.
#[derive(Debug)]
pub struct FillsPane {
    cursor: Cursor,
    grid: Grid,
}

impl Default for FillsPane {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
        }
    }
}

impl FillsPane {
    /// Says which symbol the chosen row is about.
    fn select(&self, view: &View<'_>) -> Reaction {
        let chosen = view.snap.ledger.fills().iter().rev().nth(self.cursor.at());
        chosen.map_or(Reaction::Done, |booked| {
            Reaction::Select(booked.fill.symbol.clone())
        })
    }

    fn push_row(&mut self, booked: &BookedFill, view: &View<'_>) {
        let theme = view.theme;
        let fill = &booked.fill;
        let today = fill.timestamp.day() == view.now.day();
        let time = if today {
            format::clock(fill.timestamp)
        } else {
            format::day(fill.timestamp)
        };
        self.grid.push(time, theme.dim());
        self.grid.push(fill.symbol.as_str(), theme.text());
        self.grid.push(
            fill.side.as_str().to_ascii_uppercase(),
            view.side(fill.side),
        );
        self.grid
            .push(format::quantity(fill.quantity), theme.text());
        let decimals = view.decimals(&fill.symbol).max(fill.price.scale().min(8));
        self.grid
            .push(format::price(fill.price, decimals), theme.text());
        self.grid.push(format::money(fill.fees), theme.dim());
        let taken = booked.realized_usd;
        if taken.is_zero() {
            self.grid.push("", theme.dim());
        } else {
            let style = view.signed(taken.is_positive(), taken.is_negative());
            self.grid.push(format::profit(taken), style);
        }
    }
}

impl Pane for FillsPane {
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
        let fills = view.snap.ledger.fills();
        self.cursor
            .fit(fills.len(), usize::from(area.height.saturating_sub(2)));
        self.grid.clear();
        for booked in fills
            .iter()
            .rev()
            .skip(self.cursor.first())
            .take(self.cursor.rows())
        {
            self.push_row(booked, view);
        }
        self.grid.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let fills = view.snap.ledger.fills();
        let day = view.now.day();
        let today = fills
            .iter()
            .rev()
            .take_while(|booked| booked.fill.timestamp.day() == day);
        let summary = [Span::new(
            format!("today {}", today.count()),
            view.theme.dim(),
        )];
        let body = view.open(area, buf, "Fills", &summary);
        if fills.is_empty() {
            let line = vec![Span::new(
                "no fills yet: what orders do comes here",
                view.theme.dim(),
            )];
            view.empty(body, buf, &[line]);
            return;
        }
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(body, buf, &view.table(), selected);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        !Arc::ptr_eq(&old.ledger, &new.ledger)
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
