//! Closing positions by the desk's own decision: synthetic stops, and a flatten by hand.
//!
//! A stop is decided when two quotes in a row went beyond it, a flatten when a person
//! asks for one while halted. What works in the symbol is taken back first; once
//! nothing does, one market order for the whole position is judged and sent like any
//! other. An exit whose position went flat another way is given up, its order canceled.
//! Followed after every report, on every tick, and when a session begins.

use std::sync::Arc;

use crate::domain::{
    IdempotencyKey, Order, OrderId, OrderType, Quantity, Quote, StrategyId, Symbol, TimeInForce,
};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{ExitWhy, Fact, LinkHealth, LinkName, Outcome, RiskFact, Source};
use crate::order::oms::{Flight, OrderRecord};
use crate::order::risk::Exit;
use crate::order::stop;

/// Who a stop's order is from.
const STOP: &str = "synthetic_stop";

impl State {
    /// Looks at a quote of something that is held or worked.
    pub(super) fn watch_stop(&mut self, quote: &Quote) {
        let distance = self.risk.limits().and_then(|limits| limits.stop);
        let held = self.ledger.holding(&quote.symbol);
        let Some((distance, holding)) = distance.zip(held).filter(|_| !self.info.read_only) else {
            return;
        };
        let exited = self.risk.exit(&quote.symbol);
        let disarmed = exited.is_some_and(|exit| exit.epoch == holding.epoch);
        if holding.quantity.is_zero() || disarmed {
            if self.watch.has(&quote.symbol) {
                self.watch.forget(&quote.symbol);
            }
            return;
        }
        self.due |= self.watch.see(holding, distance, quote);
    }

    /// Returns true once after a stop was reached: the engine wants a step, and not only at its next tick.
    pub fn take_due(&mut self) -> bool {
        std::mem::take(&mut self.due)
    }

    /// Decides the exits of positions whose stop was reached, where that still holds.
    pub(super) fn decide_stops(&mut self, step: &mut Step<'_>) {
        for (symbol, epoch, quotes) in self.watch.due() {
            self.watch.forget(&symbol);
            if let Some(exit) = self.stop_of(&symbol, epoch, quotes, step) {
                self.say(Fact::Risk(exit), step);
            }
        }
    }

    fn stop_of(
        &self,
        symbol: &Symbol,
        epoch: u32,
        quotes: [Quote; 2],
        step: &Step<'_>,
    ) -> Option<RiskFact> {
        let holding = self.ledger.holding(symbol)?;
        let distance = self.risk.limits()?.stop?;
        let level = stop::level(holding, distance)?;
        let (_, age) = self.market.quote(symbol, step.now)?;
        let fresh = age <= self.market.stale_after();
        let armed = self
            .risk
            .exit(symbol)
            .is_none_or(|exit| exit.epoch != epoch);
        if holding.epoch != epoch || !fresh || !armed {
            return None;
        }
        let fund = &self.ledger.fund()?.fund_id;
        Some(RiskFact::ExitDecided {
            symbol: symbol.clone(),
            epoch,
            why: ExitWhy::Stop {
                level,
                quotes: Box::new(quotes),
            },
            key: key(&format!("sstop-{fund}-{symbol}-{epoch}"))?,
            at: step.now,
        })
    }

    /// Decides to close everything that is held, by a person's word.
    pub(super) fn flatten(
        &mut self,
        source: &Source,
        (actor, reason): (&str, &str),
        step: &mut Step<'_>,
    ) {
        if let Some(why) = self.refuses_flatten(source, actor, reason) {
            return self.refuse("flatten", why, step);
        }
        self.flatten_all(actor, reason, step);
    }

    /// Decides to close everything that is held and not being closed already.
    pub(super) fn flatten_all(&mut self, actor: &str, reason: &str, step: &mut Step<'_>) {
        let Some(fund) = self.ledger.fund().map(|fund| fund.fund_id.clone()) else {
            return;
        };
        let held: Vec<(Symbol, u32)> = self
            .ledger
            .holdings()
            .filter(|holding| !holding.quantity.is_zero())
            .filter(|holding| !self.is_leaving(&holding.symbol))
            .map(|holding| (holding.symbol.clone(), holding.epoch))
            .collect();
        for (symbol, epoch) in held {
            let seq = self.seq + 1;
            let Some(key) = key(&format!("flatten-{fund}-{symbol}-{epoch}-{seq}")) else {
                continue;
            };
            let fact = RiskFact::ExitDecided {
                symbol,
                epoch,
                why: ExitWhy::Flatten {
                    by: actor.to_owned(),
                    reason: reason.to_owned(),
                },
                key,
                at: step.now,
            };
            self.say(Fact::Risk(fact), step);
        }
        self.follow_exits(step);
    }

    fn refuses_flatten(&self, source: &Source, actor: &str, reason: &str) -> Option<String> {
        if matches!(source, Source::Program(_)) {
            return Some("a person closes everything, not a program".to_owned());
        }
        if actor.trim().is_empty() || reason.trim().is_empty() {
            return Some("a name and a reason are needed".to_owned());
        }
        let fund = self.ledger.fund()?.fund_id.as_str();
        if !self.is_halted(fund) {
            return Some("it is the second step: halt the fund first".to_owned());
        }
        let mut holdings = self.ledger.holdings();
        let held = holdings.any(|holding| !holding.quantity.is_zero());
        (!held).then(|| "nothing is held".to_owned())
    }

    /// Returns true while an exit of what is held is under way: decided and not ordered, or its order lives.
    fn is_leaving(&self, symbol: &Symbol) -> bool {
        let Some(exit) = self.risk.exit(symbol).filter(|exit| self.is_of_now(exit)) else {
            return false;
        };
        exit.order_id.as_ref().is_none_or(|id| self.lives(id))
    }

    fn is_of_now(&self, exit: &Exit) -> bool {
        let holding = self.ledger.holding(&exit.symbol);
        holding.is_some_and(|held| held.epoch == exit.epoch && !held.quantity.is_zero())
    }

    fn lives(&self, order_id: &OrderId) -> bool {
        let record = self.orders.get(order_id);
        record.is_some_and(|record| record.is_live())
    }

    /// Does what is next about every exit.
    pub(super) fn follow_exits(&mut self, step: &mut Step<'_>) {
        let exits: Vec<Exit> = self.risk.exits().cloned().collect();
        for exit in exits {
            match (&exit.order_id, self.is_of_now(&exit)) {
                (None, true) => self.try_exit(&exit, step),
                // Made, and lost with the end of a session before it left: nobody has it.
                (Some(order_id), true) if self.never_left(order_id) => {
                    self.decide_again(exit, step);
                }
                // It left, and is the one exit this position gets.
                (Some(_), true) => {}
                (Some(order_id), false) if self.lives(order_id) => {
                    // What it was to close is closed: done now, it would open.
                    let canceling = self.orders.get(order_id).is_some_and(|record| {
                        matches!(record.flight, Flight::PendingCancel { .. })
                    });
                    if !canceling {
                        self.cancel(order_id, step);
                    }
                }
                (_, false) => {
                    let fact = RiskFact::ExitEnded {
                        symbol: exit.symbol,
                        at: step.now,
                    };
                    self.say(Fact::Risk(fact), step);
                }
            }
        }
    }

    fn never_left(&self, order_id: &OrderId) -> bool {
        let record = self.orders.get(order_id);
        record.is_some_and(|record| record.is_done() && record.order.submitted_at.is_none())
    }

    /// Decides an exit once more, under a key that no order has.
    fn decide_again(&mut self, exit: Exit, step: &mut Step<'_>) {
        let Some(key) = key(&format!("{}-{}", exit.key, self.seq + 1)) else {
            return;
        };
        let fact = RiskFact::ExitDecided {
            symbol: exit.symbol,
            epoch: exit.epoch,
            why: exit.why,
            key,
            at: step.now,
        };
        self.say(Fact::Risk(fact), step);
    }

    /// Orders an exit once nothing else works in its symbol, or says what it waits for.
    fn try_exit(&mut self, exit: &Exit, step: &mut Step<'_>) {
        let in_the_way = self.clear_the_way(&exit.symbol, step);
        if in_the_way > 0 {
            let orders = if in_the_way == 1 { "order" } else { "orders" };
            let why = format!("{in_the_way} {orders} to be canceled first");
            return self.hold_up(exit, why, step);
        }
        if !self.broker_is_up() {
            return self.hold_up(exit, "the broker cannot be reached".to_owned(), step);
        }
        let Some(order) = self.exit_order(exit, step) else {
            return;
        };
        let (verdicts, approved, _) = self.books().judge(&Arc::new(order.clone()), step.now);
        if approved.is_some() {
            return self.judge(order, None, false, step);
        }
        // Nothing is made of it while a gate refuses: its key would be used up.
        let refusal = verdicts
            .iter()
            .find(|verdict| verdict.outcome == Outcome::Refuse);
        let why = refusal.map_or_else(
            || "no gate approved it".to_owned(),
            |refusal| match &refusal.code {
                // Its words carry numbers that change with every look.
                Some(code) => format!("{} refuses it: {code}", refusal.gate),
                None => format!("{} refuses it", refusal.gate),
            },
        );
        self.hold_up(exit, why, step);
    }

    /// Takes back what works in a symbol; returns how many orders of it may still trade.
    fn clear_the_way(&mut self, symbol: &Symbol, step: &mut Step<'_>) -> usize {
        // What waits for an answer has not left, and must not come after the exit.
        self.give_up_waiting(Some(symbol), step);
        let waiting: Vec<Arc<OrderRecord>> = self
            .orders
            .replacing()
            .filter(|record| record.order.symbol == *symbol)
            .cloned()
            .collect();
        for record in &waiting {
            self.drop_replacement(record, "the position is being closed", step);
        }
        let live: Vec<(OrderId, bool)> = self
            .orders
            .live()
            .filter(|record| record.order.symbol == *symbol)
            .map(|record| {
                let canceling = matches!(record.flight, Flight::PendingCancel { .. });
                (record.order.order_id.clone(), canceling)
            })
            .collect();
        for (order_id, _) in live.iter().filter(|(_, canceling)| !canceling) {
            self.cancel(order_id, step);
        }
        live.len()
    }

    fn broker_is_up(&self) -> bool {
        let Some(fund) = self.ledger.fund() else {
            return false;
        };
        self.links.iter().any(|link| {
            link.health == LinkHealth::Up
                && matches!(&link.name, LinkName::Broker(name) if *name == fund.broker.as_str())
        })
    }

    fn exit_order(&self, exit: &Exit, step: &Step<'_>) -> Option<Order> {
        let fund = self.ledger.fund()?;
        let holding = self.ledger.holding(&exit.symbol)?;
        let strategy = fund.strategies.first().cloned();
        let actor = match &exit.why {
            ExitWhy::Stop { .. } => STOP.to_owned(),
            ExitWhy::Flatten { by, .. } => by.clone(),
        };
        Some(Order {
            order_id: OrderId::new(format!("{}-{}", self.desk_id, self.seq + 1)).ok()?,
            idempotency_key: exit.key.clone(),
            symbol: exit.symbol.clone(),
            side: stop::exit_side(holding),
            quantity: holding.quantity.abs(),
            order_type: OrderType::Market,
            limit_price: None,
            stop_price: None,
            tif: TimeInForce::Day,
            fund_id: fund.fund_id.clone(),
            strategy_id: strategy.or_else(|| StrategyId::new(STOP).ok())?,
            broker: fund.broker.clone(),
            actor,
            created_at: step.now,
            submitted_at: None,
            accepted_at: None,
            filled_at: None,
            canceled_at: None,
            rejected_at: None,
            broker_order_id: None,
            parent_order_id: None,
            filled_quantity: Quantity::ZERO,
            avg_fill_price: None,
            rejected_reason: None,
            thesis: String::new(),
        })
    }

    /// Says what an exit waits for; not again while it is the same.
    fn hold_up(&mut self, exit: &Exit, why: String, step: &mut Step<'_>) {
        if exit.held_up.as_deref() == Some(why.as_str()) {
            return;
        }
        let fact = RiskFact::ExitHeldUp {
            symbol: exit.symbol.clone(),
            why,
            at: step.now,
        };
        self.say(Fact::Risk(fact), step);
    }
}

/// Makes a key; a text too long for one is cut where it begins, so that what tells it apart stays.
fn key(text: &str) -> Option<IdempotencyKey> {
    let start = text.len().saturating_sub(128);
    IdempotencyKey::new(text.get(start..)?).ok()
}
