//! Gates 1 to 3, which judge the order by itself: passes, refuses, exactly at the limit, one lot over, stale.

use std::time::Duration;

use mts1b_desk::domain::GateName::{Idempotency, Schema, Static};
use mts1b_desk::domain::RejectionCode::{
    AssetClassNotAllowed, BrokerNotAllowed, DuplicateKey, MaxOrderNotional, MaxOrderQty,
    MissingPrice, NoReferencePrice, OrderTypeNotAllowed, RateLimit, SchemaInvalid, StaleQuote,
    StrategyNotAllowed,
};
use mts1b_desk::domain::{OrderType, Side, TimeInForce};
use mts1b_desk::event::Unit;
use mts1b_desk::order::gate::KEY_WINDOW;

use crate::order::case::{Case, check_all};
use crate::support::build::{noon, read};

fn typed(kind: OrderType, limit: Option<&str>, stop: Option<&str>) -> Case {
    Case::buy("10").with(|case| {
        case.order.order_type = kind;
        case.order.limit_price = limit.map(read);
        case.order.stop_price = stop.map(read);
    })
}

#[test]
fn a_key_belongs_to_one_order_for_five_minutes() {
    let used = |id: &str, ago: Duration| {
        Case::buy("10").with(|case| case.used_key = Some((read(id), noon().minus(ago))))
    };
    let just_inside = KEY_WINDOW.checked_sub(Duration::from_micros(1)).unwrap();
    check_all(vec![
        ("never used", Case::buy("10"), None),
        (
            "by another, now",
            used("o-2", Duration::ZERO),
            Some((Idempotency, DuplicateKey)),
        ),
        (
            "just inside",
            used("o-2", just_inside),
            Some((Idempotency, DuplicateKey)),
        ),
        ("window over", used("o-2", KEY_WINDOW), None),
        ("by itself", used("o-1", Duration::ZERO), None),
    ]);
    let verdict = used("o-2", Duration::ZERO).verdict(&Idempotency);
    assert_eq!(verdict.reason, "key used by order o-2");
}

#[test]
fn an_order_has_whole_lots_known_parts_and_the_prices_its_type_needs() {
    use OrderType::{Limit, Market, MarketableLimit, Stop, StopLimit};
    let invalid = Some((Schema, SchemaInvalid));
    let missing = Some((Schema, MissingPrice));
    let lot = |quantity: &str, lot: &str| {
        Case::buy(quantity).with(|case| case.instrument.as_mut().unwrap().lot = read(lot))
    };
    let tick = |price: &str, tick: &str| {
        typed(Limit, Some(price), None)
            .with(|case| case.instrument.as_mut().unwrap().tick = read(tick))
    };
    check_all(vec![
        ("one lot", Case::buy("1"), None),
        ("nothing", Case::buy("0"), invalid.clone()),
        ("below nothing", Case::buy("-1"), invalid.clone()),
        ("part of a lot", Case::buy("1.5"), invalid.clone()),
        ("whole, written with decimals", Case::buy("2.00"), None),
        ("round lots", lot("200", "100"), None),
        ("odd lots", lot("250", "100"), invalid.clone()),
        ("finest lot", lot("0.12345678", "0.00000001"), None),
        (
            "finer than the finest",
            lot("0.123456789", "0.00000001"),
            invalid.clone(),
        ),
        ("limit", typed(Limit, Some("99.99"), None), None),
        (
            "limit without price",
            typed(Limit, None, None),
            missing.clone(),
        ),
        (
            "marketable limit without price",
            typed(MarketableLimit, None, None),
            missing.clone(),
        ),
        ("stop", typed(Stop, None, Some("101")), None),
        (
            "stop without price",
            typed(Stop, None, None),
            missing.clone(),
        ),
        (
            "stop limit",
            typed(StopLimit, Some("102"), Some("101")),
            None,
        ),
        (
            "stop limit without stop",
            typed(StopLimit, Some("102"), None),
            missing.clone(),
        ),
        (
            "stop limit without limit",
            typed(StopLimit, None, Some("101")),
            missing,
        ),
        (
            "market with limit",
            typed(Market, Some("100"), None),
            invalid.clone(),
        ),
        (
            "limit with stop",
            typed(Limit, Some("100"), Some("99")),
            invalid.clone(),
        ),
        ("price zero", typed(Limit, Some("0"), None), invalid.clone()),
        (
            "price below zero",
            typed(Limit, Some("-5"), None),
            invalid.clone(),
        ),
        (
            "off the tick",
            typed(Limit, Some("99.995"), None),
            invalid.clone(),
        ),
        (
            "on the tick, more digits",
            typed(Limit, Some("99.9900"), None),
            None,
        ),
        ("on an eighth", tick("99.875", "0.125"), None),
        ("off an eighth", tick("99.9", "0.125"), invalid.clone()),
        (
            "unknown symbol",
            Case::buy("1").with(|c| c.instrument = None),
            invalid.clone(),
        ),
        (
            "unknown broker",
            Case::buy("1").with(|c| c.capability = None),
            invalid.clone(),
        ),
        (
            "someone else's fund",
            Case::buy("1").with(|c| c.order.fund_id = read("fund-2")),
            invalid,
        ),
    ]);
    let said = |case: Case| case.verdict(&Schema).reason;
    assert_eq!(
        said(typed(Limit, Some("99.995"), None)),
        "limit 99.995 is off the tick 0.01"
    );
    assert_eq!(said(Case::buy("1.5")), "quantity 1.5 is off the lot 1");
}

#[test]
fn what_is_on_no_list_may_not_be_used() {
    let with = |change: fn(&mut Case)| Case::buy("10").with(change);
    let no = |code| Some((Static, code));
    check_all(vec![
        (
            "fund not active",
            with(|c| c.fund.active = false),
            no(StrategyNotAllowed),
        ),
        (
            "other broker",
            with(|c| c.envelope.allowed_brokers = vec![read("ibkr")]),
            no(BrokerNotAllowed),
        ),
        (
            "no brokers",
            with(|c| c.envelope.allowed_brokers.clear()),
            no(BrokerNotAllowed),
        ),
        (
            "other type",
            with(|c| c.envelope.allowed_order_types = vec![OrderType::Limit]),
            no(OrderTypeNotAllowed),
        ),
        (
            "no types",
            with(|c| c.envelope.allowed_order_types.clear()),
            no(OrderTypeNotAllowed),
        ),
        (
            "type the broker has not",
            with(|c| c.capability.as_mut().unwrap().order_types.clear()),
            no(OrderTypeNotAllowed),
        ),
        (
            "time in force the broker has not",
            with(|c| {
                c.order.tif = TimeInForce::Opg;
                c.capability.as_mut().unwrap().tifs = vec![TimeInForce::Day];
            }),
            no(OrderTypeNotAllowed),
        ),
        (
            "no classes",
            with(|c| c.envelope.allowed_asset_classes.clear()),
            no(AssetClassNotAllowed),
        ),
        (
            "no classes in the fund",
            with(|c| c.fund.asset_classes.clear()),
            no(AssetClassNotAllowed),
        ),
        (
            "class of no broker's",
            with(|c| c.capability.as_mut().unwrap().asset_classes.clear()),
            no(AssetClassNotAllowed),
        ),
        (
            "no strategies",
            with(|c| c.fund.strategies.clear()),
            no(StrategyNotAllowed),
        ),
        (
            "other strategy",
            with(|c| c.order.strategy_id = read("s-2")),
            no(StrategyNotAllowed),
        ),
    ]);
    let empty = with(|c| c.envelope.allowed_brokers.clear()).verdict(&Static);
    assert_eq!(empty.reason, "no broker is allowed: the list is empty");
}

#[test]
fn one_order_has_its_bounds() {
    let limit = |price: &str, side: Side, quantity: &str| {
        Case::side(side, quantity).with(|case| {
            case.envelope.enable_shorting = true;
            case.order.order_type = OrderType::Limit;
            case.order.limit_price = Some(read(price));
        })
    };
    let over = Some((Static, MaxOrderNotional));
    let units = |most: &str| Case::buy("100").with(|c| c.envelope.max_order_qty = Some(read(most)));
    let sent = |sent: u32| Case::buy("10").with(|c| c.sent = (sent, 20));
    check_all(vec![
        ("exactly at the limit", Case::buy("1000"), None),
        ("one lot over", Case::buy("1001"), over.clone()),
        (
            "a buy far above the market counts its limit",
            limit("200", Side::Buy, "501"),
            over.clone(),
        ),
        (
            "a buy below the market counts the ask",
            limit("50", Side::Buy, "1001"),
            over.clone(),
        ),
        (
            "a sell below the market counts the bid",
            limit("50", Side::Short, "1001"),
            over.clone(),
        ),
        ("units at the bound", units("100"), None),
        ("units over it", units("99"), Some((Static, MaxOrderQty))),
        ("last of the second", sent(19), None),
        ("one too many", sent(20), Some((Static, RateLimit))),
    ]);
    let dear = Case::buy("1001").verdict(&Static);
    assert_eq!(dear.reason, "notional 100,100 > 100,000");
    let measure = dear.measure.unwrap();
    assert_eq!(
        (measure.unit, measure.headroom()),
        (Unit::Usd, read("-100"))
    );
    let rate = Case::buy("100")
        .with(|c| c.seen.usd_rate = Some(read("10.01")))
        .verdict(&Static);
    assert_eq!(
        rate.reason, "notional 100,100 > 100,000",
        "values are in USD"
    );
    // The finger slips on the way out too.
    let exit = Case::side(Side::Sell, "1001").holding("2000");
    assert_eq!(exit.outcome(), over);
}

#[test]
fn risk_is_opened_on_a_fresh_price_only() {
    let aged = |age: u64| Case::buy("10").with(|c| c.seen.quote_age_ms = Some(age));
    let blind = |change: fn(&mut Case)| Case::buy("10").with(change);
    let none = Some((Static, NoReferencePrice));
    check_all(vec![
        ("exactly at the age", aged(5000), None),
        ("one beyond", aged(5001), Some((Static, StaleQuote))),
        (
            "age unknown",
            blind(|c| c.seen.quote_age_ms = None),
            Some((Static, StaleQuote)),
        ),
        ("no quote", blind(|c| c.seen.quote = None), none.clone()),
        ("no rate", blind(|c| c.seen.usd_rate = None), none.clone()),
        (
            "a limit is no reference",
            typed(OrderType::Limit, Some("100"), None).with(|c| c.seen.quote = None),
            none,
        ),
    ]);
    let verdict = aged(7240).verdict(&Static);
    assert_eq!(
        (verdict.reason.as_ref(), verdict.age_ms),
        ("quote age 7.2 s > 5 s", Some(7240))
    );
}
