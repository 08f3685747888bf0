//! The few facts a gate may use, and what follows from them alone.

use std::sync::Arc;

use crate::domain::{
    FundConfig, HaltStatus, Instrument, Money, Order, OrderId, Price, Quantity, RiskEnvelope,
    Timestamp,
};
use crate::event::{Asks, Seen, Verdict};
use crate::order::gate::{Gates, Limits, Own};
use crate::order::rate::Rates;
use crate::protocol::Capability;

/// Everything one judgement rests on. Borrowed: building it copies nothing.
#[derive(Debug, Clone, Copy)]
pub struct GateInput<'a> {
    /// The order to be judged; shared with the [`crate::order::gate::Approved`] that may come of it.
    pub order: &'a Arc<Order>,
    /// The moment of the judgement.
    pub now: Timestamp,
    /// The envelope in force.
    pub envelope: &'a RiskEnvelope,
    /// Its limits, worked out.
    pub limits: &'a Limits,
    /// The fund.
    pub fund: &'a FundConfig,
    /// What the order's broker can do; none when there is no such broker.
    pub capability: Option<&'a Capability>,
    /// What the symbol denotes; none when not known.
    pub instrument: Option<&'a Instrument>,
    /// The other order that used the same key, and when.
    pub used_key: Option<(&'a OrderId, Timestamp)>,
    /// Signed units held.
    pub position: Quantity,
    /// Units that working orders may still buy (or cover).
    pub working_buy: Quantity,
    /// Units that working orders may still sell (or short).
    pub working_sell: Quantity,
    /// The market and the rest of the book.
    pub seen: &'a Seen,
    /// Age beyond which a quote is stale, in milliseconds.
    pub stale_after_ms: u64,
    /// The halt that covers the order, if any.
    pub halt: Option<&'a HaltStatus>,
    /// Why nothing may open risk in the symbol, where its books are in question.
    pub locked: Option<&'a str>,
    /// NAV the UTC day began with, in USD, where known.
    pub day_start_usd: Option<Money>,
    /// What left within the last second, and how much may.
    pub rates: &'a Rates,
    /// The operator's own gates.
    pub gates: &'a Gates,
    /// The fund's own working orders.
    pub own: Own<'a>,
    /// The gates that ask outside.
    pub asks: &'a Asks,
    /// What they answered about this order so far.
    pub answers: &'a [Verdict],
}

impl GateInput<'_> {
    /// Returns true when the order can only make the position smaller, whatever else fills.
    ///
    /// The working orders of the same direction are counted as done first, so two
    /// exits cannot together become an entry. A flip is no reduction, and neither
    /// is anything on a flat position. The one definition every gate uses.
    #[inline]
    pub fn reduces(&self) -> bool {
        let (held, working) = if self.order.side.is_buy() {
            (-self.position, self.working_buy)
        } else {
            (self.position, self.working_sell)
        };
        held.is_positive()
            && self.order.quantity.is_positive()
            && self.order.quantity + working <= held
    }

    /// Returns the dearest price the order may be worth: the touch or its own prices, whichever is highest.
    ///
    /// None without a quote, unless the order carries a price of its own.
    #[inline]
    pub fn reference_price(&self) -> Option<Price> {
        let touch = self
            .seen
            .quote
            .as_ref()
            .map(|quote| quote.touch(self.order.side));
        let own = [self.order.limit_price, self.order.stop_price];
        own.into_iter().flatten().fold(touch, |dearest, own| {
            Some(dearest.map_or(own, |price| price.max(own)))
        })
    }

    /// Returns what one unit of the order may cost at most, in USD.
    #[inline]
    pub fn order_unit_usd(&self) -> Option<Money> {
        Some(Money::from(self.reference_price()?) * self.seen.usd_rate?)
    }

    /// Returns what one unit held is worth at the mark, in USD.
    #[inline]
    pub fn mark_unit_usd(&self) -> Option<Money> {
        let quote = self.seen.quote.as_ref()?;
        Some(Money::from(quote.mid()) * self.seen.usd_rate?)
    }

    /// Returns what the order may be worth at most, in USD.
    #[inline]
    pub fn notional_usd(&self) -> Option<Money> {
        Some(self.order_unit_usd()?.times(self.order.quantity))
    }
}
