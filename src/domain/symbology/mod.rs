//! Symbols at the border: canonical text to a venue's own and back.
//!
//! Owns the spelling of symbols at every venue, one file a venue, and the law
//! `from_native(to_native(s)) == s`. The law is checked on each write: a text
//! that would be read back as another symbol, or not at all, is an error and
//! never leaves. What a venue does not trade is refused by class. Nothing here
//! asks a venue, and nothing is guessed: a text that could mean two things
//! means none.

mod coinbase;
mod ibkr;
mod kraken;
mod moomoo;
mod native;
mod paper;
mod polygon;
mod schwab;
mod shared;
mod tradier;
mod venue;

pub use native::{Native, SymbologyError};
pub use venue::SymbologyVenue;

use crate::domain::{AssetClass, Symbol};

/// How one venue spells symbols.
struct Scheme {
    /// The classes it trades; any other is refused before it is spelled.
    classes: &'static [AssetClass],
    /// Its forms, for the error of a text that has none of them.
    forms: &'static str,
    /// Spells a symbol of one of the classes, or says why it cannot be.
    write: fn(&Symbol) -> Result<String, &'static str>,
    /// Reads a text that has exactly one meaning.
    read: fn(&str) -> Option<Symbol>,
}

/// Spells a canonical symbol as `venue` does.
///
/// # Errors
/// When the venue does not trade the symbol's class, or its spelling would not be read back as the same symbol.
pub fn to_native(symbol: &Symbol, venue: SymbologyVenue) -> Result<Native, SymbologyError> {
    let scheme = venue.scheme();
    let class = symbol.asset_class();
    if !scheme.classes.contains(&class) {
        return Err(SymbologyError::Class {
            symbol: symbol.clone(),
            class,
            venue,
            taken: scheme.classes,
        });
    }
    let inexact = |why| SymbologyError::Inexact {
        symbol: symbol.clone(),
        venue,
        why,
    };
    let text = (scheme.write)(symbol).map_err(inexact)?;
    if (scheme.read)(&text).as_ref() == Some(symbol) {
        Ok(Native::new(text))
    } else {
        Err(inexact(
            "the text it would have there is read as something else",
        ))
    }
}

/// Reads a venue's own text as a canonical symbol.
///
/// # Errors
/// When the text is in none of the venue's forms, or in more than one.
pub fn from_native(text: &str, venue: SymbologyVenue) -> Result<Symbol, SymbologyError> {
    let scheme = venue.scheme();
    (scheme.read)(text)
        .filter(|symbol| scheme.classes.contains(&symbol.asset_class()))
        .ok_or_else(|| SymbologyError::Unread {
            text: text.chars().take(80).collect(),
            venue,
            forms: scheme.forms,
        })
}
