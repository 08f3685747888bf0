//! What a broker says becomes facts; what cannot be true becomes a `Drift` for a person.
//!
//! Reports come twice, late and out of order. A report that says what is known
//! already answers with nothing; one that would break an order's life never
//! changes it. Nothing is dropped silently, and no fill is refused: it is real
//! money, so a fill of an order that is not known, that has ended, or that was
//! done already is booked all the same, and said.

use crate::domain::{
    BrokerId, BrokerOrderId, Currency, Fill, FillCursor, OrderId, OrderState, Quote, Rate, Symbol,
    Timestamp,
};
use crate::event::{AccountFact, BrokerReport, Fact, OrderFact};
use crate::order::ledger::Ledger;
use crate::order::oms::{Flight, OrderRecord, Orders, Ours, Theirs, reconcile};

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
                answer.book(broker, fill, booking);
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

/// Names a report in a sentence to a person.
fn word(report: &BrokerReport) -> &'static str {
    match report {
        BrokerReport::Accepted { .. } => "accepted",
        BrokerReport::Rejected { .. } => "rejected",
        BrokerReport::Unknown { .. } => "outcome unknown",
        BrokerReport::NotFound { .. } => "not found",
        BrokerReport::Fill { .. } => "fill",
        BrokerReport::Canceled { .. } => "canceled",
        BrokerReport::CancelRefused { .. } => "cancel refused",
        BrokerReport::Expired { .. } => "expired",
        BrokerReport::Statement { .. } => "statement",
    }
}

/// How a fill is to be booked.
struct Booking<'a> {
    cursor: &'a FillCursor,
    currency: Currency,
    usd_rate: Option<Rate>,
    quote: Option<&'a Quote>,
}

/// The facts that answer a report, as they come together.
pub(super) struct Answer<'a> {
    ledger: &'a Ledger,
    now: Timestamp,
    pub(super) facts: Vec<Fact>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(ledger: &'a Ledger, now: Timestamp) -> Self {
        Self {
            ledger,
            now,
            facts: Vec::new(),
        }
    }

    fn order(&mut self, fact: OrderFact) {
        self.facts.push(Fact::Order(fact));
    }

    /// Says something to a person; not again while it was said lately.
    pub(super) fn drift(&mut self, order_id: Option<&OrderId>, what: String) {
        if self.ledger.said(order_id, &what, self.now) {
            return;
        }
        let drift = Fact::Account(AccountFact::Drift {
            order_id: order_id.cloned(),
            what,
            at: self.now,
        });
        if !self.facts.contains(&drift) {
            self.facts.push(drift);
        }
    }

    /// Returns the order a report is about, or says why the report cannot be used.
    fn known<'o>(
        &mut self,
        orders: &'o Orders,
        broker: &BrokerId,
        id: &OrderId,
        what: &str,
    ) -> Option<&'o OrderRecord> {
        let fault = match orders.get(id) {
            None => format!("{broker} reports '{what}' for order {id}, which is not at hand"),
            Some(record) if record.order.broker != *broker => format!(
                "{broker} reports '{what}' for order {id}, which went to {}",
                record.order.broker
            ),
            Some(record) if matches!(record.flight, Flight::PendingRisk) => {
                format!("{broker} reports '{what}' for order {id}, which was never sent")
            }
            Some(record) => return Some(record),
        };
        self.drift(Some(id), fault);
        None
    }

    /// Answers a report about an order that is at hand and was sent.
    fn take(&mut self, record: &OrderRecord, report: &BrokerReport) {
        let order_id = record.order.order_id.clone();
        let at = self.now;
        match report {
            BrokerReport::Accepted {
                broker_order_id, ..
            } => self.accepted(record, broker_order_id.as_ref()),
            BrokerReport::Rejected { reason, .. } => self.rejected(record, reason),
            BrokerReport::Unknown { reason, .. } => {
                // Late news: once the venue has answered, how the sending went no longer matters.
                if matches!(record.flight, Flight::InFlight { .. }) {
                    self.unknown(record, reason.clone());
                }
            }
            BrokerReport::NotFound { .. } => self.not_found(record),
            BrokerReport::Canceled { .. } => self.canceled(record),
            BrokerReport::CancelRefused { reason, .. } => {
                if matches!(record.flight, Flight::PendingCancel { .. }) {
                    self.order(OrderFact::CancelRefused {
                        order_id,
                        reason: reason.clone(),
                        at,
                    });
                }
            }
            BrokerReport::Expired { .. } => {
                if record.is_live() {
                    self.order(OrderFact::Expired { order_id, at });
                }
            }
            BrokerReport::Fill { .. } | BrokerReport::Statement { .. } => {}
        }
    }

    pub(super) fn accepted(&mut self, record: &OrderRecord, name: Option<&BrokerOrderId>) {
        let id = &record.order.order_id;
        let news = match record.flight {
            Flight::InFlight { .. } | Flight::Unknown { .. } => true,
            Flight::Working | Flight::PendingCancel { .. } => {
                !record.was_accepted() || (name.is_some() && record.order.broker_order_id.is_none())
            }
            Flight::PendingRisk => false,
            Flight::Done => {
                if record.state() == OrderState::Rejected {
                    let broker = &record.order.broker;
                    self.drift(
                        Some(id),
                        format!("{broker} works order {id}, which is rejected here"),
                    );
                }
                false
            }
        };
        if news {
            self.order(OrderFact::Accepted {
                order_id: id.clone(),
                broker_order_id: name.cloned(),
                at: self.now,
            });
        }
    }

    fn rejected(&mut self, record: &OrderRecord, reason: &str) {
        let (id, broker) = (&record.order.order_id, &record.order.broker);
        if record.order.filled_quantity.is_positive() {
            self.drift(
                Some(id),
                format!("{broker} rejects order {id}, which it filled in part or whole: {reason}"),
            );
            // Whether the rest still works is not known: the venue is asked, nothing is assumed.
            self.unknown(record, format!("rejected after a fill: {reason}"));
        } else if record.is_live() && record.was_accepted() {
            self.drift(
                Some(id),
                format!("{broker} rejects order {id}, which it had accepted: {reason}"),
            );
            self.canceled(record);
        } else if record.is_live() {
            self.order(OrderFact::Rejected {
                order_id: id.clone(),
                gate: None,
                code: None,
                reason: reason.to_owned(),
                at: self.now,
            });
        }
    }

    pub(super) fn unknown(&mut self, record: &OrderRecord, reason: String) {
        if record.is_live() && !matches!(record.flight, Flight::Unknown { .. }) {
            self.order(OrderFact::Unknown {
                order_id: record.order.order_id.clone(),
                reason,
                at: self.now,
            });
        }
    }

    fn not_found(&mut self, record: &OrderRecord) {
        if !record.is_live() {
            return;
        }
        let (id, broker) = (&record.order.order_id, &record.order.broker);
        if record.was_accepted() {
            self.drift(
                Some(id),
                format!("{broker} does not have order {id}, which it had accepted"),
            );
            self.canceled(record);
        } else {
            self.order(OrderFact::Rejected {
                order_id: id.clone(),
                gate: None,
                code: None,
                reason: "never reached the venue".to_owned(),
                at: self.now,
            });
        }
    }

    fn canceled(&mut self, record: &OrderRecord) {
        if record.is_live() {
            self.order(OrderFact::Canceled {
                order_id: record.order.order_id.clone(),
                at: self.now,
            });
        }
    }

    fn book(&mut self, broker: &BrokerId, fill: &Fill, booking: Booking<'_>) {
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
