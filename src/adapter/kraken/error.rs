//! Why a message of the venue was not understood: the field, the value, what would be right.
//!
//! The field is a path such as `data[0].bid`, built from the inside out, so that
//! nothing is allocated for messages that are understood.

use std::fmt;

/// One field that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field:.200}: {why}")]
pub struct ParseError {
    field: String,
    why: String,
}

impl ParseError {
    /// Says what is wrong with `field`.
    pub(super) fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            field: plain(&field.into()),
            why: plain(&why.into()),
        }
    }

    /// Says that `field` is not there.
    pub(super) fn missing(field: &str) -> Self {
        Self::new(field, "is missing")
    }

    /// Returns the path of the field.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Names the object or list the field stands in.
    pub(super) fn within(mut self, outer: impl fmt::Display) -> Self {
        let dot = if self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{outer}{dot}{}", self.field);
        self
    }
}

/// Returns a value as received, cut to what fits a message.
pub(super) fn shown(text: &str) -> String {
    let mut cut: String = text.chars().take(64).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    plain(&cut)
}

/// Returns a text without control characters: what a stranger sent must not steer a terminal.
pub(super) fn plain(text: &str) -> String {
    let safe = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(safe).collect()
}
