//! The words after `replay:`: `FILE`, `FILE@10`, `FILE@max`.

use std::fmt;
use std::path::PathBuf;

/// How fast a recording plays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// So many times as fast as it was recorded.
    Times(f64),
    /// As fast as it is taken.
    Max,
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times}x"),
            Self::Max => f.write_str("full speed"),
        }
    }
}

/// Which recording to play, and how fast.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplaySpec {
    /// The file: CSV, plain or compressed with zstd.
    pub file: PathBuf,
    /// How fast.
    pub speed: Speed,
}

/// Why the words cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplaySpecError {
    /// No file is named.
    #[error("replay needs a file, as in replay:quotes.csv@10")]
    NoFile,
    /// A speed that cannot be.
    #[error("replay: speed is '{0}', must be a number from 0.01 to 100000, or max, as in @10")]
    BadSpeed(String),
}

impl ReplaySpec {
    /// Reads `FILE[@SPEED]`; the last `@` counts, so a file name may hold others before it.
    ///
    /// # Errors
    /// When no file is named or the speed is none.
    pub fn parse(text: &str) -> Result<Self, ReplaySpecError> {
        let (file, speed) = match text.rsplit_once('@') {
            // An `@` inside a folder's name is no speed.
            Some((file, speed)) if !speed.contains(['/', '\\']) => (file, Some(speed)),
            _ => (text, None),
        };
        if file.is_empty() {
            return Err(ReplaySpecError::NoFile);
        }
        let speed = match speed {
            None => Speed::Times(1.0),
            Some("max") => Speed::Max,
            Some(words) => {
                let times: Option<f64> = words.trim_end_matches('x').parse().ok();
                let times = times.filter(|times| (0.01..=100_000.0).contains(times));
                let refuse = || ReplaySpecError::BadSpeed(words.chars().take(40).collect());
                Speed::Times(times.ok_or_else(refuse)?)
            }
        };
        Ok(Self {
            file: PathBuf::from(file),
            speed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_after_replay() {
        let cases = [
            ("q.csv", "q.csv", Speed::Times(1.0)),
            ("q.csv@10", "q.csv", Speed::Times(10.0)),
            ("q.csv@0.5x", "q.csv", Speed::Times(0.5)),
            ("a@b/q.csv.zst@max", "a@b/q.csv.zst", Speed::Max),
            ("a@b/q.csv", "a@b/q.csv", Speed::Times(1.0)),
        ];
        for (text, file, speed) in cases {
            let spec = ReplaySpec::parse(text).unwrap();
            assert_eq!(
                (spec.file, spec.speed),
                (PathBuf::from(file), speed),
                "{text}"
            );
        }
        assert_eq!(ReplaySpec::parse(""), Err(ReplaySpecError::NoFile));
        for bad in [
            "q.csv@",
            "q.csv@fast",
            "q.csv@0",
            "q.csv@-1",
            "q.csv@inf",
            "q.csv@NaN",
        ] {
            let error = ReplaySpec::parse(bad).unwrap_err().to_string();
            assert!(error.contains("as in @10"), "{error}");
        }
    }
}
