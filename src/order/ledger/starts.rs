//! The NAV each day, week and month started with: what a loss is measured from.
//!
//! A start is the first NAV seen in its period and is not seen anew: not after a
//! restart, and not when the clock was set back and comes to the period again. Money
//! that flows in or out moves every start by as much, so that it is neither won nor
//! lost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{LossPeriod, Money, Timestamp};

/// Periods of a kind whose start is known.
const STARTS_MOST: usize = 8;

/// Money that came in or left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// How much came in; below zero, how much left.
    pub amount_usd: Money,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Starts by the number of their period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Starts {
    days: BTreeMap<i64, Money>,
    #[serde(default)]
    weeks: BTreeMap<i64, Money>,
    #[serde(default)]
    months: BTreeMap<i64, Money>,
}

impl Starts {
    fn of(&self, period: LossPeriod) -> &BTreeMap<i64, Money> {
        match period {
            LossPeriod::Day => &self.days,
            LossPeriod::Week => &self.weeks,
            LossPeriod::Month => &self.months,
        }
    }

    fn of_mut(&mut self, period: LossPeriod) -> &mut BTreeMap<i64, Money> {
        match period {
            LossPeriod::Day => &mut self.days,
            LossPeriod::Week => &mut self.weeks,
            LossPeriod::Month => &mut self.months,
        }
    }

    /// Takes in the first NAV of a period; a start that is known stays.
    pub(super) fn begin(&mut self, period: LossPeriod, number: i64, nav_usd: Money) {
        let starts = self.of_mut(period);
        starts.entry(number).or_insert(nav_usd);
        if starts.len() > STARTS_MOST {
            starts.pop_first();
        }
    }

    /// Returns what a loss of that period is measured from; none when it has not begun.
    ///
    /// A clock that was set back finds the start of its own period again; where that is not at hand, a loss
    /// is measured from the newest one that began.
    pub(super) fn on(&self, period: LossPeriod, number: i64) -> Option<Money> {
        let newest = || self.newest(period).filter(|(known, _)| *known > number);
        let own = self.of(period).get(&number).copied();
        own.or_else(|| newest().map(|(_, nav)| nav))
    }

    /// Returns the newest period that began and its start.
    pub(super) fn newest(&self, period: LossPeriod) -> Option<(i64, Money)> {
        let newest = self.of(period).last_key_value();
        newest.map(|(number, nav)| (*number, *nav))
    }

    /// Iterates over the known periods of a kind, oldest first.
    pub(super) fn known(&self, period: LossPeriod) -> impl Iterator<Item = (i64, Money)> {
        self.of(period).iter().map(|(number, nav)| (*number, *nav))
    }

    /// Moves every start by money that flowed.
    pub(super) fn shift(&mut self, amount: Money) {
        for period in LossPeriod::ALL {
            for start in self.of_mut(period).values_mut() {
                *start += amount;
            }
        }
    }

    /// Sets the start of a period anew, wherever it is read from.
    pub(super) fn rebase(&mut self, period: LossPeriod, number: i64, nav_usd: Money) {
        let newest = self.newest(period).map(|(number, _)| number);
        let starts = self.of_mut(period);
        let number = if starts.contains_key(&number) {
            number
        } else {
            newest.unwrap_or(number)
        };
        starts.insert(number, nav_usd);
    }
}
