//! Named parameters of factors, sizers and allocators, and how they are read.
//!
//! A method states its parameters once, as [`ParamSpec`]s: names, defaults and what they mean.
//! Reading goes through [`Given`], which refuses a name the method does not take (with the nearest
//! one it does), a value of another kind, and a number out of range. Values are JSON, so a plugin
//! in another process takes the same ones. Reads nothing but what it is handed.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::Symbol;

/// Named parameters of a sizer, allocator or factor.
pub type Params = BTreeMap<String, Value>;

/// Why no weights or scores came out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PortfolioError {
    /// No parameter of that name.
    #[error("{of} has no parameter '{name}'{near}: it takes {known}")]
    UnknownParam {
        /// Whose.
        of: String,
        /// The name given.
        name: String,
        /// `, did you mean '…'?`, or nothing.
        near: String,
        /// The names there are.
        known: String,
    },
    /// A parameter or input cannot be used.
    #[error("{of}: {what} is {value}, {expected}")]
    BadInput {
        /// Whose.
        of: String,
        /// Which input.
        what: String,
        /// Its value.
        value: String,
        /// What would be right.
        expected: String,
    },
    /// No answer exists for what was asked, such as a target return nothing reaches.
    #[error("{of}: {why}")]
    NoAnswer {
        /// Whose.
        of: String,
        /// Why, and what would have one.
        why: String,
    },
}

impl PortfolioError {
    /// Makes the error of an input that cannot be used.
    pub fn bad(of: &str, what: &str, value: impl std::fmt::Display, expected: &str) -> Self {
        Self::BadInput {
            of: of.to_owned(),
            what: what.to_owned(),
            value: value.to_string(),
            expected: expected.to_owned(),
        }
    }

    /// Makes the error of a question without an answer.
    pub fn none(of: &str, why: impl Into<String>) -> Self {
        Self::NoAnswer {
            of: of.to_owned(),
            why: why.into(),
        }
    }
}

/// One parameter a method takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamSpec {
    /// Its name.
    pub name: &'static str,
    /// Its value where none is given, as JSON or a bare word; empty where there is none.
    pub default: &'static str,
    /// What it is, with its unit and range, on one line.
    pub what: &'static str,
}

/// The moment a method is asked about, where it takes one; a desk that follows the market gives it the present.
pub const ASOF: ParamSpec = ParamSpec {
    name: "asof",
    default: "",
    what: "the moment sized for, such as 2026-01-07T14:30:00Z; on the screen it is the present",
};

/// Reads a parameter as it is written on a command line or in a file: JSON where it is JSON, otherwise a word.
pub fn param(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// The parameters of one call, checked against what the method takes.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    of: &'a str,
    specs: &'a [ParamSpec],
    params: &'a Params,
}

impl<'a> Given<'a> {
    /// Checks that every name given is one the method takes.
    ///
    /// # Errors
    /// Names the first that is not, and the nearest one that is.
    pub fn new(
        of: &'a str,
        specs: &'a [ParamSpec],
        params: &'a Params,
    ) -> Result<Self, PortfolioError> {
        let known = |name: &str| specs.iter().any(|spec| spec.name == name);
        match params.keys().find(|name| !known(name)) {
            None => Ok(Self { of, specs, params }),
            Some(name) => Err(PortfolioError::UnknownParam {
                of: of.to_owned(),
                name: name.clone(),
                near: nearest_words(name, specs.iter().map(|spec| spec.name)),
                known: if specs.is_empty() {
                    "none".to_owned()
                } else {
                    specs
                        .iter()
                        .map(|spec| spec.name)
                        .collect::<Vec<_>>()
                        .join(", ")
                },
            }),
        }
    }

    /// Returns the value given, or the default; none where there is neither.
    pub fn value(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.params.get(name) {
            return (!value.is_null()).then(|| value.clone());
        }
        let spec = self.specs.iter().find(|spec| spec.name == name)?;
        if spec.default.is_empty() {
            return None;
        }
        // Most defaults are whole numbers or flags, and a live desk reads them after every bar.
        let flag = || spec.default.parse::<bool>().map(Value::from).ok();
        let whole = spec.default.parse::<u64>().map(Value::from).ok();
        Some(whole.or_else(flag).unwrap_or_else(|| param(spec.default)))
    }

    /// Returns the number of that name, which must lie in the range; none where there is neither value nor default.
    pub fn number_if(
        &self,
        name: &str,
        least: f64,
        most: f64,
    ) -> Result<Option<f64>, PortfolioError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let number = value
            .as_f64()
            .filter(|number| (least..=most).contains(number));
        number
            .map(Some)
            .ok_or_else(|| self.bad(name, &value, &range(least, most)))
    }

    /// Returns the number of that name, which must lie in the range.
    pub fn number(&self, name: &str, least: f64, most: f64) -> Result<f64, PortfolioError> {
        let missing = || self.bad(name, &Value::Null, &range(least, most));
        self.number_if(name, least, most)?.ok_or_else(missing)
    }

    /// Returns the whole number of that name, which must lie in the range.
    pub fn whole(&self, name: &str, least: usize, most: usize) -> Result<usize, PortfolioError> {
        let value = self.value(name).unwrap_or(Value::Null);
        let whole = value.as_u64().and_then(|n| usize::try_from(n).ok());
        whole.filter(|n| (least..=most).contains(n)).ok_or_else(|| {
            let expected = format!("expected a whole number from {least} to {most}");
            self.bad(name, &value, &expected)
        })
    }

    /// Returns which of the words was given.
    pub fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, PortfolioError> {
        let value = self.value(name).unwrap_or(Value::Null);
        let found = words.iter().find(|(word, _)| value.as_str() == Some(word));
        found.map(|(_, meant)| *meant).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.bad(
                name,
                &value,
                &format!("expected one of {}", known.join(", ")),
            )
        })
    }

    /// Returns true or false.
    pub fn flag(&self, name: &str) -> Result<bool, PortfolioError> {
        let value = self.value(name).unwrap_or(Value::Null);
        value
            .as_bool()
            .ok_or_else(|| self.bad(name, &value, "expected true or false"))
    }

    /// Returns one finite number for each symbol, in their order: from a map of symbols, a list in column order, or
    /// one number for all. None where the parameter is not given.
    ///
    /// # Errors
    /// When a symbol has none, when the map names a symbol there is not, or a value is no finite number.
    pub fn per_asset(
        &self,
        name: &str,
        symbols: &[Symbol],
    ) -> Result<Option<Vec<f64>>, PortfolioError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let expected = "expected a finite number, a list of one each, or {\"SYMBOL\": number} with every symbol";
        let finite = |value: &Value| value.as_f64().filter(|number| number.is_finite());
        let numbers: Option<Vec<f64>> = match &value {
            Value::Object(map) => {
                if let Some(stranger) = map
                    .keys()
                    .find(|key| !symbols.iter().any(|s| s.as_str() == *key))
                {
                    return Err(self.bad(
                        name,
                        &Value::String(stranger.clone()),
                        "which is no column of the input",
                    ));
                }
                if let Some(missing) = symbols
                    .iter()
                    .find(|s| map.get(s.as_str()).and_then(finite).is_none())
                {
                    let what = format!("{name} of {missing}");
                    return Err(self.bad(
                        &what,
                        map.get(missing.as_str()).unwrap_or(&Value::Null),
                        expected,
                    ));
                }
                symbols
                    .iter()
                    .map(|symbol| map.get(symbol.as_str()).and_then(finite))
                    .collect()
            }
            Value::Array(list) if list.len() == symbols.len() => list.iter().map(finite).collect(),
            Value::Number(_) => finite(&value).map(|number| vec![number; symbols.len()]),
            Value::Array(_) | Value::Null | Value::Bool(_) | Value::String(_) => None,
        };
        numbers
            .map(Some)
            .ok_or_else(|| self.bad(name, &value, expected))
    }

    /// Makes the error of a value that cannot be used.
    pub fn bad(&self, name: &str, value: &Value, expected: &str) -> PortfolioError {
        let shown = if value.is_null() {
            "missing".to_owned()
        } else {
            short(&value.to_string())
        };
        PortfolioError::bad(self.of, name, shown, expected)
    }
}

fn range(least: f64, most: f64) -> String {
    match (least.is_finite(), most.is_finite()) {
        (true, true) => format!("expected a number from {least} to {most}"),
        (true, false) => format!("expected a finite number of at least {least}"),
        (false, true) => format!("expected a finite number of at most {most}"),
        (false, false) => "expected a finite number".to_owned(),
    }
}

/// Returns the text, cut where it is too long for a message.
fn short(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Returns `, did you mean '…'?` for the nearest of the known words, or nothing where none is near.
pub(crate) fn nearest_words<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    // The measure takes room and time by the product of both lengths; no slip of the finger is that long.
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return String::new();
    }
    // A capital is no slip worth as much as another letter.
    let word = word.to_lowercase();
    let far = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let near = known
        .map(|candidate| (far(candidate), candidate))
        .filter(|(distance, _)| *distance <= (word.len() / 2).max(2))
        .min_by_key(|(distance, _)| *distance);
    near.map_or_else(String::new, |(_, near)| format!(", did you mean '{near}'?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[ParamSpec] = &[
        ParamSpec {
            name: "tau",
            default: "0.05",
            what: "",
        },
        ParamSpec {
            name: "linkage",
            default: "single",
            what: "",
        },
        ParamSpec {
            name: "caps",
            default: "",
            what: "",
        },
    ];

    fn given(pairs: &[(&str, &str)]) -> Params {
        pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), param(text)))
            .collect()
    }

    #[test]
    fn a_name_the_method_does_not_take_is_refused_with_the_nearest_it_does() {
        let error = Given::new("m", SPECS, &given(&[("linkge", "ward")])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "m has no parameter 'linkge', did you mean 'linkage'?: it takes tau, linkage, caps"
        );
    }

    #[test]
    fn values_are_read_by_kind_and_range_and_defaults_stand_in() {
        let error = Given::new("m", SPECS, &given(&[("TAU", "1")])).unwrap_err();
        assert!(error.to_string().contains("did you mean 'tau'?"), "{error}");
        let params = given(&[("linkage", "ward"), ("caps", "{\"A\": 2, \"B\": 1.5}")]);
        let given_ = Given::new("m", SPECS, &params).unwrap();
        assert_eq!(given_.number("tau", 0.0, 1.0), Ok(0.05));
        assert_eq!(
            given_.choice("linkage", &[("single", 1), ("ward", 2)]),
            Ok(2)
        );
        let symbols = ["A", "B"].map(|text| Symbol::new(text).unwrap());
        assert_eq!(given_.per_asset("caps", &symbols), Ok(Some(vec![2.0, 1.5])));
        let error = given_.per_asset("caps", &symbols[..1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "m: caps is \"B\", which is no column of the input"
        );
        let error = given_.number("tau", 0.1, 1.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "m: tau is 0.05, expected a number from 0.1 to 1"
        );
        let nan = given(&[("tau", "nan")]);
        let error = Given::new("m", SPECS, &nan)
            .unwrap()
            .number("tau", 0.0, 1.0)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "m: tau is \"nan\", expected a number from 0 to 1"
        );
    }
}
