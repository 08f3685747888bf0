//! The halts the desk sets off by itself: losses of day, week and month, and orders that run away.
//!
//! Each is a request like a person's, with its reason and its numbers, and is
//! lifted only by a person (`resume`). A loss is looked for on every tick while NAV
//! is known; a start that is not known yet is said first.

use crate::domain::{HaltRequest, HaltScope, LossPeriod, Money, Timestamp};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{AccountFact, Fact, Loss, RiskFact};
use crate::order::drawdown::drawdowns;

impl State {
    /// Begins the periods that have not begun and halts the fund where a loss reached its limit.
    pub(super) fn watch_losses(&mut self, step: &mut Step<'_>) {
        let Some(nav_usd) = self.exposure.nav_usd().filter(|_| self.is_open()) else {
            return;
        };
        self.nav.sample(step.now, nav_usd);
        self.begin_periods(nav_usd, step);
        let Some(limits) = self.risk.limits().cloned() else {
            return;
        };
        for drawdown in drawdowns(&self.ledger, &limits, nav_usd, step.now) {
            if let Some(loss) = drawdown.reached()
                && let Some(request) = self.loss_halt(loss, step.now)
            {
                self.halt(&request, Some(loss), step);
            }
        }
    }

    /// Says what a day, week or month began with whose start is not known.
    ///
    /// A clock that was set back does not start an old one again, nor does it forget a loss.
    pub(super) fn begin_periods(&mut self, nav_usd: Money, step: &mut Step<'_>) {
        let at = step.now;
        for period in LossPeriod::ALL {
            if self.ledger.start_on(period, at).is_some() {
                continue;
            }
            let fact = match period {
                LossPeriod::Day => AccountFact::DayStarted {
                    day: at.day(),
                    nav_usd,
                },
                LossPeriod::Week | LossPeriod::Month => AccountFact::PeriodStarted {
                    period,
                    nav_usd,
                    at,
                },
            };
            self.say(Fact::Account(fact), step);
        }
    }

    /// Returns the halt a loss sets off, unless one for that period stands already.
    fn loss_halt(&self, loss: Loss, now: Timestamp) -> Option<HaltRequest> {
        let fund = self.ledger.fund()?;
        let target = fund.fund_id.as_str();
        let period = loss.period.as_str();
        let stands = self
            .risk
            .halts()
            .iter()
            .any(|halt| halt.period() == Some(loss.period) && halt.covers_fund(target));
        if stands {
            return None;
        }
        Some(HaltRequest {
            halt_id: format!("{period}-{}", now.date()),
            scope: HaltScope::Fund,
            target: target.to_owned(),
            reason: format!(
                "{period} loss {} USD reached {} of {}",
                loss.lost_usd.round(2),
                loss.limit,
                loss.start_usd.round(2)
            ),
            actor: "drawdown_halt".to_owned(),
            cancel_open_orders: true,
            flatten: false,
            requested_at: now,
        })
    }

    pub(super) fn is_halted(&self, fund: &str) -> bool {
        let mut halts = self.risk.halts().iter();
        halts.any(|halt| halt.covers_fund(fund))
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

    /// Stops opening risk and, where that was asked for, takes back what opens it.
    pub(super) fn halt(&mut self, request: &HaltRequest, loss: Option<Loss>, step: &mut Step<'_>) {
        let fact = RiskFact::Halted {
            request: request.clone(),
            nav_usd: self.exposure.nav_usd(),
            loss,
        };
        self.say(Fact::Risk(fact), step);
        if request.cancel_open_orders {
            self.sweep(request, step);
        }
        if request.flatten {
            self.flatten_all(&request.actor, &request.reason, step);
        }
    }
}
