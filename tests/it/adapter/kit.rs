//! Builders of orders and quotes, and a clock that follows the runtime's paused time.

use std::time::Duration;

use mts1b_desk::adapter::paper::Quotes;
use mts1b_desk::base::Clock;
use mts1b_desk::domain::{Order, OrderType, Quote, Side, TimeInForce, Timestamp};

/// Noon, so that a test's day does not end by accident.
pub fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

pub fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A quote at noon: `AAPL 99 x 10, 101 x 20`.
pub fn quote(symbol: &str, bid: (&str, &str), ask: (&str, &str)) -> Quote {
    Quote {
        symbol: symbol.parse().unwrap(),
        bid: bid.0.parse().unwrap(),
        ask: ask.0.parse().unwrap(),
        bid_size: bid.1.parse().unwrap(),
        ask_size: ask.1.parse().unwrap(),
        venue: "sim".parse().unwrap(),
        timestamp: noon(),
    }
}

/// A day market order; tests change what matters to them.
pub fn order(n: u32, side: Side, quantity: &str, symbol: &str) -> Order {
    Order {
        order_id: format!("o-{n}").parse().unwrap(),
        idempotency_key: format!("key-{n}").parse().unwrap(),
        symbol: symbol.parse().unwrap(),
        side,
        quantity: quantity.parse().unwrap(),
        order_type: OrderType::Market,
        limit_price: None,
        stop_price: None,
        tif: TimeInForce::Day,
        fund_id: "paper-momentum".parse().unwrap(),
        strategy_id: "manual".parse().unwrap(),
        broker: "paper".parse().unwrap(),
        actor: "test".into(),
        created_at: noon(),
        submitted_at: None,
        accepted_at: None,
        filled_at: None,
        canceled_at: None,
        rejected_at: None,
        broker_order_id: None,
        parent_order_id: None,
        filled_quantity: "0".parse().unwrap(),
        avg_fill_price: None,
        rejected_reason: None,
        thesis: String::new(),
    }
}

pub fn limit(order: Order, price: &str) -> Order {
    Order {
        order_type: OrderType::Limit,
        limit_price: Some(price.parse().unwrap()),
        ..order
    }
}

/// Wall time that starts at noon and moves with the runtime's (paused) time.
#[derive(Debug)]
pub struct RuntimeClock(tokio::time::Instant);

impl RuntimeClock {
    pub fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for RuntimeClock {
    fn wall_us(&self) -> i64 {
        noon().plus(self.0.elapsed()).as_us()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Quotes a test sends by hand.
pub struct Tape {
    inbox: tokio::sync::mpsc::Receiver<(Quote, Timestamp)>,
    held: Vec<(Quote, Timestamp)>,
}

pub fn tape() -> (tokio::sync::mpsc::Sender<(Quote, Timestamp)>, Tape) {
    let (sender, inbox) = tokio::sync::mpsc::channel(64);
    let held = Vec::new();
    (sender, Tape { inbox, held })
}

impl Quotes for Tape {
    fn changed(&mut self) -> futures_util::future::BoxFuture<'_, bool> {
        Box::pin(async move {
            let Some(quote) = self.inbox.recv().await else {
                return false;
            };
            self.held.push(quote);
            true
        })
    }

    fn drain(&mut self, out: &mut Vec<(Quote, Timestamp)>) {
        out.append(&mut self.held);
    }
}
