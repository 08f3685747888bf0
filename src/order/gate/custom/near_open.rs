//! `no_trades_near_open`: right after a market opens, quotes are wide and fills are poor.
//!
//! Opens nothing in the classes it holds for until the market has been open for so
//! long; exactly that long is long enough. An order that only reduces passes.

use std::time::Duration;

use rust_decimal::Decimal;

use crate::domain::{AssetClass, CustomGate, DailyOpen};
use crate::order::gate::GateInput;
use crate::order::gate::custom::refusal;
use crate::order::gate::finding::{Finding, Pass, Say};

/// The gate.
#[derive(Debug)]
pub(in crate::order::gate) struct NearOpen {
    wait: Duration,
    /// None where the zone cannot be read: then nothing is known, and nothing opens.
    open: Option<DailyOpen>,
    classes: Vec<AssetClass>,
}

impl NearOpen {
    pub(super) fn new(minutes: u32, zone: &str, minute: u32, classes: &[AssetClass]) -> Self {
        Self {
            wait: Duration::from_secs(u64::from(minutes) * 60),
            open: DailyOpen::new(zone, minute).ok(),
            classes: classes.to_vec(),
        }
    }

    pub(super) fn judge<'a>(&self, input: &GateInput<'a>) -> Finding<'a> {
        if !self.classes.contains(&input.order.symbol.asset_class()) {
            return Ok(Pass::new("not this market"));
        }
        if input.reduces() {
            return Ok(Pass::new("reduces the position"));
        }
        let name = CustomGate::NAMES[0];
        let Some(open) = &self.open else {
            let say = Say::Plain("when the market opens is not known");
            return Err(refusal(name, say));
        };
        match open.since(input.now).filter(|open| *open < self.wait) {
            Some(open) => {
                let say = Say::Pair(
                    "opened",
                    minutes(open),
                    "min ago, opens risk after",
                    minutes(self.wait),
                );
                Err(refusal(name, say))
            }
            None => Ok(Pass::new("not near the open")),
        }
    }

    /// Returns how long until the market has been open for long enough, where it has not.
    pub(in crate::order::gate) fn left(&self, input: &GateInput<'_>) -> Option<Duration> {
        let open = self.open.as_ref()?.since(input.now)?;
        self.wait.checked_sub(open).filter(|left| !left.is_zero())
    }
}

/// Returns a time in minutes, cut to a tenth, so that it never reads longer than it was.
fn minutes(time: Duration) -> Decimal {
    let tenths = i64::try_from(time.as_secs() / 6).unwrap_or(i64::MAX);
    Decimal::new(tenths, 1)
}
