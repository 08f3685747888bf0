//! The risk envelope: the limits a fund trades under. Versioned; never altered in place.

mod change;

pub use change::{EnvelopeChange, EnvelopeField, FieldKind};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    AssetClass, BrokerId, EnvelopeId, FundId, Money, OrderType, Quantity, Timestamp,
};

/// Limits of one fund. A ratio of 0.05 means 5 % of NAV.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the published record has these switches, each on its own"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskEnvelope {
    /// The envelope's name.
    pub envelope_id: EnvelopeId,
    /// Whose.
    pub fund_id: FundId,
    /// NAV the limits were set for, in USD; above zero.
    pub nav_usd: Money,
    /// Sum of absolute position values over NAV: 0 to 5.
    #[serde(default = "standard::one")]
    #[schemars(range(min = 0.0, max = 5.0))]
    pub max_gross_exposure_pct: f64,
    /// Signed sum of position values over NAV: -5 to 5.
    #[serde(default = "standard::one")]
    #[schemars(range(min = -5.0, max = 5.0))]
    pub max_net_exposure_pct: f64,
    /// One position over NAV: above 0, to 1.
    #[serde(default = "standard::position")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub max_position_pct: f64,
    /// One position in USD, if limited.
    #[serde(default)]
    pub max_position_usd: Option<Money>,
    /// One sector over NAV: above 0, to 1.
    #[serde(default = "standard::sector")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub max_sector_pct: f64,
    /// One asset class over NAV: above 0, to 1.
    #[serde(default = "standard::one")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub max_asset_class_pct: f64,
    /// One country over NAV: above 0, to 1.
    #[serde(default = "standard::one")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub max_country_pct: f64,
    /// Loss since the start of the UTC day that halts the fund: above 0, to 1.
    #[serde(default = "standard::daily")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub daily_loss_halt_pct: f64,
    /// Loss since the start of the ISO week that halts the fund.
    #[serde(default = "standard::weekly")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub weekly_loss_halt_pct: f64,
    /// Loss since the start of the month that halts the fund.
    #[serde(default = "standard::monthly")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub monthly_loss_halt_pct: f64,
    /// Largest order in USD.
    #[serde(default = "standard::notional")]
    pub max_order_notional_usd: Money,
    /// Largest order in units, if limited.
    #[serde(default)]
    pub max_order_qty: Option<Quantity>,
    /// Brokers that may be used; empty allows none.
    #[serde(default)]
    pub allowed_brokers: Vec<BrokerId>,
    /// Order types that may be used; empty allows none.
    #[serde(default = "standard::order_types")]
    pub allowed_order_types: Vec<OrderType>,
    /// Asset classes that may be traded; empty allows none.
    #[serde(default = "standard::classes")]
    pub allowed_asset_classes: Vec<AssetClass>,
    /// Whether short positions may be opened.
    #[serde(default)]
    pub enable_shorting: bool,
    /// Highest borrow fee, in basis points a year.
    #[serde(default = "standard::fee_bps")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub max_short_fee_bps: f64,
    /// Whether a short needs a located borrow.
    #[serde(default)]
    pub require_borrow_locate: bool,
    /// Whether positions carry a synthetic stop.
    #[serde(default = "standard::yes")]
    pub enable_synthetic_stop: bool,
    /// Distance of the synthetic stop from the average price.
    #[serde(default = "standard::stop")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub synthetic_stop_pct: f64,
    /// Whether the chief-risk-officer model is asked.
    #[serde(default)]
    pub cro_veto_enabled: bool,
    /// Confidence from which its veto counts.
    #[serde(default = "standard::confidence")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub cro_veto_confidence_threshold: f64,
    /// How long it may take, in seconds.
    #[serde(default = "standard::timeout")]
    #[schemars(range(max = 60.0), extend("exclusiveMinimum" = 0.0))]
    pub cro_veto_timeout_s: f64,
    /// Rises by exactly one with each change.
    #[serde(default = "standard::first")]
    #[schemars(range(min = 1))]
    pub version: u32,
    /// When this version was made.
    pub created_at: Timestamp,
    /// Anything else.
    #[serde(default)]
    pub notes: String,
}

impl RiskEnvelope {
    /// Returns what is wrong with the limits, one sentence a fault; empty when they can be used.
    ///
    /// Ranges are those of the published risk page, with the concept page's strict lower bounds.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !self.nav_usd.is_positive() {
            faults.push(format!("nav_usd {} must be above 0", self.nav_usd));
        }
        let mut within = |name: &str, value: f64, least: f64, most: f64, strict: bool| {
            let low = if strict {
                value <= least
            } else {
                value < least
            };
            if !value.is_finite() || low || value > most {
                let word = if strict { "above" } else { "at least" };
                faults.push(format!(
                    "{name} {value} must be {word} {least} and at most {most}"
                ));
            }
        };
        within(
            "max_gross_exposure_pct",
            self.max_gross_exposure_pct,
            0.0,
            5.0,
            false,
        );
        within(
            "max_net_exposure_pct",
            self.max_net_exposure_pct,
            -5.0,
            5.0,
            false,
        );
        for (name, value) in [
            ("max_position_pct", self.max_position_pct),
            ("max_sector_pct", self.max_sector_pct),
            ("max_asset_class_pct", self.max_asset_class_pct),
            ("max_country_pct", self.max_country_pct),
            ("daily_loss_halt_pct", self.daily_loss_halt_pct),
            ("weekly_loss_halt_pct", self.weekly_loss_halt_pct),
            ("monthly_loss_halt_pct", self.monthly_loss_halt_pct),
            ("synthetic_stop_pct", self.synthetic_stop_pct),
            (
                "cro_veto_confidence_threshold",
                self.cro_veto_confidence_threshold,
            ),
        ] {
            within(name, value, 0.0, 1.0, true);
        }
        within("max_short_fee_bps", self.max_short_fee_bps, 0.0, 1e6, false);
        within(
            "cro_veto_timeout_s",
            self.cro_veto_timeout_s,
            0.0,
            60.0,
            true,
        );
        if self.max_order_notional_usd.is_negative() {
            faults.push(format!(
                "max_order_notional_usd {} must not be below 0",
                self.max_order_notional_usd
            ));
        }
        if self.version == 0 {
            faults.push("version 0 must be 1 or more".to_owned());
        }
        faults
    }
}

/// The published defaults.
mod standard {
    use crate::domain::{AssetClass, Money, OrderType};

    pub(super) fn one() -> f64 {
        1.0
    }
    pub(super) fn position() -> f64 {
        0.05
    }
    pub(super) fn sector() -> f64 {
        0.30
    }
    pub(super) fn daily() -> f64 {
        0.03
    }
    pub(super) fn weekly() -> f64 {
        0.08
    }
    pub(super) fn monthly() -> f64 {
        0.15
    }
    pub(super) fn notional() -> Money {
        Money::whole(100_000)
    }
    pub(super) fn order_types() -> Vec<OrderType> {
        vec![OrderType::Market, OrderType::Limit]
    }
    pub(super) fn classes() -> Vec<AssetClass> {
        vec![AssetClass::Equities]
    }
    pub(super) fn fee_bps() -> f64 {
        200.0
    }
    pub(super) fn yes() -> bool {
        true
    }
    pub(super) fn stop() -> f64 {
        0.10
    }
    pub(super) fn confidence() -> f64 {
        0.85
    }
    pub(super) fn timeout() -> f64 {
        5.0
    }
    pub(super) fn first() -> u32 {
        1
    }
}
