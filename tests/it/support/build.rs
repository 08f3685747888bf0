//! Builders of domain values: each sane as it comes, so that a test names only what matters to it.

use std::fmt::Debug;
use std::str::FromStr;

use mts1b_desk::domain::{
    AssetClass, Borrow, Currency, FundConfig, HaltScope, HaltState, HaltStatus, IdempotencyKey,
    Instrument, Order, OrderId, OrderType, Quantity, Quote, RiskEnvelope, Side, Symbol,
    TaxLotMethod, Ticket, TicketSize, TimeInForce, Timestamp,
};
use mts1b_desk::event::{Groups, MarketEvent, Seen};
use mts1b_desk::market::Market;
use mts1b_desk::protocol::Capability;

/// Reads any value from its text.
pub fn read<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|error| panic!("'{text}' does not read: {error:?}"))
}

/// The moment most tests happen at.
pub fn noon() -> Timestamp {
    read("2026-11-20T12:00:00Z")
}

pub fn symbol(text: &str) -> Symbol {
    read(text)
}

/// A market order to buy, day, by the fund's own strategy at its own broker.
pub fn order(what: &str, quantity: &str) -> Order {
    Order {
        order_id: read("o-1"),
        idempotency_key: read("key-1"),
        symbol: symbol(what),
        side: Side::Buy,
        quantity: read(quantity),
        order_type: OrderType::Market,
        limit_price: None,
        stop_price: None,
        tif: TimeInForce::Day,
        fund_id: read("fund-1"),
        strategy_id: read("strategy-1"),
        broker: read("paper"),
        actor: "tester".to_owned(),
        created_at: noon(),
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

/// A ticket to buy at market, by the same hands as [`order`].
pub fn ticket(what: &str, size: Option<TicketSize>) -> Ticket {
    Ticket {
        idempotency_key: read::<IdempotencyKey>("key-1"),
        fund_id: read("fund-1"),
        strategy_id: read("strategy-1"),
        broker: read("paper"),
        actor: "tester".to_owned(),
        symbol: symbol(what),
        side: Side::Buy,
        size,
        order_type: OrderType::Market,
        limit_price: None,
        stop_price: None,
        tif: TimeInForce::Day,
        thesis: String::new(),
    }
}

/// A quote at noon with plenty of size.
pub fn quote(what: &str, bid: &str, ask: &str) -> Quote {
    Quote {
        symbol: symbol(what),
        bid: read(bid),
        ask: read(ask),
        bid_size: Quantity::whole(1000),
        ask_size: Quantity::whole(1000),
        venue: read("sim"),
        timestamp: noon(),
    }
}

/// An instrument priced in US dollars.
pub fn instrument(what: &str, tick: &str, lot: &str) -> Instrument {
    let symbol = symbol(what);
    Instrument {
        name: what.into(),
        asset_class: symbol.asset_class(),
        currency: symbol.quote_currency().unwrap_or(Currency::USD),
        symbol,
        tick: read(tick),
        lot: read(lot),
        sector: Some("technology".into()),
        country: Some("US".into()),
    }
}

/// The limits of a fund of 1,000,000 USD: a tenth a position, 100,000 an order, gross and net 1.
pub fn envelope() -> RiskEnvelope {
    let mut envelope: RiskEnvelope = serde_json::from_value(serde_json::json!({
        "envelope_id": "env-1",
        "fund_id": "fund-1",
        "nav_usd": "1000000",
        "max_position_pct": 0.1,
        "allowed_brokers": ["paper"],
        "allowed_asset_classes": ["equities", "crypto", "fx"],
        "created_at": "2026-11-20T00:00:00Z",
    }))
    .unwrap();
    envelope.allowed_order_types = OrderType::ALL.to_vec();
    envelope
}

/// A fund that may trade what [`envelope`] allows.
pub fn fund() -> FundConfig {
    FundConfig {
        fund_id: read("fund-1"),
        name: "Fund one".to_owned(),
        description: String::new(),
        base_currency: Currency::USD,
        target_nav_usd: read("1000000"),
        broker: read("paper"),
        broker_account_id: String::new(),
        active: true,
        asset_classes: vec![AssetClass::Equities, AssetClass::Crypto, AssetClass::Fx],
        strategies: vec![read("strategy-1")],
        tax_lot_method: TaxLotMethod::Fifo,
        created_at: noon(),
        notes: String::new(),
    }
}

/// A broker that does everything.
pub fn capability() -> Capability {
    Capability {
        asset_classes: AssetClass::ALL.to_vec(),
        order_types: OrderType::ALL.to_vec(),
        tifs: TimeInForce::ALL.to_vec(),
    }
}

/// A fresh market for one dollar symbol and an otherwise empty book of 1,000,000 USD.
pub fn seen(quote: Quote) -> Seen {
    Seen {
        quote: Some(quote),
        quote_age_ms: Some(100),
        usd_rate: Some(read("1")),
        usd_rate_age_ms: None,
        tick: None,
        nav_usd: Some(read("1000000")),
        other_gross_usd: Some(read("0")),
        other_net_high_usd: Some(read("0")),
        other_net_low_usd: Some(read("0")),
        groups: Groups {
            sector: Some("technology".into()),
            country: Some("US".into()),
            other_sector_usd: Some(read("0")),
            other_class_usd: Some(read("0")),
            other_country_usd: Some(read("0")),
        },
        borrow: Some(borrow()),
    }
}

/// Lends every symbol of a market on easy terms.
pub fn lent(mut market: Market) -> Market {
    let listed: Vec<Symbol> = market
        .cells()
        .iter()
        .map(|cell| cell.symbol().clone())
        .collect();
    for symbol in listed {
        let borrow = borrow();
        market.apply(&MarketEvent::BorrowFee { symbol, borrow });
    }
    market
}

/// Terms of borrowing as easy as they come: for half a percent a year, as much as one likes.
pub fn borrow() -> Borrow {
    Borrow {
        fee_bps: read("50"),
        available: None,
        located: None,
        asof: None,
    }
}

/// A halt of the fund.
pub fn halt() -> HaltStatus {
    HaltStatus {
        scope: HaltScope::Fund,
        target: "fund-1".to_owned(),
        state: HaltState::Halted,
        trigger: "day loss (risk)".to_owned(),
        since: noon(),
        resumed_by: None,
    }
}

pub fn order_id(text: &str) -> OrderId {
    read(text)
}
