//! Gates that ask outside: which there are, what they are asked, and what comes back.
//!
//! An order that needs one waits; the answer is an input like any other and is
//! journaled as it came, whole. What it means for the order is for the engine to say.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::domain::{GateName, OrderId};

/// What the gate is called at which a person passes or vetoes an order.
pub const HUMAN_VETO: &str = "human_veto";

/// The gates that ask outside, as a session has them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Asks {
    /// Gates a user registered, in their order.
    pub gates: Vec<AskedGate>,
    /// Whether there is a model that cro_veto can ask.
    pub model: bool,
    /// How long a person may take to pass an order that opens risk, in milliseconds; none when no person is asked.
    pub person_ms: Option<u64>,
}

/// A gate a user registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedGate {
    /// Its name: unique, and not a documented one.
    pub gate: GateName,
    /// Whether it is asked of orders that only reduce a position too.
    pub exits: bool,
}

impl Asks {
    /// Returns true when no gate asks outside.
    pub fn is_empty(&self) -> bool {
        self.gates.is_empty() && !self.model && self.person_ms.is_none()
    }
}

/// Returns the gate at which a person passes or vetoes an order.
pub fn human_veto() -> GateName {
    GateName::Custom(SmolStr::new_static(HUMAN_VETO))
}

/// What became of a question to a gate outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateAnswer {
    /// The order it was about.
    pub order_id: OrderId,
    /// Which gate was asked.
    pub gate: GateName,
    /// What it said.
    pub said: Said,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What was sent and what came back, where that is text.
    #[serde(default)]
    pub exchange: Option<Box<Exchange>>,
}

/// What a gate outside said of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It may go.
    Pass,
    /// It may not.
    Refuse,
    /// A model's opinion; whether it counts depends on how sure it is.
    Opinion {
        /// Whether it would veto.
        veto: bool,
        /// How sure it is: 0 to 1.
        confidence: f64,
        /// Why, in its words.
        reason: String,
    },
    /// Nothing that could be used.
    Nothing {
        /// What happened instead.
        why: String,
    },
}

/// A question and its answer as texts, free of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What was sent.
    pub asked: String,
    /// What came back, as far as it was read.
    pub answered: String,
}
