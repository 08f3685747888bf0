//! How a ticket looks: fields, figures, one line a gate, changes that pass, the most that passes.
//!
//! Lines carry a rank; where there is no room the highest ranks go first, so the
//! fields and refusals stay to the last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use rust_decimal::Decimal;

use crate::domain::{OrderType, TicketSize};
use crate::event::{Measure, Outcome, Unit, Verdict};
use crate::order::books::Preview;
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::ticket::{Draft, Field, Frozen, Open, age_words, warn};
use crate::ui::pane::{View, pretty};
use crate::ui::widget::paint::{self, Span};

/// One line.
struct Line<'a> {
    left: Vec<Span<'a>>,
    right: Vec<Span<'a>>,
    /// Zero stays; the highest goes first.
    rank: u8,
}

const GATE_WIDTH: usize = 14;

/// Paints the pane without a ticket.
pub(super) fn draw_closed(area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let theme = view.theme;
    let body = view.open(area, buf, "Ticket", &[Span::new("none open", theme.dim())]);
    let symbol = view.symbol.map_or("a symbol", |symbol| symbol.as_str());
    let mut line = Vec::new();
    for action in [Action::Buy, Action::Sell, Action::Short] {
        line.extend(view.hint(action));
        line.push(Span::new("   ", theme.dim()));
    }
    line.push(Span::new(symbol, theme.text()));
    let seven = "judged by every gate on each keystroke";
    view.empty(
        body,
        buf,
        &[line, Vec::new(), vec![Span::new(seven, theme.faint())]],
    );
}

/// Paints an open ticket.
pub(super) fn draw(area: Rect, buf: &mut Buffer, open: &Open, view: &View<'_>) {
    let theme = view.theme;
    let draft = &open.draft;
    let side = draft.side.as_str().to_ascii_uppercase();
    let name = if draft.changes.is_some() {
        "Change"
    } else {
        "Ticket"
    };
    let title = format!("{name} {} {side} {}", view.glyphs.dot, draft.symbol);
    let judged = open
        .preview
        .as_ref()
        .is_some_and(|preview| !preview.verdicts.is_empty());
    let state = match (&open.frozen, open.preview.as_ref().map(Preview::passes)) {
        (Some(_), _) => Span::new("review", theme.key()),
        (None, Some(true)) => Span::new("draft", theme.dim()),
        (None, _) if draft.quantity.is_empty() => Span::new("draft", theme.dim()),
        (None, _) if draft.changes.is_some() && !judged => Span::new("draft", theme.dim()),
        (None, _) => Span::new("refused", theme.deny()),
    };
    let body = view.open(area, buf, &title, &[state]);
    let inner = Rect::new(
        body.x + 1.min(body.width),
        body.y,
        body.width.saturating_sub(2),
        body.height,
    );
    let mut lines = Vec::new();
    lines.push(blank(9));
    match &open.frozen {
        Some(frozen) => push_frozen(&mut lines, frozen, open.preview.as_ref(), view),
        None => push_fields(&mut lines, open, view),
    }
    if let Some(changed) = &draft.changes {
        lines.push(line(
            vec![
                Span::new(format!("{:<10}", "was"), theme.dim()),
                Span::new(changed.was.as_str(), theme.text()),
            ],
            2,
        ));
    }
    if let Some(preview) = &open.preview {
        lines.push(rule(inner.width, view));
        push_figures(&mut lines, preview, view);
        lines.push(blank(8));
        push_verdicts(&mut lines, preview, view);
        if open.frozen.is_none() {
            push_fixes(&mut lines, preview, view);
            push_max(&mut lines, preview, view);
        }
    }
    if let Some(words) = &open.complaint {
        lines.push(blank(7));
        let mark = format!("{} ", view.glyphs.refuse);
        lines.push(line(
            vec![
                Span::new(mark, theme.deny()),
                Span::new(words.clone(), theme.text()),
            ],
            0,
        ));
    }
    let keys = keys_line(open, view);
    let room = usize::from(inner.height.saturating_sub(1));
    drop_lines(&mut lines, room);
    for (line, row) in lines.iter().zip(inner.rows()).take(room) {
        draw_line(buf, row, line, view);
    }
    if let Some(last) = inner
        .rows()
        .take(room)
        .last()
        .filter(|_| lines.len() > room)
    {
        let more = view.glyphs.more;
        let at = last.right().saturating_sub(paint::width(more));
        paint::text(buf, (at, last.y), last.width, more, theme.warn());
    }
    let foot = inner
        .bottom()
        .saturating_sub(if inner.height > 24 { 2 } else { 1 });
    paint::groups(buf, (inner.x, foot), inner.width, 3, &keys);
}

fn blank<'a>(rank: u8) -> Line<'a> {
    line(Vec::new(), rank)
}

fn line(left: Vec<Span<'_>>, rank: u8) -> Line<'_> {
    Line {
        left,
        right: Vec::new(),
        rank,
    }
}

fn rule<'a>(width: u16, view: &View<'a>) -> Line<'a> {
    let text = view.glyphs.rule.repeat(usize::from(width));
    line(vec![Span::new(text, view.theme.faint())], 6)
}

fn drop_lines(lines: &mut Vec<Line<'_>>, room: usize) {
    while lines.len() > room {
        let ranks = lines.iter().enumerate().filter(|(_, line)| line.rank > 0);
        let Some((at, _)) = ranks.max_by_key(|(_, line)| line.rank) else {
            return;
        };
        lines.remove(at);
    }
}

fn draw_line(buf: &mut Buffer, row: Rect, line: &Line<'_>, view: &View<'_>) {
    let right = paint::spans_width(&line.right);
    let left = paint::spans_width(&line.left);
    let more = view.glyphs.more;
    let cut = if left > row.width {
        paint::width(more)
    } else {
        0
    };
    let end = row.width.saturating_sub(cut);
    let at = paint::spans(buf, (row.x, row.y), end, &line.left);
    if cut > 0 {
        paint::text(buf, (at, row.y), cut, more, view.theme.dim());
    }
    // The words hold both numbers; what is left over can be done without.
    if left.saturating_add(right).saturating_add(1) <= row.width {
        paint::spans(buf, (row.right() - right, row.y), right, &line.right);
    }
}

fn push_fields<'a>(lines: &mut Vec<Line<'a>>, open: &'a Open, view: &View<'a>) {
    let draft = &open.draft;
    let key = |action: Action| pretty(&view.keys.key_of(action));
    for field in draft.fields() {
        let (label, text, hint) = match field {
            Field::Quantity => ("quantity", draft.quantity.as_str(), size_hint(draft, view)),
            Field::Type => ("type", type_word(draft.order_type), key(Action::CycleType)),
            Field::Limit => ("limit", draft.limit.as_str(), price_hint(view)),
            Field::Stop => ("stop", draft.stop.as_str(), price_hint(view)),
            Field::Tif => ("tif", draft.tif.as_str(), key(Action::CycleTif)),
        };
        lines.push(field_line(draft, field, (label, text, hint), view));
    }
    let strategy = open.sender.strategy_id.as_str();
    lines.push(Line {
        left: vec![
            Span::new(format!("{:<10}", "strategy"), view.theme.dim()),
            Span::new(strategy, view.theme.text()),
        ],
        right: Vec::new(),
        rank: 7,
    });
}

fn type_word(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::StopLimit => "stop limit",
        OrderType::MarketableLimit => "marketable limit",
        other => other.as_str(),
    }
}

fn size_hint(draft: &Draft, view: &View<'_>) -> String {
    if draft.changes.is_some() {
        return "units, what is done included".to_owned();
    }
    ["100", "$25k", "2%", "r0.5%", "max"].join(&format!(" {} ", view.glyphs.dot))
}

fn price_hint(view: &View<'_>) -> String {
    let actions = [
        Action::PriceBid,
        Action::PriceAsk,
        Action::PriceMid,
        Action::PriceTouch,
    ];
    let keys: Vec<String> = actions
        .iter()
        .map(|action| view.keys.key_of(*action))
        .collect();
    format!("{} {}", keys.join(" "), view.glyphs.arrows)
}

fn field_line<'a>(
    draft: &Draft,
    field: Field,
    (label, text, hint): (&'static str, &'a str, String),
    view: &View<'a>,
) -> Line<'a> {
    let theme = view.theme;
    let here = draft.field == field;
    let label_style = if here { theme.text() } else { theme.dim() };
    let mut left = vec![Span::new(format!("{label:<10}"), label_style)];
    left.push(Span::new(text, theme.bright()));
    if here {
        left.push(Span::new(view.glyphs.caret, theme.accent()));
    }
    let right = match draft.fault(field) {
        Some(_) => Span::new("not understood", theme.deny()),
        None => Span::new(hint, theme.faint()),
    };
    Line {
        left,
        right: vec![right],
        rank: 0,
    }
}

fn push_frozen<'a>(
    lines: &mut Vec<Line<'a>>,
    frozen: &'a Frozen,
    today: Option<&Preview>,
    view: &View<'a>,
) {
    let theme = view.theme;
    let ticket = &frozen.ticket;
    let size = match ticket.size {
        Some(TicketSize::Units(units)) => format::quantity(units).to_string(),
        size => size.map_or_else(String::new, |size| size.to_string()),
    };
    let side = ticket.side.as_str().to_ascii_uppercase();
    lines.push(line(
        vec![
            Span::new(
                format!("{side} "),
                view.side(ticket.side)
                    .add_modifier(ratatui::style::Modifier::BOLD),
            ),
            Span::new(format!("{size} {}", ticket.symbol), theme.bright()),
        ],
        0,
    ));
    let word = type_word(ticket.order_type);
    let mut how = vec![Span::new(word, theme.text())];
    for (label, price) in [("limit", ticket.limit_price), ("stop", ticket.stop_price)] {
        if let Some(price) = price {
            // A limit order's limit needs no second name.
            let label = if label == word { "" } else { label };
            how.push(Span::new(
                format!(" {label}").trim_end().to_owned(),
                theme.dim(),
            ));
            how.push(Span::new(" ", theme.dim()));
            how.push(Span::new(
                format::price(price, view.decimals(&ticket.symbol)).to_string(),
                theme.bright(),
            ));
        }
    }
    how.push(Span::new(
        format!("  {}  {}", ticket.tif, ticket.strategy_id),
        theme.dim(),
    ));
    lines.push(line(how, 0));
    lines.push(blank(9));
    if let Some(quote) = &frozen.reviewed.quote {
        let decimals = view.decimals(&ticket.symbol);
        lines.push(line(
            vec![
                Span::new("reviewed on ", theme.dim()),
                Span::new(format::price(quote.bid, decimals).to_string(), theme.text()),
                Span::new(" / ", theme.faint()),
                Span::new(format::price(quote.ask, decimals).to_string(), theme.text()),
                Span::new(
                    format!("  at {}", format::clock(frozen.reviewed.at)),
                    theme.dim(),
                ),
            ],
            0,
        ));
    }
    let age = today.and_then(|today| today.seen.quote_age_ms);
    let stale = |age: &u64| u128::from(*age) > view.snap.market.stale_after().as_millis();
    if let Some(age) = age.filter(stale) {
        let words = format!(
            "{} the quote is {} old: it may not trade on it",
            view.glyphs.warn,
            age_words(age)
        );
        lines.push(line(vec![Span::new(words, theme.warn())], 0));
    }
    if let Some(drift) = today.and_then(|today| warn::drift(frozen, today)) {
        lines.push(line(vec![Span::new(drift, theme.warn())], 0));
    }
}

fn push_figures<'a>(lines: &mut Vec<Line<'a>>, preview: &Preview, view: &View<'a>) {
    let theme = view.theme;
    let unknown = || view.glyphs.unknown.to_owned();
    let money = |amount: Option<crate::domain::Money>| {
        amount.map_or_else(unknown, |amount| format::money(amount).to_string())
    };
    let after = preview
        .after
        .map_or_else(unknown, |units| format::quantity(units).to_string());
    let left = vec![
        Span::new("notional ", theme.dim()),
        Span::new(money(preview.notional_usd), theme.text()),
        Span::new("   fee ", theme.dim()),
        Span::new(money(preview.fee_usd), theme.text()),
        Span::new("   after ", theme.dim()),
        Span::new(after, theme.text()),
    ];
    lines.push(line(left, 2));
    let order = preview.order.as_ref();
    if let Some((order, after)) = order.zip(preview.after) {
        let held = after - order.side.signed(order.quantity);
        let past = warn::passed_stop(order, preview.seen.quote.as_ref());
        if let Some(words) = past.or_else(|| warn::crossing(held, after)) {
            let mark = Span::new(format!("{} ", view.glyphs.warn), theme.warn());
            lines.push(line(vec![mark, Span::new(words, theme.warn())], 0));
        }
    }
}

fn push_verdicts<'a>(lines: &mut Vec<Line<'a>>, preview: &Preview, view: &View<'a>) {
    let theme = view.theme;
    if preview.verdicts.is_empty() {
        let words = preview.faults.first().map_or_else(
            || "no gate was asked".to_owned(),
            |fault| fault.fault.clone(),
        );
        lines.push(line(vec![Span::new(words, theme.dim())], 1));
    }
    for verdict in &preview.verdicts {
        lines.push(verdict_line(verdict, view));
    }
}

fn verdict_line<'a>(verdict: &Verdict, view: &View<'a>) -> Line<'a> {
    let theme = view.theme;
    let (mark, style) = match verdict.outcome {
        Outcome::Pass => (view.glyphs.pass, theme.ok()),
        Outcome::Refuse => (view.glyphs.refuse, theme.deny()),
        Outcome::AskedOnSend | Outcome::Unanswered => (view.glyphs.ask, theme.unknown()),
        Outcome::Off => (view.glyphs.off, theme.faint()),
    };
    let refused = verdict.outcome == Outcome::Refuse;
    let words = if refused { theme.deny() } else { theme.dim() };
    let name = if verdict.outcome == Outcome::Off {
        theme.faint()
    } else {
        theme.text()
    };
    let left = vec![
        Span::new(format!("{mark} "), style),
        Span::new(format!("{:<GATE_WIDTH$}", verdict.gate.as_str()), name),
        Span::new(verdict.reason.to_string(), words),
    ];
    let right = verdict
        .measure
        .as_ref()
        .map(|measure| headroom(measure, words));
    Line {
        left,
        right: right.into_iter().collect(),
        rank: u8::from(!refused),
    }
}

fn headroom<'a>(measure: &Measure, style: Style) -> Span<'a> {
    let left = measure.headroom();
    let text = match measure.unit {
        Unit::Usd | Unit::Count | Unit::Bps => format::decimal(left, 0, Sign::Minus).to_string(),
        Unit::Units => {
            let left = left.normalize();
            format::decimal(left, left.scale(), Sign::Minus).to_string()
        }
        Unit::NavRatio => {
            let percent = left.saturating_mul(Decimal::ONE_HUNDRED);
            format!("{}%", format::decimal(percent, 1, Sign::Minus))
        }
        Unit::Ms => {
            let seconds = left.checked_div(Decimal::ONE_THOUSAND).unwrap_or_default();
            format!("{}s", format::decimal(seconds, 1, Sign::Minus))
        }
    };
    Span::new(text, style)
}

fn push_fixes<'a>(lines: &mut Vec<Line<'a>>, preview: &Preview, view: &View<'a>) {
    let theme = view.theme;
    if preview.fixes.is_empty() {
        return;
    }
    lines.push(blank(8));
    lines.push(line(
        vec![Span::new("smallest change that passes", theme.faint())],
        3,
    ));
    let actions = [Action::Fix1, Action::Fix2, Action::Fix3];
    for (fix, action) in preview.fixes.iter().zip(actions) {
        let key = view.keys.key_of(action);
        let left = vec![
            Span::new(format!("{key:<4}"), theme.key()),
            Span::new(fix.text.clone(), theme.text()),
        ];
        lines.push(line(left, 0));
    }
}

fn push_max<'a>(lines: &mut Vec<Line<'a>>, preview: &Preview, view: &View<'a>) {
    let theme = view.theme;
    let Some(max) = &preview.max else {
        return;
    };
    lines.push(blank(8));
    let mut left = vec![
        Span::new("max ", theme.dim()),
        Span::new(format::quantity(max.quantity).to_string(), theme.bright()),
    ];
    if let Some((gate, _)) = &max.binds {
        left.push(Span::new(format!("  {gate} binds"), theme.dim()));
    }
    if let Some(age) = preview.seen.quote_age_ms {
        let stale = u128::from(age) > view.snap.market.stale_after().as_millis();
        let style = if stale { theme.warn() } else { theme.dim() };
        left.push(Span::new(
            format!(" {} quote {}", view.glyphs.dot, age_words(age)),
            style,
        ));
    }
    lines.push(line(left, 1));
}

fn keys_line<'a>(open: &Open, view: &View<'a>) -> Vec<Vec<Span<'a>>> {
    if open.frozen.is_some() {
        return vec![view.hint(Action::Send), view.hint(Action::Unreview)];
    }
    vec![
        view.hint(Action::Review),
        view.hint(Action::FieldNext),
        view.hint(Action::Discard),
    ]
}
