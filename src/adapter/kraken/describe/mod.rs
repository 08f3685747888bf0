//! Captured messages in words: streams, trading and REST replies alike.
//!
//! Public stream messages go through the live feed's own parser. The others are
//! checked field by field and told as notes; secrets in them are left out.

mod rest;
mod rest_private;
mod stream;
mod trading;

use super::error::ParseError;
use super::field::Object;
use super::{NAME, parse};
use crate::adapter::decode::DecodedEvent;
use crate::domain::{Timestamp, VenueId};

/// Reads one message of any kind.
pub(in crate::adapter) fn message(
    text: &str,
    received_at: Timestamp,
) -> Result<Vec<DecodedEvent>, ParseError> {
    let root = Object::message(text)?;
    let venue = VenueId::new(NAME).map_err(|e| ParseError::new("venue", e.to_string()))?;
    if root.has("channel") {
        return stream::describe(&root, received_at, &venue);
    }
    if root.has("method") {
        return trading::describe(&root);
    }
    let is_reply =
        root.has("result") || root.get("error").is_some_and(|e| e.get().starts_with('['));
    if is_reply {
        return rest::describe(&root, received_at, &venue);
    }
    parse::of(&root, received_at, &venue).map(stream::tell)
}
