//! Weights somebody wrote down.

use serde_json::Value;

use crate::protocol::{Given, ParamSpec, Params, PortfolioError, Sizer, SizerInput};

/// The weights of a map, whatever the scores say; 0 for a symbol that the map does not name, and for one that has no
/// score, as of every sizer.
#[derive(Debug, Clone, Copy)]
pub struct FixedWeight;

const NAME: &str = "fixed_weight";
const PARAMS: &[ParamSpec] = &[ParamSpec {
    name: "weights",
    default: "",
    what: "ratio of NAV of each symbol, {\"SPY\": 0.6, \"TLT\": 0.4}; needed",
}];

impl Sizer for FixedWeight {
    fn name(&self) -> &str {
        NAME
    }

    fn params(&self) -> &[ParamSpec] {
        PARAMS
    }

    fn size(&self, input: &SizerInput<'_>, params: &Params) -> Result<Vec<f64>, PortfolioError> {
        let given = Given::new(NAME, PARAMS, params)?;
        let expected = "expected {\"SYMBOL\": number} with finite numbers";
        let weights = given.value("weights").unwrap_or(Value::Null);
        let Value::Object(map) = &weights else {
            return Err(given.bad("weights", &weights, expected));
        };
        let number = |value: &Value| value.as_f64().filter(|number| number.is_finite());
        for (symbol, value) in map {
            if number(value).is_none() {
                return Err(given.bad(&format!("weights of {symbol}"), value, expected));
            }
            if !input.symbols.iter().any(|one| one.as_str() == symbol) {
                let symbol = Value::String(symbol.clone());
                return Err(given.bad("weights", &symbol, "which is no symbol of the input"));
            }
        }
        let scored = input.symbols.iter().zip(input.signal);
        let weight = scored.map(|(symbol, score)| {
            let weight = map.get(symbol.as_str()).and_then(number);
            weight.filter(|_| !score.is_nan()).unwrap_or(0.0)
        });
        Ok(weight.collect())
    }
}
