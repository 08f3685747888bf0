//! How the assets hang together: their correlations as a map, and the dendrogram that puts them in this order.
//!
//! One asset a row, what moves together stands together. Where both have room they stand
//! side by side over the same rows; else one shows and a key shows the other.

mod map;
mod tree;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::Symbol;
use crate::engine::Snapshot;
use crate::event::{Clusters, Study};
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::list::Cursor;
use crate::ui::pane::study;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::paint::{self, Span};

/// Columns of the smallest tree.
const TREE_LEAST: u16 = 16;
/// Columns from which a tree tells nothing more.
const TREE_MOST: u16 = 48;

/// Which of the two shows where there is no room for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shows {
    #[default]
    Map,
    Tree,
}

/// The pane's own state.
#[derive(Debug, Default)]
pub struct ClustersPane {
    shows: Shows,
    cursor: Cursor,
    /// The assets from the top: the leaves of the tree.
    symbols: Vec<Symbol>,
}

/// Returns how alike two leaves are; none where the study does not say.
fn correlation(clusters: &Clusters, row: usize, column: usize) -> Option<f64> {
    let at = row
        .checked_mul(clusters.columns.len())?
        .checked_add(column)?;
    let value = clusters.correlation.get(at).copied();
    value.filter(|value| value.is_finite())
}

/// Returns the leaf most and least like one: their places and correlations.
fn extremes(clusters: &Clusters, row: usize) -> Option<((usize, f64), (usize, f64))> {
    let others = (0..clusters.columns.len()).filter(|at| *at != row);
    let known = others.filter_map(|at| Some((at, correlation(clusters, row, at)?)));
    let known: Vec<(usize, f64)> = known.collect();
    let by = |a: &&(usize, f64), b: &&(usize, f64)| a.1.total_cmp(&b.1);
    let most = known.iter().max_by(by)?;
    let least = known.iter().min_by(by)?;
    Some((*most, *least))
}

/// Where the parts of the pane stand.
struct Parts {
    names: u16,
    map: Option<Rect>,
    tree: Option<Rect>,
    rows: Rect,
    foot: Rect,
}

impl ClustersPane {
    fn parts(&self, body: Rect, clusters: &Clusters) -> Parts {
        let names = self
            .symbols
            .iter()
            .map(|symbol| paint::width(symbol.as_str()));
        let names = names.max().unwrap_or(0) + 3;
        // A heading, the rows, and two lines at the foot.
        let foot = 2.min(body.height.saturating_sub(6));
        let height = body.height.saturating_sub(1 + foot);
        let rows = Rect::new(body.x, body.y + 1.min(body.height), body.width, height);
        let count = u16::try_from(clusters.columns.len()).unwrap_or(u16::MAX);
        let room = body.width.saturating_sub(names + 1);
        let wide = count.saturating_mul(map::WIDE);
        let at = |x: u16, width: u16| Rect::new(rows.x + x, rows.y, width, rows.height);
        let both = wide.saturating_add(2 + TREE_LEAST) <= room;
        let (map, tree) = match (both, self.shows) {
            (true, _) => {
                let tree = (room - wide - 2).min(TREE_MOST);
                (Some(at(names, wide)), Some(at(names + wide + 2, tree)))
            }
            (false, Shows::Map) => (Some(at(names, room)), None),
            (false, Shows::Tree) => (None, Some(at(names, room))),
        };
        Parts {
            names,
            map,
            tree,
            rows,
            foot: Rect::new(body.x, rows.bottom(), body.width, foot),
        }
    }

    fn select(&self) -> Reaction {
        let symbol = self.symbols.get(self.cursor.at());
        symbol.map_or(Reaction::Done, |symbol| Reaction::Select(symbol.clone()))
    }

    /// Returns the two lines at the foot: what is most and least like the chosen asset, and what the shades mean.
    fn foot<'v>(&self, clusters: &Clusters, view: &View<'v>, parts: &Parts) -> Vec<Vec<Span<'v>>> {
        let theme = view.theme;
        let at = self.cursor.at();
        let name = |at: usize| self.symbols.get(at).map_or("", Symbol::as_str).to_owned();
        let number = |rho: f64| {
            let text = format::charted(rho, 2).unwrap_or_default();
            format!(" {}{text}", if rho > 0.0 { "+" } else { "" })
        };
        let mut near = vec![Span::new(format!("{} ", name(at)), theme.bright())];
        match extremes(clusters, at) {
            Some((most, least)) => near.extend([
                Span::new("most like ", theme.dim()),
                Span::new(name(most.0), theme.text()),
                Span::new(number(most.1), theme.text()),
                Span::new(", least like ", theme.dim()),
                Span::new(name(least.0), theme.text()),
                Span::new(number(least.1), theme.text()),
            ]),
            None => near.push(Span::new("stands alone", theme.dim())),
        }
        let mut key = Vec::new();
        if parts.map.is_some() {
            key.extend(map::key(view));
        }
        if parts.map.is_none() || parts.tree.is_none() {
            let label = if parts.map.is_some() { "tree" } else { "map" };
            let hint = view.hint_as(Action::ChartStyle, label);
            if !key.is_empty() && !hint.is_empty() {
                key.push(Span::new("   ", theme.dim()));
            }
            key.extend(hint);
        }
        vec![near, key]
    }

    fn draw_names(&self, parts: &Parts, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let rows = self.symbols.iter().enumerate().skip(self.cursor.first());
        for ((at, symbol), line) in rows.zip(parts.rows.rows()) {
            let chosen = at == self.cursor.at();
            if chosen && view.focused {
                buf.set_style(line, theme.cursor());
                paint::text(buf, (line.x, line.y), 1, view.glyphs.cursor, theme.accent());
            }
            let style = if chosen { theme.bright() } else { theme.text() };
            let room = parts.names.saturating_sub(2);
            paint::text(buf, (line.x + 1, line.y), room, symbol.as_str(), style);
        }
    }
}

/// Returns the study's clusters, when they speak of symbols that it has.
fn of(study: &Study) -> Option<&Clusters> {
    let clusters = study.clusters.as_deref()?;
    let count = clusters.columns.len();
    let sound = clusters.correlation.len() == count.saturating_mul(count)
        && clusters.columns.iter().all(|at| *at < study.symbols.len());
    (sound && count > 0).then_some(clusters)
}

impl Pane for ClustersPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        if action == Action::ChartStyle {
            self.shows = match self.shows {
                Shows::Map => Shows::Tree,
                Shows::Tree => Shows::Map,
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
        self.symbols.clear();
        let study = study::of(view);
        let Some((study, clusters)) = study.and_then(|study| Some((study, of(study)?))) else {
            return self.cursor.fit(0, 0);
        };
        let leaves = clusters
            .columns
            .iter()
            .filter_map(|at| study.symbols.get(*at));
        self.symbols.extend(leaves.cloned());
        let place = self
            .symbols
            .iter()
            .position(|symbol| Some(symbol) == view.symbol);
        if let Some(at) = place {
            self.cursor.choose(at);
        }
        let body = Rect::new(0, 0, area.width, area.height.saturating_sub(1));
        let rows = self.parts(body, clusters).rows.height;
        self.cursor.fit(self.symbols.len(), usize::from(rows));
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let Some(study) = study::of(view) else {
            let body = view.open(area, buf, "Clusters", &[]);
            return study::empty(body, buf, view);
        };
        let Some(clusters) = of(study) else {
            let body = view.open(area, buf, "Clusters", &study::said(view));
            let line = "two symbols with a history make the first correlation";
            return view.empty(body, buf, &[vec![Span::new(line, theme.dim())]]);
        };
        let summary = [
            study::said(view),
            vec![Span::new(
                format!("{} linkage", clusters.linkage),
                theme.dim(),
            )],
            vec![Span::new(study::when(clusters.made, view), theme.dim())],
        ];
        let summary = study::summary(summary.into(), (area, "Clusters"), view);
        let body = view.open(area, buf, "Clusters", &summary);
        let parts = self.parts(body, clusters);
        let heading = paint::row(body, 0);
        self.draw_names(&parts, buf, view);
        let at = self.cursor.at();
        let window = (self.cursor.first(), at);
        if let Some(area) = parts.map {
            map::draw(area, buf, clusters, window, view);
            let x = area.x.min(heading.right());
            let room = heading.right().saturating_sub(x);
            paint::text(buf, (x, heading.y), room, "correlation", theme.faint());
        }
        if let Some(area) = parts.tree {
            let most = tree::draw(area, buf, clusters, window, view);
            let most = format::charted(most, 2).unwrap_or_default();
            let x = area.x.min(heading.right());
            let room = heading.right().saturating_sub(x).min(area.width);
            paint::text(buf, (x, heading.y), room, "distance", theme.faint());
            let end = (x + room, heading.y);
            paint::text_right(buf, end, room.saturating_sub(10), &most, theme.faint());
        }
        study::draw_lines(parts.foot, buf, &self.foot(clusters, view, &parts), view);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        old.study.as_ref().map(std::sync::Arc::as_ptr)
            != new.study.as_ref().map(std::sync::Arc::as_ptr)
    }

    fn copy(&self) -> Option<String> {
        let symbol = self.symbols.get(self.cursor.at())?;
        Some(symbol.to_string())
    }
}
