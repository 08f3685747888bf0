//! The rebalance basket: from targets to tickets that each walk the gates.
//!
//! Pure: targets and the books in, a list of lines out; sends nothing. `size` says how many whole lots a target
//! comes to, counting what works already; `plan` splits it where it crosses zero and puts the lines in order;
//! `walk` judges line after line on the books as they would be with the lines before it sent, reductions first.
//! What cannot be made to pass is said, with the gate and its words. Each ticket that goes is an ordinary order
//! and is judged again when it is sent.
//!
//! Made anew from the same targets it is the same basket: what works or is done is no longer in it, and a key
//! belongs to a symbol and a half of its change, so that one line sent twice is one order.

mod plan;
mod size;
mod walk;

use std::fmt;
use std::time::Duration;

use crate::domain::{
    GateName, IdempotencyKey, Instrument, Money, OrderType, Quantity, Quote, RejectionCode, Side,
    StrategyId, Symbol, Ticket, TimeInForce, Timestamp,
};
use crate::event::{Study, Verdict};
use crate::order::books::Books;
use crate::portfolio::drift::DriftSettings;

pub use size::{WEIGHT_DECIMALS, WEIGHT_MOST};

/// A weight the fund should have.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Of what.
    pub symbol: Symbol,
    /// Signed ratio of NAV.
    pub weight: f64,
}

/// What makes tickets of targets, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct BasketSettings {
    /// Bands within which nothing is traded.
    pub drift: DriftSettings,
    /// Changes worth less, in USD, are left.
    pub min_notional_usd: Money,
    /// Whose orders they are: `rebalance`.
    pub strategy_id: StrategyId,
    /// Who sends them: `rebalance`.
    pub actor: String,
    /// How they are priced: a type without a price of its own.
    pub order_type: OrderType,
    /// How long they work.
    pub tif: TimeInForce,
}

/// Which half of a change a line is: one that crosses zero has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    /// Brings what is held nearer to nothing.
    Reduce,
    /// Leads further from nothing.
    Open,
}

/// Whether a line may go, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It passes as things stand, with the lines before it sent and not yet filled.
    Now,
    /// It passes once the basket's reductions have filled.
    AfterReductions,
    /// It passes once there is room again in the rate of sending: after this long at the latest.
    Later(Duration),
    /// No size of it passes.
    Refused,
    /// There is nothing to send, or nothing to judge by.
    Skipped,
}

impl Standing {
    /// Returns a word or two for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::AfterReductions => "after reductions",
            Self::Later(_) => "later",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
        }
    }
}

/// Why there is no ticket for a target.
#[derive(Debug, Clone, PartialEq)]
pub enum Skip {
    /// The desk does not know the symbol.
    NotKnown,
    /// The books of the symbol are in question: why.
    Locked(String),
    /// The weight is no number, or beyond [`WEIGHT_MOST`].
    Weight(f64),
    /// NAV is not known, or not above zero.
    NoNav,
    /// There is no quote, or no rate from its currency to USD.
    NoPrice,
    /// The quote, or the rate to USD, is this old.
    Stale(Duration),
    /// What is held is what should be.
    OnTarget,
    /// The drift is within the band: drift and half width, ratios of NAV.
    WithinBand(f64, f64),
    /// Less than this one lot is missing.
    LessThanALot(Quantity),
    /// The change is worth less than the least: its value and the least, in USD.
    BelowMinimum(Money, Money),
    /// Working orders already stand for all that could be reduced: how much they may trade.
    Working(Quantity),
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotKnown => f.write_str("not known to this desk"),
            Self::Locked(why) => write!(f, "locked: {why}"),
            Self::Weight(weight) => {
                write!(f, "weight {weight} is not within {WEIGHT_MOST} times NAV")
            }
            Self::NoNav => f.write_str("NAV unknown or not above 0"),
            Self::NoPrice => f.write_str("no quote, or no rate to USD"),
            Self::Stale(age) => write!(f, "quote or rate is {:.1} s old", age.as_secs_f64()),
            Self::OnTarget => f.write_str("on target"),
            Self::WithinBand(drift, width) => {
                let (drift, width) = (drift * 100.0, width * 100.0);
                write!(f, "drift {drift:+.2}% within the band of {width:.2}%")
            }
            Self::LessThanALot(lot) => write!(f, "less than one lot of {lot} to trade"),
            Self::BelowMinimum(value, least) => {
                let (value, least) = (value.round(2), least.round(2));
                write!(f, "{value:.2} USD is below the least of {least:.2}")
            }
            Self::Working(units) => {
                write!(f, "orders for {units} already work against what is held")
            }
        }
    }
}

/// What made a line smaller than its target asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduced {
    /// The units it would have been.
    pub wanted: Quantity,
    /// The gate that refuses one lot more, and its code; none where working orders leave no more room.
    pub binds: Option<(GateName, RejectionCode)>,
}

/// One line: a ticket and what would become of it, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What.
    pub symbol: Symbol,
    /// Which half of the change.
    pub leg: Leg,
    /// Signed units held.
    pub held: Quantity,
    /// Signed units that working orders are expected to trade: all but stops, which wait for a price.
    pub working: Quantity,
    /// What is held with that traded, as a ratio of NAV, where known.
    pub held_weight: Option<f64>,
    /// The weight that is wanted.
    pub target: f64,
    /// Which way it trades and how many units, as they would be sent; none where it is skipped.
    pub trade: Option<(Side, Quantity)>,
    /// What that is worth at the mark, in USD, where known.
    pub notional_usd: Option<Money>,
    /// Whether it may go.
    pub standing: Standing,
    /// In words, where it may not go now or not whole: the skip, the refusal, what it waits for.
    pub why: String,
    /// What made it smaller, where something did.
    pub reduced: Option<Reduced>,
    /// Why it is skipped, where it is.
    pub skip: Option<Skip>,
    /// What every gate says of it, in chain order; of a refused one as it was asked for.
    pub verdicts: Vec<Verdict>,
    /// The quote it was judged by.
    pub quote: Option<Quote>,
    /// What is to be sent; none where it is skipped or refused.
    pub ticket: Option<Ticket>,
}

/// A basket: reductions, then openings, each the largest first; then what is skipped, by symbol.
#[derive(Debug, Clone, PartialEq)]
pub struct Basket {
    /// When it was made.
    pub at: Timestamp,
    /// NAV it was sized by, where known.
    pub nav_usd: Option<Money>,
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Basket {
    /// Returns true when there is nothing to trade: every line is skipped.
    pub fn is_empty(&self) -> bool {
        let skipped = |line: &Line| line.standing == Standing::Skipped;
        self.lines.iter().all(skipped)
    }

    /// Iterates over what may be sent now, in the order in which it may.
    pub fn now(&self) -> impl Iterator<Item = &Ticket> {
        let now = self
            .lines
            .iter()
            .filter(|line| line.standing == Standing::Now);
        now.filter_map(|line| line.ticket.as_ref())
    }

    /// Returns how many lines stand so; every wait counts as one standing.
    pub fn count(&self, standing: Standing) -> usize {
        let same = |line: &&Line| line.standing.as_str() == standing.as_str();
        self.lines.iter().filter(same).count()
    }

    /// Returns what its tickets are worth at the mark, in USD; none where one has no known value.
    pub fn turnover_usd(&self) -> Option<Money> {
        let sent = self.lines.iter().filter(|line| line.ticket.is_some());
        sent.map(|line| line.notional_usd).sum()
    }
}

/// Reads the targets of a study; what no sleeve speaks of is in none of them.
pub fn wanted(study: &Study) -> Vec<Wanted> {
    let targets = study.symbols.iter().zip(study.targets.iter());
    targets
        .filter_map(|(symbol, target)| {
            let weight = target.as_ref()?.weight;
            let symbol = symbol.clone();
            Some(Wanted { symbol, weight })
        })
        .collect()
}

impl Books<'_> {
    /// Makes the basket that leads from what is held to what is wanted; changes and sends nothing.
    ///
    /// `batch` begins the key of every ticket and is born when the basket is staged: `rebal-1f3a`. Of a symbol
    /// that is wanted twice the first counts. What is held and not wanted is left alone.
    pub fn basket(
        &self,
        wanted: &[Wanted],
        settings: &BasketSettings,
        batch: &IdempotencyKey,
        now: Timestamp,
    ) -> Basket {
        walk::basket(self, wanted, (settings, batch), now)
    }
}

/// What the books say of one symbol, looked up once.
#[derive(Debug, Clone)]
struct Known<'a> {
    instrument: Option<&'a Instrument>,
    held: Quantity,
    working: Quantity,
    unit_usd: Option<Money>,
    quote: Option<Quote>,
}
