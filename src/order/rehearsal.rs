//! What other limits would have done: today's orders judged again under them, and the book held against them.
//!
//! Each order is judged by what was recorded of its judgement, once under the limits
//! in force and once under the proposed ones, so that only what the limits change
//! counts: halts, rates and used keys are left out of both. Reads only.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::domain::{
    Money, OrderId, Quantity, RejectionCode, RiskEnvelope, Side, Symbol, Timestamp,
};
use crate::order::books::Books;
use crate::order::drawdown::drawdowns;
use crate::order::explain::{input_then, unhurried};
use crate::order::exposure::GroupSum;
use crate::order::gate::{GateInput, Limits, refusal};
use crate::order::risk::{Basis, Judgement};

/// An order of today that the proposed limits would have refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub order_id: OrderId,
    /// What.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
    /// Why.
    pub code: RejectionCode,
}

/// A part of the book that is beyond the proposed limits now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// Which limit, and of what: `AAPL position`.
    pub what: String,
    /// The most that would be allowed, in USD.
    pub limit: Money,
    /// What it is, in USD.
    pub value: Money,
}

/// What came of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rehearsal {
    /// Orders of today that were judged again.
    pub judged: usize,
    /// Orders of today that are no longer at hand.
    pub left_out: u64,
    /// Those that would have been refused, and were not by these limits; oldest first.
    pub refused: Vec<Refused>,
    /// How many that the limits in force refuse would have passed.
    pub passed: usize,
    /// What is over now.
    pub over: Vec<Over>,
    /// False where a mark is missing: the book may then be over in more than is said.
    pub valued: bool,
}

impl Books<'_> {
    /// Rehearses limits on the orders of today's UTC day and on the book as it stands.
    pub fn rehearse(&self, proposed: &RiskEnvelope, now: Timestamp) -> Rehearsal {
        let mut outcome = Rehearsal::default();
        let Some(current) = self.risk.envelope() else {
            return outcome;
        };
        let limits = Limits::of(proposed);
        let (approved, refused) = self.risk.counts();
        let today = |judgement: &&Arc<Judgement>| judgement.at.day() == now.day();
        let judged = self.risk.judgements().iter().filter(today);
        for judgement in judged {
            let Some(basis) = judgement.basis.as_deref() else {
                continue;
            };
            outcome.judged += 1;
            let was = self.refusal_under(current, None, basis);
            let would = self.refusal_under(proposed, Some(&limits), basis);
            match (was, would) {
                (None, Some(code)) => outcome.refused.push(Refused {
                    order_id: judgement.order_id.clone(),
                    symbol: judgement.symbol.clone(),
                    side: judgement.side,
                    quantity: judgement.quantity,
                    code,
                }),
                (Some(_), None) => outcome.passed += 1,
                (None, None) | (Some(_), Some(_)) => {}
            }
        }
        let of_today = if judged_today(self, now) {
            approved + refused
        } else {
            0
        };
        let at_hand = u64::try_from(outcome.judged).unwrap_or(u64::MAX);
        outcome.left_out = of_today.saturating_sub(at_hand);
        self.hold_against(&limits, now, &mut outcome);
        outcome
    }

    /// Holds what is held of each sector, class and country against its limit; what is not known is over.
    fn hold_groups(&self, limits: &Limits, nav: Money, over: &mut Vec<Over>) {
        let unknown = SmolStr::new_static("unknown");
        let named = |name: Option<&SmolStr>| name.unwrap_or(&unknown).clone();
        let groups = [
            (
                limits.sector,
                "sector",
                self.exposure
                    .sectors()
                    .map(|(name, sum)| (named(name), sum.gross))
                    .collect::<Vec<_>>(),
            ),
            (
                limits.country,
                "country",
                self.exposure
                    .countries()
                    .map(|(name, sum)| (named(name), sum.gross))
                    .collect(),
            ),
            (
                limits.class,
                "class",
                self.exposure
                    .classes()
                    .map(|(class, sum)| (SmolStr::new(class.as_str()), sum.gross))
                    .collect(),
            ),
        ];
        // What is not valued is in no sum.
        if self.exposure.gross_usd().is_none() {
            return;
        }
        for (limit, what, mut sums) in groups {
            let Some(limit) = limit else {
                continue;
            };
            sums.sort_unstable();
            for (name, sum) in sums {
                hold(over, format!("{what} {name}"), nav * limit, sum);
            }
        }
    }

    fn refusal_under(
        &self,
        envelope: &RiskEnvelope,
        limits: Option<&Limits>,
        basis: &Basis,
    ) -> Option<RejectionCode> {
        let order = Arc::new(basis.order.clone());
        let rates = unhurried();
        let code = self.as_seen((&order, order.created_at), &basis.seen, |input| {
            refusal(&GateInput {
                envelope,
                limits: limits.unwrap_or(input.limits),
                ..input_then(input, basis, &rates)
            })
        });
        code.flatten().map(|(_, code)| code)
    }

    /// Holds the live book, working orders counted at worst, against limits.
    fn hold_against(&self, limits: &Limits, now: Timestamp, outcome: &mut Rehearsal) {
        let (nav, gross, net) = (
            self.exposure.nav_usd(),
            self.exposure.gross_usd(),
            self.exposure.net_usd(),
        );
        outcome.valued = nav.is_some() && gross.is_some();
        let Some(nav) = nav else {
            return;
        };
        let over = &mut outcome.over;
        let mut stakes: Vec<_> = self.exposure.stakes().collect();
        stakes.sort_unstable_by(|a, b| a.0.cmp(b.0));
        for (symbol, stake) in stakes {
            let Some(unit) = stake.unit_usd else {
                continue;
            };
            let worst = (stake.position + stake.working_buy)
                .abs()
                .max((stake.position - stake.working_sell).abs());
            let value = unit.times(worst);
            hold(
                over,
                format!("{symbol} position"),
                nav * limits.position,
                value,
            );
            if let Some(most) = limits.position_usd {
                hold(over, format!("{symbol} position in USD"), most, value);
            }
        }
        if let Some(gross) = gross {
            hold(over, "gross".to_owned(), nav * limits.gross, gross);
            let exposure = self.exposure;
            let named = |group: (Option<&SmolStr>, GroupSum)| (group.0.cloned(), group.1.gross);
            hold_groups(
                over,
                "sector",
                limits.sector.map(|most| nav * most),
                exposure.sectors().map(named),
            );
            hold_groups(
                over,
                "country",
                limits.country.map(|most| nav * most),
                exposure.countries().map(named),
            );
            let classes = exposure.classes();
            let classes = classes.map(|(class, sum)| (Some(class.as_str().into()), sum.gross));
            hold_groups(
                over,
                "asset class",
                limits.class.map(|most| nav * most),
                classes,
            );
        }
        if let Some((low, high)) = net {
            hold(over, "net".to_owned(), nav * limits.net, high);
            // A limit below zero binds buying only.
            if !limits.net.is_negative() {
                hold(over, "net short".to_owned(), nav * limits.net, -low);
            }
        }
        self.hold_groups(limits, nav, over);
        let drawdowns = drawdowns(self.ledger, limits, nav, now);
        let reached = drawdowns
            .iter()
            .filter_map(|drawdown| Some((drawdown, drawdown.reached()?)));
        over.extend(reached.map(|(drawdown, loss)| Over {
            what: format!("{} loss: the fund would halt", loss.period.as_str()),
            limit: drawdown.limit_usd,
            value: loss.lost_usd,
        }));
    }
}

/// Returns true when the counts of approved and refused orders are of this day.
fn judged_today(books: &Books<'_>, now: Timestamp) -> bool {
    let newest = books.risk.judgements().last();
    newest.is_some_and(|judgement| judgement.at.day() == now.day())
}

/// Holds every group of one kind; what is of no known one may be of any, and counts in each.
fn hold_groups(
    over: &mut Vec<Over>,
    kind: &str,
    limit: Option<Money>,
    groups: impl Iterator<Item = (Option<SmolStr>, Money)>,
) {
    let Some(limit) = limit else {
        return;
    };
    let mut groups: Vec<_> = groups.collect();
    groups.sort_unstable();
    let unknown = groups.iter().find(|(name, _)| name.is_none());
    let unknown = unknown.map_or(Money::ZERO, |(_, sum)| *sum);
    for (name, sum) in groups {
        if let Some(name) = name {
            hold(over, format!("{kind} {name}"), limit, sum + unknown);
        }
    }
}

fn hold(over: &mut Vec<Over>, what: String, limit: Money, value: Money) {
    if value > limit {
        over.push(Over { what, limit, value });
    }
}
