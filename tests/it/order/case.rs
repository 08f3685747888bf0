//! One judgement to be: everything a gate may look at, owned and open to change.

use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::domain::{
    CustomGate, FundConfig, GateName, HaltStatus, Instrument, Money, Order, OrderId, Quantity,
    RejectionCode, RiskEnvelope, Side, Timestamp,
};
use mts1b_desk::event::{Asks, OrderFact, RateLimits, Seen, Verdict};
use mts1b_desk::order::gate::{GateInput, Gates, Limits, Own, check, preview};
use mts1b_desk::order::oms::Orders;
use mts1b_desk::order::rate::Rates;
use mts1b_desk::protocol::Capability;

use crate::support::build::{self, read};

#[derive(Debug, Clone)]
pub struct Case {
    pub order: Order,
    pub envelope: RiskEnvelope,
    pub fund: FundConfig,
    pub capability: Option<Capability>,
    pub instrument: Option<Instrument>,
    pub used_key: Option<(OrderId, Timestamp)>,
    pub position: Quantity,
    pub working_buy: Quantity,
    pub working_sell: Quantity,
    pub seen: Seen,
    pub halt: Option<HaltStatus>,
    pub day_start_usd: Option<Money>,
    /// How many messages left within this second, and the most.
    pub sent: (u32, u32),
    /// How long ago they left.
    pub sent_ago: Duration,
    /// Why the symbol is locked, where it is.
    pub locked: Option<&'static str>,
    /// The operator's own gates.
    pub gates: Vec<CustomGate>,
    /// The fund's working orders, for the gates that look at them; sums are set apart.
    pub own: Vec<Order>,
    /// When it is judged.
    pub now: Timestamp,
    /// The gates that ask outside, and what they answered.
    pub asks: Asks,
    pub answers: Vec<Verdict>,
}

impl Case {
    /// Buying so many of a share quoted at 100 flat, into an empty book of 1,000,000 USD.
    pub fn buy(quantity: &str) -> Self {
        Self {
            order: build::order("AAPL", quantity),
            envelope: build::envelope(),
            fund: build::fund(),
            capability: Some(build::capability()),
            instrument: Some(build::instrument("AAPL", "0.01", "1")),
            used_key: None,
            position: Quantity::ZERO,
            working_buy: Quantity::ZERO,
            working_sell: Quantity::ZERO,
            seen: build::seen(build::quote("AAPL", "100", "100")),
            halt: None,
            day_start_usd: None,
            sent: (0, 20),
            sent_ago: Duration::ZERO,
            locked: None,
            gates: Vec::new(),
            own: Vec::new(),
            now: build::noon(),
            asks: Asks::default(),
            answers: Vec::new(),
        }
    }

    pub fn side(side: Side, quantity: &str) -> Self {
        Self::buy(quantity).with(|case| case.order.side = side)
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn holding(self, position: &str) -> Self {
        self.with(|case| case.position = read(position))
    }

    pub fn working(self, buy: &str, sell: &str) -> Self {
        self.with(|case| (case.working_buy, case.working_sell) = (read(buy), read(sell)))
    }

    /// Asks with an input of this case.
    pub fn ask<T>(&self, question: impl FnOnce(&GateInput<'_>) -> T) -> T {
        let limits = Limits::of(&self.envelope);
        let order = Arc::new(self.order.clone());
        let (sent, most) = self.sent;
        let mut rates = Rates::new(RateLimits {
            fund: most,
            ..RateLimits::default()
        });
        for _ in 0..sent {
            rates.count(&self.order.broker, false, self.now.minus(self.sent_ago));
        }
        let gates = Gates::of(self.gates.clone());
        let mut orders = Orders::default();
        for own in &self.own {
            let (order_id, at) = (own.order_id.clone(), self.now);
            orders.apply(&OrderFact::Created(Box::new(own.clone())));
            orders.apply(&OrderFact::Submitted { order_id, at });
        }
        question(&GateInput {
            order: &order,
            now: self.now,
            envelope: &self.envelope,
            limits: &limits,
            fund: &self.fund,
            capability: self.capability.as_ref(),
            instrument: self.instrument.as_ref(),
            used_key: self.used_key.as_ref().map(|(id, at)| (id, *at)),
            position: self.position,
            working_buy: self.working_buy,
            working_sell: self.working_sell,
            seen: &self.seen,
            stale_after_ms: 5000,
            halt: self.halt.as_ref(),
            locked: self.locked,
            day_start_usd: self.day_start_usd,
            rates: &rates,
            gates: &gates,
            own: Own::new(&orders),
            asks: &self.asks,
            answers: &self.answers,
        })
    }

    /// Returns what one gate says in a preview.
    pub fn verdict(&self, gate: &GateName) -> Verdict {
        let verdicts = self.ask(preview);
        verdicts
            .into_iter()
            .find(|verdict| verdict.gate == *gate)
            .unwrap()
    }

    /// Returns the code one gate refuses with.
    pub fn code(&self, gate: &GateName) -> Option<RejectionCode> {
        self.verdict(gate).code
    }

    /// Returns the gate and code that stop the order, if any, and checks that all readings agree.
    pub fn outcome(&self) -> Option<(GateName, RejectionCode)> {
        let (verdicts, approved) = self.ask(check);
        let refusal = self.ask(mts1b_desk::order::gate::refusal);
        assert_eq!(approved.is_none(), refusal.is_some());
        if let Some((gate, code)) = &refusal {
            let last = verdicts.last().unwrap();
            assert_eq!((&last.gate, last.code.as_ref()), (gate, Some(code)));
        } else {
            assert_eq!(verdicts.len(), 7 + self.gates.len());
            assert_eq!(approved.unwrap().get(), &self.order);
        }
        for (asked, shown) in verdicts.iter().zip(self.ask(preview)) {
            assert_eq!(
                (&asked.gate, asked.outcome, &asked.code, asked.measure),
                (&shown.gate, shown.outcome, &shown.code, shown.measure)
            );
            assert!(shown.reason.chars().count() <= 60, "{}", shown.reason);
        }
        refusal
    }
}

/// The gate and code that stop an order; none when it passes.
pub type Expected = Option<(GateName, RejectionCode)>;

/// Checks what stops each case.
#[track_caller]
pub fn check_all(cases: Vec<(&str, Case, Expected)>) {
    for (name, case, expected) in cases {
        assert_eq!(case.outcome(), expected, "{name}: {:#?}", case.ask(preview));
    }
}
