//! Symbols ranked by one of several columns, with the desk's chosen symbol as the cursor.
//!
//! Owns the order and the scroll. Which numbers the columns hold is the pane's to say.

use std::sync::Arc;

use crate::domain::Symbol;
use crate::event::Study;
use crate::ui::action::Action;
use crate::ui::pane::list::Cursor;
use crate::ui::pane::study;
use crate::ui::pane::{Reaction, View};

/// Symbols in the order of one column's numbers, and the cursor among them, which is the desk's chosen symbol.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    cursor: Cursor,
    column: usize,
    columns: usize,
    order: Vec<usize>,
    symbols: Arc<Vec<Symbol>>,
}

impl Ranked {
    /// Returns the column whose numbers give the order.
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// Takes how many columns there are; the order is by one of them.
    pub(super) fn take_columns(&mut self, columns: usize) {
        self.columns = columns;
        self.column = self.column.min(columns.saturating_sub(1));
    }

    /// Puts the symbols in order, the highest first and what is not known last, with room for so many rows.
    pub(super) fn fit(
        &mut self,
        study: &Study,
        values: &[Option<f64>],
        rows: usize,
        view: &View<'_>,
    ) {
        let of = |at: &usize| values.get(*at).copied().flatten();
        self.symbols = Arc::clone(&study.symbols);
        self.order.clear();
        self.order.extend(0..study.symbols.len());
        self.order.sort_by(|a, b| match (of(a), of(b)) {
            (Some(a), Some(b)) => b.total_cmp(&a),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        let chosen = study::chosen(study, view);
        let place = chosen.and_then(|chosen| self.order.iter().position(|at| *at == chosen));
        if let Some(at) = place {
            self.cursor.choose(at);
        }
        self.cursor.fit(self.order.len(), rows);
    }

    /// Returns the symbols that show, by their place in the study.
    pub(super) fn shown(&self) -> impl Iterator<Item = usize> {
        let from = self.order.iter().skip(self.cursor.first());
        from.take(self.cursor.rows()).copied()
    }

    /// Returns the chosen row among those that show.
    pub(super) fn selected(&self) -> Option<usize> {
        self.cursor.shown()
    }

    /// Takes the next column's order, or a move of the cursor.
    pub(super) fn act(&mut self, action: Action) -> Reaction {
        if action == Action::Sort {
            self.column = (self.column + 1) % self.columns.max(1);
            return Reaction::Done;
        }
        if !self.cursor.act(action) {
            return Reaction::Ignored;
        }
        self.select()
    }

    /// Chooses the row on a line of the pane.
    pub(super) fn choose_line(&mut self, line: u16) -> Reaction {
        if !self.cursor.choose_line(line) {
            return Reaction::Ignored;
        }
        self.select()
    }

    fn select(&self) -> Reaction {
        let at = self.order.get(self.cursor.at());
        let symbol = at.and_then(|at| self.symbols.get(*at));
        symbol.map_or(Reaction::Done, |symbol| Reaction::Select(symbol.clone()))
    }
}
