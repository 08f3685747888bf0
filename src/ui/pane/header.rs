//! The header: mode, fund, worth, day, exposure, halts, gates, links, clock.
//!
//! Live, halted, stopped and view-only each tint the whole line and say so in
//! words. What is wrong comes first: an alarm and a link that is down have their
//! place at every size, and the clock, the day and the rest give way to them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::Money;
use crate::event::{LinkHealth, LinkName, LinkState};
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::{View, pretty};
use crate::ui::widget::paint::{self, Span};

/// Runs that stand or fall together.
type Group<'a> = Vec<Span<'a>>;

/// Lines below this many columns are written in the short forms.
const NARROW: u16 = 100;
/// The least columns of a link's own words; below it only its state is said.
const DETAIL_LEAST: u16 = 20;

/// How much of the clock is written.
#[derive(Debug, Clone, Copy)]
enum Clock {
    Zoned,
    Seconds,
    Minutes,
}

/// What the right side of the line says.
#[derive(Debug, Clone, Copy)]
struct Right {
    /// Columns for what a troubled link says of itself; none is its state alone.
    detail: Option<u16>,
    clock: Clock,
}

/// Paints the header into the first row of `area`.
pub fn draw(area: Rect, buf: &mut Buffer, view: &View<'_>, locked: bool, seconds: bool) {
    let line = paint::row(area, 0);
    if line.is_empty() {
        return;
    }
    let (ground, alarm) = ground(view, locked);
    paint::fill(buf, line, ground);
    let live = view.snap.desk.live;
    let tag = if live { " LIVE " } else { " PAPER " };
    let x = paint::text(buf, (line.x, line.y), line.width, tag, view.theme.tag(live));
    let narrow = line.width < NARROW;
    let gap = if narrow { 2 } else { 3 };
    let alarmed = alarm.is_some();
    let tinted = alarmed || live;
    let room = line.right().saturating_sub(x).saturating_sub(2 + gap + 1);
    let mut left = left_groups(view, alarm, narrow);
    let mut right = right_that_fits(view, room, &left, (gap, seconds), alarmed);
    if tinted {
        let ink = ground.fg.unwrap_or_default();
        let runs = right.iter_mut().chain(left.iter_mut()).flatten();
        runs.for_each(|run| run.style = run.style.fg(ink));
    }
    let takes = groups_width(&right, gap).min(room);
    let start = line.right().saturating_sub(takes).saturating_sub(1);
    paint::groups(buf, (start, line.y), takes, gap, &right);
    let room = room.saturating_sub(takes);
    if alarmed {
        cut_first(&mut left, room, view.glyphs.more);
    }
    paint::groups(buf, (x.saturating_add(2), line.y), room, gap, &left);
}

/// Shortens the first group to what there is room for.
fn cut_first(groups: &mut [Group<'_>], room: u16, more: &str) {
    if let Some(span) = groups.first_mut().and_then(|group| group.first_mut()) {
        span.text = cut(&span.text, room, more).into();
    }
}

/// Returns a text in at most `room` columns, with a mark where it was cut.
fn cut(text: &str, room: u16, more: &str) -> String {
    if paint::width(text) <= room {
        return text.to_owned();
    }
    let keep = room.saturating_sub(paint::width(more));
    let mut out = String::new();
    for letter in text.chars() {
        let wide = paint::width(letter.encode_utf8(&mut [0; 4]));
        if paint::width(&out).saturating_add(wide) > keep {
            break;
        }
        out.push(letter);
    }
    let mut out = out.trim_end().to_owned();
    out.push_str(more);
    out
}

/// Returns the fullest right side that leaves the left one what it must have.
fn right_that_fits<'a>(
    view: &View<'a>,
    room: u16,
    left: &[Group<'_>],
    (gap, seconds): (u16, bool),
    alarmed: bool,
) -> Vec<Group<'a>> {
    let links = &view.snap.links;
    let troubled = links.iter().filter(|link| link.health != LinkHealth::Up);
    let troubled = u16::try_from(troubled.count()).unwrap_or(u16::MAX);
    let trouble = troubled > 0;
    // The fund, its worth and the day; beside what is down the day can be done without.
    let down = links.iter().any(|link| link.health == LinkHealth::Down);
    let must = left.get(..if down { 2 } else { 3 }).unwrap_or(left);
    let alarm = left.first().filter(|_| alarmed);
    let room = match alarm {
        Some(alarm) => room.saturating_sub(paint::spans_width(alarm)),
        None => room.saturating_sub(groups_width(must, gap).min(room / 3 * 2)),
    };
    let clocks = [Clock::Zoned, Clock::Seconds, Clock::Minutes];
    let clocks = || clocks.into_iter().skip(if seconds { 0 } else { 2 });
    let fits = |right: &Right| groups_width(&right_groups(view, *right), gap) <= room;
    let bare = |clock| Right {
        detail: None,
        clock,
    };
    // Words of trouble are worth more than seconds on a clock.
    let worded = Right {
        detail: Some(0),
        clock: Clock::Minutes,
    };
    let taken = groups_width(&right_groups(view, worded), gap);
    let detail = room.saturating_sub(taken) / troubled.max(1);
    if trouble && detail >= DETAIL_LEAST {
        let detail = Some(detail);
        return right_groups(view, Right { detail, ..worded });
    }
    if let Some(right) = clocks().map(bare).find(fits) {
        return right_groups(view, right);
    }
    let mut groups = right_groups(view, bare(Clock::Minutes));
    // The feed comes first and stays to the last; only an alarm takes its place.
    let least = usize::from(!alarmed);
    while groups.len() > least && groups_width(&groups, gap) > room {
        groups.pop();
    }
    groups
}

fn groups_width(groups: &[Group<'_>], gap: u16) -> u16 {
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
    if let Some(halt) = view.snap.risk.halts().first() {
        let since = format::clock(halt.status.since);
        // Where the key means something else, the list of halts is the way.
        let keys = [(Action::Resume, "lifts it"), (Action::Halts, "lists it")];
        let keys = keys.map(|(action, does)| (pretty(&view.key(action)), does));
        let lifts = keys.into_iter().find(|(key, _)| !key.is_empty() && !locked);
        let lifts = lifts.map_or_else(String::new, |(key, does)| format!(", {key} {does}"));
        let words = match view.snap.risk.flooded() {
            Some(flooded) => {
                let more = format::decimal(flooded.refused.into(), 0, Sign::Minus);
                let cause = &halt.status.trigger;
                format!("HALTED{lifts}: {more} commands refused, {cause}, since {since}")
            }
            None => format!("HALTED{lifts}: {}, since {since}", halt.status.trigger),
        };
        return (theme.tag(true), Some(words));
    }
    if view.snap.desk.live {
        return (theme.tag(true), None);
    }
    if locked || view.snap.desk.read_only {
        let words = if view.snap.desk.read_only {
            "VIEW ONLY".to_owned()
        } else {
            let unlocks = pretty(&view.keys.key_of(Action::Lock));
            format!("VIEW ONLY, {unlocks} unlocks")
        };
        return (theme.strip(true), Some(words));
    }
    (theme.bar(), None)
}

fn left_groups<'a>(view: &View<'a>, alarm: Option<String>, narrow: bool) -> Vec<Group<'a>> {
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

fn day_group<'a>(view: &View<'a>, narrow: bool) -> Group<'a> {
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

fn right_groups<'a>(view: &View<'a>, right: Right) -> Vec<Group<'a>> {
    let theme = view.theme;
    let feeds = |link: &&LinkState| matches!(link.name, LinkName::Feed(_));
    let links = view.snap.links.iter();
    let links = links
        .clone()
        .filter(feeds)
        .chain(links.filter(|link| !feeds(link)));
    let mut groups: Vec<Group<'a>> = links
        .map(|link| link_group(link, right.detail, view))
        .collect();
    let time = match right.clock {
        Clock::Zoned | Clock::Seconds => format::clock(view.now),
        Clock::Minutes => format::hour_minute(view.now),
    };
    let mut clock = vec![Span::new(time.to_string(), theme.text())];
    if matches!(right.clock, Clock::Zoned) {
        clock.push(Span::new(" UTC", theme.dim()));
    }
    groups.push(clock);
    groups
}

fn link_group<'a>(link: &'a LinkState, detail: Option<u16>, view: &View<'a>) -> Group<'a> {
    let theme = view.theme;
    let name = Span::new(format!("{} ", link.name), theme.dim());
    let same_day = link.since.day() == view.now.day();
    let since = if same_day {
        format::hour_minute(link.since).to_string()
    } else {
        format!(
            "{} {}",
            format::day(link.since),
            format::hour_minute(link.since)
        )
    };
    // A link's words begin with its own name, which stands there already.
    let said = link.detail.strip_prefix(link.name.as_str());
    let said = said.unwrap_or(&link.detail).trim_start_matches([' ', ':']);
    let said = |short: &str| match detail {
        Some(room) if !said.is_empty() => cut(said, room, view.glyphs.more),
        _ => short.to_owned(),
    };
    let (mark, style, words) = match link.health {
        LinkHealth::Up => {
            let rate = view.snap.stats.quotes_per_s;
            let feed = matches!(link.name, LinkName::Feed(_));
            let passed = view.snap.stats.conflated_per_s;
            let words = match feed {
                // A flood: what a newer quote replaced before the desk read it, beside what it read.
                true if passed > rate / 10 => format!(" {rate}/s, {passed}/s passed over"),
                true => format!(" {rate}/s"),
                false => String::new(),
            };
            (view.glyphs.full, theme.ok(), words)
        }
        LinkHealth::Connecting => (view.glyphs.hollow, theme.warn(), " connecting".to_owned()),
        LinkHealth::Down => {
            let words = format!(" {} since {since}", said("down"));
            (view.glyphs.refuse, theme.deny(), words)
        }
        LinkHealth::Ended => {
            let words = format!(" {}", said("ended"));
            (view.glyphs.hollow, theme.warn(), words)
        }
    };
    let quiet = link.health == LinkHealth::Up;
    let ink = if quiet { theme.dim() } else { theme.text() };
    vec![name, Span::new(mark, style), Span::new(words, ink)]
}
