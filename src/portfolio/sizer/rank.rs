//! Who is first: scores in order, ties by column.

/// Returns the columns that have a score, the highest first; of equal scores the lower column comes first.
pub(super) fn highest(signal: &[f64]) -> Vec<usize> {
    order(signal, |a, b| b.total_cmp(&a))
}

/// Returns the columns that have a score, the lowest first; of equal scores the lower column comes first.
pub(super) fn lowest(signal: &[f64]) -> Vec<usize> {
    order(signal, |a, b| a.total_cmp(&b))
}

fn order(signal: &[f64], by: impl Fn(f64, f64) -> std::cmp::Ordering) -> Vec<usize> {
    let mut scored: Vec<(usize, f64)> = signal
        .iter()
        .enumerate()
        .filter(|(_, score)| !score.is_nan())
        // Minus zero is zero, though not in the order of all bit patterns.
        .map(|(column, score)| (column, score + 0.0))
        .collect();
    scored.sort_by(|(_, a), (_, b)| by(*a, *b));
    scored.into_iter().map(|(column, _)| column).collect()
}

/// Puts a weight on each of the columns.
pub(super) fn put(weights: &mut [f64], columns: &[usize], weight: f64) {
    for column in columns {
        if let Some(cell) = weights.get_mut(*column) {
            *cell = weight;
        }
    }
}
