//! The exponentially weighted standard deviation.

/// Returns the deviation of the values, oldest first, each weighing `decay` times as much as the one after it.
///
/// Around their weighted mean and without correction for its estimate: what pandas calls
/// `ewm(alpha=1-decay).std(bias=True)`. NaN for no values, and where one of them is NaN.
pub fn ewma_std(values: &[f64], decay: f64) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let (mut weight, mut sum) = (0.0, 0.0);
    for value in values {
        weight = weight * decay + 1.0;
        sum = sum * decay + value;
    }
    let mean = sum / weight;
    let mut squares = 0.0;
    for value in values {
        squares = squares * decay + (value - mean) * (value - mean);
    }
    (squares / weight).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_values_weigh_more_and_equal_weights_give_the_plain_deviation() {
        assert!((ewma_std(&[1.0, 2.0, 3.0, 4.0], 1.0) - 1.25_f64.sqrt()).abs() < 1e-15);
        // Weights 1/4, 1/2 and 1, so the mean is 9/7.
        let by_hand = ((0.25 * (3.0 - 9.0 / 7.0_f64).powi(2)
            + 0.5 * (1.0 - 9.0 / 7.0_f64).powi(2)
            + (1.0 - 9.0 / 7.0_f64).powi(2))
            / 1.75)
            .sqrt();
        assert!((ewma_std(&[3.0, 1.0, 1.0], 0.5) - by_hand).abs() < 1e-15);
        assert!(ewma_std(&[1.0, 9.0, 1.0], 0.5) > ewma_std(&[9.0, 1.0, 1.0], 0.5));
        assert!(ewma_std(&[], 0.9).is_nan() && ewma_std(&[f64::NAN, 1.0], 0.9).is_nan());
    }
}
