//! The words after `sim:`: `rate=N,symbols=N,seed=N`.

/// Why the words cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimSpecError {
    /// No such key.
    #[error("sim has no '{key}': it takes rate, symbols, seed, as in sim:rate=100,seed=7{hint}")]
    UnknownKey {
        /// The key given.
        key: String,
        /// A near one, where there is one.
        hint: String,
    },
    /// A value that cannot be.
    #[error("sim: {key} is '{value}', must be a whole number from {least} to {most}")]
    BadValue {
        /// Which key.
        key: &'static str,
        /// The value given.
        value: String,
        /// The least that works.
        least: u64,
        /// The most that works.
        most: u64,
    },
}

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

const KEYS: [&str; 3] = ["rate", "symbols", "seed"];
const RATE_MOST: u64 = 2_000_000;
const SYMBOLS_MOST: u64 = 1_000_000;

fn whole(key: &'static str, value: &str, least: u64, most: u64) -> Result<u64, SimSpecError> {
    let number = value.trim().replace('_', "").parse().ok();
    number
        .filter(|n| (least..=most).contains(n))
        .ok_or_else(|| SimSpecError::BadValue {
            key,
            value: value.chars().take(40).collect(),
            least,
            most,
        })
}

impl SimSpec {
    /// Reads `rate=N,symbols=N,seed=N`; each may be left out, and so may all.
    ///
    /// # Errors
    /// Names the key or value that cannot be used and what would be right.
    pub fn parse(text: &str) -> Result<Self, SimSpecError> {
        let mut spec = Self::default();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key.trim() {
                "rate" => spec.rate = whole("rate", value, 1, RATE_MOST)?,
                "symbols" => {
                    let count = whole("symbols", value, 1, SYMBOLS_MOST)?;
                    spec.symbols = usize::try_from(count).ok();
                }
                "seed" => spec.seed = whole("seed", value, 0, u64::MAX)?,
                other => {
                    let near = KEYS.iter().find(|k| strsim::jaro_winkler(k, other) > 0.75);
                    return Err(SimSpecError::UnknownKey {
                        key: other.chars().take(40).collect(),
                        hint: near.map_or(String::new(), |k| format!("; did you mean '{k}'?")),
                    });
                }
            }
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_after_sim() {
        let spec = SimSpec::parse("rate=100_000, symbols=500,seed=9").unwrap();
        assert_eq!(
            (spec.rate, spec.symbols, spec.seed),
            (100_000, Some(500), 9)
        );
        assert_eq!(SimSpec::parse("").unwrap(), SimSpec::default());
        let cases = [
            (
                "rat=5",
                "sim has no 'rat': it takes rate, symbols, seed, as in sim:rate=100,seed=7; did you mean 'rate'?",
            ),
            (
                "rate=0",
                "sim: rate is '0', must be a whole number from 1 to 2000000",
            ),
            (
                "rate=fast",
                "sim: rate is 'fast', must be a whole number from 1 to 2000000",
            ),
            (
                "symbols",
                "sim: symbols is '', must be a whole number from 1 to 1000000",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(SimSpec::parse(text).unwrap_err().to_string(), expected);
        }
    }
}
