//! The market of a day: a few symbols that walk, stall and now and then say nonsense.

use mts1b_desk::domain::{Instrument, Price, Quantity, Quote, Symbol, Timestamp};
use rust_decimal::Decimal;

use super::dice::Dice;
use super::weather::Weather;
use super::{lenient, read};

/// One symbol that is quoted.
#[derive(Debug)]
struct Stock {
    symbol: Symbol,
    /// Decimals of its prices.
    decimals: u32,
    /// Its mid, in ticks.
    mid: i64,
    /// Units at the touch at most.
    size: i64,
    /// Rounds it says nothing for.
    stalled: u64,
}

/// Who hears a quote.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    pub desk: bool,
    pub venue: bool,
}

/// Every symbol that is quoted.
#[derive(Debug)]
pub struct Pit {
    dice: Dice,
    stocks: Vec<Stock>,
}

/// Symbol, decimals of price, mid in ticks, units at the touch, lot.
const LISTED: [(&str, u32, i64, i64, &str); 5] = [
    ("ACME", 2, 19_000, 400, "1"),
    ("ZETA", 2, 1_250, 3_000, "1"),
    ("BTC-USD", 1, 600_000, 2, "0.0001"),
    ("EUR/USD", 5, 108_000, 90_000, "1"),
    ("USD/JPY", 3, 150_000, 90_000, "1"),
];

impl Pit {
    pub fn new(dice: Dice) -> Self {
        let stock = |(symbol, decimals, mid, size, _): (&str, u32, i64, i64, &str)| Stock {
            symbol: read(symbol),
            decimals,
            mid,
            size,
            stalled: 0,
        };
        Self {
            dice,
            stocks: LISTED.into_iter().map(stock).collect(),
        }
    }

    pub fn symbols() -> Vec<Symbol> {
        LISTED.iter().map(|listed| read(listed.0)).collect()
    }

    pub fn instruments() -> Vec<Instrument> {
        let instrument = |(symbol, decimals, _, _, lot): (&str, u32, i64, i64, &str)| {
            let symbol: Symbol = read(symbol);
            let tick = Price::new(Decimal::new(1, decimals)).unwrap();
            Instrument {
                lot: read(lot),
                sector: Some(symbol.asset_class().as_str().into()),
                country: Some("US".into()),
                ..Instrument::inferred(&symbol, tick).unwrap()
            }
        };
        LISTED.into_iter().map(instrument).collect()
    }

    /// Returns the quotes of a round and who hears each.
    pub fn round(&mut self, weather: &Weather, now: Timestamp) -> Vec<(Quote, Heard)> {
        let dice = &mut self.dice;
        if dice.chance(weather.jump) {
            let part = 100 + dice.within(-25, 25);
            for stock in &mut self.stocks {
                stock.mid = (stock.mid * part / 100).max(100);
            }
        }
        let mut quotes = Vec::new();
        for stock in &mut self.stocks {
            if stock.stalled > 0 {
                stock.stalled -= 1;
                continue;
            }
            if dice.chance(weather.stall) {
                stock.stalled = dice.below(30);
            }
            if dice.chance(400) {
                continue;
            }
            let step = (stock.mid / 500).max(2);
            stock.mid = (stock.mid + dice.within(-step, step)).max(100);
            let quote = quote(stock, dice, weather, now);
            let deaf = dice.chance(weather.stall);
            let desk = !deaf || dice.chance(500);
            quotes.push((
                quote,
                Heard {
                    desk,
                    venue: !deaf || !desk,
                },
            ));
        }
        quotes
    }
}

fn quote(stock: &Stock, dice: &mut Dice, weather: &Weather, now: Timestamp) -> Quote {
    let half = dice.within(0, (stock.mid / 2_000).max(1));
    let (mut bid, mut ask) = (stock.mid - half, stock.mid + half);
    if dice.chance(weather.bad_quote) {
        (bid, ask) = match dice.below(5) {
            0 => (ask + 1, bid),
            1 => (0, ask),
            2 => (-bid, ask),
            3 => (bid, ask * 2),
            _ => (bid * 3, ask * 3),
        };
    }
    let price = |ticks: i64| Price::new(Decimal::new(ticks, stock.decimals)).unwrap_or_default();
    let mut size = || lenient(Quantity::new(Decimal::from(dice.within(0, stock.size))));
    Quote {
        symbol: stock.symbol.clone(),
        bid: price(bid),
        ask: price(ask),
        bid_size: size(),
        ask_size: size(),
        venue: read("pit"),
        timestamp: now,
    }
}
