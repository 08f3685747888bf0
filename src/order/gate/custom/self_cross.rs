//! `self_cross`: a fund that trades with itself pays twice and moves nothing but the tape.
//!
//! Refuses an order that could trade at once with a working order of the fund's own on
//! the other side. A limit may trade up to its price; an order without one up to a set
//! distance beyond the touch. A stop rests nowhere before it is triggered, so it neither
//! crosses nor is crossed here: what it meets then is not known now. Whether an exit is
//! held back too is a parameter; shipped, it is, and the fix names the order to cancel.

use rust_decimal::Decimal;

use crate::domain::{CustomGate, Order, OrderId, OrderType, Price, Quote, Symbol};
use crate::order::gate::GateInput;
use crate::order::gate::custom::refusal;
use crate::order::gate::finding::{Finding, Pass, Say};
use crate::order::oms::{OrderRecord, Orders};

/// The fund's own working orders, as far as a gate may look at them.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    orders: &'a Orders,
    /// Orders to be taken as gone: one that is changed, and one that might be canceled.
    gone: [Option<&'a OrderId>; 2],
}

impl<'a> Own<'a> {
    /// Makes the view of all orders.
    pub fn new(orders: &'a Orders) -> Self {
        Self {
            orders,
            gone: [None, None],
        }
    }

    /// Returns the view in which one more order is gone.
    pub fn without(self, order_id: &'a OrderId) -> Self {
        let [_, first] = self.gone;
        Self {
            gone: [first, Some(order_id)],
            ..self
        }
    }

    /// Iterates over the working orders of all symbols, oldest first.
    pub fn all(self) -> impl Iterator<Item = &'a OrderRecord> {
        let records = self.orders.live().map(|record| &**record);
        records.filter(move |record| !self.is_gone(record))
    }

    /// Iterates over the working orders of a symbol on one side of the market.
    pub fn working(self, symbol: &Symbol, buys: bool) -> impl Iterator<Item = &'a OrderRecord> {
        let records = self.orders.live_of(symbol).map(|record| &**record);
        records.filter(move |record| record.order.side.is_buy() == buys && !self.is_gone(record))
    }

    fn is_gone(self, record: &OrderRecord) -> bool {
        self.gone.contains(&Some(&record.order.order_id))
    }
}

/// The gate.
#[derive(Debug)]
pub(super) struct SelfCross {
    /// One and the distance beyond the touch; and one less it.
    reach: (Decimal, Decimal),
    exits: bool,
}

impl SelfCross {
    pub(super) fn new(reach_bps: u32, exits: bool) -> Self {
        let reach = Decimal::new(i64::from(reach_bps), 4);
        Self {
            reach: (
                Decimal::ONE + reach,
                (Decimal::ONE - reach).max(Decimal::ZERO),
            ),
            exits,
        }
    }

    pub(super) fn judge<'a>(&self, input: &GateInput<'a>) -> Finding<'a> {
        let name = CustomGate::NAMES[3];
        let order = input.order;
        let buys = order.side.is_buy();
        // Nothing of one's own on the other side: the usual case, and told by a sum.
        let opposite = if buys {
            input.working_sell
        } else {
            input.working_buy
        };
        if opposite.is_zero() {
            return Ok(Pass::new("nothing of ours on the other side"));
        }
        if !self.exits && input.reduces() {
            return Ok(Pass::new("reduces the position"));
        }
        let quote = input.seen.quote.as_ref();
        let mut unknown = None;
        for record in input.own.working(&order.symbol, !buys) {
            let own = &record.order;
            match (self.reaches(order, quote), self.reaches(own, quote)) {
                (Reach::Nowhere, _) | (_, Reach::Nowhere) => {}
                (Reach::To(price), Reach::To(theirs)) if buys && price < theirs => {}
                (Reach::To(price), Reach::To(theirs)) if !buys && price > theirs => {}
                (Reach::To(_), Reach::To(_)) => {
                    let say = Say::Name("would trade with our own", own.order_id.as_str(), "");
                    return Err(refusal(name, say));
                }
                (Reach::Unknown, _) | (_, Reach::Unknown) => unknown = Some(own),
            }
        }
        match unknown {
            // What cannot be told refuses what opens risk, and only that.
            Some(own) if !input.reduces() => {
                let say = Say::Name("no quote to hold it against our", own.order_id.as_str(), "");
                Err(refusal(name, say))
            }
            Some(_) | None => Ok(Pass::new("meets nothing of ours")),
        }
    }

    /// Returns the worst price an order would trade at if it traded now.
    fn reaches(&self, order: &Order, quote: Option<&Quote>) -> Reach {
        match order.order_type {
            OrderType::Stop | OrderType::StopLimit => Reach::Nowhere,
            OrderType::Limit | OrderType::MarketableLimit => {
                order.limit_price.map_or(Reach::Unknown, Reach::To)
            }
            OrderType::Market => {
                let beyond = if order.side.is_buy() {
                    self.reach.0
                } else {
                    self.reach.1
                };
                let touch = quote.map(|quote| quote.touch(order.side).decimal());
                let price = touch.and_then(|touch| touch.checked_mul(beyond));
                let price = price.and_then(|price| Price::new(price).ok());
                price.map_or(Reach::Unknown, Reach::To)
            }
        }
    }
}

/// How far an order may trade at once.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reach {
    /// It does not trade before it is triggered.
    Nowhere,
    /// Up to this price, or down to it.
    To(Price),
    /// Nobody knows.
    Unknown,
}
