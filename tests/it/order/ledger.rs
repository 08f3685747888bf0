//! The books: what every fill does to positions, lots, cash and profit, and the laws that hold whatever comes.

use mts1b_desk::domain::{Currency, Fill, Money, Quantity, Side, Symbol, TaxLotMethod, Timestamp};
use mts1b_desk::event::{AccountFact, Fact};
use mts1b_desk::order::ledger::{Ledger, Valuation};
use mts1b_desk::order::oms::Orders;
use proptest::prelude::*;

use super::build::{apply, at, books, digest, fill, filled, fund, market, of, opened};

use TaxLotMethod::{Fifo, Hifo, Lifo, Loifo, Specid};

/// Books fills such as `buy 10@5`, all of one symbol in USD.
fn traded(method: TaxLotMethod, trades: &str) -> Ledger {
    let mut ledger = books(method);
    for (n, trade) in trades.split(", ").enumerate() {
        let fill = fill(&format!("f{n}"), "o", "AAPL", trade);
        ledger.apply(&filled(fill, "USD", Some("1")));
    }
    ledger
}

#[test]
fn positions_averages_and_profit() {
    // Trades, units held, average, profit taken, lots open, times opened from flat.
    let cases = [
        ("buy 10@5", "10", "5", "0", 1, 1),
        ("buy 10@5, buy 30@9", "40", "8", "0", 2, 1),
        ("buy 10@5, sell 4@7", "6", "5", "8", 1, 1),
        ("buy 10@5, sell 10@4", "0", "0", "-10", 0, 1),
        ("short 50@200", "-50", "200", "0", 1, 1),
        ("short 50@200, cover 20@210", "-30", "200", "-200", 1, 1),
        ("short 50@200, cover 50@190", "0", "0", "500", 0, 1),
        ("short 10@20, short 10@30", "-20", "25", "0", 2, 1),
        ("buy 10@5, sell 15@8", "-5", "8", "30", 1, 2),
        ("short 10@5, buy 15@8", "5", "8", "-30", 1, 2),
        ("buy 10@5, buy 10@6, sell 25@8", "-5", "8", "50", 1, 2),
        (
            "buy 0.3@0.1, sell 0.1@0.2, sell 0.2@0.3",
            "0",
            "0",
            "0.05",
            0,
            1,
        ),
    ];
    for (trades, quantity, average, realized, lots, epoch) in cases {
        let ledger = traded(Fifo, trades);
        let holding = ledger.holding(&of("AAPL")).unwrap();
        assert_eq!(holding.quantity, of(quantity), "units of {trades}");
        assert_eq!(holding.avg_price, of(average), "average of {trades}");
        assert_eq!(holding.realized_ytd_usd, of(realized), "profit of {trades}");
        assert_eq!(holding.lots.len(), lots, "lots of {trades}");
        assert_eq!(holding.epoch, epoch, "epoch of {trades}");
    }
}

#[test]
fn each_method_closes_its_own_lots_first() {
    let trades = "buy 10@6, buy 10@9, buy 10@4, sell 15@10";
    // Profit taken, and what is left of each open lot.
    let cases = [
        (Fifo, "45", "5@9 10@4"),
        (Specid, "45", "5@9 10@4"),
        (Lifo, "65", "10@6 5@9"),
        (Hifo, "30", "5@6 10@4"),
        (Loifo, "80", "5@6 10@9"),
    ];
    for (method, realized, left) in cases {
        let ledger = traded(method, trades);
        let holding = ledger.holding(&of("AAPL")).unwrap();
        assert_eq!(holding.realized_ytd_usd, of(realized), "{method:?}");
        let lots: Vec<_> = holding
            .lots
            .iter()
            .map(|lot| format!("{}@{}", lot.quantity, lot.price))
            .collect();
        assert_eq!(lots.join(" "), left, "{method:?}");
    }
}

#[test]
fn of_lots_at_one_price_the_oldest_closes_first() {
    for method in [Hifo, Loifo] {
        let ledger = traded(method, "buy 1@5, buy 2@5, sell 1@6");
        let holding = ledger.holding(&of("AAPL")).unwrap();
        assert_eq!(holding.lots[0].lot_id, of("f1"), "{method:?}");
    }
}

#[test]
fn tax_lots_tell_how_each_was_closed() {
    let ledger = traded(Fifo, "buy 10@5, buy 10@6, sell 4@7, sell 8@8");
    let lots = ledger.tax_lots(&of("AAPL"));
    assert_eq!(lots.len(), 2);
    let (closed, open) = (&lots[0], &lots[1]);
    assert_eq!(closed.lot_id, of("f0"));
    assert_eq!((closed.open_qty, closed.close_qty), (of("10"), of("10")));
    // 4 at 7 and 6 at 8.
    assert_eq!(closed.close_price, Some(of("7.6")));
    assert_eq!(closed.realized_pl_usd, of("26"));
    assert_eq!(closed.close_date, Some(at(10).date()));
    assert_eq!((open.open_qty, open.close_qty), (of("10"), of("2")));
    assert_eq!(open.close_date, None);
    assert_eq!(open.realized_pl_usd, of("4"));
}

#[test]
fn cash_moves_in_the_currency_of_the_price_and_fees_leave_in_usd() {
    let mut ledger = books(Fifo);
    let mut trade = fill("f0", "o", "USD/JPY", "buy 1000@150");
    trade.fees = of("2.5");
    ledger.apply(&filled(trade, "JPY", Some("0.0066")));
    assert_eq!(ledger.cash()[&of::<Currency>("JPY")], of("-150000"));
    assert_eq!(ledger.cash()[&Currency::USD], of("999997.5"));
    assert_eq!(ledger.holding(&of("USD/JPY")).unwrap().fees_usd, of("2.5"));
    // 1,000 USD bought with JPY: at the same mark only the fee is gone.
    let value = Valuation::of(&ledger, &market(&[("USD/JPY", "150")]));
    let nav = value.nav_usd.unwrap().round(9);
    assert_eq!(nav, of("999997.5"));
    assert_eq!(value.unrealized_usd.unwrap(), Money::ZERO);
}

#[test]
fn the_published_example_of_a_short() {
    let ledger = traded(Fifo, "short 50@200");
    let market = market(&[("AAPL", "210")]);
    let positions = ledger.positions(&market, at(30));
    assert_eq!(positions.len(), 1);
    assert_eq!(positions[0].market_value_usd, of("-10500"));
    assert_eq!(positions[0].unrealized_pl_usd, of("-500"));
    assert_eq!(positions[0].last_updated, at(20));
    let value = Valuation::of(&ledger, &market);
    assert_eq!(value.nav_usd, Some(of("999500")));
    assert_eq!(value.gross_usd, Some(of("10500")));
    assert_eq!(value.rows[0].unrealized_ratio, Some(of("-0.05")));
    let nav = ledger.nav_snapshot(&market, at(30)).unwrap();
    assert_eq!(nav.nav_usd, nav.cash_usd + nav.positions_value_usd);
}

#[test]
fn what_has_no_mark_or_rate_has_no_value() {
    let ledger = traded(Fifo, "buy 10@5");
    let value = Valuation::of(&ledger, &market(&[]));
    assert_eq!(value.cash_usd, Some(of("999950")));
    assert_eq!((value.nav_usd, value.gross_usd), (None, None));
    assert_eq!(value.rows[0].value_usd, None);
    assert_eq!(ledger.positions(&market(&[]), at(30)), []);
    assert_eq!(ledger.nav_snapshot(&market(&[]), at(30)), None);

    let mut ledger = books(Fifo);
    for (n, trade) in ["buy 10@5", "sell 10@7"].iter().enumerate() {
        let fill = fill(&format!("f{n}"), "o", "EUR/CHF", trade);
        ledger.apply(&filled(fill, "CHF", None));
    }
    let unknown = Valuation::of(&ledger, &market(&[]));
    assert!(!unknown.realized_known && unknown.nav_usd.is_none());
    let known = Valuation::of(&ledger, &market(&[("USD/CHF", "0.8")]));
    assert!(known.realized_known);
    assert_eq!(known.realized_usd, of("25"));
    assert_eq!(known.nav_usd, Some(of("1000025")));
}

#[test]
fn an_empty_book_is_worth_its_cash() {
    let value = Valuation::of(&books(Fifo), &market(&[]));
    assert_eq!(value.nav_usd, Some(of("1000000")));
    assert_eq!(value.positions_usd, Some(Money::ZERO));
    assert!(value.realized_known && value.rows.is_empty());
}

#[test]
fn the_day_is_measured_from_the_nav_it_began_with() {
    let mut ledger = traded(Fifo, "buy 100@50");
    assert_eq!(
        Valuation::of(&ledger, &market(&[("AAPL", "50")])).day_usd,
        None
    );
    ledger.apply(&AccountFact::DayStarted {
        day: at(0).day(),
        nav_usd: of("1000000"),
    });
    let value = Valuation::of(&ledger, &market(&[("AAPL", "40")]));
    assert_eq!(value.day_usd, Some(of("-1000")));
    assert_eq!(value.day_ratio, Some(of("-0.001")));
}

#[test]
fn profit_of_the_year_starts_again_with_the_year() {
    let ytd = |ledger: &Ledger| ledger.holding(&of("AAPL")).unwrap().realized_ytd_usd;
    let next: Timestamp = of("2027-01-01T00:00:01Z");
    let late = |n: &str, timestamp: Timestamp| {
        let trade = fill(n, "o", "AAPL", "sell 1@7");
        filled(Fill { timestamp, ..trade }, "USD", Some("1"))
    };
    let mut ledger = traded(Fifo, "buy 10@5, sell 4@7");
    assert_eq!(ytd(&ledger), of("8"));
    ledger.apply(&late("mad", of("9000-01-01T00:00:00Z")));
    assert_eq!(
        ytd(&ledger),
        of("10"),
        "one mad clock does not end the year"
    );
    ledger.apply(&AccountFact::DayStarted {
        day: next.day(),
        nav_usd: of("1"),
    });
    assert_eq!(ytd(&ledger), Money::ZERO);
    ledger.apply(&late("old", at(10)));
    assert_eq!(
        ytd(&ledger),
        Money::ZERO,
        "last year's fill is last year's profit"
    );
    ledger.apply(&late("new", next));
    assert_eq!(ytd(&ledger), of("2"));

    let mut ledger = traded(Fifo, "buy 10@5, sell 4@7");
    ledger.apply(&late("first", next));
    assert_eq!(ytd(&ledger), of("2"), "a fill may be the first to say it");
}

#[test]
fn books_are_opened_once_and_resumed_with_the_fund_as_it_is_now() {
    let mut ledger = books(Fifo);
    ledger.apply(&opened(Lifo, "5"));
    assert_eq!(ledger.cash()[&Currency::USD], of("1000000"));
    ledger.apply(&AccountFact::Resumed {
        fund: Box::new(fund(Lifo)),
        version: "0".to_owned(),
        at: at(1),
    });
    assert_eq!(ledger.fund().unwrap().tax_lot_method, Lifo);
}

/// Two symbols in two currencies, any side, sizes and prices with decimals.
fn trades() -> impl Strategy<Value = Vec<AccountFact>> {
    let one = (0..2usize, 0..4usize, 1..400i64, 1..5000i64, 0..300i64);
    prop::collection::vec(one, 0..40).prop_map(|lines| {
        let fact =
            |(n, (what, side, quantity, price, fee)): (usize, (usize, usize, i64, i64, i64))| {
                let (symbol, currency, rate) =
                    [("AAPL", "USD", "1"), ("BTC-EUR", "EUR", "1.25")][what];
                let decimal = rust_decimal::Decimal::new;
                let trade = Fill {
                    side: Side::ALL[side],
                    quantity: Quantity::new(decimal(quantity, 2)).unwrap(),
                    price: mts1b_desk::domain::Price::new(decimal(price, 3)).unwrap(),
                    fees: Money::new(decimal(fee, 4)).unwrap(),
                    ..fill(&format!("f{n}"), "o", symbol, "buy 1@1")
                };
                filled(trade, currency, Some(rate))
            };
        lines.into_iter().enumerate().map(fact).collect()
    })
}

fn methods() -> impl Strategy<Value = TaxLotMethod> {
    prop::sample::select(vec![Fifo, Lifo, Hifo, Loifo, Specid])
}

fn parts(fact: &AccountFact) -> (&Fill, Currency) {
    match fact {
        AccountFact::Filled { fill, currency, .. } => (fill, *currency),
        other => panic!("{other:?} is no fill"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_books_balance(method in methods(), facts in trades()) {
        let mut ledger = books(method);
        for fact in &facts {
            ledger.apply(fact);
        }
        // Position is the sum of fills, and of lots, all on one side.
        for name in ["AAPL", "BTC-EUR"] {
            let symbol: Symbol = of(name);
            let own = || facts.iter().map(|fact| parts(fact).0).filter(|fill| fill.symbol == symbol);
            let traded: Quantity = own().map(|fill| fill.side.signed(fill.quantity)).sum();
            prop_assert_eq!(ledger.quantity(&symbol), traded);
            if let Some(holding) = ledger.holding(&symbol) {
                let lots: Quantity = holding.lots.iter().map(|lot| lot.quantity).sum();
                prop_assert_eq!(lots, traded);
                let one_side = holding.lots.iter().all(|lot| lot.quantity.is_negative() == traded.is_negative());
                prop_assert!(one_side, "{:?}", holding.lots);
                let cost: Money = holding.lots.iter().map(|lot| lot.price * lot.quantity).sum();
                prop_assert_eq!(holding.cost, cost);
            }
        }
        // Cash moved by exactly what was paid and charged.
        let mut usd: Money = of("1000000");
        let mut eur = Money::ZERO;
        for fact in &facts {
            let (fill, currency) = parts(fact);
            let paid = fill.price * fill.side.signed(fill.quantity);
            usd -= fill.fees;
            if currency == Currency::USD { usd -= paid } else { eur -= paid }
        }
        prop_assert_eq!(ledger.cash()[&Currency::USD], usd);
        prop_assert_eq!(ledger.cash().get(&of::<Currency>("EUR")).copied().unwrap_or_default(), eur);
        // At constant rates, profit taken and not taken, less fees, is what NAV gained.
        let market = market(&[("AAPL", "2.345"), ("BTC-EUR", "3.21"), ("EUR/USD", "1.25")]);
        let value = Valuation::of(&ledger, &market);
        let fees: Money = ledger.holdings().map(|holding| holding.fees_usd).sum();
        let gained = value.nav_usd.unwrap() - of("1000000");
        prop_assert_eq!(value.realized_usd + value.unrealized_usd.unwrap() - fees, gained);
        prop_assert_eq!(value.nav_usd, value.cash_usd.zip(value.positions_usd).map(|(a, b)| a + b));
        // What is open and closed of every lot is what was opened; profit by lot is profit in all.
        let all = || ["AAPL", "BTC-EUR"].into_iter().flat_map(|name| ledger.tax_lots(&of(name)));
        let by_lot: Money = all().map(|lot| lot.realized_pl_usd).sum();
        prop_assert_eq!(by_lot, value.realized_usd);
        prop_assert!(all().all(|lot| lot.close_qty <= lot.open_qty.abs()));
    }

    #[test]
    fn a_fill_told_again_changes_nothing_and_a_replay_gives_the_same_books(
        method in methods(),
        facts in trades(),
        again in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..8),
    ) {
        let run = |facts: &[AccountFact]| {
            let (mut orders, mut ledger) = (Orders::default(), books(method));
            for fact in facts {
                apply(&mut orders, &mut ledger, &Fact::Account(fact.clone()));
            }
            (digest(&orders, &ledger), ledger)
        };
        let (once, ledger) = run(&facts);
        prop_assert_eq!(&once, &run(&facts).0);
        prop_assert_eq!(ledger.remembered(), facts.len());
        let mut doubled = facts.clone();
        if !facts.is_empty() {
            for (which, place) in &again {
                let from = which.index(facts.len());
                let fact = facts[from].clone();
                // Anywhere after its first telling.
                let first = doubled.iter().position(|f| *f == fact).unwrap();
                let place = first + 1 + place.index(doubled.len() - first);
                doubled.insert(place, fact);
            }
        }
        prop_assert_eq!(&once, &run(&doubled).0);
    }
}

#[test]
fn equal_books_have_equal_digests_and_others_do_not() {
    let mut seen = std::collections::HashSet::new();
    let orders = Orders::default();
    for trades in [
        "buy 1@5",
        "buy 2@5",
        "buy 1@6",
        "buy 1@5, buy 1@5",
        "short 1@5",
    ] {
        assert!(
            seen.insert(digest(&orders, &traded(Fifo, trades))),
            "{trades}"
        );
    }
    // The way an amount is written does not matter, what it is does.
    assert!(!seen.insert(digest(&orders, &traded(Fifo, "buy 1.00@5.0"))));
}

#[test]
fn a_clock_that_was_set_back_finds_its_day_again() {
    let mut ledger = books(TaxLotMethod::Fifo);
    for (day, nav_usd) in [(10, of("100")), (11, of("90"))] {
        ledger.apply(&AccountFact::DayStarted { day, nav_usd });
    }
    let start = |day| ledger.day_start_on(day);
    assert_eq!(start(11), Some(of("90")));
    assert_eq!(start(10), Some(of("100")), "its own");
    assert_eq!(
        start(9),
        Some(of("90")),
        "never begun: the newest one counts on"
    );
    assert_eq!(start(12), None, "yet to begin");
}

#[test]
fn the_place_to_read_fills_again_from_lies_so_many_fills_back() {
    let mut ledger = books(TaxLotMethod::Fifo);
    for n in 0..1030 {
        let name = format!("f{n}");
        assert_eq!(ledger.reread_from(&of("paper"), 1024).is_some(), n > 1024);
        ledger.apply(&filled(
            fill(&name, "o", "AAPL", "buy 1@10"),
            "USD",
            Some("1"),
        ));
    }
    let from = ledger.reread_from(&of("paper"), 1024).unwrap();
    assert_eq!(from.0.as_str(), "f5");
    assert_eq!(ledger.reread_from(&of("other"), 1024), None);
}
