//! Signals and target weights: what research says should be held.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{FundId, StrategyId, Symbol, Timestamp};

/// One publication of a strategy: a weight per symbol, as a ratio of NAV.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signal {
    /// The publication's name.
    pub signal_id: String,
    /// Whose.
    pub strategy_id: StrategyId,
    /// For which fund; for any when null.
    #[serde(default)]
    pub fund_id: Option<FundId>,
    /// As of when.
    pub asof: Timestamp,
    /// Signed weights.
    #[schemars(with = "BTreeMap<String, f64>")]
    pub weights: BTreeMap<Symbol, f64>,
    /// How sure, 0 to 1.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// For how long.
    #[serde(default)]
    pub horizon: Option<String>,
    /// Anything else.
    #[serde(default)]
    pub metadata: BTreeMap<String, serde_json::Value>,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetWeight {
    /// Whose.
    pub fund_id: FundId,
    /// From which strategy.
    pub strategy_id: StrategyId,
    /// What.
    pub symbol: Symbol,
    /// Signed ratio of NAV.
    pub weight: f64,
    /// As of when.
    pub asof: Timestamp,
}
