//! From questions to gates outside to answers: registered gates, and the model.
//!
//! Asks on a thread of its own: a gate that never gives the thread back holds up other
//! questions and nothing else, and the engine waits for none of them for long. Every
//! question is answered once: by the gate, by its deadline, or with what went wrong; a
//! gate that panics has answered nothing. Decides nothing about orders.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::adapter::cro::Cro;
use crate::base::Clock;
use crate::domain::{CustomGate, GateName};
use crate::event::{AskedGate, Asks, GateAnswer, HUMAN_VETO, Said, Source};
use crate::order::effect::Ask;
use crate::protocol::RiskGate;

/// The name of the thread; a panic on it is a gate's and not the desk's.
pub const THREAD: &str = "gates";
/// Questions waiting and under way at once; the engine lets no more orders wait.
const QUESTIONS_MOST: usize = 256;
/// Gates that may be registered.
const GATES_MOST: usize = 16;

/// Why a gate is not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Its name is no gate's.
    #[error("{0}")]
    Name(String),
    /// Its name belongs to one of the desk's own gates.
    #[error("gate '{0}' has the name of one of the desk's own: give it another")]
    Taken(String),
    /// There is one of that name.
    #[error("gate '{0}' is registered already: names are unique")]
    Twice(String),
    /// There are too many.
    #[error("gate '{0}' is one more than the {GATES_MOST} there may be")]
    TooMany(String),
}

/// What can be asked outside: gates in the order they were registered, and the model.
#[derive(Debug, Clone, Default)]
pub struct Gates {
    registered: Vec<(GateName, Arc<dyn RiskGate>)>,
    cro: Option<Arc<Cro>>,
}

impl Gates {
    /// Adds a gate behind those that are registered.
    ///
    /// # Errors
    /// When its name is none, not unique, or one of the desk's own.
    pub fn register(&mut self, gate: Arc<dyn RiskGate>) -> Result<(), RegisterError> {
        let text = gate.name().to_owned();
        let name: GateName = text.parse().map_err(RegisterError::Name)?;
        let own = text == HUMAN_VETO || CustomGate::NAMES.contains(&text.as_str());
        if !matches!(name, GateName::Custom(_)) || own {
            return Err(RegisterError::Taken(text));
        }
        if self.registered.iter().any(|(known, _)| *known == name) {
            return Err(RegisterError::Twice(text));
        }
        if self.registered.len() >= GATES_MOST {
            return Err(RegisterError::TooMany(text));
        }
        self.registered.push((name, gate));
        Ok(())
    }

    /// Sets the model that cro_veto asks.
    pub fn with_cro(mut self, cro: Cro) -> Self {
        self.cro = Some(Arc::new(cro));
        self
    }

    /// Returns what the engine needs to know of them; a person is asked when `person_ms` says how long.
    pub fn asks(&self, person_ms: Option<u64>) -> Asks {
        let known = |(name, gate): &(GateName, Arc<dyn RiskGate>)| AskedGate {
            gate: name.clone(),
            exits: gate.asks_exits(),
        };
        Asks {
            gates: self.registered.iter().map(known).collect(),
            model: self.cro.is_some(),
            person_ms,
        }
    }

    /// Returns true when there is nobody to ask.
    pub fn is_empty(&self) -> bool {
        self.registered.is_empty() && self.cro.is_none()
    }

    /// Asks one question; the answer comes within its deadline unless a gate holds the thread.
    pub async fn answer(&self, ask: Ask, clock: &dyn Clock) -> GateAnswer {
        let begun = clock.elapsed();
        let asking = async {
            match (&ask.gate, &self.cro) {
                (GateName::CroVeto, Some(cro)) => {
                    let (said, exchange) = cro.ask(&ask).await;
                    (said, Some(Box::new(exchange)))
                }
                (name, _) => (self.registered(name, &ask).await, None),
            }
        };
        let asked = AssertUnwindSafe(asking).catch_unwind().await;
        let (said, exchange) = asked.unwrap_or_else(|_| (nothing("it panicked"), None));
        let took = clock.elapsed().saturating_sub(begun);
        GateAnswer {
            order_id: ask.order.order_id.clone(),
            gate: ask.gate,
            said,
            took_ms: millis(took),
            exchange,
        }
    }

    async fn registered(&self, name: &GateName, ask: &Ask) -> Said {
        let gate = self.registered.iter().find(|(known, _)| known == name);
        let Some((_, gate)) = gate else {
            return nothing("there is no such gate");
        };
        let check = gate.check(&ask.order, &ask.envelope, &ask.context);
        match timeout(ask.within, check).await {
            Ok(Ok(true)) => Said::Pass,
            Ok(Ok(false)) => Said::Refuse,
            Ok(Err(error)) => nothing(error.to_string()),
            Err(_) => nothing(format!("no answer within {:?}", ask.within)),
        }
    }
}

/// Where answers go: the bus, or whatever stands in for it.
pub trait Answers: Send + Sync + 'static {
    /// Hands an answer over; waits while the lane is full.
    fn answer(&self, source: Source, answer: GateAnswer) -> BoxFuture<'_, ()>;
}

/// The way to the gates.
#[derive(Debug)]
pub struct Asker {
    inbox: mpsc::Sender<Ask>,
}

impl Asker {
    /// Starts the thread that asks; it ends with the last sender of questions.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        gates: Gates,
        answers: Arc<dyn Answers>,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let (inbox, questions) = mpsc::channel(QUESTIONS_MOST);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || {
                runtime.block_on(run(&gates, questions, &*answers, &*clock));
            })?;
        Ok(Self { inbox })
    }

    /// Puts a question; never waits.
    ///
    /// # Errors
    /// Returns the answer of a question that could not be put.
    pub fn ask(&self, ask: Ask) -> Result<(), Box<GateAnswer>> {
        self.inbox.try_send(ask).map_err(|error| match error {
            mpsc::error::TrySendError::Full(ask) => unasked(ask, "too many questions wait"),
            mpsc::error::TrySendError::Closed(ask) => unasked(ask, "nobody asks any more"),
        })
    }
}

/// Returns the answer of a question that nobody was asked.
pub fn unasked(ask: Ask, why: &str) -> Box<GateAnswer> {
    Box::new(GateAnswer {
        order_id: ask.order.order_id.clone(),
        gate: ask.gate,
        said: nothing(why),
        took_ms: 0,
        exchange: None,
    })
}

async fn run(
    gates: &Gates,
    mut questions: mpsc::Receiver<Ask>,
    answers: &dyn Answers,
    clock: &dyn Clock,
) {
    let mut under_way = FuturesUnordered::new();
    loop {
        let room = under_way.len() < QUESTIONS_MOST;
        tokio::select! {
            Some(answer) = under_way.next(), if !under_way.is_empty() => {
                let answer: GateAnswer = answer;
                let source = Source::Gate(answer.gate.as_str().into());
                answers.answer(source, answer).await;
            }
            ask = questions.recv(), if room => match ask {
                Some(ask) => under_way.push(gates.answer(ask, clock)),
                None => return,
            },
        }
    }
}

fn nothing(why: impl Into<String>) -> Said {
    Said::Nothing { why: why.into() }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
