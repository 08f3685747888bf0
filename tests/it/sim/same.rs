//! Whether two states are the same, slice by slice: what a recovery came to and what the desk had.
//!
//! Says more than the state hash (fills at hand, closed lots, judgements, notices) and
//! costs less: it looks at every crash, the hash at some of them and at every close.

use std::fmt::Debug;

use mts1b_desk::domain::LossPeriod;
use mts1b_desk::engine::State;

use super::desk::frozen;

type Same = Result<(), String>;

/// Compares what the journal decides of both.
///
/// # Errors
/// In words: the first thing that differs.
pub fn same(live: &State, again: &State) -> Same {
    let (live, again) = (&frozen(live), &frozen(again));
    each("live orders", live.orders.live(), again.orders.live())?;
    each("finished orders", live.orders.done(), again.orders.done())?;
    let (ours, theirs) = (&live.ledger, &again.ledger);
    each("holdings", ours.holdings(), theirs.holdings())?;
    each("cash", ours.cash(), theirs.cash())?;
    each("unrated", ours.unrated(), theirs.unrated())?;
    each("fills", ours.fills(), theirs.fills())?;
    each("closed lots", ours.closed_lots(), theirs.closed_lots())?;
    each("drifts", ours.drifts(), theirs.drifts())?;
    each("locks", ours.locks(), theirs.locks())?;
    each("cursors", ours.cursors(), theirs.cursors())?;
    one("fund", ours.fund(), theirs.fund())?;
    one("year", ours.year(), theirs.year())?;
    for period in LossPeriod::ALL {
        each("starts", ours.starts(period), theirs.starts(period))?;
    }
    each("flows", ours.flows(), theirs.flows())?;
    each("corrections", ours.corrections(), theirs.corrections())?;
    one("known fills", ours.remembered(), theirs.remembered())?;
    let (ours, theirs) = (&live.risk, &again.risk);
    each("judgements", ours.judgements(), theirs.judgements())?;
    each("halts", ours.halts(), theirs.halts())?;
    each("exits", ours.exits(), theirs.exits())?;
    one("envelope", ours.envelope(), theirs.envelope())?;
    one("configured", ours.configured(), theirs.configured())?;
    each("versions", ours.versions(), theirs.versions())?;
    one("counts", ours.counts(), theirs.counts())?;
    one("flood", ours.flooded(), theirs.flooded())?;
    one("rates", ours.rates(), theirs.rates())?;
    each("notices", &*live.notices, &*again.notices)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "most of what is compared is made for it"
)]
fn one<T: PartialEq + Debug>(what: &str, live: T, again: T) -> Same {
    if live == again {
        return Ok(());
    }
    Err(format!(
        "{what} differ: replay comes to {again:?}, the desk had {live:?}"
    ))
}

fn each<T: PartialEq + Debug>(
    what: &str,
    live: impl IntoIterator<Item = T>,
    again: impl IntoIterator<Item = T>,
) -> Same {
    let (mut live, mut again) = (live.into_iter(), again.into_iter());
    loop {
        let (ours, theirs) = (live.next(), again.next());
        let over = ours.is_none() && theirs.is_none();
        one(what, ours, theirs)?;
        if over {
            return Ok(());
        }
    }
}
