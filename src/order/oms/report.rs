//! What a broker says becomes facts; what cannot be true becomes a `Drift` for a person.
//!
//! Reports come twice, late, out of order and wrong. A report that says what is known
//! already answers with nothing; one that would break an order's life never
//! changes it. Nothing is dropped silently. A fill is real money: one of an order
//! that has ended is booked and said. One that contradicts its order is held back
//! until the venue says it again (`doubt`).

use crate::domain::{
    BrokerId, Currency, Fill, FillCursor, OrderId, Price, Quote, Rate, Symbol, Timestamp,
};
use crate::event::{AccountFact, BrokerReport, Fact};
use crate::order::ledger::Ledger;
use crate::order::oms::answer::{Answer, word};
use crate::order::oms::doubt::{Doubt, doubt};
use crate::order::oms::{Orders, Ours, Theirs, reconcile};

/// What a report is held against.
#[expect(
    missing_debug_implementations,
    reason = "closures over the market; made for one call"
)]
pub struct Around<'a> {
    /// Orders at hand.
    pub orders: &'a Orders,
    /// The books.
    pub ledger: &'a Ledger,
    /// What one unit of a currency is worth in USD.
    pub usd_rate: &'a dyn Fn(Currency) -> Option<Rate>,
    /// The currency a symbol's price is in.
    pub currency_of: &'a dyn Fn(&Symbol) -> Option<Currency>,
    /// The newest mark of a symbol.
    pub mark_of: &'a dyn Fn(&Symbol) -> Option<Price>,
    /// Whether an order that is not at hand was made by this desk.
    pub is_ours: &'a dyn Fn(&OrderId) -> bool,
}

/// Says what follows from a broker's report. Changes nothing.
pub fn report(around: &Around<'_>, report: &BrokerReport, now: Timestamp) -> Vec<Fact> {
    let (orders, ledger) = (around.orders, around.ledger);
    let mut answer = Answer::new(ledger, now);
    match report {
        BrokerReport::Fill {
            broker,
            fill,
            cursor,
            quote,
        } => answer.fill(around, broker, fill, (cursor, quote.as_deref())),
        BrokerReport::Statement {
            broker,
            orders: working,
            positions,
        } => {
            let theirs = Theirs {
                broker,
                orders: working,
                positions,
            };
            return reconcile(Ours { orders, ledger }, theirs, now);
        }
        BrokerReport::Accepted {
            broker, order_id, ..
        }
        | BrokerReport::Rejected {
            broker, order_id, ..
        }
        | BrokerReport::Unknown {
            broker, order_id, ..
        }
        | BrokerReport::NotFound {
            broker, order_id, ..
        }
        | BrokerReport::Canceled { broker, order_id }
        | BrokerReport::Stands {
            broker, order_id, ..
        }
        | BrokerReport::CancelRefused {
            broker, order_id, ..
        }
        | BrokerReport::Expired { broker, order_id } => {
            if let Some(record) = answer.known(orders, broker, order_id, word(report)) {
                answer.take(record, report);
            }
        }
    }
    answer.facts
}

impl Answer<'_> {
    fn fill(
        &mut self,
        around: &Around<'_>,
        broker: &BrokerId,
        fill: &Fill,
        (cursor, quote): (&FillCursor, Option<&Quote>),
    ) {
        let (ledger, name) = (around.ledger, &fill.fill_id);
        let id = Some(&fill.order_id);
        if ledger.knows(broker, name) {
            if let Some(booked) = ledger
                .booked(broker, name)
                .filter(|booked| differ(booked, fill))
            {
                self.drift(
                    id,
                    format!(
                        "{broker} says fill {name} is {}, it was booked as {}",
                        in_words(fill),
                        in_words(booked)
                    ),
                );
            }
            return;
        }
        let mark = (around.mark_of)(&fill.symbol).or_else(|| remembered_mark(around, fill));
        let ours = (around.is_ours)(&fill.order_id);
        let why = match doubt(around.orders, broker, fill, mark, ours) {
            None => None,
            Some(Doubt::Never(why)) => {
                let what = format!("fill {name} of {broker} was not booked: it {why}");
                return self.held_back(around.orders, fill, what);
            }
            Some(Doubt::Until(why)) if ledger.doubted(broker, fill) => Some(why),
            Some(Doubt::Until(why)) => {
                let what = format!(
                    "fill {name} of {broker} is held back until it is said again: it {why}"
                );
                self.facts.push(Fact::Account(AccountFact::Doubted {
                    broker: broker.clone(),
                    fill: fill.clone(),
                    at: self.now,
                }));
                return self.held_back(around.orders, fill, what);
            }
        };
        let currency = currency_for(ledger, fill, around.currency_of, self);
        let usd_rate = (around.usd_rate)(currency);
        if usd_rate.is_none() {
            self.drift(
                id,
                format!(
                    "fill {name} was booked without a USD rate of {currency}: profit it takes stays in {currency}"
                ),
            );
        }
        self.facts.push(Fact::Account(AccountFact::Filled {
            broker: broker.clone(),
            fill: fill.clone(),
            cursor: cursor.clone(),
            currency,
            usd_rate,
            quote: quote.cloned().map(Box::new),
        }));
        match why {
            Some(why) => self.drift(
                id,
                format!("fill {name} was booked, {broker} said it again: it {why}"),
            ),
            None => self.look_at_fill(around.orders, broker, fill),
        }
    }

    /// Says what was not booked, and opens no more risk in its symbol before the venue's statement agrees.
    fn held_back(&mut self, orders: &Orders, fill: &Fill, what: String) {
        self.drift(Some(&fill.order_id), what);
        let named = orders
            .get(&fill.order_id)
            .map(|record| &record.order.symbol);
        for symbol in [Some(&fill.symbol), named].into_iter().flatten() {
            self.lock(symbol, format!("fill {} is not booked", fill.fill_id));
        }
    }

    /// Says what is odd about a fill that was booked, by the order as it stood before.
    fn look_at_fill(&mut self, orders: &Orders, broker: &BrokerId, fill: &Fill) {
        let (id, name) = (&fill.order_id, &fill.fill_id);
        match orders.get(id) {
            None => self.drift(
                Some(id),
                format!(
                    "fill {name} of {broker} is for order {id}, which is not at hand; it was booked"
                ),
            ),
            Some(record) if record.is_done() => {
                let state = record.state();
                self.drift(
                    Some(id),
                    format!("fill {name}: order {id} was filled after it was {state}"),
                );
            }
            Some(_) => {}
        }
    }
}

/// What a price is held against while the market says nothing: what the order was judged by, the last fill's, or
/// what a position is held at that no fill at hand explains, as after a correction.
fn remembered_mark(around: &Around<'_>, fill: &Fill) -> Option<Price> {
    let (record, ledger) = (around.orders.get(&fill.order_id)?, around.ledger);
    let quote = record.seen.as_ref().and_then(|seen| seen.quote.as_ref());
    let last = || {
        let mut fills = ledger.fills().iter().rev();
        let of_symbol = fills.find(|booked| booked.fill.symbol == fill.symbol);
        of_symbol.map(|booked| booked.fill.price)
    };
    let held = || {
        let holding = ledger.holding(&fill.symbol)?;
        Some(holding.avg_price).filter(|price| price.is_positive())
    };
    // Even where another correction has brought it back to flat since.
    let corrected = || {
        let mut known = ledger.corrections().iter().rev();
        let of_symbol = known.find(|known| known.correction.symbol == fill.symbol);
        of_symbol.map(|known| known.correction.price)
    };
    quote
        .map(Quote::mid)
        .or_else(last)
        .or_else(held)
        .or_else(corrected)
}

/// Returns true when two fills of one name are not the same trade.
fn differ(a: &Fill, b: &Fill) -> bool {
    (&a.order_id, &a.symbol, a.side, a.quantity, a.price, a.fees)
        != (&b.order_id, &b.symbol, b.side, b.quantity, b.price, b.fees)
}

fn in_words(fill: &Fill) -> String {
    format!(
        "{} {} {} at {} for order {}, fees {}",
        fill.side, fill.quantity, fill.symbol, fill.price, fill.order_id, fill.fees
    )
}

/// The currency of a fill's price: as held, as known, as the symbol says, at last the fund's own, and said.
fn currency_for(
    ledger: &Ledger,
    fill: &Fill,
    currency_of: &dyn Fn(&Symbol) -> Option<Currency>,
    answer: &mut Answer<'_>,
) -> Currency {
    let held = ledger
        .holding(&fill.symbol)
        .filter(|holding| !holding.quantity.is_zero())
        .map(|holding| holding.currency);
    held.or_else(|| currency_of(&fill.symbol))
        .or_else(|| fill.symbol.quote_currency())
        .unwrap_or_else(|| {
            let base = ledger
                .fund()
                .map_or(Currency::USD, |fund| fund.base_currency);
            answer.drift(
                Some(&fill.order_id),
                format!(
                    "the currency of {} is not known: fill {} was booked in {base}",
                    fill.symbol, fill.fill_id
                ),
            );
            base
        })
}
