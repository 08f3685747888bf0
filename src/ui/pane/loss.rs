//! Losses against their limits, as limits and drawdown show them: one reading of the snapshot for both.

use crate::domain::{Money, Rate};
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

/// Returns every period that is held to a limit, the shortest first.
pub fn losses(view: &View<'_>) -> Vec<Loss> {
    let Some(limits) = view.snap.risk.limits() else {
        return Vec::new();
    };
    let start_usd = view.snap.ledger.day_start_on(view.now.day());
    let nav = view.snap.exposure.nav_usd();
    vec![Loss {
        name: "day loss",
        start_usd,
        change_usd: nav.zip(start_usd).map(|(nav, start)| nav - start),
        limit: limits.day_loss,
        limit_usd: start_usd.map(|start| start * limits.day_loss),
    }]
}
