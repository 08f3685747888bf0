//! The books as they are kept beside the journal, and back.
//!
//! Nothing of them can be worked out again, so all of it is kept. A field added to
//! [`Ledger`] does not compile until it is kept here too.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Ring;
use crate::domain::{BrokerId, Currency, Fill, FillCursor, FundConfig, Money, Symbol, TaxLot};
use crate::order::ledger::book::{
    CLOSED_MOST, CORRECTIONS_MOST, DOUBTS_MOST, DRIFTS_MOST, FILLS_MOST, FLOWS_MOST, Lock,
};
use crate::order::ledger::corrections::BookedCorrection;
use crate::order::ledger::seen::SeenFills;
use crate::order::ledger::starts::{Flow, Starts};
use crate::order::ledger::{BookedFill, Drift, Holding, Ledger};

/// The books of one fund, each list oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptLedger {
    fund: Option<Arc<FundConfig>>,
    cash: BTreeMap<Currency, Money>,
    holdings: Vec<Arc<Holding>>,
    unrated: BTreeMap<Currency, Money>,
    year: Option<i16>,
    closed: Vec<Arc<TaxLot>>,
    fills: Vec<Arc<BookedFill>>,
    /// What stands for each, block by block; the last one is being filled.
    seen: Vec<String>,
    cursors: BTreeMap<BrokerId, FillCursor>,
    starts: Starts,
    flows: Vec<Arc<Flow>>,
    corrections: Vec<Arc<BookedCorrection>>,
    drifts: Vec<Arc<Drift>>,
    doubts: Vec<Arc<(BrokerId, Fill)>>,
    locks: Vec<(Symbol, Lock)>,
}

impl Ledger {
    /// Returns what is kept of them.
    pub fn kept(&self) -> KeptLedger {
        let Self {
            fund,
            cash,
            holdings,
            unrated,
            year,
            closed,
            fills,
            seen,
            cursors,
            starts,
            flows,
            corrections,
            drifts,
            doubts,
            locks,
        } = self;
        KeptLedger {
            fund: fund.clone(),
            cash: cash.clone(),
            holdings: holdings.values().cloned().collect(),
            unrated: unrated.clone(),
            year: *year,
            closed: closed.iter().cloned().collect(),
            fills: fills.iter().cloned().collect(),
            seen: seen.kept(),
            cursors: cursors.clone(),
            starts: starts.clone(),
            flows: flows.iter().cloned().collect(),
            corrections: corrections.iter().cloned().collect(),
            drifts: drifts.iter().cloned().collect(),
            doubts: doubts.iter().cloned().collect(),
            locks: locks
                .iter()
                .map(|(symbol, lock)| (symbol.clone(), lock.clone()))
                .collect(),
        }
    }
}

impl TryFrom<KeptLedger> for Ledger {
    type Error = String;

    fn try_from(kept: KeptLedger) -> Result<Self, String> {
        let holdings = kept.holdings.into_iter();
        let seen = SeenFills::from_kept(&kept.seen);
        Ok(Self {
            fund: kept.fund,
            cash: kept.cash,
            holdings: holdings.map(|held| (held.symbol.clone(), held)).collect(),
            unrated: kept.unrated,
            year: kept.year,
            closed: ring(CLOSED_MOST, kept.closed),
            fills: ring(FILLS_MOST, kept.fills),
            seen: seen.ok_or("its fills are not readable")?,
            cursors: kept.cursors,
            starts: kept.starts,
            flows: ring(FLOWS_MOST, kept.flows),
            corrections: ring(CORRECTIONS_MOST, kept.corrections),
            drifts: ring(DRIFTS_MOST, kept.drifts),
            doubts: ring(DOUBTS_MOST, kept.doubts),
            locks: kept.locks.into_iter().collect(),
        })
    }
}

fn ring<T>(capacity: usize, entries: Vec<T>) -> Ring<T> {
    let mut ring = Ring::new(capacity);
    for entry in entries {
        ring.push(entry);
    }
    ring
}
