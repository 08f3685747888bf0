//! `desk rebalance … --dry-run`: the basket that leads from the journal's books to targets in a file.
//!
//! Quotes are asked of the feed as for `desk order --dry-run`. Sends nothing.

use std::path::Path;

use serde_json::{Value, json};

use crate::app::answer::Answer;
use crate::app::args::{Exit, Source};
use crate::app::order::{look, verdict, verdict_words};
use crate::app::setup::Setup;
use crate::domain::{IdempotencyKey, Money, OrderType, StrategyId, Symbol, TimeInForce, Timestamp};
use crate::engine::State;
use crate::order::basket::{Basket, BasketSettings, Leg, Line, Standing, WEIGHT_MOST, Wanted};
use crate::portfolio::drift::{DriftSettings, TradeTo};

/// Whose orders those of a basket are, and who sends them.
pub const REBALANCE: &str = "rebalance";

/// The most targets a file may have.
const TARGETS_MOST: usize = 10_000;

/// Targets to be led to.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Rebalance {
    /// The targets: lines of symbol,weight; - reads the standard input.
    #[arg(long, value_name = "FILE|-")]
    pub targets: Source,
    /// Leaves a drift of up to so much of NAV alone: 0.005 or 0.5%.
    #[arg(long, value_name = "RATIO", default_value = "0", value_parser = band)]
    pub band: f64,
    /// Goes only to the edge of the band, not to the target.
    #[arg(long)]
    pub to_edge: bool,
    /// Leaves changes that are worth less.
    #[arg(long, value_name = "USD", default_value = "0")]
    pub min_usd: Money,
    /// Judges only; nothing is sent. Needed: baskets are sent from the screen.
    #[arg(long)]
    pub dry_run: bool,
}

impl Rebalance {
    /// Reads the targets.
    ///
    /// # Errors
    /// When the file cannot be read, or a line of it; names the line, the value and what would be right.
    pub fn wanted(&self) -> Result<Vec<Wanted>, String> {
        match &self.targets {
            Source::Stdin => read("standard input", std::io::stdin().lock()),
            Source::File(path) => {
                let place = path.display().to_string();
                let file = std::fs::File::open(path).map_err(|e| format!("{place}: {e}"))?;
                read(&place, file)
            }
        }
    }

    fn settings(&self) -> anyhow::Result<BasketSettings> {
        let to = if self.to_edge {
            TradeTo::Edge
        } else {
            TradeTo::Target
        };
        Ok(BasketSettings {
            drift: DriftSettings::new(self.band, 0.0, to)?,
            min_notional_usd: self.min_usd,
            strategy_id: StrategyId::new(REBALANCE)?,
            actor: REBALANCE.to_owned(),
            order_type: OrderType::Market,
            tif: TimeInForce::Day,
        })
    }
}

/// Reads a band: a ratio of NAV, or a percentage.
fn band(text: &str) -> Result<f64, String> {
    let ratio = ratio(text).filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "expected a part of NAV from 0 to 1, such as 0.005 or 0.5%".to_owned())
}

/// Reads `0.05`, `-2%`.
fn ratio(text: &str) -> Option<f64> {
    let (digits, of) = match text.trim().strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    let number = digits.parse::<f64>().ok()? / of;
    number.is_finite().then_some(number)
}

/// Reads lines of symbol and weight; a first line that names the columns is passed over.
fn read(place: &str, from: impl std::io::Read) -> Result<Vec<Wanted>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(from);
    let mut wanted: Vec<Wanted> = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|error| format!("{place}: {error}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let (Some(name), Some(weight), 2) = (record.get(0), record.get(1), record.len()) else {
            let fields = record.len();
            return Err(format!(
                "{place}:{line}: {fields} fields, expected two: symbol,weight"
            ));
        };
        if at == 0 && name.eq_ignore_ascii_case("symbol") && weight.eq_ignore_ascii_case("weight") {
            continue;
        }
        let symbol = Symbol::new(name).map_err(|error| format!("{place}:{line}: {error}"))?;
        let number = ratio(weight).filter(|number| number.abs() <= WEIGHT_MOST);
        let weight = number.ok_or_else(|| {
            format!(
                "{place}:{line}: weight '{weight}' of {symbol} is not a part of NAV from \
                 -{WEIGHT_MOST} to {WEIGHT_MOST}, such as 0.05 or 5%"
            )
        })?;
        if wanted.iter().any(|earlier| earlier.symbol == symbol) {
            return Err(format!(
                "{place}:{line}: {symbol} has a target already: one line a symbol"
            ));
        }
        if wanted.len() >= TARGETS_MOST {
            return Err(format!("{place}: has more than {TARGETS_MOST} targets"));
        }
        wanted.push(Wanted { symbol, weight });
    }
    if wanted.is_empty() {
        return Err(format!(
            "{place}: no targets in it, expected lines of symbol,weight"
        ));
    }
    Ok(wanted)
}

/// Makes the basket from the journal's books and the feed's newest quotes.
///
/// # Errors
/// When the journal or the feed cannot be used.
pub fn dry_run(
    setup: &Setup,
    folder: &Path,
    asked: &Rebalance,
    wanted: &[Wanted],
) -> anyhow::Result<Answer> {
    let symbols = wanted.iter().map(|one| one.symbol.clone()).collect();
    let state = look(setup, folder, symbols)?;
    let batch = IdempotencyKey::new(format!("rebal-{}", setup.ids.token()))?;
    let settings = asked.settings()?;
    Ok(answer(&state, wanted, (&settings, &batch), setup.now()))
}

/// Makes the basket over a state whose market is set, and says what it comes to.
pub fn answer(
    state: &State,
    wanted: &[Wanted],
    (settings, batch): (&BasketSettings, &IdempotencyKey),
    now: Timestamp,
) -> Answer {
    let basket = state.books().basket(wanted, settings, batch, now);
    let exit = if is_whole(&basket) {
        Exit::Fine
    } else {
        Exit::Failed
    };
    Answer::fine(words(&basket), object(&basket)).ending(exit)
}

/// Returns true when every line that is not skipped goes, and goes whole.
fn is_whole(basket: &Basket) -> bool {
    basket
        .lines
        .iter()
        .all(|line| line.standing != Standing::Refused && line.reduced.is_none())
}

const STANDINGS: [Standing; 5] = [
    Standing::Now,
    Standing::AfterReductions,
    Standing::Later(std::time::Duration::ZERO),
    Standing::Refused,
    Standing::Skipped,
];

fn object(basket: &Basket) -> Value {
    let counts: serde_json::Map<String, Value> = STANDINGS
        .into_iter()
        .map(|standing| (key(standing).to_owned(), json!(basket.count(standing))))
        .collect();
    let lines: Vec<Value> = basket.lines.iter().map(row).collect();
    json!({
        "approved": is_whole(basket),
        "nav_usd": basket.nav_usd,
        "turnover_usd": basket.turnover_usd(),
        "counts": counts,
        "lines": lines,
    })
}

fn key(standing: Standing) -> &'static str {
    match standing {
        Standing::AfterReductions => "after_reductions",
        Standing::Now | Standing::Later(_) | Standing::Refused | Standing::Skipped => {
            standing.as_str()
        }
    }
}

fn row(line: &Line) -> Value {
    let verdicts: Vec<Value> = line.verdicts.iter().map(verdict).collect();
    let reduced = line.reduced.as_ref().map(|reduced| {
        let (gate, code) = match &reduced.binds {
            Some((gate, code)) => (Some(gate), Some(code)),
            None => (None, None),
        };
        json!({ "wanted": reduced.wanted, "gate": gate, "code": code })
    });
    let wait_ms = match line.standing {
        Standing::Later(wait) => Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        Standing::Now | Standing::AfterReductions | Standing::Refused | Standing::Skipped => None,
    };
    let leg = line.trade.map(|_| match line.leg {
        Leg::Reduce => "reduce",
        Leg::Open => "open",
    });
    json!({
        "symbol": line.symbol,
        "standing": key(line.standing),
        "why": line.why,
        "leg": leg,
        "side": line.trade.map(|(side, _)| side),
        "quantity": line.trade.map(|(_, units)| units),
        "notional_usd": line.notional_usd,
        "held": line.held,
        "working": line.working,
        "held_weight": line.held_weight,
        "target_weight": line.target,
        "reduced": reduced,
        "wait_ms": wait_ms,
        "verdicts": verdicts,
        "quote": line.quote,
    })
}

fn words(basket: &Basket) -> String {
    let counts: Vec<String> = STANDINGS
        .into_iter()
        .filter(|standing| basket.count(*standing) > 0)
        .map(|standing| format!("{} {}", basket.count(standing), standing.as_str()))
        .collect();
    let usd = |amount: Option<Money>| {
        amount.map_or_else(
            || "—".to_owned(),
            |amount| format!("{} USD", amount.round(2)),
        )
    };
    let mut text = vec![format!(
        "basket at NAV {}, turnover {}: {}",
        usd(basket.nav_usd),
        usd(basket.turnover_usd()),
        counts.join(", ")
    )];
    for line in &basket.lines {
        let percent = |weight: f64| format!("{:.2}%", weight * 100.0);
        let from = line.held_weight.map_or_else(|| "—".to_owned(), percent);
        let to = percent(line.target);
        let what = match line.trade {
            Some((side, units)) => {
                let worth = usd(line.notional_usd);
                format!("{side} {units} {} ({worth})", line.symbol)
            }
            None => line.symbol.to_string(),
        };
        let part = line
            .reduced
            .as_ref()
            .map(|reduced| format!(", in place of {}", reduced.wanted))
            .unwrap_or_default();
        let why = if line.why.is_empty() {
            String::new()
        } else {
            format!(" ({})", line.why)
        };
        let standing = line.standing.as_str();
        text.push(format!("{what}  {from} -> {to}: {standing}{part}{why}"));
        text.extend(line.verdicts.iter().map(verdict_words));
    }
    text.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(text: &str) -> Result<Vec<(String, f64)>, String> {
        let wanted = read("t.csv", text.as_bytes())?;
        Ok(wanted
            .into_iter()
            .map(|one| (one.symbol.to_string(), one.weight))
            .collect())
    }

    #[test]
    fn targets_are_lines_of_symbol_and_weight() {
        let read = targets("symbol,weight\n# the core\nAAPL, 5%\nBTC-USD,-0.02\n").unwrap();
        assert_eq!(
            read,
            [("AAPL".to_owned(), 0.05), ("BTC-USD".to_owned(), -0.02)]
        );
        for (text, said) in [
            ("AAPL,5%\nMSFT\n", "t.csv:2: 1 fields"),
            ("AAPL,lots\n", "t.csv:1: weight 'lots' of AAPL"),
            ("AAPL,nan\n", "weight 'nan'"),
            ("AAPL,11\n", "from -10 to 10"),
            ("A PL,0.1\n", "t.csv:1:"),
            ("AAPL,1%\nAAPL,2%\n", "t.csv:2: AAPL has a target already"),
            ("symbol,weight\n", "no targets in it"),
        ] {
            let error = targets(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
