//! Reading named fields out of JSON text: borrowed, digits kept, every failure naming its field.
//!
//! An [`Object`] holds the raw text of each field, so a number stays the literal
//! the venue sent. Unknown fields are ignored, a field given twice is refused
//! (two readers could differ on which one counts). Nothing here can panic.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::error::{ParseError, shown};
use crate::domain::Timestamp;

/// The fields of one JSON object by name.
#[derive(Debug)]
pub(super) struct Object<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

/// The cells of one JSON list.
#[derive(Debug)]
pub(super) struct Row<'a>(Vec<&'a RawValue>);

impl<'a> Object<'a> {
    /// Reads a whole message.
    pub(super) fn message(text: &'a str) -> Result<Self, ParseError> {
        let raw: &RawValue = serde_json::from_str(text)
            .map_err(|error| ParseError::new("message", format!("is no JSON: {error}")))?;
        Self::read(raw).map_err(|why| ParseError::new("message", why))
    }

    fn read(raw: &'a RawValue) -> Result<Self, String> {
        if !raw.get().starts_with('{') {
            return Err(format!("{} is no object", kind(raw)));
        }
        serde_json::from_str(raw.get()).map_err(|error| error.to_string())
    }

    /// Returns a field's raw text; nothing when absent or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name).copied().filter(|raw| raw.get() != "null")
    }

    /// Returns whether the field is there at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns whether no field is there.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over the fields in order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, raw)| (name.as_ref(), *raw))
    }

    /// Reads a field that must be there.
    pub(super) fn need<T>(
        &self,
        name: &str,
        read: impl Fn(&'a RawValue) -> Result<T, String>,
    ) -> Result<T, ParseError> {
        let raw = self.get(name).ok_or_else(|| ParseError::missing(name))?;
        read(raw).map_err(|why| ParseError::new(name, why))
    }

    /// Reads a field that may be absent or null.
    pub(super) fn maybe<T>(
        &self,
        name: &str,
        read: impl Fn(&'a RawValue) -> Result<T, String>,
    ) -> Result<Option<T>, ParseError> {
        self.get(name)
            .map(|raw| read(raw).map_err(|why| ParseError::new(name, why)))
            .transpose()
    }

    /// Reads each object of a list.
    pub(super) fn rows<T>(
        &self,
        name: &str,
        read: impl Fn(&Object<'a>) -> Result<T, ParseError>,
    ) -> Result<Vec<T>, ParseError> {
        let cells = self.need(name, list)?;
        let each = |(at, raw): (usize, &'a RawValue)| {
            object(raw)
                .map_err(|why| ParseError::new(format!("{name}[{at}]"), why))
                .and_then(|row| read(&row).map_err(|e| e.within(format_args!("{name}[{at}]"))))
        };
        cells.into_iter().enumerate().map(each).collect()
    }

    /// Reads the fields of an object inside this one.
    pub(super) fn inside<T>(
        &self,
        name: &str,
        read: impl Fn(&Object<'a>) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        let inner = self.need(name, object)?;
        read(&inner).map_err(|error| error.within(name))
    }
}

impl<'a> Row<'a> {
    /// Reads a list of at least so many cells.
    pub(super) fn read(raw: &'a RawValue, least: usize) -> Result<Self, String> {
        let cells = list(raw)?;
        if cells.len() < least {
            return Err(format!("has {} values, expected {least}", cells.len()));
        }
        Ok(Self(cells))
    }

    /// Returns the number of cells.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Reads one cell; `name` is what the venue's documents call it.
    pub(super) fn cell<T>(
        &self,
        at: usize,
        name: &str,
        read: impl Fn(&'a RawValue) -> Result<T, String>,
    ) -> Result<T, ParseError> {
        let raw = self.0.get(at).ok_or_else(|| ParseError::missing(name))?;
        read(raw).map_err(|why| ParseError::new(name, why))
    }
}

/// Reads an object.
pub(super) fn object(raw: &RawValue) -> Result<Object<'_>, String> {
    Object::read(raw)
}

/// Reads a list.
pub(super) fn list(raw: &RawValue) -> Result<Vec<&RawValue>, String> {
    if !raw.get().starts_with('[') {
        return Err(format!("{} is no list", kind(raw)));
    }
    serde_json::from_str(raw.get()).map_err(|error| error.to_string())
}

/// Reads a text.
pub(super) fn text(raw: &RawValue) -> Result<Cow<'_, str>, String> {
    let Key(text) =
        serde_json::from_str(raw.get()).map_err(|_| format!("{} is no text", kind(raw)))?;
    Ok(text)
}

/// Reads an amount sent as a JSON number.
pub(super) fn number<T: FromStr<Err: fmt::Display>>(raw: &RawValue) -> Result<T, String> {
    if !is_number(raw) {
        return Err(format!("{} is no number", kind(raw)));
    }
    raw.get().parse().map_err(|error: T::Err| error.to_string())
}

/// Reads an amount sent as text.
pub(super) fn quoted<T: FromStr<Err: fmt::Display>>(raw: &RawValue) -> Result<T, String> {
    let digits = text(raw)?;
    digits.parse().map_err(|error: T::Err| error.to_string())
}

/// Checks that a field nobody uses is still the number it should be.
pub(super) fn any_number(raw: &RawValue) -> Result<(), String> {
    if is_number(raw) {
        Ok(())
    } else {
        Err(format!("{} is no number", kind(raw)))
    }
}

/// Reads a whole number not below zero.
pub(super) fn integer(raw: &RawValue) -> Result<u64, String> {
    raw.get()
        .parse()
        .map_err(|_| format!("{} is no whole number", kind(raw)))
}

/// Reads true or false.
pub(super) fn flag(raw: &RawValue) -> Result<bool, String> {
    match raw.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("{} is neither true nor false", kind(raw))),
    }
}

/// Reads an RFC 3339 moment.
pub(super) fn time(raw: &RawValue) -> Result<Timestamp, String> {
    let moment = text(raw)?;
    moment
        .parse()
        .map_err(|error: crate::domain::TimestampError| error.to_string())
}

/// Reads seconds since the epoch, whole or with a fraction, to the microsecond.
pub(super) fn seconds(raw: &RawValue) -> Result<Timestamp, String> {
    let refuse = || format!("{} is no time in seconds since 1970", kind(raw));
    if !is_number(raw) {
        return Err(refuse());
    }
    let seconds: rust_decimal::Decimal = raw.get().parse().map_err(|_| refuse())?;
    let us = seconds
        .checked_mul(rust_decimal::Decimal::from(1_000_000))
        .and_then(|us| i64::try_from(us.trunc()).ok())
        .ok_or_else(refuse)?;
    let moment = Timestamp::from_us(us);
    // Years outside 1 to 9999 would be held at the bound: no time the venue meant.
    if moment.as_us() == us {
        Ok(moment)
    } else {
        Err(refuse())
    }
}

/// Refuses what is not above zero.
pub(super) fn above_zero<'a, T>(
    read: impl Fn(&'a RawValue) -> Result<T, String>,
) -> impl Fn(&'a RawValue) -> Result<T, String>
where
    T: Default + PartialOrd + fmt::Display,
{
    move |raw| {
        let value = read(raw)?;
        if value > T::default() {
            Ok(value)
        } else {
            Err(format!("{value} must be above 0"))
        }
    }
}

/// Refuses what is below zero.
pub(super) fn not_below_zero<'a, T>(
    read: impl Fn(&'a RawValue) -> Result<T, String>,
) -> impl Fn(&'a RawValue) -> Result<T, String>
where
    T: Default + PartialOrd + fmt::Display,
{
    move |raw| {
        let value = read(raw)?;
        if value < T::default() {
            Err(format!("{value} must not be below 0"))
        } else {
            Ok(value)
        }
    }
}

fn is_number(raw: &RawValue) -> bool {
    raw.get()
        .starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// Names a value and its kind for a message.
pub(super) fn kind(raw: &RawValue) -> String {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'"') => format!("text {}", shown(text)),
        Some(b'{') => format!("object {}", shown(text)),
        Some(b'[') => format!("list {}", shown(text)),
        _ => shown(text),
    }
}

/// A field's name, borrowed where it holds no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                use serde::de::Error;
                let mut fields = BTreeMap::new();
                while let Some((Key(name), raw)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    if fields.contains_key(&name) {
                        return Err(A::Error::custom(format!(
                            "field '{}' is given twice",
                            shown(&name)
                        )));
                    }
                    fields.insert(name, raw);
                }
                Ok(Object(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Price;

    fn check(message: &str, read: impl Fn(&Object<'_>) -> Result<String, ParseError>) -> String {
        match Object::message(message).and_then(|object| read(&object)) {
            Ok(value) => value,
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn digits_are_kept_and_failures_name_the_field_and_the_value() {
        let price = |o: &Object<'_>| o.need("p", number::<Price>).map(|p| p.to_string());
        let cases = [
            (r#"{"p": 1.50}"#, "1.50"),
            (r#"{"p": 1e-7}"#, "0.0000001"),
            (r#"{"p": "1.50"}"#, r#"p: text "1.50" is no number"#),
            (r#"{"p": null}"#, "p: is missing"),
            (r#"{"p": [1]}"#, "p: list [1] is no number"),
            (
                r#"{"p": 1, "p": 2}"#,
                "message: field 'p' is given twice at line 1 column 16",
            ),
            ("[1]", "message: list [1] is no object"),
        ];
        for (message, expected) in cases {
            assert_eq!(check(message, price), expected, "{message}");
        }
        let huge = format!(r#"{{"p": {}}}"#, "9".repeat(400));
        assert!(check(&huge, price).starts_with("p: "));
    }

    #[test]
    fn seconds_keep_their_microseconds() {
        let at = |o: &Object<'_>| o.need("t", seconds).map(|t| t.to_string());
        let cases = [
            ("1762795433.9717445", "2025-11-10T17:23:53.971744Z"),
            ("0", "1970-01-01T00:00:00Z"),
            (
                "99999999999999999999",
                "t: 99999999999999999999 is no time in seconds since 1970",
            ),
            ("\"1\"", "t: text \"1\" is no time in seconds since 1970"),
        ];
        for (value, expected) in cases {
            assert_eq!(check(&format!("{{\"t\":{value}}}"), at), expected);
        }
    }
}
