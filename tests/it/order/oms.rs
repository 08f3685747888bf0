//! The life of orders: every transition, whatever comes twice, late or out of order.

use std::collections::{BTreeMap, HashSet};

use mts1b_desk::domain::{
    Currency, FillCursor, Money, OrderId, OrderState, OrderType, Quantity, Rate, Side, Symbol,
};
use mts1b_desk::event::{AccountFact, BrokerReport, Fact, OrderFact};
use mts1b_desk::order::effect::Effect;
use mts1b_desk::order::ledger::Ledger;
use mts1b_desk::order::oms::{self, Flight, Orders};
use proptest::prelude::*;

use super::build::{apply, at, books, digest, fill, of, opened, order, sent};

/// Orders and books, and every fact that made them.
struct Desk {
    orders: Orders,
    ledger: Ledger,
    facts: Vec<Fact>,
}

impl Desk {
    fn new() -> Self {
        Self {
            orders: Orders::default(),
            ledger: books(mts1b_desk::domain::TaxLotMethod::Fifo),
            facts: Vec::new(),
        }
    }

    fn take(&mut self, facts: Vec<Fact>) -> Vec<String> {
        let words = facts.iter().map(word).collect();
        for fact in facts {
            apply(&mut self.orders, &mut self.ledger, &fact);
            self.facts.push(fact);
        }
        words
    }

    fn report(&mut self, report: &BrokerReport, now: u64) -> Vec<String> {
        let rate = |currency| (currency == Currency::USD).then_some(Rate::ONE);
        let currency = |_: &Symbol| Some(Currency::USD);
        let around = oms::Around {
            orders: &self.orders,
            ledger: &self.ledger,
            usd_rate: &rate,
            currency_of: &currency,
            mark_of: &|_| None,
            is_ours: &|id| id.as_str() == "forgotten",
        };
        let facts = oms::report(&around, report, at(now));
        self.take(facts)
    }

    /// One step of a table, such as `accept`, `fill:a=4@10` (fill `a`), `cancel`, `tick@7`.
    fn step(&mut self, id: &str, step: &str) -> Vec<String> {
        let (broker, order_id) = (of("paper"), of::<OrderId>(id));
        let (word, rest) = step.split_once(':').unwrap_or((step, ""));
        let report = match word {
            "create" => {
                let order = order(id, Side::Buy, "10", "AAPL");
                return self.take(vec![Fact::Order(OrderFact::Created(Box::new(order)))]);
            }
            "submit" => return self.take(sent(order(id, Side::Buy, "10", "AAPL"), at(0))),
            "cancel" => {
                let (fact, _) = oms::cancel(&self.orders, &order_id, at(1)).unwrap();
                return self.take(vec![Fact::Order(fact)]);
            }
            "tick" => {
                let (facts, _) = oms::tick(&self.orders, at(rest.parse().unwrap()));
                return self.take(facts);
            }
            "accept" => BrokerReport::Accepted {
                broker,
                order_id,
                broker_order_id: (!rest.is_empty()).then(|| of(rest)),
            },
            "reject" => BrokerReport::Rejected {
                broker,
                order_id,
                reason: "no".to_owned(),
            },
            "unknown" => BrokerReport::Unknown {
                broker,
                order_id,
                reason: "timed out".to_owned(),
            },
            "notfound" => BrokerReport::NotFound {
                broker,
                order_id,
                idempotency_key: of(&format!("key-{id}")),
            },
            "canceled" => BrokerReport::Canceled { broker, order_id },
            "refuse" => BrokerReport::CancelRefused {
                broker,
                order_id,
                reason: "too late".to_owned(),
            },
            "expire" => BrokerReport::Expired { broker, order_id },
            "fill" => {
                let (name, trade) = rest.split_once('=').unwrap();
                BrokerReport::Fill {
                    broker,
                    fill: fill(name, id, "AAPL", &format!("buy {trade}")),
                    cursor: FillCursor(name.into()),
                    quote: None,
                }
            }
            other => panic!("no step '{other}'"),
        };
        self.report(&report, 2)
    }
}

fn word(fact: &Fact) -> String {
    match fact {
        Fact::Order(OrderFact::Created(_)) => "created",
        Fact::Order(OrderFact::Judged { .. }) => "judged",
        Fact::Order(OrderFact::Asked { .. }) => "asked",
        Fact::Order(OrderFact::Answered { .. }) => "answered",
        Fact::Order(OrderFact::AnswerIgnored { .. }) => "answer_ignored",
        Fact::Order(OrderFact::Submitted { .. }) => "submitted",
        Fact::Order(OrderFact::Accepted { .. }) => "accepted",
        Fact::Order(OrderFact::Rejected { .. }) => "rejected",
        Fact::Order(OrderFact::Unknown { .. }) => "unknown",
        Fact::Order(OrderFact::CancelRequested { .. }) => "cancel_requested",
        Fact::Order(OrderFact::CancelRefused { .. }) => "cancel_refused",
        Fact::Order(OrderFact::ReplaceRequested { .. }) => "replace_requested",
        Fact::Order(OrderFact::Settled { .. }) => "settled",
        Fact::Order(OrderFact::ReplaceDropped { .. }) => "replace_dropped",
        Fact::Order(OrderFact::Canceled { .. }) => "canceled",
        Fact::Order(OrderFact::Expired { .. }) => "expired",
        Fact::Order(OrderFact::CommandRefused { .. }) => "command_refused",
        Fact::Account(AccountFact::Filled { .. }) => "filled",
        Fact::Account(AccountFact::Drift { .. }) => "drift",
        Fact::Account(AccountFact::Doubted { .. }) => "doubted",
        Fact::Account(AccountFact::Locked { .. }) => "locked",
        Fact::Account(AccountFact::Unlocked { .. }) => "unlocked",
        Fact::Account(_) => "account",
        Fact::Risk(_) | Fact::Link(_) => "other",
    }
    .to_owned()
}

fn flight_word(flight: &Flight) -> &'static str {
    match flight {
        Flight::PendingRisk => "pending_risk",
        Flight::InFlight { .. } => "in_flight",
        Flight::Unknown { .. } => "unknown",
        Flight::Working => "working",
        Flight::PendingCancel { .. } => "pending_cancel",
        Flight::Done => "done",
    }
}

/// Walks the steps and compares state, flight, units done and the facts of the last step.
fn check(steps: &str, state: &str, flight: &str, done: &str, last: &str) {
    let mut desk = Desk::new();
    let mut words = Vec::new();
    for step in steps.split(' ') {
        words = desk.step("o1", step);
    }
    let record = desk.orders.get(&of("o1")).unwrap();
    assert_eq!(record.state().as_str(), state, "state after {steps}");
    assert_eq!(flight_word(&record.flight), flight, "flight after {steps}");
    assert_eq!(record.order.filled_quantity, of(done), "done after {steps}");
    assert_eq!(words.join(" "), last, "last facts of {steps}");
}

/// Steps, then the state, the flight and the units done after them, and the facts of the last step.
const LIVES: &str = "\
# The plain way.
create                                    | created          | pending_risk   | 0  | created
submit                                    | submitted        | in_flight      | 0  | created submitted
submit accept                             | accepted         | working        | 0  | accepted
submit accept fill:a=4@10                 | partially_filled | working        | 4  | filled
submit accept fill:a=4@10 fill:b=6@11     | filled           | done           | 10 | filled
submit reject                             | rejected         | done           | 0  | rejected
submit accept expire                      | expired          | done           | 0  | expired
submit accept fill:a=4@10 expire          | expired          | done           | 4  | expired
# Canceling.
submit accept cancel                      | accepted         | pending_cancel | 0  | cancel_requested
submit accept cancel canceled             | canceled         | done           | 0  | canceled
submit accept cancel refuse               | accepted         | unknown        | 0  | cancel_refused
submit accept cancel refuse accept        | accepted         | working        | 0  | accepted
submit accept cancel refuse canceled      | canceled         | done           | 0  | canceled
submit accept cancel fill:a=4@10          | partially_filled | pending_cancel | 4  | filled
submit accept cancel fill:a=10@10         | filled           | done           | 10 | filled
submit accept cancel fill:a=10@10 canceled| filled           | done           | 10 |
submit accept cancel fill:a=10@10 refuse  | filled           | done           | 10 |
submit accept canceled                    | canceled         | done           | 0  | canceled
submit cancel refuse                      | submitted        | unknown        | 0  | cancel_refused
submit cancel accept                      | accepted         | pending_cancel | 0  | accepted
submit cancel notfound                    | rejected         | done           | 0  | rejected
submit accept refuse                      | accepted         | working        | 0  |
# What comes twice.
submit accept accept                      | accepted         | working        | 0  |
submit fill:a=4@10 fill:a=4@10            | partially_filled | working        | 4  |
submit accept cancel canceled canceled    | canceled         | done           | 0  |
submit reject reject                      | rejected         | done           | 0  |
submit accept expire expire               | expired          | done           | 0  |
# What comes late or out of order.
submit fill:a=4@10                        | partially_filled | working        | 4  | filled
submit fill:a=4@10 accept                 | partially_filled | working        | 4  |
submit fill:a=4@10 accept:v1              | partially_filled | working        | 4  | accepted
submit fill:a=10@10 accept                | filled           | done           | 10 |
submit accept canceled accept             | canceled         | done           | 0  |
submit accept canceled fill:a=4@10        | canceled         | done           | 4  | filled drift
submit accept expire fill:a=4@10          | expired          | done           | 4  | filled drift
submit reject fill:a=4@10                 | rejected         | done           | 4  | filled drift
submit reject accept                      | rejected         | done           | 0  | drift
submit accept reject                      | canceled         | done           | 0  | drift canceled
submit fill:a=4@10 reject                 | partially_filled | unknown        | 4  | drift unknown
submit fill:a=10@10 reject                | filled           | done           | 10 | drift
create accept                             | created          | pending_risk   | 0  | drift
# What cannot be true, and what is booked when it is said again.
submit accept fill:a=12@10                | accepted         | working        | 0  | doubted drift locked
submit accept fill:a=12@10 fill:a=12@10   | filled           | done           | 12 | filled drift
submit accept fill:a=12@10 fill:a=2@10    | partially_filled | working        | 2  | filled
submit fill:a=10@10 fill:b=1@10           | filled           | done           | 10 | doubted drift locked
submit fill:a=10@10 fill:b=1@10 fill:b=1@10 | filled         | done           | 11 | filled drift
create fill:a=4@10                        | created          | pending_risk   | 0  | doubted drift locked
submit accept fill:a=4@101                | accepted         | working        | 0  | doubted drift locked
submit accept fill:a=4@10 fill:a=5@10     | partially_filled | working        | 4  | drift
submit accept fill:a=0@10                 | accepted         | working        | 0  | drift locked
submit accept fill:a=0@10 fill:a=0@10     | accepted         | working        | 0  |
submit accept fill:a=4@-1                 | accepted         | working        | 0  | drift locked
# Nobody knows.
submit unknown                            | submitted        | unknown        | 0  | unknown
submit unknown unknown                    | submitted        | unknown        | 0  |
submit accept unknown                     | accepted         | working        | 0  |
submit unknown accept                     | accepted         | working        | 0  | accepted
submit unknown fill:a=10@10               | filled           | done           | 10 | filled
submit unknown fill:a=4@10                | partially_filled | unknown        | 4  | filled
submit unknown fill:a=4@10 accept         | partially_filled | working        | 4  | accepted
submit unknown notfound                   | rejected         | done           | 0  | rejected
submit notfound                           | rejected         | done           | 0  | rejected
submit accept notfound                    | canceled         | done           | 0  | drift canceled
submit unknown cancel                     | submitted        | pending_cancel | 0  | cancel_requested
submit tick:4                             | submitted        | in_flight      | 0  |
submit tick:5                             | submitted        | unknown        | 0  | unknown";

#[test]
fn every_transition_of_an_order() {
    for line in LIVES.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [steps, state, flight, done, last] = columns[..] else {
            panic!("five columns, not '{line}'");
        };
        check(steps, state, flight, done, last);
    }
}

#[test]
fn the_average_price_is_exact() {
    let mut desk = Desk::new();
    for step in ["submit", "fill:a=1@10", "fill:b=2@10.01", "fill:c=3@9.97"] {
        desk.step("o1", step);
    }
    let record = desk.orders.get(&of("o1")).unwrap();
    // 10 + 20.02 + 29.91 = 59.93, over 6.
    assert_eq!(record.filled_cost, of("59.93"));
    let average = of::<Money>("59.93").per_unit(of("6"));
    assert_eq!(record.order.avg_fill_price, average);
}

#[test]
fn reports_of_strangers_are_said_and_only_what_this_desk_sent_is_booked() {
    let mut desk = Desk::new();
    assert_eq!(desk.step("nobody", "accept"), ["drift"]);
    assert_eq!(desk.step("nobody", "accept"), [""; 0], "said once");
    for again in [["drift", "locked"].as_slice(), &[]] {
        assert_eq!(desk.step("nobody", "fill:a=4@10"), again);
    }
    assert_eq!(desk.ledger.quantity(&of("AAPL")), of("0"));
    assert!(desk.ledger.locked(&of("AAPL")).is_some());
    let forgotten = desk.step("forgotten", "fill:b=4@10");
    assert_eq!(forgotten, ["filled", "drift"]);
    assert_eq!(desk.ledger.quantity(&of("AAPL")), of("4"));
    desk.step("o1", "submit");
    let other = BrokerReport::Canceled {
        broker: of("other"),
        order_id: of("o1"),
    };
    assert_eq!(desk.report(&other, 3), ["drift"]);
    assert_eq!(desk.orders.live_count(), 1);
    let said: Vec<_> = desk.ledger.drifts().iter().map(|d| &d.what).collect();
    assert_eq!(said.len(), 4, "{said:?}");
}

#[test]
fn canceling_says_why_not() {
    let cases = [
        ("submit", "o2", "not known"),
        ("create", "o1", "has not been sent"),
        ("submit accept fill:a=10@10", "o1", "it is filled"),
        ("submit accept cancel", "o1", "is being canceled"),
    ];
    for (steps, id, reason) in cases {
        let mut desk = Desk::new();
        for step in steps.split(' ') {
            desk.step("o1", step);
        }
        let error = oms::cancel(&desk.orders, &of(id), at(9)).unwrap_err();
        assert!(error.contains(id) && error.contains(reason), "{error}");
    }
    let mut desk = Desk::new();
    desk.step("o1", "submit");
    let (_, effect) = oms::cancel(&desk.orders, &of("o1"), at(1)).unwrap();
    assert!(matches!(effect, Effect::Cancel { .. }));
}

/// Names effects as `find o1`.
fn effects(effects: &[Effect]) -> Vec<String> {
    let name = |effect: &Effect| match effect {
        Effect::Place(order) => format!("place {}", order.get().order_id),
        Effect::Cancel { order_id, .. } => format!("cancel {order_id}"),
        Effect::Find { order_id, .. } => format!("find {order_id}"),
        Effect::Reread { broker, .. } => format!("reread {broker}"),
        Effect::Ask(ask) => format!("ask {} about {}", ask.gate, ask.order.order_id),
    };
    effects.iter().map(name).collect()
}

#[test]
fn a_silent_venue_is_asked_again_at_growing_distances() {
    let mut desk = Desk::new();
    desk.step("o1", "submit");
    let mut asked = Vec::new();
    for second in 0..200 {
        let (facts, wanted) = oms::tick(&desk.orders, at(second));
        assert_eq!(facts.len(), wanted.len());
        if !wanted.is_empty() {
            assert_eq!(effects(&wanted), ["find o1"]);
            asked.push(second);
        }
        desk.take(facts);
    }
    assert_eq!(asked, [5, 10, 15, 25, 45, 85, 145]);
    let Flight::Unknown { since, .. } = desk.orders.get(&of("o1")).unwrap().flight else {
        panic!("not unknown");
    };
    assert_eq!(since, at(5));
}

#[test]
fn an_unanswered_cancel_is_asked_for_again() {
    let mut desk = Desk::new();
    for step in ["submit", "accept", "cancel"] {
        desk.step("o1", step);
    }
    assert_eq!(effects(&oms::tick(&desk.orders, at(5)).1), [""; 0]);
    let (facts, wanted) = oms::tick(&desk.orders, at(6));
    assert_eq!(effects(&wanted), ["cancel o1"]);
    desk.take(facts);
    assert_eq!(effects(&oms::tick(&desk.orders, at(7)).1), [""; 0]);
}

#[test]
fn after_a_restart_everything_open_ended_is_asked_for_and_nothing_is_placed() {
    let mut desk = Desk::new();
    let lives = [
        ("a", "submit"),
        ("b", "submit unknown"),
        ("c", "submit accept"),
        ("d", "submit accept cancel"),
        ("e", "submit cancel"),
        ("f", "submit accept canceled"),
        ("g", "create"),
    ];
    for (id, steps) in lives {
        for step in steps.split(' ') {
            desk.step(id, step);
        }
    }
    let wanted = effects(&oms::resume(&desk.orders));
    assert_eq!(
        wanted,
        ["find a", "find b", "cancel d", "cancel e", "find e"]
    );
}

#[test]
fn orders_that_open_risk_are_told_from_those_that_protect() {
    use OrderType::{Limit, Stop};
    use Side::{Buy, Cover, Sell, Short};
    // Position, live orders oldest first, and which of them open risk.
    type Case<'a> = (&'a str, &'a [(Side, &'a str, OrderType)], &'a [usize]);
    let cases: &[Case<'_>] = &[
        (
            "0",
            &[(Buy, "1", Limit), (Sell, "1", Limit), (Short, "1", Stop)],
            &[0, 1, 2],
        ),
        ("10", &[(Buy, "1", Limit), (Sell, "10", Limit)], &[0]),
        ("10", &[(Sell, "11", Limit)], &[0]),
        (
            "10",
            &[(Sell, "6", Limit), (Sell, "4", Limit), (Sell, "1", Limit)],
            &[2],
        ),
        ("10", &[(Sell, "10", Limit), (Sell, "10", Stop)], &[0]),
        (
            "-10",
            &[(Cover, "10", Limit), (Short, "1", Limit), (Buy, "1", Limit)],
            &[1, 2],
        ),
        ("-10", &[(Cover, "11", Limit)], &[0]),
    ];
    for (position, lines, opening) in cases {
        let mut desk = Desk::new();
        for (n, (side, quantity, kind)) in lines.iter().enumerate() {
            let mut order = order(&format!("o{n}"), *side, quantity, "AAPL");
            order.order_type = *kind;
            desk.take(sent(order, at(0)));
        }
        let held = |_: &Symbol| of::<Quantity>(position);
        let expected: Vec<OrderId> = opening.iter().map(|n| of(&format!("o{n}"))).collect();
        assert_eq!(
            oms::cancel_opening(&desk.orders, held, None),
            expected,
            "{position} {lines:?}"
        );
        assert!(oms::cancel_opening(&desk.orders, held, Some(&of("MSFT"))).is_empty());
    }
}

#[test]
fn keys_outlive_their_orders_by_five_minutes_and_the_history_is_bounded() {
    let mut orders = Orders::default();
    let mut run = |from: usize, to: usize, second: u64| {
        for n in from..to {
            for fact in sent(order(&format!("o{n}"), Side::Buy, "1", "AAPL"), at(second)) {
                let Fact::Order(fact) = fact else { continue };
                orders.apply(&fact);
            }
            orders.apply(&OrderFact::Canceled {
                order_id: of(&format!("o{n}")),
                at: at(second),
            });
        }
        orders.clone()
    };
    let held = |orders: &Orders, n: usize| orders.by_key(&of(&format!("key-o{n}"))).is_some();

    let young = run(0, 5000, 0);
    assert!(held(&young, 0), "five thousand within five minutes stay");
    let bounded = run(5000, 12_000, 10);
    assert_eq!(bounded.done().count(), 10_000);
    assert!(!held(&bounded, 1999) && held(&bounded, 2000));
    let old = run(12_000, 12_001, 400);
    assert_eq!(old.done().count(), 2000);
    assert!(!held(&old, 10_000) && held(&old, 11_000));
    assert!(old.get(&of("o10000")).is_none());
}

#[test]
fn a_second_order_under_a_key_does_not_take_it_over() {
    let mut orders = Orders::default();
    let first = order("o1", Side::Buy, "1", "AAPL");
    let mut second = order("o2", Side::Buy, "1", "AAPL");
    second.idempotency_key = first.idempotency_key.clone();
    for order in [first.clone(), second] {
        orders.apply(&OrderFact::Created(Box::new(order)));
    }
    let found = orders.by_key(&first.idempotency_key).unwrap();
    assert_eq!(found.order.order_id, first.order_id);
}

/// Three orders, and whatever may be said of them.
fn storm() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let id = prop::sample::select(vec!["a", "b", "c"]);
    let plain = prop::sample::select(vec![
        "accept",
        "accept:v1",
        "reject",
        "unknown",
        "notfound",
        "canceled",
        "refuse",
        "expire",
        "trycancel",
        "tick:7",
        "tick:30",
    ])
    .prop_map(str::to_owned);
    let fill = (0..6u32, 1..5u32, 9..12u32).prop_map(|(n, quantity, price)| {
        // A fill's name fixes what it is: the same fill may come again, never as another one.
        format!("fill:f{n}x{quantity}x{price}={quantity}@{price}")
    });
    prop::collection::vec((id, prop_oneof![2 => plain, 3 => fill]), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_storm_of_reports_breaks_an_order(steps in storm()) {
        let mut desk = Desk::new();
        for id in ["a", "b", "c"] {
            desk.step(id, "submit");
        }
        let mut ended: BTreeMap<&str, OrderState> = BTreeMap::new();
        let mut booked = HashSet::new();
        let mut units: BTreeMap<&str, Quantity> = BTreeMap::new();
        for (id, step) in &steps {
            let step = step.replace("fill:", &format!("fill:{id}-"));
            if step == "trycancel" {
                if oms::cancel(&desk.orders, &of(id), at(2)).is_ok() {
                    desk.step(id, "cancel");
                }
            } else {
                desk.step(id, &step);
                if step.starts_with("fill:") {
                    // What cannot be true at first is booked when it is said again.
                    desk.step(id, &step);
                }
            }
            if step.starts_with("fill:") && booked.insert(step.clone()) {
                let (_, trade) = step.split_once('=').unwrap();
                let (quantity, _) = trade.split_once('@').unwrap();
                *units.entry(id).or_default() += of::<Quantity>(quantity);
            }
            for (id, before) in &ended {
                prop_assert_eq!(desk.orders.get(&of(id)).unwrap().state(), *before);
            }
            for id in ["a", "b", "c"] {
                let record = desk.orders.get(&of(id)).unwrap();
                prop_assert_eq!(record.is_done(), record.state().is_terminal());
                if record.is_done() {
                    ended.insert(id, record.state());
                }
            }
        }
        // Every fill counts once, in the order and in the books.
        let total: Quantity = units.values().copied().sum();
        prop_assert_eq!(desk.ledger.quantity(&of("AAPL")), total);
        for (id, quantity) in &units {
            let record = desk.orders.get(&of(id)).unwrap();
            prop_assert_eq!(record.order.filled_quantity, *quantity);
        }
        // The running sums are the sums.
        let open: Quantity = desk.orders.live().map(|record| record.working()).sum();
        prop_assert_eq!(desk.orders.working(&of("AAPL")), (open, Quantity::ZERO));
        // More done than ordered is always said.
        let over = units.values().any(|quantity| *quantity > of("10"));
        prop_assert!(!over || desk.ledger.drifts().iter().any(|d| d.what.contains("were ordered")));
        // The facts alone give the same state.
        let (mut orders, mut ledger) = (Orders::default(), Ledger::default());
        ledger.apply(&opened(mts1b_desk::domain::TaxLotMethod::Fifo, "1000000"));
        for fact in &desk.facts {
            apply(&mut orders, &mut ledger, fact);
        }
        prop_assert_eq!(digest(&orders, &ledger), digest(&desk.orders, &desk.ledger));
    }

    #[test]
    fn no_fact_takes_an_order_out_of_its_end(
        facts in prop::collection::vec((0..9u32, 1..5u64), 0..30)
    ) {
        let mut orders = Orders::default();
        let asked = order("o1", Side::Sell, "10", "AAPL");
        orders.apply(&OrderFact::Created(Box::new(asked)));
        let mut ended = None;
        for (kind, second) in facts {
            let (order_id, at, reason) = (of("o1"), at(second), "why".to_owned());
            let (gate, code, broker_order_id) = (None, None, None);
            let fact = match kind {
                0 => OrderFact::Submitted { order_id, at },
                1 => OrderFact::Accepted { order_id, broker_order_id, at },
                2 => OrderFact::Rejected { order_id, gate, code, reason, at },
                3 => OrderFact::Unknown { order_id, reason, at },
                4 => OrderFact::CancelRequested { order_id, at },
                5 => OrderFact::CancelRefused { order_id, reason, at },
                6 => OrderFact::Canceled { order_id, at },
                7 => OrderFact::Expired { order_id, at },
                _ => {
                    orders.apply_fill(&fill("f", "o1", "AAPL", "sell 3@10"));
                    continue;
                }
            };
            orders.apply(&fact);
            let record = orders.get(&of("o1")).unwrap();
            prop_assert_eq!(record.is_done(), record.state().is_terminal());
            // What was taken or filled cannot be refused any more.
            let taken = record.was_accepted() || record.order.filled_quantity.is_positive();
            let rejected_first = ended == Some(OrderState::Rejected);
            prop_assert!(!taken || rejected_first || record.state() != OrderState::Rejected);
            if let Some(before) = ended {
                prop_assert_eq!(record.state(), before);
            } else if record.is_done() {
                ended = Some(record.state());
            }
            let open = if record.is_live() { record.order.open_quantity() } else { Quantity::ZERO };
            prop_assert_eq!(orders.working(&of("AAPL")), (Quantity::ZERO, open));
            let shown = (orders.live().count(), orders.done().count());
            prop_assert_eq!(shown, (usize::from(record.is_live()), usize::from(record.is_done())));
        }
    }
}

#[test]
fn a_refused_cancel_is_followed_by_a_question_and_never_taken_for_a_working_order() {
    let mut desk = Desk::new();
    for step in "submit accept cancel".split(' ') {
        desk.step("o1", step);
    }
    let refused = vec![Fact::Order(OrderFact::CancelRefused {
        order_id: of("o1"),
        reason: "too late".to_owned(),
        at: at(3),
    })];
    let asked = oms::follow(&desk.orders, &refused);
    assert!(matches!(&asked[..], [Effect::Find { order_id, .. }] if order_id.as_str() == "o1"));
    desk.take(refused);
    let flight = &desk.orders.get(&of("o1")).unwrap().flight;
    assert_eq!(flight_word(flight), "unknown");
}

#[test]
fn what_was_made_and_never_sent_is_refused_on_resuming() {
    let mut desk = Desk::new();
    desk.step("torn", "create");
    for step in ["submit", "accept"] {
        desk.step("sent", step);
    }
    assert_eq!(oms::resume(&desk.orders), []);
    let facts = oms::abandon(&desk.orders, at(9));
    assert_eq!(desk.take(facts), ["rejected"]);
    let state = |id: &str| desk.orders.get(&of(id)).unwrap().state();
    assert_eq!(
        (state("torn"), state("sent")),
        (OrderState::Rejected, OrderState::Accepted)
    );
    assert_eq!(oms::abandon(&desk.orders, at(9)), []);
}

#[test]
fn a_cancel_under_way_is_not_forgotten_over_a_statement_without_the_order() {
    let mut desk = Desk::new();
    for step in "submit cancel".split(' ') {
        desk.step("o1", step);
    }
    let statement = BrokerReport::Statement {
        broker: of("paper"),
        orders: Vec::new(),
        positions: Vec::new(),
    };
    desk.report(&statement, 2);
    desk.step("o1", "accept");
    let flight = &desk.orders.get(&of("o1")).unwrap().flight;
    assert_eq!(flight_word(flight), "pending_cancel");
}
