//! The running sums equal a re-add, whatever happened in whatever order.

use std::collections::BTreeMap;

use mts1b_desk::domain::{Currency, Instrument, Money, Quantity, Symbol};
use mts1b_desk::order::exposure::{DECIMALS, Exposure, GROUPS_MOST};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::support::build::{instrument, read, symbol};

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

/// Sectors and countries of [`NAMES`].
const HOMES: [(Option<&str>, Option<&str>); 5] = [
    (Some("technology"), Some("US")),
    (Some("technology"), None),
    (Some("crypto"), Some("none")),
    (None, Some("none")),
    (Some("currencies"), Some("none")),
];

fn described(at: usize) -> Instrument {
    let (sector, country) = HOMES[at];
    Instrument {
        sector: sector.map(Into::into),
        country: country.map(Into::into),
        ..instrument(NAMES[at], "0.01", "1")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_by_group_equal_a_re_add(changes in prop::collection::vec((change(), any::<bool>()), 0..60)) {
        let symbols: Vec<Symbol> = NAMES.iter().map(|name| symbol(name)).collect();
        let mut exposure = Exposure::default();
        let mut naive: BTreeMap<usize, (Naive, bool)> = BTreeMap::new();
        for (change, told) in changes {
            match change {
                Change::Position(at, units) => {
                    exposure.set_position(&symbols[at], units, Currency::USD);
                    naive.entry(at).or_default().0.held = units;
                }
                Change::Working(at, buy, sell) => {
                    exposure.set_working(&symbols[at], buy, sell);
                    let part = &mut naive.entry(at).or_default().0;
                    (part.buy, part.sell) = (buy, sell);
                }
                Change::Mark(at, unit) => {
                    // Its reference data may be known only later; what is known stays known.
                    let of = told.then(|| described(at));
                    exposure.set_mark(&symbols[at], unit, of.as_ref());
                    let part = naive.entry(at).or_default();
                    part.0.unit = unit;
                    part.1 |= told;
                }
                Change::Cash(_) => {}
            }
            for own in 0..NAMES.len() {
                let of = described(own);
                let others = |counts: &dyn Fn(usize, bool) -> bool| {
                    // Any mark that is missing leaves all of them unknown.
                    add(naive.iter().filter(|(at, _)| **at != own).map(|(_, part)| &part.0))?;
                    let parts = naive.iter().filter(|(at, part)| **at != own && counts(**at, part.1));
                    add(parts.map(|(_, part)| &part.0)).map(|sum| sum.1)
                };
                let by = |pick: fn(usize) -> Option<&'static str>| {
                    others(&|at, told| {
                        let group = pick(at).filter(|_| told);
                        group.is_none() || group == pick(own)
                    })
                };
                let seen = exposure.seen(&symbols[own], Some(&of), None, None).groups;
                prop_assert_eq!(seen.other_sector_usd, by(|at| HOMES[at].0));
                prop_assert_eq!(seen.other_country_usd, by(|at| HOMES[at].1));
                let class = others(&|at, _| symbols[at].asset_class() == symbols[own].asset_class());
                prop_assert_eq!(seen.other_class_usd, class);
            }
        }
        if let Some(gross) = exposure.gross_usd() {
            prop_assert_eq!(exposure.sectors().map(|(_, sum)| sum.gross).sum::<Money>(), gross);
            prop_assert_eq!(exposure.countries().map(|(_, sum)| sum.gross).sum::<Money>(), gross);
            prop_assert_eq!(exposure.classes().map(|(_, sum)| sum.gross).sum::<Money>(), gross);
        }
    }
}

#[test]
fn beyond_so_many_sectors_a_further_one_counts_as_unknown() {
    let mut exposure = Exposure::default();
    let name = |n: usize| -> Symbol {
        let letters =
            [n / 676, n / 26 % 26, n % 26].map(|n| char::from(b'A' + u8::try_from(n).unwrap()));
        symbol(&String::from_iter(letters))
    };
    let of = |n: usize| Instrument {
        sector: Some(format!("sector {n}").into()),
        ..instrument(name(n).as_str(), "0.01", "1")
    };
    for n in 0..GROUPS_MOST + 100 {
        exposure.set_position(&name(n), Quantity::whole(1), Currency::USD);
        exposure.set_mark(&name(n), Some(read("1")), Some(&of(n)));
    }
    assert_eq!(exposure.sectors().count(), GROUPS_MOST + 1);
    let unknown = exposure.sectors().find(|(name, _)| name.is_none());
    assert_eq!(unknown.unwrap().1.gross, read("100"));
    // One that is told apart: itself is taken out, and the further ones may be of its sector.
    let seen = exposure.seen(&name(5), Some(&of(5)), None, None);
    assert_eq!(seen.groups.other_sector_usd, Some(read("100")));
    // One that is not: it is among the unknown ones.
    let last = GROUPS_MOST + 99;
    let seen = exposure.seen(&name(last), Some(&of(last)), None, None);
    assert_eq!(seen.groups.other_sector_usd, Some(read("99")));
}
