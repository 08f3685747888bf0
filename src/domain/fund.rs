//! Funds: who trades what, under which method, and what they are worth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{AssetClass, BrokerId, Currency, FundId, Money, StrategyId, Timestamp};

/// Which lots a closing trade takes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaxLotMethod {
    /// Oldest first.
    #[default]
    Fifo,
    /// Newest first.
    Lifo,
    /// Highest cost first.
    Hifo,
    /// Lowest cost first.
    Loifo,
    /// The operator picks; until one does, oldest first.
    Specid,
}

/// One fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FundConfig {
    /// Name in subjects and on the screen.
    pub fund_id: FundId,
    /// Full name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Currency of its books.
    #[serde(default = "usd")]
    pub base_currency: Currency,
    /// Money it is meant to run, in USD; what a paper fund opens with.
    pub target_nav_usd: Money,
    /// Where its orders go.
    pub broker: BrokerId,
    /// Its account at the broker.
    #[serde(default)]
    pub broker_account_id: String,
    /// Whether it trades at all.
    #[serde(default = "yes")]
    pub active: bool,
    /// What it may trade; empty allows nothing.
    #[serde(default)]
    pub asset_classes: Vec<AssetClass>,
    /// Who may write into it; empty allows nobody.
    #[serde(default)]
    pub strategies: Vec<StrategyId>,
    /// Which lots close first.
    #[serde(default)]
    pub tax_lot_method: TaxLotMethod,
    /// When it was set up.
    pub created_at: Timestamp,
    /// Anything else.
    #[serde(default)]
    pub notes: String,
}

fn usd() -> Currency {
    Currency::USD
}

fn yes() -> bool {
    true
}

/// What a fund is worth at the end of a day or at a moment. `nav_usd` = cash + positions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NavSnapshot {
    /// Whose.
    pub fund_id: FundId,
    /// Day, UTC.
    #[schemars(schema_with = "crate::domain::position::date")]
    pub asof: jiff::civil::Date,
    /// Cash and positions together, in USD.
    pub nav_usd: Money,
    /// Cash, in USD.
    pub cash_usd: Money,
    /// Positions, in USD.
    pub positions_value_usd: Money,
    /// Profit taken, in USD.
    #[serde(default)]
    pub realized_pl_usd: Money,
    /// Profit not taken, in USD.
    #[serde(default)]
    pub unrealized_pl_usd: Money,
    /// Money that came in (above zero) or left, in USD.
    #[serde(default)]
    pub flows_usd: Money,
}

impl NavSnapshot {
    /// Returns true when cash and positions add up to the NAV, to the last digit.
    pub fn adds_up(&self) -> bool {
        self.cash_usd + self.positions_value_usd == self.nav_usd
    }
}

/// Money asked to move between funds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferRequest {
    /// The request's name.
    pub transfer_id: String,
    /// From which fund.
    pub from_fund: FundId,
    /// To which fund.
    pub to_fund: FundId,
    /// How much, in USD.
    pub amount_usd: Money,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub requested_by: String,
    /// Who agreed.
    #[serde(default)]
    pub co_signed_by: Option<String>,
    /// When.
    pub created_at: Timestamp,
}
