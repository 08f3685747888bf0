//! A layer of configuration as a tree in which every value knows where it was written.
//!
//! Owns reading TOML text into that tree and laying one tree over another.
//! Numbers keep their text, so that an amount is never read through a binary
//! float. Knows no key by name except the one that tells entries of a list apart.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem};

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// Keys and their values.
pub(super) type Table = BTreeMap<String, Node>;

/// A value of any kind a file can hold.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Flag(bool),
    /// Decimal text without digit groups.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Table(Table),
}

impl Value {
    /// Shows the value as it would be written, cut short; of an address without what may be a password.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Number(text) => text.clone(),
            Self::Text(text) => {
                let short: String = address_shown(text).chars().take(60).collect();
                format!("'{}'", short.escape_debug())
            }
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

/// Returns an address without its user, password and query; any other text as it is.
fn address_shown(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (place, query) = match rest.split_once(['?', '#']) {
        Some((place, _)) => (place, "?…"),
        None => (rest, ""),
    };
    let place = place
        .rsplit_once('@')
        .map_or(place.to_owned(), |(_, host)| format!("…@{host}"));
    format!("{scheme}://{place}{query}")
}

/// The key that names an entry of a list of tables, so that a layer can change one entry.
const ENTRY_NAME: &str = "fund_id";

/// Reads the text of one layer.
pub(super) fn parse(file: &str, text: &str) -> Result<Table, Vec<Problem>> {
    let source = Source {
        file: file.into(),
        text,
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(source.table(document.get_ref()));
    }
    let problem = |error: &toml::de::Error| {
        let place = source.place(&error.span().unwrap_or(0..0));
        Problem::new(&place, error.message().replace('\n', ", "))
    };
    let mut problems: Vec<Problem> = errors.iter().map(problem).collect();
    problems.dedup();
    Err(problems)
}

/// Lays `upper` over `lower`: tables key by key, named entries of lists by name, all else whole.
pub(super) fn lay_over(lower: &mut Table, upper: Table, problems: &mut Vec<Problem>) {
    for (key, over) in upper {
        let Some(under) = lower.get_mut(&key) else {
            lower.insert(key, over);
            continue;
        };
        match (&mut under.value, over.value) {
            (Value::Table(table), Value::Table(upper)) => {
                under.place = over.place;
                lay_over(table, upper, problems);
            }
            (Value::Table(_), other) => {
                let text = format!("{key} is {}, expected a table [{key}]", other.shown());
                problems.push(Problem::new(&over.place, text));
            }
            (Value::List(entries), Value::List(upper)) if named(entries) => {
                lay_entries(entries, upper, problems);
            }
            (value, other) => {
                *value = other;
                under.place = over.place;
            }
        }
    }
}

fn named(entries: &[Node]) -> bool {
    !entries.is_empty() && entries.iter().all(|entry| entry_name(entry).is_some())
}

fn entry_name(entry: &Node) -> Option<&str> {
    let Value::Table(table) = &entry.value else {
        return None;
    };
    match table.get(ENTRY_NAME).map(|name| &name.value) {
        Some(Value::Text(name)) => Some(name),
        _ => None,
    }
}

fn lay_entries(entries: &mut Vec<Node>, upper: Vec<Node>, problems: &mut Vec<Problem>) {
    let mut seen: Vec<String> = Vec::new();
    for over in upper {
        let name = entry_name(&over).unwrap_or_default().to_owned();
        if seen.contains(&name) {
            let text =
                format!("{ENTRY_NAME} is '{name}', but an entry above has that name already");
            problems.push(Problem::new(&over.place, text));
            continue;
        }
        let same = entries
            .iter_mut()
            .find(|entry| entry_name(entry) == Some(name.as_str()));
        match (same, over) {
            (Some(under), over) => {
                if let (Value::Table(table), Value::Table(upper)) = (&mut under.value, over.value) {
                    under.place = over.place;
                    lay_over(table, upper, problems);
                }
            }
            (None, over) => entries.push(over),
        }
        seen.push(name);
    }
}

/// The text being read, to turn byte positions into lines.
struct Source<'a> {
    file: Arc<str>,
    text: &'a str,
}

impl Source<'_> {
    fn place(&self, span: &Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        Place {
            file: Arc::clone(&self.file),
            line: Some(before.bytes().filter(|byte| *byte == b'\n').count() + 1),
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let entry = |(key, value): (&Spanned<_>, &Spanned<_>)| {
            let key: &Spanned<std::borrow::Cow<'_, str>> = key;
            let node = Node {
                place: self.place(&key.span()),
                value: self.value(value),
            };
            (key.get_ref().to_string(), node)
        };
        table.iter().map(entry).collect()
    }

    fn value(&self, value: &Spanned<DeValue<'_>>) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => {
                // A number in base 16, 8 or 2 is shown and checked in base 10.
                let whole = i128::from_str_radix(number.as_str(), number.radix());
                Value::Number(whole.map_or_else(|_| number.to_string(), |whole| whole.to_string()))
            }
            DeValue::Float(number) => {
                Value::Number(number.as_str().trim_start_matches('+').to_owned())
            }
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(moment) => Value::Text(moment.to_string()),
            DeValue::Array(items) => Value::List(
                items
                    .iter()
                    .map(|item| Node {
                        place: self.place(&item.span()),
                        value: self.value(item),
                    })
                    .collect(),
            ),
            DeValue::Table(table) => Value::Table(self.table(table)),
        }
    }
}
