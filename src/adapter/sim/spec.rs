//! What the synthetic market is asked for.

/// What to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimSpec {
    /// Quotes a second in all.
    pub rate: u64,
    /// Number of symbols; the listed ones when none, further ones are made up.
    pub symbols: Option<usize>,
    /// The same seed gives the same market.
    pub seed: u64,
}

impl Default for SimSpec {
    fn default() -> Self {
        Self {
            rate: 100,
            symbols: None,
            seed: 7,
        }
    }
}
