//! Commands that only look something up: symbols, schemas, themes, captured messages.

use std::fs::File;
use std::io::Read;

use serde_json::{Value, json};

use crate::adapter::decode::{Decoded, decode};
use crate::app::answer::Answer;
use crate::app::args::{DecodeVenue, Exit, Source};
use crate::domain::schema;
use crate::domain::symbology::{SymbologyVenue, from_native, to_native};
use crate::domain::{Symbol, Timestamp};
use crate::ui::theme::SHIPPED;

/// The largest capture, in bytes; it is held whole.
const CAPTURE_MOST: u64 = 64 << 20;

/// Translates a symbol one way or the other.
pub fn symbol(text: &str, venue: Option<&str>, native: bool) -> Result<Answer, String> {
    let venue = venue.map(str::parse::<SymbologyVenue>).transpose()?;
    if let (Some(venue), true) = (venue, native) {
        let symbol = from_native(text, venue).map_err(|error| error.to_string())?;
        let class = symbol.asset_class();
        let json = json!({ "symbol": symbol, "venue": venue.as_str(), "native": text, "asset_class": class });
        return Ok(Answer::fine(format!("{symbol}  {class}"), json));
    }
    let symbol = Symbol::new(text).map_err(|error| error.to_string())?;
    let class = symbol.asset_class();
    if let Some(venue) = venue {
        let spelled = to_native(&symbol, venue)
            .map_err(|error| error.to_string())?
            .to_string();
        let json = json!({ "symbol": symbol, "venue": venue.as_str(), "native": spelled, "asset_class": class });
        return Ok(Answer::fine(spelled, json));
    }
    let mut lines = vec![format!("{symbol}  {class}")];
    let mut natives = serde_json::Map::new();
    for venue in SymbologyVenue::ALL {
        let spelled = to_native(&symbol, venue)
            .ok()
            .map(|native| native.to_string());
        lines.push(format!(
            "  {:<9} {}",
            venue.as_str(),
            spelled.as_deref().unwrap_or("—")
        ));
        natives.insert(venue.as_str().to_owned(), json!(spelled));
    }
    let json = json!({ "symbol": symbol, "asset_class": class, "native": natives });
    Ok(Answer::fine(lines.join("\n"), json))
}

/// Prints the schema of one type, of all, or the OpenAPI document.
pub fn schemas(of: Option<&str>, openapi: bool) -> Result<Answer, String> {
    let json = if openapi {
        schema::openapi()
    } else if let Some(name) = of {
        schema::schema(name).ok_or_else(|| {
            let names = schema::names();
            let near = names.iter().max_by(|a, b| {
                strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name))
            });
            let hint = near
                .map(|near| format!("; did you mean {near}?"))
                .unwrap_or_default();
            format!("no type '{name}': there are {}{hint}", names.join(", "))
        })?
    } else {
        let all = schema::names()
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), schema::schema(name)?)));
        Value::Object(all.collect())
    };
    Ok(Answer::fine(format!("{json:#}"), json))
}

/// Lists the themes that ship.
pub fn themes() -> Answer {
    let names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
    Answer::fine(names.join("\n"), json!({ "themes": names }))
}

/// Says what the adapter makes of captured messages: a line each, whether an event or an error.
pub fn decoded(venue: DecodeVenue, source: &Source, now: Timestamp) -> Result<Answer, String> {
    let (place, bytes) = match source {
        Source::Stdin => {
            let place = "standard input".to_owned();
            (place.clone(), captured(&place, std::io::stdin().lock())?)
        }
        Source::File(path) => {
            let place = path.display().to_string();
            let file = File::open(path).map_err(|error| format!("{place}: {error}"))?;
            (place.clone(), captured(&place, file)?)
        }
    };
    let name = match venue {
        DecodeVenue::Kraken => "kraken",
    };
    // A venue's text frames are UTF-8; what is not is shown as such and fails as a message, not as a file.
    let results = decode(name, &String::from_utf8_lossy(&bytes), now);
    let faults = results
        .iter()
        .filter(|result| result.outcome.is_err())
        .count();
    let lines: Vec<String> = results.iter().flat_map(lines_of).collect();
    let rows: Vec<Value> = results.iter().map(row_of).collect();
    let text = if lines.is_empty() {
        format!("{place}: no message in it")
    } else {
        lines.join("\n")
    };
    let json = json!({ "venue": name, "messages": rows, "faults": faults });
    let exit = if faults > 0 || rows.is_empty() {
        Exit::Failed
    } else {
        Exit::Fine
    };
    Ok(Answer::fine(text, json).ending(exit))
}

/// Reads a capture to its end, which must come.
fn captured(place: &str, from: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(CAPTURE_MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("{place}: {error}"))?;
    if bytes.len() as u64 > CAPTURE_MOST {
        return Err(format!(
            "{place}: has more than {CAPTURE_MOST} bytes: cut the capture into parts"
        ));
    }
    Ok(bytes)
}

fn lines_of(result: &Decoded) -> Vec<String> {
    match &result.outcome {
        Ok(events) => events
            .iter()
            .map(|event| format!("{:>4}  ✓ {}", result.line, json!(event)))
            .collect(),
        Err(fault) => vec![format!("{:>4}  ✗ {fault}", result.line)],
    }
}

fn row_of(result: &Decoded) -> Value {
    match &result.outcome {
        Ok(events) => json!({ "line": result.line, "ok": true, "events": events }),
        Err(fault) => json!({ "line": result.line, "ok": false, "error": fault }),
    }
}
