//! The verdict stream: what the gates said of each order, newest first.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::GateName;
use crate::engine::Snapshot;
use crate::event::{Outcome, Verdict, human_veto};
use crate::order::risk::Judgement;
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::list::Cursor;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::Span;

const COLUMNS: [Column; 5] = [
    Column::new("time", Align::Left, 8, 2),
    Column::new("", Align::Left, 1, 0).tightened(),
    Column::new("order", Align::Left, 14, 0),
    Column::new("code", Align::Left, 10, 1),
    Column::new("why", Align::Left, 10, 3).stretched(),
];

/// The pane's own state.
#[derive(Debug)]
pub struct VerdictsPane {
    cursor: Cursor,
    grid: Grid,
}

impl Default for VerdictsPane {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
        }
    }
}

impl VerdictsPane {
    /// Says which symbol the chosen row is about.
    fn select(&self, view: &View<'_>) -> Reaction {
        let chosen = view
            .snap
            .risk
            .judgements()
            .iter()
            .rev()
            .nth(self.cursor.at());
        chosen.map_or(Reaction::Done, |judgement| {
            Reaction::Select(judgement.symbol.clone())
        })
    }

    fn push_row(&mut self, judgement: &Judgement, view: &View<'_>) {
        let theme = view.theme;
        self.grid.push(format::clock(judgement.at), theme.dim());
        let asked = judgement.approved.then(|| outside(judgement)).flatten();
        let open = asked.is_some_and(|verdict| verdict.outcome == Outcome::Unanswered);
        let (mark, style) = if open {
            (view.glyphs.ask, theme.unknown())
        } else if judgement.approved {
            (view.glyphs.pass, theme.ok())
        } else {
            (view.glyphs.refuse, theme.deny())
        };
        self.grid.push(mark, style);
        let quantity = format::quantity(judgement.quantity);
        let order = format!("{} {} {quantity}", judgement.symbol, judgement.side);
        self.grid.push(order, theme.text());
        let refusing = judgement.verdicts.last().filter(|_| !judgement.approved);
        let code = refusing.and_then(|verdict| verdict.code.as_ref());
        let code = code.map_or_else(|| "approved".to_owned(), ToString::to_string);
        self.grid.push(
            code,
            if judgement.approved {
                theme.dim()
            } else {
                theme.text()
            },
        );
        let why = refusing.or(asked);
        let why = why.map_or("", |verdict| verdict.reason.as_ref());
        self.grid.push(why, theme.dim());
    }
}

/// Returns what was said outside of an approved order: first of all by whom nothing was.
fn outside(judgement: &Judgement) -> Option<&Verdict> {
    let all = || judgement.verdicts.iter().rev();
    let silent = all().find(|verdict| verdict.outcome == Outcome::Unanswered);
    let (cro, person) = (GateName::CroVeto, human_veto());
    let outside = |verdict: &&Verdict| verdict.gate == cro || verdict.gate == person;
    silent.or_else(|| all().filter(outside).find(|it| it.outcome == Outcome::Pass))
}

impl Pane for VerdictsPane {
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
        let all = view.snap.risk.judgements();
        self.cursor
            .fit(all.len(), usize::from(area.height.saturating_sub(2)));
        self.grid.clear();
        for judgement in all
            .iter()
            .rev()
            .skip(self.cursor.first())
            .take(self.cursor.rows())
        {
            self.push_row(judgement, view);
        }
        self.grid.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let (approved, refused) = view.snap.risk.counts();
        let today = format!("{} today {} ", approved + refused, view.glyphs.dot);
        let summary = [
            Span::new(today, view.theme.dim()),
            Span::new(format!("{refused} refused"), view.theme.dim()),
        ];
        let body = view.open(area, buf, "Verdicts", &summary);
        if self.grid.rows() == 0 {
            let line = "no verdicts yet: each order sent is judged by seven gates, here";
            view.empty(body, buf, &[vec![Span::new(line, view.theme.dim())]]);
            return;
        }
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(body, buf, &view.table(), selected);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        !Arc::ptr_eq(&old.risk, &new.risk)
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
