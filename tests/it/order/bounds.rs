//! What the order path remembers, filled beyond its bound.

use std::collections::HashMap;
use std::time::Duration;

use mts1b_desk::domain::{
    HaltRequest, HaltScope, LossPeriod, OrderId, Side, TaxLotMethod, Timestamp,
};
use mts1b_desk::engine::{DeskInfo, LoopStats, Out, State, What};
use mts1b_desk::event::{
    AccountFact, Asks, Command, Control, Correction, Fact, Input, Opening, OrderFact, Outcome,
    RateLimits, RiskFact, Source, Verdict,
};
use mts1b_desk::market::Market;
use mts1b_desk::order::oms::LIVE_MOST;
use mts1b_desk::order::risk::{Judgement, Risk};

use super::build::{at, books, fill, filled, of, order, sent};
use crate::support::build::{envelope, fund, ticket};

#[test]
fn the_books_keep_the_newest_fills_lots_and_drifts_and_lose_no_cent() {
    let mut ledger = books(TaxLotMethod::Fifo);
    for n in 0..3000 {
        let trade = if n % 2 == 0 { "buy 1@5" } else { "sell 1@6" };
        let fill = fill(&format!("f{n}"), "o", "AAPL", trade);
        ledger.apply(&filled(fill, "USD", Some("1")));
        // The same fact again, as a broker replays it.
        let again = super::build::fill(&format!("f{n}"), "o", "AAPL", trade);
        ledger.apply(&filled(again, "USD", Some("1")));
        let what = format!("nothing matches {n}");
        let (order_id, at) = (None, at(n));
        ledger.apply(&AccountFact::Drift { order_id, what, at });
    }
    assert_eq!(ledger.fills().len(), 2000);
    assert_eq!(ledger.closed_lots().len(), 1500);
    assert_eq!(ledger.drifts().len(), 200);
    assert_eq!(ledger.remembered(), 3000);
    assert_eq!(ledger.fills().last().unwrap().fill.fill_id, of("f2999"));
    for n in 3000..5000 {
        let trade = if n % 2 == 0 { "buy 1@5" } else { "sell 1@6" };
        let fill = fill(&format!("f{n}"), "o", "AAPL", trade);
        ledger.apply(&filled(fill, "USD", Some("1")));
    }
    assert_eq!(ledger.closed_lots().len(), 2000);
    let holding = ledger.holding(&of("AAPL")).unwrap();
    assert_eq!(holding.realized_ytd_usd, of("2500"));
    assert!(holding.lots.is_empty());
}

#[test]
fn limits_flows_and_corrections_keep_the_newest() {
    let mut ledger = books(TaxLotMethod::Fifo);
    let mut risk = Risk::default();
    for n in 0..500 {
        let day = i64::try_from(n).unwrap();
        ledger.apply(&AccountFact::DayStarted {
            day,
            nav_usd: of("1000"),
        });
        for period in [LossPeriod::Week, LossPeriod::Month] {
            ledger.apply(&AccountFact::PeriodStarted {
                period,
                nav_usd: of("1000"),
                at: Timestamp::from_us(day * 40 * 86_400_000_000),
            });
        }
        ledger.apply(&AccountFact::Flowed {
            amount_usd: of("1"),
            by: "ana".into(),
            reason: "drill".into(),
            at: at(n),
        });
        ledger.apply(&AccountFact::Corrected(Box::new(Correction {
            correction_id: of(&format!("c-{n}")),
            broker: of("paper"),
            symbol: of("AAPL"),
            quantity: of("1"),
            price: of("2"),
            currency: of("USD"),
            usd_rate: Some(of("1")),
            by: "ana".into(),
            reason: "drill".into(),
            at: at(n),
        })));
        let mut limits = envelope();
        limits.version = u32::try_from(n).unwrap() + 1;
        risk.apply(&RiskFact::EnvelopeEdited {
            envelope: Box::new(limits),
            by: "ana".into(),
        });
    }
    assert_eq!(
        (ledger.flows().len(), ledger.corrections().len()),
        (200, 200)
    );
    assert_eq!(ledger.quantity(&of("AAPL")), of("500"), "and lose no unit");
    for period in LossPeriod::ALL {
        assert_eq!(ledger.starts(period).count(), 8);
    }
    assert_eq!(risk.versions().len(), 100);
    assert_eq!(risk.versions().last().unwrap().version, 500);
}

fn judgement(n: u64) -> Judgement {
    Judgement {
        at: at(n),
        order_id: of(&format!("o-{n}")),
        symbol: of("AAPL"),
        side: Side::Buy,
        quantity: of("1"),
        approved: true,
        verdicts: Vec::new(),
        basis: None,
    }
}

#[test]
fn judgements_leave_and_their_count_stays() {
    let mut risk = Risk::default();
    for n in 0..2000 {
        risk.judged(judgement(n));
    }
    assert_eq!(risk.judgements().len(), 500);
    assert_eq!(risk.judgements().last().unwrap().order_id, of("o-1999"));
    assert_eq!(risk.counts(), (2000, 0));
}

#[test]
fn answers_are_counted_by_gate_and_day_and_only_so_many_gates_are_told_apart() {
    let mut risk = Risk::default();
    let verdict = |gate: &str, outcome| Verdict {
        gate: gate.parse().unwrap(),
        outcome,
        code: None,
        measure: None,
        age_ms: None,
        reason: "".into(),
    };
    let on = |risk: &mut Risk, seconds: i64, verdicts: Vec<Verdict>| {
        risk.judged(Judgement {
            at: Timestamp::from_us(seconds * 1_000_000),
            verdicts,
            ..judgement(1)
        });
    };
    on(
        &mut risk,
        60,
        vec![
            verdict("schema", Outcome::Pass),
            verdict("static", Outcome::Refuse),
        ],
    );
    on(
        &mut risk,
        61,
        vec![
            verdict("schema", Outcome::Pass),
            verdict("cro_veto", Outcome::Unanswered),
        ],
    );
    let seen: Vec<_> = risk
        .tallies()
        .iter()
        .map(|it| (it.gate.as_str(), it.passed, it.refused, it.unanswered))
        .collect();
    assert_eq!(
        seen,
        [
            ("schema", 2, 0, 0),
            ("static", 0, 1, 0),
            ("cro_veto", 0, 0, 1)
        ]
    );
    let kept: Risk = risk.kept().into();
    assert_eq!(kept.tallies(), risk.tallies(), "kept over a restart");
    on(&mut risk, 86_400, vec![verdict("schema", Outcome::Refuse)]);
    assert!(risk.counted_on(1) && !risk.counted_on(0));
    assert_eq!(risk.tallies().len(), 1, "a new day counts anew");
    for n in 0..1000 {
        on(
            &mut risk,
            86_401,
            vec![verdict(&format!("gate_{n}"), Outcome::Pass)],
        );
    }
    assert_eq!(risk.tallies().len(), 64);
}

#[test]
fn more_halts_than_can_be_told_apart_halt_the_firm() {
    let mut risk = Risk::default();
    let halt = |n: u32| RiskFact::Halted {
        request: HaltRequest {
            halt_id: format!("h-{n}"),
            scope: HaltScope::Strategy,
            target: format!("strategy-{n}"),
            reason: "drill".to_owned(),
            actor: "test".to_owned(),
            cancel_open_orders: false,
            flatten: false,
            requested_at: at(0),
        },
        nav_usd: None,
        loss: None,
    };
    for n in 0..256 {
        risk.apply(&halt(n));
        risk.apply(&halt(n));
    }
    assert_eq!(risk.halts().len(), 256);
    let stranger = order("o-1", Side::Buy, "1", "AAPL");
    assert!(risk.halt_for(&stranger).is_none());
    for n in 256..1000 {
        risk.apply(&halt(n));
    }
    assert_eq!(risk.halts().len(), 257);
    let covering = risk.halt_for(&stranger).expect("the firm is halted");
    assert_eq!(covering.scope, HaltScope::Firm);
}

fn state() -> State {
    let market = Market::new(Vec::new(), HashMap::new(), Duration::from_secs(5), 8);
    let info = DeskInfo {
        fund_id: fund().fund_id,
        broker: "paper".into(),
        feed: "sim".into(),
        live: false,
        read_only: false,
        capability: None,
        fee_bps: 5,
        simulated: Vec::new(),
    };
    let mut state = State::new(info, market);
    let opening = Opening {
        desk_id: "t1".into(),
        fund: fund(),
        envelope: envelope(),
        rates: RateLimits::default(),
        gates: Vec::new(),
        asks: Asks::default(),
        version: "test".into(),
    };
    state.step(
        Source::Desk,
        Input::Control(Control::Open(Box::new(opening))),
        at(0),
        &mut Out::default(),
    );
    state
}

fn refusals(state: &mut State, command: Command) -> Vec<String> {
    let mut out = Out::default();
    let person = Source::Person("test".into());
    state.step(person, Input::Command(command), at(60), &mut out);
    let facts = out
        .entries
        .into_iter()
        .filter_map(|entry| match entry.what {
            What::Fact(fact) => Some(*fact),
            What::Input(_) => None,
        });
    let reasons = facts.filter_map(|fact| match fact {
        Fact::Order(OrderFact::CommandRefused { reason, .. }) => Some(reason),
        _ => None,
    });
    reasons.collect()
}

#[test]
fn beyond_the_most_orders_that_may_work_none_is_made_until_one_is_done() {
    let mut state = state();
    let place = |n: u32| Command::Place {
        ticket: Box::new(mts1b_desk::domain::Ticket {
            idempotency_key: of(&format!("new-{n}")),
            ..ticket("AAPL", None)
        }),
        reviewed: None,
    };
    let mut last: Option<OrderId> = None;
    for n in 0..LIVE_MOST {
        let order = order(&format!("o-{n}"), Side::Buy, "1", "AAPL");
        last = Some(order.order_id.clone());
        for fact in sent(order, at(1)) {
            state.apply(state.seq() + 1, &fact);
        }
    }
    assert_eq!(state.orders().live_count(), LIVE_MOST);
    let full = format!("{LIVE_MOST} orders work already, the most there may be: cancel some");
    assert_eq!(refusals(&mut state, place(1)), std::slice::from_ref(&full));
    let done = OrderFact::Canceled {
        order_id: last.unwrap(),
        at: at(2),
    };
    state.apply(state.seq() + 1, &Fact::Order(done));
    // Refused for what it is (it has no size), and no more for how many there are.
    let refused = refusals(&mut state, place(2));
    assert!(!refused.is_empty() && refused[0] != full, "{refused:?}");
}

#[test]
fn notices_keep_the_newest() {
    let mut state = state();
    for n in 0..500 {
        let fact = OrderFact::CommandRefused {
            what: "cancel".to_owned(),
            reason: format!("reason {n}"),
            at: at(60),
        };
        state.apply(state.seq() + 1, &Fact::Order(fact));
    }
    let snapshot = state.snapshot(at(61), LoopStats::default());
    assert_eq!(snapshot.notices.len(), 200);
    assert!(snapshot.notices.last().unwrap().text.contains("reason 499"));
}
