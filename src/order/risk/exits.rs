//! Exits the desk itself makes: a synthetic stop, or a flatten. One a position, from decision to flat.
//!
//! An exit is decided first and ordered once nothing else works in its symbol. The
//! order that carries its key is its order, for good: while the position is not flat
//! there is no second one.

use serde::{Deserialize, Serialize};

use crate::domain::{IdempotencyKey, OrderId, Symbol, Timestamp};
use crate::event::ExitWhy;

/// One exit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Of what.
    pub symbol: Symbol,
    /// Of which opening of the position.
    pub epoch: u32,
    /// Why.
    pub why: ExitWhy,
    /// The key its order carries.
    pub key: IdempotencyKey,
    /// Since when.
    pub at: Timestamp,
    /// Its order, once there is one.
    pub order_id: Option<OrderId>,
    /// What it waits for, in words; none while nothing is in its way.
    pub held_up: Option<String>,
}
