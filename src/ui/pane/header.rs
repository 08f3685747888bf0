//! The header: mode, fund, worth, day, exposure, halts, gates, links, clock.
//!
//! Live, halted, stopped and view-only each tint the whole line and say so in
//! words. What does not fit is left out from the middle, links and clock last. A
//! link that is down is never left out for one that is up: its words are cut first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::{HaltState, Money};
use crate::event::{LinkHealth, LinkName, LinkState};
use crate::ui::format::{self, Sign};
use crate::ui::pane::View;
use crate::ui::widget::paint::{self, Span};

/// Paints the header into the first row of `area`.
pub fn draw(area: Rect, buf: &mut Buffer, view: &View<'_>, locked: bool, seconds: bool) {
    let line = paint::row(area, 0);
    if line.is_empty() {
        return;
    }
    let (ground, alarm) = ground(view, locked);
    paint::fill(buf, line, ground);
    let tag = if view.snap.desk.live {
        " LIVE "
    } else {
        " PAPER "
    };
    let x = paint::text(
        buf,
        (line.x, line.y),
        line.width,
        tag,
        view.theme.tag(view.snap.desk.live),
    );
    let room = line.width.saturating_sub(x - line.x).saturating_sub(2);
    let mut right = fitting(view, seconds, room / 2);
    let plain = alarm.is_some();
    let mut left = left_groups(view, alarm, line.width < 100);
    if plain {
        let ink = ground.fg.unwrap_or_default();
        let runs = right.iter_mut().chain(left.iter_mut()).flatten();
        runs.for_each(|run| run.style = run.style.fg(ink));
    }
    let takes = groups_width(&right, 3).min(room);
    let start = line.right().saturating_sub(takes).saturating_sub(1);
    paint::groups(buf, (start, line.y), takes, 3, &right);
    let room = start.saturating_sub(x).saturating_sub(4);
    paint::groups(buf, (x.saturating_add(2), line.y), room, 3, &left);
}

fn groups_width(groups: &[Vec<Span<'_>>], gap: u16) -> u16 {
    let shown = groups.iter().filter(|group| !group.is_empty());
    let sum = shown.clone().fold(0, |sum: u16, group| {
        sum.saturating_add(paint::spans_width(group))
    });
    let gaps = u16::try_from(shown.count().saturating_sub(1)).unwrap_or(0);
    sum.saturating_add(gaps.saturating_mul(gap))
}

/// Returns the line's ground, and what is wrong, in words.
fn ground(view: &View<'_>, locked: bool) -> (Style, Option<String>) {
    let theme = view.theme;
    if let Some(why) = &view.snap.stopped {
        return (theme.tag(true), Some(format!("TRADING STOPPED: {why}")));
    }
    let halted = view
        .snap
        .risk
        .halts()
        .iter()
        .find(|halt| halt.state == HaltState::Halted);
    if let Some(halt) = halted {
        let since = format::clock(halt.since);
        return (
            theme.tag(true),
            Some(format!("HALTED since {since}: {}", halt.trigger)),
        );
    }
    if view.snap.desk.live {
        return (theme.tag(true), None);
    }
    if locked || view.snap.desk.read_only {
        return (theme.strip(true), Some("VIEW ONLY".to_owned()));
    }
    (theme.bar(), None)
}

fn left_groups<'a>(view: &View<'a>, alarm: Option<String>, narrow: bool) -> Vec<Vec<Span<'a>>> {
    let theme = view.theme;
    let value = view.value;
    let unknown = view.glyphs.unknown;
    let label = |text: &'static str| Span::new(text, theme.dim());
    let mut groups = Vec::new();
    groups.extend(alarm.map(|alarm| vec![Span::new(alarm, theme.bright())]));
    groups.push(vec![Span::new(
        view.snap.desk.fund_id.as_str(),
        theme.bright(),
    )]);
    let nav = value.nav_usd.map(|nav| {
        if narrow {
            format::compact(nav)
        } else {
            format::money(nav)
        }
    });
    let nav = nav.map_or(unknown.to_owned(), |nav| nav.to_string());
    groups.push(vec![label("NAV "), Span::new(nav, theme.bright())]);
    groups.push(day_group(view, narrow));
    let share = |part: Option<Money>| {
        let ratio = part
            .zip(value.nav_usd)
            .and_then(|(part, nav)| part.ratio(nav));
        let text = ratio.map(|ratio| format::percent(ratio, 1, Sign::Minus).to_string());
        text.unwrap_or_else(|| unknown.to_owned())
    };
    groups.push(vec![
        label("gross "),
        Span::new(share(value.gross_usd), theme.text()),
        label("  net "),
        Span::new(share(value.positions_usd), theme.text()),
    ]);
    if view.snap.risk.halts().is_empty() {
        groups.push(vec![label("halt "), Span::new("none", theme.text())]);
    }
    let gates_ns = view.snap.stats.gates_ns;
    if gates_ns > 0 {
        let took = format!(
            "{}.{}{}",
            gates_ns / 1000,
            gates_ns % 1000 / 100,
            view.glyphs.micro
        );
        groups.push(vec![label("gates "), Span::new(took, theme.text())]);
    }
    let simulated = &view.snap.desk.simulated;
    if !simulated.is_empty() {
        let words: Vec<&str> = simulated.iter().map(smol_str::SmolStr::as_str).collect();
        groups.push(vec![Span::new(words.join(", "), theme.dim())]);
    }
    groups
}

fn day_group<'a>(view: &View<'a>, narrow: bool) -> Vec<Span<'a>> {
    let theme = view.theme;
    let Some(day) = view.value.day_usd else {
        return vec![
            Span::new("day ", theme.dim()),
            Span::new(view.glyphs.unknown, theme.dim()),
        ];
    };
    let style = view.signed(day.is_positive(), day.is_negative());
    let mut spans = vec![Span::new("day ", theme.dim())];
    if !narrow {
        spans.push(Span::new(format!("{} ", format::profit(day)), style));
    }
    let ratio = view
        .value
        .day_ratio
        .map(|ratio| format::percent(ratio, 2, Sign::Both));
    spans.push(Span::new(
        ratio.map_or_else(String::new, |text| text.to_string()),
        style,
    ));
    spans
}

/// Returns links and clock so that they take `most` columns where that can be.
fn fitting<'a>(view: &View<'a>, seconds: bool, most: u16) -> Vec<Vec<Span<'a>>> {
    let mut links: Vec<&LinkState> = view.snap.links.iter().collect();
    let excess = |links: &[&'a LinkState], detail_most: u16| {
        let groups = right_groups(view, links, seconds, detail_most);
        (groups_width(&groups, 3).saturating_sub(most), groups)
    };
    let mut detail_most = u16::MAX;
    loop {
        let (over, groups) = excess(&links, detail_most);
        if over == 0 || links.is_empty() {
            return groups;
        }
        let down = |link: &&LinkState| link.health == LinkHealth::Down;
        let longest = links
            .iter()
            .copied()
            .filter(down)
            .map(detail)
            .map(paint::width);
        let longest = longest.max().unwrap_or(0).min(detail_most);
        if longest > 0 {
            detail_most = longest.saturating_sub(over);
            continue;
        }
        // Links give way before the clock does, and those that work before those that do not.
        let up = links.iter().rposition(|link| !down(&link));
        links.remove(up.unwrap_or(links.len() - 1));
    }
}

/// Returns what is wrong with a link, without its own name before it.
fn detail(link: &LinkState) -> &str {
    let text = link.detail.trim_start_matches(link.name.as_str());
    text.trim_start()
}

fn right_groups<'a>(
    view: &View<'a>,
    links: &[&'a LinkState],
    seconds: bool,
    detail_most: u16,
) -> Vec<Vec<Span<'a>>> {
    let theme = view.theme;
    let mut groups: Vec<Vec<Span<'a>>> = links
        .iter()
        .map(|link| link_group(link, view, detail_most))
        .collect();
    let clock = if seconds {
        format::clock(view.now)
    } else {
        format::hour_minute(view.now)
    };
    groups.push(vec![
        Span::new(clock.to_string(), theme.text()),
        Span::new(" UTC", theme.dim()),
    ]);
    groups
}

fn link_group<'a>(link: &'a LinkState, view: &View<'a>, detail_most: u16) -> Vec<Span<'a>> {
    let theme = view.theme;
    let name = Span::new(format!("{} ", link.name), theme.dim());
    let since = format::age(view.now.since(link.since));
    let (mark, style, words) = match link.health {
        LinkHealth::Up => {
            let rate = view.snap.stats.quotes_per_s;
            let feed = matches!(link.name, LinkName::Feed(_));
            let words = if feed {
                format!(" {rate}/s")
            } else {
                String::new()
            };
            (view.glyphs.full, theme.ok(), words)
        }
        LinkHealth::Connecting => (view.glyphs.hollow, theme.warn(), " connecting".to_owned()),
        LinkHealth::Down => (
            view.glyphs.refuse,
            theme.deny(),
            match cut(detail(link), detail_most) {
                words if words.is_empty() => format!(" for {since}"),
                words => format!(" {words} for {since}"),
            },
        ),
        LinkHealth::Ended => (view.glyphs.hollow, theme.dim(), " ended".to_owned()),
    };
    vec![name, Span::new(mark, style), Span::new(words, theme.dim())]
}

/// Cuts words that are too long, and shows that it did; too little of them says nothing.
fn cut(words: &str, most: u16) -> String {
    const LEAST: u16 = 8;
    if paint::width(words) <= most {
        return words.to_owned();
    }
    if most < LEAST {
        return String::new();
    }
    let mut kept = String::new();
    for letter in words.chars() {
        kept.push(letter);
        if paint::width(&kept) + 2 > most {
            kept.pop();
            break;
        }
    }
    format!("{}..", kept.trim_end())
}
