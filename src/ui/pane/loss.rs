//! Losses against their limits, as limits and drawdown show them: one reading of the snapshot for both.

use crate::domain::{LossPeriod, Money, Rate};
use crate::order::drawdown::limit_of;
use crate::ui::pane::View;

/// What was won or lost over one period, and the loss that halts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// Of what: `day loss`.
    pub name: &'static str,
    /// NAV the period began with; none before it began.
    pub start_usd: Option<Money>,
    /// Change of NAV since; none while NAV is not known.
    pub change_usd: Option<Money>,
    /// The loss that halts, a ratio of the start.
    pub limit: Rate,
    /// The same in USD.
    pub limit_usd: Option<Money>,
}

impl Loss {
    /// Returns true when the loss has reached its limit: that is too much already.
    pub fn reached(&self) -> bool {
        let lost = self.change_usd.map(|change| -change);
        let known = lost.zip(self.limit_usd);
        known.is_some_and(|(lost, limit)| lost.is_positive() && lost >= limit)
    }
}

/// Returns every period that is held to a limit, the shortest first.
pub fn losses(view: &View<'_>) -> Vec<Loss> {
    let Some(limits) = view.snap.risk.limits() else {
        return Vec::new();
    };
    let nav = view.snap.exposure.nav_usd();
    let measured = LossPeriod::ALL.into_iter().map(|period| {
        let start_usd = view.snap.ledger.start_on(period, view.now);
        let limit = limit_of(limits, period);
        Loss {
            name: match period {
                LossPeriod::Day => "day loss",
                LossPeriod::Week => "week loss",
                LossPeriod::Month => "month loss",
            },
            start_usd,
            change_usd: nav.zip(start_usd).map(|(nav, start)| nav - start),
            limit,
            limit_usd: start_usd.map(|start| start * limit),
        }
    });
    measured.collect()
}
