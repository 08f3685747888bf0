//! `[[gate]]`: the operator's own gates, in the order they are asked.
//!
//! Each entry names a gate there is and gives its parameters; a parameter that is left
//! out has the value said here, beside its bounds. A gate stands there once.

use crate::domain::{AssetClass, CustomGate, DailyOpen, GateName, Symbol};

use super::problem::{Problem, suggestion};
use super::section::Section;
use super::tree::{Node, Value};

/// Where the shares of the shipped file are traded.
const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";
/// Half past nine.
const NEW_YORK_OPEN: u32 = 9 * 60 + 30;
/// Most symbols of a restricted list.
const SYMBOLS_MOST: usize = 10_000;

/// Reads every gate; notes what is wrong and leaves such a gate out.
pub(super) fn read_all(node: &Node, problems: &mut Vec<Problem>) -> Vec<CustomGate> {
    let Value::List(entries) = &node.value else {
        let text = format!("gate is {}, expected entries [[gate]]", node.value.shown());
        problems.push(Problem::new(&node.place, text));
        return Vec::new();
    };
    let mut gates: Vec<CustomGate> = Vec::new();
    for entry in entries {
        let Value::Table(table) = &entry.value else {
            let text = format!("gate is {}, expected a table [[gate]]", entry.value.shown());
            problems.push(Problem::new(&entry.place, text));
            continue;
        };
        let it = Section::new("[[gate]]", entry.place.clone(), table);
        let Some(gate) = read(it, problems) else {
            continue;
        };
        if gates.iter().any(|other| other.as_str() == gate.as_str()) {
            let text = format!(
                "name is '{}', but that gate is registered above already",
                gate.as_str()
            );
            problems.push(Problem::new(&entry.place, text));
        } else {
            gates.push(gate);
        }
    }
    gates
}

fn read(mut it: Section<'_>, problems: &mut Vec<Problem>) -> Option<CustomGate> {
    let name = it.text("name", problems, known)?;
    let [near_open, collar, restricted, _] = CustomGate::NAMES;
    let gate = if name == near_open {
        near_open_of(&mut it, problems)
    } else if name == collar {
        let bps = it.count("bps", (1, 10_000), problems);
        bps.map(|bps| CustomGate::PriceCollar { bps })
    } else if name == restricted {
        let symbols = it.read("symbols", problems, symbols);
        symbols.map(|symbols| CustomGate::RestrictedList { symbols })
    } else {
        let reach_bps = it.given("reach_bps", 50, |it| {
            it.count("reach_bps", (0, 5_000), problems)
        });
        let exits = it.given("exits", true, |it| it.flag("exits", problems));
        reach_bps
            .zip(exits)
            .map(|(reach_bps, exits)| CustomGate::SelfCross { reach_bps, exits })
    };
    it.finish(problems);
    gate
}

/// Reads the name of a gate there is.
fn known(text: &str) -> Result<&'static str, String> {
    let names = CustomGate::NAMES;
    if let Some(name) = names.into_iter().find(|name| *name == text) {
        return Ok(name);
    }
    if GateName::DOCUMENTED
        .iter()
        .any(|gate| gate.as_str() == text)
    {
        return Err("which is one of the seven and always asked: take the entry out".to_owned());
    }
    Err(format!(
        "expected a gate there is ({}){}",
        names.join(", "),
        suggestion(text, names)
    ))
}

fn near_open_of(it: &mut Section<'_>, problems: &mut Vec<Problem>) -> Option<CustomGate> {
    let minutes = it.given("minutes", 5, |it| it.count("minutes", (1, 600), problems));
    let open = it.given("open", NEW_YORK_OPEN, |it| it.text("open", problems, clock));
    let zone = it.given("zone", NEW_YORK.to_owned(), |it| {
        it.text("zone", problems, |zone| {
            DailyOpen::new(zone, 0)
                .map(|_| zone.to_owned())
                .map_err(|_| format!("expected a POSIX time zone, such as {NEW_YORK}"))
        })
    });
    let classes = it.given("classes", vec![AssetClass::Equities], |it| {
        it.read("classes", problems, classes)
    });
    Some(CustomGate::NoTradesNearOpen {
        minutes: minutes?,
        open_minute: open?,
        zone: zone?,
        classes: classes?,
    })
}

/// Reads a time of day as `09:30`.
fn clock(text: &str) -> Result<u32, String> {
    let read = || {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60 && text.len() <= 5).then_some(hour * 60 + minute)
    };
    read().ok_or_else(|| "expected a time of day, such as 09:30".to_owned())
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    let Value::List(items) = value else {
        return None;
    };
    let texts = items.iter().map(|item| match &item.value {
        Value::Text(text) => Some(text.as_str()),
        Value::Flag(_) | Value::Number(_) | Value::List(_) | Value::Table(_) => None,
    });
    texts.collect()
}

fn symbols(value: &Value) -> Result<Vec<Symbol>, String> {
    let right = || "expected a list of symbols, such as [\"AAPL\"]".to_owned();
    let texts = texts(value).ok_or_else(right)?;
    if texts.is_empty() || texts.len() > SYMBOLS_MOST {
        return Err(format!("expected 1 to {SYMBOLS_MOST} symbols"));
    }
    let symbols = texts
        .into_iter()
        .map(|text| Symbol::new(text).map_err(|error| error.to_string()));
    symbols.collect()
}

fn classes(value: &Value) -> Result<Vec<AssetClass>, String> {
    let right = || {
        let all = AssetClass::ALL.map(AssetClass::as_str);
        format!("expected a list of asset classes ({})", all.join(", "))
    };
    let texts = texts(value).filter(|texts| !texts.is_empty());
    let class = |text: &str| {
        let known = AssetClass::ALL
            .into_iter()
            .find(|class| class.as_str() == text);
        known.ok_or_else(|| format!("'{}' in it is none: {}", text.escape_debug(), right()))
    };
    texts.ok_or_else(right)?.into_iter().map(class).collect()
}
