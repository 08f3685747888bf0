//! `[portfolio]`: what is computed of the portfolio, the sleeves of the fund, and the files beside them.
//!
//! Methods are named as the portfolio itself knows them, so that a name or a parameter there is not is a fault
//! of the file, with its line and what was meant.

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::{Interval, Symbol};
use crate::portfolio::allocator::Linkage;
use crate::portfolio::bucket::Bucket;
use crate::portfolio::capacity::CapacitySettings;
use crate::portfolio::drift::{DriftSettings, TradeTo};
use crate::portfolio::live::{
    LiveSettings, METHODS_MOST, Method, Methods, Rule, SLEEVES_MOST, Scored, SleeveSettings,
    UNIVERSE_MOST,
};
use crate::portfolio::sleeve::{ALLOCATION_MOST, Overlay};

use super::problem::{Problem, suggestion};
use super::section::{self, Section};
use super::tree::{Node, Value};

/// What is computed, and from which files beside the history.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioSettings {
    /// What is computed.
    pub live: LiveSettings,
    /// Where signals are published, where they are.
    pub signals: Option<PathBuf>,
    /// Where splits are listed, where they are.
    pub splits: Option<PathBuf>,
}

pub(super) fn read(mut it: Section<'_>, problems: &mut Vec<Problem>) -> Option<PortfolioSettings> {
    let methods = Methods::default();
    let before = problems.len();
    let interval = it.text("interval", problems, |text| {
        let names = Interval::ALL.map(Interval::as_str);
        text.parse::<Interval>().map_err(|_| one_of(text, &names))
    });
    let window = it.count("window", (20, 780), problems);
    let universe = symbols(it.node("universe", problems), problems);
    let factors = list(it.node("factors", problems), problems, |text| {
        Method::factor(text, &methods)
    });
    let sizers = list(it.node("sizers", problems), problems, |text| {
        Scored::read(text, &methods)
    });
    let allocators = list(it.node("allocators", problems), problems, |text| {
        Method::allocator(text, &methods)
    });
    let linkage = it.text("linkage", problems, |text| {
        let all = [
            Linkage::Single,
            Linkage::Complete,
            Linkage::Average,
            Linkage::Ward,
        ];
        let found = all.into_iter().find(|linkage| linkage.word() == text);
        found.ok_or_else(|| one_of(text, &all.map(Linkage::word)))
    });
    let overlay = it.text("overlay", problems, |text| {
        text.parse::<Overlay>()
            .map_err(|_| one_of(text, &Overlay::ALL.map(Overlay::as_str)))
    });
    let drift = drift(&mut it, problems);
    let notional = it.read("min_notional_usd", problems, |value| {
        number(value, 0.0, 1e9)
    });
    let capacity = capacity(&mut it, problems);
    let pace = it.count("pace_ms", (100, 3_600_000), problems);
    let signals = it.text("signals", problems, path);
    let splits = it.text("splits", problems, path);
    let sleeves = it.node("sleeve", problems);
    let sleeves = sleeves.map(|node| sleeves_of(node, &methods, problems));
    it.finish(problems);
    if problems.len() > before {
        return None;
    }
    Some(PortfolioSettings {
        live: LiveSettings {
            interval: interval?,
            window: usize::try_from(window?).ok()?,
            universe: universe.filter(|symbols| !symbols.is_empty()),
            factors: factors?,
            sizers: sizers?,
            allocators: allocators?,
            linkage: linkage?,
            sleeves: sleeves?,
            overlay: overlay?,
            capacity: capacity?,
            drift: drift?,
            min_notional_usd: notional?,
            pace: Duration::from_millis(pace?.into()),
        },
        signals: signals?,
        splits: splits?,
    })
}

fn one_of(text: &str, names: &[&'static str]) -> String {
    let near = suggestion(text, names.iter().copied());
    format!("expected one of {}{near}", names.join(", "))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape that reading a text asks for"
)]
fn path(text: &str) -> Result<Option<PathBuf>, String> {
    Ok(Some(text)
        .filter(|text| !text.is_empty())
        .map(PathBuf::from))
}

fn number(value: &Value, least: f64, most: f64) -> Result<f64, String> {
    let right = || format!("expected a number from {least} to {most}");
    let Value::Number(text) = value else {
        return Err(right());
    };
    let number: f64 = text.parse().map_err(|_| right())?;
    let fits = (least..=most).contains(&number);
    fits.then_some(number).ok_or_else(right)
}

fn drift(it: &mut Section<'_>, problems: &mut Vec<Problem>) -> Option<DriftSettings> {
    let band = it.read("band", problems, |value| number(value, 0.0, 1.0));
    let of_target = it.read("band_of_target", problems, |value| number(value, 0.0, 1.0));
    let trade_to = it.text("trade_to", problems, |text| {
        text.parse::<TradeTo>()
            .map_err(|_| one_of(text, &TradeTo::ALL.map(TradeTo::as_str)))
    });
    DriftSettings::new(band?, of_target?, trade_to?).ok()
}

fn capacity(it: &mut Section<'_>, problems: &mut Vec<Problem>) -> Option<CapacitySettings> {
    let part = it.read("fraction_of_adv", problems, |value| {
        number(value, 1e-6, 1.0)
    });
    let days = it.count("adv_days", (1, 252), problems);
    CapacitySettings::new(part?, usize::try_from(days?).ok()?).ok()
}

/// Reads a list of texts; each fault stands where its entry does.
fn list<T>(
    node: Option<&Node>,
    problems: &mut Vec<Problem>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Option<Vec<T>> {
    let node = node?;
    let Value::List(entries) = &node.value else {
        let text = format!(
            "{} stands where a list of texts is expected",
            node.value.shown()
        );
        problems.push(Problem::new(&node.place, text));
        return None;
    };
    if entries.len() > METHODS_MOST {
        let text = format!(
            "{} methods are listed, at most {METHODS_MOST}",
            entries.len()
        );
        problems.push(Problem::new(&node.place, text));
    }
    let mut all = Vec::new();
    for entry in entries {
        let found = match &entry.value {
            Value::Text(text) => read(text),
            Value::Flag(_) | Value::Number(_) | Value::List(_) | Value::Table(_) => {
                Err("expected text in quotes".to_owned())
            }
        };
        match found {
            Ok(one) => all.push(one),
            Err(why) => {
                let text = format!("{}: {why}", entry.value.shown());
                problems.push(Problem::new(&entry.place, text));
            }
        }
    }
    Some(all)
}

fn symbols(node: Option<&Node>, problems: &mut Vec<Problem>) -> Option<Vec<Symbol>> {
    let node = node?;
    if let Value::List(entries) = &node.value
        && entries.len() > UNIVERSE_MOST
    {
        let text = format!(
            "{} symbols are listed, at most {UNIVERSE_MOST}",
            entries.len()
        );
        problems.push(Problem::new(&node.place, text));
        return None;
    }
    let mut all: Vec<Symbol> = Vec::new();
    let Value::List(entries) = &node.value else {
        let text = format!(
            "{} stands where a list of symbols is expected",
            node.value.shown()
        );
        problems.push(Problem::new(&node.place, text));
        return None;
    };
    for entry in entries {
        let found = match &entry.value {
            Value::Text(text) => Symbol::new(text).map_err(|error| error.to_string()),
            Value::Flag(_) | Value::Number(_) | Value::List(_) | Value::Table(_) => Err(format!(
                "{}, expected a symbol in quotes",
                entry.value.shown()
            )),
        };
        match found {
            Ok(symbol) if all.contains(&symbol) => {
                let text = format!("{symbol} is listed twice: keep one");
                problems.push(Problem::new(&entry.place, text));
            }
            Ok(symbol) => all.push(symbol),
            Err(why) => problems.push(Problem::new(&entry.place, why)),
        }
    }
    Some(all)
}

fn sleeves_of(node: &Node, methods: &Methods, problems: &mut Vec<Problem>) -> Vec<SleeveSettings> {
    let Value::List(entries) = &node.value else {
        let text = format!(
            "sleeve is {}, expected entries [[portfolio.sleeve]]",
            node.value.shown()
        );
        problems.push(Problem::new(&node.place, text));
        return Vec::new();
    };
    if entries.len() > SLEEVES_MOST {
        let text = format!(
            "{} sleeves are listed, at most {SLEEVES_MOST}",
            entries.len()
        );
        problems.push(Problem::new(&node.place, text));
    }
    let mut all: Vec<SleeveSettings> = Vec::new();
    for entry in entries {
        let Value::Table(table) = &entry.value else {
            let text = format!(
                "sleeve is {}, expected a table [[portfolio.sleeve]]",
                entry.value.shown()
            );
            problems.push(Problem::new(&entry.place, text));
            continue;
        };
        let it = Section::new("[[portfolio.sleeve]]", entry.place.clone(), table);
        let Some(sleeve) = sleeve(it, methods, problems) else {
            continue;
        };
        if all.iter().any(|other| other.name == sleeve.name) {
            let text = format!(
                "name is '{}', but there is such a sleeve above",
                sleeve.name
            );
            problems.push(Problem::new(&entry.place, text));
        }
        all.push(sleeve);
    }
    all
}

fn sleeve(
    mut it: Section<'_>,
    methods: &Methods,
    problems: &mut Vec<Problem>,
) -> Option<SleeveSettings> {
    let name = it.text("name", problems, section::name);
    let rule = it.text("rule", problems, |text| Rule::read(text, methods));
    let allocation = it.read("allocation", problems, |value| {
        number(value, 0.0, ALLOCATION_MOST)
    });
    let bucket = it.given("bucket", Bucket::Daily, |it| {
        it.text("bucket", problems, |text| {
            text.parse::<Bucket>()
                .map_err(|_| one_of(text, &Bucket::ALL.map(Bucket::as_str)))
        })
    });
    let universe = it.given("universe", None, |it| {
        symbols(it.node("universe", problems), problems).map(Some)
    });
    it.finish(problems);
    Some(SleeveSettings {
        name: name?,
        rule: rule?,
        universe: universe?.filter(|symbols| !symbols.is_empty()),
        allocation: allocation?,
        bucket: bucket?,
    })
}
