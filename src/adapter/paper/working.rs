//! One order at work: when it may first be done, when it ends, and what a quote does to it.
//!
//! The simulated market never closes, so a day is a UTC day for every class,
//! equities too. `day` ends at the midnight after acceptance. `opg` works only at
//! the first sane quote after that midnight and expires with it, or with that day
//! when no quote comes. What `ioc`, `fok` and `marketable_limit` cannot do at their
//! first moment is canceled. Orders of the desk never meet each other.

use std::time::Duration;

use crate::domain::{Money, Order, OrderType, Price, Quantity, Quote, TimeInForce, Timestamp};

/// Decimals of the finest lot the venue deals in.
const FINEST_LOT_DECIMALS: u32 = 8;

const DAY: Duration = Duration::from_hours(24);

/// An accepted order that is not done.
#[derive(Debug, Clone)]
pub(super) struct Working {
    /// The order as it stands.
    pub(super) order: Order,
    /// From when it may be done.
    pub(super) live_at: Timestamp,
    /// From when an opening order may be done.
    pub(super) opens_at: Option<Timestamp>,
    /// When its time in force ends it.
    pub(super) ends_at: Option<Timestamp>,
    /// Whether it passed its first moment.
    pub(super) live: bool,
    /// Whether its stop price was reached; true for orders without one.
    pub(super) triggered: bool,
    /// Whether it was in the market before the quote at hand.
    pub(super) rested: bool,
    /// Price times quantity of what is done.
    pub(super) done: Money,
}

/// What a quote does to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// Nothing; it stays.
    Rests,
    /// So many units at this price.
    Fills(Price, Quantity),
    /// Nothing, and there will be no other moment.
    Ends,
}

impl Working {
    /// Takes an accepted order to work.
    pub(super) fn new(order: Order, accepted_at: Timestamp, latency: Duration) -> Self {
        let midnight = accepted_at.floor(DAY).plus(DAY);
        let (opens_at, ends_at) = match order.tif {
            TimeInForce::Day => (None, Some(midnight)),
            TimeInForce::Opg => (Some(midnight), Some(midnight.plus(DAY))),
            TimeInForce::Gtc | TimeInForce::Ioc | TimeInForce::Fok => (None, None),
        };
        // A stop with a fill was triggered; one without is asked again by the market after a restart.
        let triggered = !order.order_type.needs_stop() || order.filled_quantity.is_positive();
        let done = order
            .avg_fill_price
            .map_or(Money::ZERO, |price| price * order.filled_quantity);
        Self {
            live_at: accepted_at.plus(latency),
            opens_at,
            ends_at,
            live: false,
            triggered,
            rested: order.filled_quantity.is_positive(),
            done,
            order,
        }
    }

    /// Returns true when what is not done at the first moment is not done at all.
    pub(super) fn is_immediate(&self) -> bool {
        self.order.order_type == OrderType::MarketableLimit
            || matches!(self.order.tif, TimeInForce::Ioc | TimeInForce::Fok)
    }

    /// Returns true when the order waits for an opening that has not come by `now`.
    pub(super) fn waits_for_opening(&self, now: Timestamp) -> bool {
        self.opens_at.is_some_and(|opening| now < opening)
    }

    /// Returns true when the order rests in the book and does not cross as it comes.
    pub(super) fn is_maker(&self) -> bool {
        self.rested && self.order.order_type.needs_limit()
    }

    /// Returns the price that orders are served by: without a limit first, then the most willing.
    pub(super) fn urgency(&self) -> Option<Price> {
        let limit = self.limit()?;
        Some(if self.order.side.is_buy() {
            -limit
        } else {
            limit
        })
    }

    fn limit(&self) -> Option<Price> {
        let limited = self.order.order_type.needs_limit();
        self.order.limit_price.filter(|_| limited)
    }

    /// Judges a sane quote of which `standing` units at the touch are still there.
    pub(super) fn judge(&mut self, quote: &Quote, standing: Quantity) -> Match {
        // Recorded sizes may carry a binary float's tail; nobody deals in less than this.
        let standing = standing.cut(FINEST_LOT_DECIMALS);
        let side = self.order.side;
        let touch = quote.touch(side);
        if !self.triggered {
            let reached = self.order.stop_price.is_some_and(|stop| {
                if side.is_buy() {
                    touch >= stop
                } else {
                    touch <= stop
                }
            });
            if !reached {
                return Match::Rests;
            }
            self.triggered = true;
        }
        let within = self.limit().is_none_or(|limit| {
            if side.is_buy() {
                touch <= limit
            } else {
                touch >= limit
            }
        });
        let last_moment = self.is_immediate() || self.opens_at.is_some();
        let open = self.order.open_quantity();
        let short = self.order.tif == TimeInForce::Fok && standing < open;
        if !within || short || !standing.is_positive() {
            return if last_moment {
                Match::Ends
            } else {
                Match::Rests
            };
        }
        Match::Fills(touch, open.min(standing))
    }
}
