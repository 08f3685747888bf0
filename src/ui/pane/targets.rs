//! What the fund should hold against what it holds: drift, what limited a target, the sums, and the sleeves behind it.
//!
//! A target nobody speaks of is unknown, not zero. Gross is the sum of sizes, net the sum
//! of signed weights; both are unknown while any part is.

use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smol_str::SmolStr;

use crate::domain::{Rate, Symbol};
use crate::engine::Snapshot;
use crate::event::{Sleeve, Study, Target};
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::list::Cursor;
use crate::ui::pane::study;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::bar::{self, Place, Sides};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::Span;
use crate::ui::widget::sheet::Field;

const COLUMNS: [Column; 7] = [
    Column::new("symbol", Align::Left, 8, 0),
    Column::new("held", Align::Point, 6, 0),
    Column::new("target", Align::Point, 6, 0),
    Column::new("drift", Align::Point, 6, 0),
    Column::new("", Align::Left, 13, 1),
    Column::new("wanted", Align::Point, 6, 3),
    Column::new("limited by", Align::Left, 10, 2).stretched(),
];
/// The column of the bar.
const BAR: usize = 4;
const SLEEVE_COLUMNS: [Column; 5] = [
    Column::new("sleeve", Align::Left, 8, 0),
    Column::new("of NAV", Align::Point, 6, 0),
    Column::new("here", Align::Point, 6, 1),
    Column::new("rule", Align::Left, 12, 0).stretched(),
    Column::new("computed", Align::Left, 8, 2),
];
/// Rows of symbols from which there is room for the sleeves.
const ROWS_LEAST: u16 = 9;
/// The most sleeves under the table.
const SLEEVES_MOST: usize = 6;

/// What the rows stand by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Order {
    #[default]
    Drift,
    Target,
    Held,
    Name,
}

impl Order {
    fn words(self) -> &'static str {
        match self {
            Self::Drift => "by drift",
            Self::Target => "by target",
            Self::Held => "by held",
            Self::Name => "by name",
        }
    }
}

/// One symbol.
#[derive(Debug)]
struct Row {
    /// Where it stands in the study; none for what is held outside of it.
    at: Option<usize>,
    symbol: Symbol,
    held: Option<f64>,
    target: Option<Target>,
}

impl Row {
    fn weight(&self) -> Option<f64> {
        self.target.as_ref().map(|target| target.weight)
    }

    /// Returns how far what is held is from the target: above zero, too much.
    fn drift(&self) -> Option<f64> {
        Some(self.held? - self.weight()?)
    }
}

/// The pane's own state.
#[derive(Debug)]
pub struct TargetsPane {
    rows: Vec<Row>,
    order: Order,
    cursor: Cursor,
    grid: Grid,
    sleeves: Grid,
    /// The largest drift: the bars' whole length.
    most: f64,
}

impl Default for TargetsPane {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            order: Order::default(),
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
            sleeves: Grid::new(&SLEEVE_COLUMNS),
            most: 0.0,
        }
    }
}

/// Lists what has a target and what is held.
fn rows(study: &Study, view: &View<'_>) -> Vec<Row> {
    let held = study::held(study, view);
    let symbols = study.symbols.iter().zip(held).enumerate();
    let inside = symbols.filter_map(|(at, (symbol, held))| {
        let target = study.targets.get(at).cloned().flatten();
        let counts = held.is_none_or(|held| held.abs() > study::NOTHING);
        (target.is_some() || counts).then(|| Row {
            at: Some(at),
            symbol: symbol.clone(),
            held,
            target,
        })
    });
    let outside = view
        .value
        .rows
        .iter()
        .filter(|row| !study.symbols.contains(&row.symbol));
    let outside = outside.map(|row| Row {
        at: None,
        symbol: row.symbol.clone(),
        held: row.nav_ratio.map(Rate::to_f64),
        target: None,
    });
    inside.chain(outside).collect()
}

/// Puts what is known first, the largest first.
fn falling(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// Returns gross and net of some weights; unknown where any is.
fn sums(weights: impl Iterator<Item = Option<f64>> + Clone) -> (Option<f64>, Option<f64>) {
    let gross = weights.clone().map(|weight| weight.map(f64::abs)).sum();
    (gross, weights.sum())
}

impl TargetsPane {
    fn sort(&mut self) {
        let order = self.order;
        self.rows.sort_by(|a, b| {
            let size = |drift: Option<f64>| drift.map(f64::abs);
            let first = match order {
                Order::Drift => falling(size(a.drift()), size(b.drift())),
                Order::Target => falling(a.weight(), b.weight()),
                Order::Held => falling(a.held, b.held),
                Order::Name => Ordering::Equal,
            };
            first.then_with(|| a.symbol.cmp(&b.symbol))
        });
    }

    fn push_row(&mut self, at: usize, study: &Study, view: &View<'_>) {
        let Some(row) = self.rows.get(at) else {
            return;
        };
        let theme = view.theme;
        let name = match row.at {
            Some(at) => study::name(study, at, view),
            None => Field::new(row.symbol.as_str(), theme.text()),
        };
        let (held, target) = (
            study::weight(row.held, view),
            study::weight(row.weight(), view),
        );
        let drift = drift_field(row.drift(), view);
        let wanted = row.target.as_ref().map(|target| target.wanted);
        let wanted = study::weight(wanted, view).text;
        let limited = row
            .target
            .as_ref()
            .and_then(|target| target.limited.clone());
        let words = match (&row.target, limited) {
            (None, _) => SmolStr::new_static("no sleeve speaks of it"),
            (Some(_), Some(words)) => words,
            (Some(_), None) => SmolStr::default(),
        };
        self.grid.push(name.text, name.style);
        self.grid.push(held.text, held.style);
        self.grid.push(target.text, target.style);
        self.grid.push(drift.text, drift.style);
        self.grid.push("", theme.faint());
        self.grid.push(wanted, theme.dim());
        self.grid.push(words, theme.dim());
    }

    /// Adds the sums over all rows, shown or not.
    fn push_sums(&mut self, view: &View<'_>) {
        let theme = view.theme;
        let held = sums(self.rows.iter().map(|row| row.held));
        // What no sleeve speaks of is no part of the fund's target.
        let targets = || self.rows.iter().filter_map(Row::weight);
        let target = sums(targets().map(Some));
        let none = self.rows.iter().all(|row| row.target.is_none());
        let pairs = [("gross", held.0, target.0), ("net", held.1, target.1)];
        for (name, held, target) in pairs {
            let target = target.filter(|_| !none);
            let drift = held.zip(target).map(|(held, target)| held - target);
            self.grid.push(name, theme.dim());
            for field in [
                study::weight(held, view),
                study::weight(target, view),
                drift_field(drift, view),
            ] {
                self.grid.push(field.text, theme.dim());
            }
            self.grid.push("", theme.faint());
            self.grid.push("", theme.dim());
            self.grid.push("", theme.dim());
        }
    }

    fn push_sleeve(&mut self, sleeve: &Sleeve, chosen: Option<usize>, view: &View<'_>) {
        let theme = view.theme;
        let share = study::weight(sleeve.allocation, view);
        let here = chosen.and_then(|at| sleeve.weights.values.get(at).copied().flatten());
        let here = match chosen {
            Some(_) => study::weight(here, view),
            None => Field::new("", theme.dim()),
        };
        let (rule, style) = match &sleeve.weights.fault {
            Some(why) => (SmolStr::new(why), theme.deny()),
            None => (sleeve.rule.clone(), theme.dim()),
        };
        self.sleeves.push(sleeve.name.clone(), theme.text());
        self.sleeves.push(share.text, share.style);
        self.sleeves.push(here.text, here.style);
        self.sleeves.push(rule, style);
        self.sleeves
            .push(format::clock(sleeve.weights.made.at), theme.dim());
    }

    fn draw_bars(&self, table: Rect, buf: &mut Buffer, view: &View<'_>) {
        let Some((x, width)) = self.grid.placed(BAR) else {
            return;
        };
        let theme = view.theme;
        // Too much and too little are both away from the target: neither is good or bad.
        let styles = Sides {
            above: theme.info(),
            below: theme.info(),
            track: theme.faint(),
        };
        let rows = self
            .rows
            .iter()
            .skip(self.cursor.first())
            .take(self.cursor.rows());
        for (row, line) in rows.zip(table.rows().skip(1)) {
            let place = Place {
                x: line.x.saturating_add(x),
                y: line.y,
                width,
            };
            if let Some(drift) = row.drift() {
                bar::centred_bar(buf, place, drift / self.most, styles, view.glyphs);
            }
        }
    }

    fn select(&self) -> Reaction {
        let row = self.rows.get(self.cursor.at());
        row.map_or(Reaction::Done, |row| Reaction::Select(row.symbol.clone()))
    }

    /// Returns the rows of the sleeves' table, its heading counted, in a pane of that height.
    fn sleeve_lines(study: &Study, height: u16) -> u16 {
        let wanted = study.sleeves.len().min(SLEEVES_MOST);
        let wanted = u16::try_from(wanted).unwrap_or(0);
        // A blank line and the headings.
        let fits = wanted > 0 && height >= ROWS_LEAST + wanted + 2;
        if fits { wanted + 2 } else { 0 }
    }
}

/// Writes a drift: what is too much in one style, what is too little in another, both with their sign.
fn drift_field(drift: Option<f64>, view: &View<'_>) -> Field {
    let theme = view.theme;
    let text = drift.and_then(|ratio| format::percent_of(ratio, 1, Sign::Both));
    match (drift, text) {
        (Some(ratio), _) if ratio.abs() < study::NOTHING => Field::new("0", theme.dim()),
        (Some(_), Some(text)) => Field::new(text, theme.text()),
        _ => Field::new(view.glyphs.unknown, theme.unknown()),
    }
}

impl Pane for TargetsPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        if action == Action::Sort {
            self.order = match self.order {
                Order::Drift => Order::Target,
                Order::Target => Order::Held,
                Order::Held => Order::Name,
                Order::Name => Order::Drift,
            };
            return Reaction::Done;
        }
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
        self.grid.clear();
        self.sleeves.clear();
        let Some(study) = study::of(view) else {
            return self.rows.clear();
        };
        self.rows = rows(study, view);
        self.sort();
        let drifts = self.rows.iter().filter_map(Row::drift);
        self.most = drifts.fold(0.01, |most: f64, drift| most.max(drift.abs()));
        let chosen = view.symbol;
        let place = self.rows.iter().position(|row| Some(&row.symbol) == chosen);
        if let Some(at) = place {
            self.cursor.choose(at);
        }
        let height = area.height.saturating_sub(1);
        let below = Self::sleeve_lines(study, height);
        // The headings and the two sums.
        let room = height.saturating_sub(below + 3);
        self.cursor.fit(self.rows.len(), usize::from(room));
        let first = self.cursor.first();
        for at in first..(first + self.cursor.rows()).min(self.rows.len()) {
            self.push_row(at, study, view);
        }
        self.push_sums(view);
        self.grid.place(area.width);
        let at = study::chosen(study, view);
        for sleeve in study.sleeves.iter().take(SLEEVES_MOST) {
            self.push_sleeve(sleeve, at, view);
        }
        self.sleeves.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let Some(study) = study::of(view) else {
            let body = view.open(area, buf, "Targets", &[]);
            return study::empty(body, buf, view);
        };
        let limited = self.rows.iter().filter_map(|row| row.target.as_ref());
        let limited = limited.filter(|target| target.limited.is_some()).count();
        let mut parts = vec![study::said(view)];
        if limited > 0 {
            parts.push(vec![Span::new(format!("{limited} limited"), theme.dim())]);
        }
        parts.push(vec![Span::new(self.order.words(), theme.dim())]);
        let summary = study::summary(parts, (area, "Targets"), view);
        let body = view.open(area, buf, "Targets", &summary);
        if self.rows.is_empty() {
            let line = "no target and nothing held: the fund's sleeves are in the settings";
            return view.empty(body, buf, &[vec![Span::new(line, theme.dim())]]);
        }
        let below = Self::sleeve_lines(study, body.height);
        let table = Rect::new(body.x, body.y, body.width, body.height - below);
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(table, buf, &view.table(), selected);
        self.draw_bars(table, buf, view);
        if below > 0 {
            // Right under the sums where the table does not fill its room.
            let used = u16::try_from(self.grid.rows())
                .unwrap_or(u16::MAX)
                .saturating_add(2);
            let top = table.y + used.min(table.height);
            let rest = Rect::new(body.x, top, body.width, body.bottom().saturating_sub(top));
            self.sleeves.draw(rest, buf, &view.table(), None);
        }
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        study::touched(old, new)
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
