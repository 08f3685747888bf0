//! From a ticket to an intent: draft, compare with what was reviewed, judge, submit or refuse.
//!
//! The longest of the engine's decisions, which is why it stands apart from
//! `step`. The order's id derives from the place of its input in the journal.

use std::sync::Arc;

use crate::domain::{Order, OrderId, RejectionCode, Side, Symbol, Ticket, TicketSize, Timestamp};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::engine::waiting::FULL;
use crate::event::{Fact, OrderFact, Outcome, Reviewed};
use crate::order::books::{Books, Preview};
use crate::order::oms;
use crate::order::ticket::{FieldFault, TicketInput, to_order};

impl State {
    pub(super) fn place(
        &mut self,
        ticket: &Ticket,
        reviewed: Option<&Reviewed>,
        step: &mut Step<'_>,
    ) {
        let what = format!("{} {}", ticket.side, ticket.symbol);
        if let Some(record) = self.orders.by_key(&ticket.idempotency_key) {
            let reason = format!(
                "this ticket was already sent as order {}",
                record.order.order_id
            );
            return self.refuse(what, reason, step);
        }
        if self.orders.live_count() + self.orders.waiting_count() >= oms::LIVE_MOST {
            let most = oms::LIVE_MOST;
            let reason = format!("{most} orders work already, the most there may be: cancel some");
            return self.refuse(what, reason, step);
        }
        let order = match self.draft(ticket, step.cause, step.now) {
            Ok(order) => order,
            Err(reason) => return self.refuse(what, reason, step),
        };
        let preview = |books: Books<'_>| books.preview(ticket, step.now);
        if let Some(reason) =
            reviewed.and_then(|seen| self.changed_since(seen, ticket, step.now, preview))
        {
            return self.refuse(what, reason, step);
        }
        self.judge(order, reviewed, true, step);
    }

    /// Has a drafted order judged and sends it, has it wait for a gate outside, or says why not.
    ///
    /// A refused one leaves no record when it may be `counted` and too many were.
    pub(super) fn judge(
        &mut self,
        order: Order,
        reviewed: Option<&Reviewed>,
        counted: bool,
        step: &mut Step<'_>,
    ) {
        let order = Arc::new(order);
        let judged = self.books().judge(&order, step.now);
        let refusal = judged
            .0
            .iter()
            .find(|verdict| verdict.outcome == Outcome::Refuse);
        let code = refusal.and_then(|verdict| verdict.code.as_ref());
        let runaway = match code {
            Some(RejectionCode::RateLimit) => self.runs_away(step),
            _ => None,
        };
        if let Some(verdict) = refusal.filter(|_| counted && runaway.is_none()) {
            let words = || format!("{} {}: {}", order.side, order.symbol, verdict.reason);
            if self.flood.counts(step.now, words) {
                step.counted = true;
                return;
            }
        }
        if counted && self.too_many_wait(&judged.0) {
            let what = format!("{} {}", order.side, order.symbol);
            return self.refuse(what, FULL, step);
        }
        self.say(
            Fact::Order(OrderFact::Created(Box::new(Order::clone(&order)))),
            step,
        );
        self.conclude(&order, judged, reviewed, step);
        if let Some(request) = runaway {
            self.halt(&request, None, step);
        }
    }

    /// Makes an order of a ticket, `max` worked out first; the id derives from a place in the journal.
    pub(super) fn draft(&self, ticket: &Ticket, seq: u64, now: Timestamp) -> Result<Order, String> {
        let order_id =
            OrderId::new(format!("{}-{seq}", self.desk_id)).map_err(|e| e.to_string())?;
        let books = self.books();
        let mut ticket = ticket.clone();
        if ticket.size == Some(TicketSize::Max) {
            let max = books
                .preview(&ticket, now)
                .max
                .ok_or("the largest size is not known")?;
            ticket.size = Some(TicketSize::Units(max.quantity));
        }
        let seen = books.seen(&ticket.symbol, now);
        let instrument = self
            .market
            .instrument(&ticket.symbol)
            .map(|instrument| &**instrument);
        let input = TicketInput {
            ticket: &ticket,
            order_id: &order_id,
            instrument,
            seen: &seen,
            now,
        };
        to_order(&input).map_err(|faults| in_words(&faults))
    }

    /// Says how far the price went from what the sender reviewed, when that is too far.
    pub(super) fn price_moved(
        &self,
        reviewed: &Reviewed,
        symbol: &Symbol,
        side: Side,
        now: Timestamp,
    ) -> Option<String> {
        let before = reviewed.quote.as_ref()?;
        let (quote, _) = self.market.quote(symbol, now)?;
        let (was, is) = (before.touch(side), quote.touch(side));
        ((is - was).abs() > reviewed.slip)
            .then(|| format!("the price moved from {was} to {is} since the review: review again"))
    }

    /// Says what no longer holds of what the sender reviewed.
    pub(super) fn changed_since(
        &self,
        reviewed: &Reviewed,
        ticket: &Ticket,
        now: Timestamp,
        preview: impl FnOnce(Books<'_>) -> Preview,
    ) -> Option<String> {
        if let Some(moved) = self.price_moved(reviewed, &ticket.symbol, ticket.side, now) {
            return Some(moved);
        }
        let refusals = preview(self.books()).refusals();
        if refusals == reviewed.refusals {
            return None;
        }
        let list = refusals
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let now_say = if list.is_empty() {
            "all pass".to_owned()
        } else {
            list
        };
        Some(format!(
            "the verdicts changed since the review: now {now_say}"
        ))
    }
}

fn in_words(faults: &[FieldFault]) -> String {
    faults
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.fault))
        .collect::<Vec<_>>()
        .join("; ")
}
