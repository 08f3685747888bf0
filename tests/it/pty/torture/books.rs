//! The books as an independent reader finds them, and the laws that hold in them.
//!
//! Everything is asked of the program's own commands, each in a process of its own,
//! and worked out again from the fills.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use rust_decimal::Decimal;
use serde_json::Value;

/// What a command of the program said and how it ended.
#[derive(Debug, Clone)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Runs `program` on the data in `folder`.
    pub fn by(program: &Path, folder: &Path, arguments: &[&str]) -> Self {
        let config = folder.join("config");
        let output = Command::new(program)
            .args(arguments)
            .arg("--data")
            .arg(folder.join("data"))
            .arg("--config")
            .arg(&config)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        for words in [&said.out, &said.err] {
            no_panic(words, &format!("{arguments:?}"));
        }
        assert!((0..=3).contains(&said.code), "{arguments:?}: {said:?}");
        said
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// Fails where a text holds what only a broken program says.
pub fn no_panic(text: &str, what: &str) {
    let words = [
        "panicked",
        "thread '",
        "RUST_BACKTRACE",
        "stack backtrace",
        "broken invariant",
    ];
    for word in words {
        assert!(!text.contains(word), "{what}: {text}");
    }
}

/// What is in a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Books {
    pub fills: Vec<Value>,
    pub orders: Vec<Value>,
    pub positions: Vec<Value>,
    pub hash: Value,
    pub last_hash: Value,
    pub records: u64,
    /// Sessions that closed in good order.
    pub closings: u64,
}

impl Books {
    /// Reads the journal in `folder`, which nobody writes.
    ///
    /// Fails with what was said, when any command does.
    pub fn read(program: &Path, folder: &Path) -> Result<Self, Said> {
        let ask = |arguments: &[&str]| {
            let said = Said::by(program, folder, &[arguments, &["--json"]].concat());
            if said.code == 0 {
                Ok(said.json())
            } else {
                Err(said)
            }
        };
        let list = |kind: &str| {
            let object = ask(&["journal", "export", kind])?;
            Ok(object[kind].as_array().unwrap().clone())
        };
        let verified = ask(&["journal", "verify"])?;
        let replayed = ask(&["journal", "replay", "--rejudge"])?;
        assert_eq!(replayed["disagreements"], Value::Array(Vec::new()));
        assert_eq!(replayed["events"], verified["records"]);
        Ok(Self {
            fills: list("fills")?,
            orders: list("orders")?,
            positions: list("positions")?,
            hash: replayed["hash"].clone(),
            last_hash: verified["last_hash"].clone(),
            records: verified["records"].as_u64().unwrap(),
            closings: replayed["sessions_compared"].as_u64().unwrap(),
        })
    }

    /// Reads fills and orders only, also while a desk writes.
    pub fn glance(program: &Path, folder: &Path) -> Self {
        let list = |kind: &str| {
            let said = Said::by(program, folder, &["journal", "export", kind, "--json"]);
            assert_eq!(said.code, 0, "{said:?}");
            said.json()[kind].as_array().unwrap().clone()
        };
        // Fills first: an order read later knows of at least as many.
        Self {
            fills: list("fills"),
            orders: list("orders"),
            positions: Vec::new(),
            hash: Value::Null,
            last_hash: Value::Null,
            records: 0,
            closings: 0,
        }
    }

    /// Reads books that must be whole; none where no desk ever got so far as to make them.
    pub fn whole(program: &Path, folder: &Path) -> Option<Self> {
        match Self::read(program, folder) {
            Ok(books) => {
                books.laws();
                Some(books)
            }
            Err(said) if said.err.contains("no journal at") => None,
            Err(said) => panic!("the books cannot be read: {said:?}"),
        }
    }

    /// Returns the quantity held of each symbol after every fill, flat ones too.
    pub fn held(&self) -> BTreeMap<String, Decimal> {
        let mut held = BTreeMap::new();
        for fill in &self.fills {
            let sum = held.entry(text(fill, "symbol").to_owned());
            *sum.or_insert(Decimal::ZERO) += signed(fill);
        }
        held
    }

    /// Returns what all fills together did to the cash, fees included.
    pub fn cash(&self) -> Decimal {
        let paid = |fill| -signed(fill) * decimal(fill, "price") - decimal(fill, "fees");
        self.fills.iter().map(paid).sum()
    }

    fn laws(&self) {
        let (mut ids, mut of_order) = (BTreeSet::new(), BTreeMap::new());
        for fill in &self.fills {
            assert!(ids.insert(text(fill, "fill_id")), "booked twice: {fill}");
            let sum = of_order.entry(text(fill, "order_id"));
            *sum.or_insert(Decimal::ZERO) += decimal(fill, "quantity");
        }
        let (mut keys, mut venue_ids) = (BTreeSet::new(), BTreeSet::new());
        for order in &self.orders {
            assert!(
                keys.insert(text(order, "idempotency_key")),
                "two orders of one key: {order}"
            );
            if let Some(id) = order["broker_order_id"].as_str() {
                assert!(venue_ids.insert(id), "one order there, two here: {order}");
            }
            let filled = of_order.remove(text(order, "order_id")).unwrap_or_default();
            assert_eq!(decimal(order, "filled_quantity"), filled, "{order}");
            assert!(filled <= decimal(order, "quantity"), "{order}");
        }
        assert!(of_order.is_empty(), "fills of no order: {of_order:?}");
        let mut held = self.held();
        for position in &self.positions {
            let symbol = text(position, "symbol");
            let sum = held.remove(symbol).unwrap_or_default();
            assert_eq!(decimal(position, "quantity"), sum, "{position}");
            self.balances(position);
        }
        held.retain(|_, quantity| !quantity.is_zero());
        assert!(held.is_empty(), "held and not shown: {held:?}");
    }

    /// What went out for a symbol is what it stands in the books at, less what it earned.
    fn balances(&self, position: &Value) {
        let of = self
            .fills
            .iter()
            .filter(|fill| fill["symbol"] == position["symbol"]);
        let cash: Decimal = of.map(|fill| -signed(fill) * decimal(fill, "price")).sum();
        let cost = decimal(position, "quantity") * decimal(position, "avg_price");
        let off = cash - (decimal(position, "realized_pl_ytd_usd") - cost);
        assert!(
            off.abs() < Decimal::new(1, 6),
            "off by {off}: {position} and cash {cash}"
        );
    }
}

/// Returns true once nothing more can become of an order.
pub fn ended(order: &Value) -> bool {
    ["filled_at", "canceled_at", "rejected_at"]
        .iter()
        .any(|at| order[*at].is_string())
}

pub fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    let text = object[field].as_str();
    text.unwrap_or_else(|| panic!("no {field} in {object}"))
}

pub fn decimal(object: &Value, field: &str) -> Decimal {
    text(object, field).parse().unwrap()
}

/// Returns the quantity of a fill, below zero where it was sold.
pub fn signed(fill: &Value) -> Decimal {
    let bought = matches!(text(fill, "side"), "buy" | "cover");
    let quantity = decimal(fill, "quantity");
    if bought { quantity } else { -quantity }
}
