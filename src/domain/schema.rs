//! JSON Schema and OpenAPI of every published type.
//!
//! One list names the types; the schemas themselves are derived from the types,
//! so they cannot say anything else than what is read. They describe reading:
//! a key with a default is not required, and unknown keys are allowed.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::domain::{
    Bar, Fill, FundConfig, HaltRequest, HaltStatus, Instrument, MarketSnapshot, NavSnapshot, Order,
    OrderRejection, Position, PositionLot, Quote, RiskDecision, RiskEnvelope, Signal, TargetWeight,
    TaxLot, Ticket, Trade, TransferRequest,
};

macro_rules! published {
    ($($name:ident),* $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        fn root(name: &str) -> Option<schemars::Schema> {
            let generator = SchemaSettings::draft2020_12().into_generator();
            match name {
                $(stringify!($name) => Some(generator.into_root_schema_for::<$name>()),)*
                _ => None,
            }
        }

        fn lift(generator: &mut SchemaGenerator) {
            $(generator.subschema_for::<$name>();)*
        }
    };
}

published! {
    Order, Fill, Position, TaxLot, Quote, Bar, Trade, MarketSnapshot, Signal, TargetWeight,
    RiskEnvelope, OrderRejection, HaltRequest, FundConfig, NavSnapshot, TransferRequest,
    RiskDecision, HaltStatus, PositionLot, Ticket, Instrument,
}

/// Returns the names of the published types, in the order of the published export.
pub fn names() -> &'static [&'static str] {
    NAMES
}

/// Returns the JSON Schema (2020-12) of one published type, what it refers to under `$defs`.
pub fn schema(name: &str) -> Option<Value> {
    root(name).map(schemars::Schema::to_value)
}

/// Returns the OpenAPI 3.1 document: every published type and what they refer to under
/// `components.schemas`, and the one documented route.
pub fn openapi() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    lift(&mut generator);
    let schemas = generator.take_definitions(true);
    let order = json!({
        "application/json": { "schema": { "$ref": "#/components/schemas/Order" } }
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "MTS1B desk",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "paths": {
            "/v1/orders": {
                "post": {
                    "operationId": "submit_order",
                    "summary": "Submits an order; the same idempotency key is the same order.",
                    "requestBody": { "required": true, "content": order },
                    "responses": {
                        "200": { "description": "The order as it stands.", "content": order },
                    },
                },
            },
        },
        "components": { "schemas": schemas },
    })
}
