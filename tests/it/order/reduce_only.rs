//! Two failures other systems are known for: a reduce-only state that lets risk be opened, and exits that are refused.

use std::time::Duration;

use mts1b_desk::domain::{Order, OrderType, RejectionCode, Side};
use mts1b_desk::event::RiskFact;

use super::books::Desk;
use crate::support::build::{self, noon, read, symbol};

fn order(side: Side, quantity: &str) -> Order {
    let mut order = build::order("AAPL", quantity);
    order.side = side;
    order
}

/// Returns the code that refuses an order; none when it passes.
fn refused(desk: &Desk, order: &Order) -> Option<RejectionCode> {
    let (verdicts, approved, _) = desk.judge(order);
    let code = verdicts.iter().find_map(|verdict| verdict.code.clone());
    assert_eq!(approved.is_none(), code.is_some(), "{verdicts:?}");
    code
}

fn allow_shorts(desk: &mut Desk) {
    let mut envelope = build::envelope();
    envelope.enable_shorting = true;
    desk.risk.apply(&RiskFact::EnvelopeSet(Box::new(envelope)));
}

#[test]
fn a_fund_that_may_only_reduce_opens_nothing_while_flat_and_flips_nothing() {
    let mut desk = Desk::open();
    // Even where shorts are allowed, and the fund could afford it all.
    allow_shorts(&mut desk);
    desk.halt();
    let halted = Some(RejectionCode::FundHalted);
    for side in Side::ALL {
        assert_eq!(
            refused(&desk, &order(side, "1")),
            halted,
            "{side} while flat"
        );
    }
    desk.hold(&symbol("AAPL"), "100");
    assert_eq!(refused(&desk, &order(Side::Sell, "100")), None);
    assert_eq!(refused(&desk, &order(Side::Sell, "101")), halted, "a flip");
    assert_eq!(refused(&desk, &order(Side::Buy, "1")), halted, "adding");
    // With one exit working a second may only take what is left.
    desk.exposure
        .set_working(&symbol("AAPL"), read("0"), read("60"));
    assert_eq!(refused(&desk, &order(Side::Sell, "40")), None);
    assert_eq!(refused(&desk, &order(Side::Sell, "41")), halted);
    desk.exposure
        .set_working(&symbol("AAPL"), read("0"), read("0"));
    desk.hold(&symbol("AAPL"), "-100");
    assert_eq!(refused(&desk, &order(Side::Cover, "100")), None);
    assert_eq!(refused(&desk, &order(Side::Cover, "101")), halted, "a flip");
    assert_eq!(refused(&desk, &order(Side::Short, "1")), halted, "adding");
}

#[test]
fn a_closing_order_is_refused_for_no_want_of_money_no_stale_price_elsewhere_and_no_halt() {
    for (held, side) in [("100", Side::Sell), ("-100", Side::Cover)] {
        let mut desk = Desk::open();
        desk.hold(&symbol("AAPL"), held);
        let exit = order(side, "100");
        assert_eq!(refused(&desk, &exit), None);
        // No money: what it costs to close a short is more than there is.
        desk.exposure.set_cash_usd(Some(read("-5000000")));
        assert_eq!(refused(&desk, &exit), None, "{side}: NAV below zero");
        // Something else is held whose price is an hour old, and something that has none.
        desk.exposure.set_cash_usd(Some(read("1000000")));
        let long_ago = noon().minus(Duration::from_hours(1));
        desk.quote(build::quote("MSFT", "100", "100"), long_ago);
        desk.hold(&symbol("MSFT"), "1000");
        assert_eq!(refused(&desk, &exit), None, "{side}: old price elsewhere");
        desk.hold(&symbol("XOM"), "1000");
        assert_eq!(desk.exposure.nav_usd(), None);
        assert_eq!(refused(&desk, &exit), None, "{side}: no price elsewhere");
        desk.exposure.set_cash_usd(None);
        assert_eq!(refused(&desk, &exit), None, "{side}: cash without a rate");
        desk.halt();
        assert_eq!(refused(&desk, &exit), None, "{side}: halted");
        // And all of it at once for a priced exit.
        let mut priced = exit;
        priced.order_type = OrderType::Limit;
        priced.limit_price = Some(read("189.40"));
        assert_eq!(refused(&desk, &priced), None, "{side}: at a limit");
        assert!(refused(&desk, &order(Side::Buy, "101")).is_some());
    }
}
