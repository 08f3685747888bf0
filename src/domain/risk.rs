//! What risk says in public: refusals, decisions, halts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{EnvelopeId, FundId, GateName, OrderId, RejectionCode, Timestamp};

/// One gate refused one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderRejection {
    /// Which order.
    pub order_id: OrderId,
    /// Whose.
    pub fund_id: FundId,
    /// Which gate.
    pub gate: GateName,
    /// Why, as a code.
    pub code: RejectionCode,
    /// Why, in words with both numbers.
    pub reason: String,
    /// Under which envelope.
    pub envelope_id: EnvelopeId,
    /// In which version.
    pub envelope_version: u32,
    /// When.
    pub timestamp: Timestamp,
    /// The numbers by name.
    #[serde(default)]
    pub details: BTreeMap<String, String>,
}

/// The answer of the whole chain to one order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskDecision {
    /// Which order.
    pub order_id: OrderId,
    /// Whether it may go.
    pub approved: bool,
    /// The first gate that refused; empty when approved.
    #[serde(default)]
    pub rejecting_gate: String,
    /// Why, as a code; empty when approved.
    #[serde(default, alias = "rejection_code")]
    pub code: String,
    /// Why, in words; empty when approved.
    #[serde(default)]
    pub reason: String,
    /// How long the gates took, in milliseconds.
    #[serde(default)]
    pub latency_ms: f64,
    /// Under which version of the envelope.
    pub envelope_version: u32,
}

/// What a halt covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HaltScope {
    /// One fund.
    Fund,
    /// One strategy.
    Strategy,
    /// One broker.
    Broker,
    /// Everything.
    Firm,
}

/// Asks that opening risk stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HaltRequest {
    /// The request's name.
    pub halt_id: String,
    /// What it covers.
    pub scope: HaltScope,
    /// Which fund, strategy or broker; empty for the firm.
    pub target: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub actor: String,
    /// Whether working orders that open risk are canceled.
    #[serde(default = "yes")]
    pub cancel_open_orders: bool,
    /// Whether positions are closed too.
    #[serde(default)]
    pub flatten: bool,
    /// When.
    pub requested_at: Timestamp,
}

fn yes() -> bool {
    true
}

/// Where a halt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HaltState {
    /// Not halted.
    Active,
    /// Halted: exits only.
    Halted,
    /// Being lifted.
    Resuming,
}

/// What a loss is measured over, by UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LossPeriod {
    /// The day.
    Day,
    /// The ISO week: Monday to Sunday.
    Week,
    /// The calendar month.
    Month,
}

impl LossPeriod {
    /// Every period, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Returns the number of the period a moment falls in; a later period has a higher one.
    pub fn of(self, at: Timestamp) -> i64 {
        match self {
            Self::Day => at.day(),
            // The epoch was a Thursday.
            Self::Week => (at.day() + 3).div_euclid(7),
            Self::Month => {
                let date = at.date();
                i64::from(date.year()) * 12 + i64::from(date.month())
            }
        }
    }

    /// Returns true where one person alone does not lift the halt that its loss set off.
    pub const fn needs_two(self) -> bool {
        match self {
            Self::Day => false,
            Self::Week | Self::Month => true,
        }
    }
}

/// A halt as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HaltStatus {
    /// What it covers.
    pub scope: HaltScope,
    /// Which one.
    pub target: String,
    /// Where it stands.
    pub state: HaltState,
    /// What set it off, in words.
    pub trigger: String,
    /// Since when.
    pub since: Timestamp,
    /// Who lifted it.
    #[serde(default)]
    pub resumed_by: Option<String>,
}
