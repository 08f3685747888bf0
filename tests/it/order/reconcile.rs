//! Ours against theirs: nothing guessed, nothing said twice, no order of rows that matters.

use mts1b_desk::domain::{Order, Position, Quantity, Side, Symbol, TaxLotMethod};
use mts1b_desk::event::{AccountFact, Fact, OrderFact};
use mts1b_desk::order::ledger::Ledger;
use mts1b_desk::order::oms::{Orders, Ours, Theirs, reconcile};
use proptest::prelude::*;

use super::build::{apply, at, books, fill, filled, of, order, sent};

fn held(symbol: &str, quantity: &str) -> Position {
    Position {
        fund_id: of("fund"),
        symbol: of(symbol),
        quantity: of(quantity),
        avg_price: of("10"),
        last_price: of("10"),
        market_value_usd: of("0"),
        unrealized_pl_usd: of("0"),
        realized_pl_ytd_usd: of("0"),
        last_updated: at(0),
        tax_lots: Vec::new(),
    }
}

/// A desk that holds 5 AAPL, with `w` working (2 of 10 done), `i` in flight, `c` canceled, `f` filled.
fn ours() -> (Orders, Ledger) {
    let (mut orders, mut ledger) = (Orders::default(), books(TaxLotMethod::Fifo));
    let mut facts = Vec::new();
    for id in ["w", "i", "c", "f"] {
        facts.extend(sent(order(id, Side::Buy, "10", "MSFT"), at(0)));
    }
    for id in ["w", "c"] {
        facts.push(Fact::Order(OrderFact::Accepted {
            order_id: of(id),
            broker_order_id: None,
            at: at(1),
        }));
    }
    facts.push(Fact::Order(OrderFact::Canceled {
        order_id: of("c"),
        at: at(2),
    }));
    for (id, order_id, symbol, trade) in [
        ("1", "w", "MSFT", "buy 2@10"),
        ("2", "f", "MSFT", "buy 10@10"),
        ("3", "old", "AAPL", "buy 5@10"),
        ("4", "old", "MSFT", "sell 12@10"),
    ] {
        let fact = filled(fill(id, order_id, symbol, trade), "USD", Some("1"));
        facts.push(Fact::Account(fact));
    }
    for fact in &facts {
        apply(&mut orders, &mut ledger, fact);
    }
    (orders, ledger)
}

fn row(id: &str, done: &str) -> Order {
    let mut row = order(id, Side::Buy, "10", "MSFT");
    row.filled_quantity = of(done);
    row
}

fn agree(orders: &Orders, ledger: &Ledger, rows: &[Order], positions: &[Position]) -> Vec<Fact> {
    let theirs = Theirs {
        broker: &of("paper"),
        orders: rows,
        positions,
    };
    reconcile(Ours { orders, ledger }, theirs, at(60))
}

fn words(facts: &[Fact]) -> Vec<String> {
    let word = |fact: &Fact| match fact {
        Fact::Order(OrderFact::Accepted { order_id, .. }) => format!("accepted {order_id}"),
        Fact::Order(OrderFact::Unknown { order_id, .. }) => format!("unknown {order_id}"),
        Fact::Account(AccountFact::Drift { what, .. }) => what.clone(),
        Fact::Account(AccountFact::Locked { symbol, .. }) => format!("locked {symbol}"),
        Fact::Account(AccountFact::Unlocked { symbol, .. }) => format!("unlocked {symbol}"),
        other => panic!("reconciling does not make {other:?}"),
    };
    facts.iter().map(word).collect()
}

/// What it shows, what the broker states, and what follows.
type Case = (&'static str, (Vec<Order>, Vec<Position>), Vec<&'static str>);

#[test]
fn each_difference_has_its_answer() {
    let same = || (vec![row("w", "2")], vec![held("AAPL", "5")]);
    let cases: Vec<Case> = vec![
        ("all agrees", same(), vec![]),
        (
            "gone there",
            (vec![], vec![held("AAPL", "5")]),
            vec!["unknown w"],
        ),
        (
            "in flight here, working there",
            (vec![row("w", "2"), row("i", "0")], vec![held("AAPL", "5")]),
            vec!["accepted i"],
        ),
        (
            "a stranger works there",
            (vec![row("w", "2"), row("x", "0")], vec![held("AAPL", "5")]),
            vec![
                "paper works order x (buy 10 MSFT), which is not at hand",
                "locked MSFT",
            ],
        ),
        (
            "ended here, working there",
            (vec![row("w", "2"), row("c", "0")], vec![held("AAPL", "5")]),
            vec!["paper works order c, which is canceled here", "locked MSFT"],
        ),
        (
            "an older statement shows a filled order",
            (vec![row("w", "2"), row("f", "3")], vec![held("AAPL", "5")]),
            vec![],
        ),
        (
            "a fill is missing here",
            (vec![row("w", "3")], vec![held("AAPL", "5")]),
            vec![
                "paper has done 3 of order w, only 2 are booked here",
                "locked MSFT",
            ],
        ),
        (
            "positions differ",
            (
                vec![row("w", "2")],
                vec![held("AAPL", "6"), held("TSLA", "-1"), held("MSFT", "0")],
            ),
            vec![
                "paper holds 6 AAPL, the books hold 5",
                "paper holds -1 TSLA, the books hold 0",
                "locked AAPL",
                "locked TSLA",
            ],
        ),
        (
            "a position is missing there",
            (vec![row("w", "2")], vec![]),
            vec!["paper holds no AAPL, the books hold 5", "locked AAPL"],
        ),
    ];
    for (name, (rows, positions), expected) in cases {
        let (orders, ledger) = ours();
        assert_eq!(
            words(&agree(&orders, &ledger, &rows, &positions)),
            expected,
            "{name}"
        );
    }
}

#[test]
fn a_symbol_is_locked_while_the_venue_and_the_books_differ_and_no_longer() {
    let (mut orders, mut ledger) = ours();
    let mut state = |positions: &[Position]| {
        let facts = agree(&orders, &ledger, &[row("w", "2")], positions);
        for fact in &facts {
            apply(&mut orders, &mut ledger, fact);
        }
        (
            words(&facts).pop(),
            ledger.locked(&of("AAPL")).map(str::to_owned),
        )
    };
    let why = Some("paper holds 1 more than the books".to_owned());
    let locked = Some("locked AAPL".to_owned());
    assert_eq!(state(&[held("AAPL", "6")]), (locked, why.clone()));
    assert_eq!(state(&[held("AAPL", "6")]), (None, why), "once is enough");
    let unlocked = Some("unlocked AAPL".to_owned());
    assert_eq!(state(&[held("AAPL", "5")]), (unlocked, None));
    let lifted = AccountFact::Unlocked {
        symbol: of("AAPL"),
        by: Some(("ana".to_owned(), "moved by hand".to_owned())),
        at: at(61),
    };
    let (mut orders, mut ledger) = ours();
    for fact in agree(&orders, &ledger, &[], &[held("AAPL", "6")]) {
        apply(&mut orders, &mut ledger, &fact);
    }
    ledger.apply(&lifted);
    for (held_there, locks) in [("6", false), ("7", true)] {
        for fact in agree(&orders, &ledger, &[], &[held("AAPL", held_there)]) {
            apply(&mut orders, &mut ledger, &fact);
        }
        assert_eq!(ledger.locked(&of("AAPL")).is_some(), locks, "{held_there}");
    }
}

#[test]
fn another_brokers_statement_says_nothing_of_our_orders_and_positions() {
    let (orders, ledger) = ours();
    let theirs = Theirs {
        broker: &of("other"),
        orders: &[],
        positions: &[],
    };
    let ours = Ours {
        orders: &orders,
        ledger: &ledger,
    };
    assert_eq!(reconcile(ours, theirs, at(60)), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_shuffle_with_repeats_says_the_same_and_saying_it_settles_it(
        rows in prop::collection::vec(
            (prop::sample::select(vec!["w", "i", "c", "f", "x", "y"]), 0..4i32), 0..8),
        positions in prop::collection::vec(
            (prop::sample::select(vec!["AAPL", "MSFT", "TSLA"]), -3..7i32), 0..5),
        seed in any::<u64>(),
    ) {
        let (mut orders, mut ledger) = ours();
        let rows: Vec<Order> = rows.iter().map(|(id, n)| row(id, &n.to_string())).collect();
        let positions: Vec<Position> =
            positions.iter().map(|(symbol, n)| held(symbol, &n.to_string())).collect();
        let first = agree(&orders, &ledger, &rows, &positions);

        let (mut mixed, mut mixed_positions) = (rows.clone(), positions.clone());
        mixed.extend(rows.iter().take(3).cloned());
        mixed_positions.extend(positions.iter().take(2).cloned());
        let turn = usize::try_from(seed % 1009).unwrap();
        if !mixed.is_empty() {
            let by = turn % mixed.len();
            mixed.rotate_left(by);
        }
        mixed_positions.reverse();
        prop_assert_eq!(&agree(&orders, &ledger, &mixed, &mixed_positions), &first);

        let before: Vec<Quantity> = ["AAPL", "MSFT"].iter().map(|s| ledger.quantity(&of::<Symbol>(s))).collect();
        for fact in &first {
            apply(&mut orders, &mut ledger, fact);
        }
        let after: Vec<Quantity> = ["AAPL", "MSFT"].iter().map(|s| ledger.quantity(&of::<Symbol>(s))).collect();
        prop_assert_eq!(before, after, "positions change by fills alone");
        prop_assert_eq!(agree(&orders, &ledger, &mixed, &mixed_positions), Vec::new());
    }
}
