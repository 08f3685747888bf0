//! The most that passes: it passes, and one lot more meets the gate that was named.

use mts1b_desk::domain::GateName::{DrawdownHalt, PositionRisk, Schema, ShortSide, Static};
use mts1b_desk::domain::RejectionCode::{
    FundHalted, MaxNet, MaxOrderNotional, MaxOrderQty, MaxPositionPct, MissingPrice, SchemaInvalid,
    ShortingDisabled,
};
use mts1b_desk::domain::{OrderType, Quantity, Side};
use mts1b_desk::order::exposure::Exposure;
use mts1b_desk::order::gate::{Change, Fix, MaxSize, fixes, max_size};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::order::case::Case;
use crate::support::build::{self, read};

/// Checks that the most passes and one lot more is refused as named.
fn prove(case: &Case) -> MaxSize {
    let max = case.ask(max_size);
    let lot = case
        .instrument
        .as_ref()
        .map_or(Quantity::whole(1), |known| known.lot);
    if max.quantity.is_positive() {
        let most = case.clone().with(|c| c.order.quantity = max.quantity);
        assert_eq!(most.outcome(), None, "{max:?} should pass: {case:#?}");
        assert!(max.quantity.is_whole_lots(lot));
    }
    let more = case.clone().with(|c| c.order.quantity = max.quantity + lot);
    assert_eq!(
        more.outcome(),
        max.binds,
        "one more than {max:?}: {case:#?}"
    );
    max
}

#[test]
fn the_gate_that_binds_is_named() {
    let cases = vec![
        (
            "an order's bound",
            Case::buy("1"),
            "1000",
            Some((Static, MaxOrderNotional)),
        ),
        (
            "room in the position",
            Case::buy("1").holding("771"),
            "229",
            Some((PositionRisk, MaxPositionPct)),
        ),
        (
            "nothing left",
            Case::buy("1").holding("1000"),
            "0",
            Some((PositionRisk, MaxPositionPct)),
        ),
        (
            "units",
            Case::buy("1").with(|c| c.envelope.max_order_qty = Some(read("77"))),
            "77",
            Some((Static, MaxOrderQty)),
        ),
        (
            "net",
            Case::buy("1").with(|c| c.seen.other_net_high_usd = Some(read("950000"))),
            "500",
            Some((PositionRisk, MaxNet)),
        ),
        (
            "the long",
            Case::side(Side::Sell, "1").holding("55"),
            "55",
            Some((ShortSide, ShortingDisabled)),
        ),
        (
            "the long less what works",
            Case::side(Side::Sell, "1").holding("55").working("9", "15"),
            "40",
            Some((ShortSide, ShortingDisabled)),
        ),
        (
            "an exit from a halted fund",
            Case::side(Side::Sell, "1")
                .holding("55")
                .with(|c| c.halt = Some(build::halt())),
            "55",
            Some((DrawdownHalt, FundHalted)),
        ),
        (
            "halted",
            Case::buy("1").with(|c| c.halt = Some(build::halt())),
            "0",
            Some((DrawdownHalt, FundHalted)),
        ),
        (
            "a cover without any price",
            Case::side(Side::Cover, "1")
                .holding("-70")
                .with(|c| c.seen.quote = None),
            "70",
            Some((Static, mts1b_desk::domain::RejectionCode::NoReferencePrice)),
        ),
        (
            "an order that is none",
            Case::buy("1").with(|c| c.order.order_type = OrderType::Limit),
            "0",
            Some((Schema, MissingPrice)),
        ),
        (
            "no reference data",
            Case::buy("1").with(|c| c.instrument = None),
            "0",
            Some((Schema, SchemaInvalid)),
        ),
    ];
    for (name, case, most, binds) in cases {
        let max = prove(&case);
        assert_eq!((max.quantity, max.binds), (read(most), binds), "{name}");
    }
}

#[test]
fn bitcoin_is_sized_to_the_satoshi() {
    let case = Case::buy("100").with(|c| {
        c.order.symbol = build::symbol("BTC-USD");
        c.instrument = Some(build::instrument("BTC-USD", "0.01", "0.00000001"));
        c.seen.quote = Some(build::quote("BTC-USD", "64123.10", "64123.20"));
    });
    let max = prove(&case);
    assert_eq!(max.quantity, read("1.55949796"));
    let found = case.ask(|input| fixes(input, &max, &Exposure::default()));
    let expected = Fix {
        text: "quantity 1.55949796".to_owned(),
        apply: Change::Quantity(max.quantity),
    };
    assert_eq!(found, [expected]);
}

#[test]
fn a_fix_is_one_change_that_passes() {
    let fixed = |case: &Case| {
        let max = case.ask(max_size);
        let found = case.ask(|input| fixes(input, &max, &Exposure::default()));
        for fix in &found {
            let tried = case.clone().with(|c| match &fix.apply {
                Change::Quantity(quantity) => c.order.quantity = *quantity,
                Change::LimitPrice(price) => c.order.limit_price = Some(*price),
                Change::StopPrice(price) => c.order.stop_price = Some(*price),
                Change::Wait(_) => c.sent.0 = 0,
                Change::Cancel(_) => unreachable!("nothing works"),
            });
            assert_eq!(tried.outcome(), None, "{fix:?}");
        }
        found.into_iter().map(|fix| fix.text).collect::<Vec<_>>()
    };
    let limit = |side: Side, price: &str| {
        Case::side(side, "10").with(|case| {
            case.envelope.enable_shorting = true;
            case.order.order_type = OrderType::Limit;
            case.order.limit_price = Some(read(price));
        })
    };
    assert_eq!(fixed(&Case::buy("100")), Vec::<String>::new());
    assert_eq!(fixed(&Case::buy("600").holding("771")), ["quantity 229"]);
    assert_eq!(fixed(&Case::buy("10.5")), ["quantity 10"]);
    assert_eq!(fixed(&limit(Side::Buy, "99.998")), ["limit 99.99"]);
    assert_eq!(fixed(&limit(Side::Short, "100.001")), ["limit 100.01"]);
    assert_eq!(
        fixed(&Case::buy("10").with(|c| c.sent = (20, 20))),
        ["wait 1.0 s"]
    );
    let stale_by_then = |c: &mut Case| (c.sent, c.seen.quote_age_ms) = ((20, 20), Some(4500));
    assert_eq!(
        fixed(&Case::buy("10").with(stale_by_then)),
        Vec::<String>::new()
    );
    assert_eq!(
        fixed(&Case::buy("10").with(|c| c.halt = Some(build::halt()))),
        Vec::<String>::new()
    );
}

fn units(most: i64, scale: u32) -> impl Strategy<Value = Quantity> {
    (0..=most).prop_map(move |n| Quantity::new(Decimal::new(n, scale).normalize()).unwrap())
}

prop_compose! {
    /// Any side, book, price, lot and limits; facts missing now and then.
    fn cases()(
        side in prop::sample::select(Side::ALL.to_vec()),
        (lot, scale) in prop::sample::select(vec![("1", 0_u32), ("100", 0), ("0.01", 2), ("0.00000001", 8)]),
        (bid, spread) in (1_i64..5_000_000, 0_i64..500),
        (position, short) in (0_i64..3_000, any::<bool>()),
        (buys, sells) in (0_i64..500, 0_i64..500),
        (rate, nav) in (prop::sample::select(vec!["1", "1.0845", "0.0067", "0.0064516129032258064516129032"]), -1_000_i64..5_000_000),
        (gross, high, low) in (0_i64..2_000_000, -1_000_000_i64..1_000_000, 0_i64..300_000),
        (pct, gross_pct, net_pct) in (1_u32..1000, 0_u32..5000, -1000_i32..5000),
        (shorting, halted, missing) in (any::<bool>(), prop::bool::weighted(0.1), 0_u32..30),
        order_usd in 0_i64..200_000,
        bound in prop::option::weighted(0.2, 0_i64..2_000),
    ) -> Case {
        Case::side(side, "1").with(|case| {
            let instrument = case.instrument.as_mut().unwrap();
            instrument.lot = read(lot);
            let price = |cents: i64| Decimal::new(cents, 2).to_string();
            case.seen.quote = Some(build::quote("AAPL", &price(bid), &price(bid + spread)));
            case.seen.usd_rate = Some(read(rate));
            let lots = |n: i64| Quantity::new(Decimal::new(n, scale)).unwrap();
            let held = if lot == "100" { lots(position * 100) } else { lots(position) };
            case.position = if short { -held } else { held };
            (case.working_buy, case.working_sell) = (lots(buys), lots(sells));
            case.seen.nav_usd = Some(read(&nav.to_string()));
            case.seen.other_gross_usd = Some(read(&gross.to_string()));
            case.seen.other_net_high_usd = Some(read(&high.to_string()));
            case.seen.other_net_low_usd = Some(read(&(high - low).to_string()));
            case.envelope.max_position_pct = f64::from(pct) / 1000.0;
            case.envelope.max_gross_exposure_pct = f64::from(gross_pct) / 1000.0;
            case.envelope.max_net_exposure_pct = f64::from(net_pct) / 1000.0;
            case.envelope.enable_shorting = shorting;
            case.envelope.max_order_notional_usd = read(&order_usd.to_string());
            case.envelope.max_position_usd = bound.map(|n| read(&(n * 100).to_string()));
            case.halt = halted.then(build::halt);
            match missing {
                0 => case.seen.nav_usd = None,
                1 => case.seen.quote = None,
                2 => case.seen.usd_rate = None,
                3 => case.seen.quote_age_ms = Some(1_000_000),
                _ => {}
            }
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_most_passes_and_one_lot_more_does_not(case in cases()) {
        prove(&case);
    }

    #[test]
    fn every_smaller_size_passes_too(case in cases(), part in 1_u32..100) {
        let max = case.ask(max_size).quantity;
        let lot = case.instrument.as_ref().unwrap().lot;
        let part = Quantity::new(max.decimal() * Decimal::new(part.into(), 2)).unwrap().to_lot(lot);
        if part.is_positive() {
            prop_assert_eq!(case.with(|c| c.order.quantity = part).outcome(), None);
        }
    }

    #[test]
    fn every_fix_passes(case in cases(), quantity in units(5_000_000, 2)) {
        let case = case.with(|c| c.order.quantity = quantity);
        let max = case.ask(max_size);
        for fix in case.ask(|input| fixes(input, &max, &Exposure::default())) {
            let Change::Quantity(fixed) = fix.apply else { continue };
            prop_assert_eq!(case.clone().with(|c| c.order.quantity = fixed).outcome(), None);
        }
    }

    #[test]
    fn a_reduction_meets_no_position_risk_halt_or_staleness(case in cases(), share in units(100, 2)) {
        let lot = case.instrument.as_ref().unwrap().lot;
        let long = case.position.is_positive();
        let working = if long { case.working_sell } else { case.working_buy };
        let room = case.position.abs() - working;
        let quantity = Quantity::new(room.decimal() * share.decimal()).unwrap().to_lot(lot);
        prop_assume!(quantity.is_positive());
        let exit = case.with(|c| {
            c.order.side = if long { Side::Sell } else { Side::Cover };
            c.order.quantity = quantity;
            c.envelope.max_order_notional_usd = read("1000000000000000000");
            c.halt = Some(build::halt());
            c.seen.quote_age_ms = Some(1_000_000);
        });
        prop_assert_eq!(exit.outcome(), None);
    }
}
