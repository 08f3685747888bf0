//! The plan: every target sized, split at zero and put in the order in which it is judged.
//!
//! Reductions, then openings, each the largest first: what frees the most room goes first, and what needs the
//! most is not left the crumbs. Asks no gate.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::domain::{Money, Side, Timestamp};
use crate::order::basket::size::Change;
use crate::order::basket::{
    BasketSettings, Known, Leg, Line, Reduced, Skip, Standing, Wanted, size,
};
use crate::order::books::Books;

/// A line before it was judged.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// The line as far as it is known.
    pub(super) line: Line,
    /// What the books say of its symbol.
    pub(super) known: Known<'a>,
    /// Its place among what is wanted, which names its keys.
    pub(super) place: usize,
    /// True for both halves of a change that crosses zero.
    pub(super) flip: bool,
}

/// Returns the lines to be judged, in that order, and those that are skipped, by symbol.
pub(super) fn plans<'a>(
    books: &Books<'a>,
    wanted: &[Wanted],
    settings: &BasketSettings,
    now: Timestamp,
) -> (Vec<Plan<'a>>, Vec<Line>) {
    let nav_usd = books.exposure.nav_usd();
    let mut seen = BTreeSet::new();
    let (mut plans, mut skipped) = (Vec::new(), Vec::new());
    for (place, wanted) in wanted.iter().enumerate() {
        if !seen.insert(&wanted.symbol) {
            continue;
        }
        let known = known(books, wanted);
        let line = line(wanted, &known, nav_usd);
        match size::change(books, (wanted, &known), settings, now) {
            Err(skip) => skipped.push(skip_line(line, skip)),
            Ok(change) => plans.extend(halves(&line, &known, (place, change))),
        }
    }
    plans.sort_by(|a, b| {
        let order = |plan: &Plan<'_>| (plan.line.leg, Reverse(plan.line.notional_usd));
        let (first, second) = (order(a), order(b));
        first
            .cmp(&second)
            .then_with(|| a.line.symbol.cmp(&b.line.symbol))
    });
    skipped.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    (plans, skipped)
}

/// Makes the plans of a change: one, or two where it crosses zero.
fn halves<'a>(
    line: &Line,
    known: &Known<'a>,
    (place, change): (usize, Change),
) -> impl Iterator<Item = Plan<'a>> {
    let flip = change.reduce.is_positive() && change.open.is_positive();
    let legs = [
        (Leg::Reduce, change.reduce, change.reduce_wanted),
        (Leg::Open, change.open, change.open),
    ];
    legs.into_iter()
        .filter(|(_, units, _)| units.is_positive())
        .map(move |(leg, units, of)| {
            let reduced = (units < of).then_some(Reduced {
                wanted: of,
                binds: None,
            });
            let why = match &reduced {
                Some(_) => "working orders stand for the rest of what is held",
                None => "",
            };
            Plan {
                line: Line {
                    leg,
                    trade: Some((side(leg, change.buys), units)),
                    notional_usd: known.unit_usd.map(|unit| unit.times(units)),
                    reduced,
                    why: why.to_owned(),
                    ..line.clone()
                },
                known: known.clone(),
                place,
                flip,
            }
        })
}

fn known<'a>(books: &Books<'a>, wanted: &Wanted) -> Known<'a> {
    let cell = books.market.cell(&wanted.symbol);
    Known {
        instrument: cell.and_then(|cell| cell.instrument()).map(|of| &**of),
        held: books.exposure.stake(&wanted.symbol).position,
        working: size::expected(books, wanted),
        unit_usd: books.market.unit_usd(&wanted.symbol),
        quote: cell
            .and_then(|cell| cell.quote())
            .map(|(quote, _)| quote.clone()),
    }
}

/// Begins the line of a target: nothing is traded yet.
fn line(wanted: &Wanted, known: &Known<'_>, nav_usd: Option<Money>) -> Line {
    Line {
        symbol: wanted.symbol.clone(),
        leg: Leg::Reduce,
        held: known.held,
        working: known.working,
        held_weight: size::held_weight(known, nav_usd),
        target: wanted.weight,
        trade: None,
        notional_usd: None,
        standing: Standing::Skipped,
        why: String::new(),
        reduced: None,
        skip: None,
        verdicts: Vec::new(),
        quote: known.quote.clone(),
        ticket: None,
    }
}

fn skip_line(line: Line, skip: Skip) -> Line {
    Line {
        why: skip.to_string(),
        skip: Some(skip),
        ..line
    }
}

fn side(leg: Leg, buys: bool) -> Side {
    match (leg, buys) {
        (Leg::Reduce, true) => Side::Cover,
        (Leg::Reduce, false) => Side::Sell,
        (Leg::Open, true) => Side::Buy,
        (Leg::Open, false) => Side::Short,
    }
}
