//! Indicators over candles: plain functions of prices, in binary floats.
//!
//! Where an indicator is not defined yet its value is NaN, never zero.

/// Returns the exponential moving average with smoothing `2 / (period + 1)`, seeded by the first price.
pub fn ema(prices: impl Iterator<Item = f64>, period: usize) -> Vec<f64> {
    let alpha = 2.0 / (period.max(1) as f64 + 1.0);
    let mut last = f64::NAN;
    prices
        .map(|price| {
            last = if last.is_nan() {
                price
            } else {
                alpha * price + (1.0 - alpha) * last
            };
            last
        })
        .collect()
}

/// Returns the simple moving average over `period` prices; NaN until that many were seen.
pub fn sma(prices: &[f64], period: usize) -> Vec<f64> {
    let period = period.max(1);
    let mut out = vec![f64::NAN; prices.len()];
    for (window, slot) in prices.windows(period).zip(out.iter_mut().skip(period - 1)) {
        *slot = window.iter().sum::<f64>() / period as f64;
    }
    out
}

/// Returns the running volume-weighted average of `(typical price, volume)`; NaN until volume was seen.
pub fn vwap(points: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let (mut value, mut volume) = (0.0, 0.0);
    points
        .map(|(price, units)| {
            value += price * units;
            volume += units;
            if volume > 0.0 {
                value / volume
            } else {
                f64::NAN
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_of_a_short_run() {
        assert_eq!(sma(&[1.0, 2.0, 3.0, 4.0], 2)[1..], [1.5, 2.5, 3.5]);
        assert!(sma(&[1.0], 2)[0].is_nan());
        assert_eq!(ema([1.0, 2.0].into_iter(), 3), [1.0, 1.5]);
        assert_eq!(vwap([(10.0, 1.0), (20.0, 3.0)].into_iter()), [10.0, 17.5]);
        assert!(vwap([(10.0, 0.0)].into_iter())[0].is_nan());
    }
}
