//! The risk slice: envelope in force, halts, recent verdicts, the rate of sending.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::Ring;
use crate::domain::Quantity;
use crate::domain::{
    HaltScope, HaltState, HaltStatus, Order, OrderId, RiskEnvelope, Side, Symbol, Timestamp,
};
use crate::event::{RiskFact, Verdict};
use crate::order::gate::Limits;

/// One judgement, as the verdict stream shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// When.
    pub at: Timestamp,
    /// Which order.
    pub order_id: OrderId,
    /// What.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
    /// Whether it was approved.
    pub approved: bool,
    /// One verdict per gate asked; the last one refuses when not approved.
    pub verdicts: Vec<Verdict>,
}

/// Judgements kept at hand; older ones are in the journal.
const JUDGEMENTS_MOST: usize = 500;
/// The window the rate of sending is counted over.
const RATE_WINDOW: Duration = Duration::from_secs(1);

/// Risk as it stands.
#[derive(Debug, Clone)]
pub struct Risk {
    envelope: Option<Arc<RiskEnvelope>>,
    limits: Option<Arc<Limits>>,
    halts: Vec<HaltStatus>,
    judgements: Ring<Arc<Judgement>>,
    approved: u64,
    refused: u64,
    counted_day: i64,
    sent: VecDeque<Timestamp>,
    rate_most: u32,
}

/// Risk as it is kept beside the journal; what follows from it is worked out again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptRisk {
    envelope: Option<Arc<RiskEnvelope>>,
    halts: Vec<HaltStatus>,
    judgements: Vec<Arc<Judgement>>,
    approved: u64,
    refused: u64,
    counted_day: i64,
    sent: VecDeque<Timestamp>,
}

impl Default for Risk {
    fn default() -> Self {
        Self {
            envelope: None,
            limits: None,
            halts: Vec::new(),
            judgements: Ring::new(JUDGEMENTS_MOST),
            approved: 0,
            refused: 0,
            counted_day: i64::MIN,
            sent: VecDeque::new(),
            rate_most: 20,
        }
    }
}

impl Risk {
    /// Sets the most orders the fund may send in one second.
    pub fn with_rate(mut self, most: u32) -> Self {
        self.rate_most = most.max(1);
        self
    }

    /// Returns what is kept of it; a field added does not compile until it is kept or derived.
    pub fn kept(&self) -> KeptRisk {
        let Self {
            envelope,
            limits: _,
            halts,
            judgements,
            approved,
            refused,
            counted_day,
            sent,
            rate_most: _,
        } = self;
        KeptRisk {
            envelope: envelope.clone(),
            halts: halts.clone(),
            judgements: judgements.iter().cloned().collect(),
            approved: *approved,
            refused: *refused,
            counted_day: *counted_day,
            sent: sent.clone(),
        }
    }

    /// Takes back what was kept, under the settings of an empty one.
    pub fn with(self, kept: KeptRisk) -> Self {
        let mut judgements = Ring::new(JUDGEMENTS_MOST);
        for judgement in kept.judgements {
            judgements.push(judgement);
        }
        Self {
            limits: kept
                .envelope
                .as_deref()
                .map(|set| Arc::new(Limits::of(set))),
            envelope: kept.envelope,
            halts: kept.halts,
            judgements,
            approved: kept.approved,
            refused: kept.refused,
            counted_day: kept.counted_day,
            sent: kept.sent,
            rate_most: self.rate_most,
        }
    }

    /// Returns the envelope in force; none before the books were opened.
    pub fn envelope(&self) -> Option<&Arc<RiskEnvelope>> {
        self.envelope.as_ref()
    }

    /// Returns its limits, worked out.
    pub fn limits(&self) -> Option<&Arc<Limits>> {
        self.limits.as_ref()
    }

    /// Returns every halt in force.
    pub fn halts(&self) -> &[HaltStatus] {
        &self.halts
    }

    /// Returns the halt that covers an order, if any.
    pub fn halt_for(&self, order: &Order) -> Option<&HaltStatus> {
        self.halts.iter().find(|halt| match halt.scope {
            HaltScope::Firm => true,
            HaltScope::Fund => halt.target == order.fund_id.as_str(),
            HaltScope::Strategy => halt.target == order.strategy_id.as_str(),
            HaltScope::Broker => halt.target == order.broker.as_str(),
        })
    }

    /// Returns recent judgements, oldest first.
    pub fn judgements(&self) -> &Ring<Arc<Judgement>> {
        &self.judgements
    }

    /// Returns how many orders were approved and refused this UTC day.
    pub fn counts(&self) -> (u64, u64) {
        (self.approved, self.refused)
    }

    /// Returns how many orders were sent within the last second, and the most allowed.
    pub fn sent(&self, now: Timestamp) -> (u32, u32) {
        let since = now.minus(RATE_WINDOW);
        let recent = self.sent.iter().rev().take_while(|at| **at > since).count();
        (u32::try_from(recent).unwrap_or(u32::MAX), self.rate_most)
    }

    /// Takes in a fact of risk.
    pub fn apply(&mut self, fact: &RiskFact) {
        match fact {
            RiskFact::EnvelopeSet(envelope) => {
                self.limits = Some(Arc::new(Limits::of(envelope)));
                self.envelope = Some(Arc::new((**envelope).clone()));
            }
            RiskFact::Halted { request, .. } => {
                self.halts
                    .retain(|halt| (halt.scope, &halt.target) != (request.scope, &request.target));
                self.halts.push(HaltStatus {
                    scope: request.scope,
                    target: request.target.clone(),
                    state: HaltState::Halted,
                    trigger: format!("{} ({})", request.reason, request.actor),
                    since: request.requested_at,
                    resumed_by: None,
                });
            }
            RiskFact::Resumed { status, .. } => {
                self.halts
                    .retain(|halt| (halt.scope, &halt.target) != (status.scope, &status.target));
            }
        }
    }

    /// Takes in a judgement and the moment of it.
    pub fn judged(&mut self, judgement: Judgement) {
        let day = judgement.at.day();
        if day != self.counted_day {
            (self.approved, self.refused, self.counted_day) = (0, 0, day);
        }
        if judgement.approved {
            self.approved += 1;
        } else {
            self.refused += 1;
        }
        self.judgements.push(Arc::new(judgement));
    }

    /// Takes in that an order left.
    pub fn sent_at(&mut self, at: Timestamp) {
        self.sent.push_back(at);
        // One more than the bound is all the gate needs to see.
        while self.sent.len()
            > usize::try_from(self.rate_most)
                .unwrap_or(usize::MAX)
                .saturating_add(1)
        {
            self.sent.pop_front();
        }
    }
}
