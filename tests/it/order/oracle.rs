//! A slow, obvious judge to hold the gates against: whole numbers, and the whole book added up for every question.
//!
//! Shares nothing with the gates but the names of their codes. Money is in millionths
//! of a dollar, ratios in billionths of NAV, so every limit is compared exactly. A scene
//! is drawn from a seed; of each limit it is asked a unit on either side of where it binds.

use std::sync::Arc;

use mts1b_desk::domain::{
    Borrow, Currency, Instrument, Money, Order, OrderType, Price, Quantity, Rate, RejectionCode,
    RiskEnvelope, Side, Symbol,
};
use mts1b_desk::event::{Asks, RateLimits, Seen};
use mts1b_desk::order::exposure::Exposure;
use mts1b_desk::order::gate::{GateInput, Gates, Limits, Own, refusal};
use mts1b_desk::order::oms::Orders;
use mts1b_desk::order::rate::Rates;
use mts1b_desk::protocol::Capability;
use rust_decimal::Decimal;

use crate::support::build::{self, noon, read};

/// Millionths of a dollar in one cent at a rate of one to one, in ten-thousandths.
const RATE_ONE: i128 = 10_000;
/// Billionths in one.
const NANO: i128 = 1_000_000_000;

/// What is held and works of one symbol.
#[derive(Debug, Clone)]
struct Line {
    symbol: Symbol,
    sector: Option<&'static str>,
    country: Option<&'static str>,
    held: i128,
    buys: i128,
    sells: i128,
    /// Its mid in cents, where known.
    cents: Option<i128>,
    /// Its currency in dollars, in ten-thousandths, where known.
    rate: Option<i128>,
}

/// Limits, in the judge's own units.
#[derive(Debug, Clone)]
pub struct Bounds {
    position: i128,
    position_usd: Option<i128>,
    gross: i128,
    net: i128,
    sector: i128,
    class: i128,
    country: i128,
    order_usd: i128,
    order_units: Option<i128>,
    stale_ms: i128,
    borrow_hundredths: i128,
    shorting: bool,
    locate: bool,
}

/// One question.
#[derive(Debug, Clone)]
pub struct Scene {
    book: Arc<[Line]>,
    /// Millionths of a dollar; none where a rate is missing.
    cash: Option<i128>,
    side: Side,
    units: i128,
    limit_cents: Option<i128>,
    /// Half the spread of the first line's quote, in cents.
    half_spread: i128,
    quote_age: Option<i128>,
    rate_age: Option<i128>,
    halted: bool,
    /// Hundredths of a basis point, units there are, units located.
    borrow: Option<(i128, Option<i128>, Option<i128>)>,
    bounds: Bounds,
}

/// A stream of numbers from a seed.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, most: i128) -> i128 {
        i128::from(self.next()).rem_euclid(most.max(1))
    }

    fn one_in(&mut self, n: i128) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(i128::try_from(list.len()).unwrap())).unwrap()]
    }

    fn maybe<T>(&mut self, missing_one_in: i128, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let there = !self.one_in(missing_one_in);
        there.then(|| draw(self))
    }
}

const NAMES: [&str; 8] = [
    "AAPL", "MSFT", "BTC-USD", "EUR/USD", "XOM", "700:XHKG", "ESZ26", "ETH-USD",
];
const SECTORS: [&str; 3] = ["technology", "energy", "other"];
const COUNTRIES: [&str; 3] = ["US", "HK", "none"];

impl Scene {
    /// Draws a scene.
    pub fn drawn(dice: &mut Dice) -> Self {
        let count = usize::try_from(1 + dice.below(7)).unwrap();
        let mut names = NAMES;
        for at in (1..names.len()).rev() {
            let other = usize::try_from(dice.below(i128::try_from(at + 1).unwrap())).unwrap();
            names.swap(at, other);
        }
        let book: Arc<[Line]> = names[..count].iter().map(|name| line(name, dice)).collect();
        let millions = 1_000_000 * 1_000_000;
        let mut scene = Self {
            book,
            cash: Some(0),
            side: dice.of(&Side::ALL),
            units: 1 + dice.below(400),
            limit_cents: None,
            half_spread: dice.below(20),
            quote_age: dice.maybe(60, dice_age),
            rate_age: None,
            halted: dice.one_in(12),
            borrow: None,
            bounds: Bounds {
                position: dice.below(NANO),
                position_usd: None,
                gross: dice.below(3 * NANO),
                net: dice.below(3 * NANO) - NANO / 2,
                sector: dice.below(2 * NANO),
                class: dice.below(2 * NANO),
                country: dice.below(2 * NANO),
                order_usd: dice.below(millions / 2),
                order_units: None,
                stale_ms: 5000,
                borrow_hundredths: dice.below(40_000),
                shorting: !dice.one_in(3),
                locate: dice.one_in(4),
            },
        };
        // Mostly a round NAV, so that ratios meet their limits to the last digit.
        let held: Option<i128> = scene.book.iter().map(Line::value).sum();
        let whole = millions * (1 + dice.below(4));
        scene.cash = match held {
            Some(held) if !dice.one_in(4) => Some(whole - held),
            Some(_) | None => dice.maybe(30, |dice| dice.below(3 * millions) - millions / 10),
        };
        if dice.one_in(2) {
            scene.limit_cents = Some(1 + dice.below(40_000));
        }
        if dice.one_in(3) {
            scene.bounds.position_usd = Some(dice.below(millions / 4));
        }
        if dice.one_in(4) {
            scene.bounds.order_units = Some(dice.below(500));
        }
        if dice.one_in(3) {
            scene.rate_age = Some(dice_age(dice));
        }
        if !dice.one_in(5) {
            let fee = dice.below(40_000);
            let available = dice.one_in(3).then(|| dice.below(600));
            let located = dice.one_in(2).then(|| dice.below(600));
            scene.borrow = Some((fee, available, located));
        }
        // Where everything is wide, the limit that is set next is the one that binds.
        if dice.one_in(2) {
            scene.widen();
        }
        scene
    }

    /// Lifts every limit out of the way.
    fn widen(&mut self) {
        let wide = 4_000 * NANO;
        let bounds = &mut self.bounds;
        (bounds.position, bounds.gross, bounds.net) = (wide, wide, wide);
        // Below that of gross, so that they are asked at all.
        (bounds.sector, bounds.class, bounds.country) = (wide - 1, wide - 1, wide - 1);
        bounds.order_usd = wide * 1_000;
        (bounds.position_usd, bounds.order_units) = (None, None);
        bounds.borrow_hundredths = 100_000_000;
        (bounds.shorting, self.halted) = (true, false);
    }

    /// Sets one limit to a unit below, at, and a unit above where this order meets it.
    pub fn edges(&self) -> Vec<Self> {
        let mut scenes = Vec::new();
        let mut at = |set: &dyn Fn(&mut Bounds, i128)| {
            for step in -1..=1 {
                let mut scene = self.clone();
                set(&mut scene.bounds, step);
                scenes.push(scene);
            }
        };
        let Some(sums) = self.sums() else {
            return scenes;
        };
        // The last billionth that is not above the value, which is where a ratio of it is met or missed.
        let ratio = |value: i128| (value * NANO).div_euclid(sums.nav.max(1));
        at(&|bounds, step| bounds.position = ratio(sums.position) + step);
        at(&|bounds, step| bounds.position_usd = Some(sums.position + step));
        at(&|bounds, step| bounds.gross = ratio(sums.gross) + step);
        at(&|bounds, step| bounds.net = ratio(sums.net) + step);
        at(&|bounds, step| bounds.sector = ratio(sums.sector) + step);
        at(&|bounds, step| bounds.class = ratio(sums.class) + step);
        at(&|bounds, step| bounds.country = ratio(sums.country) + step);
        at(&|bounds, step| bounds.order_usd = sums.notional.unwrap_or(0) + step);
        at(&|bounds, step| bounds.order_units = Some(self.units + step));
        // No age is below nothing.
        at(&|bounds, step| bounds.stale_ms = (self.quote_age.unwrap_or(0) + step).max(0));
        at(&|bounds, step| bounds.borrow_hundredths = self.borrow.map_or(0, |it| it.0) + step);
        scenes
    }
}

fn dice_age(dice: &mut Dice) -> i128 {
    dice.below(5_200)
}

fn line(name: &str, dice: &mut Dice) -> Line {
    let flat = dice.one_in(4);
    let works = dice.one_in(2);
    Line {
        symbol: read(name),
        sector: dice.maybe(8, |dice| dice.of(&SECTORS)),
        country: dice.maybe(8, |dice| dice.of(&COUNTRIES)),
        held: if flat { 0 } else { dice.below(600) - 300 },
        buys: if works { dice.below(200) } else { 0 },
        sells: if works { dice.below(200) } else { 0 },
        cents: dice.maybe(40, |dice| 20 + dice.below(30_000)),
        rate: dice.maybe(60, |dice| dice.of(&[RATE_ONE, RATE_ONE, 12_345, 65])),
    }
}

impl Line {
    /// What one unit is worth, in millionths of a dollar.
    fn unit(&self) -> Option<i128> {
        Some(self.cents? * self.rate?)
    }

    /// What is held is worth; nothing held is worth nothing, whatever its price.
    fn value(&self) -> Option<i128> {
        if self.held == 0 {
            return Some(0);
        }
        Some(self.held * self.unit()?)
    }

    /// The worse of all buys done and all sells done; nothing at stake is worth nothing.
    fn worst(&self) -> Option<(i128, i128, i128)> {
        if (self.held, self.buys, self.sells) == (0, 0, 0) {
            return Some((0, 0, 0));
        }
        let unit = self.unit()?;
        let high = (self.held + self.buys) * unit;
        let low = (self.held - self.sells) * unit;
        Some((high.abs().max(low.abs()), high, low))
    }
}

/// What the order would make of the book, at worst.
struct Sums {
    nav: i128,
    position: i128,
    gross: i128,
    net: i128,
    sector: i128,
    class: i128,
    country: i128,
    notional: Option<i128>,
}

impl Scene {
    fn own(&self) -> &Line {
        &self.book[0]
    }

    fn buys(&self) -> bool {
        matches!(self.side, Side::Buy | Side::Cover)
    }

    fn touch(&self) -> Option<i128> {
        let mid = self.own().cents?;
        Some(if self.buys() {
            mid + self.half_spread
        } else {
            mid - self.half_spread
        })
    }

    fn notional(&self) -> Option<i128> {
        let dearest = match (self.touch(), self.limit_cents) {
            (Some(touch), Some(limit)) => touch.max(limit),
            (Some(price), None) | (None, Some(price)) => price,
            (None, None) => return None,
        };
        Some(dearest * self.own().rate? * self.units)
    }

    fn nav(&self) -> Option<i128> {
        let held: Option<i128> = self.book.iter().map(Line::value).sum();
        Some(self.cash? + held?)
    }

    fn reduces(&self) -> bool {
        let own = self.own();
        if self.buys() {
            own.held < 0 && self.units + own.buys <= -own.held
        } else {
            own.held > 0 && self.units + own.sells <= own.held
        }
    }

    /// Adds the whole book up; none where anything that counts is unknown.
    fn sums(&self) -> Option<Sums> {
        let own = self.own();
        let unit = own.unit()?;
        let (towards, against) = if self.buys() {
            (own.held + own.buys + self.units, own.sells - own.held)
        } else {
            (own.sells + self.units - own.held, own.held + own.buys)
        };
        let position = towards * unit;
        let worst = towards.max(against) * unit;
        let (mut gross, mut net) = (worst, position);
        let (mut sector, mut class, mut country) = (worst, worst, worst);
        for other in &self.book[1..] {
            let (far, high, low) = other.worst()?;
            gross += far;
            net += if self.buys() { high } else { -low };
            if other.sector.is_none() || other.sector == own.sector {
                sector += far;
            }
            if other.symbol.asset_class() == own.symbol.asset_class() {
                class += far;
            }
            if other.country.is_none() || other.country == own.country {
                country += far;
            }
        }
        Some(Sums {
            nav: self.nav()?,
            position,
            gross,
            net,
            sector,
            class,
            country,
            notional: self.notional(),
        })
    }

    /// Judges by adding everything up.
    pub fn judged(&self) -> Option<RejectionCode> {
        let reduces = self.reduces();
        self.of_one_order(reduces)
            .or_else(|| if reduces { None } else { self.of_the_book() })
            .or_else(|| (self.halted && !reduces).then_some(RejectionCode::FundHalted))
            .or_else(|| self.of_shorting())
    }

    fn of_one_order(&self, reduces: bool) -> Option<RejectionCode> {
        use RejectionCode as Code;
        let (own, bounds) = (self.own(), &self.bounds);
        if self.limit_cents == Some(0) {
            return Some(Code::SchemaInvalid);
        }
        if !reduces {
            if own.cents.is_none() || own.rate.is_none() {
                return Some(Code::NoReferencePrice);
            }
            let Some(age) = self.quote_age else {
                return Some(Code::StaleQuote);
            };
            if age > bounds.stale_ms || self.rate_age.is_some_and(|age| age > bounds.stale_ms) {
                return Some(Code::StaleQuote);
            }
        }
        if bounds.order_units.is_some_and(|most| self.units > most) {
            return Some(Code::MaxOrderQty);
        }
        let over = self
            .notional()
            .is_some_and(|worth| worth > bounds.order_usd);
        over.then_some(Code::MaxOrderNotional)
    }

    fn of_the_book(&self) -> Option<RejectionCode> {
        use RejectionCode as Code;
        let bounds = &self.bounds;
        let Some(sums) = self.sums() else {
            return Some(Code::NoReferencePrice);
        };
        if sums.nav <= 0 {
            return Some(Code::MaxPositionPct);
        }
        let over = |value: i128, ratio: i128| value * NANO > ratio * sums.nav;
        if over(sums.position, bounds.position) {
            return Some(Code::MaxPositionPct);
        }
        if bounds.position_usd.is_some_and(|most| sums.position > most) {
            return Some(Code::MaxPositionUsd);
        }
        if over(sums.gross, bounds.gross) {
            return Some(Code::MaxGross);
        }
        if (self.buys() || bounds.net >= 0) && over(sums.net, bounds.net) {
            return Some(Code::MaxNet);
        }
        let own = self.own();
        // What cannot bind below gross needs nobody to know the group.
        let unknown = |group: Option<&str>, ratio: i128| group.is_none() && ratio < bounds.gross;
        if unknown(own.sector, bounds.sector) {
            return Some(Code::MaxSector);
        }
        if own.sector.is_some() && over(sums.sector, bounds.sector) {
            return Some(Code::MaxSector);
        }
        if over(sums.class, bounds.class) {
            return Some(Code::MaxAssetClass);
        }
        if unknown(own.country, bounds.country) {
            return Some(Code::MaxCountry);
        }
        if own.country.is_some() && over(sums.country, bounds.country) {
            return Some(Code::MaxCountry);
        }
        None
    }

    fn of_shorting(&self) -> Option<RejectionCode> {
        use RejectionCode as Code;
        let (own, bounds) = (self.own(), &self.bounds);
        let sold = self.units + own.sells;
        let beyond = !self.buys() && sold > own.held;
        if !beyond && self.side != Side::Short {
            return None;
        }
        if !bounds.shorting {
            return Some(Code::ShortingDisabled);
        }
        if !own.symbol.asset_class().is_borrowed() {
            return None;
        }
        let Some((fee, available, located)) = self.borrow else {
            return Some(Code::BorrowFee);
        };
        if fee > bounds.borrow_hundredths {
            return Some(Code::BorrowFee);
        }
        let short = sold - own.held;
        // What was short before is borrowed already.
        let new = short.min(sold);
        if available.is_some_and(|most| new > most) {
            return Some(Code::LocateRequired);
        }
        let unlocated = bounds.locate && located.is_none_or(|most| short > most);
        unlocated.then_some(Code::LocateRequired)
    }
}

fn decimal(number: i128, scale: u32) -> Decimal {
    Decimal::try_from_i128_with_scale(number, scale).unwrap()
}

fn units(number: i128) -> Quantity {
    Quantity::new(decimal(number, 0)).unwrap()
}

fn usd(micro: i128) -> Money {
    Money::new(decimal(micro, 6)).unwrap()
}

fn price(cents: i128) -> Price {
    Price::new(decimal(cents, 2)).unwrap()
}

fn ratio(nano: i128) -> f64 {
    decimal(nano, 9).to_string().parse().unwrap()
}

/// Everything that is the same in every scene.
#[derive(Debug)]
pub struct Fixed {
    envelope: RiskEnvelope,
    fund: mts1b_desk::domain::FundConfig,
    capability: Capability,
    order: Order,
    instrument: Instrument,
    quote: mts1b_desk::domain::Quote,
    halt: mts1b_desk::domain::HaltStatus,
    rates: Rates,
    gates: Gates,
    orders: Orders,
    asks: Asks,
}

impl Default for Fixed {
    fn default() -> Self {
        let mut envelope = build::envelope();
        envelope.allowed_asset_classes = mts1b_desk::domain::AssetClass::ALL.to_vec();
        let mut fund = build::fund();
        fund.asset_classes
            .clone_from(&envelope.allowed_asset_classes);
        Self {
            envelope,
            fund,
            capability: build::capability(),
            order: build::order("AAPL", "1"),
            instrument: build::instrument("AAPL", "0.01", "1"),
            quote: build::quote("AAPL", "1", "1"),
            halt: build::halt(),
            rates: Rates::new(RateLimits::default()),
            gates: Gates::default(),
            orders: Orders::default(),
            asks: Asks::default(),
        }
    }
}

impl Fixed {
    /// Puts a scene before the gates: running sums that came to be step by step, and the order.
    pub fn put(&self, scene: &Scene, dice: &mut Dice) -> Put<'_> {
        let mut exposure = Exposure::default();
        let instrument = |line: &Line| Instrument {
            symbol: line.symbol.clone(),
            asset_class: line.symbol.asset_class(),
            sector: line.sector.map(Into::into),
            country: line.country.map(Into::into),
            ..self.instrument.clone()
        };
        for line in &*scene.book {
            let known = instrument(line);
            let unit = line.unit().map(usd);
            // On a roundabout way: other numbers first, in some other order.
            if dice.one_in(2) {
                exposure.set_working(&line.symbol, units(dice.below(99)), units(dice.below(99)));
            }
            if dice.one_in(2) {
                exposure.set_mark(&line.symbol, Some(usd(dice.below(99_999))), Some(&known));
            }
            exposure.set_position(&line.symbol, units(line.held), Currency::USD);
            exposure.set_working(&line.symbol, units(line.buys), units(line.sells));
            exposure.set_mark(&line.symbol, unit, Some(&known));
        }
        exposure.set_cash_usd(scene.cash.map(usd));
        let own = scene.own();
        let known = instrument(own);
        let quote = own.cents.map(|mid| mts1b_desk::domain::Quote {
            symbol: own.symbol.clone(),
            bid: price(mid - scene.half_spread),
            ask: price(mid + scene.half_spread),
            ..self.quote.clone()
        });
        let age = |age: i128| u64::try_from(age).unwrap();
        let rate = own.rate.map(|rate| Rate::new(decimal(rate, 4)).unwrap());
        let rate = rate.map(|rate| (rate, scene.rate_age.map(age)));
        let seen_quote = quote.as_ref().map(|quote| (quote, 0));
        let mut seen = exposure.seen(&own.symbol, Some(&known), seen_quote, rate);
        seen.quote_age_ms = seen.quote.as_ref().and(scene.quote_age).map(age);
        seen.borrow = scene.borrow.map(|(fee, available, located)| Borrow {
            fee_bps: Rate::new(decimal(fee, 2)).unwrap(),
            available: available.map(units),
            located: located.map(units),
            asof: None,
        });
        let order = Order {
            symbol: own.symbol.clone(),
            side: scene.side,
            quantity: units(scene.units),
            order_type: if scene.limit_cents.is_some() {
                OrderType::Limit
            } else {
                OrderType::Market
            },
            limit_price: scene.limit_cents.map(price),
            ..self.order.clone()
        };
        Put {
            fixed: self,
            order: Arc::new(order),
            position: units(own.held),
            working: (units(own.buys), units(own.sells)),
            known,
            seen,
            halted: scene.halted,
            envelope: self.envelope.clone(),
        }
    }
}

/// A scene before the gates, which may be asked of it under one set of limits after another.
#[derive(Debug)]
pub struct Put<'f> {
    fixed: &'f Fixed,
    order: Arc<Order>,
    known: Instrument,
    seen: Seen,
    position: Quantity,
    working: (Quantity, Quantity),
    halted: bool,
    envelope: RiskEnvelope,
}

impl Put<'_> {
    /// Asks the gates.
    pub fn asked(&mut self, bounds: &Bounds) -> Option<RejectionCode> {
        self.set(bounds);
        let fixed = self.fixed;
        let input = GateInput {
            order: &self.order,
            now: noon(),
            envelope: &self.envelope,
            limits: &Limits::of(&self.envelope),
            fund: &fixed.fund,
            capability: Some(&fixed.capability),
            instrument: Some(&self.known),
            used_key: None,
            position: self.position,
            working_buy: self.working.0,
            working_sell: self.working.1,
            seen: &self.seen,
            stale_after_ms: u64::try_from(bounds.stale_ms.max(0)).unwrap(),
            halt: self.halted.then_some(&fixed.halt),
            locked: None,
            day_start_usd: None,
            rates: &fixed.rates,
            gates: &fixed.gates,
            own: Own::new(&fixed.orders),
            asks: &fixed.asks,
            answers: &[],
        };
        refusal(&input).map(|(_, code)| code)
    }

    /// Sets every limit there is.
    fn set(&mut self, bounds: &Bounds) {
        let envelope = &mut self.envelope;
        envelope.max_position_pct = ratio(bounds.position);
        envelope.max_position_usd = bounds.position_usd.map(usd);
        envelope.max_gross_exposure_pct = ratio(bounds.gross);
        envelope.max_net_exposure_pct = ratio(bounds.net);
        envelope.max_sector_pct = ratio(bounds.sector);
        envelope.max_asset_class_pct = ratio(bounds.class);
        envelope.max_country_pct = ratio(bounds.country);
        envelope.max_order_notional_usd = usd(bounds.order_usd);
        envelope.max_order_qty = bounds.order_units.map(units);
        envelope.max_short_fee_bps = decimal(bounds.borrow_hundredths, 2)
            .to_string()
            .parse()
            .unwrap();
        envelope.enable_shorting = bounds.shorting;
        envelope.require_borrow_locate = bounds.locate;
    }
}

/// Draws the scene of a seed and compares, it and what is a unit either side of each limit.
///
/// Returns how often the two agreed on what passes and on what does not.
pub fn compare(fixed: &Fixed, seed: u64) -> Result<(u64, u64), String> {
    let mut dice = Dice::new(seed);
    let scene = Scene::drawn(&mut dice);
    let mut put = fixed.put(&scene, &mut dice);
    let (mut passed, mut refused) = (0, 0);
    for scene in scene.edges().iter().chain([&scene]) {
        let (expected, found) = (scene.judged(), put.asked(&scene.bounds));
        if expected != found {
            return Err(format!(
                "seed {seed}: expected {expected:?}, the gates say {found:?}: {scene:#?}"
            ));
        }
        if found.is_some() {
            refused += 1;
        } else {
            passed += 1;
        }
    }
    Ok((passed, refused))
}
