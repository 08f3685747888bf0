//! The halts the desk sets off by itself: the day's loss, and orders that run away.
//!
//! Each is a request like a person's, with its reason and its numbers, and is
//! lifted only by a person.

use crate::domain::{HaltRequest, HaltScope, Money, Timestamp};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{Fact, RiskFact};

impl State {
    /// Returns the halt the day's loss sets off, unless the fund is halted already.
    pub(super) fn loss_halt(
        &self,
        nav_usd: Money,
        start: Money,
        now: Timestamp,
    ) -> Option<HaltRequest> {
        let (fund, limits) = (self.ledger.fund()?, self.risk.limits()?);
        let loss = start - nav_usd;
        if self.is_halted(fund.fund_id.as_str())
            || !loss.is_positive()
            || loss < start * limits.day_loss
        {
            return None;
        }
        let lost = loss.round(2);
        Some(HaltRequest {
            halt_id: format!("day-{}", now.date()),
            scope: HaltScope::Fund,
            target: fund.fund_id.as_str().to_owned(),
            reason: format!(
                "day loss {lost} USD reached {} of {}",
                limits.day_loss,
                start.round(2)
            ),
            actor: "drawdown_halt".to_owned(),
            cancel_open_orders: true,
            flatten: false,
            requested_at: now,
        })
    }

    fn is_halted(&self, fund: &str) -> bool {
        self.risk.halts().iter().any(|halt| {
            halt.scope == HaltScope::Firm || (halt.scope == HaltScope::Fund && halt.target == fund)
        })
    }

    /// Takes in an order refused for the rate; one too many of them within the window halts the fund.
    ///
    /// Returns the halt when this one did.
    pub(super) fn runs_away(&mut self, step: &Step<'_>) -> Option<HaltRequest> {
        let fund = self.ledger.fund()?.fund_id.to_string();
        let most = self.risk.rates().limits().runaway;
        if !self.flood.trips(most, step.now) || self.is_halted(&fund) {
            return None;
        }
        let (sent, _) = self.risk.rates().of_fund(step.now);
        Some(HaltRequest {
            halt_id: format!("rate-{}", step.now.as_us()),
            scope: HaltScope::Fund,
            target: fund,
            reason: format!(
                "runaway: more than {most} orders refused by the rate limit within 1 s, {sent} messages sent"
            ),
            actor: "rate limit".to_owned(),
            cancel_open_orders: true,
            flatten: false,
            requested_at: step.now,
        })
    }

    /// Stops opening risk because of what the desk itself saw, and takes back what opens it.
    pub(super) fn halt(&mut self, request: HaltRequest, step: &mut Step<'_>) {
        let fact = RiskFact::Halted {
            request,
            nav_usd: self.exposure.nav_usd(),
        };
        self.say(Fact::Risk(fact), step);
        self.cancel_opening(None, step);
    }
}
