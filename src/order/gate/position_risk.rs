//! Gate 4: what the book would become at worst: this position, gross, net.
//!
//! *At worst* means that every working order of the same direction and this one
//! are done in full. Values are at the mark, as NAV is. Limits are compared by
//! multiplication (value against ratio x NAV), so the boundary is exact; the ratio
//! of a verdict is rounded up, so it reads beyond a limit exactly when it is.
//! Gross counts the worse side of each symbol; net is held to its limit on the
//! side the order pushes towards, so an order that leads back from a breach passes.
//! A reduction always passes.

use rust_decimal::Decimal;

use crate::domain::{Money, RejectionCode};
use crate::event::{Measure, Unit};
use crate::order::gate::GateInput;
use crate::order::gate::finding::{Finding, Say};

/// One limit and the value held against it, both in USD.
struct Bound {
    code: RejectionCode,
    what: &'static str,
    limit: Money,
    value: Money,
    /// Whether it is a ratio of NAV in the envelope.
    of_nav: bool,
}

/// Judges the book the order would lead to.
pub(super) fn judge<'a>(input: &GateInput<'a>) -> Finding<'a> {
    if input.reduces() {
        return Finding::pass(Say::Plain("reduces the position"));
    }
    judge_opening(input).aged(input.seen.quote_age_ms)
}

fn judge_opening<'a>(input: &GateInput<'a>) -> Finding<'a> {
    let unknown = |what| Finding::refuse(RejectionCode::NoReferencePrice, Say::Plain(what));
    let Some(unit) = input.mark_unit_usd() else {
        return unknown("no price to value the position by");
    };
    let seen = input.seen;
    let (Some(nav), Some(other_gross), Some(net_high), Some(net_low)) = (
        seen.nav_usd,
        seen.other_gross_usd,
        seen.other_net_high_usd,
        seen.other_net_low_usd,
    ) else {
        return unknown("NAV unknown: a price or rate is missing");
    };
    if !nav.is_positive() {
        return Finding::refuse(RejectionCode::MaxPositionPct, Say::Measured("NAV is"))
            .measured(usd(Money::ZERO, nav));
    }
    let buys = input.order.side.is_buy();
    // Where the order leads, and how far the other way working orders may still lead.
    let (towards, against) = if buys {
        (
            input.position + input.working_buy + input.order.quantity,
            input.working_sell - input.position,
        )
    } else {
        (
            input.working_sell + input.order.quantity - input.position,
            input.position + input.working_buy,
        )
    };
    let position = unit.times(towards);
    let worst = if against > towards {
        unit.times(against)
    } else {
        position
    };
    let others = if buys { net_high } else { -net_low };
    let bounds = bounds(input, nav, position, other_gross + worst, others + position);
    settle(bounds.into_iter().flatten(), nav)
}

/// Returns the limits in the order they are asked.
fn bounds(
    input: &GateInput<'_>,
    nav: Money,
    position: Money,
    gross: Money,
    net: Money,
) -> [Option<Bound>; 4] {
    let limits = input.limits;
    let of_nav = |code, what, ratio, value| Bound {
        code,
        what,
        limit: nav * ratio,
        value,
        of_nav: true,
    };
    // A net limit below zero holds the fund net short: it binds buying only.
    let net_binds = input.order.side.is_buy() || !limits.net.is_negative();
    [
        Some(of_nav(
            RejectionCode::MaxPositionPct,
            "position",
            limits.position,
            position,
        )),
        limits.position_usd.map(|limit| Bound {
            code: RejectionCode::MaxPositionUsd,
            what: "position",
            limit,
            value: position,
            of_nav: false,
        }),
        Some(of_nav(
            RejectionCode::MaxGross,
            "gross",
            limits.gross,
            gross,
        )),
        net_binds.then(|| of_nav(RejectionCode::MaxNet, "net", limits.net, net)),
    ]
}

/// Returns the first bound that is broken, or the one with the least room.
fn settle(bounds: impl Iterator<Item = Bound>, nav: Money) -> Finding<'static> {
    let mut tightest: Option<(Money, Bound)> = None;
    for bound in bounds {
        let room = bound.limit - bound.value;
        if room.is_negative() {
            let measure = bound.measure(nav);
            return Finding::refuse(bound.code, Say::Measured(bound.what)).measured(measure);
        }
        if tightest.as_ref().is_none_or(|(least, _)| room < *least) {
            tightest = Some((room, bound));
        }
    }
    tightest.map_or(Finding::pass(Say::Plain("no limit")), |(_, bound)| {
        Finding::pass(Say::Measured(bound.what)).measured(bound.measure(nav))
    })
}

impl Bound {
    fn measure(&self, nav: Money) -> Measure {
        if self.of_nav {
            Measure {
                unit: Unit::NavRatio,
                limit: ratio_up(self.limit, nav),
                value: ratio_up(self.value, nav),
            }
        } else {
            usd(self.limit, self.value)
        }
    }
}

fn usd(limit: Money, value: Money) -> Measure {
    Measure {
        unit: Unit::Usd,
        limit: limit.decimal(),
        value: value.decimal(),
    }
}

/// Decimals of a ratio in a verdict.
const RATIO_DECIMALS: u32 = 8;

/// Returns `part / whole` rounded up, by whole-number division where that fits.
fn ratio_up(part: Money, whole: Money) -> Decimal {
    let (part, whole) = (part.decimal(), whole.decimal());
    let quick = || {
        let power = |scale: u32| 10_i128.checked_pow(scale);
        let above = part
            .mantissa()
            .checked_mul(power(RATIO_DECIMALS + whole.scale())?)?;
        let below = whole.mantissa().checked_mul(power(part.scale())?)?;
        let ratio = above.checked_div_euclid(below)?;
        let rest = above.checked_rem_euclid(below)?;
        Decimal::try_from_i128_with_scale(ratio + i128::from(rest != 0), RATIO_DECIMALS).ok()
    };
    quick().unwrap_or_else(|| {
        part.checked_div(whole)
            .unwrap_or(Decimal::MAX)
            .round_dp_with_strategy(
                RATIO_DECIMALS,
                rust_decimal::RoundingStrategy::ToPositiveInfinity,
            )
    })
}
