//! One order, and how each fact changes it: the transitions of an order's life.
//!
//! ```text
//! created -> pending risk -> rejected | in flight        (pending risk lasts while a gate outside is asked)
//! in flight -> working | unknown | rejected          (a fill implies the acceptance)
//! working -> pending cancel | unknown | filled | canceled | expired
//! pending cancel -> canceled | filled | unknown      (refused: asked for by key, then mostly working again)
//! unknown -> working | rejected | canceled | expired | filled     (a fill in part leaves it unknown)
//! ```
//!
//! Facts that do not fit are ignored: a finished order never leaves its state.
//! Fills are counted always, also late ones and ones beyond what was ordered,
//! because they are real; saying so is the decision's part (`report`).

use serde::{Deserialize, Serialize};

use crate::domain::{Fill, IdempotencyKey, Money, Order, OrderId, OrderState, Quantity, Timestamp};
use crate::event::{OrderFact, Seen, Verdict};
use crate::order::oms::{Replacement, Waiting};

/// What the desk knows beyond the order's own fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flight {
    /// Made, being judged; nothing has left.
    PendingRisk,
    /// The intent is durable and the order is on its way; no answer yet.
    InFlight {
        /// Since when.
        since: Timestamp,
    },
    /// Nobody knows whether the venue has it.
    Unknown {
        /// Since when.
        since: Timestamp,
        /// What went wrong.
        reason: String,
    },
    /// The venue works it.
    Working,
    /// The venue works it and was asked to cancel it.
    PendingCancel {
        /// Since when.
        since: Timestamp,
    },
    /// Nothing more can happen to it.
    Done,
}

/// One order with what is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// The order as it stands.
    pub order: Order,
    /// What is under way.
    pub flight: Flight,
    /// What the gates said.
    pub verdicts: Vec<Verdict>,
    /// What they looked at.
    pub seen: Option<Box<Seen>>,
    /// Price times units of every fill: the average price is this over the units.
    pub filled_cost: Money,
    /// When the venue was last asked about it, while an answer is awaited.
    pub asked_at: Option<Timestamp>,
    /// What it is to be replaced by, while that is under way.
    pub replacement: Option<Box<Replacement>>,
    /// Keys of the changes that were asked for.
    pub changes: Vec<IdempotencyKey>,
    /// The order it took the place of.
    pub replaces: Option<OrderId>,
    /// The order that took its place.
    pub replaced_by: Option<OrderId>,
    /// What it waits for, while a gate outside is asked.
    #[serde(default)]
    pub waiting: Option<Box<Waiting>>,
}

impl OrderRecord {
    /// Makes the record of an order that has not been judged.
    pub(super) fn new(order: Order) -> Self {
        Self {
            order,
            flight: Flight::PendingRisk,
            verdicts: Vec::new(),
            seen: None,
            filled_cost: Money::ZERO,
            asked_at: None,
            replacement: None,
            changes: Vec::new(),
            replaces: None,
            replaced_by: None,
            waiting: None,
        }
    }

    /// Returns where the order stands.
    pub fn state(&self) -> OrderState {
        self.order.state()
    }

    /// Returns true while the venue works it or may do so.
    pub fn is_live(&self) -> bool {
        match self.flight {
            Flight::InFlight { .. }
            | Flight::Unknown { .. }
            | Flight::Working
            | Flight::PendingCancel { .. } => true,
            Flight::PendingRisk | Flight::Done => false,
        }
    }

    /// Returns true once nothing more can happen to it.
    pub fn is_done(&self) -> bool {
        matches!(self.flight, Flight::Done)
    }

    /// Returns true when the venue is known to have taken it.
    pub fn was_accepted(&self) -> bool {
        self.order.accepted_at.is_some()
    }

    /// Returns the signed units it may still trade: all that is open while it is live, else nothing.
    pub fn working(&self) -> Quantity {
        if self.is_live() {
            self.order.side.signed(self.order.open_quantity())
        } else {
            Quantity::ZERO
        }
    }

    /// Returns when it came to its end; for one that has not, when it was made.
    pub fn ended_at(&self) -> Timestamp {
        let order = &self.order;
        order
            .canceled_at
            .or(order.rejected_at)
            .or(order.filled_at)
            .unwrap_or(order.created_at)
    }

    /// Takes in a fact about this order.
    pub(super) fn take(&mut self, fact: &OrderFact) {
        match fact {
            OrderFact::Created(_)
            | OrderFact::CommandRefused { .. }
            | OrderFact::AnswerIgnored { .. } => {}
            OrderFact::Asked { .. } | OrderFact::Answered { .. } => {
                if matches!(self.flight, Flight::PendingRisk) {
                    self.take_asked(fact);
                }
            }
            OrderFact::Judged { verdicts, seen, .. } => {
                self.waiting = None;
                self.verdicts.clone_from(verdicts);
                self.seen = Some(seen.clone());
            }
            OrderFact::Submitted { at, .. } => self.take_submitted(*at),
            OrderFact::Accepted {
                broker_order_id,
                at,
                ..
            } => {
                if self.is_live() {
                    self.accept(*at);
                    if self.order.broker_order_id.is_none() {
                        self.order.broker_order_id.clone_from(broker_order_id);
                    }
                }
            }
            OrderFact::Rejected { reason, at, .. } => self.take_rejected(reason, *at),
            OrderFact::Unknown { reason, at, .. } => self.take_unknown(reason, *at),
            OrderFact::CancelRequested { at, .. } => self.take_cancel_requested(*at),
            OrderFact::ReplaceRequested { ticket, at, .. } => {
                if self.is_live() {
                    self.changes.push(ticket.idempotency_key.clone());
                    self.replacement = Some(Box::new(Replacement {
                        ticket: (**ticket).clone(),
                        at: *at,
                        settled: None,
                    }));
                    self.take_cancel_requested(*at);
                }
            }
            OrderFact::Settled { filled, .. } => {
                if let Some(replacement) = self.replacement.as_mut() {
                    replacement.settled = Some(*filled);
                }
            }
            OrderFact::ReplaceDropped { .. } => self.replacement = None,
            OrderFact::CancelRefused { reason, at, .. } => self.take_cancel_refused(reason, *at),
            OrderFact::Canceled { at, .. } => {
                if self.is_live() {
                    self.order.canceled_at = Some(*at);
                    self.end();
                }
            }
            OrderFact::Expired { at, .. } => {
                if self.is_live() {
                    self.order = self.order.clone().expired(*at);
                    self.end();
                }
            }
        }
    }

    fn take_submitted(&mut self, at: Timestamp) {
        if matches!(self.flight, Flight::PendingRisk) {
            self.order.submitted_at = Some(at);
            self.flight = Flight::InFlight { since: at };
        }
    }

    /// A venue cannot refuse what it took: only an order it never accepted can be rejected.
    fn take_rejected(&mut self, reason: &str, at: Timestamp) {
        if self.is_done() || self.was_accepted() || self.order.filled_quantity.is_positive() {
            return;
        }
        self.order.rejected_at = Some(at);
        self.order.rejected_reason = Some(reason.to_owned());
        self.end();
    }

    /// Said again while unknown, it only moves the moment of asking.
    fn take_unknown(&mut self, reason: &str, at: Timestamp) {
        if !self.is_live() {
            return;
        }
        let since = match self.flight {
            Flight::Unknown { since, .. } => since,
            _ => at,
        };
        self.flight = Flight::Unknown {
            since,
            reason: reason.to_owned(),
        };
        self.asked_at = Some(at);
    }

    /// Said again while pending, it only moves the moment of asking.
    fn take_cancel_requested(&mut self, at: Timestamp) {
        if !self.is_live() {
            return;
        }
        if !matches!(self.flight, Flight::PendingCancel { .. }) {
            self.flight = Flight::PendingCancel { since: at };
        }
        self.asked_at = Some(at);
    }

    /// A refusal does not say why: the order may be done, never have arrived, or be canceled already by an
    /// asking whose answer was lost. That must be found out before it counts as working again.
    fn take_cancel_refused(&mut self, reason: &str, at: Timestamp) {
        if !matches!(self.flight, Flight::PendingCancel { .. }) {
            return;
        }
        self.flight = Flight::Unknown {
            since: at,
            reason: format!("the venue did not cancel it: {reason}"),
        };
        self.asked_at = Some(at);
    }

    /// Takes in a part that was done. The caller has seen to it that each comes once.
    pub(super) fn take_fill(&mut self, fill: &Fill) {
        let done = self.is_done();
        if !done {
            self.order.submitted_at.get_or_insert(fill.timestamp);
            self.order.accepted_at.get_or_insert(fill.timestamp);
            // It says that the venue had the order, and of one that nobody knew of not that it still works.
            if matches!(self.flight, Flight::PendingRisk | Flight::InFlight { .. }) {
                self.flight = Flight::Working;
                self.asked_at = None;
            }
        }
        let order = &mut self.order;
        order.filled_quantity += fill.quantity;
        self.filled_cost += fill.price * fill.quantity;
        order.avg_fill_price = self.filled_cost.per_unit(order.filled_quantity);
        if order.broker_order_id.is_none() {
            order.broker_order_id.clone_from(&fill.broker_order_id);
        }
        if !done && order.filled_quantity >= order.quantity {
            order.filled_at = Some(fill.timestamp);
            self.end();
        }
    }

    fn accept(&mut self, at: Timestamp) {
        self.order.accepted_at.get_or_insert(at);
        if !matches!(self.flight, Flight::PendingCancel { .. }) {
            self.flight = Flight::Working;
            self.asked_at = None;
        }
    }

    fn end(&mut self) {
        self.flight = Flight::Done;
        self.waiting = None;
        self.asked_at = None;
    }
}
