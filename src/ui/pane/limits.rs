//! How full each limit is: a bar, the value, the limit.
//!
//! Amber above 70 %, red above 90 %. A value nobody knows has no bar.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::domain::{BrokerId, Money, Rate, Timestamp};
use crate::engine::Snapshot;
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::bar::{self, Place};
use crate::ui::widget::paint::{self, Span};

/// One limit and what stands against it.
#[derive(Debug)]
struct Row {
    name: String,
    /// Used over limit; none where the use is not known.
    ratio: Option<f64>,
    value: SmolStr,
    limit: SmolStr,
}

/// The pane's own state.
#[derive(Debug, Default)]
pub struct LimitsPane {
    rows: Vec<Row>,
    /// Lists that are empty, in words: an empty list allows nothing.
    shut: Vec<&'static str>,
    wake: Option<Timestamp>,
}

/// Returns the style of a used share.
fn used(ratio: f64, view: &View<'_>) -> Style {
    match ratio {
        n if n > 0.9 => view.theme.deny(),
        n if n > 0.7 => view.theme.warn(),
        _ => view.theme.info(),
    }
}

fn share(part: Option<Money>, nav: Option<Money>) -> Option<Rate> {
    part?.ratio(nav?)
}

impl LimitsPane {
    fn push(&mut self, name: impl Into<String>, value: Option<Rate>, limit: Rate, view: &View<'_>) {
        let unknown = SmolStr::new_static(view.glyphs.unknown);
        let ratio = value.and_then(|value| {
            value
                .decimal()
                .abs()
                .checked_div(limit.decimal().abs())
                .and_then(|r| Rate::new(r).ok())
        });
        self.rows.push(Row {
            name: name.into(),
            ratio: ratio.map(Rate::to_f64),
            value: value.map_or(unknown, |value| format::percent(value, 1, Sign::Minus)),
            limit: format::percent(limit, 0, Sign::Minus),
        });
    }

    fn push_day(&mut self, limit: Rate, view: &View<'_>) {
        let day = view.value.day_ratio;
        let unknown = SmolStr::new_static(view.glyphs.unknown);
        // Only a loss uses the limit up.
        let loss = day.map(|day| (-day.decimal()).max(Decimal::ZERO));
        let ratio = loss.and_then(|loss| loss.checked_div(limit.decimal()));
        self.rows.push(Row {
            name: "day loss".to_owned(),
            ratio: ratio
                .and_then(|ratio| Rate::new(ratio).ok())
                .map(Rate::to_f64),
            value: day.map_or(unknown, |day| format::percent(day, 2, Sign::Both)),
            limit: format::percent(-limit, 0, Sign::Minus),
        });
    }
}

/// Says of each list that is empty that nothing is allowed.
fn shut(snap: &Snapshot) -> Vec<&'static str> {
    let (Some(envelope), Some(fund)) = (snap.risk.envelope(), snap.ledger.fund()) else {
        return Vec::new();
    };
    let lists = [
        (
            envelope.allowed_brokers.is_empty(),
            "no broker is allowed: the list is empty",
        ),
        (
            envelope.allowed_order_types.is_empty(),
            "no order type is allowed: the list is empty",
        ),
        (
            envelope.allowed_asset_classes.is_empty(),
            "no asset class is allowed: the list is empty",
        ),
        (
            fund.asset_classes.is_empty(),
            "the fund trades nothing: its list of asset classes is empty",
        ),
        (
            fund.strategies.is_empty(),
            "nobody may trade: the fund's list of strategies is empty",
        ),
    ];
    let empty = lists.into_iter().filter(|(empty, _)| *empty);
    empty.map(|(_, words)| words).collect()
}

impl Pane for LimitsPane {
    fn act(&mut self, _action: Action, _view: &View<'_>) -> Reaction {
        Reaction::Ignored
    }

    fn fit(&mut self, _area: Rect, view: &View<'_>) {
        self.rows.clear();
        self.shut = shut(view.snap);
        let Some(limits) = view.snap.risk.limits() else {
            return;
        };
        let nav = view.value.nav_usd;
        self.push(
            "gross",
            share(view.value.gross_usd, nav),
            limits.gross,
            view,
        );
        self.push(
            "net",
            share(view.value.positions_usd, nav),
            limits.net,
            view,
        );
        if let Some(symbol) = view.symbol {
            let held = view.value.rows.iter().find(|row| row.symbol == *symbol);
            let ratio = held.map_or(nav.map(|_| Rate::ZERO), |row| row.nav_ratio);
            self.push(format!("{symbol} position"), ratio, limits.position, view);
        }
        let largest = view
            .value
            .rows
            .iter()
            .filter_map(|row| Some((row.nav_ratio?, &row.symbol)));
        if let Some((ratio, symbol)) = largest.max_by_key(|(ratio, _)| ratio.abs()) {
            self.push(
                format!("largest {symbol}"),
                Some(ratio),
                limits.position,
                view,
            );
        }
        self.push_day(limits.day_loss, view);
        let rates = view.snap.risk.rates();
        let fund = rates.of_fund(view.now);
        let broker = &view.snap.desk.broker;
        let venue = BrokerId::new(broker).map_or((0, 0), |id| rates.of_broker(&id, view.now));
        self.wake = (fund.0 > 0).then(|| view.now.plus(std::time::Duration::from_secs(1)));
        for (name, (sent, most)) in [
            ("messages/s".to_owned(), fund),
            (format!("{broker} messages/s"), venue),
        ] {
            self.rows.push(Row {
                name,
                ratio: Some(f64::from(sent) / f64::from(most.max(1))),
                value: smol_str::format_smolstr!("{sent}"),
                limit: smol_str::format_smolstr!("{most}"),
            });
        }
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let version = view.snap.risk.envelope().map(|envelope| envelope.version);
        let summary = version.map_or(String::new(), |version| format!("envelope v{version}"));
        let body = view.open(area, buf, "Limits", &[Span::new(summary, theme.dim())]);
        if self.rows.is_empty() {
            let line = "no limits: a fund without an envelope trades nothing";
            view.empty(body, buf, &[vec![Span::new(line, theme.dim())]]);
            return;
        }
        let longest = |text: &dyn Fn(&Row) -> u16| self.rows.iter().map(text).max().unwrap_or(0);
        let name = longest(&|row| paint::width(&row.name))
            .max(16)
            .min(area.width / 3);
        let value = longest(&|row| paint::width(&row.value)).max(7);
        let limit = longest(&|row| paint::width(&row.limit)).max(4);
        let all = self.rows.len() + self.shut.len();
        let blank = usize::from(usize::from(body.height) > all);
        // What allows nothing comes first: no other limit matters then.
        let lines = body.rows().skip(blank);
        for (words, line) in self.shut.iter().zip(lines) {
            let width = line.width.saturating_sub(1);
            paint::text(
                buf,
                (line.x.saturating_add(1), line.y),
                width,
                words,
                theme.deny(),
            );
        }
        let lines = body.rows().skip(blank + self.shut.len());
        for (row, line) in self.rows.iter().zip(lines) {
            let left = line.x.saturating_add(1);
            let end = line.right().saturating_sub(1);
            paint::text(buf, (left, line.y), name, &row.name, theme.text());
            paint::text_right(buf, (end, line.y), limit, &row.limit, theme.dim());
            let of = end.saturating_sub(limit).saturating_sub(1);
            paint::text_right(buf, (of, line.y), 2, "of", theme.faint());
            let figure = of.saturating_sub(3);
            let style = row.ratio.filter(|ratio| *ratio > 0.7);
            let style = style.map_or(theme.text(), |ratio| used(ratio, view));
            paint::text_right(buf, (figure, line.y), value, &row.value, style);
            let x = left.saturating_add(name).saturating_add(1);
            let width = figure
                .saturating_sub(value)
                .saturating_sub(1)
                .saturating_sub(x);
            let place = Place {
                x,
                y: line.y,
                width,
            };
            if let Some(ratio) = row.ratio {
                bar::line_bar(
                    buf,
                    place,
                    ratio,
                    (used(ratio, view), theme.faint()),
                    view.glyphs,
                );
            }
        }
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        let books = !Arc::ptr_eq(&old.ledger, &new.ledger) || !Arc::ptr_eq(&old.risk, &new.risk);
        let held = new.ledger.holdings().any(|held| !held.quantity.is_zero());
        books || (held && !Arc::ptr_eq(&old.market, &new.market))
    }

    fn wake(&self) -> Option<Timestamp> {
        self.wake
    }
}
