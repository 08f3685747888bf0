//! A venue's text for a symbol, and why there is none.
//!
//! A native text has its own type so that it never stands where a canonical
//! symbol is meant: the two look alike at half of the venues.

use std::fmt;

use smol_str::SmolStr;

use crate::domain::symbology::SymbologyVenue;
use crate::domain::{AssetClass, Symbol};

/// A symbol as one venue writes it. Made only by `to_native`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Native(SmolStr);

impl Native {
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self(SmolStr::new(text))
    }

    /// Returns the venue's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a symbol has no native text, or a native text no symbol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SymbologyError {
    /// The venue does not trade the class.
    #[error(
        "symbol '{symbol}' is of class {class}, which {venue} does not take: it takes {}",
        list(taken)
    )]
    Class {
        /// The canonical symbol.
        symbol: Symbol,
        /// Its class.
        class: AssetClass,
        /// Where it was to go.
        venue: SymbologyVenue,
        /// What that venue takes.
        taken: &'static [AssetClass],
    },
    /// The venue trades the class but has no exact text for this symbol.
    #[error("symbol '{symbol}' has no exact form at {venue}: {why}")]
    Inexact {
        /// The canonical symbol.
        symbol: Symbol,
        /// Where it was to go.
        venue: SymbologyVenue,
        /// What stands in the way.
        why: &'static str,
    },
    /// The text is in none of the venue's forms.
    #[error("'{text}' is not a symbol of {venue}: it writes {forms}")]
    Unread {
        /// The text as given, cut to 80 characters.
        text: String,
        /// Where it came from.
        venue: SymbologyVenue,
        /// The forms that are read.
        forms: &'static str,
    },
}

fn list(classes: &[AssetClass]) -> String {
    let names: Vec<_> = classes.iter().map(|class| class.as_str()).collect();
    names.join(", ")
}
