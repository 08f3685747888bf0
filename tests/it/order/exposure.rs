//! The running sums equal a re-add, whatever happened in whatever order.

use std::collections::BTreeMap;

use mts1b_desk::domain::{Currency, Money, Quantity, Symbol};
use mts1b_desk::order::exposure::{DECIMALS, Exposure};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::support::build::{read, symbol};

#[derive(Debug, Clone)]
enum Change {
    Position(usize, Quantity),
    Working(usize, Quantity, Quantity),
    Mark(usize, Option<Money>),
    Cash(Option<Money>),
}

const NAMES: [&str; 5] = ["AAPL", "MSFT", "BTC-USD", "EUR/USD", "USD/JPY"];

fn quantity(signed: bool) -> impl Strategy<Value = Quantity> {
    let least = if signed { -1_000_000 } else { 0 };
    (least..1_000_000_i64, 0_u32..9)
        .prop_map(|(n, scale)| Quantity::new(Decimal::new(n, scale)).unwrap())
}

fn money() -> impl Strategy<Value = Option<Money>> {
    let some = (1_i64..1_000_000_000_000, 0_u32..28)
        .prop_map(|(n, scale)| Money::new(Decimal::new(n, scale)).unwrap());
    prop::option::weighted(0.9, some)
}

fn change() -> impl Strategy<Value = Change> {
    let which = 0..NAMES.len();
    prop_oneof![
        (which.clone(), quantity(true)).prop_map(|(at, units)| Change::Position(at, units)),
        (which.clone(), quantity(false), quantity(false))
            .prop_map(|(at, buy, sell)| Change::Working(at, buy, sell)),
        (which.clone(), money()).prop_map(|(at, unit)| Change::Mark(at, unit)),
        which.prop_map(|at| Change::Position(at, Quantity::ZERO)),
        money().prop_map(Change::Cash),
    ]
}

#[derive(Default, Clone, Copy)]
struct Naive {
    held: Quantity,
    buy: Quantity,
    sell: Quantity,
    unit: Option<Money>,
}

/// Adds up (value, gross, high, low) of the given parts; none when a mark that is needed is missing.
fn add<'a>(parts: impl Iterator<Item = &'a Naive>) -> Option<(Money, Money, Money, Money)> {
    let mut sum = (Money::ZERO, Money::ZERO, Money::ZERO, Money::ZERO);
    for part in parts {
        if part.held.is_zero() && part.buy.is_zero() && part.sell.is_zero() {
            continue;
        }
        let unit = part.unit?;
        let worth = |units: Quantity| unit.times(units).round(DECIMALS);
        let (high, low) = (worth(part.held + part.buy), worth(part.held - part.sell));
        sum.0 += worth(part.held);
        sum.1 += high.abs().max(low.abs());
        sum.2 += high;
        sum.3 += low;
    }
    Some(sum)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn running_sums_equal_a_re_add(changes in prop::collection::vec(change(), 0..60)) {
        let symbols: Vec<Symbol> = NAMES.iter().map(|name| symbol(name)).collect();
        let mut exposure = Exposure::default();
        let mut naive: BTreeMap<usize, Naive> = BTreeMap::new();
        let mut cash = None;
        for change in changes {
            match change {
                Change::Position(at, units) => {
                    exposure.set_position(&symbols[at], units, Currency::USD);
                    naive.entry(at).or_default().held = units;
                }
                Change::Working(at, buy, sell) => {
                    exposure.set_working(&symbols[at], buy, sell);
                    let part = naive.entry(at).or_default();
                    (part.buy, part.sell) = (buy, sell);
                }
                Change::Mark(at, unit) => {
                    exposure.set_mark(&symbols[at], unit, None);
                    naive.entry(at).or_default().unit = unit;
                }
                Change::Cash(amount) => {
                    exposure.set_cash_usd(amount);
                    cash = amount;
                }
            }
            let held: Vec<Naive> = naive.values().map(|part| Naive { buy: Quantity::ZERO, sell: Quantity::ZERO, ..*part }).collect();
            let nav = cash.zip(add(held.iter())).map(|(cash, sum)| cash + sum.0);
            prop_assert_eq!(exposure.nav_usd(), nav);
            let all = add(naive.values());
            prop_assert_eq!(exposure.gross_usd(), all.map(|sum| sum.1));
            prop_assert_eq!(exposure.net_usd(), all.map(|sum| (sum.3, sum.2)));
            if let Some(all) = all {
                for (class, sum) in exposure.classes() {
                    let of_class = naive.iter().filter(|(at, _)| symbols[**at].asset_class() == class);
                    let own = add(of_class.map(|(_, part)| part));
                    prop_assert_eq!(own.map(|own| (own.0, own.1)), Some((sum.value, sum.gross)));
                }
                // Nothing is known of these symbols but their names.
                for (name, sum) in exposure.sectors() {
                    prop_assert_eq!((name, sum.value, sum.gross), (None, all.0, all.1));
                }
            }
            for (at, symbol) in symbols.iter().enumerate() {
                let others = add(naive.iter().filter(|(of, _)| **of != at).map(|(_, part)| part));
                let seen = exposure.seen(symbol, None, None, None);
                prop_assert_eq!(seen.other_gross_usd, others.map(|sum| sum.1));
                prop_assert_eq!(seen.other_net_high_usd, others.map(|sum| sum.2));
                prop_assert_eq!(seen.other_net_low_usd, others.map(|sum| sum.3));
                prop_assert_eq!(seen.nav_usd, nav);
            }
        }
    }
}

#[test]
fn unknown_is_not_zero() {
    let (aapl, msft) = (symbol("AAPL"), symbol("MSFT"));
    let mut exposure = Exposure::default();
    assert_eq!(exposure.nav_usd(), None, "cash was never told");
    exposure.set_cash_usd(Some(read("1000")));
    assert_eq!(exposure.nav_usd(), Some(read("1000")));
    exposure.set_position(&aapl, read("-2"), Currency::USD);
    assert_eq!(exposure.nav_usd(), None);
    assert_eq!(
        exposure.seen(&aapl, None, None, None).other_gross_usd,
        Some(read("0")),
        "its own mark is its own matter"
    );
    assert_eq!(exposure.seen(&msft, None, None, None).other_gross_usd, None);
    exposure.set_mark(&aapl, Some(read("100")), None);
    assert_eq!(exposure.nav_usd(), Some(read("800")));
    exposure.set_working(&msft, read("1"), read("0"));
    assert_eq!(
        exposure.nav_usd(),
        Some(read("800")),
        "what only works is worth nothing yet"
    );
    assert_eq!(exposure.gross_usd(), None);
    assert!(exposure.is_staked(&msft));
    exposure.set_working(&msft, Quantity::ZERO, Quantity::ZERO);
    assert_eq!(exposure.gross_usd(), Some(read("200")));
    assert!(!exposure.is_staked(&msft));
}
