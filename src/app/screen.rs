//! What the screen is made with: theme, keys, marks, and the way its commands take.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::app::rebalance::REBALANCE;
use crate::app::setup::{BY_HAND, Setup};
use crate::base::bounded;
use crate::bus::Bus;
use crate::config::{Paths, Settings, read_text};
use crate::domain::{IdError, Money, OrderType, StrategyId, TimeInForce};
use crate::engine::Snapshot;
use crate::event::{Command, Source};
use crate::order::basket::BasketSettings;
use crate::portfolio::live::LiveSettings;
use crate::ui::desk::{CommandSink, Desk, DeskSettings};
use crate::ui::glyph::Glyphs;
use crate::ui::keymap::Keymap;
use crate::ui::layout::Layout;
use crate::ui::pane::ticket::Slip;
use crate::ui::theme::{ColorDepth, Palette, Theme};

/// Returns what baskets are made with: the bands of the settings, as market orders of the day.
///
/// # Errors
/// When the least amount is not one of money.
pub fn baskets(settings: &LiveSettings, person: &str) -> anyhow::Result<BasketSettings> {
    let least = Decimal::try_from(settings.min_notional_usd)?;
    Ok(BasketSettings {
        drift: settings.drift,
        min_notional_usd: Money::new(least)?,
        strategy_id: StrategyId::new(REBALANCE)?,
        actor: person.to_owned(),
        order_type: OrderType::Market,
        tif: TimeInForce::Day,
    })
}

/// Makes the desk's screen over its first snapshot.
///
/// # Errors
/// When theme, keys or layout cannot be used.
pub fn desk(setup: &Setup, paths: &Paths, bus: &Bus, first: Arc<Snapshot>) -> anyhow::Result<Desk> {
    let set = setup.settings.desk();
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    // xterm shows 24-bit colour since patch 331 but takes COLORTERM out of its children's environment.
    let xterm = env("XTERM_VERSION")
        .and_then(|text| text.strip_prefix("XTerm(")?.strip_suffix(')')?.parse().ok());
    let direct = xterm.is_some_and(|patch: u32| patch >= 331)
        && env("TERM").is_some_and(|term| term.starts_with("xterm"));
    let colorterm = env("COLORTERM").or_else(|| direct.then(|| "truecolor".to_owned()));
    let depth = ColorDepth::detect(
        colorterm.as_deref(),
        env("TERM").as_deref(),
        env("NO_COLOR").as_deref(),
    );
    let locale = env("LC_ALL")
        .or_else(|| env("LC_CTYPE"))
        .or_else(|| env("LANG"));
    let person = env("USER")
        .or_else(|| env("LOGNAME"))
        .unwrap_or_else(|| "trader".to_owned());
    let settings = DeskSettings {
        actor: person.clone(),
        strategy_id: StrategyId::new(BY_HAND)?,
        order_type: OrderType::Market,
        tif: TimeInForce::Day,
        slip: Slip {
            ticks: set.slip_ticks,
            bps: set.slip_bps,
        },
        motion: set.motion,
        glyphs: Glyphs::detect(locale.as_deref()),
        layouts: Layout::shipped()?,
        basket: baskets(&setup.settings.portfolio().live, &person)?,
        read_file,
    };
    let palette = palette(paths.config(), set.theme.as_str()).map_err(anyhow::Error::msg)?;
    let keymap = keymap(paths.config()).map_err(anyhow::Error::msg)?;
    let sink = ToEngine {
        bus: bus.clone(),
        person: Source::Person(person.into()),
        read_only: set.read_only,
    };
    let mut desk = Desk::new(
        settings,
        Theme::new(&palette, depth),
        keymap,
        Arc::clone(&setup.ids),
        Box::new(sink),
        first,
    );
    desk.show_layout(&set.layout);
    Ok(desk)
}

/// The largest file that is read by hand.
const FILE_MOST: u64 = 64 << 10;

/// Reads a text file that a person names.
fn read_file(path: &str) -> Result<String, String> {
    let read = bounded::file(Path::new(path), FILE_MOST).map_err(|error| error.to_string())?;
    String::from_utf8(read).map_err(|_| "is no UTF-8 text".to_owned())
}

/// Checks what the screen will need before the terminal is taken.
///
/// # Errors
/// With the first thing that cannot be used, in words.
pub fn check(paths: &Paths, settings: &Settings) -> Result<(), String> {
    match problems(paths.config(), settings).into_iter().next() {
        None => Ok(()),
        Some((words, _)) => Err(words),
    }
}

/// Returns what is wrong with theme, keys, layout and strategy: words and the same as JSON.
pub fn problems(folder: Option<&Path>, settings: &Settings) -> Vec<(String, Value)> {
    let set = settings.desk();
    let mut found = Vec::new();
    found.extend(palette(folder, set.theme.as_str()).err());
    found.extend(keymap(folder).err());
    match Layout::shipped() {
        Err(error) => found.push(error.to_string()),
        Ok(layouts)
            if !layouts
                .iter()
                .any(|layout| layout.title().eq_ignore_ascii_case(&set.layout)) =>
        {
            let names: Vec<String> = layouts
                .iter()
                .map(|layout| layout.title().to_lowercase())
                .collect();
            found.push(format!(
                "layout '{}' is not one of {}",
                set.layout,
                names.join(", ")
            ));
        }
        Ok(_) => {}
    }
    found.extend(
        StrategyId::new(BY_HAND)
            .err()
            .map(|error: IdError| error.to_string()),
    );
    found
        .into_iter()
        .map(|words| (words.clone(), json!({ "text": words })))
        .collect()
}

/// Reads a theme: the user's file of that name, or a shipped one.
fn palette(folder: Option<&Path>, name: &str) -> Result<Palette, String> {
    let own = folder.map(|folder| folder.join("themes").join(format!("{name}.toml")));
    if let Some((path, text)) = own_text(own)? {
        return Palette::parse(&path, &text).map_err(|error| error.to_string());
    }
    Palette::shipped(name).map_err(|error| error.to_string())
}

fn keymap(folder: Option<&Path>) -> Result<Keymap, String> {
    match own_text(folder.map(|folder| folder.join("keymap.toml")))? {
        None => Keymap::new(None).map_err(|error| error.to_string()),
        Some((path, text)) => Keymap::new(Some(&text)).map_err(|error| format!("{path}: {error}")),
    }
}

/// Reads a file of the user's, where there is one: its name and its text.
fn own_text(path: Option<PathBuf>) -> Result<Option<(String, String)>, String> {
    let Some(path) = path else {
        return Ok(None);
    };
    let text = read_text(&path).map_err(|error| error.to_string())?;
    Ok(text.map(|text| (path.display().to_string(), text)))
}

/// The screen's way to the engine.
#[derive(Debug)]
struct ToEngine {
    bus: Bus,
    person: Source,
    read_only: bool,
}

impl CommandSink for ToEngine {
    fn send(&mut self, command: Command) -> Result<(), String> {
        if self.read_only {
            return Err("this desk is read-only: start it without --read-only to trade".to_owned());
        }
        self.bus
            .command(self.person.clone(), command)
            .map_err(|refused| refused.to_string())
    }
}
