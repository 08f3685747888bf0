//! Capacity: how much of an asset, and how large a fund, its trading can take in.
//!
//! A position may be so large a part of the average daily volume (ADV, in USD) of its asset. That bounds a
//! target at the NAV there is, and the NAV itself: the fund's capacity is where the first of its targets meets
//! its bound. An asset whose volume is not known (most currency pairs have none) has no capacity that anyone
//! knows: it is not bounded here, and whoever shows a figure says how many such there are. Days are rows.

use crate::domain::Matrix;
use crate::protocol::PortfolioError;

/// How much of the volume may be held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CapacitySettings {
    fraction_of_adv: f64,
    adv_lookback_days: usize,
}

impl CapacitySettings {
    /// The most days an average is taken over.
    pub const DAYS_MOST: usize = 2520;

    /// Makes the settings; as documented 0.01 and 21.
    ///
    /// # Errors
    /// When the fraction is not above 0 and at most 1, or the days are not from 1 to [`Self::DAYS_MOST`].
    pub fn new(fraction_of_adv: f64, adv_lookback_days: usize) -> Result<Self, PortfolioError> {
        if !(fraction_of_adv > 0.0 && fraction_of_adv <= 1.0) {
            let expected = "expected a number above 0 and at most 1";
            return Err(PortfolioError::bad(
                "capacity",
                "fraction_of_adv",
                fraction_of_adv,
                expected,
            ));
        }
        if !(1..=Self::DAYS_MOST).contains(&adv_lookback_days) {
            let expected = format!("expected a whole number from 1 to {}", Self::DAYS_MOST);
            return Err(PortfolioError::bad(
                "capacity",
                "adv_lookback_days",
                adv_lookback_days,
                &expected,
            ));
        }
        Ok(Self {
            fraction_of_adv,
            adv_lookback_days,
        })
    }

    /// Returns the part of the average daily volume that one position may be.
    pub fn fraction_of_adv(&self) -> f64 {
        self.fraction_of_adv
    }

    /// Returns how many days the average is taken over.
    pub fn adv_lookback_days(&self) -> usize {
        self.adv_lookback_days
    }

    /// Returns the largest position of an asset with that volume, in USD.
    pub fn position_usd(&self, adv_usd: f64) -> f64 {
        self.fraction_of_adv * adv_usd
    }

    /// Returns the largest position of an asset with that volume, as a ratio of NAV; none without a NAV above 0.
    pub fn position_capacity(&self, nav_usd: f64, adv_usd: f64) -> Option<f64> {
        let ratio = self.position_usd(adv_usd) / nav_usd;
        (nav_usd > 0.0 && ratio.is_finite()).then_some(ratio)
    }
}

/// Returns the average value traded a day of each asset, in USD: the mean of close x volume over the last days
/// on which both are known, times the asset's rate to USD; none where there is no such day or no rate.
///
/// # Errors
/// When closes, volumes and rates are not of one shape.
pub fn adv_usd(
    close: &Matrix,
    volume: &Matrix,
    usd_rates: &[Option<f64>],
    settings: &CapacitySettings,
) -> Result<Vec<Option<f64>>, PortfolioError> {
    let (rows, assets) = (close.rows(), close.columns());
    if (volume.rows(), volume.columns()) != (rows, assets) || usd_rates.len() != assets {
        let given = format!(
            "{} x {} with {} rates",
            volume.rows(),
            volume.columns(),
            usd_rates.len()
        );
        let expected = format!("expected {rows} x {assets} and a rate each, as there are closes");
        return Err(PortfolioError::bad("capacity", "volume", given, &expected));
    }
    let first = rows.saturating_sub(settings.adv_lookback_days);
    let mut sums = vec![(0.0_f64, 0.0_f64); assets];
    for (close, volume) in (first..rows).filter_map(|t| Some((close.row(t)?, volume.row(t)?))) {
        for ((sum, days), (close, volume)) in sums.iter_mut().zip(close.iter().zip(volume)) {
            let traded = close * volume;
            if traded.is_finite() && traded >= 0.0 {
                *sum += traded;
                *days += 1.0;
            }
        }
    }
    let averages = sums.into_iter().zip(usd_rates);
    Ok(averages
        .map(|((sum, days), rate)| {
            let average = sum / days * (*rate)?;
            (days > 0.0 && average.is_finite()).then_some(average)
        })
        .collect())
}

/// How large the fund may grow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FundCapacity {
    /// The NAV at which the first target meets its position's capacity, in USD.
    pub nav_usd: f64,
    /// Which asset that is.
    pub binds: usize,
    /// Targets left out because the volume of their asset is not known.
    pub unknown: usize,
}

/// Returns the NAV at which the first target meets its position's capacity; none where no target has one.
///
/// A target of weight w takes |w| x NAV of its asset, so it meets capacity at fraction x ADV / |w|. Of equals
/// the lower column binds. Weights and volumes stand in one order.
pub fn fund_capacity(
    weights: &[Option<f64>],
    adv_usd: &[Option<f64>],
    settings: &CapacitySettings,
) -> Option<FundCapacity> {
    let mut least: Option<(f64, usize)> = None;
    let mut unknown = 0_usize;
    for (at, (weight, adv)) in weights.iter().zip(adv_usd).enumerate() {
        let Some(weight) = weight.filter(|weight| *weight != 0.0) else {
            continue;
        };
        let Some(adv) = adv else {
            unknown += 1;
            continue;
        };
        let nav = settings.position_usd(*adv) / weight.abs();
        if nav.is_finite() && least.is_none_or(|(found, _)| nav < found) {
            least = Some((nav, at));
        }
    }
    least.map(|(nav_usd, binds)| FundCapacity {
        nav_usd,
        binds,
        unknown,
    })
}
