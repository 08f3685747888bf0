//! The gates that ask outside: what they answer, when, how often, and whether at all.
//!
//! An answer may come in time, late, twice, never, about an order nobody asked about,
//! or in a session that began after the question; and there is a person at the desk.

use std::collections::BTreeMap;
use std::time::Duration;

use mts1b_desk::domain::{GateName, Timestamp};
use mts1b_desk::engine::Snapshot;
use mts1b_desk::event::{AskedGate, Asks, Command, GateAnswer, Said, human_veto};
use mts1b_desk::order::effect::Ask;

use super::desk::Desk;
use super::dice::Dice;
use super::read;
use super::story::Story;
use super::weather::Weather;

/// Returns the gates of a day: none, the model alone, a registered one besides, or a person on top.
pub fn asks(kind: u64) -> Asks {
    let registered = AskedGate {
        gate: read("desk_gate"),
        exits: kind == 3,
    };
    Asks {
        gates: if kind >= 2 {
            vec![registered]
        } else {
            Vec::new()
        },
        model: kind >= 1,
        person_ms: (kind >= 3).then_some(8_000),
    }
}

/// What is outside.
#[derive(Debug)]
pub struct Outside {
    dice: Dice,
    answers: BTreeMap<(Timestamp, u64), GateAnswer>,
    count: u64,
    /// What happened, by name.
    pub tally: BTreeMap<&'static str, u64>,
}

impl Outside {
    pub fn new(dice: Dice) -> Self {
        Self {
            dice,
            answers: BTreeMap::new(),
            count: 0,
            tally: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// Takes in a question; what becomes of it is the day's business.
    pub fn ask(&mut self, ask: &Ask, weather: &Weather, now: Timestamp, story: &mut Story) {
        self.count("questions to gates");
        let (order_id, gate) = (ask.order.order_id.clone(), ask.gate.clone());
        if self.dice.chance(weather.lost_answer) {
            self.count("questions nobody answered");
            story.say(|| format!("  {gate} will never answer about {order_id}"));
            return;
        }
        let most = if self.dice.chance(weather.late) {
            20_000
        } else {
            120
        };
        let wait = Duration::from_millis(self.dice.below(most));
        let mut answer = GateAnswer {
            order_id,
            said: self.said(&gate),
            gate,
            took_ms: u64::try_from(wait.as_millis()).unwrap(),
            exchange: None,
        };
        if wait > ask.within {
            self.count("answers that came late");
            story.say(|| format!("  {} will answer after {wait:?}", answer.gate));
        }
        // What lets an order go at once is no news.
        if matches!(answer.said, Said::Refuse | Said::Nothing { .. }) {
            story.say(|| format!("  {} will say {:?}", answer.gate, answer.said));
        }
        if self.dice.chance(weather.doubled) {
            self.count("answers that came twice");
            let again = wait + Duration::from_millis(self.dice.below(9_000));
            // The second time it may well say something else.
            let other = GateAnswer {
                said: self.said(&answer.gate),
                ..answer.clone()
            };
            self.post(now.plus(again), other);
        }
        if self.dice.chance(weather.garbled) {
            self.count("answers about nothing");
            answer.order_id = read("sim-999999");
        }
        self.post(now.plus(wait), answer);
    }

    fn said(&mut self, gate: &GateName) -> Said {
        let why = || "hung up".to_owned();
        match self.dice.below(20) {
            0 => Said::Nothing { why: why() },
            roll if *gate == GateName::CroVeto => Said::Opinion {
                veto: roll < 5,
                confidence: self.dice.pick(&[0.0, 0.5, 0.84, 0.85, 1.0]),
                reason: "as it thinks".to_owned(),
            },
            1 | 2 => Said::Refuse,
            _ => Said::Pass,
        }
    }

    fn post(&mut self, at: Timestamp, answer: GateAnswer) {
        self.count += 1;
        self.answers.insert((at, self.count), answer);
    }

    /// Hands over every answer that came due, whichever session asked for it.
    pub fn run(&mut self, desk: &Desk, now: Timestamp) {
        while let Some(entry) = self.answers.first_entry() {
            if entry.key().0 > now {
                break;
            }
            desk.answer(entry.remove());
        }
    }

    /// Returns what the person at the desk says of the orders that wait.
    pub fn decide(&mut self, screen: &Snapshot) -> Vec<Command> {
        let person = human_veto();
        let mut said = Vec::new();
        for record in screen.orders.waiting() {
            let mine = record.waiting.as_ref().is_some_and(|it| it.gate == person);
            let roll = self.dice.below(100);
            let pass = mine && roll < 30;
            if !pass && roll < 97 {
                continue;
            }
            let what = if pass {
                "orders a person passed"
            } else {
                "orders a person vetoed"
            };
            self.count(what);
            said.push(Command::Decide {
                order_id: record.order.order_id.clone(),
                pass,
                actor: "ana".to_owned(),
                reason: String::new(),
            });
        }
        said
    }
}
