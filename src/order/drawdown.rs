//! How much of each loss limit is used up: day, ISO week, month, by one definition for engine and screen.

use crate::domain::{LossPeriod, Money, Rate, Timestamp};
use crate::event::Loss;
use crate::order::gate::Limits;
use crate::order::ledger::Ledger;

/// Where a period stands against its loss limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawdown {
    /// What it is measured over.
    pub period: LossPeriod,
    /// NAV it began with, money that came and went since counted with it.
    pub start_usd: Money,
    /// What was won since; below zero, what was lost.
    pub change_usd: Money,
    /// The limit, a ratio of the start.
    pub limit: Rate,
    /// The loss that halts, in USD; reached is too much.
    pub limit_usd: Money,
}

impl Drawdown {
    /// Returns the loss where it has reached its limit.
    pub fn reached(&self) -> Option<Loss> {
        let lost_usd = -self.change_usd;
        (lost_usd.is_positive() && lost_usd >= self.limit_usd).then_some(Loss {
            period: self.period,
            start_usd: self.start_usd,
            lost_usd,
            limit: self.limit,
        })
    }
}

/// Measures every period that has begun.
pub fn drawdowns(
    ledger: &Ledger,
    limits: &Limits,
    nav_usd: Money,
    now: Timestamp,
) -> Vec<Drawdown> {
    let measured = LossPeriod::ALL.into_iter().map(|period| {
        let start_usd = ledger.start_on(period, now)?;
        let limit = limit_of(limits, period);
        Some(Drawdown {
            period,
            start_usd,
            change_usd: nav_usd - start_usd,
            limit,
            limit_usd: start_usd * limit,
        })
    });
    measured.flatten().collect()
}

/// Returns the loss of a period that halts, a ratio of its start.
pub fn limit_of(limits: &Limits, period: LossPeriod) -> Rate {
    match period {
        LossPeriod::Day => limits.day_loss,
        LossPeriod::Week => limits.week_loss,
        LossPeriod::Month => limits.month_loss,
    }
}
