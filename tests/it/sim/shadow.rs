//! What the journal says, read by a second pair of eyes.
//!
//! Knows nothing of the engine's state: it takes in each durable record as the
//! journal acknowledged it and keeps its own sums, so that what the desk shows can
//! be held against them.

use std::collections::{BTreeMap, HashMap, HashSet};

use mts1b_desk::domain::{
    Currency, Fill, FillId, GateName, IdempotencyKey, LossPeriod, Money, Order, OrderId, Quantity,
    RiskEnvelope, Symbol, TicketSize,
};
use mts1b_desk::event::{
    AccountFact, Asks, BrokerReport, Command, Fact, GateAnswer, Input, OrderFact, Outcome,
    RiskFact, Said, Verdict, human_veto,
};
use mts1b_desk::journal::{Payload, Record};

/// The books as the journal has them.
#[derive(Debug, Default)]
pub struct Shadow {
    /// The last place taken in.
    pub seq: u64,
    /// The records as the disk gave them back, up to the last start.
    pub read: Vec<Record>,
    pub created: HashMap<OrderId, Order>,
    pub submitted: HashSet<OrderId>,
    pub accepted: HashSet<OrderId>,
    /// Orders a person was told something is odd about.
    pub drifted: HashSet<OrderId>,
    /// Symbols in which nothing may open risk.
    pub locked: HashSet<Symbol>,
    /// What is halted, by the target of the halt and the loss that set it off.
    halted: HashSet<(String, Option<LossPeriod>)>,
    /// Orders that left and have not ended: symbol and signed units still to be done.
    pub open: HashMap<OrderId, (Symbol, Quantity)>,
    /// Orders the venue has said anything of, itself.
    proved: HashSet<OrderId>,
    deaf: bool,
    /// Fills in the order they were booked.
    pub order_of_fills: Vec<FillId>,
    pub approved: HashSet<OrderId>,
    pub ended: HashMap<OrderId, &'static str>,
    pub booked: HashMap<FillId, Fill>,
    pub cash: BTreeMap<Currency, Money>,
    pub positions: BTreeMap<Symbol, Quantity>,
    /// Changes asked for, by key: the order, and the whole of what it shall be.
    changes: HashMap<IdempotencyKey, (OrderId, Quantity)>,
    /// Orders that took the place of another: that one, and the most both may do.
    pub replaced: HashMap<OrderId, (OrderId, Quantity)>,
    pub unknown: u64,
    pub drifts: u64,
    /// Halts the desk set off by itself because orders ran away.
    pub runaways: u64,
    /// Losses that halted.
    pub losses: u64,
    /// Exits the desk decided by itself: stops, and positions of a flatten.
    pub exits: u64,
    /// Keys of those exits, and those that were ordered.
    exit_keys: HashMap<IdempotencyKey, bool>,
    /// The newest limits, and how many were set in the desk.
    envelope: Option<RiskEnvelope>,
    pub edits: u64,
    pub flows: u64,
    pub corrections: u64,
    /// What people booked that no fill says.
    pub corrected: BTreeMap<Symbol, Quantity>,
    /// The gates that ask outside.
    asks: Asks,
    /// Which gate outside, or which person, said yes to which order.
    yes: HashSet<(OrderId, GateName)>,
    deaf_to_gates: bool,
    /// Orders that had to wait, and in which session.
    asked: HashMap<OrderId, u64>,
    sessions: u64,
    /// Orders that waited and were approved.
    pub waited: u64,
    /// Orders that waited and were given up.
    pub given_up: u64,
    /// What no journal may say.
    pub faults: Vec<String>,
}

impl Shadow {
    /// Takes in the record that stands at `seq`.
    pub fn take(&mut self, seq: u64, payload: &Payload) {
        if seq != self.seq + 1 {
            self.faults
                .push(format!("record {seq} follows record {}", self.seq));
        }
        self.seq = seq;
        match payload {
            Payload::Input(Input::Market(_)) => {
                self.faults.push(format!("record {seq} is market data"));
            }
            Payload::Input(Input::Execution(report)) => self.heard(report),
            Payload::Input(Input::Answer(answer)) => self.answered(answer),
            Payload::Input(Input::Command(Command::Decide {
                order_id,
                pass: true,
                ..
            })) => self.said_yes(order_id, human_veto()),
            Payload::Fact(Fact::Order(fact)) => self.order(fact),
            Payload::Fact(Fact::Account(fact)) => self.account(fact),
            Payload::Fact(Fact::Risk(RiskFact::Halted { request, loss, .. })) => {
                self.runaways += u64::from(request.actor == "rate limit");
                let period = loss.map(|loss| loss.period);
                self.losses += u64::from(loss.is_some());
                self.halted.insert((request.target.clone(), period));
            }
            Payload::Fact(Fact::Risk(RiskFact::Resumed { status, loss, .. })) => {
                self.halted.remove(&(status.target.clone(), *loss));
            }
            Payload::Fact(Fact::Risk(RiskFact::EnvelopeSet(envelope))) => self.limits(envelope),
            Payload::Fact(Fact::Risk(RiskFact::EnvelopeEdited { envelope, .. })) => {
                self.edits += 1;
                self.limits(envelope);
            }
            Payload::Fact(Fact::Risk(RiskFact::ExitDecided { key, .. })) => {
                self.exits += 1;
                if self.exit_keys.insert(key.clone(), false).is_some() {
                    self.faults.push(format!("exit {key} was decided twice"));
                }
            }
            Payload::Fact(Fact::Risk(RiskFact::AsksSet(asks))) => self.asks = asks.clone(),
            Payload::Input(_) | Payload::Fact(Fact::Risk(_) | Fact::Link(_)) => {}
        }
    }

    /// Limits come version by version, and none is looser while something is halted.
    fn limits(&mut self, next: &RiskEnvelope) {
        if let Some(known) = &self.envelope {
            let looser = known.loosened(next);
            if next.version != known.version + 1 {
                let (was, is) = (known.version, next.version);
                self.faults.push(format!("limits v{is} follow v{was}"));
            }
            if !self.halted.is_empty() && !looser.is_empty() {
                self.faults
                    .push(format!("{looser:?} were loosened while halted"));
            }
        }
        self.envelope = Some(next.clone());
    }

    fn answered(&mut self, answer: &GateAnswer) {
        match answer.said {
            Said::Pass | Said::Opinion { .. } => {
                self.said_yes(&answer.order_id, answer.gate.clone());
            }
            Said::Refuse | Said::Nothing { .. } => {}
        }
    }

    fn said_yes(&mut self, order_id: &OrderId, gate: GateName) {
        if !self.deaf_to_gates {
            self.yes.insert((order_id.clone(), gate));
        }
    }

    /// An approved order was asked about at every gate outside there is, in this session, and each said yes.
    fn outside(&mut self, order_id: &OrderId, verdicts: &[Verdict]) {
        let mut expected = GateName::DOCUMENTED.to_vec();
        for gate in self.asks.gates.iter().rev() {
            expected.insert(6, gate.gate.clone());
        }
        expected.extend(self.asks.person_ms.map(|_| human_veto()));
        let asked: Vec<_> = verdicts
            .iter()
            .map(|verdict| verdict.gate.clone())
            .collect();
        if asked != expected {
            self.faults
                .push(format!("order {order_id} was approved by {asked:?} alone"));
        }
        for verdict in verdicts.iter().skip(6) {
            let needs = match verdict.outcome {
                Outcome::Pass => !verdict.reason.starts_with("only reduces"),
                Outcome::AskedOnSend | Outcome::Refuse => true,
                Outcome::Unanswered | Outcome::Off => verdict.gate != GateName::CroVeto,
            };
            let said = (order_id.clone(), verdict.gate.clone());
            if needs && !self.yes.contains(&said) {
                self.faults.push(format!(
                    "order {order_id} was approved, and {} never said yes: {}",
                    verdict.gate, verdict.reason
                ));
            }
        }
        if let Some(session) = self.asked.get(order_id) {
            self.waited += 1;
            if *session != self.sessions {
                self.faults.push(format!(
                    "order {order_id} waited in another session and was sent all the same"
                ));
            }
        }
    }

    /// Hears no more of what the venue says.
    #[cfg(test)]
    pub fn turn_deaf(&mut self) {
        self.deaf = true;
    }

    /// Hears no more of what gates outside say.
    #[cfg(test)]
    pub fn turn_deaf_to_gates(&mut self) {
        self.deaf_to_gates = true;
    }

    /// Notes of which orders the venue itself has spoken.
    fn heard(&mut self, report: &BrokerReport) {
        if self.deaf {
            return;
        }
        match report {
            BrokerReport::Accepted { order_id, .. }
            | BrokerReport::Rejected { order_id, .. }
            | BrokerReport::NotFound { order_id, .. }
            | BrokerReport::Canceled { order_id, .. }
            | BrokerReport::Expired { order_id, .. } => {
                self.proved.insert(order_id.clone());
            }
            BrokerReport::Fill { fill, .. } => {
                self.proved.insert(fill.order_id.clone());
            }
            BrokerReport::Statement { orders, .. } => {
                self.proved
                    .extend(orders.iter().map(|order| order.order_id.clone()));
            }
            BrokerReport::Unknown { .. }
            | BrokerReport::CancelRefused { .. }
            | BrokerReport::Stands { .. } => {}
        }
    }

    /// What became of an order that left is known from the venue alone.
    fn prove(&mut self, order_id: &OrderId, what: &str) {
        if self.submitted.contains(order_id) && !self.proved.contains(order_id) {
            self.faults.push(format!(
                "order {order_id} is {what}, and the venue never said anything of it"
            ));
        }
    }

    fn order(&mut self, fact: &OrderFact) {
        match fact {
            OrderFact::ReplaceRequested {
                order_id, ticket, ..
            } => {
                let Some(TicketSize::Units(total)) = ticket.size else {
                    return self
                        .faults
                        .push(format!("a change of {order_id} has no size"));
                };
                let key = ticket.idempotency_key.clone();
                if self
                    .changes
                    .insert(key, (order_id.clone(), total))
                    .is_some()
                {
                    self.faults
                        .push(format!("a change of order {order_id} was asked for twice"));
                }
            }
            OrderFact::Created(order) => {
                if let Some(ordered) = self.exit_keys.get_mut(&order.idempotency_key)
                    && std::mem::replace(ordered, true)
                {
                    let key = &order.idempotency_key;
                    self.faults.push(format!("exit {key} was ordered twice"));
                }
                if let Some(change) = self.changes.get(&order.idempotency_key) {
                    self.replaced.insert(order.order_id.clone(), change.clone());
                }
                self.created
                    .insert(order.order_id.clone(), (**order).clone());
            }
            OrderFact::Judged {
                order_id,
                verdicts,
                approved,
                ..
            } => {
                let passed = verdicts.iter().all(|v| v.outcome != Outcome::Refuse);
                let all = verdicts.len() >= GateName::DOCUMENTED.len();
                if *approved != (passed && all) {
                    self.faults.push(format!(
                        "order {order_id} is approved: {approved}, by {verdicts:?}"
                    ));
                }
                if *approved {
                    self.outside(order_id, verdicts);
                    self.approved.insert(order_id.clone());
                }
            }
            OrderFact::Submitted { order_id, .. } => {
                self.opens_nothing_closed(order_id);
                if !self.approved.contains(order_id) {
                    self.faults
                        .push(format!("order {order_id} was submitted and never approved"));
                }
                if !self.submitted.insert(order_id.clone()) {
                    self.faults
                        .push(format!("order {order_id} was submitted twice"));
                }
            }
            OrderFact::Rejected {
                order_id, reason, ..
            } => {
                self.given_up += u64::from(reason.contains("while it waited for"));
                self.end(order_id, "rejected");
            }
            OrderFact::Canceled { order_id, .. } => self.end(order_id, "canceled"),
            OrderFact::Expired { order_id, .. } => self.end(order_id, "expired"),
            OrderFact::Unknown { .. } => self.unknown += 1,
            OrderFact::Accepted { order_id, .. } => {
                self.prove(order_id, "accepted");
                self.accepted.insert(order_id.clone());
            }
            OrderFact::CancelRequested { .. }
            | OrderFact::Settled { .. }
            | OrderFact::ReplaceDropped { .. }
            | OrderFact::CancelRefused { .. }
            | OrderFact::Answered { .. }
            | OrderFact::AnswerIgnored { .. }
            | OrderFact::CommandRefused { .. } => {}
            OrderFact::Asked { order_id, .. } => {
                self.asked.insert(order_id.clone(), self.sessions);
            }
        }
    }

    /// In a locked symbol, and while a halt stands, only a position that is held may be made smaller.
    fn opens_nothing_closed(&mut self, order_id: &OrderId) {
        let Some(order) = self.created.get(order_id) else {
            return;
        };
        let units = order.side.signed(order.quantity);
        let symbol = order.symbol.clone();
        let closed = if self.locked.contains(&symbol) {
            "locked"
        } else if self.halted.is_empty() {
            ""
        } else {
            "halted"
        };
        let same = |other: &Quantity| other.is_positive() == units.is_positive();
        let working: Quantity = self
            .open
            .values()
            .filter(|(of, other)| *of == symbol && same(other))
            .map(|(_, other)| *other)
            .sum();
        self.open.insert(order_id.clone(), (symbol.clone(), units));
        let held = self.positions.get(&symbol).copied().unwrap_or_default();
        let away = units.is_positive() == held.is_negative();
        let opens = held.is_zero() || !away || (units + working).abs() > held.abs();
        if opens && !closed.is_empty() {
            self.faults.push(format!(
                "order {order_id} opens risk in {symbol}, which is {closed}"
            ));
        }
    }

    fn end(&mut self, order_id: &OrderId, how: &'static str) {
        self.prove(order_id, how);
        self.open.remove(order_id);
        if let Some(before) = self.ended.insert(order_id.clone(), how) {
            self.faults
                .push(format!("order {order_id} was {before} and then {how}"));
        }
    }

    fn account(&mut self, fact: &AccountFact) {
        match fact {
            AccountFact::Opened { cash, .. } => {
                *self.cash.entry(Currency::USD).or_default() += *cash;
            }
            AccountFact::Filled { fill, currency, .. } => {
                self.order_of_fills.push(fill.fill_id.clone());
                let known = self.booked.insert(fill.fill_id.clone(), fill.clone());
                if known.is_some() {
                    self.faults
                        .push(format!("fill {} was booked twice", fill.fill_id));
                }
                let signed = fill.side.signed(fill.quantity);
                if let Some((_, units)) = self.open.get_mut(&fill.order_id) {
                    let before = *units;
                    *units -= signed;
                    if units.is_zero() || units.is_negative() != before.is_negative() {
                        self.open.remove(&fill.order_id);
                    }
                }
                *self.positions.entry(fill.symbol.clone()).or_default() += signed;
                *self.cash.entry(*currency).or_default() -= fill.price * signed;
                *self.cash.entry(Currency::USD).or_default() -= fill.fees;
            }
            AccountFact::Corrected(correction) => {
                self.corrections += 1;
                let (symbol, units) = (&correction.symbol, correction.quantity);
                *self.corrected.entry(symbol.clone()).or_default() += units;
                *self.positions.entry(symbol.clone()).or_default() += units;
                *self.cash.entry(correction.currency).or_default() -= correction.price * units;
            }
            AccountFact::Flowed { amount_usd, .. } => {
                self.flows += 1;
                *self.cash.entry(Currency::USD).or_default() += *amount_usd;
            }
            AccountFact::Drift { order_id, .. } => {
                self.drifts += 1;
                self.drifted.extend(order_id.clone());
            }
            AccountFact::Locked { symbol, .. } => {
                self.locked.insert(symbol.clone());
            }
            AccountFact::Unlocked { symbol, .. } => {
                self.locked.remove(symbol);
            }
            AccountFact::Resumed { .. } => self.sessions += 1,
            AccountFact::Doubted { .. }
            | AccountFact::Closed { .. }
            | AccountFact::DayStarted { .. }
            | AccountFact::PeriodStarted { .. } => {}
        }
    }
}
