//! How many whole lots a target comes to: a pure answer from one symbol's books, before any gate is asked.
//!
//! A weight is a ratio of NAV and never money: it becomes a decimal of [`WEIGHT_DECIMALS`] places, which is off
//! by less than a millionth of a cent a million of NAV, and is bounded by [`WEIGHT_MOST`]. What is missing is
//! cut to whole lots, so a trade never goes beyond its target and less than a lot stays open. What works is
//! taken as done, stops aside; what would take more than the books can give without it is left to be canceled.

use std::time::Duration;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::domain::{Money, OrderType, Quantity, Rate, Timestamp};
use crate::order::basket::{BasketSettings, Known, Skip, Wanted};
use crate::order::books::Books;
use crate::order::exposure::Stake;
use crate::portfolio::drift::drift;

/// The largest weight: ten times NAV.
pub const WEIGHT_MOST: f64 = 10.0;
/// Decimals of a weight.
pub const WEIGHT_DECIMALS: u32 = 12;

/// One symbol's change, split at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// True when it adds to the signed quantity.
    pub(super) buys: bool,
    /// Units that bring what is held nearer to nothing.
    pub(super) reduce: Quantity,
    /// The same without regard to what works against it.
    pub(super) reduce_wanted: Quantity,
    /// Units that lead further from nothing, once the reduction is done.
    pub(super) open: Quantity,
}

/// Returns a weight as a decimal ratio; none where it is no number or beyond [`WEIGHT_MOST`].
pub(super) fn ratio(weight: f64) -> Option<Rate> {
    if weight.is_nan() || weight.abs() > WEIGHT_MOST {
        return None;
    }
    let exact = Decimal::from_f64(weight)?;
    Rate::new(exact.round_dp(WEIGHT_DECIMALS).normalize()).ok()
}

/// Returns the signed units that working orders, and those that wait for a gate outside, are expected to trade.
///
/// A stop waits for a price that may never come: what it protects is still held.
pub(super) fn expected(books: &Books<'_>, wanted: &Wanted) -> Quantity {
    let live = books.orders.live_of(&wanted.symbol);
    let waiting = books
        .orders
        .waiting()
        .filter(|record| record.order.symbol == wanted.symbol);
    let open = live.chain(waiting).map(|record| &record.order);
    open.filter(|order| !matches!(order.order_type, OrderType::Stop | OrderType::StopLimit))
        .map(|order| order.side.signed(order.open_quantity()))
        .sum()
}

/// Returns what is held with what works done, as a ratio of NAV.
pub(super) fn held_weight(known: &Known<'_>, nav: Option<Money>) -> Option<f64> {
    let units = known.held + known.working;
    if units.is_zero() {
        return Some(0.0);
    }
    let value = known.unit_usd?.times(units);
    let nav = nav.filter(|nav| nav.is_positive())?;
    value.ratio(nav).map(Rate::to_f64)
}

/// Returns what one target asks for, or why it asks for nothing.
pub(super) fn change(
    books: &Books<'_>,
    (wanted, known): (&Wanted, &Known<'_>),
    settings: &BasketSettings,
    now: Timestamp,
) -> Result<Change, Skip> {
    let Some(instrument) = known.instrument else {
        return Err(Skip::NotKnown);
    };
    if ratio(wanted.weight).is_none() {
        return Err(Skip::Weight(wanted.weight));
    }
    if let Some(why) = books.ledger.locked(&wanted.symbol) {
        return Err(Skip::Locked(why.to_owned()));
    }
    let from = known.held + known.working;
    let to = if wanted.weight == 0.0 {
        // Leaving needs neither a price nor a NAV.
        Quantity::ZERO
    } else {
        aim(books, (wanted, known), settings, now)?
    };
    let missing = to - from;
    if missing.is_zero() {
        return Err(Skip::OnTarget);
    }
    let lots = missing.to_lot(instrument.lot);
    if lots.is_zero() {
        return Err(Skip::LessThanALot(instrument.lot));
    }
    let value = known.unit_usd.map(|unit| unit.times(lots.abs()));
    if let Some(value) = value.filter(|value| *value < settings.min_notional_usd) {
        return Err(Skip::BelowMinimum(value, settings.min_notional_usd));
    }
    let stake = books.exposure.stake(&wanted.symbol);
    split(from, lots, &stake, instrument.lot)
}

/// Returns the signed units of the weight to trade to, not yet in whole lots.
fn aim(
    books: &Books<'_>,
    (wanted, known): (&Wanted, &Known<'_>),
    settings: &BasketSettings,
    now: Timestamp,
) -> Result<Quantity, Skip> {
    let nav = books.exposure.nav_usd().filter(|nav| nav.is_positive());
    let nav = nav.ok_or(Skip::NoNav)?;
    let unit = known.unit_usd.filter(|unit| unit.is_positive());
    let unit = unit.ok_or(Skip::NoPrice)?;
    if let Some(age) = stale(books, wanted, known, now) {
        return Err(Skip::Stale(age));
    }
    let held = held_weight(known, Some(nav)).ok_or(Skip::NoPrice)?;
    let Some(weight) = settings.drift.aim(held, wanted.weight) else {
        let (off, width) = (
            drift(held, wanted.weight),
            settings.drift.width(wanted.weight),
        );
        return Err(if off == 0.0 {
            Skip::OnTarget
        } else {
            Skip::WithinBand(off, width)
        });
    };
    let ratio = ratio(weight).ok_or(Skip::Weight(weight))?;
    let units = (nav * ratio).decimal().checked_div(unit.decimal());
    units
        .and_then(|units| Quantity::new(units).ok())
        .ok_or(Skip::Weight(weight))
}

/// Returns how old the quote is, or the rate to USD, where either is too old to size by.
fn stale(
    books: &Books<'_>,
    wanted: &Wanted,
    known: &Known<'_>,
    now: Timestamp,
) -> Option<Duration> {
    let market = books.market;
    let quote = market.quote(&wanted.symbol, now).map(|(_, age)| age);
    let rate = market
        .usd_rate_aged(known.instrument?.currency, now)
        .and_then(|(_, age)| age);
    let oldest = quote.into_iter().chain(rate).max()?;
    (oldest > market.stale_after()).then_some(oldest)
}

/// Splits a change at zero and takes out of its reduction what working orders already stand for.
fn split(from: Quantity, lots: Quantity, stake: &Stake, lot: Quantity) -> Result<Change, Skip> {
    let buys = lots.is_positive();
    // Seen from a buyer of what is short: the same for a seller of what is long, mirrored.
    let mirror = |units: Quantity| if buys { -units } else { units };
    let (from, to) = (mirror(from), mirror(from + lots));
    let above = |units: Quantity| units.max(Quantity::ZERO);
    let wanted = (above(from) - above(to)).to_lot(lot);
    let open = (above(-to) - above(-from)).to_lot(lot);
    let against = if buys {
        stake.working_buy
    } else {
        stake.working_sell
    };
    let room = above(mirror(stake.position) - against).to_lot(lot);
    let reduce = wanted.min(room);
    let change = Change {
        buys,
        reduce,
        reduce_wanted: wanted,
        // Nothing is opened on the other side while what is held cannot be closed whole.
        open: if reduce < wanted {
            Quantity::ZERO
        } else {
            open
        },
    };
    if change.reduce.is_zero() && change.open.is_zero() {
        let stands = stake.working_buy + stake.working_sell;
        return Err(if wanted.is_positive() {
            Skip::Working(stands)
        } else {
            Skip::LessThanALot(lot)
        });
    }
    Ok(change)
}
