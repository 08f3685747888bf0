//! Views: what somebody expects of an asset, or of some against others, and how sure they are.
//!
//! Reads the parameter `views` into numbers and refuses what cannot be meant. Knows no covariance.

use serde_json::{Map, Value};

use crate::domain::Symbol;
use crate::protocol::{Given, PortfolioError};

/// The name of the parameter.
pub(super) const VIEWS: &str = "views";
/// More views than anyone holds.
const MOST: usize = 1000;

/// One view: these weights of the assets have this mean return.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ViewOf {
    /// Assets and their weights, each asset once.
    pub(super) weights: Vec<(usize, f64)>,
    /// The mean return per period.
    pub(super) expected: f64,
    /// How sure, from 0 to 1; none where that is not said.
    pub(super) confidence: Option<f64>,
}

/// Reads the views.
///
/// # Errors
/// Names the view, by its place from 1 on, and what is wrong with it.
pub(super) fn read(given: &Given<'_>, symbols: &[Symbol]) -> Result<Vec<ViewOf>, PortfolioError> {
    let Some(value) = given.value(VIEWS) else {
        return Ok(Vec::new());
    };
    let Some(list) = value.as_array().filter(|list| list.len() <= MOST) else {
        let expected = format!(
            "expected a list of at most {MOST} views, each {{\"symbols\": […], \"weights\": […], \"expected\": number}}"
        );
        return Err(given.bad(VIEWS, &value, &expected));
    };
    let all = list.iter().enumerate();
    all.map(|(at, value)| view(given, symbols, at, value))
        .collect()
}

fn view(
    given: &Given<'_>,
    symbols: &[Symbol],
    at: usize,
    value: &Value,
) -> Result<ViewOf, PortfolioError> {
    let name = |part: &str| format!("{part} of view {}", at + 1);
    let Some(map) = value.as_object() else {
        let expected = "expected {\"symbols\": […], \"weights\": […], \"expected\": number}";
        return Err(given.bad(&format!("view {}", at + 1), value, expected));
    };
    known_parts(given, at, map)?;
    let get = |part: &str| map.get(part).cloned().unwrap_or_default();
    let finite = |value: &Value| value.as_f64().filter(|number| number.is_finite());
    let named = get("symbols");
    let expected = "expected a list of columns of the input, each once";
    let found: Option<Vec<usize>> = named.as_array().and_then(|list| {
        let column = |name: &Value| {
            symbols
                .iter()
                .position(|s| Some(s.as_str()) == name.as_str())
        };
        list.iter().map(column).collect()
    });
    let Some(columns) = found.filter(|all| !all.is_empty() && is_distinct(all)) else {
        return Err(given.bad(&name("symbols"), &named, expected));
    };
    let told = get("weights");
    let weights: Option<Vec<f64>> = match &told {
        Value::Null if columns.len() == 1 => Some(vec![1.0]),
        Value::Array(list) if list.len() == columns.len() => list.iter().map(finite).collect(),
        _ => None,
    };
    let Some(weights) = weights.filter(|all| all.iter().any(|weight| *weight != 0.0)) else {
        let count = columns.len();
        let expected = format!("expected {count} finite numbers, one a symbol, not all 0");
        return Err(given.bad(&name("weights"), &told, &expected));
    };
    let mean = get("expected");
    let Some(mean) = finite(&mean) else {
        return Err(given.bad(
            &name("expected"),
            &mean,
            "expected a mean return per period, a finite number",
        ));
    };
    let sure = get("confidence");
    let confidence = finite(&sure).filter(|part| (0.0..=1.0).contains(part));
    if confidence.is_none() && !sure.is_null() {
        let expected = "expected a number from 0 to 1";
        return Err(given.bad(&name("confidence"), &sure, expected));
    }
    Ok(ViewOf {
        weights: columns.into_iter().zip(weights).collect(),
        expected: mean,
        confidence,
    })
}

fn known_parts(
    given: &Given<'_>,
    at: usize,
    map: &Map<String, Value>,
) -> Result<(), PortfolioError> {
    const PARTS: [&str; 4] = ["symbols", "weights", "expected", "confidence"];
    match map.keys().find(|key| !PARTS.contains(&key.as_str())) {
        None => Ok(()),
        Some(stranger) => Err(given.bad(
            &format!("a part of view {}", at + 1),
            &Value::String(stranger.clone()),
            &format!("expected {}", PARTS.join(", ")),
        )),
    }
}

fn is_distinct(columns: &[usize]) -> bool {
    let mut sorted = columns.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair.first() != pair.last())
}
