//! Funds and their envelopes as they stand in `[[fund]]`.
//!
//! The published types say themselves which keys there are, what they must be
//! and what holds when they are left out; this file only finds out which line is
//! to blame. Each key is first tried alone on an otherwise empty fund, so that
//! one wrong value does not hide the next.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use crate::domain::{FundConfig, RiskEnvelope};

use super::problem::{Place, Problem};
use super::section::unknown_key;
use super::tree::{Node, Table, Value};

/// A fund and the limits it opens with.
#[derive(Debug, Clone, PartialEq)]
pub struct FundSettings {
    /// The fund.
    pub config: FundConfig,
    /// Its limits.
    pub envelope: RiskEnvelope,
}

/// Key of the limits inside a fund.
const ENVELOPE: &str = "envelope";

/// Reads every fund; notes what is wrong and leaves such a fund out.
pub(super) fn read_all(node: &Node, problems: &mut Vec<Problem>) -> Vec<FundSettings> {
    let Value::List(entries) = &node.value else {
        let text = format!("fund is {}, expected entries [[fund]]", node.value.shown());
        problems.push(Problem::new(&node.place, text));
        return Vec::new();
    };
    let mut funds: Vec<FundSettings> = Vec::new();
    for entry in entries {
        let Some(fund) = read(entry, problems) else {
            continue;
        };
        let id = &fund.config.fund_id;
        if funds.iter().any(|other| other.config.fund_id == *id) {
            let text = format!("fund_id is '{id}', but another fund has that name already");
            problems.push(Problem::new(&entry.place, text));
        } else {
            funds.push(fund);
        }
    }
    funds
}

fn read(entry: &Node, problems: &mut Vec<Problem>) -> Option<FundSettings> {
    let Value::Table(table) = &entry.value else {
        let text = format!("fund is {}, expected a table [[fund]]", entry.value.shown());
        problems.push(Problem::new(&entry.place, text));
        return None;
    };
    let name = match table.get("fund_id").map(|id| &id.value) {
        Some(Value::Text(id)) => format!("[[fund]] {id}"),
        _ => "[[fund]]".to_owned(),
    };
    let smallest = json!({
        "fund_id": "f", "name": "f", "target_nav_usd": "1", "broker": "b",
        "created_at": "2026-01-01T00:00:00Z",
    });
    let config: Option<FundConfig> = Shape {
        name: &name,
        place: &entry.place,
        table,
        beside: &[ENVELOPE],
        given: &[],
    }
    .read(&smallest, problems);
    if let Some(nav) = config.as_ref().map(|config| config.target_nav_usd)
        && !nav.is_positive()
    {
        let place = table
            .get("target_nav_usd")
            .map_or(&entry.place, |node| &node.place);
        let text = format!("target_nav_usd is {nav}, expected an amount above 0");
        problems.push(Problem::new(place, text));
    }
    let Some(limits) = table.get(ENVELOPE) else {
        let text = format!("{name} has no [fund.envelope]: a fund without limits does not trade");
        problems.push(Problem::new(&entry.place, text));
        return None;
    };
    let envelope = read_envelope(&name, limits, config.as_ref(), problems);
    Some(FundSettings {
        config: config?,
        envelope: envelope?,
    })
}

/// Reads the limits; of a fund that is itself at fault they are still checked.
fn read_envelope(
    fund: &str,
    limits: &Node,
    config: Option<&FundConfig>,
    problems: &mut Vec<Problem>,
) -> Option<RiskEnvelope> {
    let name = format!("the [fund.envelope] of {fund}");
    let Value::Table(table) = &limits.value else {
        let text = format!(
            "{ENVELOPE} is {}, expected a table [fund.envelope]",
            limits.value.shown()
        );
        problems.push(Problem::new(&limits.place, text));
        return None;
    };
    let smallest = json!({
        "envelope_id": "e", "fund_id": "f", "nav_usd": "1",
        "created_at": "2026-01-01T00:00:00Z",
    });
    let given = match config {
        Some(config) => [
            ("fund_id", json!(config.fund_id)),
            ("nav_usd", json!(config.target_nav_usd)),
            ("created_at", json!(config.created_at)),
        ],
        None => ["fund_id", "nav_usd", "created_at"].map(|key| {
            let value = smallest.get(key).cloned().unwrap_or_default();
            (key, value)
        }),
    };
    let envelope: RiskEnvelope = Shape {
        name: &name,
        place: &limits.place,
        table,
        beside: &[],
        given: &given,
    }
    .read(&smallest, problems)?;
    let config = config?;
    let before = problems.len();
    let place_of = |key: &str| table.get(key).map_or(&limits.place, |node| &node.place);
    // A fund without money is said once, at the fund.
    let faults = envelope.faults();
    let money_said = !config.target_nav_usd.is_positive() && !table.contains_key("nav_usd");
    for fault in faults
        .iter()
        .filter(|fault| !(money_said && fault.starts_with("nav_usd ")))
    {
        // A fault begins with the name of its field.
        let key = fault.split(' ').next().unwrap_or_default();
        problems.push(Problem::new(place_of(key), format!("{fault} in {name}")));
    }
    if envelope.fund_id != config.fund_id {
        let text = format!(
            "fund_id is '{}', expected '{}' as in its fund",
            envelope.fund_id, config.fund_id
        );
        problems.push(Problem::new(place_of("fund_id"), text));
    }
    (problems.len() == before && !money_said).then_some(envelope)
}

/// A table of the file that is to become a published type.
struct Shape<'a> {
    name: &'a str,
    place: &'a Place,
    table: &'a Table,
    /// Keys of the table that belong to somebody else.
    beside: &'a [&'a str],
    /// What holds when the table does not say.
    given: &'a [(&'a str, Json)],
}

impl Shape<'_> {
    /// Makes the type; `smallest` is the least that makes one.
    fn read<T>(&self, smallest: &Json, problems: &mut Vec<Problem>) -> Option<T>
    where
        T: DeserializeOwned + Serialize,
    {
        let smallest = smallest.as_object()?;
        let known = keys_of::<T>(smallest);
        let before = problems.len();
        let mut whole = Map::new();
        for (key, value) in self.given {
            whole.insert((*key).to_owned(), value.clone());
        }
        for (key, node) in self.table {
            if self.beside.contains(&key.as_str()) {
                continue;
            }
            let tried = if known.contains(key) {
                try_key::<T>(smallest, key, &node.value)
            } else {
                Err(unknown_key(
                    key,
                    self.name,
                    known.iter().map(String::as_str),
                ))
            };
            match tried {
                Ok(value) => drop(whole.insert(key.clone(), value)),
                Err(text) => problems.push(Problem::new(&node.place, text)),
            }
        }
        let missing = smallest
            .keys()
            .filter(|key| !self.table.contains_key(*key) && !whole.contains_key(*key));
        for key in missing {
            let text = format!("key '{key}' is missing in {}", self.name);
            problems.push(Problem::new(self.place, text));
        }
        if problems.len() > before {
            return None;
        }
        let made = serde_json::from_value(Json::Object(whole));
        made.map_err(|error| {
            let text = format!("{} cannot be used: {error}", self.name);
            problems.push(Problem::new(self.place, text));
        })
        .ok()
    }
}

/// Lists the keys of a published type by writing out the least of it.
fn keys_of<T: DeserializeOwned + Serialize>(smallest: &Map<String, Json>) -> Vec<String> {
    let made: Option<T> = serde_json::from_value(Json::Object(smallest.clone())).ok();
    match made.and_then(|made| serde_json::to_value(made).ok()) {
        Some(Json::Object(all)) => all.into_iter().map(|(key, _)| key).collect(),
        _ => smallest.keys().cloned().collect(),
    }
}

/// Tries one key on the least of a published type.
fn try_key<T: DeserializeOwned>(
    smallest: &Map<String, Json>,
    key: &str,
    value: &Value,
) -> Result<Json, String> {
    let json = to_json(value).map_err(|right| format!("{key} is {}, {right}", value.shown()))?;
    let mut probe = smallest.clone();
    probe.insert(key.to_owned(), json.clone());
    match serde_json::from_value::<T>(Json::Object(probe)) {
        Ok(_) => Ok(json),
        Err(error) => {
            let why = error
                .to_string()
                .replace("expected f64", "expected a number");
            Err(format!("{key} is {}: {why}", value.shown()))
        }
    }
}

fn to_json(value: &Value) -> Result<Json, String> {
    match value {
        Value::Flag(flag) => Ok(json!(flag)),
        Value::Text(text) => Ok(json!(text)),
        Value::Number(text) => serde_json::from_str::<serde_json::Number>(text)
            .map(Json::Number)
            .map_err(|_| "expected a plain number".to_owned()),
        Value::List(items) => items
            .iter()
            .map(|item| to_json(&item.value))
            .collect::<Result<Vec<_>, _>>()
            .map(Json::Array),
        Value::Table(_) => Err("expected a single value".to_owned()),
    }
}
