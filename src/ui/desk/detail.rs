//! One verdict in full: what every gate said with its numbers, the inputs as seen, and what would have passed.
//!
//! Opens over the desk and takes no part in any decision. What would pass is found
//! once, when it opens, by the limits in force.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::domain::{Money, Price};
use crate::engine::Snapshot;
use crate::event::{Measure, Outcome, Unit, Verdict};
use crate::order::explain::Explained;
use crate::order::risk::{Basis, Judgement};
use crate::ui::format::{self, Sign};
use crate::ui::pane::View;
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::{self, Span};

const COLUMNS: [Column; 7] = [
    Column::new("", Align::Left, 1, 0).tightened(),
    Column::new("gate", Align::Left, 13, 0),
    Column::new("value", Align::Point, 8, 1),
    Column::new("limit", Align::Point, 8, 1),
    Column::new("left", Align::Point, 8, 2),
    Column::new("age", Align::Right, 5, 3),
    Column::new("why", Align::Left, 16, 0).stretched(),
];

/// Columns at most; longer lines are harder to read.
const WIDTH_MOST: u16 = 132;
/// Columns of a label and its value.
const PAIR: u16 = 39;
/// Columns of a label.
const LABEL: u16 = 15;

/// A verdict that is looked at.
#[derive(Debug)]
pub(super) struct Detail {
    judgement: Arc<Judgement>,
    explained: Option<Explained>,
    first: usize,
}

/// A line under the table.
enum Line {
    Heading(&'static str),
    Words(String, Style),
    Pairs(Vec<(&'static str, String)>),
}

impl Detail {
    /// Looks at a judgement, and finds what would pass.
    pub(super) fn new(judgement: Arc<Judgement>, snap: &Snapshot) -> Self {
        Self {
            explained: snap.books().explain(&judgement),
            judgement,
            first: 0,
        }
    }

    /// Scrolls by a line.
    pub(super) fn step(&mut self, down: bool) {
        self.first = if down {
            self.first.saturating_add(1)
        } else {
            self.first.saturating_sub(1)
        };
    }

    /// Keeps the last line in sight on a screen of that body.
    pub(super) fn keep_in_sight(&mut self, body: Rect, view: &View<'_>) {
        let lines = self.lines(width(body), view).len();
        let room = usize::from(body.height).saturating_sub(self.table_rows() + 2);
        self.first = self.first.min(lines.saturating_sub(room));
    }

    fn table_rows(&self) -> usize {
        self.judgement.verdicts.len() + 1
    }

    /// Paints it over the desk.
    pub(super) fn draw(&self, body: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let width = width(body);
        let lines = self.lines(width, view);
        let wanted = u16::try_from(self.table_rows() + lines.len() + 2).unwrap_or(u16::MAX);
        let height = wanted.min(body.height);
        let x = body.x + (body.width - width) / 2;
        let area = Rect::new(x, body.y + (body.height - height) / 3, width, height);
        paint::fill(buf, area, theme.bar());
        self.draw_title(area, buf, view);
        let inner = Rect::new(x, area.y + 1, width, height.saturating_sub(2));
        let mut grid = Grid::new(&COLUMNS);
        for verdict in &self.judgement.verdicts {
            push_verdict(&mut grid, verdict, view);
        }
        grid.place(width);
        grid.draw(inner, buf, &view.table(), None);
        let table = u16::try_from(self.table_rows()).unwrap_or(u16::MAX);
        let rest = inner.rows().skip(usize::from(table));
        for (line, row) in lines.iter().skip(self.first).zip(rest) {
            let at = (row.x + 1, row.y);
            let room = width.saturating_sub(2);
            match line {
                Line::Heading(words) => {
                    paint::text(buf, at, room, words, theme.faint());
                }
                Line::Words(words, style) => {
                    let cut = (words.as_str(), view.glyphs.more);
                    paint::text_cut(buf, at, room, cut, *style);
                }
                Line::Pairs(pairs) => draw_pairs(row, buf, pairs, view),
            }
        }
        let foot = (x + 1, area.bottom().saturating_sub(1));
        let mut keys = view.hint_as(crate::ui::action::Action::Dismiss, "close");
        if usize::from(inner.height) < self.table_rows() + lines.len() {
            keys.push(Span::new("   ", theme.dim()));
            let scroll = view.hint_as(crate::ui::action::Action::PickNext, "more");
            keys.extend(scroll);
        }
        paint::spans(buf, foot, width.saturating_sub(2), &keys);
    }

    fn draw_title(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let line = paint::row(area, 0);
        paint::fill(buf, line, theme.strip(true));
        let judgement = &self.judgement;
        let (mark, style, word) = if judgement.approved {
            (view.glyphs.pass, theme.ok(), "approved")
        } else {
            (view.glyphs.refuse, theme.deny(), "refused")
        };
        let quantity = format::quantity(judgement.quantity);
        let spans = [
            Span::new(format!("{mark} "), style),
            Span::new(
                format!("{} {} {quantity}", judgement.symbol, judgement.side),
                theme.bright(),
            ),
            Span::new(format!("  {word}  "), style),
            Span::new(format::clock(judgement.at).to_string(), theme.dim()),
        ];
        let end = line.right().saturating_sub(1);
        let room = line.width.saturating_sub(2);
        let x = paint::spans(buf, (line.x + 1, line.y), room, &spans);
        let id = judgement.order_id.as_str();
        if x.saturating_add(paint::width(id)).saturating_add(2) <= end {
            paint::text_right(buf, (end, line.y), room, id, theme.dim());
        }
    }

    fn lines(&self, width: u16, view: &View<'_>) -> Vec<Line> {
        let theme = view.theme;
        let mut lines = Vec::new();
        let judgement = &self.judgement;
        let refusal = judgement
            .verdicts
            .iter()
            .find(|verdict| verdict.outcome == Outcome::Refuse);
        if let Some(verdict) = refusal {
            let code = verdict.code.as_ref().map(ToString::to_string);
            let words = format!("{} {}", code.unwrap_or_default(), verdict.reason);
            lines.push(Line::Heading(""));
            for words in wrapped(&words, width.saturating_sub(2)) {
                lines.push(Line::Words(words, theme.deny()));
            }
        }
        self.push_fixes(&mut lines, view);
        let Some(basis) = judgement.basis.as_deref() else {
            let words = "what it was judged by is not on record".to_owned();
            lines.push(Line::Words(words, theme.unknown()));
            return lines;
        };
        let columns = usize::from((width / PAIR).max(1));
        for (heading, pairs) in [
            ("the order", order_pairs(basis, view)),
            ("as seen: the market", market_pairs(basis, view)),
            ("as seen: the book", book_pairs(basis, view)),
        ] {
            lines.push(Line::Heading(""));
            lines.push(Line::Heading(heading));
            let rows = pairs.chunks(columns);
            lines.extend(rows.map(|row| Line::Pairs(row.to_vec())));
        }
        lines
    }

    fn push_fixes(&self, lines: &mut Vec<Line>, view: &View<'_>) {
        let theme = view.theme;
        let Some(explained) = self.explained.as_ref().filter(|_| !self.judgement.approved) else {
            return;
        };
        lines.push(Line::Heading(""));
        lines.push(Line::Heading("what passes by the limits in force"));
        if explained.refused.is_none() {
            let words = "the order itself: what stood in its way has passed".to_owned();
            return lines.push(Line::Words(words, theme.text()));
        }
        let max = &explained.max;
        let binds = max.binds.as_ref().map_or(String::new(), |(gate, code)| {
            format!("; then {gate} {code}")
        });
        let most = format::quantity(max.quantity);
        for fix in &explained.fixes {
            lines.push(Line::Words(fix.text.clone(), theme.text()));
        }
        let words = if max.quantity.is_zero() {
            format!("no size{binds}")
        } else {
            format!("at most {most}{binds}")
        };
        lines.push(Line::Words(words, theme.dim()));
    }
}

fn width(body: Rect) -> u16 {
    body.width.min(WIDTH_MOST)
}

/// Breaks words into lines of a width; a word that is longer is cut where it is painted.
fn wrapped(words: &str, width: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if paint::width(line) + 1 + paint::width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn draw_pairs(row: Rect, buf: &mut Buffer, pairs: &[(&'static str, String)], view: &View<'_>) {
    let theme = view.theme;
    let unknown = view.glyphs.unknown;
    for ((label, value), at) in pairs.iter().zip(0u16..) {
        let x = row.x + 1 + at * PAIR;
        let room = row.right().saturating_sub(x).min(PAIR - 2);
        paint::text(buf, (x, row.y), LABEL.min(room), label, theme.dim());
        let style = if value == unknown {
            theme.unknown()
        } else {
            theme.text()
        };
        let room = room.saturating_sub(LABEL + 1);
        let cut = (value.as_str(), view.glyphs.more);
        paint::text_cut(buf, (x + LABEL + 1, row.y), room, cut, style);
    }
}

fn push_verdict(grid: &mut Grid, verdict: &Verdict, view: &View<'_>) {
    let theme = view.theme;
    let (mark, style) = match verdict.outcome {
        Outcome::Pass => (view.glyphs.pass, theme.ok()),
        Outcome::Refuse => (view.glyphs.refuse, theme.deny()),
        Outcome::AskedOnSend | Outcome::Unanswered => (view.glyphs.ask, theme.unknown()),
        Outcome::Off => (view.glyphs.off, theme.faint()),
    };
    let refused = verdict.outcome == Outcome::Refuse;
    grid.push(mark, style);
    grid.push(verdict.gate.as_str(), theme.text());
    let number = |of: fn(&Measure) -> Decimal| {
        let measure = verdict.measure.as_ref();
        measure.map_or(SmolStr::default(), |held| number(of(held), held.unit))
    };
    grid.push(number(|held| held.value.decimal()), theme.text());
    grid.push(number(|held| held.limit.decimal()), theme.dim());
    let left = if refused { theme.deny() } else { theme.dim() };
    grid.push(number(Measure::headroom), left);
    let age = verdict.age_ms.map(std::time::Duration::from_millis);
    grid.push(age.map_or(SmolStr::default(), format::age), theme.dim());
    let words = if refused { theme.deny() } else { theme.dim() };
    grid.push(verdict.reason.as_ref(), words);
}

fn number(value: Decimal, unit: Unit) -> SmolStr {
    match unit {
        Unit::Usd => format::decimal(value, 2, Sign::Minus),
        Unit::Bps | Unit::Count | Unit::Units => {
            let value = value.normalize();
            format::decimal(value, value.scale(), Sign::Minus)
        }
        Unit::NavRatio => {
            let percent = value.saturating_mul(Decimal::ONE_HUNDRED);
            let text = format::decimal(percent, 2, Sign::Minus);
            smol_str::format_smolstr!("{text}%")
        }
        Unit::Ms => {
            let seconds = value.checked_div(Decimal::ONE_THOUSAND).unwrap_or_default();
            smol_str::format_smolstr!("{}s", format::decimal(seconds, 1, Sign::Minus))
        }
    }
}

type Pairs = Vec<(&'static str, String)>;

fn order_pairs(basis: &Basis, view: &View<'_>) -> Pairs {
    let order = &basis.order;
    let decimals = view.decimals(&order.symbol);
    let price = |price: Price| format::price(price, decimals.max(price.scale())).to_string();
    let mut pairs = vec![
        ("type", order.order_type.as_str().replace('_', " ")),
        ("time in force", order.tif.as_str().to_owned()),
    ];
    pairs.extend(order.limit_price.map(|at| ("limit", price(at))));
    pairs.extend(order.stop_price.map(|at| ("stop", price(at))));
    pairs.push(("strategy", order.strategy_id.to_string()));
    pairs.push(("broker", order.broker.to_string()));
    pairs.push(("sent by", order.actor.clone()));
    pairs.push(("key", order.idempotency_key.to_string()));
    pairs
}

fn market_pairs(basis: &Basis, view: &View<'_>) -> Pairs {
    let seen = &basis.seen;
    let unknown = || view.glyphs.unknown.to_owned();
    let decimals = view.decimals(&basis.order.symbol);
    let age = |ms: Option<u64>| {
        let age = ms.map(std::time::Duration::from_millis);
        age.map_or_else(unknown, |age| format::age(age).to_string())
    };
    let quote = seen.quote.as_ref();
    let price = |at: Price| format::price(at, decimals);
    let both = quote.map(|it| format!("{} / {}", price(it.bid), price(it.ask)));
    let sizes = quote.map(|it| {
        let (bid, ask) = (format::quantity(it.bid_size), format::quantity(it.ask_size));
        format!("{bid} / {ask}")
    });
    let mut pairs = vec![
        ("bid / ask", both.unwrap_or_else(unknown)),
        ("sizes", sizes.unwrap_or_else(unknown)),
        ("quote age", age(seen.quote_age_ms)),
        (
            "tick",
            seen.tick.map_or_else(unknown, |tick| tick.to_string()),
        ),
    ];
    let rate = seen.usd_rate;
    pairs.push((
        "USD rate",
        rate.map_or_else(unknown, |rate| rate.to_string()),
    ));
    if seen.usd_rate_age_ms.is_some() {
        pairs.push(("rate age", age(seen.usd_rate_age_ms)));
    }
    if let Some(borrow) = &seen.borrow {
        let bps = borrow.fee_bps.decimal().normalize();
        pairs.push(("borrow fee", format!("{bps} bps a year")));
    }
    pairs
}

fn book_pairs(basis: &Basis, view: &View<'_>) -> Pairs {
    let seen = &basis.seen;
    let unknown = || view.glyphs.unknown.to_owned();
    let usd =
        |money: Option<Money>| money.map_or_else(unknown, |money| format::money(money).to_string());
    let groups = &seen.groups;
    let named = |name: &Option<SmolStr>| name.as_ref().map_or_else(unknown, SmolStr::to_string);
    vec![
        ("NAV", usd(seen.nav_usd)),
        ("held", format::quantity(basis.position).to_string()),
        (
            "working buys",
            format::quantity(basis.working_buy).to_string(),
        ),
        (
            "working sells",
            format::quantity(basis.working_sell).to_string(),
        ),
        ("others gross", usd(seen.other_gross_usd)),
        ("others net high", usd(seen.other_net_high_usd)),
        ("others net low", usd(seen.other_net_low_usd)),
        ("sector", named(&groups.sector)),
        ("sector, others", usd(groups.other_sector_usd)),
        ("country", named(&groups.country)),
        ("country, others", usd(groups.other_country_usd)),
        ("class, others", usd(groups.other_class_usd)),
    ]
}
