//! Verdicts and the market facts they rest on; facts of envelopes and halts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::domain::{
    Borrow, BrokerId, CustomGate, Exact, GateName, HaltRequest, HaltStatus, IdempotencyKey,
    LossPeriod, Money, OrderId, Price, Quote, Rate, RejectionCode, RiskEnvelope, Symbol, Timestamp,
};
use crate::event::Asks;

/// How a gate answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It may go, as far as this gate is concerned.
    Pass,
    /// It may not.
    Refuse,
    /// The gate asks outside when the order is sent; nothing is known before.
    AskedOnSend,
    /// The gate gave no answer and lets the order go, as it is documented to.
    Unanswered,
    /// The gate is switched off.
    Off,
}

/// What a limit is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// US dollars.
    Usd,
    /// Units of the instrument.
    Units,
    /// A ratio of NAV: 0.1 is 10 %.
    NavRatio,
    /// Milliseconds.
    Ms,
    /// A plain count.
    Count,
    /// Basis points.
    Bps,
}

/// A limit and the value held against it. Headroom is what is left: limit - value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// What both are counted in.
    pub unit: Unit,
    /// The most that passes.
    pub limit: Exact,
    /// What it would be.
    pub value: Exact,
}

impl Measure {
    /// Returns what is left before the limit; below zero when over.
    pub fn headroom(&self) -> Decimal {
        self.limit.decimal().saturating_sub(self.value.decimal())
    }
}

/// One gate's answer to one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which gate.
    pub gate: GateName,
    /// How it answered.
    pub outcome: Outcome,
    /// Why it refused, as a code.
    pub code: Option<RejectionCode>,
    /// The limit that refused, or the tightest of those that passed.
    pub measure: Option<Measure>,
    /// Age of the oldest market fact it used, in milliseconds.
    pub age_ms: Option<u64>,
    /// In words, with the numbers.
    pub reason: Cow<'static, str>,
}

/// What the market and the book looked like to a decision, so that it can be judged again without it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Seen {
    /// The order's own quote.
    pub quote: Option<Quote>,
    /// How long ago it reached this machine, in milliseconds.
    pub quote_age_ms: Option<u64>,
    /// One unit of the instrument's currency in USD.
    pub usd_rate: Option<Rate>,
    /// How long ago the quote behind that rate reached this machine, in milliseconds; none where no quote is behind it.
    #[serde(default)]
    pub usd_rate_age_ms: Option<u64>,
    /// Step of its price as known then; may be inferred from quotes, which are not journaled.
    #[serde(default)]
    pub tick: Option<Price>,
    /// NAV in USD; none where a mark was missing.
    pub nav_usd: Option<Money>,
    /// Sum of the worst-case absolute values of all other symbols, in USD.
    pub other_gross_usd: Option<Money>,
    /// Signed value of all other symbols, working buys counted in full, in USD.
    pub other_net_high_usd: Option<Money>,
    /// Signed value of all other symbols, working sells counted in full, in USD.
    pub other_net_low_usd: Option<Money>,
    /// The groups the symbol counts in, and what else is in them.
    #[serde(default)]
    pub groups: Groups,
    /// What borrowing the symbol costs, where known.
    #[serde(default)]
    pub borrow: Option<Borrow>,
}

/// The groups a symbol counts in. Sums are worst-case absolute values of all other symbols, in USD; what is
/// held of an unknown sector or country may be of any, and counts in every one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Groups {
    /// Its sector, where known.
    #[serde(default)]
    pub sector: Option<SmolStr>,
    /// Its country, where known.
    #[serde(default)]
    pub country: Option<SmolStr>,
    /// Others of its sector.
    #[serde(default)]
    pub other_sector_usd: Option<Money>,
    /// Others of its asset class.
    #[serde(default)]
    pub other_class_usd: Option<Money>,
    /// Others of its country.
    #[serde(default)]
    pub other_country_usd: Option<Money>,
}

/// How much may be sent within one second; an order beyond it is refused with `RATE_LIMIT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimits {
    /// Messages of the fund to all venues: orders and cancels.
    pub fund: u32,
    /// Messages to one venue, by broker; a broker that is not named may be sent as much as the fund sends.
    pub brokers: BTreeMap<BrokerId, u32>,
    /// Orders refused for the rate within one second that are a runaway: opening risk is halted.
    pub runaway: u32,
}

impl Default for RateLimits {
    /// What holds over a journal that never said.
    fn default() -> Self {
        Self {
            fund: 20,
            brokers: BTreeMap::new(),
            runaway: 100,
        }
    }
}

impl RateLimits {
    /// Returns the most messages to a venue within one second.
    pub fn of(&self, broker: &BrokerId) -> u32 {
        self.brokers.get(broker).copied().unwrap_or(self.fund)
    }
}

/// A loss that reached its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// What it was measured over.
    pub period: LossPeriod,
    /// NAV the period began with, money that came and went since counted with it.
    pub start_usd: Money,
    /// What was lost since.
    pub lost_usd: Money,
    /// The limit it reached, a ratio of the start.
    pub limit: Rate,
}

/// Why the desk itself closes a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitWhy {
    /// Its synthetic stop was reached.
    Stop {
        /// Where it lay.
        level: Price,
        /// The two quotes in a row that went beyond it.
        quotes: Box<[Quote; 2]>,
    },
    /// A person closes everything.
    Flatten {
        /// Who.
        by: String,
        /// Why, in that person's words.
        reason: String,
    },
}

/// A fact of risk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskFact {
    /// The limits in force from here on, as the configuration says.
    EnvelopeSet(Box<RiskEnvelope>),
    /// The limits in force from here on, as a person set them in the desk.
    EnvelopeEdited {
        /// The limits.
        envelope: Box<RiskEnvelope>,
        /// Who set them.
        by: String,
    },
    /// The rates of sending in force from here on.
    RatesSet(RateLimits),
    /// The operator's own gates in force from here on, in the order they are asked.
    GatesSet(Vec<CustomGate>),
    /// The gates that ask outside, from here on.
    AsksSet(Asks),
    /// Commands that were refused and are not in the journal one by one, because too many came.
    Flooded {
        /// How many since the last such fact.
        refused: u64,
        /// When the first of them came.
        since: Timestamp,
        /// Until when they were counted.
        at: Timestamp,
        /// The newest of them and why it was refused, in words.
        newest: String,
    },
    /// Opening risk stopped.
    Halted {
        /// What was asked, and by whom.
        request: HaltRequest,
        /// NAV at that moment, where it was known.
        nav_usd: Option<Money>,
        /// The loss that set it off, where one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loss: Option<Loss>,
    },
    /// A halt takes back the working orders that open risk.
    Swept {
        /// The halt's name.
        halt_id: String,
        /// Who set it off.
        by: String,
        /// Those to be canceled, and what an earlier halt had not settled.
        orders: Vec<OrderId>,
        /// How many only reduce and are left working.
        kept: usize,
        /// When.
        at: Timestamp,
    },
    /// The desk closes a position: what works in its symbol is canceled, then one order for all of it leaves.
    ExitDecided {
        /// Of what.
        symbol: Symbol,
        /// Of which opening of the position.
        epoch: u32,
        /// Why.
        why: ExitWhy,
        /// The key its order will carry.
        key: IdempotencyKey,
        /// When.
        at: Timestamp,
    },
    /// Something is in the way of an exit's order; it is tried again.
    ExitHeldUp {
        /// Of what.
        symbol: Symbol,
        /// What, in words.
        why: String,
        /// When.
        at: Timestamp,
    },
    /// The position of an exit is flat and nothing of the exit works: the next one has its stop again.
    ExitEnded {
        /// Of what.
        symbol: Symbol,
        /// When.
        at: Timestamp,
    },
    /// The first of two people agreed to lift a halt; it stands until the second one does.
    ResumeAgreed {
        /// As it stands now.
        status: HaltStatus,
        /// The loss that set it off was measured over this.
        loss: LossPeriod,
        /// Who.
        by: String,
        /// Why, in that person's words.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// A person lifted a halt.
    Resumed {
        /// As it stands now.
        status: HaltStatus,
        /// Why, in that person's words.
        reason: String,
        /// When.
        at: Timestamp,
        /// What the loss that set it off was measured over, where one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loss: Option<LossPeriod>,
        /// NAV at that moment, from which a loss is measured anew, where one had set it off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nav_usd: Option<Money>,
    },
}
