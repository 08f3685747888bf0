//! Orders: what waits for an answer, what works or may work, newest first, then what has ended.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::{Order, OrderId, OrderState, Timestamp};
use crate::engine::Snapshot;
use crate::event::human_veto;
use crate::order::oms::{Flight, OrderRecord};
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::list::Cursor;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::Span;

const COLUMNS: [Column; 7] = [
    Column::new("symbol", Align::Left, 8, 0),
    Column::new("side", Align::Left, 5, 0),
    Column::new("qty", Align::Point, 6, 0),
    Column::new("type", Align::Left, 6, 3),
    Column::new("price", Align::Point, 8, 2),
    Column::new("tif", Align::Left, 3, 4),
    Column::new("state", Align::Left, 9, 1).stretched(),
];

/// The pane's own state.
#[derive(Debug)]
pub struct OrdersPane {
    cursor: Cursor,
    grid: Grid,
    /// When a time that is left reads a second less.
    turns: Option<Timestamp>,
}

impl Default for OrdersPane {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
            turns: None,
        }
    }
}

/// Iterates over orders as the pane lists them.
fn listed(snap: &Snapshot) -> impl Iterator<Item = &Arc<OrderRecord>> {
    let waiting = snap.orders.waiting().rev();
    let live = snap.orders.live().rev();
    waiting.chain(live).chain(snap.orders.done().rev())
}

/// Returns where an order stands, in words and style.
pub fn standing(record: &OrderRecord, view: &View<'_>) -> (String, Style) {
    let theme = view.theme;
    let order = &record.order;
    if let Some(waiting) = &record.waiting {
        // The time first: a narrow pane cuts the name and not the number.
        let left = format::seconds_left(waiting.until.since(view.now));
        let (who, style) = if waiting.gate == human_veto() {
            ("you", theme.warn())
        } else {
            (waiting.gate.as_str(), theme.unknown())
        };
        return (format!("{} {left}s {who}", view.glyphs.ask), style);
    }
    if record.replacement.is_some() {
        return ("replacing".to_owned(), theme.warn());
    }
    match &record.flight {
        Flight::PendingRisk => ("judging".to_owned(), theme.dim()),
        Flight::InFlight { .. } => ("in flight".to_owned(), theme.info()),
        Flight::Unknown { .. } => (format!("{} unknown", view.glyphs.ask), theme.unknown()),
        Flight::PendingCancel { .. } => ("canceling".to_owned(), theme.warn()),
        Flight::Working if order.filled_quantity.is_positive() => (filled_of(order), theme.text()),
        Flight::Working => ("working".to_owned(), theme.text()),
        Flight::Done => match record.state() {
            OrderState::Rejected => {
                let why = order.rejected_reason.as_deref().unwrap_or("rejected");
                let gate = record
                    .verdicts
                    .last()
                    .filter(|verdict| verdict.code.is_some());
                let by = gate.map_or(String::new(), |verdict| format!("{}: ", verdict.gate));
                (format!("{} {by}{why}", view.glyphs.refuse), theme.deny())
            }
            OrderState::Filled => (format!("{} filled", view.glyphs.pass), theme.dim()),
            state if record.replaced_by.is_some() || state == OrderState::Canceled => {
                let word = match record.replaced_by {
                    Some(_) => "replaced",
                    None => "canceled",
                };
                if order.filled_quantity.is_positive() {
                    (format!("{word}, {}", filled_of(order)), theme.dim())
                } else {
                    (word.to_owned(), theme.dim())
                }
            }
            state => (state.as_str().to_owned(), theme.dim()),
        },
    }
}

fn filled_of(order: &Order) -> String {
    let (done, of) = (
        format::quantity(order.filled_quantity),
        format::quantity(order.quantity),
    );
    format!("{done}/{of} filled")
}

impl OrdersPane {
    /// Says which symbol the chosen row is about.
    fn select(&self, view: &View<'_>) -> Reaction {
        let chosen = listed(view.snap).nth(self.cursor.at());
        chosen.map_or(Reaction::Done, |record| {
            Reaction::Select(record.order.symbol.clone())
        })
    }

    /// Returns the chosen order's id.
    pub fn chosen(&self, view: &View<'_>) -> Option<OrderId> {
        let record = listed(view.snap).nth(self.cursor.at())?;
        Some(record.order.order_id.clone())
    }

    fn push_row(&mut self, record: &OrderRecord, view: &View<'_>) {
        let theme = view.theme;
        let order = &record.order;
        let live = record.is_live() || record.waiting.is_some();
        let text = if live { theme.text() } else { theme.dim() };
        self.grid.push(order.symbol.as_str(), text);
        let side = if live {
            view.side(order.side)
        } else {
            theme.dim()
        };
        self.grid
            .push(order.side.as_str().to_ascii_uppercase(), side);
        self.grid.push(format::quantity(order.quantity), text);
        self.grid
            .push(order.order_type.as_str().replace('_', " "), theme.dim());
        let decimals = view.decimals(&order.symbol);
        let price = order
            .limit_price
            .or(order.stop_price)
            .or(order.avg_fill_price);
        let price = price.map(|price| format::price(price, decimals));
        let unknown = || smol_str::SmolStr::new_static(view.glyphs.unknown);
        self.grid.push(price.unwrap_or_else(unknown), text);
        self.grid.push(order.tif.as_str(), theme.dim());
        let (words, style) = standing(record, view);
        self.grid.push(words, style);
    }
}

impl Pane for OrdersPane {
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
        let count = listed(view.snap).count();
        self.cursor
            .fit(count, usize::from(area.height.saturating_sub(2)));
        self.grid.clear();
        for record in listed(view.snap)
            .skip(self.cursor.first())
            .take(self.cursor.rows())
        {
            self.push_row(record, view);
        }
        self.grid.place(area.width);
        let left = |record: &Arc<OrderRecord>| {
            let left = record.waiting.as_ref()?.until.since(view.now);
            Some(view.now.plus(format::next_second(left)))
        };
        self.turns = view.snap.orders.waiting().filter_map(left).min();
    }

    fn wake(&self) -> Option<Timestamp> {
        self.turns
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let working = view.snap.orders.live_count();
        let mut summary = vec![Span::new(format!("{working} working"), view.theme.dim())];
        let waiting = view.snap.orders.waiting_count();
        if waiting > 0 {
            let words = format!(" {} {waiting} waiting", view.glyphs.dot);
            summary.push(Span::new(words, view.theme.warn()));
        }
        let body = view.open(area, buf, "Orders", &summary);
        if self.grid.rows() == 0 {
            let mut line = vec![Span::new("no orders: ", view.theme.dim())];
            line.extend(view.hint(Action::Buy));
            line.push(Span::new("  ", view.theme.dim()));
            line.extend(view.hint(Action::Sell));
            view.empty(body, buf, &[line]);
            return;
        }
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(body, buf, &view.table(), selected);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        !Arc::ptr_eq(&old.orders, &new.orders)
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
