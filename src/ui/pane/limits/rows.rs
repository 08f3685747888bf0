//! The rows of the limits: each value as the gates hold it, its limit, and what the room between them comes to.
//!
//! Pure: reads the view, paints nothing. Amounts stay decimals; only the share of a
//! bar is a binary float.

use rust_decimal::Decimal;
use smol_str::{SmolStr, format_smolstr};

use crate::domain::{BrokerId, Instrument, Money, Quantity, Rate, Symbol};
use crate::engine::Snapshot;
use crate::order::exposure::GroupSum;
use crate::ui::format::{self, Sign};
use crate::ui::pane::View;
use crate::ui::pane::loss::{self, Loss};

/// One limit and what stands against it.
#[derive(Debug)]
pub(super) struct Row {
    /// What is limited.
    pub(super) name: SmolStr,
    /// Used over limit; none where the use is not known, or is none's but an order's own.
    pub(super) ratio: Option<f64>,
    pub(super) value: SmolStr,
    pub(super) limit: SmolStr,
    pub(super) left: SmolStr,
    pub(super) fill: SmolStr,
    /// Beyond the limit.
    pub(super) over: bool,
}

/// Returns a limit as a percentage with the decimals it needs, two at most.
pub(in crate::ui::pane) fn limit_text(limit: Rate) -> SmolStr {
    let value = limit.decimal().saturating_mul(Decimal::ONE_HUNDRED);
    format::percent(limit, value.normalize().scale().min(2), Sign::Minus)
}

/// Returns one number over another as a share of a bar.
pub(in crate::ui::pane) fn share(value: Decimal, limit: Decimal) -> Option<f64> {
    if limit <= Decimal::ZERO {
        // Nothing is allowed: what is there is beyond it.
        return Some(if value > Decimal::ZERO { f64::MAX } else { 1.0 });
    }
    let ratio = value.checked_div(limit)?;
    Rate::new(ratio).ok().map(Rate::to_f64)
}

/// Says what is left of an amount, or by how much it is over.
fn dollars(room: Money) -> SmolStr {
    let size = format::compact(room.abs());
    if room.is_negative() {
        format_smolstr!("over by {size} USD")
    } else {
        format_smolstr!("{size} USD more")
    }
}

/// A value against its limit, both in USD, shown over a base.
struct Against {
    value: Money,
    limit: Money,
    base: Money,
    written: Rate,
}

impl Against {
    fn row(&self, name: SmolStr, fill: SmolStr) -> Row {
        let ratio = |part: Money| part.ratio(self.base).unwrap_or_default();
        let value = ratio(self.value);
        let room = self.limit - self.value;
        Row {
            name,
            ratio: share(self.value.decimal(), self.limit.decimal()),
            value: format::percent(value, 2, Sign::Minus),
            limit: limit_text(self.written),
            left: format::percent(ratio(room), 2, Sign::Minus),
            fill,
            over: room.is_negative(),
        }
    }

    fn dollars(&self) -> SmolStr {
        dollars(self.limit - self.value)
    }
}

/// Works the rows out.
struct Rows<'a> {
    view: &'a View<'a>,
    nav: Option<Money>,
    out: Vec<Row>,
}

impl Rows<'_> {
    fn unknown(&mut self, name: impl Into<SmolStr>, written: SmolStr, why: &'static str) {
        let unknown = SmolStr::new_static(self.view.glyphs.unknown);
        self.out.push(Row {
            name: name.into(),
            ratio: None,
            value: unknown.clone(),
            limit: written,
            left: unknown,
            fill: SmolStr::new_static(why),
            over: false,
        });
    }

    /// Holds a value to a share of NAV; says in `fill` what the room comes to.
    fn push(
        &mut self,
        name: impl Into<SmolStr>,
        (value, written): (Option<Money>, Rate),
        fill: impl FnOnce(&Against) -> SmolStr,
    ) {
        let why = match (self.nav, value) {
            (None, _) => "NAV is not known",
            (Some(nav), _) if !nav.is_positive() => "NAV is not above zero",
            (Some(_), None) => "a price is missing",
            (Some(base), Some(value)) => {
                let against = Against {
                    value,
                    limit: base * written,
                    base,
                    written,
                };
                let fill = fill(&against);
                return self.out.push(against.row(name.into(), fill));
            }
        };
        self.unknown(name, limit_text(written), why);
    }

    fn net(&mut self, written: Rate) {
        let net = self.view.snap.exposure.net_usd();
        if written.is_negative() {
            // Holds the fund net short: only what is bought comes nearer.
            let high = net.map(|(_, high)| high);
            return self.push("net", (high, written), Against::dollars);
        }
        // The side that is nearer to the limit.
        let worst = net.map(|(low, high)| if -low > high { -low } else { high });
        self.push("net", (worst, written), |held| {
            let Some((low, high)) = net else {
                return SmolStr::default();
            };
            let (up, down) = (held.limit - high, held.limit + low);
            if up.is_negative() || down.is_negative() {
                return held.dollars();
            }
            let (up, down) = (format::compact(up), format::compact(down));
            format_smolstr!("buy {up}, sell {down}")
        });
        let short = net.is_some_and(|(low, high)| -low > high);
        if let Some(row) = self.out.last_mut().filter(|_| short) {
            // Said with its sign: the limit holds on either side.
            row.value = format_smolstr!("-{}", row.value);
        }
    }

    /// The chosen symbol against the limits of one position and of one order.
    fn symbol(&mut self, symbol: &Symbol) {
        let snap = self.view.snap;
        let Some(limits) = snap.risk.limits() else {
            return;
        };
        let instrument = snap.market.instrument(symbol).map(|known| &**known);
        let stake = snap.exposure.stake(symbol);
        let (high, low) = (
            stake.position + stake.working_buy,
            stake.position - stake.working_sell,
        );
        let flat = high.is_zero() && low.is_zero();
        let short = -low > high;
        let units = if short { -low } else { high };
        let unit = stake
            .unit_usd
            .or_else(|| unit_usd(symbol, instrument, snap));
        let value = if flat {
            Some(Money::ZERO)
        } else {
            unit.map(|unit| unit.times(units))
        };
        let more = |room: Money, over: bool| -> Option<SmolStr> {
            let count = lots(room.abs(), unit?, instrument?.lot, over)?;
            let count = format::quantity(count);
            Some(match (over, short) {
                (true, _) => format_smolstr!("over by {count} {symbol}"),
                (false, true) => format_smolstr!("sell {count} more"),
                (false, false) => format_smolstr!("{count} more {symbol}"),
            })
        };
        let said = |held: &Against| {
            let room = held.limit - held.value;
            more(room, room.is_negative()).unwrap_or_else(|| held.dollars())
        };
        let name = format_smolstr!("{symbol} position");
        self.push(name, (value, limits.position), said);
        if let Some(row) = self
            .out
            .last_mut()
            .filter(|row| short && row.ratio.is_some())
        {
            row.value = format_smolstr!("-{}", row.value);
        }
        if let Some(most) = limits.position_usd {
            let name = format_smolstr!("{symbol} USD");
            self.usd(name, value, most, |room| more(room, room.is_negative()));
        }
        let each = unit.zip(instrument).and_then(|(unit, known)| {
            let count = lots(limits.order_usd, unit, known.lot, false)?;
            Some(format_smolstr!("{} {symbol}", format::quantity(count)))
        });
        let fill = each.unwrap_or(SmolStr::new_static("a price is missing"));
        self.out.push(Row {
            name: SmolStr::new_static("one order USD"),
            ratio: None,
            value: SmolStr::default(),
            limit: format::compact(limits.order_usd),
            left: SmolStr::default(),
            fill,
            over: false,
        });
    }

    fn usd(
        &mut self,
        name: SmolStr,
        value: Option<Money>,
        limit: Money,
        fill: impl FnOnce(Money) -> Option<SmolStr>,
    ) {
        let Some(value) = value else {
            return self.unknown(name, format::compact(limit), "a price is missing");
        };
        let room = limit - value;
        self.out.push(Row {
            name,
            ratio: share(value.decimal(), limit.decimal()),
            value: format::compact(value),
            limit: format::compact(limit),
            left: format::compact(room),
            fill: fill(room).unwrap_or_else(|| dollars(room)),
            over: room.is_negative(),
        });
    }

    /// The position that stands nearest to its limit, unless it is the chosen one.
    fn largest(&mut self, written: Rate) {
        let view = self.view;
        let rows = view.value.rows.iter();
        let largest = rows
            .filter_map(|row| Some((row.value_usd?, &row.symbol)))
            .max_by_key(|(value, _)| value.abs());
        let Some((value, symbol)) = largest.filter(|(_, symbol)| Some(*symbol) != view.symbol)
        else {
            return;
        };
        let name = format_smolstr!("largest {symbol}");
        self.push(name, (Some(value.abs()), written), Against::dollars);
        if let Some(row) = self.out.last_mut().filter(|_| value.is_negative()) {
            row.value = format_smolstr!("-{}", row.value);
        }
    }

    /// The fullest group of a kind, what is of an unknown one counted in it as the gates do.
    fn group<'n>(
        &mut self,
        kind: &'static str,
        limit: Option<Rate>,
        groups: impl Iterator<Item = (Option<&'n str>, GroupSum)>,
    ) {
        let Some(written) = limit else {
            return;
        };
        let known = self.view.snap.exposure.gross_usd().is_some();
        let (mut nowhere, mut fullest) = (Money::ZERO, None);
        for (name, sum) in groups {
            match name {
                None => nowhere = sum.gross,
                Some(name) if fullest.is_none_or(|(_, most)| sum.gross > most) => {
                    fullest = Some((name, sum.gross));
                }
                Some(_) => {}
            }
        }
        let (name, gross) = fullest.unwrap_or(("", Money::ZERO));
        let name = match (gross.is_zero(), nowhere.is_zero()) {
            (true, true) => SmolStr::new_static(kind),
            (true, false) => format_smolstr!("{kind} unknown"),
            (false, _) => format_smolstr!("{kind} {name}"),
        };
        let value = known.then(|| gross + nowhere);
        self.push(name, (value, written), Against::dollars);
    }

    fn loss(&mut self, loss: &Loss) {
        let Some(change) = loss.change_usd else {
            let why = "no start or price is known";
            return self.unknown(loss.name, limit_text(-loss.limit), why);
        };
        // Only a loss uses the limit up; what has reached it is too much.
        let lost = (-change).max(Money::ZERO);
        let limit = loss.limit_usd.unwrap_or_default();
        let over = loss.reached();
        let ratio = |part: Money| loss.start_usd.and_then(|start| part.ratio(start));
        let text = |part: Money, sign| {
            let ratio = ratio(part).unwrap_or_default();
            format::percent(ratio, 2, sign)
        };
        let room = limit + change;
        self.out.push(Row {
            name: SmolStr::new_static(loss.name),
            ratio: share(lost.decimal(), limit.decimal()),
            value: text(change, Sign::Both),
            limit: limit_text(-loss.limit),
            left: text(room, Sign::Minus),
            fill: if over {
                SmolStr::new_static("reached: it halts")
            } else {
                format_smolstr!("lose {} USD", format::compact(room))
            },
            over,
        });
    }

    fn rate(&mut self, name: SmolStr, (sent, most): (u32, u32)) {
        let left = most.saturating_sub(sent);
        self.out.push(Row {
            name,
            ratio: Some(f64::from(sent) / f64::from(most.max(1))),
            value: format_smolstr!("{sent}"),
            limit: format_smolstr!("{most}"),
            left: format_smolstr!("{left}"),
            fill: format_smolstr!("{left} more this second"),
            over: false,
        });
    }
}

/// Returns what one unit of a symbol is worth in USD.
fn unit_usd(symbol: &Symbol, of: Option<&Instrument>, snap: &Snapshot) -> Option<Money> {
    let mid = snap.market.cell(symbol)?.mid()?;
    let rate = snap.market.usd_rate(of?.currency)?;
    Some(mid * Quantity::whole(1) * rate)
}

/// Returns the whole lots an amount comes to; rounded up where they are to be given back.
fn lots(amount: Money, unit: Money, lot: Quantity, up: bool) -> Option<Quantity> {
    let exact = amount.decimal().checked_div(unit.decimal())?;
    let exact = Quantity::new(exact).ok()?;
    let whole = exact.to_lot(lot);
    Some(if up && whole < exact {
        whole + lot
    } else {
        whole
    })
}

/// Works out every row, in an order that stays.
pub(super) fn rows(view: &View<'_>) -> Vec<Row> {
    let snap = view.snap;
    let Some(limits) = snap.risk.limits() else {
        return Vec::new();
    };
    let mut rows = Rows {
        view,
        nav: snap.exposure.nav_usd(),
        out: Vec::with_capacity(16),
    };
    rows.push(
        "gross",
        (snap.exposure.gross_usd(), limits.gross),
        Against::dollars,
    );
    rows.net(limits.net);
    if let Some(symbol) = view.symbol {
        rows.symbol(symbol);
    }
    rows.largest(limits.position);
    rows.group(
        "sector",
        limits.sector,
        snap.exposure
            .sectors()
            .map(|(name, sum)| (name.map(SmolStr::as_str), sum)),
    );
    rows.group(
        "class",
        limits.class,
        snap.exposure
            .classes()
            .map(|(class, sum)| (Some(class.as_str()), sum)),
    );
    rows.group(
        "country",
        limits.country,
        snap.exposure
            .countries()
            .map(|(name, sum)| (name.map(SmolStr::as_str), sum)),
    );
    for loss in loss::losses(view) {
        rows.loss(&loss);
    }
    let rates = snap.risk.rates();
    rows.rate(SmolStr::new_static("messages/s"), rates.of_fund(view.now));
    let broker = &snap.desk.broker;
    if let Ok(id) = BrokerId::new(broker) {
        let name = format_smolstr!("{broker} messages/s");
        rows.rate(name, rates.of_broker(&id, view.now));
    }
    rows.out
}
