//! Every gate: passes, refuses, exactly at the limit, one lot over, a fact missing, a fact stale.

use std::time::Duration;

use mts1b_desk::domain::GateName::{
    CroVeto, DrawdownHalt, Idempotency, PositionRisk, Schema, ShortSide, Static,
};
use mts1b_desk::domain::RejectionCode::{
    AssetClassNotAllowed, BrokerNotAllowed, DuplicateKey, FundHalted, LocateRequired, MaxGross,
    MaxNet, MaxOrderNotional, MaxOrderQty, MaxPositionPct, MaxPositionUsd, MissingPrice,
    NoReferencePrice, OrderTypeNotAllowed, RateLimit, SchemaInvalid, ShortingDisabled, StaleQuote,
    StrategyNotAllowed,
};
use mts1b_desk::domain::{GateName, OrderType, RejectionCode, Side, TimeInForce};
use mts1b_desk::event::{Outcome, Unit};
use mts1b_desk::order::gate::KEY_WINDOW;

use crate::order::case::Case;
use crate::support::build::{self, noon, read};

type Trouble = fn(&mut Case);
type Expected = Option<(GateName, RejectionCode)>;

/// Checks what stops each case; none when it passes.
#[track_caller]
fn check(cases: Vec<(&str, Case, Expected)>) {
    for (name, case, expected) in cases {
        assert_eq!(
            case.outcome(),
            expected,
            "{name}: {:#?}",
            case.ask(mts1b_desk::order::gate::preview)
        );
    }
}

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
    check(vec![
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
    check(vec![
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
    check(vec![
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
    check(vec![
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
    check(vec![
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

#[test]
fn a_position_counts_what_is_held_what_works_and_the_order() {
    let pct = Some((PositionRisk, MaxPositionPct));
    let short = |quantity: &str| {
        Case::side(Side::Short, quantity).with(|c| c.envelope.enable_shorting = true)
    };
    let usd =
        |most: &str| Case::buy("500").with(|c| c.envelope.max_position_usd = Some(read(most)));
    check(vec![
        ("flat, exactly at the limit", Case::buy("1000"), None),
        (
            "held, exactly at the limit",
            Case::buy("400").holding("600"),
            None,
        ),
        (
            "held, one lot over",
            Case::buy("401").holding("600"),
            pct.clone(),
        ),
        (
            "working buys counted, at the limit",
            Case::buy("300").holding("600").working("100", "0"),
            None,
        ),
        (
            "working buys counted, over",
            Case::buy("301").holding("600").working("100", "0"),
            pct.clone(),
        ),
        (
            "working sells make no room",
            Case::buy("401").holding("600").working("0", "600"),
            pct.clone(),
        ),
        ("short, exactly at the limit", short("1000"), None),
        (
            "short, working counted, over",
            short("601").working("0", "400"),
            pct.clone(),
        ),
        (
            "short, adding over",
            short("1").holding("-1000"),
            pct.clone(),
        ),
        (
            "flip to long within",
            Case::buy("600").holding("-100"),
            None,
        ),
        (
            "flip to long beyond",
            Case::buy("1000")
                .holding("-100")
                .with(|c| c.envelope.max_position_pct = 0.08),
            pct,
        ),
        ("in dollars, at the limit", usd("50000"), None),
        (
            "in dollars, over",
            usd("49999.99"),
            Some((PositionRisk, MaxPositionUsd)),
        ),
    ]);
    let over = Case::buy("700").holding("1000").verdict(&PositionRisk);
    assert_eq!(over.reason, "position 17.0% > 10.0%");
    assert_eq!(over.measure.unwrap().value, read("0.17"));
    let within = Case::buy("300").holding("270").verdict(&PositionRisk);
    assert_eq!(within.reason, "position 5.7% of 10.0%");
    assert_eq!(within.age_ms, Some(100));
    // A cent beyond reads as beyond.
    let barely =
        Case::buy("1000").with(|c| c.seen.quote = Some(build::quote("AAPL", "100", "100.0001")));
    let barely = barely
        .with(|c| c.envelope.max_order_notional_usd = read("1000000"))
        .verdict(&PositionRisk);
    assert_eq!(barely.reason, "position 10.00001% > 10.00000%");
    assert!(barely.measure.unwrap().headroom() < read("0"));
}

#[test]
fn the_book_has_a_gross_and_a_net() {
    let book = |side: Side, quantity: &str, gross: &str, net: &str| {
        Case::side(side, quantity).with(|case| {
            case.envelope.enable_shorting = true;
            case.seen.other_gross_usd = Some(read(gross));
            case.seen.other_net_high_usd = Some(read(net));
            case.seen.other_net_low_usd = Some(read(net));
        })
    };
    let wide = |case: Case| case.with(|c| c.envelope.max_gross_exposure_pct = 5.0);
    let gross = Some((PositionRisk, MaxGross));
    let net = Some((PositionRisk, MaxNet));
    check(vec![
        ("gross exactly", book(Side::Buy, "100", "990000", "0"), None),
        (
            "gross, one lot over",
            book(Side::Buy, "101", "990000", "0"),
            gross.clone(),
        ),
        (
            "gross, a short adds",
            book(Side::Short, "101", "990000", "0"),
            gross.clone(),
        ),
        (
            "gross counts the worse side",
            book(Side::Buy, "1", "950000", "0").working("0", "501"),
            gross,
        ),
        (
            "net exactly",
            wide(book(Side::Buy, "100", "0", "990000")),
            None,
        ),
        (
            "net, one lot over",
            wide(book(Side::Buy, "101", "0", "990000")),
            net.clone(),
        ),
        (
            "net short exactly",
            wide(book(Side::Short, "100", "0", "-990000")),
            None,
        ),
        (
            "net short, one lot over",
            wide(book(Side::Short, "101", "0", "-990000")),
            net.clone(),
        ),
        (
            "buying leads back from a net short breach",
            wide(book(Side::Buy, "10", "0", "-2000000")),
            None,
        ),
        (
            "selling leads back from a net long breach",
            wide(book(Side::Short, "10", "0", "2000000")),
            None,
        ),
        (
            "held net short: buying binds",
            wide(book(Side::Buy, "101", "0", "-510000"))
                .with(|c| c.envelope.max_net_exposure_pct = -0.5),
            net,
        ),
        (
            "held net short: selling does not",
            wide(book(Side::Short, "101", "0", "-510000"))
                .with(|c| c.envelope.max_net_exposure_pct = -0.5),
            None,
        ),
    ]);
    let tightest = wide(book(Side::Buy, "10", "0", "985000")).verdict(&PositionRisk);
    assert_eq!(tightest.reason, "net 98.6% of 100.0%");
}

#[test]
fn a_fund_of_no_known_worth_opens_nothing() {
    let blind = |change: fn(&mut Case)| Case::buy("1").with(change);
    let none = Some((PositionRisk, NoReferencePrice));
    check(vec![
        (
            "NAV unknown",
            blind(|c| c.seen.nav_usd = None),
            none.clone(),
        ),
        (
            "gross unknown",
            blind(|c| c.seen.other_gross_usd = None),
            none.clone(),
        ),
        (
            "net unknown",
            blind(|c| c.seen.other_net_low_usd = None),
            none,
        ),
        (
            "NAV zero",
            blind(|c| c.seen.nav_usd = Some(read("0"))),
            Some((PositionRisk, MaxPositionPct)),
        ),
        (
            "NAV below zero",
            blind(|c| c.seen.nav_usd = Some(read("-5"))),
            Some((PositionRisk, MaxPositionPct)),
        ),
    ]);
}

#[test]
fn a_halted_fund_only_reduces() {
    let halted = |case: Case| case.with(|c| c.halt = Some(build::halt()));
    let no = Some((DrawdownHalt, FundHalted));
    check(vec![
        ("opening", halted(Case::buy("1")), no.clone()),
        (
            "buying while flat",
            halted(Case::buy("1").holding("0")),
            no.clone(),
        ),
        ("adding", halted(Case::buy("1").holding("5")), no.clone()),
        (
            "closing",
            halted(Case::side(Side::Sell, "5").holding("5")),
            None,
        ),
        (
            "selling more than the long",
            halted(Case::side(Side::Sell, "6").holding("5")),
            no.clone(),
        ),
        (
            "selling more than the long, shorting on",
            halted(Case::side(Side::Sell, "6").holding("5"))
                .with(|c| c.envelope.enable_shorting = true),
            no.clone(),
        ),
        (
            "a second exit beside a working one",
            halted(Case::side(Side::Sell, "5").holding("5").working("0", "1")),
            no.clone(),
        ),
        (
            "covering",
            halted(Case::side(Side::Cover, "5").holding("-5")),
            None,
        ),
        (
            "covering while flat",
            halted(Case::side(Side::Cover, "5")),
            no.clone(),
        ),
        (
            "covering beyond",
            halted(Case::side(Side::Cover, "6").holding("-5")),
            no,
        ),
    ]);
    assert_eq!(
        halted(Case::buy("1")).verdict(&DrawdownHalt).reason,
        "halted: day loss (risk)"
    );
    let day = Case::buy("1").with(|c| {
        c.day_start_usd = Some(read("1004000"));
    });
    assert_eq!(
        day.verdict(&DrawdownHalt).reason,
        "day loss 4,000 of 30,120"
    );
    let gain = day
        .with(|c| c.day_start_usd = Some(read("900000")))
        .verdict(&DrawdownHalt);
    assert_eq!(gain.reason, "day loss 0 of 27,000");
}

#[test]
fn shorts_are_opened_only_where_allowed() {
    let off = Some((ShortSide, ShortingDisabled));
    let on = |case: Case| case.with(|c| c.envelope.enable_shorting = true);
    let locate = |case: Case| on(case).with(|c| c.envelope.require_borrow_locate = true);
    check(vec![
        ("short", Case::side(Side::Short, "1"), off.clone()),
        (
            "short of something held",
            Case::side(Side::Short, "1").holding("5"),
            off.clone(),
        ),
        (
            "all of the long",
            Case::side(Side::Sell, "5").holding("5"),
            None,
        ),
        (
            "more than the long",
            Case::side(Side::Sell, "6").holding("5"),
            off.clone(),
        ),
        (
            "more than the long with what works",
            Case::side(Side::Sell, "5").holding("5").working("0", "1"),
            off.clone(),
        ),
        ("selling while flat", Case::side(Side::Sell, "1"), off),
        ("short, on", on(Case::side(Side::Short, "1")), None),
        (
            "flip, on",
            on(Case::side(Side::Sell, "6").holding("5")),
            None,
        ),
        (
            "short, locate needed",
            locate(Case::side(Side::Short, "1")),
            Some((ShortSide, LocateRequired)),
        ),
        (
            "exit, locate needed",
            locate(Case::side(Side::Sell, "5").holding("5")),
            None,
        ),
        ("buying", Case::buy("1"), None),
        ("covering", Case::side(Side::Cover, "1").holding("-1"), None),
    ]);
}

#[test]
fn an_exit_is_never_held_up_by_what_is_unknown_or_over_a_limit() {
    let exits = [
        Case::side(Side::Sell, "5").holding("5"),
        Case::side(Side::Sell, "4").holding("5").working("100", "1"),
        Case::side(Side::Cover, "5").holding("-5"),
        Case::side(Side::Buy, "5").holding("-6").working("1", "0"),
    ];
    let troubles: [(&str, Trouble); 9] = [
        ("halted", |c| c.halt = Some(build::halt())),
        ("stale", |c| c.seen.quote_age_ms = Some(1_000_000)),
        ("no quote", |c| c.seen.quote = None),
        ("no rate", |c| c.seen.usd_rate = None),
        ("NAV unknown: another symbol has no mark", |c| {
            c.seen.nav_usd = None;
            c.seen.other_gross_usd = None;
            c.seen.other_net_high_usd = None;
            c.seen.other_net_low_usd = None;
        }),
        ("NAV below zero", |c| c.seen.nav_usd = Some(read("-1"))),
        ("gross far over", |c| {
            c.seen.other_gross_usd = Some(read("90000000"));
        }),
        ("rate used up", |c| c.sent = (20, 20)),
        ("position far over", |c| {
            c.envelope.max_position_pct = 0.000_001;
        }),
    ];
    for exit in exits {
        for (name, trouble) in troubles {
            let case = exit.clone().with(trouble);
            assert_eq!(case.outcome(), None, "{name}: {:#?}", case.order);
        }
        let all = troubles
            .iter()
            .fold(exit, |case, (_, trouble)| case.with(trouble));
        assert_eq!(all.outcome(), None);
    }
}

#[test]
fn the_last_gate_says_whether_it_is_asked() {
    let off = Case::buy("1").verdict(&CroVeto);
    assert_eq!(
        (off.outcome, off.reason.as_ref()),
        (Outcome::Off, "switched off")
    );
    let on = Case::buy("1").with(|c| c.envelope.cro_veto_enabled = true);
    assert_eq!(on.outcome(), None, "it fails open");
    let on = on.verdict(&CroVeto);
    assert_eq!(
        (on.outcome, on.reason.as_ref()),
        (Outcome::AskedOnSend, "no model to ask: passes unasked")
    );
}

#[test]
fn a_preview_asks_all_and_a_check_stops_at_the_first() {
    let bad = Case::buy("5000").with(|c| {
        c.halt = Some(build::halt());
        c.used_key = Some((read("o-2"), noon()));
    });
    let shown = bad.ask(mts1b_desk::order::gate::preview);
    let gates: Vec<_> = shown.iter().map(|verdict| verdict.gate.clone()).collect();
    assert_eq!(gates, GateName::DOCUMENTED);
    let codes: Vec<_> = shown
        .iter()
        .filter_map(|verdict| verdict.code.clone())
        .collect();
    assert_eq!(
        codes,
        [DuplicateKey, MaxOrderNotional, MaxPositionPct, FundHalted]
    );
    let (asked, approved) = bad.ask(mts1b_desk::order::gate::check);
    assert_eq!((asked.len(), approved), (1, None));
    assert_eq!(bad.code(&Schema), None);
}
