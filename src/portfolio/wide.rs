//! Arithmetic over long rows of numbers, with the widest vectors that the processor at hand has.
//!
//! The program runs on any processor of its family. What goes over hundreds of numbers is compiled for wider vectors
//! as well, and which one runs is decided as it does. Sums are taken in a fixed number of lanes, and nothing is
//! fused, so the numbers are the same to the last bit wherever they are computed.

/// Numbers that are added side by side.
const LANES: usize = 16;

/// Runs the work with the widest vectors there are; deciding costs a few nanoseconds.
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// Returns the sum of the products of two rows.
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    wide(|| {
        let (left, left_rest) = left.as_chunks::<LANES>();
        let (right, right_rest) = right.as_chunks::<LANES>();
        let mut lanes = [0.0; LANES];
        for (a, b) in left.iter().zip(right) {
            for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
                *lane += a * b;
            }
        }
        let rest = left_rest.iter().zip(right_rest);
        for (lane, (a, b)) in lanes.iter_mut().zip(rest) {
            *lane += a * b;
        }
        lanes.iter().sum()
    })
}

/// Adds a multiple of one row to another.
pub(crate) fn add_scaled(to: &mut [f64], by: f64, of: &[f64]) {
    wide(|| {
        for (value, other) in to.iter_mut().zip(of) {
            *value += by * other;
        }
    });
}

/// Folds a row in lanes, each every sixteenth value; to be called within [`wide`].
#[inline]
pub(crate) fn lanes(row: &[f64], start: f64, fold: impl Fn(f64, f64) -> f64) -> [f64; LANES] {
    let mut parts = [start; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (part, value) in parts.iter_mut().zip(chunk) {
            *part = fold(*part, *value);
        }
    }
    for (part, value) in parts.iter_mut().zip(rest) {
        *part = fold(*part, *value);
    }
    parts
}

/// Returns the larger of two numbers, neither of which is NaN.
#[inline]
pub(crate) fn larger(left: f64, right: f64) -> f64 {
    if right > left { right } else { left }
}

/// Returns true when every value passes. All are looked at, several at once: a lazy operator would be a branch a value.
#[inline]
pub(crate) fn all(row: &[f64], passes: impl Fn(f64) -> bool) -> bool {
    row.iter().fold(true, |all, value| all & passes(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers whose sums round differently in another order.
    fn row(len: usize, seed: f64) -> Vec<f64> {
        (0..len).map(|at| (at as f64 * seed).sin()).collect()
    }

    #[test]
    fn sums_are_the_same_to_the_last_bit_with_and_without_wide_vectors() {
        for len in [0, 1, 7, 16, 17, 250, 1000] {
            let (left, right) = (row(len, 0.7), row(len, 1.3));
            let mut sums = [0.0; LANES];
            for (at, (a, b)) in left.iter().zip(&right).enumerate() {
                sums[at % LANES] += a * b;
            }
            let sum: f64 = sums.iter().sum();
            assert_eq!(dot(&left, &right).to_bits(), sum.to_bits(), "{len} numbers");
            let most = wide(|| lanes(&left, f64::NEG_INFINITY, larger));
            let expected = left.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let most = most.into_iter().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(most.to_bits(), expected.to_bits());
            assert!(wide(|| all(&left, f64::is_finite)));
        }
        let mut to = row(100, 0.3);
        let expected: Vec<f64> = to
            .iter()
            .zip(row(100, 0.9))
            .map(|(a, b)| a + 2.5 * b)
            .collect();
        add_scaled(&mut to, 2.5, &row(100, 0.9));
        assert_eq!(to, expected);
        assert!(!all(&[1.0, f64::NAN], f64::is_finite));
    }
}
