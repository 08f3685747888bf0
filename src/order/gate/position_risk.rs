//! Gate 4: what the book would become at worst: this position, gross, net, its sector, asset class, country.
//!
//! *At worst* means that every working order of the same direction and this one
//! are done in full. Values are at the mark, as NAV is. Limits are compared by
//! multiplication (value against ratio x NAV), so the boundary is exact; the ratio
//! of a verdict is rounded up, so it reads beyond a limit exactly when it is.
//! Gross counts the worse side of each symbol; net is held to its limit on the
//! side the order pushes towards, so an order that leads back from a breach passes.
//! A group is held like gross; what is held of an unknown sector or country counts in
//! every one, and a symbol whose own is unknown opens nothing, where the limit could bind
//! at all ([`Limits`]). A reduction always passes.

use smol_str::SmolStr;

use crate::domain::{Exact, Money, RejectionCode};
use crate::event::{Measure, Unit};
use crate::order::gate::finding::{Finding, Pass, Refusal, Say};
use crate::order::gate::{GateInput, Limits};

/// Which limit. What it is called is looked up for the one that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    PositionRatio,
    PositionUsd,
    Gross,
    Net,
    Sector,
    Class,
    Country,
}

impl Kind {
    fn code(self) -> RejectionCode {
        match self {
            Self::PositionRatio => RejectionCode::MaxPositionPct,
            Self::PositionUsd => RejectionCode::MaxPositionUsd,
            Self::Gross => RejectionCode::MaxGross,
            Self::Net => RejectionCode::MaxNet,
            Self::Sector => RejectionCode::MaxSector,
            Self::Class => RejectionCode::MaxAssetClass,
            Self::Country => RejectionCode::MaxCountry,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::PositionRatio | Self::PositionUsd => "position",
            Self::Gross => "gross",
            Self::Net => "net",
            Self::Sector => "sector",
            Self::Class => "asset class",
            Self::Country => "country",
        }
    }
}

impl Kind {
    /// Says that the group of the symbol is not known, and what would be right.
    fn unknown(self) -> &'static str {
        match self {
            Self::Sector => "sector unknown: name it in universe.toml",
            Self::Country => "country unknown: name it in universe.toml",
            Self::PositionRatio | Self::PositionUsd | Self::Gross | Self::Net | Self::Class => {
                "asset class unknown: name the symbol in universe.toml"
            }
        }
    }
}

/// One limit and the value held against it, both in USD.
#[derive(Debug, Clone, Copy)]
struct Bound {
    kind: Kind,
    limit: Money,
    value: Money,
}

/// Judges the book the order would lead to.
pub(super) fn judge<'a>(input: &GateInput<'a>) -> Finding<'a> {
    if input.reduces() {
        return Ok(Pass::new("reduces the position"));
    }
    let age_ms = input.seen.quote_age_ms;
    match judge_opening(input) {
        Ok(pass) => Ok(pass.aged(age_ms)),
        Err(refusal) => Err(refusal.aged(age_ms)),
    }
}

/// Returns by how much the book is over the first limit that breaks, in USD; none where none does or it cannot be told.
pub(super) fn over(input: &GateInput<'_>) -> Option<Money> {
    let (held, _) = hold(input).ok()?;
    held.broken.then(|| -held.room)
}

fn judge_opening<'a>(input: &GateInput<'a>) -> Finding<'a> {
    let (held, nav) = hold(input)?;
    held.finding(nav, input.limits)
}

/// Holds the book the order would lead to against the limits, up to the first that breaks; returns NAV as well.
#[inline]
fn hold<'a>(input: &GateInput<'a>) -> Result<(Held, Money), Box<Refusal<'a>>> {
    let unknown = |what| {
        Err(Refusal::new(
            RejectionCode::NoReferencePrice,
            Say::Plain(what),
        ))
    };
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
        let say = Say::Measured("NAV is");
        let refusal = Refusal::new(RejectionCode::MaxPositionPct, say);
        return Err(refusal.measured(usd(Money::ZERO, nav)));
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
    let limits = input.limits;
    // A net limit below zero holds the fund net short: it binds buying only.
    let net_binds = buys || !limits.net.is_negative();
    let mut held = Held::default();
    let within = held.to(Kind::PositionRatio, nav * limits.position, position)
        && limits
            .position_usd
            .is_none_or(|limit| held.to(Kind::PositionUsd, limit, position))
        && held.to(Kind::Gross, nav * limits.gross, other_gross + worst)
        && (!net_binds || held.to(Kind::Net, nav * limits.net, others + position));
    if within {
        let groups = &seen.groups;
        let known = |name: &Option<SmolStr>, sum| name.as_ref().and(sum);
        for (kind, limit, others) in [
            (
                Kind::Sector,
                limits.sector,
                known(&groups.sector, groups.other_sector_usd),
            ),
            (Kind::Class, limits.class, groups.other_class_usd),
            (
                Kind::Country,
                limits.country,
                known(&groups.country, groups.other_country_usd),
            ),
        ] {
            let Some(limit) = limit else { continue };
            let Some(others) = others else {
                return Err(Refusal::new(kind.code(), Say::Plain(kind.unknown())));
            };
            if !held.to(kind, nav * limit, others + worst) {
                break;
            }
        }
    }
    Ok((held, nav))
}

/// What became of the limits asked so far: the one that broke, or else the one with the least room.
#[derive(Debug, Default)]
struct Held {
    least: Option<Bound>,
    room: Money,
    broken: bool,
}

impl Held {
    /// Holds a value to a limit; returns false when it is beyond.
    #[expect(
        clippy::inline_always,
        reason = "in line, the least of all stays in registers"
    )]
    #[inline(always)]
    fn to(&mut self, kind: Kind, limit: Money, value: Money) -> bool {
        let room = limit - value;
        self.broken = room.is_negative();
        if self.broken || self.least.is_none() || room < self.room {
            self.least = Some(Bound { kind, limit, value });
            self.room = room;
        }
        !self.broken
    }

    fn finding(&self, nav: Money, limits: &Limits) -> Finding<'static> {
        let Some(bound) = self.least else {
            return Ok(Pass::new("no limit"));
        };
        let (what, measure) = (bound.kind.what(), bound.measure(nav, limits));
        if self.broken {
            Err(Refusal::new(bound.kind.code(), Say::Measured(what)).measured(measure))
        } else {
            Ok(Pass::measured(what, measure))
        }
    }
}

impl Bound {
    fn measure(&self, nav: Money, limits: &Limits) -> Measure {
        let ratio = match self.kind {
            Kind::PositionUsd => return usd(self.limit, self.value),
            Kind::PositionRatio => limits.position,
            Kind::Gross => limits.gross,
            Kind::Net => limits.net,
            Kind::Sector => limits.sector.unwrap_or_default(),
            Kind::Class => limits.class.unwrap_or_default(),
            Kind::Country => limits.country.unwrap_or_default(),
        };
        Measure {
            unit: Unit::NavRatio,
            limit: Exact::from(ratio)
                .with_decimals(RATIO_DECIMALS)
                .unwrap_or_else(|| ratio_up(self.limit, nav)),
            value: ratio_up(self.value, nav),
        }
    }
}

fn usd(limit: Money, value: Money) -> Measure {
    Measure {
        unit: Unit::Usd,
        limit: limit.into(),
        value: value.into(),
    }
}

fn ratio_up(part: Money, whole: Money) -> Exact {
    Exact::from(part).ratio_up(whole.into(), RATIO_DECIMALS)
}

/// Decimals of a ratio in a verdict.
const RATIO_DECIMALS: u32 = 8;
