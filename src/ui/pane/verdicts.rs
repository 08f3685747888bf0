//! The verdict stream: what the gates said of each order, newest first; narrowed by what is typed.
//!
//! A filter is words, each of which must be found: in the symbol, the side, the code
//! or the name of the gate that refused. `refused` and `approved` stand for the outcome.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::GateName;
use crate::engine::Snapshot;
use crate::event::{Outcome, Verdict, human_veto};
use crate::order::risk::Judgement;
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::gates::counts;
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
    filter: String,
    /// Whether the filter is being typed.
    typing: bool,
    /// How many match.
    found: usize,
}

impl Default for VerdictsPane {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
            filter: String::new(),
            typing: false,
            found: 0,
        }
    }
}

/// The longest filter, in bytes.
const FILTER_MOST: usize = 64;

/// Returns true when a judgement has every word of a filter in lower case.
fn matches(judgement: &Judgement, filter: &str) -> bool {
    let refusing = judgement
        .verdicts
        .iter()
        .find(|verdict| verdict.outcome == Outcome::Refuse);
    let code = refusing.and_then(|verdict| verdict.code.as_ref());
    let gate = refusing.map_or("", |verdict| verdict.gate.as_str());
    let has = |text: &str, word: &str| {
        // Words and names are ASCII but for what a person types.
        let (text, word) = (text.as_bytes(), word.as_bytes());
        let same = |part: &[u8]| part.eq_ignore_ascii_case(word);
        text.windows(word.len().max(1)).any(same)
    };
    filter.split_whitespace().all(|word| match word {
        "refused" => !judgement.approved,
        "approved" => judgement.approved,
        _ => {
            has(judgement.symbol.as_str(), word)
                || has(judgement.side.as_str(), word)
                || has(gate, word)
                || code.is_some_and(|code| has(&code.text(), word))
        }
    })
}

impl VerdictsPane {
    /// Begins to take letters into the filter.
    pub fn filter(&mut self) {
        self.typing = true;
    }

    /// Takes a letter into the filter.
    pub fn typed(&mut self, letter: char) {
        if self.filter.len() + letter.len_utf8() <= FILTER_MOST {
            self.filter.push(letter.to_ascii_lowercase());
        }
    }

    /// Takes the filter's last letter away; returns false when there was none.
    pub fn erase(&mut self) -> bool {
        self.filter.pop().is_some()
    }

    /// Ends the typing, and keeps the filter or lets everything show again.
    pub fn filtered(&mut self, keep: bool) {
        self.typing = false;
        if !keep {
            self.filter.clear();
        }
    }

    /// Returns the judgements that the filter lets through, newest first.
    fn shown<'s>(&'s self, snap: &'s Snapshot) -> impl Iterator<Item = &'s Arc<Judgement>> {
        let all = snap.risk.judgements().iter().rev();
        all.filter(|judgement| self.filter.is_empty() || matches(judgement, &self.filter))
    }

    /// Returns the judgement of the chosen row.
    pub fn chosen(&self, snap: &Snapshot) -> Option<Arc<Judgement>> {
        self.shown(snap).nth(self.cursor.at()).cloned()
    }

    /// Says which symbol the chosen row is about.
    fn select(&self, view: &View<'_>) -> Reaction {
        let chosen = self.chosen(view.snap);
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
        let mut refusals = judgement.verdicts.iter();
        let refusing = refusals.find(|verdict| verdict.outcome == Outcome::Refuse);
        let refusing = refusing.filter(|_| !judgement.approved);
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
        self.found = if self.filter.is_empty() {
            view.snap.risk.judgements().len()
        } else {
            self.shown(view.snap).count()
        };
        self.cursor
            .fit(self.found, usize::from(area.height.saturating_sub(2)));
        self.grid.clear();
        let rows = self.shown(view.snap).skip(self.cursor.first());
        let rows: Vec<_> = rows.take(self.cursor.rows()).cloned().collect();
        for judgement in rows {
            self.push_row(&judgement, view);
        }
        self.grid.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let (approved, refused) = counts(view);
        let all = view.snap.risk.judgements().len();
        let filtering = self.typing || !self.filter.is_empty();
        let words = if filtering {
            format!("{} of {all}", self.found)
        } else {
            let dot = view.glyphs.dot;
            format!("{} today {dot} {refused} refused", approved + refused)
        };
        let style = if filtering { theme.info() } else { theme.dim() };
        let caret = if self.typing { view.glyphs.caret } else { "" };
        let title = if filtering {
            format!("Verdicts /{}{caret}", self.filter)
        } else {
            "Verdicts".to_owned()
        };
        let body = view.open(area, buf, &title, &[Span::new(words, style)]);
        if self.grid.rows() == 0 {
            let line = if all == 0 {
                "no verdicts yet: each order sent is judged by seven gates, here"
            } else {
                "none matches: a symbol, side, code, gate, refused, approved"
            };
            view.empty(body, buf, &[vec![Span::new(line, theme.dim())]]);
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
