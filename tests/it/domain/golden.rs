//! Golden files: each is read, and written again byte for byte.
//!
//! `tests/data/golden/<Type>[.<variant>].json`, pretty-printed. A change of the
//! published form shows here as a changed file, never as a silent difference.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mts1b_desk::domain::{
    Bar, Fill, FundConfig, HaltRequest, HaltStatus, Instrument, MarketSnapshot, NavSnapshot, Order,
    OrderRejection, OrderState, Position, PositionLot, Quote, RiskDecision, RiskEnvelope, Signal,
    TargetWeight, TaxLot, Ticket, Trade, TransferRequest, schema,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One golden file.
pub struct Golden {
    /// File name.
    pub name: String,
    /// Type it is of.
    pub kind: String,
    /// Its text.
    pub text: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden")
}

/// Returns every golden file, by name.
pub fn files() -> Vec<Golden> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            Golden {
                kind: name.split('.').next().unwrap().to_owned(),
                text: std::fs::read_to_string(&path).unwrap(),
                name,
            }
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn through<T: DeserializeOwned + Serialize>(text: &str) -> Result<String, String> {
    let value: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let text = serde_json::to_string_pretty(&value).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

/// Reads a text as the type of that name and writes it again.
pub fn rewrite(kind: &str, text: &str) -> Result<String, String> {
    match kind {
        "Order" => through::<Order>(text),
        "Fill" => through::<Fill>(text),
        "Position" => through::<Position>(text),
        "TaxLot" => through::<TaxLot>(text),
        "Quote" => through::<Quote>(text),
        "Bar" => through::<Bar>(text),
        "Trade" => through::<Trade>(text),
        "MarketSnapshot" => through::<MarketSnapshot>(text),
        "Signal" => through::<Signal>(text),
        "TargetWeight" => through::<TargetWeight>(text),
        "RiskEnvelope" => through::<RiskEnvelope>(text),
        "OrderRejection" => through::<OrderRejection>(text),
        "HaltRequest" => through::<HaltRequest>(text),
        "FundConfig" => through::<FundConfig>(text),
        "NavSnapshot" => through::<NavSnapshot>(text),
        "TransferRequest" => through::<TransferRequest>(text),
        "RiskDecision" => through::<RiskDecision>(text),
        "HaltStatus" => through::<HaltStatus>(text),
        "PositionLot" => through::<PositionLot>(text),
        "Ticket" => through::<Ticket>(text),
        "Instrument" => through::<Instrument>(text),
        other => Err(format!("type {other} is not published")),
    }
}

#[test]
fn every_golden_file_is_written_again_byte_for_byte() {
    for file in files() {
        let written = rewrite(&file.kind, &file.text);
        assert_eq!(written.as_ref(), Ok(&file.text), "{}", file.name);
    }
}

#[test]
fn every_published_type_has_a_golden_file() {
    let kinds: BTreeSet<_> = files().into_iter().map(|file| file.kind).collect();
    let names: BTreeSet<_> = schema::names().iter().map(|n| (*n).to_owned()).collect();
    assert_eq!(kinds, names);
}

#[test]
fn the_state_of_an_order_is_read_from_its_fields() {
    use OrderState::{
        Accepted, Canceled, Created, Expired, Filled, PartiallyFilled, Rejected, Submitted,
    };
    let named = [
        ("created", Created),
        ("submitted", Submitted),
        ("accepted", Accepted),
        ("partially_filled", PartiallyFilled),
        ("filled", Filled),
        ("canceled", Canceled),
        ("expired", Expired),
        ("rejected", Rejected),
    ];
    for (variant, state) in named {
        let path = folder().join(format!("Order.{variant}.json"));
        let order: Order = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(order.state(), state);
        assert_eq!(state.as_str(), variant);
    }
}

#[test]
fn a_reason_rejects_unless_it_says_the_order_expired() {
    let path = folder().join("Order.accepted.json");
    let order: Order = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let at = order.created_at;
    let ended = |rejected: bool, canceled: bool, reason: Option<&str>| {
        let order = Order {
            rejected_at: rejected.then_some(at),
            canceled_at: canceled.then_some(at),
            rejected_reason: reason.map(str::to_owned),
            ..order.clone()
        };
        order.state()
    };
    assert_eq!(ended(true, false, None), OrderState::Rejected);
    assert_eq!(ended(false, false, Some("no funds")), OrderState::Rejected);
    assert_eq!(ended(false, true, Some("no funds")), OrderState::Rejected);
    assert_eq!(ended(true, true, Some("expired")), OrderState::Rejected);
    assert_eq!(ended(false, true, Some("expired")), OrderState::Expired);
    assert_eq!(ended(false, false, Some("expired")), OrderState::Rejected);
    assert_eq!(ended(false, true, None), OrderState::Canceled);
}
