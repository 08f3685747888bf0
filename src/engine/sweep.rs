//! Taking back what opens risk when something halts, and going on until each order has ended.
//!
//! Which orders a halt takes back is a fact, so the checklist of it outlives a
//! restart. An order that the venue works in spite of its cancel is canceled again
//! while the halt stands.

use std::time::Duration;

use crate::domain::{HaltRequest, OrderId, Timestamp};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{Fact, RiskFact};
use crate::order::checklist::unsettled;
use crate::order::oms::Flight;

/// Time between two tries to cancel what works in spite of its cancel.
const AGAIN: Duration = Duration::from_secs(5);

impl State {
    /// Cancels what opens risk and says which orders that are.
    pub(super) fn sweep(&mut self, request: &HaltRequest, step: &mut Step<'_>) {
        let mut orders = self.opening_orders();
        let working = self.orders.live_count();
        let kept = working.saturating_sub(orders.len());
        // A halt on top of another goes on with what that one has not settled.
        if let Some(earlier) = self.risk.sweep() {
            let open = unsettled(earlier, &self.orders);
            let more: Vec<OrderId> = open.into_iter().filter(|id| !orders.contains(id)).collect();
            orders.extend(more);
        }
        let fact = RiskFact::Swept {
            halt_id: request.halt_id.clone(),
            by: request.actor.clone(),
            orders,
            kept,
            at: step.now,
        };
        self.say(Fact::Risk(fact), step);
        self.cancel_opening(None, step);
        self.swept_at = Some(step.now);
    }

    /// Cancels again what works in spite of a cancel, while something is halted.
    pub(super) fn sweep_again(&mut self, step: &mut Step<'_>) {
        let Some(sweep) = self.risk.sweep().filter(|_| !self.risk.halts().is_empty()) else {
            return;
        };
        if !self.is_due_again(step.now) {
            return;
        }
        let works = |id: &&OrderId| {
            let record = self.orders.get(id);
            record.is_some_and(|record| matches!(record.flight, Flight::Working))
        };
        let again: Vec<OrderId> = sweep.orders.iter().filter(works).cloned().collect();
        if again.is_empty() {
            return;
        }
        self.swept_at = Some(step.now);
        for order_id in &again {
            self.cancel(order_id, step);
        }
    }

    /// Returns true when the last sweep is long enough ago, or the clock was set back since.
    fn is_due_again(&self, now: Timestamp) -> bool {
        self.swept_at
            .is_none_or(|at| now < at || now.since(at) >= AGAIN)
    }
}
