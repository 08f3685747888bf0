//! Made-up daily bars of the years before the desk was started: so that there is a history to compute from.
//!
//! What a day brings depends on the seed, the symbol and the date alone, so the same date has the same return
//! whenever it is asked for; only the level moves, for the last close meets the price the market has now. Calm
//! and stress alternate in spells of weeks: under stress the market moves more than twice as much, and symbols
//! move together. Classes and sectors have a factor each, symbols slow trends of their own. What is not crypto
//! rests on weekends. The ticking market knows nothing of this past; its path begins with the books.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::adapter::sim::market::{CRYPTO_VOLATILITY, FX_VOLATILITY, MARKET_VOLATILITY};
use crate::adapter::sim::path::{bell, scramble};
use crate::adapter::sim::{Listing, Universe};
use crate::domain::{AssetClass, Bar, Interval, Price, Quantity, Timestamp};

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;
/// Days of a year that trade: of what rests on weekends, and of what does not.
const YEAR: (f64, f64) = (252.0, 365.0);
/// From this on the slow noise that spells are made of means stress: spells of weeks, with months of calm between them.
const STRESS_FROM: f64 = 0.7;
/// How much more the market moves in calm and under stress, and how much more everything else does.
const MARKET_MOVES: (f64, f64) = (0.85, 2.3);
const OWN_MOVES: (f64, f64) = (0.95, 1.35);
/// What the market gains in a year of calm and in a year of stress.
const DRIFT: (f64, f64) = (0.12, -0.35);
/// Of the variance that is no market's and no class's, the part that a sector shares.
const SECTOR_PART: f64 = 0.3;
/// Slow trends of a symbol, in volatilities a year.
const TREND: f64 = 0.8;
/// Names that seeds of factors grow from.
const MARKET: u64 = 0x6d61_726b;
const STRESS: u64 = 0x7374_7265;

/// The past of a universe.
#[derive(Debug, Clone, Copy)]
pub struct Daily<'a> {
    /// Whose.
    pub universe: &'a Universe,
    /// The same seed gives the same past.
    pub seed: u64,
    /// The last UTC day that is over, counted from the epoch.
    pub last: i64,
    /// Days of the calendar, weekends among them.
    pub days: u16,
}

impl Daily<'_> {
    /// Returns the bars of what is listed, oldest first; the last closes at `level`.
    pub fn bars(&self, listing: &Listing, level: Price) -> Vec<Bar> {
        let mut bars: Vec<Bar> = self.newest_first(listing, level).collect();
        bars.reverse();
        bars
    }

    /// Returns the same bars, newest first, each made when it is asked for.
    pub fn newest_first(&self, listing: &Listing, level: Price) -> impl Iterator<Item = Bar> {
        let walker = Walker::new(listing, self.seed);
        let mut close = level.to_f64();
        let last = self.last;
        // Backwards from the price that is known.
        let days = (0..i64::from(self.days)).map(move |back| last.saturating_sub(back));
        days.filter_map(move |day| {
            if !walker.trades(day) {
                return None;
            }
            let before = close * (-walker.gain(day)).exp();
            let bar = walker.bar(listing, day, before, close);
            close = before;
            bar
        })
    }
}

/// Returns true when a day of the past of that seed is one of stress.
pub fn is_stressed(seed: u64, day: i64) -> bool {
    let seed = scramble(seed ^ STRESS);
    slow(seed, day, 96) + 0.5 * slow(scramble(seed), day, 24) > STRESS_FROM
}

/// Returns a bell-shaped number of a day.
fn daily(seed: u64, day: i64) -> f64 {
    bell(scramble(seed ^ u64::from_ne_bytes(day.to_ne_bytes())))
}

/// Returns noise that changes over so many days, straight between its values.
fn slow(seed: u64, day: i64, period: i64) -> f64 {
    let (cell, part) = (day.div_euclid(period), day.rem_euclid(period));
    let part = part as f64 / period as f64;
    daily(seed, cell) * (1.0 - part) + daily(seed, cell.saturating_add(1)) * part
}

fn named(seed: u64, name: &str) -> u64 {
    let bytes = name.bytes();
    bytes.fold(scramble(seed), |hash, byte| {
        scramble(hash ^ u64::from(byte))
    })
}

/// How one symbol moves from day to day.
struct Walker {
    seed: u64,
    class: AssetClass,
    year: f64,
    market: f64,
    group: (u64, f64),
    sector: (u64, f64),
    own: (u64, f64),
    /// What a day's trade is worth, in USD.
    usd: f64,
}

impl Walker {
    fn new(listing: &Listing, seed: u64) -> Self {
        let (instrument, motion) = (&listing.instrument, listing.motion);
        let class = instrument.asset_class;
        let (group, usd, year) = match class {
            AssetClass::Crypto => (CRYPTO_VOLATILITY, 8e8, YEAR.1),
            AssetClass::Fx => (FX_VOLATILITY, 2e10, YEAR.0),
            AssetClass::Equities
            | AssetClass::Options
            | AssetClass::Futures
            | AssetClass::Prediction
            | AssetClass::Sports => (0.0, 2e9, YEAR.0),
        };
        let market = motion.beta * MARKET_VOLATILITY;
        let rest = motion.volatility.powi(2) - market.powi(2) - group.powi(2);
        let rest = rest.max((0.3 * motion.volatility).powi(2));
        let sector = instrument.sector.as_deref().filter(|_| group == 0.0);
        let shared = if sector.is_some() { SECTOR_PART } else { 0.0 };
        let own = named(seed, instrument.symbol.as_str());
        let a_day = year.sqrt();
        // A pair quoted against the dollar from the other side moves against the dollar's factor.
        let against = instrument.symbol.as_str().starts_with("USD/");
        let group = if against { -group } else { group };
        Self {
            seed,
            class,
            year,
            market: motion.beta,
            group: (named(seed, class.as_str()), group / a_day),
            sector: (
                named(seed, sector.unwrap_or_default()),
                (rest * shared).sqrt() / a_day,
            ),
            own: (own, (rest * (1.0 - shared)).sqrt() / a_day),
            usd: usd * (0.8 * bell(scramble(own))).exp(),
        }
    }

    /// Monday is 0: the epoch was a Thursday.
    fn trades(&self, day: i64) -> bool {
        self.class == AssetClass::Crypto || day.saturating_add(3).rem_euclid(7) < 5
    }

    /// Returns what a day gains, as a logarithm.
    fn gain(&self, day: i64) -> f64 {
        let stressed = is_stressed(self.seed, day);
        let of = |pair: (f64, f64)| if stressed { pair.1 } else { pair.0 };
        let market = MARKET_VOLATILITY / self.year.sqrt() * of(MARKET_MOVES);
        let market = market * daily(scramble(self.seed ^ MARKET), day) + of(DRIFT) / self.year;
        let moves = |(seed, weight): (u64, f64)| of(OWN_MOVES) * weight * daily(seed, day);
        let trend = TREND * self.own.1 / self.year.sqrt() * slow(scramble(self.own.0), day, 180);
        self.market * market + moves(self.group) + moves(self.sector) + moves(self.own) + trend
    }

    fn bar(&self, listing: &Listing, day: i64, before: f64, close: f64) -> Option<Bar> {
        let instrument = &listing.instrument;
        let tick = instrument.tick.to_f64();
        let price = |value: f64| {
            let ticks = Decimal::from_f64((value / tick).round().max(1.0))?;
            Price::new(ticks.checked_mul(instrument.tick.decimal())?.normalize()).ok()
        };
        let salt = |n: u64| daily(scramble(self.own.0 ^ n), day);
        let wide = self.own.1.max(0.002);
        let open = before * (0.3 * wide * salt(1)).exp();
        let high = open.max(close) * (0.4 * wide * salt(2).abs()).exp();
        let low = open.min(close) * (-0.4 * wide * salt(3).abs()).exp();
        let busy = (0.35 * salt(4)).exp() * (1.0 + (close / before).ln().abs() / wide * 0.3);
        let volume = Decimal::from_f64((self.usd * busy / close).round().max(1.0))?;
        Some(Bar {
            symbol: instrument.symbol.clone(),
            interval: Interval::D1,
            open: price(open)?,
            high: price(high)?,
            low: price(low)?,
            close: price(close)?,
            volume: Quantity::new(volume).ok()?,
            vwap: None,
            n_trades: None,
            timestamp: Timestamp::from_us(day.saturating_add(1).saturating_mul(DAY_US)),
        })
    }
}
