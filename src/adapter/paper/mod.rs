//! The paper broker: the reference every other broker is measured against.
//!
//! [`Exchange`] is the venue itself, pure and synchronous: orders, quotes and time
//! go in as data, reports come out. [`PaperBroker`] is the thin asynchronous shell
//! that speaks the broker protocol around it. It fills only at prices and sizes
//! that a received quote showed, never at an invented one. It keeps no file of its
//! own: the desk's journal is its memory ([`Memory`]), so an order the journal does
//! not show as accepted was never here, and a fill that was not journaled never was.
//! Must not know the engine, the bus or the screen.

mod accept;
mod broker;
mod exchange;
mod holdings;
mod log;
mod rates;
mod working;

use std::collections::HashMap;
use std::time::Duration;

use rust_decimal::Decimal;

use crate::domain::{Currency, Fill, FillCursor, Order, Position, Rate, Symbol};

pub use broker::{PaperBroker, Quotes, capability};
pub use exchange::{Cancel, Exchange, Refusal};

/// The stable name: routing, logs, audit, the venue of its fills.
pub const NAME: &str = "paper";

/// How the paper venue behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Fee per side as a ratio of the notional; 5 bps as shipped.
    pub fee: Rate,
    /// Time between acceptance and the first possible fill.
    pub latency: Duration,
    /// Age beyond which a standing quote is not traded against.
    pub stale_after: Duration,
    /// Currencies counted one to one as another, such as `USDT` as `USD`.
    pub pegs: HashMap<Currency, Currency>,
    /// Quote currencies of symbols whose text does not tell; a plain ticker is in USD.
    pub currencies: HashMap<Symbol, Currency>,
}

impl Default for Settings {
    fn default() -> Self {
        let tether: Option<Currency> = "USDT".parse().ok();
        Self {
            fee: Rate::new(Decimal::new(5, 4)).unwrap_or(Rate::ZERO),
            latency: Duration::from_millis(100),
            stale_after: Duration::from_secs(15),
            pegs: tether.map(|peg| (peg, Currency::USD)).into_iter().collect(),
            currencies: HashMap::new(),
        }
    }
}

/// What the desk's journal knows of this broker: everything the venue remembers after a restart.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Every order that went to this broker, working or done; those never accepted are forgotten.
    pub orders: Vec<Order>,
    /// Its fills, oldest first.
    pub fills: Vec<(Fill, FillCursor)>,
    /// The newest cursor, where `fills` is cut short.
    pub cursor: Option<FillCursor>,
    /// What is held here after those fills.
    pub positions: Vec<Position>,
}
