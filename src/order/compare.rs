//! Journal, venue and desk side by side: what each says is held and works of every symbol, and what would settle it.
//!
//! The venue's column is its newest statement of this session. Where it holds more or
//! less than the books, and says so twice with the books unchanged in between, a
//! correction is proposed: so many units at a price. Proposing changes nothing; a
//! person accepts it, and then it is booked like any other fact. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{BrokerId, Order, Position, Price, Quantity, Symbol, Timestamp};
use crate::order::books::Books;
use crate::order::ledger::Ledger;

/// Statements that must say the same before a correction is proposed.
const SAYINGS: u32 = 2;
/// Symbols of a statement that are remembered.
const SYMBOLS_MOST: usize = 16_384;

/// What is held and works of one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Signed units held.
    pub position: Quantity,
    /// Units orders may still buy.
    pub buys: Quantity,
    /// Units orders may still sell.
    pub sells: Quantity,
}

/// By how much the venue and the books are apart in one symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Apart {
    /// What the venue holds more than the books.
    units: Quantity,
    /// What the books held when the venue said so.
    booked: Quantity,
    /// How often in a row it was said.
    times: u32,
}

/// The newest statement of the fund's broker, and how it compared when it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated {
    /// Who.
    pub broker: BrokerId,
    /// When it came.
    pub at: Timestamp,
    held: BTreeMap<Symbol, Held>,
    prices: BTreeMap<Symbol, Price>,
    apart: BTreeMap<Symbol, Apart>,
}

impl Stated {
    /// Takes in a statement over what the one before said.
    pub fn new(
        before: Option<&Self>,
        ledger: &Ledger,
        (broker, at): (&BrokerId, Timestamp),
        (orders, positions): (&[Order], &[Position]),
    ) -> Self {
        let mut stated = Self {
            broker: broker.clone(),
            at,
            held: BTreeMap::new(),
            prices: BTreeMap::new(),
            apart: BTreeMap::new(),
        };
        // A row that comes twice counts once.
        let mut seen = BTreeSet::new();
        for order in orders.iter().filter(|order| seen.insert(&order.order_id)) {
            let Some(held) = stated.of(&order.symbol) else {
                continue;
            };
            let open = order.open_quantity();
            if order.side.is_buy() {
                held.buys += open;
            } else {
                held.sells += open;
            }
        }
        for position in positions {
            if let Some(held) = stated.of(&position.symbol) {
                held.position = position.quantity;
                let price = position.avg_price;
                stated.prices.insert(position.symbol.clone(), price);
            }
        }
        let booked = ledger
            .holdings()
            .filter(|holding| !holding.quantity.is_zero());
        let booked: Vec<Symbol> = booked.map(|holding| holding.symbol.clone()).collect();
        let symbols: BTreeSet<Symbol> = stated.held.keys().cloned().chain(booked).collect();
        for symbol in symbols {
            let booked = ledger.quantity(&symbol);
            let units = stated.at_venue(&symbol).position - booked;
            if units.is_zero() {
                continue;
            }
            let known = before.and_then(|before| before.apart.get(&symbol));
            let same = known.filter(|known| known.units == units && known.booked == booked);
            let times = same.map_or(1, |known| known.times.saturating_add(1));
            stated.apart.insert(
                symbol,
                Apart {
                    units,
                    booked,
                    times,
                },
            );
        }
        stated
    }

    fn of(&mut self, symbol: &Symbol) -> Option<&mut Held> {
        let room = self.held.len() < SYMBOLS_MOST || self.held.contains_key(symbol);
        room.then(|| self.held.entry(symbol.clone()).or_default())
    }

    /// Returns what the venue holds and works of a symbol; what it does not name it does not hold.
    pub fn at_venue(&self, symbol: &Symbol) -> Held {
        self.held.get(symbol).copied().unwrap_or_default()
    }
}

/// A correction of the books that would settle a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Signed units to be booked.
    pub quantity: Quantity,
    /// At which price.
    pub price: Price,
    /// Where the price comes from, in words.
    pub from: &'static str,
}

/// One symbol in three columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub symbol: Symbol,
    /// What the journal's facts come to.
    pub journal: Held,
    /// What the venue states; none before it has, in this session.
    pub venue: Option<Held>,
    /// What the desk counts with.
    pub desk: Held,
    /// Why nothing opens risk in it, where that is so, and whether a person lifted that.
    pub lock: Option<(String, bool)>,
    /// What would settle it: a correction, or in words what is waited for.
    pub settles: Option<Result<Proposal, String>>,
}

impl Row {
    /// Returns true when the three columns say the same.
    pub fn agrees(&self) -> bool {
        self.journal == self.desk && self.venue.is_none_or(|venue| venue == self.journal)
    }
}

/// Puts everything that is held, works, is stated or is locked into three columns, what differs first.
pub fn rows(stated: Option<&Stated>, books: &Books<'_>, now: Timestamp) -> Vec<Row> {
    let (ledger, orders, exposure) = (books.ledger, books.orders, books.exposure);
    let held = ledger
        .holdings()
        .filter(|holding| !holding.quantity.is_zero())
        .map(|holding| &holding.symbol);
    let working = orders.live().map(|record| &record.order.symbol);
    let locked = ledger.locks().map(|(symbol, _)| symbol);
    let mut symbols: BTreeSet<&Symbol> = held.chain(working).chain(locked).collect();
    symbols.extend(stated.iter().flat_map(|stated| stated.held.keys()));
    let mut rows: Vec<Row> = symbols
        .into_iter()
        .map(|symbol| {
            let (buys, sells) = orders.working(symbol);
            let stake = exposure.stake(symbol);
            let lock = ledger.lock(symbol);
            Row {
                symbol: symbol.clone(),
                journal: Held {
                    position: ledger.quantity(symbol),
                    buys,
                    sells,
                },
                venue: stated.map(|stated| stated.at_venue(symbol)),
                desk: Held {
                    position: stake.position,
                    buys: stake.working_buy,
                    sells: stake.working_sell,
                },
                lock: lock.map(|lock| (lock.why.clone(), lock.lifted)),
                settles: lock.map(|_| proposal(stated, books, symbol, now)),
            }
        })
        .collect();
    rows.sort_by_key(|row| (row.lock.is_none(), row.agrees()));
    rows
}

/// Proposes the correction that would settle a symbol.
///
/// # Errors
/// In words: what is waited for, or that a correction of the books would not settle it.
pub fn proposal(
    stated: Option<&Stated>,
    books: &Books<'_>,
    symbol: &Symbol,
    now: Timestamp,
) -> Result<Proposal, String> {
    let stated = stated.ok_or("the venue has stated nothing in this session")?;
    let Some(apart) = stated.apart.get(symbol) else {
        return Err("the positions agree: look at the orders".to_owned());
    };
    if books.ledger.quantity(symbol) != apart.booked {
        return Err(
            "the books changed since the venue's statement: its next one is awaited".into(),
        );
    }
    if apart.times < SAYINGS {
        return Err("its fills are read again, and its next statement is awaited".to_owned());
    }
    let (price, from) = price(stated, books, symbol, apart.units, now)
        .ok_or("there is no price to book a correction at")?;
    Ok(Proposal {
        quantity: apart.units,
        price,
        from,
    })
}

/// A correction taken back is booked at its own price, so that nothing is won or lost by it.
fn price(
    stated: &Stated,
    books: &Books<'_>,
    symbol: &Symbol,
    units: Quantity,
    now: Timestamp,
) -> Option<(Price, &'static str)> {
    let undone = books.ledger.correction_undone_by(symbol, units);
    if let Some(correction) = undone {
        return Some((correction.price, "as the correction it takes back"));
    }
    let theirs = stated.prices.get(symbol).copied();
    let flat = books.ledger.quantity(symbol).is_zero();
    if let Some(price) = theirs.filter(|price| flat && price.is_positive()) {
        return Some((price, "the venue's average"));
    }
    let mark = books.market.quote(symbol, now);
    // Without the zeros that only halving brought in.
    let mark = mark.and_then(|(quote, _)| Price::new(quote.mid().decimal().normalize()).ok());
    let mark = mark.map(|mark| (mark, "the mark"));
    let theirs = theirs.filter(|price| price.is_positive());
    mark.or_else(|| theirs.map(|price| (price, "the venue's average")))
}
