//! BrokerProtocol: places and cancels orders, says what is open and held, streams fills.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::domain::{
    AssetClass, FillCursor, IdempotencyKey, Order, OrderId, OrderType, Position, TimeInForce,
};
use crate::event::BrokerReport;

/// What a broker's failure means for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// It did not reach the venue; the same call may be made again after the wait.
    #[error("not sent: {text}; try again in {after:?}")]
    Retry {
        /// How long to wait.
        after: Duration,
        /// What happened.
        text: String,
    },
    /// The venue refused.
    #[error("refused by the venue: {code} {text}")]
    Rejected {
        /// The venue's code.
        code: String,
        /// The venue's words.
        text: String,
    },
    /// Nobody knows whether the venue has it. Never to be taken for a refusal, never to be resent blindly.
    #[error("outcome unknown: {text}")]
    Unknown {
        /// What happened.
        text: String,
    },
    /// The adapter cannot go on.
    #[error("{text}")]
    Fatal {
        /// What happened and what would help.
        text: String,
    },
}

/// What a broker says when asked for an order by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It has the order; its state is in it.
    Order(Box<Order>),
    /// It never had it, and nothing that is under way can still bring it there.
    Never,
    /// It cannot tell.
    CannotTell,
}

/// What a broker can do; everything else is refused before it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// What it trades.
    pub asset_classes: Vec<AssetClass>,
    /// Order types it takes.
    pub order_types: Vec<OrderType>,
    /// Times in force it takes.
    pub tifs: Vec<TimeInForce>,
}

/// Places orders.
///
/// MUST rules: `name` never changes · `submit` is idempotent on the order's key ·
/// `submit` returns the order with `submitted_at` set · `cancel` answers true only
/// when the venue confirmed it, so a lost race with a fill is not true · fees are
/// in the account's base currency · the fill stream is replay-safe: asked again
/// after a cursor, it gives every fill after it, so a restart loses none.
pub trait Broker: Send + Sync + std::fmt::Debug {
    /// Returns the stable name: routing, logs, audit.
    fn name(&self) -> &str;

    /// Returns what it can do.
    fn capability(&self) -> Capability;

    /// Places the order, or returns the one already placed under the same key.
    fn submit(&self, order: Order) -> BoxFuture<'_, Result<Order, BrokerError>>;

    /// Cancels the order; true only when the venue confirmed it.
    fn cancel(&self, order_id: OrderId) -> BoxFuture<'_, Result<bool, BrokerError>>;

    /// Lists what is working.
    fn get_open_orders(&self) -> BoxFuture<'_, Result<Vec<Order>, BrokerError>>;

    /// Lists what is held.
    fn get_positions(&self) -> BoxFuture<'_, Result<Vec<Position>, BrokerError>>;

    /// Streams every fill after `after` (all that the venue still has when none), then new ones.
    ///
    /// Each item is a [`BrokerReport::Fill`]; a broker that learns of cancels,
    /// expiries and refusals by push sends those reports on the same stream, in the
    /// order they happened.
    fn stream_fills(&self, after: Option<FillCursor>) -> BoxStream<'static, BrokerReport>;

    /// Asks for an order by its key. By default only working orders can be found.
    fn find(&self, key: IdempotencyKey) -> BoxFuture<'_, Result<Found, BrokerError>> {
        Box::pin(async move {
            let open = self.get_open_orders().await?;
            let found = open.into_iter().find(|order| order.idempotency_key == key);
            Ok(found.map_or(Found::CannotTell, |order| Found::Order(Box::new(order))))
        })
    }
}
