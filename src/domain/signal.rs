//! Signals and target weights: what research says should be held.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{FundId, StrategyId, Symbol, Timestamp};

/// The longest publication, in bytes.
pub const SIGNAL_BYTES_MOST: usize = 256 << 10;
/// The largest weight of one: ten times NAV.
pub const WEIGHT_MOST: f64 = 10.0;

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

/// Why bytes are no signal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// They are too many.
    #[error("it has {0} bytes, expected at most {SIGNAL_BYTES_MOST}")]
    Long(usize),
    /// They are no signal as JSON; the words say where.
    #[error("is no signal: {0}")]
    Shape(String),
    /// A weight that nobody can mean.
    #[error(
        "the weight of {symbol} is {weight}, expected a ratio of NAV from -{WEIGHT_MOST} to {WEIGHT_MOST}"
    )]
    Wild {
        /// Whose.
        symbol: Symbol,
        /// As written.
        weight: String,
    },
}

impl Signal {
    /// Reads a signal as it is published, and checks it: bytes from outside.
    ///
    /// # Errors
    /// When it is longer than [`SIGNAL_BYTES_MOST`], is no signal, or holds a weight beyond [`WEIGHT_MOST`].
    pub fn read(bytes: &[u8]) -> Result<Self, SignalError> {
        if bytes.len() > SIGNAL_BYTES_MOST {
            return Err(SignalError::Long(bytes.len()));
        }
        let signal: Self =
            serde_json::from_slice(bytes).map_err(|error| SignalError::Shape(error.to_string()))?;
        let wild = |weight: &f64| !(-WEIGHT_MOST..=WEIGHT_MOST).contains(weight);
        match signal.weights.iter().find(|(_, weight)| wild(weight)) {
            Some((symbol, weight)) => Err(SignalError::Wild {
                symbol: symbol.clone(),
                weight: weight.to_string(),
            }),
            None => Ok(signal),
        }
    }

    /// Returns true when it speaks to a fund: its own, or any.
    pub fn is_for(&self, fund: &FundId) -> bool {
        self.fund_id.as_ref().is_none_or(|of| of == fund)
    }
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
