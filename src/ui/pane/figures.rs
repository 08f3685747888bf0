//! Scores of the factors and weights of the sizers: symbols ranked by one method, the others beside it.
//!
//! The bar is the chosen method's number to either side of zero, against the largest of
//! them. A method without numbers says why at the foot.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::engine::Snapshot;
use crate::event::{Figures, Study};
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::ranked::Ranked;
use crate::ui::pane::study;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::bar::{self, Place, Sides};
use crate::ui::widget::paint::Span;
use crate::ui::widget::sheet::{Field, Sheet};

/// Which of the study's figures a pane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    Scores,
    Sizers,
}

/// Rows of symbols below which the lines of when and how long make room.
const ROWS_LEAST: u16 = 7;

/// The pane's own state.
#[derive(Debug)]
pub struct FiguresPane {
    shows: Shows,
    ranked: Ranked,
    sheet: Sheet,
    /// Each shown symbol's number over the largest, where known.
    ratios: Vec<Option<f64>>,
}

impl FiguresPane {
    /// Makes the pane of the factors' scores.
    pub fn scores() -> Self {
        Self::new(Shows::Scores)
    }

    /// Makes the pane of the sizers' weights.
    pub fn sizers() -> Self {
        Self::new(Shows::Sizers)
    }

    fn new(shows: Shows) -> Self {
        Self {
            shows,
            ranked: Ranked::default(),
            sheet: Sheet::new(true),
            ratios: Vec::new(),
        }
    }

    fn figures<'s>(&self, study: &'s Study) -> &'s [Arc<Figures>] {
        match self.shows {
            Shows::Scores => &study.factors,
            Shows::Sizers => &study.sizers,
        }
    }

    fn cell(&self, value: Option<f64>, view: &View<'_>) -> Field {
        match self.shows {
            Shows::Scores => study::score(value, view),
            Shows::Sizers => study::weight(value, view),
        }
    }

    /// Returns what stands under the table: what the chosen method was made from, and faults.
    fn lines<'s>(&self, study: &'s Study, view: &View<'_>) -> Vec<Vec<Span<'s>>> {
        let theme = view.theme;
        let figures = self.figures(study);
        let mut lines = study::faults(figures.iter().map(|figures| &**figures), view);
        if self.shows == Shows::Sizers {
            lines.extend(study::heard_faults(study, view));
        }
        let chosen = figures.get(self.ranked.column());
        if let Some(chosen) = chosen.filter(|chosen| chosen.fault.is_none()) {
            let name = format!("{} ", chosen.name);
            lines.push(vec![
                Span::new(name, theme.dim()),
                Span::new(chosen.from.as_str(), theme.faint()),
            ]);
        }
        lines
    }

    /// Rows that say when each was computed and how long it took, where there is room.
    fn push_made(&mut self, study: &Study, view: &View<'_>) {
        let dim = view.theme.dim();
        let figures: Vec<_> = self.figures(study).iter().map(|it| it.made).collect();
        let at = figures
            .iter()
            .map(|made| Field::new(format::clock(made.at), dim));
        self.sheet.push(Field::new("computed", dim), at.collect());
        let took = figures
            .iter()
            .map(|made| Field::new(study::took(*made, view), dim));
        self.sheet.push(Field::new("took", dim), took.collect());
    }

    fn draw_bars(&self, body: Rect, buf: &mut Buffer, view: &View<'_>) {
        let Some((x, width)) = self.sheet.bar() else {
            return;
        };
        let theme = view.theme;
        let styles = Sides {
            above: theme.info(),
            below: theme.down(),
            track: theme.faint(),
        };
        for (ratio, line) in self.ratios.iter().zip(body.rows().skip(1)) {
            let place = Place {
                x: line.x.saturating_add(x),
                y: line.y,
                width,
            };
            if let Some(ratio) = *ratio {
                bar::centred_bar(buf, place, ratio, styles, view.glyphs);
            }
        }
    }

    fn unit(&self) -> &'static str {
        match self.shows {
            Shows::Scores => "z",
            Shows::Sizers => "of NAV",
        }
    }
}

/// Returns how much of a height is left for rows once the lines at the foot are there.
fn split(height: u16, lines: usize) -> (u16, u16) {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    let lines = lines.min(height.saturating_sub(ROWS_LEAST));
    (height - lines, lines)
}

impl Pane for FiguresPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        self.ranked.act(action)
    }

    fn choose_line(&mut self, line: u16, _view: &View<'_>) -> Reaction {
        self.ranked.choose_line(line)
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        let Some(study) = study::of(view) else {
            self.ratios.clear();
            return self.sheet.begin(Vec::new(), 0);
        };
        let figures = self.figures(study);
        self.ranked.take_columns(figures.len());
        let chosen = self.ranked.column();
        let lines = self.lines(study, view).len();
        let (height, _) = split(area.height.saturating_sub(1), lines);
        // Headings, then rows, then the two rows of when and how long.
        let made = if height > ROWS_LEAST + 3 { 2 } else { 0 };
        let room = usize::from(height.saturating_sub(1 + made));
        let none = Vec::new();
        let values = figures.get(chosen).map_or(&none, |figures| &figures.values);
        self.ranked.fit(study, values, room, view);
        let most = values
            .iter()
            .flatten()
            .fold(0.0_f64, |most, v| most.max(v.abs()));
        let ratio = |at: usize| {
            let value = values.get(at).copied().flatten()?;
            Some(if most > 0.0 { value / most } else { 0.0 })
        };
        self.ratios = self.ranked.shown().map(ratio).collect();
        let beside: Vec<&Figures> = figures.iter().map(|figures| &**figures).collect();
        let heads = figures.iter().enumerate();
        let heads = heads.map(|(at, figures)| study::head(figures, &beside, at == chosen, view));
        self.sheet.begin(heads.collect(), chosen);
        let shown: Vec<usize> = self.ranked.shown().collect();
        for at in &shown {
            let value = |figures: &Arc<Figures>| {
                if figures.fault.is_some() {
                    return Field::new("", Style::new());
                }
                self.cell(figures.values.get(*at).copied().flatten(), view)
            };
            let cells = figures.iter().map(value).collect();
            self.sheet.push(study::name(study, *at, view), cells);
        }
        if made > 0 {
            self.push_made(study, view);
        }
        self.sheet.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let title = match self.shows {
            Shows::Scores => "Scores",
            Shows::Sizers => "Sizers",
        };
        let Some(study) = study::of(view) else {
            let body = view.open(area, buf, title, &[]);
            return study::empty(body, buf, view);
        };
        let figures = self.figures(study);
        let (shown, all) = self.sheet.shown();
        let count = if shown < all {
            format!("{shown} of {all}")
        } else {
            format!("{all}")
        };
        let heard = match self.shows {
            Shows::Scores => Vec::new(),
            Shows::Sizers => study::heard(study, view),
        };
        let summary = [
            study::said(view),
            heard,
            vec![Span::new(count, theme.dim())],
            vec![Span::new(self.unit(), theme.dim())],
        ];
        let summary = study::summary(summary.into(), (area, title), view);
        let body = view.open(area, buf, title, &summary);
        if figures.is_empty() {
            let words = match self.shows {
                Shows::Scores => "no factor is set up: the settings name them",
                Shows::Sizers => "no sizer is set up: the settings name them",
            };
            return view.empty(body, buf, &[vec![Span::new(words, theme.dim())]]);
        }
        let lines = self.lines(study, view);
        let (height, foot) = split(body.height, lines.len());
        let table = Rect::new(body.x, body.y, body.width, height);
        let selected = self.ranked.selected().filter(|_| view.focused);
        self.sheet.draw(table, buf, &view.table(), selected);
        self.draw_bars(table, buf, view);
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
