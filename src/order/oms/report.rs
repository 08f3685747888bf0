//! What a broker says becomes facts; what cannot be true becomes a `Drift` for a person.
//!
//! Reports come twice, late and out of order. A report that says what is known
//! already answers with nothing; one that would break an order's life never
//! changes it. Nothing is dropped silently, and no fill is refused: it is real
//! money, so a fill of an order that is not known, that has ended, or that was
//! done already is booked all the same, and said.

use crate::domain::{BrokerId, Currency, Fill, FillCursor, Quote, Rate, Symbol, Timestamp};
use crate::event::{AccountFact, BrokerReport, Fact};
use crate::order::ledger::Ledger;
use crate::order::oms::answer::{Answer, word};
use crate::order::oms::{Flight, Orders, Ours, Theirs, reconcile};

/// Says what follows from a broker's report. Changes nothing.
///
/// `usd_rate` and `currency_of` are the market's: what one unit of a currency is
/// worth in USD, and the currency a symbol's price is in.
pub fn report(
    orders: &Orders,
    ledger: &Ledger,
    report: &BrokerReport,
    now: Timestamp,
    usd_rate: impl Fn(Currency) -> Option<Rate>,
    currency_of: impl Fn(&Symbol) -> Option<Currency>,
) -> Vec<Fact> {
    let mut answer = Answer::new(ledger, now);
    match report {
        BrokerReport::Fill {
            broker,
            fill,
            cursor,
            quote,
        } => {
            if ledger.knows(broker, &fill.fill_id) {
                return Vec::new();
            }
            if fill.quantity.is_positive() {
                let currency = currency_for(ledger, fill, currency_of, &mut answer);
                let booking = Booking {
                    cursor,
                    currency,
                    usd_rate: usd_rate(currency),
                    quote: quote.as_deref(),
                };
                answer.book(broker, fill, &booking);
            }
            answer.look_at_fill(orders, broker, fill);
        }
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

/// How a fill is to be booked.
struct Booking<'a> {
    cursor: &'a FillCursor,
    currency: Currency,
    usd_rate: Option<Rate>,
    quote: Option<&'a Quote>,
}

impl Answer<'_> {
    fn book(&mut self, broker: &BrokerId, fill: &Fill, booking: &Booking<'_>) {
        if booking.usd_rate.is_none() {
            self.drift(
                Some(&fill.order_id),
                format!(
                    "fill {} was booked without a USD rate of {}: profit it takes stays in {}",
                    fill.fill_id, booking.currency, booking.currency
                ),
            );
        }
        self.facts.push(Fact::Account(AccountFact::Filled {
            broker: broker.clone(),
            fill: fill.clone(),
            cursor: booking.cursor.clone(),
            currency: booking.currency,
            usd_rate: booking.usd_rate,
            quote: booking.quote.cloned().map(Box::new),
        }));
    }

    /// Says what is odd about a fill, by the order as it stood before.
    fn look_at_fill(&mut self, orders: &Orders, broker: &BrokerId, fill: &Fill) {
        let (id, name) = (&fill.order_id, &fill.fill_id);
        if !fill.quantity.is_positive() {
            self.drift(
                Some(id),
                format!(
                    "fill {name} of {broker} is for {} units and was not booked: it must be above 0",
                    fill.quantity
                ),
            );
            return;
        }
        let Some(record) = orders.get(id) else {
            self.drift(
                Some(id),
                format!(
                    "fill {name} of {broker} is for order {id}, which is not at hand; it was booked"
                ),
            );
            return;
        };
        let order = &record.order;
        let mut say = |what: String| self.drift(Some(id), format!("fill {name}: {what}"));
        if order.broker != *broker {
            say(format!(
                "{broker} filled order {id}, which went to {}",
                order.broker
            ));
        }
        if order.symbol != fill.symbol || order.side != fill.side {
            say(format!(
                "{} {} was done for order {id}, which asks to {} {}",
                fill.side, fill.symbol, order.side, order.symbol
            ));
        }
        if matches!(record.flight, Flight::PendingRisk) {
            say(format!("order {id} was filled but never sent"));
        }
        let done = order.filled_quantity + fill.quantity;
        if done > order.quantity {
            say(format!(
                "{done} of order {id} are done, but only {} were ordered",
                order.quantity
            ));
        } else if record.is_done() {
            say(format!(
                "order {id} was filled after it was {}",
                record.state()
            ));
        }
    }
}

/// The currency of a fill's price: as held, as known, as the symbol says, at last the fund's own, and said.
fn currency_for(
    ledger: &Ledger,
    fill: &Fill,
    currency_of: impl Fn(&Symbol) -> Option<Currency>,
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
