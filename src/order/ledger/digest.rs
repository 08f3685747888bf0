//! The books as a canonical text, for the hash of the durable state.
//!
//! Covers fund, cash, positions, lots, profit of the year, the day's start and the
//! cursors. Marks are derived and not in it. Amounts are written without trailing
//! zeros, so equal books give equal text however they came about.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::domain::LossPeriod;
use crate::order::ledger::{Holding, Ledger};

impl Ledger {
    /// Adds the books to a digest of the durable state.
    pub fn digest(&self, hasher: &mut Sha256) {
        hasher.update(self.canonical().unwrap_or_default());
    }

    fn canonical(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        if let Some(fund) = self.fund() {
            writeln!(text, "fund {} {:?}", fund.fund_id, fund.tax_lot_method)?;
        }
        writeln!(text, "year {:?}", self.year())?;
        for period in LossPeriod::ALL {
            for (number, nav) in self.starts(period) {
                let nav = nav.decimal().normalize();
                writeln!(text, "{} {number} {nav}", period.as_str())?;
            }
        }
        for booked in self.corrections() {
            let id = &booked.correction.correction_id;
            writeln!(text, "correction {id} {}", booked.undone)?;
        }
        if let Some(flow) = self.flows().last() {
            writeln!(text, "flows {} {}", self.flows().len(), flow.at)?;
        }
        for (name, amounts) in [("cash", self.cash()), ("unrated", self.unrated())] {
            for (currency, amount) in amounts.iter().filter(|(_, amount)| !amount.is_zero()) {
                writeln!(text, "{name} {currency} {}", amount.decimal().normalize())?;
            }
        }
        for holding in self.holdings() {
            write_holding(&mut text, holding)?;
        }
        for (broker, cursor) in self.cursors() {
            writeln!(text, "cursor {broker} {:?}", cursor.0)?;
        }
        for (symbol, lock) in self.locks() {
            writeln!(text, "lock {symbol} {:?} {}", lock.why, lock.lifted)?;
        }
        writeln!(text, "fills {}", self.remembered())?;
        Ok(text)
    }
}

fn write_holding(text: &mut String, holding: &Holding) -> std::fmt::Result {
    writeln!(
        text,
        "holding {} {} {} {} {} {} {}",
        holding.symbol,
        holding.currency,
        holding.quantity.decimal().normalize(),
        holding.cost.decimal().normalize(),
        holding.realized_ytd_usd.decimal().normalize(),
        holding.fees_usd.decimal().normalize(),
        holding.epoch,
    )?;
    let mut lots: Vec<_> = holding.lots.iter().collect();
    lots.sort_by(|a, b| a.lot_id.cmp(&b.lot_id));
    for lot in lots {
        writeln!(
            text,
            "lot {} {} {} {} {} {} {}",
            lot.lot_id,
            lot.quantity.decimal().normalize(),
            lot.opened.decimal().normalize(),
            lot.price.decimal().normalize(),
            lot.opened_at,
            lot.closed_value.decimal().normalize(),
            lot.realized_usd.decimal().normalize(),
        )?;
    }
    Ok(())
}
