//! The synthetic market: what it says is a pure function of seed, origin and step.
//!
//! Step k happens k/rate seconds after the origin and quotes one symbol; every
//! symbol comes up regularly and some more often. Prices are a level times the
//! exponential of the market's path, the class's and the symbol's own, weighted so
//! that the volatilities and betas of the file come out. No state is carried from
//! step to step, so a market can be taken up anywhere. It trades around the clock.

use std::sync::Arc;
use std::time::Duration;

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::adapter::sim::path::{Path, bell, scramble};
use crate::adapter::sim::{Listing, Motion, NAME, SimSpec, Universe};
use crate::domain::{
    Aggressor, AssetClass, Borrow, IdError, Instrument, Price, Quantity, Quote, Rate, Symbol,
    Timestamp, Trade, VenueId,
};

/// Seconds of a year of markets that never close.
const YEAR_S: f64 = 31_557_600.0;
/// Volatility of the market factor.
pub(super) const MARKET_VOLATILITY: f64 = 0.15;
/// Volatility of the factor shared by a class, where it has one.
pub(super) const CRYPTO_VOLATILITY: f64 = 0.40;
pub(super) const FX_VOLATILITY: f64 = 0.05;
/// The factors move on a grid this fine, so that a flood of quotes does not ask for them each time.
const FACTOR_US: i64 = 1_000;

/// How one symbol moves; the same for all copies of the market.
///
/// Small, for a flood comes to a million of them in no order; its instrument lies elsewhere.
#[derive(Debug)]
struct Mover {
    symbol: Symbol,
    class: AssetClass,
    level: f64,
    tick: f64,
    tick_scale: u32,
    tick_digits: i64,
    market_weight: f64,
    class_weight: f64,
    own_weight: f64,
    half_spread: f64,
    lots_usual: f64,
    lot: Decimal,
    /// What its path grows from.
    seed: u64,
}

/// The factors at one moment.
#[derive(Debug, Clone)]
struct Factors {
    at: i64,
    market: Path,
    crypto: Path,
    fx: Path,
    values: (f64, f64, f64),
}

/// What one step says.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// A quote, always.
    pub quote: Quote,
    /// A print, now and then.
    pub trade: Option<Trade>,
}

/// The synthetic market.
#[derive(Debug, Clone)]
pub struct Market {
    seed: u64,
    rate: u64,
    origin: Timestamp,
    venue: VenueId,
    movers: Arc<[Mover]>,
    /// The reference data of each mover, in the same order.
    instruments: Arc<[Instrument]>,
    /// What borrowing costs of each, where it can be borrowed.
    borrows: Arc<[Option<Borrow>]>,
    /// The path of each mover.
    paths: Vec<Path>,
    stride: u64,
    factors: Factors,
    step: u64,
}

/// Makes up a listing beyond those of the file.
fn made_up(n: usize, seed: u64) -> Option<Listing> {
    // Letters only: a name that ends in digits could read as a future.
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    let all = [n / 456_976, n / 17_576, n / 676, n / 26, n];
    // Four letters name enough until they run out.
    let short = usize::from(n < 456_976);
    let name: String = all.into_iter().skip(short).map(letter).collect();
    let symbol = Symbol::new(format!("Z{name}")).ok()?;
    let bits = scramble(seed ^ scramble(u64::try_from(n).ok()?));
    let part = |shift: u32, range: u64| i64::try_from((bits >> shift) % range).unwrap_or(0);
    let price = Price::new(Decimal::new(500 + part(0, 40_000), 2)).ok()?;
    Some(Listing {
        instrument: Instrument {
            name: format!("Made-up {name}").into(),
            sector: Some("made-up".into()),
            country: Some("US".into()),
            ..Instrument::inferred(&symbol, Price::new(Decimal::new(1, 2)).ok()?)?
        },
        motion: Motion {
            price,
            volatility: 0.15 + part(20, 40) as f64 / 100.0,
            beta: 0.3 + part(30, 15) as f64 / 10.0,
            spread_bps: 1.0 + part(40, 8) as f64,
            borrow_bps: Rate::new(Decimal::new(30 + part(50, 120), 0)).ok(),
        },
    })
}

impl Mover {
    fn new(listing: &Listing, seed: u64, usd: f64) -> Self {
        let instrument = &listing.instrument;
        let motion = listing.motion;
        let class_volatility = match instrument.asset_class {
            AssetClass::Crypto => CRYPTO_VOLATILITY,
            AssetClass::Fx => FX_VOLATILITY,
            AssetClass::Equities
            | AssetClass::Options
            | AssetClass::Futures
            | AssetClass::Prediction
            | AssetClass::Sports => 0.0,
        };
        let per_root_second = |volatility: f64| volatility / YEAR_S.sqrt();
        let market = motion.beta * MARKET_VOLATILITY;
        // A pair quoted against the dollar from the other side moves against the dollar's factor.
        let against = instrument.symbol.as_str().starts_with("USD/");
        let class = if against {
            -class_volatility
        } else {
            class_volatility
        };
        let own = motion.volatility.powi(2) - market.powi(2) - class.powi(2);
        let own = own.max((0.3 * motion.volatility).powi(2)).sqrt();
        let tick = instrument.tick.decimal().normalize();
        let name = instrument.symbol.as_str().bytes();
        let name = name.fold(seed, |hash, byte| scramble(hash ^ u64::from(byte)));
        let level = motion.price.to_f64();
        let lot = match instrument.asset_class {
            // What is shown stands on rounder lots than the smallest that can be traded.
            AssetClass::Fx => Decimal::from(100_000),
            AssetClass::Crypto => Decimal::new(1, if level > 1000.0 { 4 } else { 1 }),
            AssetClass::Equities
            | AssetClass::Options
            | AssetClass::Futures
            | AssetClass::Prediction
            | AssetClass::Sports => instrument.lot.decimal() * Decimal::from(10),
        };
        Self {
            level,
            tick: instrument.tick.to_f64(),
            tick_scale: tick.scale(),
            tick_digits: tick.mantissa().to_i64().unwrap_or(1),
            market_weight: per_root_second(market),
            class_weight: per_root_second(class),
            own_weight: per_root_second(own),
            half_spread: motion.spread_bps / 20_000.0,
            lots_usual: usd / level / lot.to_f64().unwrap_or(1.0),
            lot,
            seed: name,
            class: instrument.asset_class,
            symbol: instrument.symbol.clone(),
        }
    }

    fn price(&self, ticks: f64) -> Price {
        let ticks = ticks.max(2.0).to_i64().unwrap_or(2);
        let digits = ticks.saturating_mul(self.tick_digits);
        Price::new(Decimal::new(digits, self.tick_scale)).unwrap_or(Price::ZERO)
    }

    fn size(&self, bits: u64) -> Quantity {
        let lots = (self.lots_usual * (0.8 * bell(bits)).exp()).clamp(1.0, 1e9);
        let size = Decimal::from(lots.to_i64().unwrap_or(1)) * self.lot;
        Quantity::new(size.normalize()).unwrap_or(Quantity::ZERO)
    }
}

impl Factors {
    fn at(&mut self, us: i64) -> (f64, f64, f64) {
        let us = us - us.rem_euclid(FACTOR_US);
        if us != self.at {
            self.at = us;
            self.values = (self.market.at(us), self.crypto.at(us), self.fx.at(us));
        }
        self.values
    }
}

fn common(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common(b, a % b) }
}

impl Market {
    /// Makes the market of a seed that began at `origin`.
    ///
    /// # Errors
    /// Never in practice: only when the feed's own name were not a valid id.
    pub fn new(spec: SimSpec, universe: &Universe, origin: Timestamp) -> Result<Self, IdError> {
        let listed = universe.listings.iter().cloned();
        let wanted = spec.symbols.unwrap_or(universe.listings.len());
        let further = (0..).map_while(|n| made_up(n, spec.seed));
        let listings: Vec<Listing> = listed.chain(further).take(wanted).collect();
        let movers: Arc<[Mover]> = listings
            .iter()
            .map(|listing| {
                let usd = match listing.instrument.asset_class {
                    AssetClass::Fx => 1_500_000.0,
                    AssetClass::Crypto => 60_000.0,
                    AssetClass::Equities
                    | AssetClass::Options
                    | AssetClass::Futures
                    | AssetClass::Prediction
                    | AssetClass::Sports => 70_000.0,
                };
                Mover::new(listing, spec.seed, usd)
            })
            .collect();
        let count = u64::try_from(movers.len()).unwrap_or(1).max(1);
        // A stride without a common divisor visits every symbol once a round.
        let stride = (count * 5 / 8 + 1..=count * 2).find(|s| common(*s, count) == 1);
        let factor = |name: u64| Path::new(scramble(scramble(spec.seed) ^ name));
        Ok(Self {
            seed: spec.seed,
            rate: spec.rate.max(1),
            origin,
            venue: VenueId::new(NAME)?,
            paths: movers.iter().map(|mover| Path::new(mover.seed)).collect(),
            movers,
            borrows: listings
                .iter()
                .map(|listing| listing.motion.borrow())
                .collect(),
            instruments: listings
                .into_iter()
                .map(|listing| listing.instrument)
                .collect(),
            stride: stride.unwrap_or(1),
            factors: Factors {
                at: i64::MIN,
                market: factor(1),
                crypto: factor(2),
                fx: factor(3),
                values: (0.0, 0.0, 0.0),
            },
            step: 0,
        })
    }

    /// Returns the instruments, in watch order.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.iter()
    }

    /// Returns how many steps happen in a second.
    pub fn rate(&self) -> u64 {
        self.rate
    }

    /// Returns what borrowing costs of each instrument that can be borrowed.
    pub fn borrows(&self) -> impl Iterator<Item = (&Symbol, Borrow)> {
        let pairs = self.movers.iter().zip(self.borrows.iter());
        pairs.filter_map(|(mover, borrow)| Some((&mover.symbol, (*borrow)?)))
    }

    /// Returns the number of the symbol, if the market has it.
    pub fn index_of(&self, symbol: &Symbol) -> Option<usize> {
        let mut instruments = self.instruments();
        instruments.position(|instrument| instrument.symbol == *symbol)
    }

    /// Returns when step `k` happens.
    pub fn time_of(&self, k: u64) -> Timestamp {
        let us = u128::from(k) * 1_000_000 / u128::from(self.rate);
        self.origin
            .plus(Duration::from_micros(u64::try_from(us).unwrap_or(u64::MAX)))
    }

    /// Returns the first step that happens after `at`.
    pub fn step_after(&self, at: Timestamp) -> u64 {
        let us = at.since(self.origin).as_micros();
        let steps = us * u128::from(self.rate) / 1_000_000;
        let step = u64::try_from(steps).unwrap_or(u64::MAX);
        // So many steps share a microsecond, and one is lost to rounding. At the end of the
        // calendar all share the last moment: there is none after it.
        let shared = self.rate / 1_000_000 + 2;
        let later = (step..=step.saturating_add(shared)).find(|step| self.time_of(*step) > at);
        later.unwrap_or(step.saturating_add(shared))
    }

    /// Returns which symbol step `k` quotes.
    pub fn symbol_of(&self, k: u64) -> usize {
        let count = u64::try_from(self.movers.len()).unwrap_or(1).max(1);
        // Every other step goes round; the rest favour the head of the list.
        let index = if k.is_multiple_of(2) {
            (k / 2 % count * self.stride) % count
        } else {
            let part = (scramble(self.seed ^ k) >> 11) as f64 / (1u64 << 53) as f64;
            (part * part * count as f64).to_u64().unwrap_or(0)
        };
        usize::try_from(index.min(count - 1)).unwrap_or(0)
    }

    fn mid(&mut self, index: usize, at: Timestamp) -> Option<f64> {
        // From the origin, not the epoch: the same seed is the same market whenever it begins.
        let us = at.as_us().saturating_sub(self.origin.as_us());
        let (market, crypto, fx) = self.factors.at(us);
        let mover = self.movers.get(index)?;
        let class = if mover.class == AssetClass::Crypto {
            crypto
        } else {
            fx
        };
        let own = self.paths.get_mut(index)?.at(us);
        let log =
            mover.market_weight * market + mover.class_weight * class + mover.own_weight * own;
        Some(mover.level * log.exp())
    }

    /// Returns the middle price of a symbol at any moment, on the grid of its tick.
    pub fn mid_at(&mut self, index: usize, at: Timestamp) -> Option<Price> {
        let mid = self.mid(index, at)?;
        let mover = self.movers.get(index)?;
        Some(mover.price((mid / mover.tick).round()))
    }

    /// Returns the quote of a symbol at any moment; `salt` varies sizes and spread.
    pub fn quote_at(&mut self, index: usize, at: Timestamp, salt: u64) -> Option<Quote> {
        let mid = self.mid(index, at)?;
        let mover = self.movers.get(index)?;
        let mut random = Xoshiro256PlusPlus::seed_from_u64(self.seed ^ scramble(salt));
        // The spread keeps returning to its usual width.
        let half = mid * mover.half_spread * (0.45 * bell(random.next_u64())).exp();
        let bid = ((mid - half) / mover.tick).floor();
        let ask = ((mid + half) / mover.tick).ceil().max(bid + 1.0);
        Some(Quote {
            symbol: mover.symbol.clone(),
            bid: mover.price(bid),
            ask: mover.price(ask),
            bid_size: mover.size(random.next_u64()),
            ask_size: mover.size(random.next_u64()),
            venue: self.venue.clone(),
            timestamp: at,
        })
    }

    /// Returns what step `k` says.
    pub fn said(&mut self, k: u64) -> Option<Said> {
        let quote = self.quote_at(self.symbol_of(k), self.time_of(k), k)?;
        let bits = scramble(self.seed.rotate_left(17) ^ k);
        let trade = bits.is_multiple_of(8).then(|| {
            let buy = bits & 0x100 == 0;
            let standing = if buy { quote.ask_size } else { quote.bid_size };
            let mover = self.movers.get(self.symbol_of(k));
            let size = mover.map_or(standing, |mover| mover.size(bits >> 9).min(standing));
            Trade {
                trade_id: format!("SIM-{k}").into(),
                symbol: quote.symbol.clone(),
                price: if buy { quote.ask } else { quote.bid },
                size,
                side: Some(if buy { Aggressor::Buy } else { Aggressor::Sell }),
                venue: quote.venue.clone(),
                timestamp: quote.timestamp,
            }
        });
        Some(Said { quote, trade })
    }

    /// Takes the market up at `at`, forgetting the steps before.
    pub fn skip_to(&mut self, at: Timestamp) {
        self.step = self.step_after(at);
    }

    /// Returns the number of the next step.
    pub fn next_step(&self) -> u64 {
        self.step
    }

    /// Returns when the next step happens.
    pub fn next_at(&self) -> Timestamp {
        self.time_of(self.step)
    }

    /// Moves on to `until` and hands over what the steps on the way say, at most `most` of them.
    pub fn run_until(&mut self, until: Timestamp, most: usize, mut hear: impl FnMut(Said)) {
        for _ in 0..most {
            if self.next_at() > until {
                return;
            }
            let step = self.step;
            self.step += 1;
            if let Some(said) = self.said(step) {
                hear(said);
            }
        }
    }
}

/// The market, shared by the feed's answers; each stream has a copy of its own.
pub(super) type SharedMarket = Arc<std::sync::Mutex<Market>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_at_the_end_of_the_calendar_does_not_look_for_a_step_after_it() {
        let universe = Universe::parse(include_str!("../../../config/universe.toml")).unwrap();
        let (first, last) = (Timestamp::from_us(i64::MIN), Timestamp::from_us(i64::MAX));
        for (origin, now) in [(first, last), (last, last), (last, first)] {
            let mut market = Market::new(SimSpec::default(), &universe, origin).unwrap();
            market.skip_to(now);
            assert!(market.next_at() >= origin.max(now), "{origin} to {now}");
        }
    }
}
