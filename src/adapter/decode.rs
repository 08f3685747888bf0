//! What an adapter makes of captured venue messages, for people and for checks.
//!
//! Cuts a capture into messages and gives each to its venue's parser; one result a
//! message, whatever the others are. Market data comes out as the domain's own
//! values, anything else as a [`Note`] of what was said. Uses the same parsers as
//! the live feed and keeps nothing between messages.

use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::kraken;
use crate::domain::{Bar, Instrument, Price, Quantity, Quote, Symbol, Timestamp, Trade};

/// Venues whose messages can be decoded.
pub const VENUES: [&str; 1] = [kraken::NAME];

/// One message and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The line it begins on, from 1.
    pub line: usize,
    /// Its events, or the field that is wrong and why.
    pub outcome: Result<Vec<DecodedEvent>, String>,
}

/// One thing a message says. In JSON: one object with its `kind` beside its fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DecodedEvent {
    /// Best bid and ask.
    Quote(Quote),
    /// A print.
    Trade(Trade),
    /// A bar.
    Bar {
        /// The bar.
        #[serde(flatten)]
        bar: Bar,
        /// Whether the message itself shows that it will not change any more.
        closed: bool,
    },
    /// Reference data of one symbol.
    Instrument(Instrument),
    /// Levels of a book.
    Book(DecodedBook),
    /// Something that is no market data.
    #[serde(untagged)]
    Note(Note),
}

/// Levels of one symbol's book.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecodedBook {
    /// What.
    pub symbol: Symbol,
    /// Whether the levels replace all others.
    pub snapshot: bool,
    /// Levels to sell at.
    pub bids: Vec<Level>,
    /// Levels to buy at.
    pub asks: Vec<Level>,
    /// The venue's checksum, where it sends one.
    pub checksum: Option<u32>,
    /// When, where the venue says.
    pub timestamp: Option<Timestamp>,
}

/// One level of a book; size zero removes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Level {
    /// Price.
    pub price: Price,
    /// Units.
    pub size: Quantity,
}

/// A message that is no market data, described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Note {
    /// What it is, such as `ack`.
    pub kind: &'static str,
    /// What it says.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

impl Note {
    /// Starts a note.
    pub(super) fn new(kind: &'static str) -> Self {
        Self {
            kind,
            fields: Map::new(),
        }
    }

    /// Adds a field.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a field where there is a value.
    pub(super) fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// Decodes a capture of `venue`: one JSON message a line, or whole JSON documents over several lines.
///
/// `received_at` stands in where a message carries no time of its own.
pub fn decode(venue: &str, input: &str, received_at: Timestamp) -> Vec<Decoded> {
    let read = match venue {
        kraken::NAME => kraken::describe::message,
        other => {
            let known = VENUES.join(", ");
            return vec![Decoded {
                line: 1,
                outcome: Err(format!("venue '{other}' is none of {known}")),
            }];
        }
    };
    messages(input)
        .into_iter()
        .map(|(line, text)| Decoded {
            line,
            outcome: read(text, received_at).map_err(|error| error.to_string()),
        })
        .collect()
}

/// Cuts a capture into messages, each with the line it begins on.
fn messages(input: &str) -> Vec<(usize, &str)> {
    let input = input.trim_start_matches('\u{feff}');
    if is_whole(input) {
        let before = input.len() - input.trim_start().len();
        let line = 1 + input.bytes().take(before).filter(|b| *b == b'\n').count();
        return vec![(line, input.trim())];
    }
    let mut found = Vec::new();
    let mut start: Option<(usize, usize)> = None;
    let mut at = 0;
    for (index, line) in input.split_inclusive('\n').enumerate() {
        let (from, number) = (at, index + 1);
        at += line.len();
        // A document goes on over its indented lines, up to the bracket that ends it at the margin.
        if let Some((first, begun)) = start {
            let ends = line.starts_with(['}', ']']);
            if ends || line.starts_with([' ', '\t']) || line.trim().is_empty() {
                if ends {
                    found.push((begun, input.get(first..at).unwrap_or("").trim()));
                    start = None;
                }
                continue;
            }
            found.push((begun, input.get(first..from).unwrap_or("").trim()));
            start = None;
        }
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        if text.starts_with(['{', '[']) && !is_whole(text) {
            start = Some((from, number));
        } else {
            found.push((number, text));
        }
    }
    if let Some((first, begun)) = start {
        found.push((begun, input.get(first..).unwrap_or("").trim()));
    }
    found
}

/// Returns whether the text is exactly one JSON value.
fn is_whole(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_cut_into_lines_or_documents() {
        let pretty = "{\n  \"a\": 1\n}";
        let cases: [(&str, &[(usize, &str)]); 8] = [
            ("", &[]),
            ("\n \n", &[]),
            (pretty, &[(1, pretty)]),
            (
                "{\"a\":1}\r\n\r\n{\"b\":2}\n",
                &[(1, "{\"a\":1}"), (3, "{\"b\":2}")],
            ),
            (
                "{\n  \"a\": 1\n}\n{\n  \"a\": 1\n}\n",
                &[(1, pretty), (4, pretty)],
            ),
            (
                "{\"a\": [\n{\"b\":2}\nrubbish\n{\"c\":3}",
                &[
                    (1, "{\"a\": ["),
                    (2, "{\"b\":2}"),
                    (3, "rubbish"),
                    (4, "{\"c\":3}"),
                ],
            ),
            ("{\n  \"a\": [\n    1", &[(1, "{\n  \"a\": [\n    1")]),
            ("\u{feff}\n[1]", &[(2, "[1]")]),
        ];
        for (input, expected) in cases {
            assert_eq!(messages(input), expected, "{input:?}");
        }
    }

    #[test]
    fn an_unknown_venue_is_named() {
        let decoded = decode("binance", "{}", Timestamp::EPOCH);
        assert_eq!(
            decoded[0].outcome,
            Err("venue 'binance' is none of kraken".to_owned())
        );
    }
}
