//! The envelope's ratios as exact decimals, worked out once per envelope and not per order.

use crate::domain::{Money, Quantity, Rate, RiskEnvelope};

/// Limits of an envelope, ready to be compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// One position over NAV.
    pub position: Rate,
    /// One position in USD.
    pub position_usd: Option<Money>,
    /// Gross exposure over NAV.
    pub gross: Rate,
    /// Net exposure over NAV, either way when positive.
    pub net: Rate,
    /// One sector over NAV; none where gross is held at least as tight, so that it cannot bind.
    pub sector: Option<Rate>,
    /// One asset class over NAV; none where it cannot bind.
    pub class: Option<Rate>,
    /// One country over NAV; none where it cannot bind.
    pub country: Option<Rate>,
    /// One order in USD.
    pub order_usd: Money,
    /// One order in units.
    pub order_units: Option<Quantity>,
    /// Loss of the day over its starting NAV.
    pub day_loss: Rate,
    /// Loss of the ISO week over its starting NAV.
    pub week_loss: Rate,
    /// Loss of the month over its starting NAV.
    pub month_loss: Rate,
    /// Distance of the synthetic stop from the average price; none where there is no such stop.
    pub stop: Option<Rate>,
    /// Highest borrow fee, in basis points a year.
    pub borrow_bps: Rate,
}

impl Limits {
    /// Reads the limits of an envelope; a ratio that is no number allows nothing.
    pub fn of(envelope: &RiskEnvelope) -> Self {
        let ratio = |value: f64| Rate::from_setting(value).unwrap_or(Rate::ZERO);
        let gross = ratio(envelope.max_gross_exposure_pct);
        // What is of one group is no more than all there is: a limit at or above that of gross
        // refuses nothing that gross lets through, whatever the group. So nobody has to know it.
        let group = |value: f64| Some(ratio(value)).filter(|limit| *limit < gross);
        Self {
            position: ratio(envelope.max_position_pct),
            position_usd: envelope.max_position_usd,
            gross,
            net: ratio(envelope.max_net_exposure_pct),
            sector: group(envelope.max_sector_pct),
            class: group(envelope.max_asset_class_pct),
            country: group(envelope.max_country_pct),
            order_usd: envelope.max_order_notional_usd,
            order_units: envelope.max_order_qty,
            day_loss: ratio(envelope.daily_loss_halt_pct),
            week_loss: ratio(envelope.weekly_loss_halt_pct),
            month_loss: ratio(envelope.monthly_loss_halt_pct),
            stop: envelope
                .enable_synthetic_stop
                .then(|| ratio(envelope.synthetic_stop_pct)),
            borrow_bps: ratio(envelope.max_short_fee_bps),
        }
    }
}
