//! Everything that can be said inside the desk. To learn what can happen, read this folder.
//!
//! An [`Input`] comes in (from a person, a venue, a feed or the desk itself), the
//! engine answers with [`Fact`]s. Facts are in the past tense and are the only
//! thing that changes durable state; commands are imperative. What must then be
//! done outside is an effect (`order::effect`, one floor up, because placing an
//! order needs the gates' approval). All are closed sets, matched without `_`.

mod account;
mod ask;
mod command;
mod header;
mod link;
mod market;
mod order;
mod risk;
mod study;
mod subject;

pub use account::{AccountFact, BrokerReport, Correction};
pub use ask::{AskedGate, Asks, Exchange, GateAnswer, HUMAN_VETO, Said, human_veto};
pub use command::{Command, Reviewed};
pub use header::{Header, Lane, Source};
pub use link::{LinkFact, LinkHealth, LinkName, LinkState};
pub use market::MarketEvent;
pub use order::OrderFact;
pub use risk::{
    ExitWhy, Groups, Loss, Measure, Outcome, RateLimits, RiskFact, Seen, Unit, Verdict,
};
pub use study::{
    Allocated, Clusters, Figures, Frontier, Heard, HistoryKind, Made, Sleeve, Study, Target,
};
pub use subject::{Subject, SubjectError, Token};

use serde::{Deserialize, Serialize};

/// Something that reached the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The desk itself or its operator: start, time, links. Drained first.
    Control(Control),
    /// What a broker says of orders, fills and the account. Drained second.
    Execution(BrokerReport),
    /// What became of a question to a gate that asks outside. Drained with the reports of brokers.
    Answer(GateAnswer),
    /// What a person or program asks for. Drained third.
    Command(Command),
    /// Quotes, trades and bars; conflated, never journaled. Drained last.
    Market(MarketEvent),
}

impl Input {
    /// Returns the lane the input travels on.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Control(_) => Lane::Control,
            Self::Execution(_) | Self::Answer(_) => Lane::Execution,
            Self::Command(_) => Lane::Command,
            Self::Market(_) => Lane::Market,
        }
    }
}

/// What the desk says to itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// A session begins: over an empty journal this opens the fund, otherwise it resumes it.
    Open(Box<Opening>),
    /// Time passed with nothing else to say; expires orders, turns days, asks after silent ones.
    Tick,
    /// A stop that the desk watches was reached: decided at once, not with the next tick.
    Stop,
    /// A link to a venue changed.
    Link(LinkState),
    /// The session ends.
    Close,
}

/// What a session starts with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// A short random name of this data folder, minted at its first start: prefixes order ids.
    pub desk_id: smol_str::SmolStr,
    /// The fund, as configured.
    pub fund: crate::domain::FundConfig,
    /// Its limits, as configured; where they differ from those in force they become the next version.
    pub envelope: crate::domain::RiskEnvelope,
    /// How much it may send, as configured.
    #[serde(default)]
    pub rates: RateLimits,
    /// The operator's own gates, as configured; their names differ.
    #[serde(default)]
    pub gates: Vec<crate::domain::CustomGate>,
    /// The gates that ask outside, as configured.
    #[serde(default)]
    pub asks: Asks,
    /// The version of the program.
    pub version: String,
}

/// Something that happened. Applying facts in order rebuilds the whole durable state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Of an order's life.
    Order(OrderFact),
    /// Of the account: cash, fills, cursors, sessions.
    Account(AccountFact),
    /// Of risk: verdicts, envelopes, halts.
    Risk(RiskFact),
    /// Of links to venues.
    Link(LinkFact),
}
