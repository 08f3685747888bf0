//! RiskGate: one yes or no to one order, by whoever must ask outside to say it.

use futures_util::future::BoxFuture;

use crate::domain::{Money, Order, Position, Quote, RiskEnvelope, Timestamp};

/// Why a gate gave no answer; a custom gate that gives none refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("gate {gate} gave no answer: {text}")]
pub struct GateError {
    /// Which gate.
    pub gate: String,
    /// What happened.
    pub text: String,
}

/// What a custom gate may look at besides order and envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct GateContext {
    /// The moment of the check.
    pub now: Timestamp,
    /// When the symbol's market opens today, where known.
    pub market_open_today: Option<Timestamp>,
    /// When it closes today, where known.
    pub market_close_today: Option<Timestamp>,
    /// Session name: `RTH`, `pre`, `post`, `IBEOS`, `24h`.
    pub session: String,
    /// The fund's position in the order's symbol.
    pub position: Option<Position>,
    /// All of the fund's positions.
    pub positions: Vec<Position>,
    /// Newest quote of the order's symbol.
    pub quote: Option<Quote>,
    /// NAV in USD, where every mark is known.
    pub nav_usd: Option<Money>,
    /// The fund's working orders.
    pub open_orders: Vec<Order>,
}

/// Says whether an order may go.
///
/// MUST rules: `name` is unique and not one of the seven documented ones · true
/// passes, false becomes an OrderRejection · no answer within its deadline refuses ·
/// it gives the thread back while it waits.
pub trait RiskGate: Send + Sync + std::fmt::Debug {
    /// Returns the stable name.
    fn name(&self) -> &str;

    /// Returns true when it is to be asked of orders that only reduce a position too.
    ///
    /// Asked, it can hold up an exit, and failing it refuses one; so by itself it is not.
    fn asks_exits(&self) -> bool {
        false
    }

    /// Returns true when the order may go.
    fn check<'a>(
        &'a self,
        order: &'a Order,
        envelope: &'a RiskEnvelope,
        context: &'a GateContext,
    ) -> BoxFuture<'a, Result<bool, GateError>>;
}
