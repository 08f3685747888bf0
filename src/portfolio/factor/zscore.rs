//! Scores made comparable across the assets of a row.
//!
//! The deviation is that of the population (divided by n, as numpy does), over what is known. Missing stays
//! missing. Equal values score 0, and so does a value that is the only one.

use crate::domain::Matrix;
use crate::portfolio::wide::{lanes, wide};

/// Spread of a row, as a part of its largest value, up to which the values are equal but for rounding.
const EQUAL: f64 = 64.0 * f64::EPSILON;

/// Returns each row z-scored across its columns.
pub fn zscore_cross_sectional(values: &Matrix) -> Matrix {
    let mut scores = values.clone();
    scores.rows_mut().for_each(zscore_row);
    scores
}

/// Z-scores a row in place. NaN and infinite values are missing: they count for nothing and become NaN.
pub fn zscore_row(row: &mut [f64]) {
    if wide(|| plain(row)) {
        return;
    }
    let (mut known, mut sum) = (0.0, 0.0);
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in &mut *row {
        if value.is_finite() {
            known += 1.0;
            sum += *value;
            least = least.min(*value);
            most = most.max(*value);
        } else {
            *value = f64::NAN;
        }
    }
    if known == 0.0 {
        return;
    }
    let largest = least.abs().max(most.abs());
    if most - least <= largest * EQUAL {
        spread(row, |_| 0.0);
        return;
    }
    // Squares of what is this large or small would not be numbers any more.
    if !(1e-100..=1e100).contains(&largest) {
        spread(row, |value| value / largest);
        sum = row.iter().filter(|value| value.is_finite()).sum();
    }
    let mean = sum / known;
    let squares: f64 = row
        .iter()
        .filter(|value| value.is_finite())
        .map(|value| (value - mean) * (value - mean))
        .sum();
    let deviation = (squares / known).sqrt();
    spread(row, |value| (value - mean) / deviation);
}

/// Scores a row in which nothing is missing, equal or extreme, which is most of what a live desk asks for; leaves any
/// other alone and returns false.
fn plain(row: &mut [f64]) -> bool {
    let count = row.len() as f64;
    let mean = lanes(row, 0.0, |sum, value| sum + value)
        .iter()
        .sum::<f64>()
        / count;
    let squares = lanes(row, 0.0, |sum, value| sum + (value - mean) * (value - mean));
    let deviation = (squares.iter().sum::<f64>() / count).sqrt();
    // No value is larger. What is missing or infinite makes both NaN or infinite, and lies in no range.
    let largest = mean.abs() + count.sqrt() * deviation;
    let usual = deviation >= 1e-100 && largest <= 1e100;
    // Near the rounding of the values themselves, whether they are equal needs a closer look.
    if !usual || deviation <= largest * 2.0 * EQUAL {
        return false;
    }
    let scale = 1.0 / deviation;
    for value in row {
        *value = (*value - mean) * scale;
    }
    true
}

fn spread(row: &mut [f64], map: impl Fn(f64) -> f64) {
    for value in row.iter_mut().filter(|value| value.is_finite()) {
        *value = map(*value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(mut row: Vec<f64>) -> Vec<f64> {
        zscore_row(&mut row);
        row
    }

    #[test]
    fn a_row_has_mean_zero_and_deviation_one_over_what_is_known() {
        let scores = scored(vec![1.0, f64::NAN, 2.0, 3.0, f64::INFINITY]);
        let part = 1.5_f64.sqrt();
        assert!((scores[0] + part).abs() < 1e-15 && (scores[3] - part).abs() < 1e-15);
        assert!(scores[2].abs() < 1e-15 && scores[1].is_nan() && scores[4].is_nan());
        for huge in [1e300, 1e-300] {
            let scores = scored(vec![huge, 2.0 * huge, 3.0 * huge]);
            assert!((scores[2] - part).abs() < 1e-12, "{scores:?}");
        }
    }

    #[test]
    fn equal_values_and_a_value_alone_score_zero() {
        assert_eq!(scored(vec![0.1; 7]), vec![0.0; 7]);
        let rounded = 0.1 + 0.2;
        assert_eq!(scored(vec![0.3, rounded, 0.3]), vec![0.0; 3]);
        let alone = scored(vec![f64::NAN, 5.0]);
        assert!(alone[0].is_nan() && alone[1].abs() == 0.0);
        assert!(scored(vec![f64::NAN; 2]).iter().all(|it| it.is_nan()));
    }
}
