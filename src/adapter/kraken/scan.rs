//! The short way through a ticker message: one pass over the bytes, nothing allocated.
//!
//! Takes any order of fields and any white space. Whatever is not plainly one
//! ticker row (escapes, nesting, a field twice, anything malformed) is left to
//! `parse`, which says what is wrong: both ways agree on every message this one takes.

use super::{parse, symbol};
use crate::domain::{Quote, Timestamp, VenueId};

/// Reads a ticker message of one row, or leaves it to the long way.
pub(super) fn ticker(text: &str, received_at: Timestamp, venue: &VenueId) -> Option<Quote> {
    let mut cursor = Cursor { text, at: 0 };
    let mut row = None;
    let mut seen = 0u8;
    cursor.fields(|cursor, name| {
        let bit = match name {
            "channel" => {
                (cursor.string()? == "ticker").then_some(())?;
                1
            }
            "type" => {
                matches!(cursor.string()?, "snapshot" | "update").then_some(())?;
                2
            }
            "data" => {
                cursor.expect(b'[')?;
                row = Some(Fields::read(cursor)?);
                cursor.space();
                cursor.expect(b']')?;
                4
            }
            _ => return None,
        };
        (seen & bit == 0).then_some(())?;
        seen |= bit;
        Some(())
    })?;
    cursor.space();
    if cursor.at != text.len() || seen != 7 {
        return None;
    }
    row?.quote(received_at, venue)
}

/// The fields of the row that are used, as text.
#[derive(Default)]
struct Fields<'a> {
    symbol: Option<&'a str>,
    bid: Option<&'a str>,
    bid_qty: Option<&'a str>,
    ask: Option<&'a str>,
    ask_qty: Option<&'a str>,
    timestamp: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let mut fields = Self::default();
        let mut seen = 0u16;
        cursor.fields(|cursor, name| {
            // Every field the venue documents is told apart, so that one given twice is noticed.
            let (bit, slot) = match name {
                "symbol" => {
                    fields.symbol = Some(cursor.string()?);
                    (0, None)
                }
                "timestamp" => {
                    fields.timestamp = Some(cursor.string()?);
                    (1, None)
                }
                "bid" => (2, Some(&mut fields.bid)),
                "bid_qty" => (3, Some(&mut fields.bid_qty)),
                "ask" => (4, Some(&mut fields.ask)),
                "ask_qty" => (5, Some(&mut fields.ask_qty)),
                _ => {
                    let unused = parse::TICKER_UNUSED.iter().position(|n| *n == name)?;
                    cursor.number()?;
                    (6 + unused, None)
                }
            };
            if let Some(slot) = slot {
                *slot = Some(cursor.number()?);
            }
            let bit = 1u16.checked_shl(u32::try_from(bit).ok()?)?;
            (seen & bit == 0).then_some(())?;
            seen |= bit;
            Some(())
        })?;
        Some(fields)
    }

    fn quote(self, received_at: Timestamp, venue: &VenueId) -> Option<Quote> {
        let quote = Quote {
            symbol: symbol::from_native(self.symbol?).ok()?,
            bid: self.bid?.parse().ok()?,
            ask: self.ask?.parse().ok()?,
            bid_size: self.bid_qty?.parse().ok()?,
            ask_size: self.ask_qty?.parse().ok()?,
            venue: venue.clone(),
            timestamp: match self.timestamp {
                Some(text) => text.parse().ok()?,
                None => received_at,
            },
        };
        let negative = quote.bid.is_negative()
            || quote.ask.is_negative()
            || quote.bid_size.is_negative()
            || quote.ask_size.is_negative();
        (!negative).then_some(quote)
    }
}

/// A place in the text.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// Reads an object; `read` takes the value of each name.
    fn fields(&mut self, mut read: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        loop {
            let name = self.string()?;
            self.expect(b':')?;
            read(self, name)?;
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    /// Reads a text without escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let rest = self.text.get(self.at..)?;
        let len = rest
            .bytes()
            .position(|b| matches!(b, b'"' | b'\\') || b < 0x20)?;
        let text = rest.get(..len)?;
        self.at += len;
        self.expect(b'"')?;
        Some(text)
    }

    /// Reads a number of JSON's own grammar.
    fn number(&mut self) -> Option<&'a str> {
        self.space();
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            (self.digits() > 0).then_some(())?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            (self.digits() > 0).then_some(())?;
        }
        self.text.get(start..self.at)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::adapter::kraken::parse::{Message, message};

    const ROW: &str = r#"{"symbol":"SOL/USD","bid":151.20,"bid_qty":12.5,"ask":151.21,"ask_qty":3,"last":151.2,"volume":9.1,"vwap":150.9,"low":149,"high":152.4,"change":-1.1,"change_pct":-0.7,"timestamp":"2026-03-02T10:00:00.25Z"}"#;

    fn venue() -> VenueId {
        VenueId::new("kraken").unwrap()
    }

    fn long_way(text: &str, at: Timestamp) -> Option<Quote> {
        match message(text, at, &venue()) {
            Ok(Message::Ticker(mut rows)) if rows.len() == 1 => rows.pop(),
            _ => None,
        }
    }

    #[test]
    fn any_order_and_white_space_goes_the_short_way() {
        let at = Timestamp::from_us(5);
        for text in [
            format!(r#"{{"channel":"ticker","type":"snapshot","data":[{ROW}]}}"#),
            format!(" {{ \"data\" : [ {ROW} ]\n, \"type\":\"update\",\t\"channel\":\"ticker\"}} "),
            r#"{"channel":"ticker","type":"update","data":[{"ask_qty":3,"ask":1e1,"bid_qty":1,"bid":0.5,"symbol":"SOL/USD"}]}"#.to_owned(),
        ] {
            let quote = ticker(&text, at, &venue()).expect("the short way takes it");
            assert_eq!(Some(quote), long_way(&text, at), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_it_takes_the_long_way_reads_the_same(
            at in 0usize..330, byte in proptest::char::range(' ', '~'), cut in any::<bool>(),
        ) {
            let mut text = format!(r#"{{"channel":"ticker","type":"update","data":[{ROW}]}}"#);
            if let Some((start, old)) = text.char_indices().nth(at) {
                let with = if cut { String::new() } else { byte.to_string() };
                text.replace_range(start..start + old.len_utf8(), &with);
            }
            let received = Timestamp::from_us(5);
            if let Some(quote) = ticker(&text, received, &venue()) {
                prop_assert_eq!(Some(quote), long_way(&text, received), "{}", text);
            }
        }
    }
}
