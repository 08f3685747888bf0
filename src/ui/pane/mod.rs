//! The panes of the desk: one file each.
//!
//! A pane owns only what can be lost without harm: cursor, scroll, sort, draft
//! text. Facts come from the [`View`]. It gets actions, never keys, and changes
//! itself in `act` and `fit` only; `draw` reads.

pub mod allocators;
pub mod basket;
pub mod chart;
pub mod clusters;
pub mod drawdown;
pub mod exposures;
pub mod figures;
pub mod fills;
pub mod frontier;
pub mod gates;
pub mod header;
pub mod hints;
pub mod history;
pub mod limits;
pub mod list;
pub mod loss;
pub mod orders;
pub mod positions;
mod ranked;
mod study;
pub mod targets;
pub mod ticket;
pub mod verdicts;
pub mod watchlist;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::{Quantity, Side, Symbol, Timestamp};
use crate::engine::Snapshot;
use crate::market::Freshness;
use crate::order::ledger::Valuation;
use crate::ui::action::{Action, Scope};
use crate::ui::format;
use crate::ui::glyph::Glyphs;
use crate::ui::keymap::Keymap;
use crate::ui::theme::Theme;
use crate::ui::widget::paint::{self, Span};
use crate::ui::widget::{grid, strip};

/// Everything a pane may look at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The facts.
    pub snap: &'a Snapshot,
    /// The books, valued at the snapshot's marks.
    pub value: &'a Valuation,
    /// The moment.
    pub now: Timestamp,
    /// Styles.
    pub theme: &'a Theme,
    /// Marks.
    pub glyphs: &'a Glyphs,
    /// Keys, for the words that name them.
    pub keys: &'a Keymap,
    /// Where keys are looked up on the bare desk.
    pub scope: Scope,
    /// The selected symbol.
    pub symbol: Option<&'a Symbol>,
    /// Whether the pane has the focus.
    pub focused: bool,
    /// The pane's number.
    pub number: u8,
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Reaction {
    /// Not for this pane.
    Ignored,
    /// Taken; the pane may look different.
    Done,
    /// Another symbol was chosen.
    Select(Symbol),
}

impl Reaction {
    /// Returns what came of an action that the pane's cursor alone may take.
    fn when(taken: bool) -> Self {
        if taken { Self::Done } else { Self::Ignored }
    }
}

/// A part of the desk that shows one thing.
pub trait Pane: std::fmt::Debug {
    /// Takes an action.
    fn act(&mut self, action: Action, view: &View<'_>) -> Reaction;
    /// Builds the rows that show and keeps cursor and scroll in bounds: the one step that changes it before a frame.
    fn fit(&mut self, area: Rect, view: &View<'_>);
    /// Paints the pane as [`Pane::fit`] left it.
    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>);
    /// Returns the lines, counted from its strip, that [`Pane::fit`] left different; none when all of them may be.
    fn differing(&self) -> Option<&[u16]> {
        None
    }
    /// Paints one line of those that differ, where the others still stand as they were painted.
    fn draw_line(&self, _line: u16, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        self.draw(area, buf, view);
    }
    /// Returns true when a new snapshot may show differently.
    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool;
    /// Returns the least time between two paints that nothing but prices asked for.
    fn calm(&self) -> Duration {
        Duration::ZERO
    }
    /// Returns when the pane looks different with time alone, if it does.
    fn wake(&self) -> Option<Timestamp> {
        None
    }
    /// Chooses the row on a line of the pane, counted from its strip, as a click does.
    fn choose_line(&mut self, _line: u16, _view: &View<'_>) -> Reaction {
        Reaction::Ignored
    }
    /// Returns the text of the selected row, where there is one.
    fn copy(&self) -> Option<String> {
        None
    }
}

impl View<'_> {
    /// Returns the style of a side's word.
    pub fn side(&self, side: Side) -> Style {
        match side {
            Side::Buy => self.theme.up(),
            Side::Sell | Side::Short => self.theme.down(),
            Side::Cover => self.theme.info(),
        }
    }

    /// Returns the style of a figure by its sign.
    pub fn signed(&self, positive: bool, negative: bool) -> Style {
        match (positive, negative) {
            (true, _) => self.theme.up(),
            (_, true) => self.theme.down(),
            _ => self.theme.text(),
        }
    }

    /// Returns the decimals a symbol's price is written with.
    pub fn decimals(&self, symbol: &Symbol) -> u32 {
        let known = self.snap.market.instrument(symbol);
        known.map_or(2, |instrument| instrument.price_decimals())
    }

    /// Returns when the age of a quote reads differently: as it turns stale, then with each step of its text.
    pub fn age_turns(&self, freshness: Freshness) -> Option<Timestamp> {
        let step = match freshness {
            Freshness::Unknown => return None,
            Freshness::Fresh(age) => {
                let left = self.snap.market.stale_after().saturating_sub(age);
                left + Duration::from_millis(1)
            }
            Freshness::Stale(age) => {
                let step = format::SILENCE_STEP.as_micros();
                let left = step - age.as_micros() % step;
                Duration::from_micros(u64::try_from(left).unwrap_or(0))
            }
        };
        Some(self.now.plus(step))
    }

    /// Returns the styles of a table.
    pub fn table(&self) -> grid::Look {
        grid::Look {
            heading: self.theme.faint(),
            cursor: self.theme.cursor(),
            mark: self.theme.accent(),
            glyph: self.glyphs.cursor,
            more: self.glyphs.more,
        }
    }

    /// Paints a pane's ground and strip and returns what is left for its content.
    pub fn open(&self, area: Rect, buf: &mut Buffer, title: &str, summary: &[Span<'_>]) -> Rect {
        paint::fill(buf, area, self.theme.pane());
        let digit = if self.focused {
            self.theme.key()
        } else {
            self.theme.faint()
        };
        let strip = strip::Strip {
            number: (self.number > 0).then_some(self.number),
            title,
            summary,
            ground: self.theme.strip(self.focused),
            name: self.theme.title(self.focused),
            digit,
        };
        strip::draw(area, buf, &strip);
        Rect::new(
            area.x,
            area.y + 1.min(area.height),
            area.width,
            area.height.saturating_sub(1),
        )
    }

    /// Paints what would fill an empty pane and which key does it.
    pub fn empty(&self, area: Rect, buf: &mut Buffer, lines: &[Vec<Span<'_>>]) {
        for (line, row) in lines.iter().zip(area.rows().skip(1)) {
            let room = row.width.saturating_sub(2);
            paint::spans(buf, (row.x.saturating_add(1), row.y), room, line);
        }
    }

    /// Returns the key of an action here; empty where it has none, or where that key means something else.
    pub fn key(&self, action: Action) -> String {
        if self.keys.is_shadowed(self.scope, action) {
            return String::new();
        }
        self.keys.key_of(action)
    }

    /// Returns a key's name and what it does, as hints write them.
    pub fn hint(&self, action: Action) -> Vec<Span<'static>> {
        self.hint_as(action, action.spec().label)
    }

    /// Returns a key's name and what it does here, in other words than its own.
    pub fn hint_as(&self, action: Action, label: &str) -> Vec<Span<'static>> {
        let key = self.key(action);
        if key.is_empty() {
            return Vec::new();
        }
        vec![
            Span::new(pretty(&key), self.theme.key()),
            Span::new(format!(" {label}"), self.theme.dim()),
        ]
    }
}

/// Returns a key as hints write it.
pub fn pretty(key: &str) -> String {
    match key {
        "enter" => "Enter".to_owned(),
        "esc" => "Esc".to_owned(),
        "space" => "Space".to_owned(),
        "tab" => "Tab".to_owned(),
        other => other.to_owned(),
    }
}

/// Returns a signed quantity for tables.
pub fn units(quantity: Quantity) -> smol_str::SmolStr {
    format::quantity(quantity)
}
