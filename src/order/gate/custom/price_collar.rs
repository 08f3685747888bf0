//! `price_collar`: a limit far from the market is a slip of the finger, whichever way.
//!
//! Holds a limit price within so many basis points of the mid, either side; exactly
//! that far passes. An order without a limit has nothing to hold. It catches slips on the
//! way out too; but where there is no fresh quote to hold an exit against, the exit passes.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::domain::{CustomGate, Price};
use crate::event::{Measure, Unit};
use crate::order::gate::GateInput;
use crate::order::gate::custom::refusal;
use crate::order::gate::finding::{Finding, Pass, Say};

/// The gate.
#[derive(Debug)]
pub(super) struct Collar {
    bps: Decimal,
}

const TEN_THOUSAND: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

impl Collar {
    pub(super) fn new(bps: u32) -> Self {
        Self {
            bps: Decimal::from(bps),
        }
    }

    pub(super) fn judge<'a>(&self, input: &GateInput<'a>) -> Finding<'a> {
        let name = CustomGate::NAMES[1];
        let Some(limit) = input.order.limit_price else {
            return Ok(Pass::new("no limit price"));
        };
        let fresh = input.seen.quote_age_ms;
        let fresh = fresh.is_some_and(|age| age <= input.stale_after_ms);
        let quote = input.seen.quote.as_ref().filter(|_| fresh);
        let Some(quote) = quote else {
            return if input.reduces() {
                Ok(Pass::new("reduces; no fresh quote to hold it against"))
            } else {
                let say = Say::Plain("no fresh quote to hold the price against");
                Err(refusal(name, say))
            };
        };
        let (off, beyond) = self.off(limit, quote.mid());
        let what = "limit off the mid";
        let measure = Measure {
            unit: Unit::Bps,
            limit: self.bps.into(),
            value: off.into(),
        };
        let age_ms = input.seen.quote_age_ms;
        if beyond {
            let refusal = refusal(name, Say::Measured(what)).measured(measure);
            Err(refusal.aged(age_ms))
        } else {
            Ok(Pass::measured(what, measure).aged(age_ms))
        }
    }

    /// Returns how far off a price is in basis points, rounded up, and whether that is too far.
    ///
    /// Compared by multiplication, so the boundary is exact.
    fn off(&self, limit: Price, mid: Price) -> (Decimal, bool) {
        let far = (limit - mid).abs().decimal();
        let mid = mid.decimal();
        let far = far.saturating_mul(TEN_THOUSAND);
        let beyond = far > mid.saturating_mul(self.bps);
        let off = far.checked_div(mid).unwrap_or(Decimal::MAX);
        let off = off.round_dp_with_strategy(4, RoundingStrategy::ToPositiveInfinity);
        // A quotient cut by its digits must not read as within when it is beyond.
        (
            if beyond && off <= self.bps {
                self.bps + Decimal::new(1, 4)
            } else {
                off
            },
            beyond,
        )
    }
}
