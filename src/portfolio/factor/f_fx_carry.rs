//! Carry of a currency pair: what holding its base earns over what borrowing its quote costs.

use serde_json::Value;

use crate::domain::UniversePanel;
use crate::protocol::{Given, ParamSpec, PortfolioError};

use crate::portfolio::factor::history::{as_of, carry};
use crate::portfolio::factor::raw::{CARRY, Raw, ZSCORE};

/// The rate of the base less the rate of the quote, a year. NaN for what is no pair, for a pair one of whose rates is
/// not given, and where the panel knows no close of it.
#[derive(Debug, Clone, Copy)]
pub struct FxCarry;

impl Raw for FxCarry {
    const NAME: &'static str = "f_fx_carry";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "rates",
            default: "",
            what: "interest a year of each currency, {\"EUR\": 0.02, \"USD\": 0.045}; needed",
        },
        CARRY,
        ZSCORE,
    ];

    fn figures(
        &self,
        panel: &UniversePanel,
        given: &Given<'_>,
        from: usize,
    ) -> Result<Vec<f64>, PortfolioError> {
        let expected =
            "expected {\"CURRENCY\": number} with finite numbers, such as {\"EUR\": 0.02}";
        let rates = given.value("rates").unwrap_or(Value::Null);
        let Value::Object(map) = &rates else {
            return Err(given.bad("rates", &rates, expected));
        };
        let number = |value: &Value| value.as_f64().filter(|number| number.is_finite());
        if let Some((name, value)) = map.iter().find(|(_, value)| number(value).is_none()) {
            return Err(given.bad(&format!("rates of {name}"), value, expected));
        }
        let rate = |currency: &str| map.get(currency).and_then(number);
        let carries: Vec<f64> = panel
            .symbols
            .iter()
            .map(|symbol| {
                let (base, quote) = symbol.pair()?;
                Some(rate(base)? - rate(quote)?)
            })
            .map(|carry| carry.unwrap_or(f64::NAN))
            .collect();
        let stale = carry(given)?;
        let mut figures = Vec::new();
        for t in from..panel.close.rows() {
            figures.extend(carries.iter().enumerate().map(|(a, carry)| {
                let known = !carry.is_nan() && !as_of(&panel.close, t, a, stale).is_nan();
                if known { *carry } else { f64::NAN }
            }));
        }
        Ok(figures)
    }
}
