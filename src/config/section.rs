//! One section of the tree while it is read: what was asked for is known, all else is a fault.
//!
//! Every reader returns nothing after noting a problem, so that the reading goes
//! on and finds the next one. A key is known when it was asked for; there is no
//! second list of keys to forget.

use super::problem::{Place, Problem, suggestion};
use super::tree::{Node, Table, Value};

/// Parts of a key that holds a secret.
const SECRET_WORDS: [&str; 6] = [
    "secret",
    "password",
    "passphrase",
    "token",
    "api_key",
    "private_key",
];

/// A table being read.
#[derive(Debug)]
pub(super) struct Section<'a> {
    name: String,
    place: Place,
    table: &'a Table,
    asked: Vec<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn new(name: impl Into<String>, place: Place, table: &'a Table) -> Self {
        Self {
            name: name.into(),
            place,
            table,
            asked: Vec::new(),
        }
    }

    /// Returns the section's name as it stands in the file.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns where the section stands.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Returns every key and value, for sections whose keys are data.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a String, &'a Node)> {
        self.table.iter()
    }

    /// Returns the node of `key`; noted as missing when it is not there.
    pub(super) fn node(
        &mut self,
        key: &'static str,
        problems: &mut Vec<Problem>,
    ) -> Option<&'a Node> {
        self.asked.push(key);
        let found = self.table.get(key);
        if found.is_none() {
            let text = format!("key '{key}' is missing in {}", self.name);
            problems.push(Problem::new(&self.place, text));
        }
        found
    }

    /// Reads the table under `key` as a section of its own.
    pub(super) fn section(
        &mut self,
        key: &'static str,
        problems: &mut Vec<Problem>,
    ) -> Option<Section<'a>> {
        let node = self.node(key, problems)?;
        let parent = self.name.trim_matches(['[', ']']);
        let name = if parent == TOP {
            format!("[{key}]")
        } else {
            format!("[{parent}.{key}]")
        };
        if let Value::Table(table) = &node.value {
            return Some(Section::new(name, node.place.clone(), table));
        }
        problems.push(Problem::new(
            &node.place,
            format!("{key} is {}, expected a table {name}", node.value.shown()),
        ));
        None
    }

    /// Reads a value with `read`, which says what would be right when it cannot.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let node = self.node(key, problems)?;
        match read(&node.value) {
            Ok(value) => Some(value),
            Err(right) => {
                let text = format!("{key} is {}, {right}", node.value.shown());
                problems.push(Problem::new(&node.place, text));
                None
            }
        }
    }

    /// Reads true or false.
    pub(super) fn flag(&mut self, key: &'static str, problems: &mut Vec<Problem>) -> Option<bool> {
        self.read(key, problems, |value| match value {
            Value::Flag(flag) => Ok(*flag),
            _ => Err("expected true or false".to_owned()),
        })
    }

    /// Reads a whole number between two bounds, both allowed.
    pub(super) fn whole(
        &mut self,
        key: &'static str,
        (least, most): (u64, u64),
        problems: &mut Vec<Problem>,
    ) -> Option<u64> {
        self.read(key, problems, |value| {
            let right = || format!("expected a whole number from {least} to {most}");
            let Value::Number(text) = value else {
                return Err(right());
            };
            let number: u64 = text.parse().map_err(|_| right())?;
            let fits = (least..=most).contains(&number);
            fits.then_some(number).ok_or_else(right)
        })
    }

    /// Reads a whole number that fits 32 bits; the bounds must.
    pub(super) fn count(
        &mut self,
        key: &'static str,
        (least, most): (u32, u32),
        problems: &mut Vec<Problem>,
    ) -> Option<u32> {
        let number = self.whole(key, (least.into(), most.into()), problems)?;
        u32::try_from(number).ok()
    }

    /// Reads text that `parse` understands.
    pub(super) fn text<T>(
        &mut self,
        key: &'static str,
        problems: &mut Vec<Problem>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.read(key, problems, |value| match value {
            Value::Text(text) => parse(text),
            _ => Err("expected text in quotes".to_owned()),
        })
    }

    /// Returns what `read` makes of `key` or, where it is not there, what holds without it.
    pub(super) fn given<T>(
        &mut self,
        key: &'static str,
        otherwise: T,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        if self.table.contains_key(key) {
            return read(self);
        }
        self.asked.push(key);
        Some(otherwise)
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self, problems: &mut Vec<Problem>) {
        let unknown = self
            .table
            .iter()
            .filter(|(key, _)| !self.asked.contains(&key.as_str()));
        for (key, node) in unknown {
            let known = self.asked.iter().copied();
            let text = unknown_key(key, &self.name, known);
            problems.push(Problem::new(&node.place, text));
            note_secrets(key, &node.value, problems);
        }
    }
}

/// Notes secrets inside a table that is unknown as a whole.
fn note_secrets(name: &str, value: &Value, problems: &mut Vec<Problem>) {
    let Value::Table(table) = value else {
        return;
    };
    for (key, node) in table {
        if is_secret(key) {
            let text = unknown_key(key, &format!("[{name}]"), []);
            problems.push(Problem::new(&node.place, text));
        }
        note_secrets(key, &node.value, problems);
    }
}

fn is_secret(key: &str) -> bool {
    let plain = key.to_ascii_lowercase().replace('-', "_");
    plain == "apikey" || SECRET_WORDS.iter().any(|word| plain.contains(word))
}

/// The name of the whole file as a section.
pub(super) const TOP: &str = "the file";

/// Says that a key is unknown, and what may have been meant; of a secret, where it belongs instead.
pub(super) fn unknown_key<'k>(
    key: &str,
    section: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> String {
    if is_secret(key) {
        return format!(
            "key '{key}' in {section} looks like a secret: secrets come from the environment, \
             remove it here and set it there"
        );
    }
    let near = suggestion(key, known);
    format!("unknown key '{key}' in {section}{near}")
}

/// Reads a plain name: letters, digits, `-` and `_`.
pub(super) fn name(text: &str) -> Result<smol_str::SmolStr, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text.into())
    } else {
        Err("expected a name of letters, digits, '-' and '_'".to_owned())
    }
}
