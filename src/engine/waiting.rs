//! Orders that wait for a gate outside: asked, answered, overdue, vetoed, given up.
//!
//! Once every pure gate has passed, the gates outside are asked one after the other.
//! After each answer the whole chain judges the order again by the books as they
//! stand then, and only the chain lets it go. How long an answer is waited for is
//! kept here, as data: an adapter that stalls holds nothing up for longer. An order
//! that waits when a session ends is given up; it is never sent unasked.

use std::sync::Arc;

use crate::domain::{
    AssetClass, CustomGate, DailyOpen, GateName, Order, OrderId, Symbol, Timestamp,
};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{Asks, Fact, GateAnswer, OrderFact, Outcome, Reviewed, RiskFact, Source};
use crate::event::{Seen, Verdict, human_veto};
use crate::order::effect::{Ask, Effect};
use crate::order::gate::{self, Approved};
use crate::order::oms::{self, OrderRecord, WAITING_MOST, Waiting};
use crate::protocol::GateContext;

/// What is said of an order for which there is no more room to wait.
pub(super) const FULL: &str =
    "as many orders as may wait for an answer already: try again when some have theirs";

/// What a judgement came to.
pub(super) type Judged = (Vec<Verdict>, Option<Approved<Order>>, Seen);

impl State {
    /// Sends an order that was approved, has it wait for the gate that is asked next, or refuses it.
    pub(super) fn conclude(
        &mut self,
        order: &Arc<Order>,
        judged: Judged,
        reviewed: Option<&Reviewed>,
        step: &mut Step<'_>,
    ) {
        let (verdicts, approved, seen) = judged;
        let last = verdicts.last();
        if let Some(asked) = last.filter(|last| last.outcome == Outcome::AskedOnSend) {
            let gate = asked.gate.clone();
            return self.ask(order, gate, (verdicts, seen), reviewed, step);
        }
        let order_id = order.order_id.clone();
        let waited = self.waiting_for(&order_id).is_some();
        let refusal = verdicts
            .iter()
            .find(|verdict| verdict.outcome == Outcome::Refuse)
            .cloned();
        let fact = OrderFact::Judged {
            order_id: order_id.clone(),
            verdicts,
            seen: Box::new(seen),
            approved: approved.is_some(),
            at: waited.then_some(step.now),
        };
        self.say(Fact::Order(fact), step);
        if let Some(approved) = approved {
            let (fact, effect) = oms::submit(approved, step.now);
            self.say(Fact::Order(fact), step);
            step.out.effects.push(effect);
            return;
        }
        let fact = OrderFact::Rejected {
            order_id,
            gate: refusal.as_ref().map(|verdict| verdict.gate.clone()),
            code: refusal.as_ref().and_then(|verdict| verdict.code.clone()),
            reason: refusal.map_or_else(
                || "no gate approved it".to_owned(),
                |verdict| verdict.reason.into_owned(),
            ),
            at: step.now,
        };
        self.say(Fact::Order(fact), step);
    }

    /// Has an order wait for a gate, and asks that gate; nothing when it waits for it already.
    fn ask(
        &mut self,
        order: &Arc<Order>,
        gate: GateName,
        (verdicts, seen): (Vec<Verdict>, Seen),
        reviewed: Option<&Reviewed>,
        step: &mut Step<'_>,
    ) {
        let order_id = order.order_id.clone();
        let waiting = self.waiting_for(&order_id);
        if waiting.is_some_and(|waiting| waiting.gate == gate) {
            return;
        }
        let Some(envelope) = self.risk.envelope().cloned() else {
            return self.reject(order_id, "there is no envelope".to_owned(), step);
        };
        if waiting.is_none() && self.too_many_wait(&verdicts) {
            return self.reject(order_id, FULL.to_owned(), step);
        }
        let within = gate::within(&gate, self.risk.asks(), &envelope);
        let question = (gate != human_veto()).then(|| Ask {
            order: Arc::clone(order),
            gate: gate.clone(),
            within,
            envelope,
            verdicts: verdicts.clone(),
            context: self.context(order, &seen, step.now),
        });
        let fact = OrderFact::Asked {
            order_id,
            gate,
            until: step.now.plus(within),
            verdicts,
            seen: Box::new(seen),
            reviewed: reviewed.cloned().map(Box::new),
            at: step.now,
        };
        self.say(Fact::Order(fact), step);
        // A person is asked by the screen, which shows what waits.
        let effect = question.map(|ask| Effect::Ask(Box::new(ask)));
        step.out.effects.extend(effect);
    }

    /// Returns true when an order would have to wait and as many as may wait already.
    pub(super) fn too_many_wait(&self, verdicts: &[Verdict]) -> bool {
        let last = verdicts.last().map(|verdict| verdict.outcome);
        last == Some(Outcome::AskedOnSend) && self.orders.waiting_count() >= WAITING_MOST
    }

    /// Returns what a gate outside may look at besides the order.
    fn context(&self, order: &Order, seen: &Seen, now: Timestamp) -> GateContext {
        let positions = self.ledger.positions(&self.market, now);
        let of_symbol = |symbol: &Symbol| *symbol == order.symbol;
        let always_open = order.symbol.asset_class() == AssetClass::Crypto;
        GateContext {
            now,
            market_open_today: self.opened(order, now),
            market_close_today: None,
            session: if always_open { "24h" } else { "" }.to_owned(),
            position: positions.iter().find(|it| of_symbol(&it.symbol)).cloned(),
            positions,
            quote: seen.quote.clone(),
            nav_usd: seen.nav_usd,
            open_orders: self
                .orders
                .live()
                .map(|record| record.order.clone())
                .collect(),
        }
    }

    /// Returns when the order's market opened, where a gate was told when it does.
    fn opened(&self, order: &Order, now: Timestamp) -> Option<Timestamp> {
        let class = order.symbol.asset_class();
        let open = |gate: &CustomGate| match gate {
            CustomGate::NoTradesNearOpen {
                zone,
                open_minute,
                classes,
                ..
            } if classes.contains(&class) => DailyOpen::new(zone, *open_minute).ok()?.opened(now),
            CustomGate::NoTradesNearOpen { .. }
            | CustomGate::PriceCollar { .. }
            | CustomGate::RestrictedList { .. }
            | CustomGate::SelfCross { .. } => None,
        };
        self.risk.gates().settings().iter().find_map(open)
    }

    /// Takes in what became of a question.
    pub(super) fn on_answer(&mut self, answer: &GateAnswer, step: &mut Step<'_>) {
        let GateAnswer {
            order_id,
            gate,
            said,
            took_ms,
            exchange: _,
        } = answer;
        let why = match self.orders.get(order_id) {
            None => "there is no such order at hand".to_owned(),
            Some(record) => match &record.waiting {
                None => format!("the order is {} and waits for nothing", record.state()),
                Some(waiting) if waiting.gate != *gate => {
                    format!("the order waits for {}", waiting.gate)
                }
                Some(waiting) if waiting.is_over(step.now) => "it comes too late".to_owned(),
                Some(_) => {
                    let Some(envelope) = self.risk.envelope() else {
                        return;
                    };
                    let verdict = gate::weigh(gate, said, *took_ms, envelope);
                    return self.answered(order_id, verdict, step);
                }
            },
        };
        let fact = OrderFact::AnswerIgnored {
            order_id: order_id.clone(),
            gate: gate.clone(),
            why,
            at: step.now,
        };
        self.say(Fact::Order(fact), step);
        self.end_overdue(step);
    }

    /// Takes in a person's word about an order that waits.
    pub(super) fn decide(
        &mut self,
        source: &Source,
        order_id: &OrderId,
        (pass, actor, reason): (bool, &str, &str),
        step: &mut Step<'_>,
    ) {
        let what = if pass { "pass" } else { "veto" };
        let why = match self.waiting_for(order_id) {
            _ if matches!(source, Source::Program(_)) => {
                format!("a person decides about order {order_id}, not a program")
            }
            _ if actor.trim().is_empty() => "a name is needed".to_owned(),
            None => format!("order {order_id} does not wait for an answer"),
            Some(waiting) if waiting.is_over(step.now) => {
                format!("the time to decide about order {order_id} is over")
            }
            Some(waiting) if pass && waiting.gate != human_veto() => {
                format!(
                    "order {order_id} waits for {}, not for a person",
                    waiting.gate
                )
            }
            Some(_) => {
                let verdict = gate::decided(pass, actor, reason);
                return self.answered(order_id, verdict, step);
            }
        };
        self.refuse(what, why, step);
    }

    /// Ends the waiting of every order whose gate did not answer in time, and of those that may go no more.
    pub(super) fn end_overdue(&mut self, step: &mut Step<'_>) {
        let now = step.now;
        let waiting: Vec<Arc<OrderRecord>> = self.orders.waiting().cloned().collect();
        for record in waiting {
            let Some(waiting) = &record.waiting else {
                continue;
            };
            let (order_id, envelope) = (&record.order.order_id, self.risk.envelope());
            let over = envelope.filter(|_| waiting.is_over(now)).map(|envelope| {
                let waited = gate::within(&waiting.gate, self.risk.asks(), envelope);
                gate::overdue(&waiting.gate, waited, envelope)
            });
            match over {
                Some(verdict) => self.answered(order_id, verdict, step),
                // A halt or a limit that fell meanwhile is said at once, not when the answer comes.
                None => self.go_on(order_id, step),
            }
        }
    }

    fn answered(&mut self, order_id: &OrderId, verdict: Verdict, step: &mut Step<'_>) {
        let fact = OrderFact::Answered {
            order_id: order_id.clone(),
            verdict: Box::new(verdict),
            at: step.now,
        };
        self.say(Fact::Order(fact), step);
        self.go_on(order_id, step);
    }

    /// Judges an order that waits again, and lets it go, asks the next gate or refuses it.
    fn go_on(&mut self, order_id: &OrderId, step: &mut Step<'_>) {
        let Some(record) = self.orders.get(order_id).cloned() else {
            return;
        };
        let Some(waiting) = &record.waiting else {
            return;
        };
        if let Some(reason) = self.moved_since(&record.order, waiting, step.now) {
            return self.reject(order_id.clone(), reason, step);
        }
        let order = Arc::new(record.order.clone());
        let judged = self.books().judge(&order, step.now);
        self.conclude(&order, judged, None, step);
    }

    /// Says how far the price went since the sender's review; a person who passed the order saw where it is.
    fn moved_since(&self, order: &Order, waiting: &Waiting, now: Timestamp) -> Option<String> {
        let seen = waiting.reviewed.as_ref()?;
        let person = human_veto();
        if waiting.answers.iter().any(|answer| answer.gate == person) {
            return None;
        }
        self.price_moved(seen, &order.symbol, order.side, now)
    }

    /// Gives up the orders that wait and would open risk; of one symbol, or of all. Returns how many there were.
    pub(super) fn give_up_waiting(&mut self, only: Option<&Symbol>, step: &mut Step<'_>) -> usize {
        let opens = |record: &&Arc<OrderRecord>| {
            let order = &record.order;
            let held = self.exposure.stake(&order.symbol).position;
            let side = order.side.signed(order.quantity);
            held.is_zero() || held.is_positive() == side.is_positive() || side.abs() > held.abs()
        };
        let given_up: Vec<OrderId> = self
            .orders
            .waiting()
            .filter(|record| only.is_none_or(|symbol| record.order.symbol == *symbol))
            .filter(opens)
            .map(|record| record.order.order_id.clone())
            .collect();
        for order_id in &given_up {
            let reason = "opening orders were canceled while it waited".to_owned();
            self.reject(order_id.clone(), reason, step);
        }
        given_up.len()
    }

    /// Gives up one order that waits; returns false when it does not.
    pub(super) fn give_up(&mut self, order_id: &OrderId, step: &mut Step<'_>) -> bool {
        let Some(waiting) = self.waiting_for(order_id) else {
            return false;
        };
        let reason = format!("canceled while it waited for {}", waiting.gate);
        self.reject(order_id.clone(), reason, step);
        true
    }

    /// Returns when an answer is no longer waited for; none while nothing waits.
    pub fn answer_due(&self) -> Option<Timestamp> {
        let until = |record: &Arc<OrderRecord>| Some(record.waiting.as_ref()?.due());
        self.orders.waiting().filter_map(until).min()
    }

    /// Takes over the gates outside that are set up now; as with limits, not while a halt stands.
    pub(super) fn renew_asks(&mut self, asks: Asks, step: &mut Step<'_>) {
        if *self.risk.asks() == asks {
            return;
        }
        if !self.risk.asks().is_empty() && !self.risk.halts().is_empty() {
            let reason =
                "the gates that ask outside changed; they are taken over once the halt is lifted";
            return self.say_refused("gates".to_owned(), reason.to_owned(), step);
        }
        self.say(Fact::Risk(RiskFact::AsksSet(asks)), step);
    }

    fn waiting_for(&self, order_id: &OrderId) -> Option<&Waiting> {
        self.orders.get(order_id)?.waiting.as_deref()
    }

    /// Ends an order of which nothing left.
    fn reject(&mut self, order_id: OrderId, reason: String, step: &mut Step<'_>) {
        let fact = OrderFact::Rejected {
            order_id,
            gate: None,
            code: None,
            reason,
            at: step.now,
        };
        self.say(Fact::Order(fact), step);
    }
}
