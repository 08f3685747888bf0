//! The gates an operator adds: whom they hold back, whom they let out, and what they do not know.

use mts1b_desk::domain::{
    AssetClass, CustomGate, GateName, Order, OrderType, RejectionCode, Side, TimeInForce,
};

use crate::order::case::{Case, Expected, check_all};
use crate::support::build::{self, read};

#[expect(clippy::unnecessary_wraps, reason = "what a case is held against")]
fn refuses(name: &str) -> Expected {
    Some((
        GateName::Custom(name.into()),
        RejectionCode::Custom(name.into()),
    ))
}

/// A case under one gate, shorts allowed.
fn under(gate: CustomGate, side: Side, change: impl FnOnce(&mut Case)) -> Case {
    Case::side(side, "10").with(|case| {
        case.envelope.enable_shorting = true;
        case.gates = vec![gate];
        change(case);
    })
}

fn limit(order: &mut Order, price: &str) {
    order.order_type = OrderType::Limit;
    order.limit_price = Some(read(price));
}

#[test]
fn a_collar_holds_whoever_names_a_limit_either_side_and_on_the_way_out() {
    let collar = |side: Side, price: &'static str, change: fn(&mut Case)| {
        under(CustomGate::PriceCollar { bps: 250 }, side, |case| {
            limit(&mut case.order, price);
            change(case);
        })
    };
    let refused = refuses("price_collar");
    let nothing: fn(&mut Case) = |_| ();
    let held: fn(&mut Case) = |case| case.position = read("10");
    check_all(vec![
        (
            "at the upper end",
            collar(Side::Buy, "102.50", nothing),
            None,
        ),
        (
            "beyond it",
            collar(Side::Buy, "102.51", nothing),
            refused.clone(),
        ),
        (
            "at the lower end",
            collar(Side::Buy, "97.50", nothing),
            None,
        ),
        (
            "below it",
            collar(Side::Buy, "97.49", nothing),
            refused.clone(),
        ),
        (
            "a short likewise",
            collar(Side::Short, "97.49", nothing),
            refused.clone(),
        ),
        (
            "an exit likewise",
            collar(Side::Sell, "97.49", held),
            refused,
        ),
        (
            "an exit on an old quote passes",
            collar(Side::Sell, "50", held).with(|c| c.seen.quote_age_ms = Some(9_000)),
            None,
        ),
        (
            "an exit without a quote passes",
            collar(Side::Sell, "50", held).with(|c| c.seen.quote = None),
            None,
        ),
        (
            "no limit, nothing to hold",
            collar(Side::Buy, "1", |c| {
                (c.order.order_type, c.order.limit_price) = (OrderType::Market, None);
            }),
            None,
        ),
    ]);
    // What is beyond reads as beyond, however little.
    let barely = collar(Side::Buy, "102.50", |case| {
        case.seen.quote = Some(build::quote("AAPL", "99.99999999", "99.99999999"));
    });
    let verdict = barely.verdict(&GateName::Custom("price_collar".into()));
    assert_eq!(verdict.reason, "limit off the mid 250.0001 bps > 250 bps");
}

/// A working order of the fund's own in the case's symbol.
fn works(case: &mut Case, side: Side, kind: OrderType, price: &str) {
    let mut own = build::order("AAPL", "10");
    (own.order_id, own.side, own.order_type) = (read("own-1"), side, kind);
    own.tif = TimeInForce::Gtc;
    match kind {
        OrderType::Stop => own.stop_price = Some(read(price)),
        OrderType::Market => {}
        OrderType::Limit | OrderType::StopLimit | OrderType::MarketableLimit => {
            own.limit_price = Some(read(price));
        }
    }
    let sum = if side.is_buy() {
        &mut case.working_buy
    } else {
        &mut case.working_sell
    };
    *sum += own.quantity;
    case.own.push(own);
}

#[test]
fn the_fund_does_not_trade_with_itself() {
    use OrderType::{Limit, Market, Stop};
    let cross = |exits: bool, side: Side, change: &dyn Fn(&mut Case)| {
        let reach_bps = 100;
        under(CustomGate::SelfCross { reach_bps, exits }, side, change)
    };
    let refused = refuses("self_cross");
    let buy_at = |price: &'static str, kind: OrderType, own: &'static str| {
        cross(true, Side::Buy, &|case| {
            limit(&mut case.order, price);
            works(case, Side::Sell, kind, own);
            case.position = read("100");
        })
    };
    let market = |own: &'static str| {
        cross(true, Side::Buy, &|case| {
            works(case, Side::Sell, Limit, own);
            case.position = read("100");
        })
    };
    let exit = |exits: bool| {
        cross(exits, Side::Sell, &|case| {
            limit(&mut case.order, "99");
            works(case, Side::Buy, Limit, "99");
            case.position = read("100");
        })
    };
    check_all(vec![
        ("prices meet", buy_at("100", Limit, "100"), refused.clone()),
        ("a tick apart", buy_at("100", Limit, "100.01"), None),
        ("a stop rests nowhere", buy_at("100", Stop, "100"), None),
        (
            "an order without a price reaches the touch and beyond",
            buy_at("99.01", Market, ""),
            refused.clone(),
        ),
        ("and no further", buy_at("98.99", Market, ""), None),
        (
            "at the market, within reach",
            market("101"),
            refused.clone(),
        ),
        ("at the market, beyond reach", market("101.01"), None),
        (
            "the same side is no cross",
            cross(true, Side::Buy, &|case| {
                limit(&mut case.order, "100");
                works(case, Side::Buy, Limit, "100");
            }),
            None,
        ),
        ("an exit, held back too", exit(true), refused.clone()),
        ("an exit, let out", exit(false), None),
        (
            "an exit that nobody can tell is let out",
            exit(true).with(|case| {
                (case.order.order_type, case.order.limit_price) = (Market, None);
                case.seen.quote = None;
            }),
            None,
        ),
        (
            "a new short meets a working buy",
            cross(true, Side::Short, &|case| {
                limit(&mut case.order, "100");
                works(case, Side::Buy, Limit, "100.50");
            }),
            refused,
        ),
    ]);
    let said = buy_at("100", Limit, "100").verdict(&GateName::Custom("self_cross".into()));
    assert_eq!(said.reason, "would trade with our own own-1");
}

#[test]
fn what_is_restricted_is_closed_only_and_what_is_not_near_the_open_is_not_held() {
    let list = || CustomGate::RestrictedList {
        symbols: vec![read("AAPL")],
    };
    let open = |classes: Vec<AssetClass>| CustomGate::NoTradesNearOpen {
        minutes: 600,
        open_minute: 0,
        zone: "UTC0".to_owned(),
        classes,
    };
    let nothing: fn(&mut Case) = |_| ();
    let early: fn(&mut Case) = |case| case.now = read("2026-11-23T03:00:00Z");
    let equities = || open(vec![AssetClass::Equities]);
    check_all(vec![
        (
            "listed",
            under(list(), Side::Buy, nothing),
            refuses("restricted_list"),
        ),
        (
            "listed, a way out",
            under(list(), Side::Sell, |c| c.position = read("10")),
            None,
        ),
        (
            "listed, a flip",
            under(list(), Side::Sell, |c| c.position = read("9")),
            refuses("restricted_list"),
        ),
        (
            "near the open",
            under(equities(), Side::Buy, early),
            refuses("no_trades_near_open"),
        ),
        (
            "near the open, a way out",
            under(equities(), Side::Sell, |c| {
                early(c);
                c.position = read("10");
            }),
            None,
        ),
        (
            "another market's",
            under(open(vec![AssetClass::Crypto]), Side::Buy, early),
            None,
        ),
        (
            "on a Sunday nothing opens",
            under(equities(), Side::Buy, |c| {
                c.now = read("2026-11-22T03:00:00Z");
            }),
            None,
        ),
    ]);
    let verdict = under(equities(), Side::Buy, early);
    let verdict = verdict.verdict(&GateName::Custom("no_trades_near_open".into()));
    assert_eq!(verdict.reason, "opened 180 min ago, opens risk after 600");
}

#[test]
fn gates_are_asked_in_the_order_they_stand_in() {
    let both = under(CustomGate::PriceCollar { bps: 1 }, Side::Buy, |case| {
        limit(&mut case.order, "50");
        let symbols = vec![read("AAPL")];
        case.gates.insert(0, CustomGate::RestrictedList { symbols });
    });
    assert_eq!(both.outcome(), refuses("restricted_list"));
    let turned = both.with(|case| case.gates.reverse());
    assert_eq!(turned.outcome(), refuses("price_collar"));
}
