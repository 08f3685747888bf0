//! The smallest changes that make a refused order pass, one axis each, each proven by asking the gates again.
//!
//! Quantity down, a price to another tick, a working order canceled, or time alone. What is
//! offered passes every pure gate, and one step back towards the order as it was does not: a
//! lot more, a tick nearer, a smaller order canceled, a tenth of a second sooner. Nothing is
//! offered that makes the order another one (its symbol, side, type or broker).

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::{Order, OrderId, Price, Quantity};
use crate::event::Seen;
use crate::order::exposure::Exposure;
use crate::order::gate::{GateInput, MaxSize, cancel, refusal, words};
use crate::order::rate::WINDOW;

/// Fixes offered for one refusal.
const FIXES_MOST: usize = 3;

/// What a fix changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The quantity, to so many units.
    Quantity(Quantity),
    /// The limit price.
    LimitPrice(Price),
    /// The stop price.
    StopPrice(Price),
    /// A working order is canceled.
    Cancel(OrderId),
    /// Nothing but the time.
    Wait(Duration),
}

/// One change that makes the order pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// In words: `quantity 229`.
    pub text: String,
    /// What to change.
    pub apply: Change,
}

/// Returns up to three single changes after which every pure gate passes; none when it passes already.
///
/// `max` is what [`crate::order::gate::max_size`] found for the same input, `exposure` the
/// sums it was seen with.
pub fn fixes(input: &GateInput<'_>, max: &MaxSize, exposure: &Exposure) -> Vec<Fix> {
    let Some((gate, code)) = refusal(input) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    found.extend(wait(input));
    found.extend(quantity(input, max));
    found.extend(price(input, Which::Limit));
    found.extend(price(input, Which::Stop));
    if found.len() < FIXES_MOST {
        found.extend(cancel::smallest(input, (&gate, &code), exposure));
    }
    found.truncate(FIXES_MOST);
    found
}

/// Returns the largest quantity that passes, if that is less than what is asked for.
fn quantity(input: &GateInput<'_>, max: &MaxSize) -> Option<Fix> {
    let most = max.quantity.decimal().normalize();
    (max.quantity.is_positive() && max.quantity < input.order.quantity)
        .then(|| Fix {
            text: format!("quantity {most}"),
            apply: Change::Quantity(max.quantity),
        })
        .or_else(|| {
            // The whole lots of an order that has a part of one too many.
            let whole = input.order.quantity.to_lot(input.instrument?.lot);
            let cut = whole.is_positive() && whole != input.order.quantity;
            (cut && passes(input, |order| order.quantity = whole)).then(|| Fix {
                text: format!("quantity {}", whole.decimal()),
                apply: Change::Quantity(whole),
            })
        })
}

/// Returns how long to wait, if time is all that is in the way.
fn wait(input: &GateInput<'_>) -> Option<Fix> {
    let rate = input
        .rates
        .over(&input.order.broker, input.reduces(), input.now)
        .map(|over| over.wait);
    let open = input.gates.near_open().and_then(|gate| gate.left(input));
    let mut waits: Vec<Duration> = rate.into_iter().chain(open).filter_map(said).collect();
    waits.sort_unstable();
    waits.into_iter().find_map(|wait| {
        let ms = u64::try_from(wait.as_millis()).ok()?;
        // Within a moment the quote is the same one, grown older; later it is another, as fresh as this one.
        let aged = if wait <= WINDOW { ms } else { 0 };
        let older = |age: Option<u64>| age.map(|age| age.saturating_add(aged));
        let later = Seen {
            quote_age_ms: older(input.seen.quote_age_ms),
            usd_rate_age_ms: older(input.seen.usd_rate_age_ms),
            ..input.seen.clone()
        };
        let then = GateInput {
            now: input.now.plus(wait),
            seen: &later,
            ..*input
        };
        refusal(&then).is_none().then(|| Fix {
            text: words::wait(wait),
            apply: Change::Wait(wait),
        })
    })
}

/// Rounds a time up to what is said, so that waiting as told is waiting long enough.
fn said(wait: Duration) -> Option<Duration> {
    let tenths = u64::try_from(wait.as_millis()).ok()?.div_ceil(100).max(1);
    let whole = tenths * 100;
    let exact = Duration::from_millis(whole);
    Some(if exact < wait {
        exact + Duration::from_millis(100)
    } else {
        exact
    })
}

/// Which price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Limit,
    Stop,
}

/// Returns the nearest price that passes, if a price is all that is in the way.
fn price(input: &GateInput<'_>, which: Which) -> Option<Fix> {
    let now = match which {
        Which::Limit => input.order.limit_price,
        Which::Stop => input.order.stop_price,
    }?;
    let tick = input.instrument.map(|known| known.tick)?;
    let set = |order: &mut Order, price: Price| match which {
        Which::Limit => order.limit_price = Some(price),
        Which::Stop => order.stop_price = Some(price),
    };
    let passes = |price: Price| price.is_positive() && passes(input, |order| set(order, price));
    let fix = |price: Price| match which {
        Which::Limit => Fix {
            text: format!("limit {price}"),
            apply: Change::LimitPrice(price),
        },
        Which::Stop => Fix {
            text: format!("stop {price}"),
            apply: Change::StopPrice(price),
        },
    };
    // Towards the safer side: a buyer pays less, a seller asks more.
    let up = !input.order.side.is_buy();
    if !now.is_on_tick(tick) {
        let on_grid = now.to_tick(tick, up);
        if passes(on_grid) {
            return Some(fix(on_grid));
        }
    }
    let grid = Grid::new(tick, now)?;
    let near = anchors(input, grid)
        .into_iter()
        .filter(|anchor| passes(grid.price(*anchor)))
        .map(|anchor| grid.nearest(anchor, &passes))
        .min_by_key(|at| ((at - grid.from).abs(), (*at > grid.from) != up))?;
    Some(fix(grid.price(near)))
}

/// Prices counted in ticks.
#[derive(Debug, Clone, Copy)]
struct Grid {
    tick: Decimal,
    /// The order's own price; between two ticks the lower one.
    from: i128,
}

impl Grid {
    fn new(tick: Price, from: Price) -> Option<Self> {
        let tick = Some(tick.decimal().normalize()).filter(|tick| *tick > Decimal::ZERO)?;
        let mut grid = Self { tick, from: 0 };
        grid.from = grid.at(from, false)?;
        Some(grid)
    }

    fn at(self, price: Price, up: bool) -> Option<i128> {
        let ticks = price.decimal().checked_div(self.tick)?;
        let ticks = if up { ticks.ceil() } else { ticks.floor() };
        ticks.to_i128()
    }

    fn price(self, at: i128) -> Price {
        let price = at
            .checked_mul(self.tick.mantissa())
            .and_then(|units| Decimal::try_from_i128_with_scale(units, self.tick.scale()).ok())
            .and_then(|price| Price::new(price).ok());
        price.unwrap_or(Price::ZERO)
    }

    /// Walks from a price that passes towards the order's own and returns the last that passes.
    fn nearest(self, anchor: i128, passes: &impl Fn(Price) -> bool) -> i128 {
        let (mut pass, mut fail) = (anchor, self.from);
        while (pass - fail).abs() > 1 {
            let middle = fail + (pass - fail) / 2;
            if passes(self.price(middle)) {
                pass = middle;
            } else {
                fail = middle;
            }
        }
        pass
    }
}

/// Returns the prices from which a way to the order's own is looked for: where limits on prices usually lie.
fn anchors(input: &GateInput<'_>, grid: Grid) -> Vec<i128> {
    let buys = input.order.side.is_buy();
    let mut anchors = Vec::with_capacity(6);
    if let Some(quote) = &input.seen.quote {
        for price in [
            quote.touch(input.order.side),
            quote.mid(),
            quote.bid,
            quote.ask,
        ] {
            anchors.extend(grid.at(price, !buys));
        }
    }
    if input.gates.look_at_own() {
        let own = input.own.working(&input.order.symbol, !buys);
        let prices = own.filter_map(|own| own.order.limit_price);
        // One tick short of the best of our own on the other side.
        anchors.extend(if buys {
            prices.min().and_then(|best| Some(grid.at(best, true)? - 1))
        } else {
            prices
                .max()
                .and_then(|best| Some(grid.at(best, false)? + 1))
        });
    }
    anchors
}

fn passes(input: &GateInput<'_>, change: impl FnOnce(&mut Order)) -> bool {
    let mut order = Order::clone(input.order);
    change(&mut order);
    let order = &Arc::new(order);
    refusal(&GateInput { order, ..*input }).is_none()
}
