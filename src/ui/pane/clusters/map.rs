//! The correlations as a map: denser is more alike, lines are below zero.
//!
//! The shades say it without colour: dots, then ever denser blocks above zero, ever
//! heavier lines below it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::event::Clusters;
use crate::ui::pane::View;
use crate::ui::pane::clusters::correlation;
use crate::ui::widget::paint::{self, Span};

/// Columns of a cell.
pub(super) const WIDE: u16 = 2;
/// Sizes of a correlation from which the next shade begins.
const STEPS: [f64; 3] = [0.2, 0.45, 0.7];

/// Returns which shade a correlation has.
fn step(rho: f64) -> usize {
    STEPS.iter().filter(|from| rho.abs() >= **from).count()
}

fn shade(rho: f64, view: &View<'_>) -> (&'static str, Style) {
    let theme = view.theme;
    let step = step(rho);
    let glyphs = if rho < 0.0 {
        view.glyphs.dashes
    } else {
        view.glyphs.shades
    };
    let style = match (step, rho < 0.0) {
        (0, _) => theme.faint(),
        (_, true) => theme.down(),
        (_, false) => theme.dim(),
    };
    (glyphs.get(step).copied().unwrap_or(" "), style)
}

/// Paints the rows from `first` on; the chosen asset's column is in sight.
pub(super) fn draw(
    area: Rect,
    buf: &mut Buffer,
    clusters: &Clusters,
    (first, chosen): (usize, usize),
    view: &View<'_>,
) {
    let count = clusters.columns.len();
    let fit = usize::from(area.width / WIDE).max(1);
    let left = chosen
        .saturating_sub(fit / 2)
        .min(count.saturating_sub(fit));
    for (row, line) in (first..count).zip(area.rows()) {
        for (column, x) in (left..count)
            .take(fit)
            .zip((line.x..).step_by(usize::from(WIDE)))
        {
            let room = WIDE.min(line.right().saturating_sub(x));
            let at = (x, line.y);
            let Some(rho) = correlation(clusters, row, column) else {
                paint::text(buf, at, room, view.glyphs.unknown, view.theme.unknown());
                continue;
            };
            let (glyph, style) = shade(rho, view);
            // The chosen asset's row and column stand out.
            let style = match (row == column, row == chosen || column == chosen, rho < 0.0) {
                (true, false, _) => view.theme.faint(),
                (_, true, false) => view.theme.info(),
                _ => style,
            };
            paint::text(buf, at, room, &glyph.repeat(usize::from(WIDE)), style);
        }
    }
}

/// Returns what the shades mean.
pub(super) fn key(view: &View<'_>) -> Vec<Span<'static>> {
    let dim = view.theme.dim();
    let mut spans = Vec::new();
    for (from, words) in [(0.2, " .2 "), (0.45, " .45 "), (0.7, " .7 ")] {
        let (glyph, style) = shade(from, view);
        spans.push(Span::new(glyph.repeat(2), style));
        spans.push(Span::new(words, dim));
    }
    for (from, words) in [(-0.2, " -.2 "), (-0.45, " -.45 "), (-0.7, " -.7")] {
        let (glyph, style) = shade(from, view);
        spans.push(Span::new(glyph.repeat(2), style));
        spans.push(Span::new(words, dim));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_begin_where_their_key_says() {
        let steps = [
            (0.0, 0),
            (0.19, 0),
            (0.2, 1),
            (-0.2, 1),
            (0.45, 2),
            (0.7, 3),
            (-1.0, 3),
        ];
        for (rho, expected) in steps {
            assert_eq!(step(rho), expected, "{rho}");
        }
    }
}
