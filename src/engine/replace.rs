//! Changing a working order: asked for, followed up, placed anew or given up.
//!
//! What comes next is worked out by `order::oms` from what is known; this puts it
//! into facts and effects, after every report and every tick and when a session
//! begins. The new order is judged like any other, by the books as they stand then.

use std::sync::Arc;

use crate::domain::{OrderId, RejectionCode, Ticket};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{Fact, OrderFact, Outcome, Reviewed};
use crate::order::books::Books;
use crate::order::oms::{self, Next, OrderRecord};

/// Why a change is refused.
struct Refusal {
    reason: String,
    code: Option<RejectionCode>,
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self { reason, code: None }
    }
}

impl State {
    /// Judges a change and, when it passes, asks for the old order to be canceled.
    pub(super) fn replace(
        &mut self,
        order_id: &OrderId,
        ticket: &Ticket,
        reviewed: Option<&Reviewed>,
        step: &mut Step<'_>,
    ) {
        match self.judge_change(order_id, ticket, reviewed, step) {
            Ok((record, intent)) => {
                self.say(Fact::Order(intent), step);
                step.out.effects.push(oms::cancel_effect(&record));
            }
            Err(Refusal { reason, code }) => {
                let runaway = match code {
                    Some(RejectionCode::RateLimit) => self.runs_away(step),
                    _ => None,
                };
                self.refuse("change", reason, step);
                if let Some(request) = runaway {
                    self.halt(&request, None, step);
                }
            }
        }
    }

    fn judge_change(
        &self,
        order_id: &OrderId,
        ticket: &Ticket,
        reviewed: Option<&Reviewed>,
        step: &Step<'_>,
    ) -> Result<(Arc<OrderRecord>, OrderFact), Refusal> {
        let now = step.now;
        let record = Arc::clone(oms::replaceable(&self.orders, order_id, ticket)?);
        let rest = self.draft(&oms::remainder(&record, ticket), step.cause, now)?;
        let preview = |books: Books<'_>| books.preview_change(ticket, order_id, now);
        if let Some(reason) =
            reviewed.and_then(|seen| self.changed_since(seen, ticket, now, preview))
        {
            return Err(reason.into());
        }
        let (verdicts, seen) = self.books().judge_change(&rest, &record.order, now);
        let refusal = verdicts
            .iter()
            .find(|verdict| verdict.outcome == Outcome::Refuse);
        if let Some(verdict) = refusal {
            return Err(Refusal {
                reason: format!("{}: {}", verdict.gate, verdict.reason),
                code: verdict.code.clone(),
            });
        }
        let intent = OrderFact::ReplaceRequested {
            order_id: order_id.clone(),
            ticket: Box::new(ticket.clone()),
            verdicts,
            seen: Box::new(seen),
            at: now,
        };
        Ok((record, intent))
    }

    /// Does what is next about every order that is being replaced; `ask` lets the venue be asked.
    pub(super) fn follow_replacements(&mut self, ask: bool, step: &mut Step<'_>) {
        let under_way: Vec<Arc<OrderRecord>> = self.orders.replacing().cloned().collect();
        for record in under_way {
            match oms::next(&record, step.now) {
                Some(Next::Ask(effect)) if ask => step.out.effects.push(effect),
                Some(Next::Wait | Next::Ask(_)) | None => {}
                Some(Next::Drop(reason)) => self.drop_replacement(&record, reason, step),
                Some(Next::Place(rest)) => {
                    // Named after the place of its own first fact, as one input may place several.
                    match self.draft(&rest, self.seq + 1, step.now) {
                        Ok(order) => self.judge(order, None, false, step),
                        Err(reason) => self.drop_replacement(&record, reason, step),
                    }
                }
            }
        }
    }

    /// Says that an order is not replaced after all.
    pub(super) fn drop_replacement(
        &mut self,
        record: &OrderRecord,
        reason: impl Into<String>,
        step: &mut Step<'_>,
    ) {
        let fact = OrderFact::ReplaceDropped {
            order_id: record.order.order_id.clone(),
            reason: reason.into(),
            at: step.now,
        };
        self.say(Fact::Order(fact), step);
    }
}
