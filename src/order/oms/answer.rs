//! The facts that answer a broker, collected: one rule for each kind of report about an order.
//!
//! Each rule looks at where the order stands and adds the fact that follows, or
//! none when it is known already, or a `Drift` when it cannot be. A drift that was
//! said lately is not said again, so a venue that repeats itself does not flood
//! the person.

use std::collections::BTreeMap;

use crate::domain::{BrokerId, BrokerOrderId, OrderId, OrderState, Quantity, Symbol, Timestamp};
use crate::event::{AccountFact, BrokerReport, Fact, OrderFact};
use crate::order::ledger::Ledger;
use crate::order::oms::{Flight, OrderRecord, Orders};

/// The facts that answer a report, as they come together.
pub(super) struct Answer<'a> {
    ledger: &'a Ledger,
    pub(super) now: Timestamp,
    pub(super) facts: Vec<Fact>,
    /// Symbols a statement puts in question, and why.
    questions: BTreeMap<Symbol, String>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(ledger: &'a Ledger, now: Timestamp) -> Self {
        Self {
            ledger,
            now,
            facts: Vec::new(),
            questions: BTreeMap::new(),
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

    /// Opens no more risk in a symbol until its books are in order; not again for the same reason.
    pub(super) fn lock(&mut self, symbol: &Symbol, why: String) {
        if self.ledger.lock(symbol).is_some_and(|lock| lock.why == why) {
            return;
        }
        let fact = Fact::Account(AccountFact::Locked {
            symbol: symbol.clone(),
            why,
            at: self.now,
        });
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }

    /// Notes that a statement puts a symbol in question; the first reason of several stands.
    pub(super) fn question(&mut self, symbol: &Symbol, why: String) {
        self.questions.entry(symbol.clone()).or_insert(why);
    }

    /// Locks what a statement puts in question and unlocks what it confirms.
    pub(super) fn settle(&mut self) {
        let questions = std::mem::take(&mut self.questions);
        for (symbol, _) in self.ledger.locks() {
            if !questions.contains_key(symbol) {
                self.facts.push(Fact::Account(AccountFact::Unlocked {
                    symbol: symbol.clone(),
                    by: None,
                    at: self.now,
                }));
            }
        }
        for (symbol, why) in questions {
            self.lock(&symbol, why);
        }
    }

    /// Returns the order a report is about, or says why the report cannot be used.
    pub(super) fn known<'o>(
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
    pub(super) fn take(&mut self, record: &OrderRecord, report: &BrokerReport) {
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
            BrokerReport::Stands { filled, ended, .. } => self.stands(record, *filled, *ended),
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
            self.gone(record);
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
            self.gone(record);
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

    /// Takes in how much the venue has done of an order.
    ///
    /// An answer may be older than the cancel it seems to follow: it counts where the venue said in
    /// the same breath that the order has ended. One that contradicts it ends the change: nobody knows
    /// how much may still be placed.
    fn stands(&mut self, record: &OrderRecord, filled: Quantity, ended: bool) {
        let Some(change) = record.replacement.as_ref() else {
            return;
        };
        if !ended || !record.is_done() || change.settled == Some(filled) {
            return;
        }
        let order_id = record.order.order_id.clone();
        self.order(match change.settled {
            None => OrderFact::Settled {
                order_id,
                filled,
                at: self.now,
            },
            Some(before) => OrderFact::ReplaceDropped {
                order_id,
                reason: format!(
                    "{} says that {filled} of it are done, and said {before} before",
                    record.order.broker
                ),
                at: self.now,
            },
        });
    }

    /// Ends an order of which the venue does not say that it was canceled: nothing takes its place.
    fn gone(&mut self, record: &OrderRecord) {
        if record.replacement.is_some() {
            self.order(OrderFact::ReplaceDropped {
                order_id: record.order.order_id.clone(),
                reason: format!("{} does not confirm its cancel", record.order.broker),
                at: self.now,
            });
        }
        self.canceled(record);
    }

    fn canceled(&mut self, record: &OrderRecord) {
        if record.is_live() {
            self.order(OrderFact::Canceled {
                order_id: record.order.order_id.clone(),
                at: self.now,
            });
        }
    }
}

/// Names a report in a sentence to a person.
pub(super) fn word(report: &BrokerReport) -> &'static str {
    match report {
        BrokerReport::Accepted { .. } => "accepted",
        BrokerReport::Rejected { .. } => "rejected",
        BrokerReport::Unknown { .. } => "outcome unknown",
        BrokerReport::NotFound { .. } => "not found",
        BrokerReport::Fill { .. } => "fill",
        BrokerReport::Canceled { .. } => "canceled",
        BrokerReport::Stands { .. } => "stands",
        BrokerReport::CancelRefused { .. } => "cancel refused",
        BrokerReport::Expired { .. } => "expired",
        BrokerReport::Statement { .. } => "statement",
    }
}
