//! Journal, venue and desk: what locks a symbol, what is proposed, and what a person's correction does to the books.

use mts1b_desk::domain::{
    Fill, FillCursor, Money, OrderId, Position, Price, Quantity, RejectionCode, Side,
};
use mts1b_desk::engine::LoopStats;
use mts1b_desk::event::{
    AccountFact, BrokerReport, Command, Fact, Input, LinkHealth, OrderFact, RateLimits,
};
use mts1b_desk::order::compare::{Proposal, Row};
use proptest::prelude::*;

use super::rig::{AAPL, Desk, limit, place, program, refusals, ticket};
use crate::support::build::read;

fn held(units: &str, price: &str, desk: &Desk) -> Position {
    Position {
        fund_id: read("fund-1"),
        symbol: read(AAPL),
        quantity: read(units),
        avg_price: read(price),
        last_price: read(price),
        market_value_usd: Money::ZERO,
        unrealized_pl_usd: Money::ZERO,
        realized_pl_ytd_usd: Money::ZERO,
        last_updated: desk.now,
        tax_lots: Vec::new(),
    }
}

/// The venue works what works here and holds so many shares.
fn state(desk: &mut Desk, units: &str) -> Vec<Fact> {
    let orders = desk
        .state
        .orders()
        .live()
        .map(|record| record.order.clone());
    let orders = orders.collect();
    let positions = vec![held(units, "99.50", desk)];
    desk.report(BrokerReport::Statement {
        broker: read("paper"),
        orders,
        positions,
    })
}

fn row(desk: &Desk) -> Row {
    let snap = desk.state.snapshot(desk.now, LoopStats::default());
    let mut rows = snap.compared(desk.now);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

fn proposed(desk: &Desk) -> Result<Proposal, String> {
    row(desk).settles.expect("it is locked")
}

fn correct(units: &str, price: &str) -> Command {
    Command::Correct {
        symbol: read(AAPL),
        quantity: read(units),
        price: read(price),
        actor: "ana".into(),
        reason: "the venue is right".into(),
    }
}

fn accept(desk: &mut Desk) -> Vec<Fact> {
    let proposal = proposed(desk).unwrap();
    let (units, price) = (proposal.quantity.to_string(), proposal.price.to_string());
    desk.command(correct(&units, &price))
}

fn code(facts: &[Fact]) -> Option<RejectionCode> {
    facts.iter().find_map(|fact| match fact {
        Fact::Order(OrderFact::Rejected { code, .. }) => code.clone(),
        _ => None,
    })
}

fn cash(desk: &Desk) -> Money {
    desk.state.ledger().cash().values().copied().sum()
}

/// Long 100 at 100.02.
fn long() -> Desk {
    let mut desk = Desk::open();
    desk.link(LinkHealth::Up);
    let entry = desk.work(limit("entry", Side::Buy, "100", "100.02"));
    desk.fill(&entry, "100");
    desk
}

#[test]
fn three_columns_that_agree_lock_nothing_and_a_difference_locks_what_opens_alone() {
    let mut desk = long();
    desk.work(limit("more", Side::Buy, "7", "90"));
    state(&mut desk, "100");
    let same = row(&desk);
    assert!(
        same.agrees() && same.lock.is_none() && same.settles.is_none(),
        "{same:?}"
    );
    assert_eq!(
        (same.journal.position, same.journal.buys),
        (read("100"), read("7"))
    );

    state(&mut desk, "105");
    let apart = row(&desk);
    assert!(!apart.agrees());
    assert_eq!(apart.venue.unwrap().position, read("105"));
    assert_eq!(
        (apart.journal, apart.desk.position),
        (apart.desk, read("100"))
    );
    assert_eq!(
        apart.lock,
        Some(("paper holds 5 more than the books".into(), false))
    );
    let opens = desk.command(place(limit("open", Side::Buy, "1", "90")));
    assert_eq!(code(&opens), Some(RejectionCode::SymbolLocked));
    let exits = desk.command(place(limit("exit", Side::Sell, "1", "110")));
    assert_eq!(code(&exits), None);
}

#[test]
fn a_correction_is_proposed_once_the_venue_says_the_same_twice_over_unchanged_books() {
    let mut desk = long();
    state(&mut desk, "105");
    assert!(
        proposed(&desk)
            .unwrap_err()
            .contains("its next statement is awaited")
    );
    assert!(refusals(&desk.command(correct("5", "100.01")))[0].contains("awaited"));
    state(&mut desk, "106");
    assert!(proposed(&desk).is_err(), "it said something else");
    state(&mut desk, "106");
    let proposal = proposed(&desk).unwrap();
    assert_eq!(
        (proposal.quantity, proposal.price, proposal.from),
        (read("6"), read("100.01"), "the mark")
    );
    // A fill changes the books: what was stated before it says nothing of them now.
    let late = desk.work(limit("late", Side::Sell, "1", "100"));
    desk.fill(&late, "1");
    assert!(proposed(&desk).unwrap_err().contains("the books changed"));
    assert!(refusals(&desk.command(correct("6", "100.01")))[0].contains("the books changed"));
}

#[test]
fn an_accepted_correction_is_booked_to_the_cent_unlocks_and_outlives_a_restart() {
    let mut desk = long();
    state(&mut desk, "105");
    state(&mut desk, "105");
    let before = cash(&desk);
    for (command, why) in [
        (
            correct("4", "100.01"),
            "4 would not settle it: venue and books are 5 apart",
        ),
        (
            correct("5", "0"),
            "price 0 is too far from 100.01, the mark",
        ),
        (
            correct("5", "1001"),
            "price 1001 is too far from 100.01, the mark",
        ),
        (
            Command::Correct {
                symbol: read(AAPL),
                quantity: read("5"),
                price: read("100.01"),
                actor: " ".into(),
                reason: "x".into(),
            },
            "a name and a reason are needed",
        ),
        (
            Command::Correct {
                symbol: read("MSFT"),
                quantity: read("5"),
                price: read("100.01"),
                actor: "ana".into(),
                reason: "x".into(),
            },
            "the books of MSFT are not in question",
        ),
    ] {
        assert_eq!(refusals(&desk.command(command)), [why]);
    }
    let facts = desk.step(program(), Input::Command(correct("5", "100.01")));
    assert!(refusals(&facts)[0].contains("not a program"));

    let facts = desk.command(correct("5", "99.37"));
    assert!(
        matches!(
            &facts[..],
            [
                Fact::Account(AccountFact::Corrected(_)),
                Fact::Account(AccountFact::Unlocked { by: Some(_), .. })
            ]
        ),
        "{facts:?}"
    );
    assert_eq!(desk.held(), read("105"));
    assert_eq!(cash(&desk) - before, read("-496.85"));
    let holding = desk.state.ledger().holding(&read(AAPL)).unwrap();
    assert_eq!(
        holding.cost,
        read::<Money>("10002") + read::<Money>("496.85")
    );
    assert_eq!(
        desk.state.books().exposure.stake(&read(AAPL)).position,
        read("105")
    );
    assert_eq!(desk.state.ledger().fills().len(), 1, "it is no fill");
    let kept = desk
        .state
        .ledger()
        .corrections()
        .last()
        .unwrap()
        .correction
        .clone();
    assert_eq!(
        (kept.by.as_str(), kept.reason.as_str()),
        ("ana", "the venue is right")
    );
    assert_eq!(
        code(&desk.command(place(limit("open", Side::Buy, "1", "90")))),
        None
    );
    assert!(refusals(&desk.command(correct("5", "99.37")))[0].contains("the books changed"));

    desk.restart(RateLimits::default());
    assert_eq!(desk.held(), read("105"));
    assert_eq!(desk.replayed().hash(), desk.state.hash());
    state(&mut desk, "105");
    assert!(
        row(&desk).lock.is_none(),
        "the venue's statement confirms it"
    );
}

#[test]
fn the_fill_that_was_missing_comes_after_all_and_the_correction_is_taken_back_at_its_own_price() {
    let mut desk = long();
    let order = desk.work(limit("lost", Side::Buy, "5", "100.02"));
    let before = cash(&desk);
    state(&mut desk, "105");
    state(&mut desk, "105");
    accept(&mut desk);
    // Replayed from the cursor, a day late.
    desk.fill(&order, "5");
    assert_eq!(desk.held(), read("110"));
    state(&mut desk, "105");
    state(&mut desk, "105");
    let proposal = proposed(&desk).unwrap();
    assert_eq!(
        (proposal.quantity, proposal.price, proposal.from),
        (
            read("-5"),
            read("100.01"),
            "as the correction it takes back"
        )
    );
    accept(&mut desk);
    assert_eq!(desk.held(), read("105"));
    assert_eq!(
        cash(&desk) - before,
        read("-500.10"),
        "the fill alone is left, to the cent"
    );
    let undone: Vec<bool> = desk
        .state
        .ledger()
        .corrections()
        .iter()
        .map(|known| known.undone)
        .collect();
    assert_eq!(undone, [true, true]);
    state(&mut desk, "105");
    assert!(row(&desk).lock.is_none());
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_position_nobody_here_made_is_proposed_at_the_venues_average() {
    let mut desk = Desk::open();
    desk.link(LinkHealth::Up);
    state(&mut desk, "-3");
    state(&mut desk, "-3");
    let proposal = proposed(&desk).unwrap();
    assert_eq!(
        (proposal.quantity, proposal.price, proposal.from),
        (read("-3"), read("99.50"), "the venue's average")
    );
    accept(&mut desk);
    assert_eq!(desk.held(), read("-3"));
}

/// Seen on day 1025599: what others sold was corrected, nobody quoted the symbol, and the fill of an order that
/// made the position smaller was booked at a thousand times its price.
#[test]
fn a_price_a_thousand_times_off_is_not_believed_where_only_a_correction_says_what_a_share_costs() {
    let mut desk = Desk::open();
    desk.link(LinkHealth::Up);
    for _ in 0..2 {
        state(&mut desk, "-3");
    }
    accept(&mut desk);
    // A start before the first quote.
    desk.state = desk.replayed();
    let order = desk.work(ticket("out", Side::Cover, "3"));
    let seen = desk.record(&order).seen.as_ref().unwrap();
    assert_eq!(seen.quote, None);
    let fill = |price: &str, desk: &Desk| Fill {
        side: Side::Cover,
        quantity: read("3"),
        price: read(price),
        ..done(1, &order, 3, 0, desk)
    };
    let wrong = fill("99500", &desk);
    tell(&mut desk, Some(&wrong));
    assert_eq!(desk.held(), read("-3"), "held back until it is said again");
    let right = fill("99.60", &desk);
    tell(&mut desk, Some(&right));
    assert_eq!(desk.held(), read("0"));
    let booked = desk.state.ledger().fills().iter().next_back();
    assert_eq!(booked.unwrap().fill.price, read("99.60"));
}

/// A trade the venue did: units and ticks from 100.
type Done = (i32, i32);

fn trades() -> impl Strategy<Value = Vec<Done>> {
    prop::collection::vec((1i32..=9, -50i32..=50), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever of the venue's fills is heard, how often and in which order: statements and corrections
    /// bring the books to what the venue holds, the late rest leaves nothing but the fills, to the cent.
    #[test]
    fn any_shuffle_doubling_or_loss_of_reports_ends_in_the_venues_books(
        trades in trades(),
        heard in prop::collection::vec((0usize..8, 1usize..3), 0..12),
        early in 0usize..12,
    ) {
        let mut desk = Desk::open();
        desk.link(LinkHealth::Up);
        let mut fills: Vec<Fill> = Vec::new();
        for (n, (units, ticks)) in trades.iter().enumerate() {
            let order_id = desk.work(limit(&format!("k{n}"), Side::Buy, &units.to_string(), "101"));
            fills.push(done(n, &order_id, *units, *ticks, &desk));
            desk.wait(1200);
        }
        let truth: Quantity = fills.iter().map(|fill| fill.side.signed(fill.quantity)).sum();
        let paid: Money = fills
            .iter()
            .map(|fill| fill.price * fill.side.signed(fill.quantity))
            .sum();
        let opened: Money = read("1000000");
        let truth = truth.to_string();
        for (at, (which, times)) in heard.iter().enumerate() {
            for _ in 0..*times {
                tell(&mut desk, fills.get(*which));
            }
            if at == early {
                settle(&mut desk, &truth);
            }
        }
        settle(&mut desk, &truth);
        prop_assert_eq!(desk.held().to_string(), truth.clone());
        let again = desk.facts.len();
        state(&mut desk, &truth);
        prop_assert_eq!(desk.facts.len(), again, "said again it says nothing more");
        // The stream is read again from the first fill on.
        for fill in &fills {
            tell(&mut desk, Some(fill));
        }
        settle(&mut desk, &truth);
        prop_assert_eq!(desk.held().to_string(), truth);
        let undone = desk.state.ledger().corrections().iter().all(|known| known.undone);
        if undone {
            prop_assert_eq!(cash(&desk), opened - paid, "fills alone are left");
        }
        let booked: Money = desk.state.ledger().corrections().iter()
            .map(|known| known.correction.price * known.correction.quantity)
            .sum();
        prop_assert_eq!(cash(&desk), opened - paid - booked);
        prop_assert_eq!(desk.replayed().hash(), desk.state.hash());
    }
}

fn done(n: usize, order_id: &OrderId, units: i32, ticks: i32, desk: &Desk) -> Fill {
    let price: Price = read(&format!("{:.2}", 100.0 + f64::from(ticks) / 100.0));
    Fill {
        fill_id: read(&format!("v-{n}")),
        order_id: order_id.clone(),
        symbol: read(AAPL),
        side: Side::Buy,
        quantity: Quantity::whole(units),
        price,
        fees: Money::ZERO,
        venue: read("paper"),
        timestamp: desk.now,
        broker_order_id: None,
        liquidity: None,
    }
}

fn tell(desk: &mut Desk, fill: Option<&Fill>) {
    let Some(fill) = fill else {
        return;
    };
    let cursor = FillCursor(fill.fill_id.as_str().into());
    desk.report(BrokerReport::Fill {
        broker: read("paper"),
        fill: fill.clone(),
        cursor,
        quote: None,
    });
}

/// The venue states what it holds until nothing is left to correct.
fn settle(desk: &mut Desk, units: &str) {
    for _ in 0..3 {
        state(desk, units);
        state(desk, units);
        let snap = desk.state.snapshot(desk.now, LoopStats::default());
        let mut rows = snap.compared(desk.now).into_iter();
        let proposal = rows.find_map(|row| row.settles?.ok());
        let Some(proposal) = proposal else {
            return;
        };
        desk.command(correct(
            &proposal.quantity.to_string(),
            &proposal.price.to_string(),
        ));
    }
}
