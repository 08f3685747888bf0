//! All state, in slices behind `Arc`s, and how facts change it.
//!
//! `apply` is total: it takes any fact the journal holds and never refuses, because
//! what happened, happened. Deciding is `step`'s work. Market data goes in by
//! `market`, is derived, and is not part of the state hash.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::base::Ring;
use crate::domain::{Order, OrderId, Timestamp};
use crate::engine::flood::Flood;
use crate::engine::nav::NavCurve;
use crate::engine::reread::Reread;
use crate::engine::snapshot::{DeskInfo, LoopStats, Notice, NoticeKind, Snapshot};
use crate::engine::words;
use crate::event::{AccountFact, Fact, LinkFact, LinkState, OrderFact, Study};
use crate::market::Market;
use crate::order::books::Books;
use crate::order::compare::Stated;
use crate::order::exposure::Exposure;
use crate::order::ledger::Ledger;
use crate::order::oms::Orders;
use crate::order::risk::Risk;
use crate::order::stop::Watch;

/// Messages kept for the person at the screen.
pub(super) const NOTICES_MOST: usize = 200;

/// Everything the desk knows. One owner, one thread.
#[derive(Debug)]
pub struct State {
    pub(super) seq: u64,
    pub(super) desk_id: SmolStr,
    pub(super) info: Arc<DeskInfo>,
    pub(super) market: Arc<Market>,
    pub(super) orders: Arc<Orders>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) exposure: Arc<Exposure>,
    pub(super) risk: Arc<Risk>,
    pub(super) links: Arc<Vec<LinkState>>,
    pub(super) notices: Arc<Ring<Notice>>,
    pub(super) flood: Flood,
    pub(super) reread: Reread,
    pub(super) nav: NavCurve,
    pub(super) watch: Watch,
    /// A stop was reached and nothing was decided yet.
    pub(super) due: bool,
    /// When opening orders were last canceled because of a halt, in this session.
    pub(super) swept_at: Option<Timestamp>,
    /// What the fund's broker last stated, in this session.
    pub(super) stated: Option<Arc<Stated>>,
    /// What was last computed of the portfolio; handed on as it is.
    pub(super) study: Option<Arc<Study>>,
}

impl State {
    /// Makes the state of an empty journal.
    pub fn new(info: DeskInfo, market: Market) -> Self {
        Self {
            seq: 0,
            desk_id: SmolStr::default(),
            info: Arc::new(info),
            market: Arc::new(market),
            orders: Arc::new(Orders::default()),
            ledger: Arc::new(Ledger::default()),
            exposure: Arc::new(Exposure::default()),
            risk: Arc::new(Risk::default()),
            links: Arc::new(Vec::new()),
            notices: Arc::new(Ring::new(NOTICES_MOST)),
            flood: Flood::default(),
            reread: Reread::default(),
            nav: NavCurve::default(),
            watch: Watch::default(),
            due: false,
            swept_at: None,
            stated: None,
            study: None,
        }
    }

    /// Returns the last journal sequence that was applied.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns true once the books were opened.
    pub fn is_open(&self) -> bool {
        self.ledger.fund().is_some()
    }

    /// Returns the prefix of this desk's order ids, once the books were opened.
    pub fn desk_id(&self) -> Option<SmolStr> {
        self.is_open().then(|| self.desk_id.clone())
    }

    /// Returns the orders.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Returns the books.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Returns the market.
    pub fn market_state(&self) -> &Market {
        &self.market
    }

    /// Returns the slices a decision needs.
    pub fn books(&self) -> Books<'_> {
        Books {
            market: &self.market,
            orders: &self.orders,
            ledger: &self.ledger,
            exposure: &self.exposure,
            risk: &self.risk,
            capability: self.info.capability.as_ref(),
            fee_bps: self.info.fee_bps,
        }
    }

    /// Freezes the state for readers.
    pub fn snapshot(&self, at: Timestamp, stats: LoopStats) -> Snapshot {
        Snapshot {
            seq: self.seq,
            at,
            desk: Arc::clone(&self.info),
            market: Arc::clone(&self.market),
            orders: Arc::clone(&self.orders),
            ledger: Arc::clone(&self.ledger),
            exposure: Arc::clone(&self.exposure),
            risk: Arc::clone(&self.risk),
            links: Arc::clone(&self.links),
            notices: Arc::clone(&self.notices),
            nav: self.nav.points(),
            stated: self.stated.clone(),
            study: self.study.clone(),
            stats,
            timings: Arc::default(),
            stopped: None,
        }
    }

    /// Applies one journaled fact that stands at `seq`.
    pub fn apply(&mut self, seq: u64, fact: &Fact) {
        self.seq = seq;
        match fact {
            Fact::Order(fact) => self.apply_order(fact),
            Fact::Account(fact) => self.apply_account(fact),
            Fact::Risk(fact) => self.apply_risk(fact),
            Fact::Link(LinkFact::Changed(link)) => self.set_link(link),
        }
    }

    /// Notes that the input at `seq` is in the journal.
    pub fn pass(&mut self, seq: u64) {
        self.seq = seq;
    }

    fn apply_order(&mut self, fact: &OrderFact) {
        Arc::make_mut(&mut self.orders).apply(fact);
        match fact {
            OrderFact::Created(order) => self.created(order),
            OrderFact::Judged { .. } => return self.judged(fact),
            OrderFact::Submitted { order_id, at } => self.count(order_id, true, *at),
            OrderFact::CancelRequested { order_id, at }
            | OrderFact::ReplaceRequested { order_id, at, .. } => self.count(order_id, false, *at),
            OrderFact::Asked { .. }
            | OrderFact::Answered { .. }
            | OrderFact::AnswerIgnored { .. }
            | OrderFact::Accepted { .. }
            | OrderFact::Rejected { .. }
            | OrderFact::Unknown { .. }
            | OrderFact::Settled { .. }
            | OrderFact::ReplaceDropped { .. }
            | OrderFact::CancelRefused { .. }
            | OrderFact::Canceled { .. }
            | OrderFact::Expired { .. }
            | OrderFact::CommandRefused { .. } => {}
        }
        let order_id = fact.order_id();
        if let Some(order_id) = order_id {
            self.track(order_id);
        }
        if let Some((at, kind, text)) = words::of_order(fact) {
            let text = match order_id {
                Some(order_id) => self.about(order_id, &text),
                None => text,
            };
            self.notice(at, kind, text);
        }
    }

    /// Takes in an order that was made; it may be the one of an exit.
    fn created(&mut self, order: &Order) {
        if self.risk.exit(&order.symbol).is_some() {
            Arc::make_mut(&mut self.risk).created(order);
        }
    }

    /// Counts a message about an order that leaves for its venue.
    fn count(&mut self, order_id: &OrderId, order: bool, at: Timestamp) {
        if let Some(record) = self.orders.get(order_id) {
            let rates = Arc::make_mut(&mut self.risk).rates_mut();
            rates.count(&record.order.broker, order, at);
        }
    }

    /// Says which order a message is about, as a person would.
    fn about(&self, order_id: &OrderId, text: &str) -> String {
        match self.orders.get(order_id) {
            Some(record) => {
                let order = &record.order;
                format!("{} {} {} {text}", order.side, order.quantity, order.symbol)
            }
            None => format!("order {order_id} {text}"),
        }
    }

    /// Brings the running sums of an order's symbol up to date.
    fn track(&mut self, order_id: &OrderId) {
        let Some(record) = self.orders.get(order_id) else {
            return;
        };
        let symbol = record.order.symbol.clone();
        let (buy, sell) = self.orders.working(&symbol);
        let exposure = Arc::make_mut(&mut self.exposure);
        exposure.set_working(&symbol, buy, sell);
        self.mark(&symbol);
    }

    fn apply_account(&mut self, fact: &AccountFact) {
        if let AccountFact::Filled { broker, fill, .. } = fact {
            // Books and order take a fill together or, when it is known already, not at all.
            if self.ledger.knows(broker, &fill.fill_id) {
                return;
            }
            Arc::make_mut(&mut self.orders).apply_fill(fill);
        }
        Arc::make_mut(&mut self.ledger).apply(fact);
        match fact {
            AccountFact::Opened { desk_id, .. } => {
                self.desk_id = desk_id.clone();
                self.revalue_cash();
            }
            AccountFact::Filled { fill, currency, .. } => {
                let held = self
                    .ledger
                    .holding(&fill.symbol)
                    .map(|holding| holding.quantity);
                let exposure = Arc::make_mut(&mut self.exposure);
                exposure.set_position(&fill.symbol, held.unwrap_or_default(), *currency);
                self.track(&fill.order_id);
                self.mark(&fill.symbol);
                self.revalue_cash();
                let text = format!(
                    "{} {} {} filled at {}",
                    fill.side, fill.quantity, fill.symbol, fill.price
                );
                self.notice(fill.timestamp, NoticeKind::Done, text);
            }
            AccountFact::Drift { what, at, .. } => {
                self.notice(*at, NoticeKind::Alarm, what.clone());
            }
            AccountFact::Locked { symbol, why, at } => {
                let text = format!("{symbol} is locked, nothing opens risk in it: {why}");
                self.notice(*at, NoticeKind::Alarm, text);
            }
            AccountFact::Unlocked { symbol, by, at } => {
                let text = match by {
                    Some((actor, reason)) => format!("{symbol} unlocked by {actor}: {reason}"),
                    None => format!("{symbol} unlocked: the venue states what the books hold"),
                };
                self.notice(*at, NoticeKind::Info, text);
            }
            AccountFact::Corrected(correction) => {
                let symbol = &correction.symbol;
                let exposure = Arc::make_mut(&mut self.exposure);
                let held = self.ledger.quantity(symbol);
                exposure.set_position(symbol, held, correction.currency);
                self.mark(symbol);
                self.revalue_cash();
                let text = format!(
                    "{symbol} corrected by {} at {}, by {}: {}",
                    correction.quantity, correction.price, correction.by, correction.reason
                );
                self.notice(correction.at, NoticeKind::Info, text);
            }
            AccountFact::Flowed {
                amount_usd,
                by,
                reason,
                at,
            } => {
                self.revalue_cash();
                let way = if amount_usd.is_negative() {
                    "out"
                } else {
                    "in"
                };
                let amount = amount_usd.abs();
                let text = format!("{amount} USD flowed {way}, by {by}: {reason}");
                self.notice(*at, NoticeKind::Info, text);
            }
            AccountFact::Doubted { .. }
            | AccountFact::PeriodStarted { .. }
            | AccountFact::Resumed { .. }
            | AccountFact::Closed { .. }
            | AccountFact::DayStarted { .. } => {}
        }
    }

    /// Sets how a link is; a change of words alone comes here without a fact.
    pub(super) fn set_link(&mut self, link: &LinkState) {
        let links = Arc::make_mut(&mut self.links);
        match links.iter_mut().find(|known| known.name == link.name) {
            Some(known) => *known = link.clone(),
            None => links.push(link.clone()),
        }
    }

    pub(super) fn notice(&mut self, at: Timestamp, kind: NoticeKind, text: String) {
        Arc::make_mut(&mut self.notices).push(Notice { at, kind, text });
    }

    /// Returns SHA-256 over orders, positions, lots, cash, cursors, envelope and halts, in hexadecimal.
    pub fn hash(&self) -> String {
        self.keep().hash()
    }
}
