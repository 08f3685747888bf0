//! Which recording is played, and how fast.

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
