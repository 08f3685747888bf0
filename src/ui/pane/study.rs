//! What the panes of the portfolio share: the study they read, how its numbers are written, what is held.
//!
//! Shows no pane of its own. Whoever shows a number of the study says on its strip when the
//! history behind it was made up, and says in words why a number is not there.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smol_str::{SmolStr, format_smolstr};

use crate::domain::{Rate, Symbol};
use crate::engine::Snapshot;
use crate::event::{Figures, HistoryKind, Made, Study};
use crate::ui::format::{self, Sign};
use crate::ui::pane::View;
use crate::ui::widget::paint::{self, Span};
use crate::ui::widget::sheet::{Field, Head};

/// What fills the history.
const IMPORT: &str = "desk history import FILE.csv";
/// The mark of a symbol whose history is made up while others' is not.
const MADE_UP: &str = "~";
/// Weights below this are no position.
pub(super) const NOTHING: f64 = 5e-7;

/// Returns the study when it has anything to show.
pub(super) fn of<'a>(view: &View<'a>) -> Option<&'a Arc<Study>> {
    let study = view.snap.study.as_ref()?;
    (study.history != HistoryKind::None && !study.symbols.is_empty()).then_some(study)
}

/// Returns true when what these panes show may differ: another study, or other books.
pub(super) fn touched(old: &Snapshot, new: &Snapshot) -> bool {
    old.study.as_ref().map(Arc::as_ptr) != new.study.as_ref().map(Arc::as_ptr)
        || !Arc::ptr_eq(&old.ledger, &new.ledger)
}

/// Paints what would fill an empty pane.
pub(super) fn empty(body: Rect, buf: &mut Buffer, view: &View<'_>) {
    let theme = view.theme;
    let words = match &view.snap.study {
        None => "nothing is computed yet: the first round follows the first bars",
        Some(study) if study.history == HistoryKind::None => "there is no history to compute from",
        Some(_) => "no symbol has a history yet",
    };
    let mut lines = vec![
        vec![Span::new(words, theme.dim())],
        vec![
            Span::new(IMPORT, theme.key()),
            Span::new(" fills it", theme.dim()),
        ],
    ];
    let faults = view.snap.study.iter().flat_map(|study| &study.faults);
    lines.extend(faults.map(|fault| {
        let words = format!("{} {fault}", view.glyphs.refuse);
        vec![Span::new(words, theme.deny())]
    }));
    view.empty(body, buf, &lines);
}

/// Returns what a strip says of the history, and of the whole round where that has a fault.
pub(super) fn said(view: &View<'_>) -> Vec<Span<'static>> {
    let Some(study) = of(view) else {
        return Vec::new();
    };
    let theme = view.theme;
    let words = match study.history {
        HistoryKind::Synthetic => Some("synthetic history".to_owned()),
        HistoryKind::Mixed => Some(format!("{MADE_UP} synthetic history")),
        HistoryKind::None | HistoryKind::Recorded => None,
    };
    words
        .map(|words| Span::new(words, theme.warn()))
        .into_iter()
        .collect()
}

/// Returns what a strip says of the subscription to signals, where there is one.
pub(super) fn heard(study: &Study, view: &View<'_>) -> Vec<Span<'static>> {
    let Some(heard) = &study.heard else {
        return Vec::new();
    };
    let theme = view.theme;
    let (words, style) = match (heard.since, heard.last) {
        (None, _) => ("bus lost".to_owned(), theme.warn()),
        (Some(_), None) => ("bus quiet".to_owned(), theme.dim()),
        (Some(_), Some(last)) => (
            format!("bus {}, last {}", heard.count, format::clock(last)),
            theme.dim(),
        ),
    };
    vec![Span::new(words, style)]
}

/// Returns a line for whatever is wrong with the subscription to signals.
pub(super) fn heard_faults<'s>(study: &'s Study, view: &View<'_>) -> Vec<Vec<Span<'s>>> {
    let lines = study.heard.iter().flat_map(|heard| {
        let from = format!("{} {} ", view.glyphs.refuse, heard.from);
        heard.faults.iter().map(move |why| {
            vec![
                Span::new(from.clone(), view.theme.deny()),
                Span::new(why.as_str(), view.theme.text()),
            ]
        })
    });
    lines.collect()
}

/// Returns the first of some parts that have room on the strip of a pane, with dots between them.
pub(super) fn summary<'a>(
    parts: Vec<Vec<Span<'a>>>,
    (area, title): (Rect, &str),
    view: &View<'_>,
) -> Vec<Span<'a>> {
    // The number of the pane before the title, and blank columns around everything.
    let room = area.width.saturating_sub(paint::width(title) + 5);
    let mut out: Vec<Span<'a>> = Vec::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let dot = if out.is_empty() { 0 } else { 3 };
        if paint::spans_width(&out) + paint::spans_width(&part) + dot > room {
            break;
        }
        if dot > 0 {
            out.push(Span::new(
                format!(" {} ", view.glyphs.dot),
                view.theme.dim(),
            ));
        }
        out.extend(part);
    }
    out
}

/// Returns a symbol as its row names it: the chosen one bright, a made-up history among others marked.
pub(super) fn name(study: &Study, at: usize, view: &View<'_>) -> Field {
    let theme = view.theme;
    let symbol = study.symbols.get(at);
    let text = symbol.map_or("", Symbol::as_str);
    let made_up = study.synthetic.get(at).copied().unwrap_or(false);
    let text = if made_up && study.history == HistoryKind::Mixed {
        format_smolstr!("{text}{MADE_UP}")
    } else {
        SmolStr::new(text)
    };
    let chosen = symbol.is_some() && symbol == view.symbol;
    Field::new(text, if chosen { theme.bright() } else { theme.text() })
}

/// Returns where the desk's chosen symbol stands in a study.
pub(super) fn chosen(study: &Study, view: &View<'_>) -> Option<usize> {
    let symbol = view.symbol?;
    study.symbols.iter().position(|of| of == symbol)
}

/// Returns what is held of each symbol of a study, as a ratio of NAV; none where nobody can value it.
pub(super) fn held(study: &Study, view: &View<'_>) -> Vec<Option<f64>> {
    let known = view.value.nav_usd.is_some();
    let rows = &view.value.rows;
    let ratio = |symbol: &Symbol| {
        let found = rows.binary_search_by(|row| row.symbol.cmp(symbol));
        match found.ok().and_then(|at| rows.get(at)) {
            Some(row) => row.nav_ratio.map(Rate::to_f64),
            None => known.then_some(0.0),
        }
    };
    study.symbols.iter().map(ratio).collect()
}

/// Returns volatility and mean return per year of weights, from the study's correlations and assets.
///
/// None where a weight that counts has no volatility or no correlation.
pub(super) fn point_of(study: &Study, weights: &[Option<f64>]) -> Option<(f64, f64)> {
    let (clusters, frontier) = (study.clusters.as_ref()?, study.frontier.as_ref()?);
    let count = clusters.columns.len();
    let (mut variance, mut mean, mut counted) = (0.0, 0.0, 0);
    let mut parts = vec![0.0; count];
    for (part, at) in parts.iter_mut().zip(&clusters.columns) {
        let weight = (*weights.get(*at)?)?;
        if weight.abs() > NOTHING {
            let (volatility, of_mean) = (*frontier.assets.get(*at)?)?;
            *part = weight * volatility;
            mean += weight * of_mean;
            counted += 1;
        }
    }
    let all = weights.iter().flatten().filter(|w| w.abs() > NOTHING);
    if all.count() != counted {
        return None;
    }
    for (row, own) in clusters.correlation.chunks(count.max(1)).zip(&parts) {
        let line: f64 = row.iter().zip(&parts).map(|(rho, other)| rho * other).sum();
        variance += own * line;
    }
    Some((variance.max(0.0).sqrt(), mean))
}

/// Returns a ratio of NAV for a table.
pub(super) fn weight(value: Option<f64>, view: &View<'_>) -> Field {
    let theme = view.theme;
    let text = value.and_then(|ratio| format::percent_of(ratio, 1, Sign::Minus));
    match (value, text) {
        (Some(ratio), _) if ratio.abs() < NOTHING => Field::new("0", theme.dim()),
        (Some(ratio), Some(text)) if ratio < 0.0 => Field::new(text, theme.down()),
        (_, Some(text)) => Field::new(text, theme.text()),
        (_, None) => Field::new(view.glyphs.unknown, theme.unknown()),
    }
}

/// Returns a score for a table, its sign always written.
pub(super) fn score(value: Option<f64>, view: &View<'_>) -> Field {
    let theme = view.theme;
    let Some(text) = value.and_then(|value| format::charted(value, 2)) else {
        return Field::new(view.glyphs.unknown, theme.unknown());
    };
    match value {
        Some(0.0) => Field::new("0", theme.dim()),
        Some(value) if value > 0.0 => Field::new(format_smolstr!("+{text}"), theme.text()),
        _ => Field::new(text, theme.text()),
    }
}

/// Returns how long something took: `812 µs`, `1.3 ms`, `2.4 s`.
pub(super) fn took(made: Made, view: &View<'_>) -> SmolStr {
    let us = made.took_us;
    let tenths = |whole: u64| format_smolstr!("{}.{}", whole / 10, whole % 10);
    match us {
        0..1_000 => format_smolstr!("{us} {}", view.glyphs.micro),
        1_000..1_000_000 => format_smolstr!("{} ms", tenths(us / 100)),
        _ => format_smolstr!("{} s", tenths(us / 100_000)),
    }
}

/// Returns when something was computed and how long it took.
pub(super) fn when(made: Made, view: &View<'_>) -> String {
    let (at, took) = (format::clock(made.at), took(made, view));
    format!("{at} {} {took}", view.glyphs.dot)
}

/// Returns the heading of a method's column among those beside it.
pub(super) fn head(figures: &Figures, beside: &[&Figures], chosen: bool, view: &View<'_>) -> Head {
    let theme = view.theme;
    let (full, short) = title(figures, beside);
    let mark = |text: SmolStr| {
        if figures.fault.is_some() {
            format_smolstr!("{} {text}", view.glyphs.refuse)
        } else {
            text
        }
    };
    Head {
        full: mark(full),
        short: mark(short),
        style: match (figures.fault.is_some(), chosen) {
            (true, _) => theme.deny(),
            (false, true) => theme.bright(),
            (false, false) => theme.faint(),
        },
    }
}

/// Returns what a method is called among those beside it, in full and in few letters.
///
/// Where a method stands there twice, the first thing that sets one apart is part of its name.
pub(super) fn title(figures: &Figures, beside: &[&Figures]) -> (SmolStr, SmolStr) {
    let base = plain(&figures.name);
    let twins = beside
        .iter()
        .filter(|other| other.name == figures.name && other.from != figures.from);
    let has = |other: &Figures, word: &str| other.from.split_whitespace().any(|it| it == word);
    let mut words = figures.from.split_whitespace();
    let apart = words.find(|word| twins.clone().any(|other| !has(other, word)));
    let Some(apart) = apart else {
        let short = short(&base);
        return (base, short);
    };
    let apart = plain(apart.split_once('=').map_or(apart, |(_, value)| value));
    let (few, brief) = (short(&base), short(&apart));
    let few = few.split(' ').next().unwrap_or_default();
    let both = format_smolstr!("{few} {}", brief.split(' ').next().unwrap_or_default());
    let short = if both.chars().count() <= SHORT {
        both
    } else {
        brief
    };
    (format_smolstr!("{base} {apart}"), short)
}

/// Returns a method's name as words: without the mark of its kind and without underscores.
pub(super) fn plain(name: &str) -> SmolStr {
    let name = name.strip_prefix("f_").unwrap_or(name);
    name.replace('_', " ").into()
}

/// Words that are known by fewer letters.
const SHORTER: [(&str, &str); 17] = [
    ("equal risk contribution", "ERC"),
    ("inverse volatility", "inv vol"),
    ("black litterman", "BL"),
    ("risk parity", "parity"),
    ("min variance", "min var"),
    ("max sharpe", "sharpe"),
    ("markowitz", "mv"),
    ("hrp", "HRP"),
    ("equal weight", "EW"),
    ("vol target weights", "vol tgt"),
    ("kelly voltarget", "kelly"),
    ("kelly fraction", "kelly f"),
    ("momentum", "mom"),
    ("crypto realized vol", "crypto"),
    ("realized vol", "vol"),
    ("fixed weight", "fixed"),
    ("signal", "sig"),
];
/// Columns of the longest short heading.
const SHORT: usize = 8;

/// Returns a heading in few letters.
fn short(full: &str) -> SmolStr {
    let mut text = full.to_owned();
    for (long, brief) in SHORTER {
        text = text.replace(long, brief);
    }
    if text.chars().count() <= SHORT {
        return text.into();
    }
    // First letters of each word but the last, which often tells two apart.
    let words: Vec<&str> = text.split(' ').collect();
    let Some((last, rest)) = words.split_last().filter(|(_, rest)| !rest.is_empty()) else {
        return text.chars().take(SHORT).collect();
    };
    let each = (SHORT.saturating_sub(last.len().min(4) + rest.len())) / rest.len();
    let mut out: Vec<String> = Vec::new();
    out.extend(
        rest.iter()
            .map(|word| word.chars().take(each.max(1)).collect()),
    );
    out.push(last.chars().take(4).collect());
    out.join(" ").chars().take(SHORT).collect()
}

/// Returns a line a method that has no numbers: its name and why.
pub(super) fn faults<'a>(
    figures: impl Iterator<Item = &'a Figures>,
    view: &View<'_>,
) -> Vec<Vec<Span<'a>>> {
    let faulty = figures.filter_map(|figures| Some((figures, figures.fault.as_ref()?)));
    faulty
        .map(|(figures, why)| {
            let name = format!("{} {} ", view.glyphs.refuse, plain(&figures.name));
            vec![
                Span::new(name, view.theme.deny()),
                Span::new(why.as_str(), view.theme.text()),
            ]
        })
        .collect()
}

/// Paints lines at the foot of a pane, each cut where it has no room.
pub(super) fn draw_lines(area: Rect, buf: &mut Buffer, lines: &[Vec<Span<'_>>], view: &View<'_>) {
    for (line, row) in lines.iter().zip(area.rows()) {
        let room = row.width.saturating_sub(2);
        let end = paint::spans(buf, (row.x.saturating_add(1), row.y), room, line);
        if paint::spans_width(line) > room {
            let at = (end.saturating_sub(1), row.y);
            paint::text(buf, at, 1, view.glyphs.more, view.theme.dim());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_stands_there_twice_says_what_sets_it_apart() {
        let figures = |name: &str, from: &str| Figures {
            name: name.into(),
            from: from.into(),
            values: Vec::new(),
            made: Made {
                at: crate::domain::Timestamp::from_us(0),
                took_us: 0,
            },
            fault: None,
        };
        let all = [
            figures("equal_weight_long", "f_momentum_12_1 n=8"),
            figures("equal_weight_long", "f_sma_cross n=8"),
            figures("markowitz", "covariance=ledoit_wolf"),
            figures("markowitz", "objective=max_sharpe covariance=ledoit_wolf"),
            figures("hrp", ""),
        ];
        let beside: Vec<&Figures> = all.iter().collect();
        let titles = all.each_ref().map(|it| title(it, &beside));
        let titles: Vec<(&str, &str)> = titles.iter().map(|(a, b)| (&**a, &**b)).collect();
        let expected = [
            ("equal weight long momentum 12 1", "EW mom"),
            ("equal weight long sma cross", "EW sma"),
            ("markowitz", "mv"),
            ("markowitz max sharpe", "sharpe"),
            ("hrp", "HRP"),
        ];
        assert_eq!(titles, expected);
    }

    #[test]
    fn headings_are_short_and_tell_two_apart() {
        let cases = [
            ("f_momentum_12_1", "mom 12 1"),
            ("equal_risk_contribution", "ERC"),
            ("kelly_voltarget_12", "kelly 12"),
            ("kelly_voltarget_8", "kelly 8"),
            ("equal_weight_long", "EW long"),
            ("equal_weight_ls", "EW ls"),
            ("inverse_volatility", "inv vol"),
        ];
        for (name, expected) in cases {
            assert_eq!(short(&plain(name)), expected, "{name}");
        }
        let odd = [
            "a_very_long_name_of_a_plugin",
            "supercalifragilistic",
            "",
            "_",
        ];
        for name in odd {
            assert!(short(&plain(name)).chars().count() <= SHORT, "{name}");
        }
    }
}
