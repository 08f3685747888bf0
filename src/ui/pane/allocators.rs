//! The allocators side by side: what each would hold, what its portfolio would be like, how far it is from what is held.
//!
//! *Effective names* is one over the sum of squared weights, of weights that add up to one.
//! *Disagreement* is half the sum of differences to the mean of all allocators: the part of
//! the fund that an allocator puts elsewhere. *To trade* is the sum of differences to what
//! is held, as a part of NAV. The other view shows each asset's part of the variance.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::Symbol;
use crate::engine::Snapshot;
use crate::event::{Allocated, Figures, Study};
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::ranked::Ranked;
use crate::ui::pane::study;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::paint::Span;
use crate::ui::widget::sheet::{Field, Head, Sheet};

/// Rows of symbols below which the sums make room.
const ROWS_LEAST: usize = 5;
/// A covariance further off than this, as a part of the largest variance, is worth a look.
const DRIFT_MOST: f64 = 1e-9;

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shows {
    #[default]
    Weights,
    Risk,
}

/// The pane's own state.
#[derive(Debug, Default)]
pub struct AllocatorsPane {
    shows: Shows,
    ranked: Ranked,
    sheet: Sheet,
}

/// A row under the symbols: its name, and a text of an allocator or of what is held.
type Sum = (String, Vec<Field>);

/// What the sums are made of.
struct Sums<'a> {
    study: &'a Study,
    held: &'a [Option<f64>],
    /// The mean weight of the allocators that have weights.
    mean: Vec<f64>,
    view: &'a View<'a>,
}

impl<'a> Sums<'a> {
    fn new(study: &'a Study, held: &'a [Option<f64>], view: &'a View<'a>) -> Self {
        let sound = || {
            study
                .allocators
                .iter()
                .filter(|it| it.weights.fault.is_none())
        };
        let count = sound().count().max(1);
        let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let mean = |at: usize| {
            let weights = sound().filter_map(|it| it.weights.values.get(at).copied().flatten());
            weights.sum::<f64>() / count
        };
        Self {
            mean: (0..study.symbols.len()).map(mean).collect(),
            study,
            held,
            view,
        }
    }

    /// Makes a row of one number an allocator, with what is held in the first column.
    fn row(
        &self,
        name: impl Into<String>,
        held: Option<Field>,
        of: impl Fn(&Allocated) -> Field,
    ) -> Sum {
        let blank = || Field::new("", Style::new());
        let all = self.study.allocators.iter().map(|allocated| {
            if allocated.weights.fault.is_some() {
                blank()
            } else {
                of(allocated)
            }
        });
        let held = held.unwrap_or_else(blank);
        (name.into(), [held].into_iter().chain(all).collect())
    }

    fn share(&self, value: Option<f64>) -> Field {
        let theme = self.view.theme;
        let text = value.and_then(|ratio| format::percent_of(ratio, 1, Sign::Minus));
        text.map_or_else(
            || Field::new(self.view.glyphs.unknown, theme.unknown()),
            |text| Field::new(text, theme.text()),
        )
    }

    fn count(&self, value: Option<f64>) -> Field {
        let theme = self.view.theme;
        let text = value.and_then(|value| format::charted(value, 1));
        text.map_or_else(
            || Field::new(self.view.glyphs.unknown, theme.unknown()),
            |text| Field::new(text, theme.text()),
        )
    }

    /// Returns every row, the most wanted first.
    fn rows(&self) -> Vec<Sum> {
        let view = self.view;
        let dim = view.theme.dim();
        let held = || {
            self.study
                .clusters
                .as_ref()
                .and(study::point_of(self.study, self.held))
        };
        let (volatility, mean) = held().unzip();
        let mut rows = vec![
            self.row("to trade", None, |it| {
                self.share(distance(&it.weights.values, self.held))
            }),
            self.row("volatility", Some(self.share(volatility)), |it| {
                self.share(it.volatility)
            }),
            self.row("disagreement", None, |it| {
                let weights = it.weights.values.iter().map(|w| w.unwrap_or(0.0));
                let apart = weights.zip(&self.mean).map(|(w, mean)| (w - mean).abs());
                self.share(Some(apart.sum::<f64>() / 2.0))
            }),
            self.row("eff. names", Some(self.count(effective(self.held))), |it| {
                self.count(effective(&it.weights.values))
            }),
        ];
        if let Some(at) = study::chosen(self.study, view) {
            let symbol = view.symbol.map_or("", Symbol::as_str);
            rows.push(self.row(format!("risk {symbol}"), None, |it| {
                self.share(it.risk.get(at).copied().flatten())
            }));
        }
        rows.push(self.row("mean return", Some(self.share(mean)), |it| {
            self.share(it.mean)
        }));
        rows.push(self.row("computed", None, |it| {
            Field::new(format::clock(it.weights.made.at), dim)
        }));
        rows.push(self.row("took", None, |it| {
            Field::new(study::took(it.weights.made, view), dim)
        }));
        rows
    }
}

/// Returns the sum of differences between weights and what is held; none where any of it is unknown.
fn distance(weights: &[Option<f64>], held: &[Option<f64>]) -> Option<f64> {
    let pairs = weights.iter().zip(held);
    pairs
        .map(|(weight, held)| Some((weight.unwrap_or(0.0) - (*held)?).abs()))
        .sum()
}

/// Returns how many names of equal weight would be as concentrated; none where nothing is held.
fn effective(weights: &[Option<f64>]) -> Option<f64> {
    let known = || weights.iter().flatten();
    let sum: f64 = known().map(|weight| weight.abs()).sum();
    let squares: f64 = known().map(|weight| weight * weight).sum();
    (squares > 0.0 && sum > study::NOTHING).then(|| sum * sum / squares)
}

impl AllocatorsPane {
    /// Returns the numbers that give the order; the first column is what is held.
    fn values(&self, study: &Study, held: &[Option<f64>]) -> Vec<Option<f64>> {
        let Some(at) = self.ranked.column().checked_sub(1) else {
            return held.to_vec();
        };
        let chosen = study.allocators.get(at);
        chosen.map_or_else(Vec::new, |chosen| self.of(chosen).to_vec())
    }

    fn of<'s>(&self, allocated: &'s Allocated) -> &'s [Option<f64>] {
        match self.shows {
            Shows::Weights => &allocated.weights.values,
            Shows::Risk => &allocated.risk,
        }
    }

    fn heads(&self, study: &Study, view: &View<'_>) -> Vec<Head> {
        let chosen = self.ranked.column();
        let style = if chosen == 0 {
            view.theme.bright()
        } else {
            view.theme.faint()
        };
        let held = Head {
            full: "held".into(),
            short: "held".into(),
            style,
        };
        let beside: Vec<&Figures> = study.allocators.iter().map(|it| &it.weights).collect();
        let all = study.allocators.iter().zip(1..);
        let all = all.map(|(it, at)| study::head(&it.weights, &beside, at == chosen, view));
        [held].into_iter().chain(all).collect()
    }

    fn push_row(&mut self, study: &Study, at: usize, held: &[Option<f64>], view: &View<'_>) {
        let blank = || Field::new("", Style::new());
        let of_held = match self.shows {
            Shows::Weights => {
                let cell = study::weight(held.get(at).copied().flatten(), view);
                Field::new(cell.text, view.theme.dim())
            }
            Shows::Risk => blank(),
        };
        let mut cells = vec![of_held];
        for allocated in &study.allocators {
            cells.push(if allocated.weights.fault.is_some() {
                blank()
            } else {
                study::weight(self.of(allocated).get(at).copied().flatten(), view)
            });
        }
        self.sheet.push(study::name(study, at, view), cells);
    }

    fn lines<'s>(&self, study: &'s Study, view: &View<'_>) -> Vec<Vec<Span<'s>>> {
        let theme = view.theme;
        let all = || study.allocators.iter().map(|it| &it.weights);
        let mut lines = study::faults(all(), view);
        for fault in &study.faults {
            let words = format!("{} {fault}", view.glyphs.refuse);
            lines.push(vec![Span::new(words, theme.deny())]);
        }
        let at = self.ranked.column().checked_sub(1);
        let chosen = at
            .and_then(|at| study.allocators.get(at))
            .map(|it| &it.weights);
        if let Some(chosen) = chosen.filter(|chosen| chosen.fault.is_none()) {
            lines.push(vec![
                Span::new(format!("{} ", chosen.name), theme.dim()),
                Span::new(chosen.from.as_str(), theme.faint()),
            ]);
        }
        lines
    }
}

/// Returns how much of a height is the table's, and how much that of the lines under it.
fn split(height: u16, lines: usize) -> (u16, u16) {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    let lines = lines.min(height.saturating_sub(8));
    (height - lines, lines)
}

impl Pane for AllocatorsPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        if action == Action::ChartStyle {
            self.shows = match self.shows {
                Shows::Weights => Shows::Risk,
                Shows::Risk => Shows::Weights,
            };
            return Reaction::Done;
        }
        self.ranked.act(action)
    }

    fn choose_line(&mut self, line: u16, _view: &View<'_>) -> Reaction {
        self.ranked.choose_line(line)
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        let Some(study) = study::of(view) else {
            return self.sheet.begin(Vec::new(), 0);
        };
        let held = study::held(study, view);
        self.ranked.take_columns(study.allocators.len() + 1);
        let values = self.values(study, &held);
        let lines = self.lines(study, view).len();
        let (height, _) = split(area.height.saturating_sub(1), lines);
        let room = usize::from(height.saturating_sub(1));
        let mut sums = Sums::new(study, &held, view).rows();
        sums.truncate(room.saturating_sub(ROWS_LEAST));
        self.ranked.fit(study, &values, room - sums.len(), view);
        self.sheet
            .begin(self.heads(study, view), self.ranked.column());
        let shown: Vec<usize> = self.ranked.shown().collect();
        for at in shown {
            self.push_row(study, at, &held, view);
        }
        for (name, cells) in sums {
            self.sheet.push(Field::new(name, view.theme.dim()), cells);
        }
        self.sheet.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let title = match self.shows {
            Shows::Weights => "Allocators",
            Shows::Risk => "Allocators: risk",
        };
        let Some(study) = study::of(view) else {
            let body = view.open(area, buf, title, &[]);
            return study::empty(body, buf, view);
        };
        let (shown, all) = self.sheet.shown();
        let count = if shown < all {
            format!("{} of {}", shown.saturating_sub(1), all.saturating_sub(1))
        } else {
            format!("{}", study.allocators.len())
        };
        let unit = match self.shows {
            Shows::Weights => "of NAV",
            Shows::Risk => "of variance",
        };
        let drift = study.drift.map(|drift| {
            let style = if drift > DRIFT_MOST {
                theme.warn()
            } else {
                theme.dim()
            };
            Span::new(format!("covariance off by {drift:.0e}"), style)
        });
        let summary = [
            study::said(view),
            vec![Span::new(count, theme.dim())],
            vec![Span::new(unit, theme.dim())],
            drift.into_iter().collect(),
        ];
        let summary = study::summary(summary.into(), (area, title), view);
        let body = view.open(area, buf, title, &summary);
        if study.allocators.is_empty() {
            let words = "no allocator is set up: the settings name them";
            return view.empty(body, buf, &[vec![Span::new(words, theme.dim())]]);
        }
        let lines = self.lines(study, view);
        let (height, foot) = split(body.height, lines.len());
        let table = Rect::new(body.x, body.y, body.width, height);
        let selected = self.ranked.selected().filter(|_| view.focused);
        self.sheet.draw(table, buf, &view.table(), selected);
        let foot = Rect::new(body.x, body.y + height, body.width, foot);
        study::draw_lines(foot, buf, &lines, view);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        study::touched(old, new)
    }

    fn copy(&self) -> Option<String> {
        self.ranked
            .selected()
            .and_then(|row| self.sheet.row_text(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_what_their_names_say() {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        let four = effective(&some(&[0.1, 0.1, 0.1, 0.1])).unwrap();
        assert!(
            (four - 4.0).abs() < 1e-12,
            "whatever part of the fund they are: {four}"
        );
        let ls = effective(&some(&[0.25, -0.25])).unwrap();
        assert!((ls - 2.0).abs() < 1e-12, "{ls}");
        assert_eq!(effective(&some(&[0.0, 0.0])), None);
        let far = distance(&some(&[0.5, 0.5]), &some(&[0.0, 0.75])).unwrap();
        assert!((far - 0.75).abs() < 1e-12);
        assert_eq!(distance(&some(&[0.5]), &[None]), None);
    }
}
