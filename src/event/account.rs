//! What brokers report, and facts of cash, fills and sessions.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::domain::{
    BrokerId, BrokerOrderId, Currency, Fill, FillCursor, FillId, FundConfig, IdempotencyKey,
    LossPeriod, Money, Order, OrderId, Position, Price, Quantity, Quote, Rate, Symbol, Timestamp,
};

/// What an adapter reports from a venue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerReport {
    /// The venue took the order.
    Accepted {
        /// Which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
        /// The venue's name of it.
        broker_order_id: Option<BrokerOrderId>,
    },
    /// The venue refused the order.
    Rejected {
        /// Which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
        /// The venue's words.
        reason: String,
    },
    /// The outcome of a submit is not known.
    Unknown {
        /// Which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
        /// What went wrong.
        reason: String,
    },
    /// The venue was asked by key and never had the order.
    NotFound {
        /// Which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
        /// Its key.
        idempotency_key: IdempotencyKey,
    },
    /// Part of an order was done. May come twice, late, or before the acceptance.
    Fill {
        /// Which broker.
        broker: BrokerId,
        /// The fill.
        fill: Fill,
        /// The broker's place after this fill.
        cursor: FillCursor,
        /// The quote it was made at, where the broker is simulated.
        quote: Option<Box<Quote>>,
    },
    /// The venue confirmed a cancel, ours or its own.
    Canceled {
        /// Which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
    },
    /// How much the venue has done of an order, as it says when asked for it.
    Stands {
        /// Which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
        /// Units done.
        filled: Quantity,
        /// Whether it has ended there: only then can the number not grow any more.
        #[serde(default)]
        ended: bool,
    },
    /// The venue did not cancel.
    CancelRefused {
        /// Which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
        /// Why.
        reason: String,
    },
    /// The order's time in force ended it.
    Expired {
        /// Which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
    },
    /// Everything the venue works and holds, taken at one moment on (re)connect.
    Statement {
        /// Which broker.
        broker: BrokerId,
        /// Working orders.
        orders: Vec<Order>,
        /// Positions.
        positions: Vec<Position>,
    },
}

/// Units booked because the venue holds them, without a fill that says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Its name; what it opens is named after it.
    pub correction_id: FillId,
    /// Which broker's statement it follows.
    pub broker: BrokerId,
    /// Of what.
    pub symbol: Symbol,
    /// Signed units.
    pub quantity: Quantity,
    /// At which price.
    pub price: Price,
    /// The currency of the price.
    pub currency: Currency,
    /// One unit of that currency in USD when booked; none where it was not known.
    pub usd_rate: Option<Rate>,
    /// Who accepted it.
    pub by: String,
    /// Why, in that person's words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A fact of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountFact {
    /// The books were opened: the first fact of every journal.
    Opened {
        /// Prefix of this desk's order ids.
        desk_id: SmolStr,
        /// The fund.
        fund: Box<FundConfig>,
        /// Cash it starts with, in the base currency.
        cash: Money,
        /// When.
        at: Timestamp,
    },
    /// A session began over existing books.
    Resumed {
        /// The fund as configured now.
        fund: Box<FundConfig>,
        /// The version of the program.
        version: String,
        /// When.
        at: Timestamp,
    },
    /// A fill changed the books. Booked once per (broker, `fill_id`).
    Filled {
        /// Which broker.
        broker: BrokerId,
        /// The fill.
        fill: Fill,
        /// The broker's place after it.
        cursor: FillCursor,
        /// The currency of its price.
        currency: Currency,
        /// One unit of that currency in USD when booked; none where it was not known.
        usd_rate: Option<Rate>,
        /// The quote it was made at, where the broker is simulated.
        quote: Option<Box<Quote>>,
    },
    /// A person corrected the books. Booked like a fill without fees.
    Corrected(Box<Correction>),
    /// A fill that contradicts its order: booked when the venue says the same again.
    Doubted {
        /// Which broker.
        broker: BrokerId,
        /// The fill as it was said.
        fill: Fill,
        /// When.
        at: Timestamp,
    },
    /// The books of a symbol are in question: nothing opens risk in it.
    Locked {
        /// Which symbol.
        symbol: Symbol,
        /// Why, in words that stay the same while the question does.
        why: String,
        /// When.
        at: Timestamp,
    },
    /// The books of a symbol are in order again, by the venue's statement or a person's word.
    Unlocked {
        /// Which symbol.
        symbol: Symbol,
        /// The person, and the reason given; none when the venue's statement agrees.
        by: Option<(String, String)>,
        /// When.
        at: Timestamp,
    },
    /// A session ended in good order; what the state hashed to, so that a replay can be held against it.
    Closed {
        /// SHA-256 of the state, in hexadecimal.
        hash: String,
        /// When.
        at: Timestamp,
    },
    /// NAV at the start of a UTC day, against which the day's loss is measured.
    DayStarted {
        /// Days since the epoch.
        day: i64,
        /// NAV in USD.
        nav_usd: Money,
    },
    /// NAV at the start of an ISO week or a month, against which its loss is measured.
    PeriodStarted {
        /// A week or a month.
        period: LossPeriod,
        /// NAV in USD.
        nav_usd: Money,
        /// When it was seen to have begun.
        at: Timestamp,
    },
    /// Money came in or left that was neither won nor lost.
    Flowed {
        /// How much came in; below zero, how much left.
        amount_usd: Money,
        /// Who says so.
        by: String,
        /// Why, in that person's words.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Something about the books a person must look at.
    Drift {
        /// Which order, where it is about one.
        order_id: Option<OrderId>,
        /// What, in words.
        what: String,
        /// When.
        at: Timestamp,
    },
}
