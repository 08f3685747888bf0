//! The dendrogram: leaves at the left, each on the row of its asset; what joins later joins further right.
//!
//! The branches that lead to the chosen asset stand out.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::event::Clusters;
use crate::ui::pane::View;
use crate::ui::widget::bar::steps;
use crate::ui::widget::paint;

/// A cluster as it is drawn: where its branch begins, and whether the chosen asset is of it.
#[derive(Debug, Clone, Copy)]
struct Node {
    row: usize,
    x: u16,
    chosen: bool,
}

/// Where branches are painted: rows of the tree, seen through the pane.
struct Canvas<'a, 'v> {
    area: Rect,
    first: usize,
    buf: &'a mut Buffer,
    view: &'a View<'v>,
}

impl Canvas<'_, '_> {
    fn put(&mut self, (x, row): (u16, usize), glyph: &str, style: Style) {
        let line = row
            .checked_sub(self.first)
            .and_then(|row| u16::try_from(row).ok());
        let Some(line) = line.filter(|line| *line < self.area.height && x < self.area.width) else {
            return;
        };
        let at = (self.area.x + x, self.area.y + line);
        paint::text(self.buf, at, 1, glyph, style);
    }

    fn style(&self, chosen: bool) -> Style {
        if chosen {
            self.view.theme.info()
        } else {
            self.view.theme.dim()
        }
    }

    /// Draws a branch from where it begins up to a column.
    fn branch(&mut self, node: Node, to: u16) {
        let style = self.style(node.chosen);
        for x in node.x..to {
            self.put((x, node.row), self.view.glyphs.rule, style);
        }
    }

    /// Joins two branches at a column and returns the branch that goes on from there.
    fn join(&mut self, (a, b): (Node, Node), x: u16) -> Node {
        let (top, foot) = if a.row <= b.row { (a, b) } else { (b, a) };
        self.branch(top, x);
        self.branch(foot, x);
        let [upper, lower, upper_on, onward] = self.view.glyphs.joints;
        let middle = usize::midpoint(top.row, foot.row);
        for row in top.row + 1..foot.row {
            // The part of the upright that leads to the chosen asset.
            let chosen = (top.chosen && row <= middle) || (foot.chosen && row >= middle);
            let style = self.style(chosen);
            let glyph = if row == middle {
                onward
            } else {
                self.view.glyphs.wick
            };
            self.put((x, row), glyph, style);
        }
        let glyph = if middle == top.row { upper_on } else { upper };
        let both = top.chosen || foot.chosen;
        let style = self.style(top.chosen || (middle == top.row && both));
        self.put((x, top.row), glyph, style);
        let style = self.style(foot.chosen);
        self.put((x, foot.row), lower, style);
        Node {
            row: middle,
            x: x.saturating_add(1),
            chosen: both,
        }
    }
}

/// Paints the tree of the rows from `first` on and returns the largest distance.
pub(super) fn draw(
    area: Rect,
    buf: &mut Buffer,
    clusters: &Clusters,
    (first, chosen): (usize, usize),
    view: &View<'_>,
) -> f64 {
    let count = clusters.columns.len();
    let finite = clusters
        .merges
        .iter()
        .map(|merge| merge.2)
        .filter(|d| d.is_finite());
    let most = finite.fold(0.0, f64::max);
    let leaves = (0..count).map(|row| Node {
        row,
        x: 0,
        chosen: row == chosen,
    });
    let mut nodes: Vec<Node> = leaves.collect();
    let mut canvas = Canvas {
        area,
        first,
        buf,
        view,
    };
    let last = area.width.saturating_sub(2);
    for (a, b, distance) in &clusters.merges {
        let pair = nodes.get(*a).copied().zip(nodes.get(*b).copied());
        let Some(pair) = pair else {
            break;
        };
        let part = if most > 0.0 { distance / most } else { 1.0 };
        let x = steps((part * f64::from(last)).round());
        // Two that join at once still part from what they are made of.
        let x = x
            .max(pair.0.x)
            .max(pair.1.x)
            .min(area.width.saturating_sub(1));
        let node = canvas.join(pair, x);
        nodes.push(node);
    }
    if let Some(root) = nodes
        .last()
        .copied()
        .filter(|_| !clusters.merges.is_empty())
    {
        canvas.branch(root, area.width);
    }
    most
}
