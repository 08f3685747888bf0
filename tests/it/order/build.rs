//! Small orders, fills, funds and markets for the tests of this folder.

use std::collections::HashMap;
use std::time::Duration;

use mts1b_desk::domain::{
    Currency, Fill, FillCursor, FundConfig, Order, OrderId, OrderType, Price, Quantity, Quote,
    Side, Symbol, TaxLotMethod, TimeInForce, Timestamp,
};
use mts1b_desk::event::{AccountFact, Fact, MarketEvent, OrderFact};
use mts1b_desk::market::Market;
use mts1b_desk::order::ledger::Ledger;
use mts1b_desk::order::oms::Orders;
use sha2::{Digest, Sha256};

/// Reads any value from its text.
pub fn of<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

/// A moment so many seconds into the first of June 2026.
pub fn at(seconds: u64) -> Timestamp {
    of::<Timestamp>("2026-06-01T00:00:00Z").plus(Duration::from_secs(seconds))
}

pub fn order(id: &str, side: Side, quantity: &str, symbol: &str) -> Order {
    Order {
        order_id: of(id),
        idempotency_key: of(&format!("key-{id}")),
        symbol: of(symbol),
        side,
        quantity: of(quantity),
        order_type: OrderType::Limit,
        limit_price: Some(of("100")),
        stop_price: None,
        tif: TimeInForce::Gtc,
        fund_id: of("fund"),
        strategy_id: of("manual"),
        broker: of("paper"),
        actor: "test".to_owned(),
        created_at: at(0),
        submitted_at: None,
        accepted_at: None,
        filled_at: None,
        canceled_at: None,
        rejected_at: None,
        broker_order_id: None,
        parent_order_id: None,
        filled_quantity: Quantity::ZERO,
        avg_fill_price: None,
        rejected_reason: None,
        thesis: String::new(),
    }
}

/// `id side quantity@price` of a symbol, for one order.
pub fn fill(id: &str, order_id: &str, symbol: &str, trade: &str) -> Fill {
    let (side, rest) = trade.split_once(' ').unwrap();
    let (quantity, price) = rest.split_once('@').unwrap();
    Fill {
        fill_id: of(id),
        order_id: of(order_id),
        symbol: of(symbol),
        side: of(side),
        quantity: of(quantity),
        price: of(price),
        fees: of("0"),
        venue: of("paper"),
        timestamp: at(10),
        broker_order_id: None,
        liquidity: None,
    }
}

pub fn fund(method: TaxLotMethod) -> FundConfig {
    FundConfig {
        fund_id: of("fund"),
        name: "A fund".to_owned(),
        description: String::new(),
        base_currency: Currency::USD,
        target_nav_usd: of("1000000"),
        broker: of("paper"),
        broker_account_id: String::new(),
        active: true,
        asset_classes: Vec::new(),
        strategies: Vec::new(),
        tax_lot_method: method,
        created_at: at(0),
        notes: String::new(),
    }
}

pub fn opened(method: TaxLotMethod, cash: &str) -> AccountFact {
    AccountFact::Opened {
        desk_id: "t".into(),
        fund: Box::new(fund(method)),
        cash: of(cash),
        at: at(0),
    }
}

pub fn books(method: TaxLotMethod) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.apply(&opened(method, "1000000"));
    ledger
}

pub fn filled(fill: Fill, currency: &str, usd_rate: Option<&str>) -> AccountFact {
    AccountFact::Filled {
        broker: of("paper"),
        cursor: FillCursor(fill.fill_id.as_str().into()),
        fill,
        currency: of(currency),
        usd_rate: usd_rate.map(of),
        quote: None,
    }
}

/// A market whose mids are the given ones.
pub fn market(mids: &[(&str, &str)]) -> Market {
    let mut market = Market::new(Vec::new(), HashMap::new(), Duration::from_secs(5), 100);
    for (symbol, mid) in mids {
        let mid: Price = of(mid);
        market.apply(&MarketEvent::Quote {
            quote: Quote {
                symbol: of::<Symbol>(symbol),
                bid: mid,
                ask: mid,
                bid_size: of("1"),
                ask_size: of("1"),
                venue: of("test"),
                timestamp: at(20),
            },
            received_at: at(20),
        });
    }
    market
}

/// Applies facts the way the engine does.
pub fn apply(orders: &mut Orders, ledger: &mut Ledger, fact: &Fact) {
    match fact {
        Fact::Order(fact) => orders.apply(fact),
        Fact::Account(fact) => {
            if let AccountFact::Filled { broker, fill, .. } = fact
                && !ledger.knows(broker, &fill.fill_id)
            {
                orders.apply_fill(fill);
            }
            ledger.apply(fact);
        }
        Fact::Risk(_) | Fact::Link(_) => {}
    }
}

/// The facts that bring an order to where its acceptance is awaited.
pub fn sent(order: Order, at: Timestamp) -> Vec<Fact> {
    let order_id: OrderId = order.order_id.clone();
    vec![
        Fact::Order(OrderFact::Created(Box::new(order))),
        Fact::Order(OrderFact::Submitted { order_id, at }),
    ]
}

pub fn digest(orders: &Orders, ledger: &Ledger) -> Vec<u8> {
    let mut hasher = Sha256::new();
    orders.digest(&mut hasher);
    ledger.digest(&mut hasher);
    hasher.finalize().to_vec()
}
