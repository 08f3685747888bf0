//! What differs between two envelopes and which way it moves: one table of the fields a person may set.
//!
//! The table says how each field is written and read as text, and what makes it
//! looser: a limit moved towards more risk, a longer allow list, a guard switched
//! off. Whoever asks whether an envelope may be loosened asks here and nowhere else.
//! A field of the record that is missing in the table fails a test.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::{Rate, RiskEnvelope};

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// An amount in USD.
    Usd,
    /// An amount in USD, or no limit.
    UsdOrNone,
    /// Units, or no limit.
    UnitsOrNone,
    /// A share of NAV or of a price: `5%` or `0.05`.
    Share,
    /// A plain number.
    Number,
    /// Names parted by commas; none allows nothing.
    List,
    /// `on` or `off`.
    Switch,
    /// Any words.
    Words,
}

/// Which way a field lets more risk in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looser {
    Higher,
    /// Higher, or from a limit both ways to one that binds buying only.
    HigherNet,
    Lower,
    Longer,
    On,
    Off,
    Never,
}

/// One field of an envelope that a person may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvelopeField {
    /// Its name in the published record.
    pub name: &'static str,
    /// How it is written.
    pub kind: FieldKind,
    looser: Looser,
}

/// One field that differs between two envelopes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeChange {
    /// Which.
    pub field: String,
    /// What it was, as a person writes it.
    pub was: String,
    /// What it is now.
    pub now: String,
    /// Whether it lets more risk in.
    pub looser: bool,
}

const fn field(name: &'static str, kind: FieldKind, looser: Looser) -> EnvelopeField {
    EnvelopeField { name, kind, looser }
}

impl EnvelopeField {
    /// Every field a person may set, in the order of the record.
    pub const ALL: [Self; 26] = [
        field("envelope_id", FieldKind::Words, Looser::Never),
        field("nav_usd", FieldKind::Usd, Looser::Higher),
        field("max_gross_exposure_pct", FieldKind::Share, Looser::Higher),
        field("max_net_exposure_pct", FieldKind::Share, Looser::HigherNet),
        field("max_position_pct", FieldKind::Share, Looser::Higher),
        field("max_position_usd", FieldKind::UsdOrNone, Looser::Higher),
        field("max_sector_pct", FieldKind::Share, Looser::Higher),
        field("max_asset_class_pct", FieldKind::Share, Looser::Higher),
        field("max_country_pct", FieldKind::Share, Looser::Higher),
        field("daily_loss_halt_pct", FieldKind::Share, Looser::Higher),
        field("weekly_loss_halt_pct", FieldKind::Share, Looser::Higher),
        field("monthly_loss_halt_pct", FieldKind::Share, Looser::Higher),
        field("max_order_notional_usd", FieldKind::Usd, Looser::Higher),
        field("max_order_qty", FieldKind::UnitsOrNone, Looser::Higher),
        field("allowed_brokers", FieldKind::List, Looser::Longer),
        field("allowed_order_types", FieldKind::List, Looser::Longer),
        field("allowed_asset_classes", FieldKind::List, Looser::Longer),
        field("enable_shorting", FieldKind::Switch, Looser::On),
        field("max_short_fee_bps", FieldKind::Number, Looser::Higher),
        field("require_borrow_locate", FieldKind::Switch, Looser::Off),
        field("enable_synthetic_stop", FieldKind::Switch, Looser::Off),
        field("synthetic_stop_pct", FieldKind::Share, Looser::Higher),
        field("cro_veto_enabled", FieldKind::Switch, Looser::Off),
        field(
            "cro_veto_confidence_threshold",
            FieldKind::Share,
            Looser::Higher,
        ),
        // A model that is given less time vetoes less: its silence passes.
        field("cro_veto_timeout_s", FieldKind::Number, Looser::Lower),
        field("notes", FieldKind::Words, Looser::Never),
    ];

    /// Finds a field by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name == name)
    }

    /// Returns the field of an envelope as a person writes it; [`Self::set`] reads it back.
    pub fn text(self, envelope: &RiskEnvelope) -> String {
        self.words(&self.value(&fields(envelope)))
    }

    /// Sets the field from what a person wrote.
    ///
    /// # Errors
    /// In words: what was written and what would be right; the envelope stays as it was.
    pub fn set(self, envelope: &mut RiskEnvelope, text: &str) -> Result<(), String> {
        let value = self.read(text.trim())?;
        let mut all = fields(envelope);
        all.insert(self.name.to_owned(), value);
        let made: RiskEnvelope = serde_json::from_value(Value::Object(all))
            .map_err(|why| format!("{} '{}': {why}", self.name, text.trim()))?;
        let fault = made
            .faults()
            .into_iter()
            .find(|fault| fault.split(' ').next() == Some(self.name));
        if let Some(fault) = fault {
            return Err(fault);
        }
        *envelope = made;
        Ok(())
    }

    fn value(self, all: &Map<String, Value>) -> Value {
        all.get(self.name).cloned().unwrap_or_default()
    }

    fn words(self, value: &Value) -> String {
        match (self.kind, value) {
            (FieldKind::UsdOrNone | FieldKind::UnitsOrNone, Value::Null) => "no limit".to_owned(),
            (FieldKind::Share, value) => share_words(value),
            (_, Value::Bool(on)) => if *on { "on" } else { "off" }.to_owned(),
            (_, Value::Array(names)) if names.is_empty() => "nothing".to_owned(),
            (_, Value::Array(names)) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                names.join(", ")
            }
            (_, Value::String(text)) => text.clone(),
            (FieldKind::Number, Value::Number(number)) => {
                number.as_f64().unwrap_or_default().to_string()
            }
            (_, other) => other.to_string(),
        }
    }

    fn read(self, text: &str) -> Result<Value, String> {
        let wrong = |right: &str| Err(format!("{} '{text}' must be {right}", self.name));
        match self.kind {
            FieldKind::UsdOrNone | FieldKind::UnitsOrNone
                if matches!(text, "" | "none" | "no limit") =>
            {
                Ok(Value::Null)
            }
            FieldKind::Usd | FieldKind::UsdOrNone | FieldKind::UnitsOrNone => {
                match text.replace(['_', ','], "").parse::<Decimal>() {
                    Ok(amount) if !amount.is_sign_negative() => Ok(json!(amount.to_string())),
                    _ => wrong("an amount of 0 or more"),
                }
            }
            FieldKind::Share => {
                let (digits, scale) = match text.strip_suffix('%') {
                    Some(digits) => (digits.trim_end(), 2),
                    None => (text, 0),
                };
                let share = digits.parse::<Decimal>().ok();
                let share = share.and_then(|share| share.checked_mul(Decimal::new(1, scale)));
                // By way of its text, so that 7% is what 0.07 in a file is.
                match share.and_then(|share| share.to_string().parse::<f64>().ok()) {
                    Some(share) => Ok(json!(share)),
                    None => wrong("a share: 5% or 0.05"),
                }
            }
            FieldKind::Number => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(json!(number)),
                _ => wrong("a number"),
            },
            FieldKind::Switch => match text {
                "on" | "yes" | "true" => Ok(json!(true)),
                "off" | "no" | "false" => Ok(json!(false)),
                _ => wrong("on or off"),
            },
            FieldKind::List if matches!(text, "" | "nothing" | "none") => Ok(json!([])),
            FieldKind::List => {
                let names = text.split(',').map(str::trim);
                Ok(names
                    .filter(|name| !name.is_empty())
                    .map(Value::from)
                    .collect())
            }
            FieldKind::Words => Ok(json!(text)),
        }
    }

    fn same(self, was: &Value, now: &Value) -> bool {
        let amounts = match self.kind {
            FieldKind::Usd | FieldKind::UsdOrNone | FieldKind::UnitsOrNone => true,
            FieldKind::Share
            | FieldKind::Number
            | FieldKind::List
            | FieldKind::Switch
            | FieldKind::Words => false,
        };
        was == now || (amounts && number(was) == number(now))
    }

    fn is_looser(self, was: &Value, now: &Value) -> bool {
        match self.looser {
            Looser::Higher => number(was) < number(now),
            Looser::HigherNet => {
                let (was, now) = (number(was), number(now));
                was < now || (was >= Number::ZERO && now < Number::ZERO)
            }
            Looser::Lower => number(was) > number(now),
            Looser::Longer => names(now).iter().any(|name| !names(was).contains(name)),
            Looser::On => now == &json!(true),
            Looser::Off => now == &json!(false),
            Looser::Never => false,
        }
    }
}

impl RiskEnvelope {
    /// Lists the fields in which `next` differs, in the order of the record; version and moment are left out.
    pub fn changes(&self, next: &Self) -> Vec<EnvelopeChange> {
        let (was, now) = (fields(self), fields(next));
        let differs = EnvelopeField::ALL
            .into_iter()
            .map(|field| (field, field.value(&was), field.value(&now)))
            .filter(|(field, was, now)| !field.same(was, now));
        differs
            .map(|(field, was, now)| EnvelopeChange {
                field: field.name.to_owned(),
                was: field.words(&was),
                now: field.words(&now),
                looser: field.is_looser(&was, &now),
            })
            .collect()
    }

    /// Returns the names of the fields in which `next` would let more risk in; empty when it only tightens.
    pub fn loosened(&self, next: &Self) -> Vec<String> {
        let changes = self.changes(next).into_iter();
        let looser = changes.filter(|change| change.looser);
        looser.map(|change| change.field).collect()
    }
}

fn fields(envelope: &RiskEnvelope) -> Map<String, Value> {
    match serde_json::to_value(envelope) {
        Ok(Value::Object(all)) => all,
        // Plain values always make an object.
        Ok(_) | Err(_) => Map::new(),
    }
}

/// An amount to be compared; no limit is beyond every limit.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Number {
    Exact(Decimal),
    NoLimit,
}

impl Number {
    const ZERO: Self = Self::Exact(Decimal::ZERO);
}

fn number(value: &Value) -> Number {
    let exact = match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number
            .as_f64()
            .and_then(Rate::from_setting)
            .map(Rate::decimal),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    exact.map_or(Number::NoLimit, Number::Exact)
}

fn names(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn share_words(value: &Value) -> String {
    match number(value) {
        Number::Exact(share) => match share.checked_mul(Decimal::ONE_HUNDRED) {
            Some(percent) => format!("{}%", percent.normalize()),
            None => share.to_string(),
        },
        Number::NoLimit => value.to_string(),
    }
}
