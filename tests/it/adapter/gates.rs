//! Registered gates: a model to copy, and every way in which one can fail.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use mts1b_desk::adapter::gates::{Answers, Asker, Gates, RegisterError};
use mts1b_desk::base::ManualClock;
use mts1b_desk::domain::{Order, RiskEnvelope};
use mts1b_desk::event::{GateAnswer, Said, Source};
use mts1b_desk::order::effect::Ask;
use mts1b_desk::protocol::{GateContext, GateError, RiskGate};
use tokio::sync::mpsc;

use crate::support::build::read;

/// What a gate does when it is asked.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// Passes orders of no more than a hundred units: the gate to copy.
    Small,
    Errs,
    Panics,
    PanicsLater,
    Hangs,
}

#[derive(Debug)]
struct Model(&'static str, Does);

impl RiskGate for Model {
    fn name(&self) -> &str {
        self.0
    }

    fn check<'a>(
        &'a self,
        order: &'a Order,
        _envelope: &'a RiskEnvelope,
        context: &'a GateContext,
    ) -> BoxFuture<'a, Result<bool, GateError>> {
        assert!(!matches!(self.1, Does::Panics), "as it does");
        async move {
            match self.1 {
                Does::Small => Ok(order.quantity <= read("100") && context.quote.is_some()),
                Does::Errs => Err(GateError {
                    gate: self.0.to_owned(),
                    text: "its service is down".to_owned(),
                }),
                Does::Panics | Does::PanicsLater => panic!("as it does"),
                Does::Hangs => std::future::pending().await,
            }
        }
        .boxed()
    }
}

fn ask(gate: &str, units: &str) -> Ask {
    let ask = super::cro::ask();
    Ask {
        order: Arc::new(Order {
            quantity: read(units),
            ..(*ask.order).clone()
        }),
        gate: read(gate),
        within: Duration::from_millis(50),
        ..ask
    }
}

fn registered(does: Does) -> Gates {
    let mut gates = Gates::default();
    gates.register(Arc::new(Model("small", does))).unwrap();
    gates
}

#[tokio::test(start_paused = true)]
async fn a_gate_says_yes_or_no_and_whatever_else_it_does_is_no_answer() {
    let clock = ManualClock::new(0);
    let cases = [
        (Does::Small, "100", Said::Pass),
        (Does::Small, "101", Said::Refuse),
        (
            Does::Errs,
            "1",
            nothing("gate small gave no answer: its service is down"),
        ),
        (Does::Panics, "1", nothing("it panicked")),
        (Does::PanicsLater, "1", nothing("it panicked")),
        (Does::Hangs, "1", nothing("no answer within 50ms")),
    ];
    for (does, units, expected) in cases {
        let answer = registered(does).answer(ask("small", units), &clock).await;
        assert_eq!(answer.said, expected, "{does:?}");
        assert_eq!(answer.gate, read("small"));
        assert!(answer.exchange.is_none());
    }
    let missing = registered(Does::Small)
        .answer(ask("other", "1"), &clock)
        .await;
    assert_eq!(missing.said, nothing("there is no such gate"));
    let model = registered(Does::Small)
        .answer(ask("cro_veto", "1"), &clock)
        .await;
    assert_eq!(model.said, nothing("there is no such gate"));
}

fn nothing(why: &str) -> Said {
    Said::Nothing {
        why: why.to_owned(),
    }
}

#[test]
fn names_are_unique_in_order_and_none_of_the_desks_own() {
    let mut gates = Gates::default();
    let mut add = |name| gates.register(Arc::new(Model(name, Does::Small)));
    assert_eq!(add("zeta"), Ok(()));
    assert_eq!(add("alpha"), Ok(()));
    assert_eq!(add("zeta"), Err(RegisterError::Twice("zeta".to_owned())));
    for own in ["static", "cro_veto", "human_veto", "price_collar"] {
        assert_eq!(add(own), Err(RegisterError::Taken(own.to_owned())));
    }
    for none in ["", "Not A Name", "x\u{1b}[2J"] {
        assert!(matches!(add(none), Err(RegisterError::Name(_))), "{none}");
    }
    let asks = gates.asks(Some(30_000));
    let names: Vec<_> = asks.gates.iter().map(|gate| gate.gate.as_str()).collect();
    assert_eq!(names, ["zeta", "alpha"]);
    assert_eq!((asks.model, asks.person_ms), (false, Some(30_000)));
    assert!(asks.gates.iter().all(|gate| !gate.exits));
}

#[test]
fn no_more_gates_are_registered_than_may_be() {
    let mut gates = Gates::default();
    for number in 0..16 {
        let name: &'static str = Box::leak(format!("gate_{number}").into_boxed_str());
        gates.register(Arc::new(Model(name, Does::Small))).unwrap();
    }
    let more = gates.register(Arc::new(Model("more", Does::Small)));
    assert_eq!(more, Err(RegisterError::TooMany("more".to_owned())));
}

struct Into(mpsc::Sender<(Source, GateAnswer)>);

impl Answers for Into {
    fn answer(&self, source: Source, answer: GateAnswer) -> BoxFuture<'_, ()> {
        async move {
            let _ = self.0.send((source, answer)).await;
        }
        .boxed()
    }
}

#[test]
fn questions_are_answered_on_a_thread_of_their_own_whatever_the_gates_do() {
    let (sender, mut answers) = mpsc::channel(8);
    let mut gates = Gates::default();
    for (name, does) in [
        ("small", Does::Small),
        ("panics", Does::Panics),
        ("hangs", Does::Hangs),
    ] {
        gates.register(Arc::new(Model(name, does))).unwrap();
    }
    let clock = Arc::new(ManualClock::new(0));
    let asker = Asker::start(gates, Arc::new(Into(sender)), clock).unwrap();
    for name in ["hangs", "panics", "small"] {
        asker.ask(ask(name, "1")).unwrap();
    }
    let mut said = std::collections::BTreeMap::new();
    for _ in 0..3 {
        let (source, answer) = answers.blocking_recv().unwrap();
        assert_eq!(source, Source::Gate(answer.gate.as_str().into()));
        said.insert(answer.gate.to_string(), answer.said);
    }
    let expected = [
        ("hangs", nothing("no answer within 50ms")),
        ("panics", nothing("it panicked")),
        ("small", Said::Pass),
    ];
    assert_eq!(
        said,
        expected.map(|(name, said)| (name.to_owned(), said)).into()
    );
    // The thread ends with its last asker.
    drop(asker);
    assert!(answers.blocking_recv().is_none());
}
