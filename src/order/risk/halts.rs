//! The halts in force: who set each off, why, since when, and who has agreed to lift it.
//!
//! Halts of one target are told apart by what set them off, so that lifting one
//! lifts no other: a key pressed on top of a lost week does not make it a halt that
//! one person lifts.

use serde::{Deserialize, Serialize};

use crate::domain::{HaltRequest, HaltScope, HaltState, HaltStatus, LossPeriod, Order, Timestamp};
use crate::event::Loss;

/// Halts told apart; a further one stops the whole firm, because it must not be refused.
const HALTS_MOST: usize = 256;

/// The first of two people who agreed to lift a halt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A halt in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// As it is published.
    pub status: HaltStatus,
    /// Who or what asked for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The loss that set it off, where one did.
    pub loss: Option<Loss>,
    /// Who agreed to lift it, where two are needed and one has.
    pub agreed: Option<Agreement>,
}

impl Standing {
    /// Returns what the loss that set it off was measured over, where one did.
    pub fn period(&self) -> Option<LossPeriod> {
        self.loss.map(|loss| loss.period)
    }

    /// Returns true when it covers the order.
    pub fn covers(&self, order: &Order) -> bool {
        let target = self.status.target.as_str();
        match self.status.scope {
            HaltScope::Firm => true,
            HaltScope::Fund => target == order.fund_id.as_str(),
            HaltScope::Strategy => target == order.strategy_id.as_str(),
            HaltScope::Broker => target == order.broker.as_str(),
        }
    }

    /// Returns true when nobody trades in the fund while it stands.
    pub fn covers_fund(&self, fund: &str) -> bool {
        match self.status.scope {
            HaltScope::Firm => true,
            HaltScope::Fund => self.status.target == fund,
            HaltScope::Strategy | HaltScope::Broker => false,
        }
    }

    fn key(&self) -> (HaltScope, &str, Option<LossPeriod>) {
        (self.status.scope, &self.status.target, self.period())
    }
}

/// Takes in that opening risk stopped.
pub(super) fn halted(halts: &mut Vec<Standing>, request: &HaltRequest, loss: Option<Loss>) {
    let mut halt = Standing {
        status: HaltStatus {
            scope: request.scope,
            target: request.target.clone(),
            state: HaltState::Halted,
            trigger: format!("{} ({})", request.reason, request.actor),
            since: request.requested_at,
            resumed_by: None,
        },
        by: request.actor.clone(),
        reason: request.reason.clone(),
        loss,
        agreed: None,
    };
    halts.retain(|known| known.key() != halt.key());
    if halts.len() >= HALTS_MOST {
        (halt.status.scope, halt.status.target) = (HaltScope::Firm, "firm".to_owned());
        halts.retain(|known| known.key() != halt.key());
    }
    halts.push(halt);
}

/// Takes in that the first of two people agreed to lift one.
pub(super) fn agreed(
    halts: &mut [Standing],
    (status, period): (&HaltStatus, LossPeriod),
    agreement: Agreement,
) {
    let key = (status.scope, status.target.as_str(), Some(period));
    if let Some(halt) = halts.iter_mut().find(|known| known.key() == key) {
        halt.status.state = HaltState::Resuming;
        halt.agreed = Some(agreement);
    }
}

/// Takes in that one was lifted.
pub(super) fn resumed(halts: &mut Vec<Standing>, status: &HaltStatus, loss: Option<LossPeriod>) {
    let key = (status.scope, status.target.as_str(), loss);
    halts.retain(|known| known.key() != key);
}
