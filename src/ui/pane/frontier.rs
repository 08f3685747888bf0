//! The efficient frontier: mean return over volatility, with the assets, each allocator, and what is held.
//!
//! What is held is measured with the study's own correlations and volatilities; cash counts
//! as neither. An asset far out to the right or below is left out of the plot and counted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smol_str::SmolStr;

use crate::engine::Snapshot;
use crate::event::{Figures, Frontier, Study};
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::study;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::theme::Role;
use crate::ui::widget::bar::steps;
use crate::ui::widget::paint::{self, Span};
use crate::ui::widget::plot::{self, Bar, Look, Mark, Plot};

/// Marks of the allocators, in their order.
const LETTERS: [&str; 16] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p",
];
/// Columns of one entry of the legend.
const ENTRY: u16 = 32;
/// Rows of the least plot.
const PLOT_LEAST: u16 = 7;
/// Columns of the plot a point of the curve takes.
const POINT: u16 = 2;

/// Volatility and mean return, per year.
type Point = (f64, f64);

/// One point with a name.
#[derive(Debug)]
struct Entry {
    mark: &'static str,
    name: SmolStr,
    /// The name in few letters.
    short: SmolStr,
    point: Option<Point>,
    style: Style,
}

/// The pane's own state.
#[derive(Debug, Default)]
pub struct FrontierPane {
    entries: Vec<Entry>,
    bars: Vec<Bar>,
    marks: Vec<Mark>,
    /// The volatility of the first and the last point of the axis.
    span: Point,
    /// Assets that are not in the plot.
    beyond: usize,
    rows: u16,
}

/// Returns the mean return of the frontier at a volatility; NaN where it does not reach.
fn curve_at(points: &[Point], volatility: f64, step: f64) -> f64 {
    let Some((first, last)) = points.first().zip(points.last()) else {
        return f64::NAN;
    };
    if volatility < first.0 {
        // The point of least volatility lies between two of the plot's.
        return if first.0 - volatility < step {
            first.1
        } else {
            f64::NAN
        };
    }
    if volatility > last.0 {
        return if volatility - last.0 < step / 2.0 {
            last.1
        } else {
            f64::NAN
        };
    }
    let found = points.windows(2).find_map(|pair| match pair {
        [a, b] if (a.0..=b.0).contains(&volatility) => {
            let part = if b.0 > a.0 {
                (volatility - a.0) / (b.0 - a.0)
            } else {
                1.0
            };
            Some(a.1 + (b.1 - a.1) * part)
        }
        _ => None,
    });
    found.unwrap_or(f64::NAN)
}

fn percent(value: f64, places: u32) -> SmolStr {
    format::percent_of(value, places, Sign::Minus).unwrap_or_default()
}

impl FrontierPane {
    /// Lists what is marked by name: the sharpest point, what is held, each allocator, the chosen asset.
    fn take_entries(&mut self, study: &Study, frontier: &Frontier, view: &View<'_>) {
        let theme = view.theme;
        let held = study::held(study, view);
        let none_held = held
            .iter()
            .all(|held| held.is_some_and(|held| held.abs() < study::NOTHING));
        let held = study::point_of(study, &held).filter(|_| !none_held);
        self.entries.clear();
        self.entries.push(Entry {
            mark: view.glyphs.full,
            name: if none_held { "nothing held" } else { "held" }.into(),
            short: "held".into(),
            point: held,
            style: theme.bright(),
        });
        self.entries.push(Entry {
            mark: view.glyphs.up,
            name: "sharpest".into(),
            short: "sharpest".into(),
            point: frontier.sharpest,
            style: theme.accent(),
        });
        let beside: Vec<&Figures> = study.allocators.iter().map(|it| &it.weights).collect();
        for (allocated, mark) in study.allocators.iter().zip(LETTERS) {
            let (full, short) = study::title(&allocated.weights, &beside);
            self.entries.push(Entry {
                mark,
                name: full,
                short,
                point: allocated.volatility.zip(allocated.mean),
                style: theme.text(),
            });
        }
        if let Some((symbol, at)) = view.symbol.zip(study::chosen(study, view)) {
            self.entries.push(Entry {
                mark: view.glyphs.hollow,
                name: SmolStr::new(symbol.as_str()),
                short: SmolStr::new(symbol.as_str()),
                point: frontier.assets.get(at).copied().flatten(),
                style: theme.bright(),
            });
        }
    }

    /// Decides what the axes reach over, and puts the curve and the marks on it.
    fn take_points(&mut self, frontier: &Frontier, columns: u16, view: &View<'_>) {
        self.bars.clear();
        self.marks.clear();
        let named = self.entries.iter().filter_map(|entry| entry.point);
        let shown: Vec<Point> = frontier.points.iter().copied().chain(named).collect();
        let finite = || {
            shown
                .iter()
                .filter(|point| point.0.is_finite() && point.1.is_finite())
        };
        let (low, high) = finite().fold((f64::MAX, f64::MIN), |(low, high), point| {
            (low.min(point.0), high.max(point.0))
        });
        let (foot, top) = finite().fold((f64::MAX, f64::MIN), |(foot, top), point| {
            (foot.min(point.1), top.max(point.1))
        });
        self.beyond = 0;
        if low > high || columns < 4 {
            return;
        }
        // A little air, so that nothing stands on the edge.
        let air = ((high - low) * 0.04).max(1e-4);
        let (low, high) = ((low - air).max(0.0), high + air);
        self.span = (low, high);
        let last = f64::from(columns - 1);
        let step = (high - low) / last;
        for at in 0..columns {
            let volatility = low + step * f64::from(at);
            self.bars.push(Bar {
                open: f64::NAN,
                high: top,
                low: foot,
                close: curve_at(&frontier.points, volatility, step),
                volume: 0.0,
            });
        }
        let inside =
            |point: &Point| (low..=high).contains(&point.0) && (foot..=top).contains(&point.1);
        let place = |point: Point, glyph: &'static str, style: Style| Mark {
            bar: usize::from(steps(((point.0 - low) / step).round())),
            price: point.1,
            glyph,
            style,
        };
        for point in frontier.assets.iter().flatten() {
            if inside(point) {
                self.marks
                    .push(place(*point, view.glyphs.dot, view.theme.dim()));
            } else {
                self.beyond += 1;
            }
        }
        // The chosen asset, then the allocators, then what is held on top.
        for entry in self.entries.iter().rev() {
            if let Some(point) = entry.point.filter(|point| inside(point)) {
                self.marks.push(place(point, entry.mark, entry.style));
            }
        }
    }

    /// Returns the label of a point of the axis that has one.
    fn label(&self, at: usize) -> Option<SmolStr> {
        let count = self.bars.len();
        let every = 10;
        if at % every != every / 2 {
            return None;
        }
        let part = f64::from(u32::try_from(at).ok()?) / f64::from(u32::try_from(count).ok()? - 1);
        let (low, high) = self.span;
        let places = u32::from(high - low < 0.1);
        Some(percent(low + (high - low) * part, places))
    }

    fn look(view: &View<'_>) -> Look {
        let theme = view.theme;
        Look {
            bodies: (theme.colour(Role::Up), theme.colour(Role::Down)),
            ground: theme.colour(Role::Pane),
            plain: theme.is_plain(),
            grid: theme.faint(),
            axis: theme.faint(),
            tag: theme.faint(),
            line: theme.info(),
            glyphs: *view.glyphs,
        }
    }

    fn draw_legend(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let columns = (area.width / ENTRY).max(1);
        for (entry, at) in self.entries.iter().zip(0u16..) {
            let (column, line) = (at % columns, at / columns);
            let row = paint::row(area, line);
            if row.is_empty() {
                break;
            }
            let x = row.x + 1 + column * ENTRY;
            let room = row.right().saturating_sub(x).min(ENTRY - 1);
            let end = x + room;
            let text = match entry.point {
                Some((volatility, mean)) => {
                    let mean = format::percent_of(mean, 1, Sign::Both).unwrap_or_default();
                    format!("{:>6} {:>7}", percent(volatility, 1), mean)
                }
                None => view.glyphs.unknown.to_owned(),
            };
            paint::text(buf, (x, row.y), 1, entry.mark, entry.style);
            let names = room.saturating_sub(17);
            let fits = paint::width(&entry.name) <= names;
            let name = if fits { &entry.name } else { &entry.short };
            let name = (name.as_str(), view.glyphs.more);
            paint::text_cut(buf, (x + 2, row.y), names, name, theme.dim());
            let style = if entry.point.is_some() {
                theme.text()
            } else {
                theme.unknown()
            };
            paint::text_right(buf, (end.saturating_sub(1), row.y), 14, &text, style);
        }
    }
}

impl Pane for FrontierPane {
    fn act(&mut self, _action: Action, _view: &View<'_>) -> Reaction {
        Reaction::Ignored
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        self.entries.clear();
        self.bars.clear();
        let Some(study) = study::of(view) else {
            return;
        };
        let Some(frontier) = &study.frontier else {
            return;
        };
        self.take_entries(study, frontier, view);
        let columns = (area.width / ENTRY).max(1);
        let count = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
        let height = area.height.saturating_sub(1);
        self.rows = count
            .div_ceil(columns)
            .min(height.saturating_sub(PLOT_LEAST));
        // The plot writes its prices into the columns at the right.
        let top = frontier
            .points
            .iter()
            .map(|point| point.1)
            .fold(0.0, f64::max);
        let label = paint::width(&percent(top, 1)) + 4;
        let points = area.width.saturating_sub(2 + label) / POINT;
        self.take_points(frontier, points, view);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let Some(study) = study::of(view) else {
            let body = view.open(area, buf, "Frontier", &[]);
            return study::empty(body, buf, view);
        };
        let mut parts = vec![study::said(view)];
        if self.beyond > 0 {
            let assets = if self.beyond == 1 { "asset" } else { "assets" };
            let words = format!("{} {assets} beyond", self.beyond);
            parts.push(vec![Span::new(words, theme.dim())]);
        }
        if let Some(frontier) = &study.frontier {
            parts.push(vec![Span::new(
                study::when(frontier.made, view),
                theme.dim(),
            )]);
        }
        let summary = study::summary(parts, (area, "Frontier"), view);
        let body = view.open(area, buf, "Frontier", &summary);
        if self.bars.is_empty() {
            let line = "two symbols with a history make the first frontier";
            return view.empty(body, buf, &[vec![Span::new(line, theme.dim())]]);
        }
        let rows = self.rows.min(body.height);
        let left = 1.min(body.width);
        let height = body.height - rows;
        let plotted = Rect::new(body.x + left, body.y, body.width - left, height);
        let plot = Plot {
            bars: &self.bars,
            as_line: true,
            lines: &[],
            levels: &[],
            marks: &self.marks,
            reach: None,
            price: &|value| percent(value, 1),
            time: &|at| self.label(at),
            look: Self::look(view),
        };
        plot::draw(plotted, buf, &plot);
        let foot = Rect::new(body.x, body.y + height, body.width, rows);
        self.draw_legend(foot, buf, view);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        study::touched(old, new)
    }

    fn copy(&self) -> Option<String> {
        let lines = self.entries.iter().filter_map(|entry| {
            let (volatility, mean) = entry.point?;
            Some(format!("{}\t{volatility}\t{mean}", entry.name))
        });
        let lines: Vec<String> = lines.collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_drawn_between_its_ends_and_nowhere_else() {
        let points = [(0.10, 0.02), (0.20, 0.06), (0.40, 0.08)];
        let at = |volatility: f64| curve_at(&points, volatility, 0.01);
        assert!((at(0.15) - 0.04).abs() < 1e-12);
        assert!((at(0.30) - 0.07).abs() < 1e-12);
        assert!(
            (at(0.095) - 0.02).abs() < 1e-12,
            "the end is not lost between two points"
        );
        assert!(at(0.05).is_nan() && at(0.5).is_nan());
        assert!(curve_at(&[], 0.1, 0.01).is_nan());
    }
}
