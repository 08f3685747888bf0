//! Schemas: complete, resolvable, and true of the golden files.

use mts1b_desk::domain::RiskEnvelope;
use mts1b_desk::domain::schema::{names, openapi, schema};
use serde_json::{Map, Value};

use crate::domain::golden;

/// The set the published export names, and the desk's own five.
const PUBLISHED: [&str; 21] = [
    "Order",
    "Fill",
    "Position",
    "TaxLot",
    "Quote",
    "Bar",
    "Trade",
    "MarketSnapshot",
    "Signal",
    "TargetWeight",
    "RiskEnvelope",
    "OrderRejection",
    "HaltRequest",
    "FundConfig",
    "NavSnapshot",
    "TransferRequest",
    "RiskDecision",
    "HaltStatus",
    "PositionLot",
    "Ticket",
    "Instrument",
];

/// Calls `visit` with every object in `value`.
fn each_object(value: &Value, visit: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            visit(map);
            map.values().for_each(|inner| each_object(inner, visit));
        }
        Value::Array(items) => items.iter().for_each(|inner| each_object(inner, visit)),
        _ => {}
    }
}

/// Returns every `$ref` in a document.
fn references(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    each_object(document, &mut |map| {
        if let Some(Value::String(target)) = map.get("$ref") {
            found.push(target.clone());
        }
    });
    found
}

fn resolve<'a>(document: &'a Value, target: &str) -> &'a Value {
    let pointer = target.strip_prefix('#').expect("a reference inside");
    let found = document.pointer(pointer);
    found.unwrap_or_else(|| panic!("{target} leads nowhere"))
}

/// Checks `value` against the keywords the schemas use; says the first thing that is wrong.
fn check(value: &Value, schema: &Value, document: &Value) -> Result<(), String> {
    let Value::Object(rules) = schema else {
        return if schema == &Value::Bool(false) {
            Err(format!("{value} is not allowed"))
        } else {
            Ok(())
        };
    };
    for (rule, operand) in rules {
        match rule.as_str() {
            "$ref" => check(
                value,
                resolve(document, operand.as_str().unwrap()),
                document,
            )?,
            "anyOf" | "oneOf" => {
                let mut branches = operand.as_array().unwrap().iter();
                if !branches.any(|branch| check(value, branch, document).is_ok()) {
                    return Err(format!("{value} fits no branch of {operand}"));
                }
            }
            "type" => check_type(value, operand)?,
            "const" if value != operand => return Err(format!("{value} is not {operand}")),
            "enum" if !operand.as_array().unwrap().contains(value) => {
                return Err(format!("{value} is not one of {operand}"));
            }
            "required" => {
                for key in operand.as_array().unwrap() {
                    if value.get(key.as_str().unwrap()).is_none() {
                        return Err(format!("{key} is missing"));
                    }
                }
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "minLength" | "maxLength" => {
                check_bound(value, rule, operand)?;
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    check(item, operand, document)?;
                }
            }
            "properties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if let Some(inner_schema) = operand.get(key) {
                        check(inner, inner_schema, document)
                            .map_err(|why| format!("{key}: {why}"))?;
                    } else if !rules.contains_key("additionalProperties") {
                        return Err(format!("{key} is not in the schema"));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_bound(value: &Value, rule: &str, operand: &Value) -> Result<(), String> {
    let bound = operand.as_f64().unwrap();
    let fits = match (rule, value) {
        ("minimum", Value::Number(number)) => number.as_f64().unwrap() >= bound,
        ("maximum", Value::Number(number)) => number.as_f64().unwrap() <= bound,
        ("exclusiveMinimum", Value::Number(number)) => number.as_f64().unwrap() > bound,
        ("minLength", Value::String(text)) => text.len() as f64 >= bound,
        ("maxLength", Value::String(text)) => text.len() as f64 <= bound,
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(format!("{value} is outside {rule} {operand}"))
    }
}

fn check_type(value: &Value, expected: &Value) -> Result<(), String> {
    let fits = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("type {other} is not known"),
    };
    let fitting = match expected {
        Value::String(name) => fits(name),
        Value::Array(names) => names.iter().any(|name| fits(name.as_str().unwrap())),
        other => panic!("type {other} is no type"),
    };
    if fitting {
        Ok(())
    } else {
        Err(format!("{value} is not of type {expected}"))
    }
}

#[test]
fn every_published_type_has_a_schema_and_nothing_else_has() {
    assert_eq!(names(), PUBLISHED);
    for name in names() {
        let document = schema(name).unwrap();
        assert_eq!(document["title"], *name);
        assert!(
            document["description"].is_string(),
            "{name} says what it is"
        );
        for target in references(&document) {
            resolve(&document, &target);
        }
    }
    assert!(schema("Nonsense").is_none());
}

#[test]
fn the_openapi_document_lifts_every_type_and_all_references_resolve() {
    let document = openapi();
    assert_eq!(document["openapi"], "3.1.0");
    let targets = references(&document);
    assert!(targets.len() > 60, "{} references", targets.len());
    for target in targets {
        assert!(target.starts_with("#/components/schemas/"), "{target}");
        resolve(&document, &target);
    }
    each_object(&document, &mut |map| {
        assert!(!map.contains_key("$defs"), "definitions are lifted");
    });
    for name in names() {
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
    let post = &document["paths"]["/v1/orders"]["post"];
    for body in [&post["requestBody"], &post["responses"]["200"]] {
        let target = &body["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(target, "#/components/schemas/Order");
    }
}

#[test]
fn every_golden_file_fits_its_schema_and_names_every_property() {
    let all = openapi();
    for file in golden::files() {
        let document = schema(&file.kind).unwrap();
        let value: Value = serde_json::from_str(&file.text).unwrap();
        for (root, whole) in [
            (&document, &document),
            (&all["components"]["schemas"][&file.kind], &all),
        ] {
            check(&value, root, whole).unwrap_or_else(|why| panic!("{}: {why}", file.name));
        }
        for key in document["properties"].as_object().unwrap().keys() {
            assert!(value.get(key).is_some(), "{} lacks {key}", file.name);
        }
    }
}

#[test]
fn what_is_wrong_does_not_fit_the_schema() {
    let document = schema("Order").unwrap();
    let file = golden::files().into_iter().find(|f| f.kind == "Order");
    let order: Value = serde_json::from_str(&file.unwrap().text).unwrap();
    for (key, wrong) in [
        ("side", Value::from("hold")),
        ("quantity", Value::Bool(true)),
        ("created_at", Value::Null),
        ("order_id", Value::from(7)),
        ("fund_id", Value::from("")),
        ("idempotency_key", Value::from("x".repeat(129))),
    ] {
        let mut changed = order.clone();
        changed[key] = wrong;
        let why = check(&changed, &document, &document).unwrap_err();
        assert!(why.starts_with(key), "{why}");
    }
}

#[test]
fn the_envelope_and_its_schema_agree_on_every_range() {
    let document = schema("RiskEnvelope").unwrap();
    let files = golden::files();
    let file = files.iter().find(|file| file.kind == "RiskEnvelope");
    let envelope: Value = serde_json::from_str(&file.unwrap().text).unwrap();
    let ratios: Vec<_> = envelope
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| value.is_f64())
        .map(|(key, _)| key.clone())
        .collect();
    assert_eq!(ratios.len(), 13, "{ratios:?}");
    for key in ratios {
        for number in [
            -1e9, -5.5, -5.0, -0.1, 0.0, 1e-9, 1.0, 1.1, 5.0, 5.1, 60.0, 61.0, 1e9,
        ] {
            let mut changed = envelope.clone();
            changed[&key] = number.into();
            let fits = check(&changed, &document, &document);
            let read: RiskEnvelope = serde_json::from_value(changed).unwrap();
            let faults = read.faults();
            assert_eq!(
                fits.is_ok(),
                faults.is_empty(),
                "{key} {number}: {faults:?}"
            );
        }
    }
}
