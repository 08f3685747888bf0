//! Links to venues: what can be reached and since when not.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::domain::Timestamp;

/// A feed or a broker, by its stable name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkName {
    /// Market data.
    Feed(SmolStr),
    /// Orders and fills.
    Broker(SmolStr),
}

impl LinkName {
    /// Returns the adapter's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Feed(name) | Self::Broker(name) => name,
        }
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkHealth {
    /// Being set up.
    Connecting,
    /// Working.
    Up,
    /// Not reachable; tried again with backoff.
    Down,
    /// Finished: a recording that was played to its end.
    Ended,
}

/// A link as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkState {
    /// Which.
    pub name: LinkName,
    /// How it is.
    pub health: LinkHealth,
    /// In words: what cannot be reached and why.
    pub detail: String,
    /// Since when.
    pub since: Timestamp,
}

/// A fact of links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkFact {
    /// A link changed.
    Changed(LinkState),
}
