//! The rebalance basket: what would close the drift, line by line, with what the gates say; and how far what was sent is.
//!
//! Worked out from the study and the books as they are, so what is left after a part was
//! sent is simply the basket again. Nothing is sent from here: staging freezes a basket of
//! its own and asks first.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smol_str::{SmolStr, format_smolstr};

use crate::domain::{IdempotencyKey, Quantity, Side, Symbol, Timestamp};
use crate::engine::Snapshot;
use crate::event::Made;
use crate::order::basket::{Basket, BasketSettings, Line, Skip, Standing, wanted};
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::list::Cursor;
use crate::ui::pane::orders::standing;
use crate::ui::pane::{Pane, Reaction, View, study};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::Span;

/// Columns of a basket's lines, here and where it is reviewed.
pub const COLUMNS: [Column; 7] = [
    Column::new("", Align::Left, 1, 0).tightened(),
    Column::new("symbol", Align::Left, 8, 0),
    Column::new("side", Align::Left, 5, 0),
    Column::new("qty", Align::Point, 6, 0),
    Column::new("USD", Align::Point, 7, 2),
    Column::new("when", Align::Left, 7, 1),
    Column::new("why", Align::Left, 10, 3).stretched(),
];
/// How often quotes alone may change the lines.
const REJUDGED: Duration = Duration::from_secs(5);
/// What the keys of a basket begin with that is only looked at.
const SHOWN: &str = "shown";

/// An order of a basket that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Its key, by which its order is found.
    pub key: IdempotencyKey,
    /// What.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
}

/// The pane's own state.
#[derive(Debug)]
pub struct BasketPane {
    settings: BasketSettings,
    basket: Option<Basket>,
    /// What it was last made of: the record the books go up to, the study, and when.
    made: Option<(u64, Option<Made>, Timestamp)>,
    /// The lines of it that show, by their places: what is on its target does not.
    listed: Vec<usize>,
    sent: Vec<Sent>,
    cursor: Cursor,
    grid: Grid,
}

/// Makes the basket of a snapshot; none without targets.
pub fn basket_of(
    snap: &Snapshot,
    settings: &BasketSettings,
    batch: &IdempotencyKey,
    now: Timestamp,
) -> Option<Basket> {
    let wanted = wanted(snap.study.as_ref()?);
    (!wanted.is_empty()).then(|| snap.books().basket(&wanted, settings, batch, now))
}

/// Adds a line of a basket to a table with [`COLUMNS`].
pub fn push_line(grid: &mut Grid, line: &Line, view: &View<'_>) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let (mark, style) = match line.standing {
        Standing::Now => (glyphs.pass, theme.ok()),
        Standing::AfterReductions | Standing::Later(_) => (glyphs.dot, theme.warn()),
        Standing::Refused => (glyphs.refuse, theme.deny()),
        Standing::Skipped => (glyphs.off, theme.faint()),
    };
    let skipped = line.standing == Standing::Skipped;
    let text = if skipped { theme.dim() } else { theme.text() };
    let chosen = view.symbol == Some(&line.symbol) && !skipped;
    grid.push(mark, style);
    let name = if chosen { theme.bright() } else { text };
    grid.push(line.symbol.as_str(), name);
    if let Some((side, quantity)) = line.trade {
        grid.push(side.as_str(), view.side(side));
        grid.push(format::quantity(quantity), text);
    } else {
        grid.push("", text);
        grid.push("", text);
    }
    let value = match (line.trade, line.notional_usd) {
        (Some(_), Some(value)) => format::compact(value),
        (Some(_), None) => SmolStr::new_static(glyphs.unknown),
        (None, _) => SmolStr::default(),
    };
    grid.push(value, theme.dim());
    let when = match line.standing {
        Standing::Now | Standing::Refused => SmolStr::new_static(line.standing.as_str()),
        Standing::AfterReductions => SmolStr::new_static("waits"),
        Standing::Later(wait) => format_smolstr!("in {} s", format::seconds_left(wait)),
        Standing::Skipped => SmolStr::default(),
    };
    grid.push(when, style);
    let why = if line.standing == Standing::Refused {
        theme.text()
    } else {
        theme.dim()
    };
    let asked = line.reduced.as_ref().filter(|_| line.ticket.is_some());
    let words = match asked {
        Some(reduced) => {
            let wanted = format::quantity(reduced.wanted);
            format_smolstr!("of {wanted}: {}", line.why)
        }
        None => SmolStr::new(&line.why),
    };
    grid.push(words, why);
}

impl BasketPane {
    /// Makes the pane of baskets that are made with these settings.
    pub fn new(settings: BasketSettings) -> Self {
        Self {
            settings,
            basket: None,
            made: None,
            listed: Vec::new(),
            sent: Vec::new(),
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
        }
    }

    /// Returns what baskets are made with.
    pub fn settings(&self) -> &BasketSettings {
        &self.settings
    }

    /// Follows orders that were sent, in place of those before.
    pub fn follow(&mut self, sent: Vec<Sent>) {
        self.sent = sent;
    }

    /// Makes the basket anew, unless it is of the same books and targets and of quotes as good as new.
    fn remake(&mut self, view: &View<'_>) {
        let study = view.snap.study.as_ref().map(|study| study.made);
        if let Some((seq, of, at)) = self.made
            && (seq, of) == (view.snap.seq, study)
            && view.now.since(at) < REJUDGED
        {
            return;
        }
        self.made = Some((view.snap.seq, study, view.now));
        self.basket = IdempotencyKey::new(SHOWN)
            .ok()
            .and_then(|batch| basket_of(view.snap, &self.settings, &batch, view.now));
        self.listed.clear();
        let lines = self.basket.iter().flat_map(|basket| &basket.lines);
        let listed = lines
            .enumerate()
            .filter(|(_, line)| line.skip != Some(Skip::OnTarget));
        self.listed.extend(listed.map(|(at, _)| at));
    }

    fn line(&self, row: usize) -> Option<&Line> {
        let at = self.listed.get(row.checked_sub(self.sent.len())?)?;
        self.basket.as_ref()?.lines.get(*at)
    }

    fn push_sent(&mut self, at: usize, view: &View<'_>) {
        let Some(sent) = self.sent.get(at) else {
            return;
        };
        let theme = view.theme;
        let record = view.snap.orders.by_key(&sent.key);
        let (words, style) = match record {
            Some(record) => standing(record, view),
            None => ("on its way".to_owned(), theme.dim()),
        };
        self.grid.push(view.glyphs.up, theme.info());
        self.grid.push(sent.symbol.as_str(), theme.text());
        self.grid.push(sent.side.as_str(), view.side(sent.side));
        self.grid
            .push(format::quantity(sent.quantity), theme.text());
        self.grid.push("", theme.dim());
        self.grid.push("sent", theme.info());
        self.grid.push(words, style);
    }

    /// Returns what the strip says of the lines.
    fn counts(&self, view: &View<'_>) -> Vec<Vec<Span<'static>>> {
        let theme = view.theme;
        let mut parts = Vec::new();
        if !self.sent.is_empty() {
            let orders = &view.snap.orders;
            let done = self.sent.iter().filter(|sent| {
                let record = orders.by_key(&sent.key);
                record.is_some_and(|record| record.is_done())
            });
            let words = format!("{} of {} sent have ended", done.count(), self.sent.len());
            parts.push(vec![Span::new(words, theme.info())]);
        }
        let Some(basket) = &self.basket else {
            return parts;
        };
        let count = |standing: Standing| basket.count(standing);
        let waits = count(Standing::AfterReductions) + count(Standing::Later(Duration::ZERO));
        let said: [(usize, &str, Style); 3] = [
            (count(Standing::Now), "now", theme.text()),
            (waits, "wait", theme.warn()),
            (count(Standing::Refused), "refused", theme.deny()),
        ];
        for (count, word, style) in said.into_iter().filter(|(count, ..)| *count > 0) {
            parts.push(vec![Span::new(format!("{count} {word}"), style)]);
        }
        if let Some(value) = basket.turnover_usd().filter(|_| !basket.is_empty()) {
            let words = format!("{} USD", format::compact(value));
            parts.push(vec![Span::new(words, theme.dim())]);
        }
        parts
    }

    fn select(&self) -> Reaction {
        let at = self.cursor.at();
        let sent = self.sent.get(at).map(|sent| &sent.symbol);
        let symbol = sent.or_else(|| self.line(at).map(|line| &line.symbol));
        symbol.map_or(Reaction::Done, |symbol| Reaction::Select(symbol.clone()))
    }
}

impl Pane for BasketPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        if !self.cursor.act(action) {
            return Reaction::Ignored;
        }
        self.select()
    }

    fn choose_line(&mut self, line: u16, _view: &View<'_>) -> Reaction {
        if !self.cursor.choose_line(line) {
            return Reaction::Ignored;
        }
        self.select()
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        self.remake(view);
        let count = self.sent.len() + self.listed.len();
        let room = usize::from(area.height.saturating_sub(2));
        self.cursor.fit(count, room);
        self.grid.clear();
        let first = self.cursor.first();
        for row in first..(first + self.cursor.rows()).min(count) {
            if row < self.sent.len() {
                self.push_sent(row, view);
            } else if let Some(line) = self.line(row).cloned() {
                push_line(&mut self.grid, &line, view);
            }
        }
        self.grid.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        if study::of(view).is_none() {
            let body = view.open(area, buf, "Basket", &[]);
            return study::empty(body, buf, view);
        }
        let parts = [vec![study::said(view)], self.counts(view)].concat();
        let summary = study::summary(parts, (area, "Basket"), view);
        let body = view.open(area, buf, "Basket", &summary);
        if self.grid.rows() == 0 {
            let line = if self.basket.is_some() {
                "every target is held: there is nothing to trade"
            } else {
                "no targets: the fund's sleeves are in the settings"
            };
            return view.empty(body, buf, &[vec![Span::new(line, theme.dim())]]);
        }
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(body, buf, &view.table(), selected);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        if study::touched(old, new)
            || !Arc::ptr_eq(&old.orders, &new.orders)
            || !Arc::ptr_eq(&old.risk, &new.risk)
        {
            return true;
        }
        // Quotes size and price the lines; that they move is shown now and then.
        let due = self
            .made
            .is_none_or(|(_, _, at)| new.at.since(at) >= REJUDGED);
        due && new.study.is_some() && !Arc::ptr_eq(&old.market, &new.market)
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
