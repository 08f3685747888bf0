//! What is offered after a refusal: it passes, and a step less does not.

use std::time::Duration;

use mts1b_desk::domain::{
    AssetClass, CustomGate, Order, OrderId, OrderType, Price, Quantity, Side,
};
use mts1b_desk::order::exposure::Exposure;
use mts1b_desk::order::gate::{Change, Fix, fixes, max_size};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::order::case::Case;
use crate::support::build::{self, read};

/// The sums of a book in which only the order's own symbol is at stake, worth a dollar a unit.
fn exposure(case: &Case) -> Exposure {
    let mut exposure = Exposure::default();
    let symbol = &case.order.symbol;
    exposure.set_working(symbol, case.working_buy, case.working_sell);
    exposure.set_mark(symbol, Some(read("1")), case.instrument.as_ref());
    exposure
}

fn offered(case: &Case) -> Vec<Fix> {
    let max = case.ask(max_size);
    case.ask(|input| fixes(input, &max, &exposure(case)))
}

fn texts(case: &Case) -> Vec<String> {
    let found = offered(case);
    for fix in &found {
        assert_eq!(applied(case, &fix.apply).outcome(), None, "{fix:?}");
    }
    found.into_iter().map(|fix| fix.text).collect()
}

fn applied(case: &Case, change: &Change) -> Case {
    case.clone().with(|case| match change {
        Change::Quantity(quantity) => case.order.quantity = *quantity,
        Change::LimitPrice(price) => case.order.limit_price = Some(*price),
        Change::StopPrice(price) => case.order.stop_price = Some(*price),
        Change::Cancel(id) => cancel(case, id),
        Change::Wait(time) => {
            case.now = case.now.plus(*time);
            case.sent_ago += *time;
            if *time <= Duration::from_secs(1) {
                let ms = u64::try_from(time.as_millis()).unwrap();
                case.seen.quote_age_ms = case.seen.quote_age_ms.map(|age| age + ms);
            }
        }
    })
}

fn cancel(case: &mut Case, id: &OrderId) {
    let at = case.own.iter().position(|own| own.order_id == *id).unwrap();
    let gone = case.own.remove(at);
    if gone.side.is_buy() {
        case.working_buy -= gone.quantity;
    } else {
        case.working_sell -= gone.quantity;
    }
}

/// Adds a working limit order of the same symbol.
fn works(case: &mut Case, side: Side, quantity: &str, price: &str) {
    let mut own = build::order(case.order.symbol.as_str(), quantity);
    own.order_id = read(&format!("own-{}", case.own.len()));
    own.side = side;
    own.order_type = OrderType::Limit;
    own.limit_price = Some(read(price));
    if side.is_buy() {
        case.working_buy += own.quantity;
    } else {
        case.working_sell += own.quantity;
    }
    case.own.push(own);
}

fn limit(side: Side, price: &str, change: impl FnOnce(&mut Case)) -> Case {
    Case::side(side, "10").with(|case| {
        case.envelope.enable_shorting = true;
        case.order.order_type = OrderType::Limit;
        case.order.limit_price = Some(read(price));
        change(case);
    })
}

#[test]
fn a_price_is_moved_no_further_than_it_must() {
    let collar = |case: &mut Case| case.gates = vec![CustomGate::PriceCollar { bps: 100 }];
    // A limit far above is worth too much; a lower one, or fewer, is not.
    let dear = limit(Side::Buy, "150", |c| c.order.quantity = read("800"));
    assert_eq!(texts(&dear), ["quantity 666", "limit 125.00"]);
    // The collar from either side.
    assert_eq!(texts(&limit(Side::Buy, "120", collar)), ["limit 101.00"]);
    assert_eq!(texts(&limit(Side::Buy, "80", collar)), ["limit 99.00"]);
    assert_eq!(texts(&limit(Side::Short, "80", collar)), ["limit 99.00"]);
    assert_eq!(texts(&limit(Side::Short, "120", collar)), ["limit 101.00"]);
    // Off the tick and within: the safer tick.
    assert_eq!(texts(&limit(Side::Buy, "99.998", collar)), ["limit 99.99"]);
    // A stop price that makes it too dear.
    let stop = Case::buy("900").with(|case| {
        case.order.order_type = OrderType::Stop;
        case.order.stop_price = Some(read("120"));
    });
    assert_eq!(texts(&stop), ["quantity 833", "stop 111.11"]);
}

#[test]
fn a_working_order_in_the_way_is_named() {
    let crossing = |case: &mut Case| {
        case.position = read("100");
        let exits = true;
        case.gates = vec![CustomGate::SelfCross {
            reach_bps: 50,
            exits,
        }];
        works(case, Side::Sell, "60", "100.10");
        works(case, Side::Sell, "40", "100.20");
    };
    assert_eq!(
        texts(&limit(Side::Buy, "100.15", crossing)),
        ["limit 100.09", "cancel sell 60 AAPL"]
    );
    // Two are in the way: no single cancel will do.
    assert_eq!(texts(&limit(Side::Buy, "101", crossing)), ["limit 100.09"]);
    // A market order would walk into them.
    let market = limit(Side::Buy, "1", crossing).with(|case| {
        (case.order.order_type, case.order.limit_price) = (OrderType::Market, None);
    });
    assert_eq!(texts(&market), Vec::<String>::new());
    let alone = market.with(|case| {
        let id: OrderId = read("own-1");
        cancel(case, &id);
    });
    assert_eq!(texts(&alone), ["cancel sell 60 AAPL"]);
    // Room in a position that working buys take up: the smallest that frees enough.
    let full = Case::buy("300").with(|case| {
        case.position = read("500");
        works(case, Side::Buy, "80", "99");
        works(case, Side::Buy, "120", "98");
        works(case, Side::Buy, "150", "97");
    });
    assert_eq!(texts(&full), ["quantity 150", "cancel buy 150 AAPL"]);
    // A second exit beside a working one, in a fund that may only reduce.
    let halted = Case::side(Side::Sell, "100").with(|case| {
        case.position = read("100");
        case.halt = Some(build::halt());
        works(case, Side::Sell, "30", "110");
    });
    assert_eq!(texts(&halted), ["quantity 70", "cancel sell 30 AAPL"]);
    // A stop that protects is not offered.
    let protected = halted.with(|case| {
        let own = &mut case.own[0];
        own.order_type = OrderType::Stop;
        own.limit_price = None;
        own.stop_price = Some(read("90"));
    });
    assert_eq!(texts(&protected), ["quantity 70"]);
}

#[test]
fn time_is_offered_where_time_will_do() {
    let opened = Case::buy("10").with(|case| {
        let open = case.now.floor(Duration::from_mins(1));
        case.now = open.plus(Duration::from_millis(250_040));
        let (hour, minute, _) = open.clock();
        case.gates = vec![CustomGate::NoTradesNearOpen {
            minutes: 5,
            open_minute: u32::from(hour) * 60 + u32::from(minute),
            zone: "UTC0".to_owned(),
            classes: vec![AssetClass::Equities],
        }];
    });
    assert_eq!(texts(&opened), ["wait 50.0 s"]);
    // Both the rate and the open: the longer of the two.
    let both = opened.clone().with(|case| case.sent = (20, 20));
    assert_eq!(texts(&both), ["wait 50.0 s"]);
    // It reduces part of the way: that goes at once.
    let flip = opened.with(|case| {
        (case.order.side, case.position) = (Side::Sell, read("4"));
        case.envelope.enable_shorting = true;
    });
    assert_eq!(texts(&flip), ["wait 50.0 s", "quantity 4"]);
}

prop_compose! {
    /// Orders that are mostly refused for one or two reasons, some of them that a change can do away with.
    fn troubled()(
        side in prop::sample::select(Side::ALL.to_vec()),
        quantity in 1_i64..3_000,
        position in -1_500_i64..1_500,
        mid in 5_000_i64..20_000,
        (price, odd) in (prop::option::of(3_000_i64..30_000), any::<bool>()),
        own in prop::collection::vec((any::<bool>(), 1_i64..800, 4_000_i64..21_000), 0..5),
        (collar, crossing, exits) in (prop::option::weighted(0.5, 1_u32..3_000), any::<bool>(), any::<bool>()),
        (pct, gross, order_usd) in (1_u32..300, 1_u32..1_500, 1_000_i64..300_000),
        (shorting, halted, sent) in (any::<bool>(), prop::bool::weighted(0.2), 0_u32..25),
    ) -> Case {
        Case::side(side, "1").with(|case| {
            case.order.quantity = Quantity::new(quantity.into()).unwrap();
            case.position = Quantity::new(position.into()).unwrap();
            let cents = |cents: i64| Decimal::new(cents, 2).to_string();
            case.seen.quote = Some(build::quote("AAPL", &cents(mid - 3), &cents(mid + 3)));
            if let Some(price) = price {
                case.order.order_type = OrderType::Limit;
                let price = if odd { Decimal::new(price * 10 + 3, 3) } else { Decimal::new(price, 2) };
                case.order.limit_price = Some(Price::new(price).unwrap());
            }
            for (buys, quantity, price) in own {
                let side = if buys { Side::Buy } else { Side::Sell };
                works(case, side, &quantity.to_string(), &cents(price));
            }
            if let Some(bps) = collar {
                case.gates.push(CustomGate::PriceCollar { bps });
            }
            if crossing {
                case.gates.push(CustomGate::SelfCross { reach_bps: 50, exits });
            }
            case.envelope.max_position_pct = f64::from(pct) / 1000.0;
            case.envelope.max_gross_exposure_pct = f64::from(gross) / 1000.0;
            case.envelope.max_order_notional_usd = read(&order_usd.to_string());
            case.envelope.enable_shorting = shorting;
            case.halt = halted.then(build::halt);
            case.sent = (sent, 20);
        })
    }
}

/// Returns the change one step nearer to the order as it was, where there is one that is another.
fn one_step_less(case: &Case, change: &Change) -> Option<Case> {
    let tick: Price = read("0.01");
    let nearer = |to: Price, from: Price| {
        let step = if to < from { to + tick } else { to - tick };
        let crossed = if to < from {
            step >= from
        } else {
            step <= from
        };
        (!crossed).then_some(step)
    };
    let change = match change {
        Change::Quantity(units) => Change::Quantity(*units + Quantity::whole(1)),
        Change::LimitPrice(price) => Change::LimitPrice(nearer(*price, case.order.limit_price?)?),
        Change::StopPrice(price) => Change::StopPrice(nearer(*price, case.order.stop_price?)?),
        Change::Wait(time) => Change::Wait(
            time.checked_sub(Duration::from_millis(100))
                .filter(|t| !t.is_zero())?,
        ),
        Change::Cancel(_) => return None,
    };
    Some(applied(case, &change))
}

/// Returns the working orders smaller than one that was named, which were not.
fn smaller(case: &Case, id: &OrderId) -> Vec<Order> {
    let named = case.own.iter().find(|own| own.order_id == *id).unwrap();
    let less = case.own.iter().filter(|own| own.quantity < named.quantity);
    less.cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn every_change_passes_and_a_step_less_does_not(case in troubled()) {
        let found = offered(&case);
        prop_assert!(found.len() <= 3);
        if case.outcome().is_none() {
            prop_assert_eq!(found, Vec::new());
            return Ok(());
        }
        for fix in found {
            prop_assert_eq!(applied(&case, &fix.apply).outcome(), None, "{:?}", fix);
            if let Some(less) = one_step_less(&case, &fix.apply) {
                prop_assert!(less.outcome().is_some(), "a step less than {:?} passes", fix);
            }
            if let Change::Cancel(id) = &fix.apply {
                let same_way = |own: &Order| own.side.is_buy() == case.order.side.is_buy();
                for other in smaller(&case, id).into_iter().filter(same_way) {
                    let tried = applied(&case, &Change::Cancel(other.order_id));
                    prop_assert!(tried.outcome().is_some(), "a smaller one does too: {:?}", fix);
                }
            }
        }
    }
}
