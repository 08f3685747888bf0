//! What the ticket shows and what the engine decides are the same, over the same books.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::domain::GateName::{DrawdownHalt, PositionRisk, Static};
use mts1b_desk::domain::RejectionCode::{
    DuplicateKey, FundHalted, MaxOrderNotional, MaxPositionPct, SchemaInvalid, StaleQuote,
};
use mts1b_desk::domain::{
    BrokerId, Currency, HaltRequest, HaltScope, Order, OrderId, Quantity, Quote, Side, Symbol,
    Ticket, TicketSize, Timestamp,
};
use mts1b_desk::event::{AccountFact, MarketEvent, OrderFact, Outcome, RiskFact, Seen, Verdict};
use mts1b_desk::market::Market;
use mts1b_desk::order::books::{Books, MaxSize, Preview};
use mts1b_desk::order::exposure::Exposure;
use mts1b_desk::order::gate::Approved;
use mts1b_desk::order::ledger::Ledger;
use mts1b_desk::order::oms::Orders;
use mts1b_desk::order::risk::Risk;
use mts1b_desk::protocol::Capability;

use crate::support::build::{self, noon, read, symbol};

/// A desk's slices, kept in step by hand.
#[derive(Debug)]
struct Desk {
    market: Market,
    orders: Orders,
    ledger: Ledger,
    exposure: Exposure,
    risk: Risk,
    capability: Capability,
}

impl Desk {
    /// Opens with 1,000,000 USD, no position, a share at 189.40/189.44 and bitcoin at 64,123.10/64,123.20.
    fn open() -> Self {
        let instruments = vec![
            build::instrument("AAPL", "0.01", "1"),
            build::instrument("MSFT", "0.01", "1"),
            build::instrument("BTC-USD", "0.01", "0.00000001"),
        ];
        let mut desk = Self {
            market: Market::new(instruments, HashMap::new(), Duration::from_secs(5), 100),
            orders: Orders::default(),
            ledger: Ledger::default(),
            exposure: Exposure::default(),
            risk: Risk::default(),
            capability: build::capability(),
        };
        desk.ledger.apply(&AccountFact::Opened {
            desk_id: "d".into(),
            fund: Box::new(build::fund()),
            cash: read("1000000"),
            at: noon(),
        });
        desk.exposure.set_cash_usd(Some(read("1000000")));
        desk.risk
            .apply(&RiskFact::EnvelopeSet(Box::new(build::envelope())));
        desk.quote(build::quote("AAPL", "189.40", "189.44"), noon());
        desk.quote(build::quote("BTC-USD", "64123.10", "64123.20"), noon());
        desk
    }

    fn quote(&mut self, quote: Quote, at: Timestamp) {
        let mid = quote.mid();
        let of = self.market.instrument(&quote.symbol).cloned();
        self.exposure
            .set_mark(&quote.symbol, Some(mid.into()), of.as_deref());
        let received_at = at;
        self.market
            .apply(&MarketEvent::Quote { quote, received_at });
    }

    fn hold(&mut self, what: &Symbol, units: &str) {
        self.exposure.set_position(what, read(units), Currency::USD);
    }

    fn halt(&mut self) {
        self.risk.apply(&RiskFact::Halted {
            request: HaltRequest {
                halt_id: "h-1".to_owned(),
                scope: HaltScope::Fund,
                target: "fund-1".to_owned(),
                reason: "day loss".to_owned(),
                actor: "risk".to_owned(),
                cancel_open_orders: true,
                flatten: false,
                requested_at: noon(),
            },
            nav_usd: None,
            loss: None,
        });
    }

    fn books(&self) -> Books<'_> {
        Books {
            market: &self.market,
            orders: &self.orders,
            ledger: &self.ledger,
            exposure: &self.exposure,
            risk: &self.risk,
            capability: Some(&self.capability),
            fee_bps: 5,
        }
    }

    fn judge(&self, order: &Order) -> (Vec<Verdict>, Option<Approved<Order>>, Seen) {
        self.books().judge(&Arc::new(order.clone()), noon())
    }

    fn preview(&self, ticket: &Ticket) -> Preview {
        self.books().preview(ticket, noon())
    }
}

fn draft(what: &str, size: &str) -> Ticket {
    build::ticket(what, Some(read(size)))
}

fn named(order: &Order, id: &str) -> Order {
    Order {
        order_id: read::<OrderId>(id),
        ..order.clone()
    }
}

#[test]
fn a_hundred_of_the_first_share_pass() {
    let desk = Desk::open();
    let shown = desk.preview(&draft("AAPL", "100"));
    assert!(shown.passes(), "{shown:#?}");
    assert_eq!(shown.verdicts.len(), 7);
    assert_eq!(shown.notional_usd, Some(read("18944")));
    assert_eq!(shown.fee_usd, Some(read("9.472")));
    assert_eq!(shown.after, Some(read("100")));
    assert!(shown.fixes.is_empty() && shown.refusals().is_empty());
    let (verdicts, approved, seen) = desk.judge(&named(shown.order.as_ref().unwrap(), "o-1"));
    assert_eq!(
        (verdicts.len(), approved.is_some(), &seen),
        (7, true, &shown.seen)
    );
}

#[test]
fn a_hundred_bitcoin_are_refused_with_the_most_that_passes() {
    let desk = Desk::open();
    let shown = desk.preview(&draft("BTC-USD", "100"));
    assert!(!shown.passes());
    assert_eq!(shown.refusals(), [MaxOrderNotional, MaxPositionPct]);
    let verdict = &shown.verdicts[2];
    assert_eq!(
        (&verdict.gate, verdict.reason.as_ref()),
        (&Static, "notional 6,412,320 > 100,000")
    );
    let max = shown.max.clone().unwrap();
    assert_eq!(
        max,
        MaxSize {
            quantity: read("1.55949796"),
            binds: Some((Static, MaxOrderNotional))
        }
    );
    assert_eq!(shown.fixes[0].text, "quantity 1.55949796");
    let shown = desk.preview(&draft("BTC-USD", "max"));
    assert!(shown.passes(), "{shown:#?}");
    assert_eq!(shown.order.unwrap().quantity, max.quantity);
}

#[test]
fn an_unfinished_ticket_still_says_the_most() {
    let mut desk = Desk::open();
    desk.hold(&symbol("AAPL"), "400");
    let shown = desk.preview(&build::ticket("AAPL", None));
    assert_eq!(shown.faults[0].field, "quantity");
    assert!(!shown.passes() && shown.verdicts.is_empty() && shown.order.is_none());
    assert_eq!(
        shown.max.unwrap().binds,
        Some((PositionRisk, MaxPositionPct))
    );
    let mut limit = build::ticket("AAPL", None);
    limit.order_type = mts1b_desk::domain::OrderType::Limit;
    let shown = desk.preview(&limit);
    assert_eq!(
        (shown.faults.len(), shown.max),
        (2, None),
        "no price, no most"
    );
    let unknown = desk.preview(&draft("TSLA", "1"));
    assert_eq!((unknown.faults[0].field, unknown.max), ("symbol", None));
}

#[test]
fn max_says_why_when_nothing_passes() {
    let mut desk = Desk::open();
    desk.halt();
    let shown = desk.preview(&draft("AAPL", "max"));
    assert_eq!(
        shown.faults[0].fault,
        "no size passes: drawdown_halt FUND_HALTED"
    );
    assert_eq!(
        shown.max.unwrap(),
        MaxSize {
            quantity: Quantity::ZERO,
            binds: Some((DrawdownHalt, FundHalted))
        }
    );
}

#[test]
fn a_key_that_made_an_order_makes_no_second_one() {
    let mut desk = Desk::open();
    let ticket = draft("AAPL", "100");
    let first = named(&desk.preview(&ticket).order.unwrap(), "o-1");
    desk.orders
        .apply(&OrderFact::Created(Box::new(first.clone())));
    assert!(
        desk.judge(&first).1.is_some(),
        "the order itself is no duplicate"
    );
    assert_eq!(desk.preview(&ticket).refusals(), [DuplicateKey]);
    let (verdicts, approved, _) = desk.judge(&named(&first, "o-2"));
    assert_eq!((verdicts.len(), approved), (1, None));
}

#[test]
fn a_position_is_closed_whatever_is_unknown_elsewhere() {
    let mut desk = Desk::open();
    desk.hold(&symbol("AAPL"), "400");
    desk.hold(&symbol("MSFT"), "10");
    desk.halt();
    assert_eq!(desk.exposure.nav_usd(), None, "MSFT was never quoted");
    let mut close = draft("AAPL", "400");
    close.side = Side::Sell;
    let later = noon().plus(Duration::from_hours(1));
    let shown = desk.books().preview(&close, later);
    assert!(shown.passes(), "{shown:#?}");
    assert_eq!(
        (shown.after, shown.max.unwrap().quantity),
        (Some(read("0")), read("400"))
    );
    let refused = desk.books().preview(&draft("AAPL", "1"), later);
    assert!(refused.refusals().contains(&StaleQuote));
    let mut other = draft("MSFT", "10");
    other.side = Side::Sell;
    assert!(
        desk.books().preview(&other, later).passes(),
        "not even its own quote is needed"
    );
}

#[test]
fn a_judgement_is_repeated_by_what_was_seen() {
    let mut desk = Desk::open();
    let good = named(&desk.preview(&draft("AAPL", "500")).order.unwrap(), "o-1");
    let bad = named(&desk.preview(&draft("AAPL", "600")).order.unwrap(), "o-2");
    let then: Vec<_> = [&good, &bad].map(|order| desk.judge(order)).into();
    // The market moves on, another one is not even there.
    desk.quote(
        build::quote("AAPL", "300", "300.01"),
        noon().plus(Duration::from_mins(1)),
    );
    for again in [
        &desk.market,
        &Market::new(vec![], HashMap::new(), Duration::from_secs(5), 10),
    ] {
        let books = Books {
            market: again,
            ..desk.books()
        };
        for (order, (verdicts, approved, seen)) in [&good, &bad].into_iter().zip(&then) {
            assert_eq!(
                books.rejudge(order, noon(), seen),
                (verdicts.clone(), approved.is_some())
            );
        }
    }
    assert_eq!(then[1].0.last().unwrap().code, Some(MaxOrderNotional));
}

#[test]
fn before_the_books_are_opened_nothing_passes() {
    let mut desk = Desk::open();
    desk.risk = Risk::default();
    let shown = desk.preview(&draft("AAPL", "1"));
    assert_eq!(
        (shown.passes(), shown.refusals()),
        (false, vec![SchemaInvalid])
    );
    let (verdicts, approved, _) = desk.judge(&build::order("AAPL", "1"));
    assert_eq!((verdicts[0].outcome, approved), (Outcome::Refuse, None));
    assert!(
        desk.books()
            .max_size(&build::order("AAPL", "1"), noon())
            .quantity
            .is_zero()
    );
}

#[test]
fn only_the_funds_own_broker_is_known() {
    let desk = Desk::open();
    let mut ticket = draft("AAPL", "1");
    ticket.broker = read::<BrokerId>("kraken");
    assert!(desk.preview(&ticket).refusals().contains(&SchemaInvalid));
}

#[test]
fn sizes_by_nav_use_the_books() {
    let desk = Desk::open();
    let shown = desk.preview(&build::ticket(
        "AAPL",
        Some(TicketSize::NavRatio(read("0.02"))),
    ));
    assert_eq!(shown.order.unwrap().quantity, read("105"));
}
