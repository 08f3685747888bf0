//! `desk weights`: scores and weights from files, by the same methods as on the screen.
//!
//! Reads files and prints; what is computed is computed in `portfolio`. A number printed is the one that was
//! computed, in as few digits as give it back.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::app::answer::Answer;
use crate::app::args::{self, Exit, Setting, Source};
use crate::base::bounded;
use crate::domain::{Matrix, Symbol};
use crate::portfolio::panel::{
    SplitError, Table, TableError, adjust, read_closes, read_returns, read_scores, read_splits,
};
use crate::portfolio::{RegistryError, allocator, factor, sizer};
use crate::protocol::{
    Allocator, Detail, Factor, ParamSpec, Params, PortfolioError, Returns, Sizer, SizerInput, param,
};

/// The largest file, in bytes; it is held whole.
const FILE_MOST: u64 = 512 << 20;

/// The parameter by which a sizer is handed a history.
const RETURNS: &str = "returns";

/// Why there are no scores or weights.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The command line does not say enough, or too much.
    #[error("{0}")]
    Use(String),
    /// No method of that name.
    #[error(transparent)]
    Name(#[from] RegistryError),
    /// A file that cannot be read.
    #[error("{file}: {why}")]
    File {
        /// Which.
        file: String,
        /// Why.
        why: String,
    },
    /// A file whose text is not what it should be.
    #[error("{file}, {why}")]
    Text {
        /// Which.
        file: String,
        /// Where, and why.
        why: String,
    },
    /// Splits that cannot be applied.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A parameter that cannot be used.
    #[error("{0}")]
    Param(PortfolioError),
    /// Input that cannot be used, or a question without an answer.
    #[error("{0}")]
    Input(PortfolioError),
}

impl WeightsError {
    /// Returns how the program ends.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Use(_) | Self::Name(_) | Self::Param(_) => Exit::WrongUse,
            Self::File { .. } => Exit::Missing,
            Self::Text { .. } | Self::Split(_) | Self::Input(_) => Exit::Failed,
        }
    }

    /// Tells a parameter that cannot be used from input that cannot.
    fn of(error: PortfolioError, specs: &[ParamSpec]) -> Self {
        let about_param = match &error {
            PortfolioError::UnknownParam { .. } => true,
            PortfolioError::BadInput { what, .. } => {
                let name = what.split(' ').next().unwrap_or_default();
                specs.iter().any(|spec| spec.name == name)
            }
            PortfolioError::NoAnswer { .. } => false,
        };
        if about_param {
            Self::Param(error)
        } else {
            Self::Input(error)
        }
    }
}

/// Answers `desk weights`.
///
/// # Errors
/// When the words, a file or a parameter cannot be used, or the input has no answer.
pub fn answer(wanted: &args::Weights) -> Result<Answer, WeightsError> {
    let (factors, sizers, allocators) =
        (factor::registry(), sizer::registry(), allocator::registry());
    if let Some(name) = &wanted.factor {
        return scored(factors.get(name)?.as_ref(), wanted);
    }
    if let Some(name) = &wanted.sizer {
        return sized(sizers.get(name)?.as_ref(), wanted);
    }
    if let Some(name) = &wanted.allocator {
        return allocated(allocators.get(name)?.as_ref(), wanted);
    }
    let factors = factors.iter().map(|it| ("factor", it.name(), it.params()));
    let sizers = sizers.iter().map(|it| ("sizer", it.name(), it.params()));
    let allocators = allocators
        .iter()
        .map(|it| ("allocator", it.name(), it.params()));
    Ok(listed(factors.chain(sizers).chain(allocators)))
}

fn scored(factor: &dyn Factor, wanted: &args::Weights) -> Result<Answer, WeightsError> {
    let params = params(&wanted.param)?;
    let (file, text) = input(wanted)?;
    let mut panel = read_closes(&text).map_err(|error| unread(&file, &error))?;
    drop(text);
    if let Some(path) = &wanted.splits {
        let (file, text) = read(path)?;
        let splits = read_splits(&text).map_err(|error| unread(&file, &error))?;
        adjust(&mut panel, &splits)?;
    }
    let refuse = |error| WeightsError::of(error, factor.params());
    let scores = factor.latest(&panel, &params).map_err(refuse)?;
    let mut json = json!({ "name": factor.name(), "scores": map(&panel.symbols, &scores) });
    let mut text = table(&panel.symbols, &scores);
    let known = scores.iter().filter(|score| !score.is_nan()).count();
    let date = panel.dates.last().map(ToString::to_string);
    let last = date.as_deref().unwrap_or("—");
    let _ = write!(text, "\n{known} of {} scored at {last}", scores.len());
    if wanted.details {
        let rows = panel.dates.len();
        let mut details = json!({ "date": date, "rows": rows, "scored": known });
        if factor.params().iter().any(|spec| spec.name == "zscore") {
            let mut plain = params;
            plain.insert("zscore".to_owned(), Value::Bool(false));
            let figures = factor.latest(&panel, &plain).map_err(refuse)?;
            put(&mut details, "figures", map(&panel.symbols, &figures));
            let _ = write!(text, "\n\nfigures\n{}", table(&panel.symbols, &figures));
        }
        put(&mut json, "details", details);
    }
    Ok(Answer::fine(text, json))
}

fn sized(sizer: &dyn Sizer, wanted: &args::Weights) -> Result<Answer, WeightsError> {
    let (history, plain): (Vec<Setting>, Vec<Setting>) = wanted
        .param
        .iter()
        .cloned()
        .partition(|setting| setting.key == RETURNS);
    let params = params(&plain)?;
    let (file, text) = input(wanted)?;
    let scores = read_scores(&text).map_err(|error| unread(&file, &error))?;
    let (symbols, signal): (Vec<Symbol>, Vec<f64>) = scores.into_iter().unzip();
    let returns = match history.as_slice() {
        [] => None,
        [one] => Some(aligned(one, &symbols, &signal)?),
        [_, ..] => return Err(repeated(RETURNS)),
    };
    let asked = SizerInput {
        signal: &signal,
        symbols: &symbols,
        returns: returns.as_ref(),
    };
    let weights = sizer
        .size(&asked, &params)
        .map_err(|error| WeightsError::of(error, sizer.params()))?;
    let mut answer = weighed(sizer.name(), &symbols, &weights);
    if wanted.details {
        let scored = signal.iter().filter(|score| !score.is_nan()).count();
        let rows = returns.as_ref().map(Matrix::rows);
        let held = weights.iter().filter(|weight| **weight != 0.0).count();
        let details = json!({ "scored": scored, "held": held, "gross": gross(&weights), "net": net(&weights), "rows": rows });
        put(&mut answer.json, "details", details);
    }
    Ok(answer)
}

fn allocated(allocator: &dyn Allocator, wanted: &args::Weights) -> Result<Answer, WeightsError> {
    let params = params(&wanted.param)?;
    let (file, text) = input(wanted)?;
    let Table {
        symbols, values, ..
    } = read_returns(&text).map_err(|error| unread(&file, &error))?;
    drop(text);
    let returns = Returns {
        values: &values,
        symbols: &symbols,
    };
    let found = allocator
        .allocate(&returns, &params)
        .map_err(|error| WeightsError::of(error, allocator.params()))?;
    let mut answer = weighed(allocator.name(), &symbols, &found.weights);
    if wanted.details {
        let mut details = json!({});
        for (name, detail) in &found.details {
            let (value, words) = match detail {
                Detail::Number(value) => (json!(value), format!("{name}  {value}")),
                Detail::PerAsset(values) => (
                    map(&symbols, values),
                    format!("{name}\n{}", table(&symbols, values)),
                ),
                Detail::Matrix(matrix) => (rows(matrix), format!("{name}\n{}", lines(matrix))),
            };
            put(&mut details, name, value);
            let _ = write!(answer.text, "\n\n{words}");
        }
        put(&mut answer.json, "details", details);
    }
    Ok(answer)
}

/// Returns the history of the scored symbols, a column each, out of a file that may know more.
fn aligned(setting: &Setting, symbols: &[Symbol], signal: &[f64]) -> Result<Matrix, WeightsError> {
    let Some(path) = setting.value.strip_prefix('@') else {
        let said = &setting.value;
        let words = format!("{RETURNS} is '{said}', expected @FILE: {RETURNS}=@returns.csv");
        return Err(WeightsError::Use(words));
    };
    let (file, text) = read(Path::new(path))?;
    let table = read_returns(&text).map_err(|error| unread(&file, &error))?;
    let columns: HashMap<&Symbol, usize> = table.symbols.iter().zip(0..).collect();
    let mut places = Vec::with_capacity(symbols.len());
    for (symbol, score) in symbols.iter().zip(signal) {
        let place = columns.get(symbol).copied();
        if place.is_none() && !score.is_nan() {
            let why = format!("line 1: no column {symbol}, which has a score");
            return Err(WeightsError::Text { file, why });
        }
        places.push(place);
    }
    let mut values = Vec::with_capacity(table.values.rows() * symbols.len());
    for t in 0..table.values.rows() {
        let row = table.values.row(t).unwrap_or_default();
        let cell = |place: &Option<usize>| place.and_then(|at| row.get(at)).copied();
        values.extend(places.iter().map(|place| cell(place).unwrap_or(f64::NAN)));
    }
    Matrix::new(table.values.rows(), symbols.len(), values).map_err(|error| WeightsError::Text {
        file,
        why: error.to_string(),
    })
}

/// Reads the parameters, each once.
fn params(settings: &[Setting]) -> Result<Params, WeightsError> {
    let mut params = Params::new();
    for Setting { key, value } in settings {
        let value = match value.strip_prefix('@') {
            None => param(value),
            Some(path) => told_by(Path::new(path))?,
        };
        if params.insert(key.clone(), value).is_some() {
            return Err(repeated(key));
        }
    }
    Ok(params)
}

fn repeated(key: &str) -> WeightsError {
    WeightsError::Use(format!("parameter {key} is given more than once"))
}

/// Reads a parameter from a file: JSON, or lines of symbol and number.
fn told_by(path: &Path) -> Result<Value, WeightsError> {
    let (file, text) = read(path)?;
    if matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return serde_json::from_slice(&text).map_err(|error| WeightsError::Text {
            why: format!("line {}: no JSON: {error}", error.line()),
            file,
        });
    }
    let numbers = read_scores(&text).map_err(|error| unread(&file, &error))?;
    let numbers = numbers.into_iter();
    let object = numbers.map(|(symbol, number)| (symbol.as_str().to_owned(), json!(number)));
    Ok(Value::Object(object.collect()))
}

fn input(wanted: &args::Weights) -> Result<(String, Vec<u8>), WeightsError> {
    match &wanted.input {
        None => Err(WeightsError::Use(
            "no input: add --input FILE, or --input - for the standard input".to_owned(),
        )),
        Some(Source::Stdin) => {
            let file = "standard input".to_owned();
            let text = whole(&file, std::io::stdin().lock())?;
            Ok((file, text))
        }
        Some(Source::File(path)) => read(path),
    }
}

fn read(path: &Path) -> Result<(String, Vec<u8>), WeightsError> {
    let file = path.display().to_string();
    match File::open(path) {
        Ok(open) => {
            let text = whole(&file, open)?;
            Ok((file, text))
        }
        Err(error) => Err(WeightsError::File {
            file,
            why: error.to_string(),
        }),
    }
}

/// Reads a file to its end, which must come.
fn whole(file: &str, from: impl Read) -> Result<Vec<u8>, WeightsError> {
    bounded::whole(from, FILE_MOST).map_err(|error| WeightsError::File {
        file: file.to_owned(),
        why: error.to_string(),
    })
}

fn unread(file: &str, error: &TableError) -> WeightsError {
    WeightsError::Text {
        file: file.to_owned(),
        why: error.to_string(),
    }
}

fn weighed(name: &str, symbols: &[Symbol], weights: &[f64]) -> Answer {
    let mut text = table(symbols, weights);
    let width = width(symbols);
    let _ = write!(text, "\n{:<width$}  {:>12.6}", "net", net(weights));
    let _ = write!(text, "\n{:<width$}  {:>12.6}", "gross", gross(weights));
    Answer::fine(
        text,
        json!({ "name": name, "weights": map(symbols, weights) }),
    )
}

fn net(weights: &[f64]) -> f64 {
    weights.iter().sum()
}

fn gross(weights: &[f64]) -> f64 {
    weights.iter().map(|weight| weight.abs()).sum()
}

fn width(symbols: &[Symbol]) -> usize {
    let widths = symbols.iter().map(|symbol| symbol.as_str().len());
    widths.max().unwrap_or_default().max(5)
}

fn table(symbols: &[Symbol], values: &[f64]) -> String {
    let width = width(symbols);
    let lines = symbols.iter().zip(values).map(|(symbol, value)| {
        if value.is_nan() {
            format!("{symbol:<width$}  {:>12}", "—")
        } else {
            format!("{symbol:<width$}  {value:>12.6}")
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn lines(matrix: &Matrix) -> String {
    let rows = (0..matrix.rows()).filter_map(|t| matrix.row(t));
    let line = |row: &[f64]| {
        let cells: Vec<String> = row.iter().map(|value| format!("{value:>12.6}")).collect();
        cells.join(" ")
    };
    rows.map(line).collect::<Vec<_>>().join("\n")
}

/// Returns the numbers by symbol, in the order of the columns; null where there is none.
fn map(symbols: &[Symbol], values: &[f64]) -> Value {
    let pairs = symbols.iter().zip(values);
    // Minus zero is zero to everybody who reads it.
    let pairs = pairs.map(|(symbol, value)| (symbol.as_str().to_owned(), json!(value + 0.0)));
    Value::Object(pairs.collect())
}

fn rows(matrix: &Matrix) -> Value {
    let rows = (0..matrix.rows()).filter_map(|t| matrix.row(t));
    rows.map(|row| json!(row)).collect()
}

fn put(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = object {
        map.insert(key.to_owned(), value);
    }
}

fn listed<'a>(methods: impl Iterator<Item = (&'static str, &'a str, &'a [ParamSpec])>) -> Answer {
    let (mut text, mut rows) = (String::new(), Vec::new());
    for (kind, name, specs) in methods {
        let _ = writeln!(text, "--{kind} {name}");
        let mut params = Vec::new();
        let given = |spec: &ParamSpec| match spec.default {
            "" => spec.name.to_owned(),
            default => format!("{}={default}", spec.name),
        };
        let width = specs.iter().map(|spec| given(spec).len()).max();
        let width = width.unwrap_or_default().max(22);
        for spec in specs {
            let _ = writeln!(text, "    {:<width$} {}", given(spec), spec.what);
            let default = Some(spec.default).filter(|it| !it.is_empty()).map(param);
            params.push(json!({ "name": spec.name, "default": default, "what": spec.what }));
        }
        let mut row = Map::new();
        row.insert("kind".to_owned(), json!(kind));
        row.insert("name".to_owned(), json!(name));
        row.insert("params".to_owned(), json!(params));
        rows.push(Value::Object(row));
    }
    text.push_str("\nInput and examples: desk weights --help");
    Answer::fine(text, json!({ "methods": rows }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_parameter_is_wrong_use_and_bad_input_is_not() {
        let specs = sizer::registry();
        let specs = specs.get("kelly_fraction").unwrap().params();
        let bad = |what: &str| {
            WeightsError::of(PortfolioError::bad("k", what, 1, "expected 2"), specs).exit()
        };
        assert_eq!(bad("cap"), Exit::WrongUse);
        assert_eq!(bad("expected_returns of AAPL"), Exit::WrongUse);
        assert_eq!(bad("returns"), Exit::Failed);
    }

    #[test]
    fn numbers_are_printed_in_as_few_digits_as_give_them_back() {
        let symbols = ["A", "B", "C"].map(|text| Symbol::new(text).unwrap());
        let json = map(&symbols, &[0.1 + 0.2, f64::NAN, -0.0]).to_string();
        assert_eq!(json, r#"{"A":0.30000000000000004,"B":null,"C":0.0}"#);
    }
}
