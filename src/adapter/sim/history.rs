//! Bars of the synthetic market: the same path the live quotes walk, looked at backwards.

use std::time::Duration;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use crate::adapter::sim::Market;
use crate::adapter::sim::path::{bell, scramble};
use crate::domain::{Bar, Interval, Quantity, Rate, Symbol, Timestamp};

/// Bars in one answer: the newest ones.
const BARS_MOST: i64 = 5_000;
/// Looks at the path within one bar.
const LOOKS: u32 = 12;

/// Friday's close: weeks counted from the epoch (a Thursday) end a day and a bit later, at Saturday's midnight UTC.
const WEEK_SHIFT: Duration = Duration::from_hours(48);

/// Returns the end of the newest bar that is closed at `at`.
fn newest_end(interval: Interval, at: Timestamp) -> Timestamp {
    let length = interval.duration();
    match interval {
        Interval::W1 => at.minus(WEEK_SHIFT).floor(length).plus(WEEK_SHIFT),
        Interval::M1
        | Interval::M5
        | Interval::M15
        | Interval::M30
        | Interval::H1
        | Interval::H4
        | Interval::D1 => at.floor(length),
    }
}

/// Returns the bars that end after `start` and not after `end`, oldest first.
pub(super) fn bars(
    market: &mut Market,
    symbol: &Symbol,
    interval: Interval,
    start: Timestamp,
    end: Timestamp,
) -> Option<Vec<Bar>> {
    let index = market.index_of(symbol)?;
    let length = interval.duration();
    let last = newest_end(interval, end);
    let span = i64::try_from(length.as_micros()).unwrap_or(i64::MAX).max(1);
    let gap = last.as_us().saturating_sub(start.as_us());
    // A bar that ends exactly at `start` is not after it.
    let count = gap
        .saturating_add(span - 1)
        .div_euclid(span)
        .clamp(0, BARS_MOST);
    let mut bars = Vec::new();
    for back in (0..count).rev() {
        let ends = Timestamp::from_us(last.as_us().saturating_sub(back.saturating_mul(span)));
        bars.push(bar(market, index, symbol, interval, ends)?);
    }
    Some(bars)
}

fn bar(
    market: &mut Market,
    index: usize,
    symbol: &Symbol,
    interval: Interval,
    ends: Timestamp,
) -> Option<Bar> {
    let length = interval.duration();
    let begins = ends.minus(length);
    let open = market.mid_at(index, begins)?;
    let (mut high, mut low, mut close) = (open, open, open);
    for look in 1..=LOOKS {
        close = market.mid_at(index, begins.plus(length * look / LOOKS))?;
        high = high.max(close);
        low = low.min(close);
    }
    let salt = scramble(u64::from_ne_bytes(ends.as_us().to_ne_bytes()));
    let usual = market.quote_at(index, ends, 0)?.ask_size.to_f64();
    // Wide bars are busy bars.
    let range = (high - low).ratio(open).map_or(0.0, Rate::to_f64);
    let minutes = length.as_secs_f64() / 60.0;
    let busy = 1.0 + range * 2_000.0 / minutes.sqrt();
    let n_trades = (minutes * 20.0 * busy * (0.4 * bell(salt)).exp()).max(1.0);
    let volume = Decimal::from_f64((usual * 0.3 * n_trades).round())?;
    Some(Bar {
        symbol: symbol.clone(),
        interval,
        open,
        high,
        low,
        close,
        volume: Quantity::new(volume).ok()?,
        vwap: None,
        n_trades: n_trades.to_u64(),
        timestamp: ends,
    })
}
