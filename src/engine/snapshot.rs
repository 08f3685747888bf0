//! What readers get: a frozen value of every slice, published after each commit.
//!
//! Cloning a snapshot clones a handful of pointers; a slow reader delays nobody.
//! It never shows what the journal does not hold.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::base::Ring;
use crate::domain::{FundId, Money, OrderId, Ticket, Timestamp};
use crate::engine::timing::Timings;
use crate::event::{LinkState, Study};
use crate::market::Market;
use crate::order::books::{Books, Preview};
use crate::order::checklist::{Checklist, checklist};
use crate::order::compare::{self, Stated};
use crate::order::drawdown::{Drawdown, drawdowns};
use crate::order::exposure::Exposure;
use crate::order::ledger::{Ledger, Valuation};
use crate::order::oms::Orders;
use crate::order::risk::Risk;
use crate::protocol::Capability;

/// What does not change during a session.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskInfo {
    /// The fund on this desk.
    pub fund_id: FundId,
    /// The broker its orders go to.
    pub broker: SmolStr,
    /// The feed its quotes come from.
    pub feed: SmolStr,
    /// True when real money is at stake; the screen must not let the two be confused.
    pub live: bool,
    /// True when nothing may be sent.
    pub read_only: bool,
    /// What the broker can do.
    pub capability: Option<Capability>,
    /// What the broker takes per side, in basis points.
    pub fee_bps: u32,
    /// Which parts are simulated, in words for the screen: `synthetic market`, `paper fills`.
    pub simulated: Vec<SmolStr>,
}

/// What kind of message a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// For information.
    Info,
    /// Done as asked.
    Done,
    /// Refused.
    Refused,
    /// Needs a person.
    Alarm,
}

/// One line for the person at the screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// What kind.
    pub kind: NoticeKind,
    /// In words.
    pub text: String,
}

/// How the loop is doing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LoopStats {
    /// Pieces of market data taken in, since the start.
    pub taken: u64,
    /// The same per second, over the last full second.
    pub quotes_per_s: u32,
    /// Quotes replaced by newer ones before they were read, per second, over the last full second.
    pub conflated_per_s: u32,
    /// Quotes replaced by newer ones before they were read.
    pub conflated: u64,
    /// How long the last commit took, in microseconds.
    pub commit_us: u64,
    /// How long the gates took for the last order, in nanoseconds.
    pub gates_ns: u64,
}

/// Everything the screen shows, frozen.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Last journal sequence it contains.
    pub seq: u64,
    /// When it was published.
    pub at: Timestamp,
    /// The session.
    pub desk: Arc<DeskInfo>,
    /// Quotes, bars, reference data.
    pub market: Arc<Market>,
    /// Orders.
    pub orders: Arc<Orders>,
    /// Positions, cash, fills.
    pub ledger: Arc<Ledger>,
    /// Running sums.
    pub exposure: Arc<Exposure>,
    /// Envelope, halts, verdicts.
    pub risk: Arc<Risk>,
    /// Links to venues.
    pub links: Arc<Vec<LinkState>>,
    /// Messages for the person, oldest first.
    pub notices: Arc<Ring<Notice>>,
    /// NAV by the minute since the session began, oldest first; two days at most.
    pub nav: Arc<Ring<(Timestamp, Money)>>,
    /// What the fund's broker last stated, in this session.
    pub stated: Option<Arc<Stated>>,
    /// What was last computed of the portfolio, once something was.
    pub study: Option<Arc<Study>>,
    /// How the loop is doing.
    pub stats: LoopStats,
    /// How long the gates take; empty unless the loop timed them.
    pub timings: Arc<Timings>,
    /// Set when trading stopped because the journal failed: why.
    pub stopped: Option<Arc<str>>,
}

impl Snapshot {
    /// Returns the slices a decision needs.
    pub fn books(&self) -> Books<'_> {
        Books {
            market: &self.market,
            orders: &self.orders,
            ledger: &self.ledger,
            exposure: &self.exposure,
            risk: &self.risk,
            capability: self.desk.capability.as_ref(),
            fee_bps: self.desk.fee_bps,
        }
    }

    /// Shows what would become of a ticket; the same code the engine decides with.
    pub fn preview(&self, ticket: &Ticket, now: Timestamp) -> Preview {
        self.books().preview(ticket, now)
    }

    /// Shows what would become of a change of a working order; the same code the engine decides with.
    pub fn preview_change(&self, ticket: &Ticket, order_id: &OrderId, now: Timestamp) -> Preview {
        self.books().preview_change(ticket, order_id, now)
    }

    /// Measures day, week and month against their loss limits; empty while NAV is not known.
    pub fn drawdowns(&self, now: Timestamp) -> Vec<Drawdown> {
        let known = self.exposure.nav_usd().zip(self.risk.limits());
        known.map_or_else(Vec::new, |(nav, limits)| {
            drawdowns(&self.ledger, limits, nav, now)
        })
    }

    /// Says what became of the orders that the newest halt takes back; none where none did.
    pub fn checklist(&self, now: Timestamp) -> Option<Checklist> {
        let broker = &self.ledger.fund()?.broker;
        let sweep = self.risk.sweep()?;
        Some(checklist(sweep, &self.orders, (broker, &self.links), now))
    }

    /// Puts journal, venue and desk side by side, what differs first.
    pub fn compared(&self, now: Timestamp) -> Vec<compare::Row> {
        compare::rows(self.stated.as_deref(), &self.books(), now)
    }

    /// Values the books at the newest marks.
    pub fn valuation(&self) -> Valuation {
        Valuation::of(&self.ledger, &self.market)
    }
}
