//! What must hold after every round, and once all is quiet.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mts1b_desk::domain::{
    Currency, Fill, FillId, Money, OrderId, OrderState, Price, Quantity, Symbol,
};
use mts1b_desk::engine::{Snapshot, State};
use mts1b_desk::order::oms::Flight;
use rust_decimal::Decimal;

use super::desk::{Desk, Tape};
use super::wire::Wire;

/// What of the laws has to be remembered from round to round.
#[derive(Debug, Default)]
pub struct Laws {
    /// The record everything but the market was last looked at.
    seq: u64,
    /// How often that was.
    looks: u64,
    ended: HashMap<OrderId, OrderState>,
    /// Booked fills that were held against the venue's.
    booked: usize,
    fills_seen: usize,
    filled: HashMap<OrderId, Quantity>,
    /// What the venue did, by name.
    done: HashMap<FillId, Fill>,
}

type Held = Result<(), String>;

/// How many looks at the journal's work lie between two at every order that ended.
const WHOLE_EVERY: u64 = 8;

fn hold(what: bool, broken: impl FnOnce() -> String) -> Held {
    if what { Ok(()) } else { Err(broken()) }
}

impl Laws {
    /// Looks at everything after a round.
    ///
    /// # Errors
    /// In words: the first law that is broken.
    pub fn round(&mut self, desk: &Desk, wire: &Wire, tape: &Tape, durable: u64) -> Held {
        desk.fault().map_or(Ok(()), Err)?;
        wire.faults.first().cloned().map_or(Ok(()), Err)?;
        let shadow = tape.lock().unwrap();
        shadow.faults.first().cloned().map_or(Ok(()), Err)?;
        let screen = desk.snapshot();
        hold(screen.seq == shadow.seq && screen.seq <= durable, || {
            format!(
                "the screen shows record {}, the journal acknowledged {} and holds {durable}",
                screen.seq, shadow.seq
            )
        })?;
        if let Some(why) = screen.stopped.as_deref() {
            // A fault on order names its append; anything else is the desk's own doing.
            hold(why.contains("at append"), || why.to_owned())?;
        }
        self.venue(wire, &shadow)?;
        if screen.ledger.fund().is_some() {
            value(&screen)?;
            worth(&screen, &shadow)?;
        }
        if std::mem::replace(&mut self.seq, screen.seq) == screen.seq {
            return Ok(());
        }
        books(&screen, &shadow.positions, &shadow.cash)?;
        working(&screen, &shadow)?;
        self.ends(&screen)
    }

    /// Every fill of the venue is of an order that was sent, and no order is filled beyond itself.
    fn venue(&mut self, wire: &Wire, shadow: &super::shadow::Shadow) -> Held {
        for fill in wire.fills.iter().skip(self.fills_seen) {
            let id = &fill.order_id;
            hold(shadow.submitted.contains(id), || {
                format!("the venue filled order {id}, of which the journal has no intent")
            })?;
            let order = &shadow.created[id];
            let filled = self.filled.entry(id.clone()).or_default();
            *filled += fill.quantity;
            hold(*filled <= order.quantity, || {
                format!(
                    "{filled} of order {id} are filled, {} ordered",
                    order.quantity
                )
            })?;
            self.chain(id, shadow)?;
            hold(
                fill.symbol == order.symbol && fill.side == order.side,
                || format!("fill {} is not of what order {id} asks", fill.fill_id),
            )?;
        }
        for fill in wire.fills.iter().skip(self.fills_seen) {
            self.done.insert(fill.fill_id.clone(), fill.clone());
        }
        self.fills_seen = wire.fills.len();
        for id in shadow.order_of_fills.iter().skip(self.booked) {
            let (booked, done) = (&shadow.booked[id], self.done.get(id));
            hold(done == Some(booked), || {
                format!("fill {id} is booked as {booked:?}, the venue did {done:?}")
            })?;
        }
        self.booked = shadow.order_of_fills.len();
        Ok(())
    }

    /// An order and the one that took its place do no more together than was asked for.
    fn chain(&self, id: &OrderId, shadow: &super::shadow::Shadow) -> Held {
        let done = |id: &OrderId| self.filled.get(id).copied().unwrap_or_default();
        for (new, (old, total)) in &shadow.replaced {
            if new == id || old == id {
                let both = done(old) + done(new);
                hold(both <= *total, || {
                    format!(
                        "{both} of order {old} and of {new} in its place are filled, {total} were asked for"
                    )
                })?;
            }
        }
        Ok(())
    }

    /// An order that ended stays as it ended.
    ///
    /// Those that ended since the last look are the newest; all of them are looked at every few looks, for
    /// a state that went wrong would have to go back by itself to be missed.
    fn ends(&mut self, screen: &Snapshot) -> Held {
        let whole = self.looks.is_multiple_of(WHOLE_EVERY);
        self.looks += 1;
        for record in screen.orders.done().rev() {
            let (id, state) = (&record.order.order_id, record.state());
            hold(state.is_terminal(), || {
                format!("order {id} is done and {state}")
            })?;
            let known = self.ended.get(id).copied();
            let before = known.unwrap_or(state);
            hold(before == state, || {
                format!("order {id} was {before} and is {state}")
            })?;
            if known.is_none() {
                self.ended.insert(id.clone(), state);
            } else if !whole {
                break;
            }
        }
        for record in screen.orders.live() {
            let id = &record.order.order_id;
            hold(!self.ended.contains_key(id), || {
                format!("order {id} had ended and works again")
            })?;
        }
        Ok(())
    }

    /// Has every order that ended looked at next time.
    pub fn look_at_all(&mut self) {
        self.looks = 0;
    }

    /// Remembers of every order that it ended some other way.
    #[cfg(test)]
    pub fn mistake_ends(&mut self) {
        for state in self.ended.values_mut() {
            *state = OrderState::Created;
        }
    }

    /// The venue was rebuilt: its fills are counted from the first again.
    pub fn forget_venue(&mut self) {
        self.fills_seen = 0;
        self.filled.clear();
        self.done.clear();
    }
}

/// What orders may still do counts in full until they have ended, whatever is known of them.
fn working(screen: &Snapshot, shadow: &super::shadow::Shadow) -> Held {
    let mut sums: BTreeMap<&Symbol, (Quantity, Quantity)> = BTreeMap::new();
    for (symbol, units) in shadow.open.values() {
        let sum = sums.entry(symbol).or_default();
        if units.is_positive() {
            sum.0 += *units;
        } else {
            sum.1 += units.abs();
        }
    }
    for (symbol, stake) in screen.exposure.stakes() {
        let (buy, sell) = sums.remove(symbol).unwrap_or_default();
        let counted = (stake.working_buy, stake.working_sell.abs());
        hold(counted == (buy, sell), || {
            format!("exposure counts {counted:?} working in {symbol}, it is {buy} and {sell}")
        })?;
    }
    hold(sums.is_empty(), || {
        format!("exposure does not count {sums:?}")
    })
}

/// Positions and cash are the sums of what was booked.
fn books(
    screen: &Snapshot,
    positions: &BTreeMap<Symbol, Quantity>,
    cash: &BTreeMap<Currency, Money>,
) -> Held {
    for (symbol, quantity) in positions {
        let shown = screen.ledger.quantity(symbol);
        hold(shown == *quantity, || {
            format!("the books hold {shown} {symbol}, its fills sum to {quantity}")
        })?;
        let stake = screen.exposure.stake(symbol).position;
        hold(stake == *quantity, || {
            format!("exposure counts {stake} {symbol}, its fills sum to {quantity}")
        })?;
        let lots: Quantity = screen
            .ledger
            .holding(symbol)
            .map_or(Quantity::ZERO, |holding| {
                holding.lots.iter().map(|lot| lot.quantity).sum()
            });
        hold(lots == *quantity, || {
            format!("lots of {symbol} sum to {lots}, its fills to {quantity}")
        })?;
    }
    let held = screen.ledger.holdings().filter(|h| !h.quantity.is_zero());
    for holding in held {
        hold(positions.contains_key(&holding.symbol), || {
            format!("{} is held and was never filled", holding.symbol)
        })?;
    }
    for currency in cash.keys().chain(screen.ledger.cash().keys()) {
        let of = |cash: &BTreeMap<Currency, Money>| cash.get(currency).copied().unwrap_or_default();
        let (shown, summed) = (of(screen.ledger.cash()), of(cash));
        hold(shown == summed, || {
            format!("{shown} {currency} are shown, opening and fills sum to {summed}")
        })?;
    }
    Ok(())
}

/// NAV is what the fills and the opening leave, at the marks: worked out from the journal alone, to the cent.
fn worth(screen: &Snapshot, shadow: &super::shadow::Shadow) -> Held {
    let Some(nav) = screen.valuation().nav_usd else {
        return Ok(());
    };
    let mid = |symbol: &str| {
        let cell = screen.market.cell(&super::read(symbol))?;
        cell.mid().map(Price::decimal)
    };
    let in_usd = |amount: Decimal, currency: Currency| match currency.as_str() {
        _ if amount.is_zero() => Some(amount),
        "USD" => Some(amount),
        "JPY" => Some(amount / mid("USD/JPY")?),
        "EUR" => Some(amount * mid("EUR/USD")?),
        _ => None,
    };
    let cash: Option<Decimal> = shadow
        .cash
        .iter()
        .map(|(currency, cash)| in_usd(cash.decimal(), *currency))
        .sum();
    let held: Option<Decimal> = shadow
        .positions
        .iter()
        .filter(|(_, held)| !held.is_zero())
        .map(|(symbol, held)| {
            let yen = symbol.as_str() == "USD/JPY";
            let currency: Currency = super::read(if yen { "JPY" } else { "USD" });
            in_usd(held.decimal() * mid(symbol.as_str())?, currency)
        })
        .sum();
    let worth = cash.zip(held).map(|(cash, held)| cash + held);
    let off = worth.map(|worth| (worth - nav.decimal()).abs());
    hold(off.is_some_and(|off| off < Decimal::new(5, 3)), || {
        format!("NAV is shown as {nav}, the journal's fills are worth {worth:?}")
    })
}

/// Cash and positions add up to NAV, and the running sums of exposure agree to their last digit.
fn value(screen: &Snapshot) -> Held {
    let market = &screen.market;
    let rate = |currency: Currency| market.usd_rate(currency);
    let cash: Option<Money> = screen
        .ledger
        .cash()
        .iter()
        .filter(|(_, cash)| !cash.is_zero())
        .map(|(currency, cash)| rate(*currency).map(|rate| *cash * rate))
        .sum();
    let held = screen.ledger.holdings().filter(|h| !h.quantity.is_zero());
    let values: Option<Vec<Money>> = held
        .map(|holding| {
            let mid = market.cell(&holding.symbol)?.mid()?;
            Some(mid * holding.quantity * rate(holding.currency)?)
        })
        .collect();
    let count = values.as_ref().map_or(0, Vec::len);
    let positions: Option<Money> = values.map(|values| values.into_iter().sum());
    let nav = cash.zip(positions).map(|(cash, held)| cash + held);
    let shown = screen.valuation();
    hold(
        (shown.cash_usd, shown.positions_usd, shown.nav_usd) == (cash, positions, nav),
        || {
            format!(
                "valuation says {:?} + {:?} = {:?}, it is {cash:?} + {positions:?} = {nav:?}",
                shown.cash_usd, shown.positions_usd, shown.nav_usd
            )
        },
    )?;
    let running = screen.exposure.nav_usd();
    let agrees = match (running, nav) {
        (Some(running), Some(nav)) => {
            // Each position's part is rounded to six decimals.
            let off = (running - nav).abs().decimal();
            off <= rust_decimal::Decimal::new(i64::try_from(count).unwrap_or(0) + 1, 6)
        }
        (running, nav) => running == nav,
    };
    hold(agrees, || {
        format!("exposure runs at NAV {running:?}, it is {nav:?}")
    })
}

/// Desk and venue agree: every fill booked once, the same orders work, the same is held, nothing is unknown.
///
/// # Errors
/// In words: the first thing they do not agree on.
pub fn agree(state: &State, wire: &Wire, tape: &Tape) -> Held {
    let shadow = tape.lock().unwrap();
    for fill in &wire.fills {
        hold(shadow.booked.contains_key(&fill.fill_id), || {
            format!(
                "fill {} of order {} is not booked",
                fill.fill_id, fill.order_id
            )
        })?;
    }
    hold(shadow.booked.len() == wire.fills.len(), || {
        let (booked, done) = (shadow.booked.len(), wire.fills.len());
        format!("{booked} fills are booked, {done} were done")
    })?;
    let venue = wire.venue();
    let mut open: HashMap<OrderId, Quantity> = wire
        .exchange()
        .open_orders()
        .into_iter()
        .filter(|order| !venue.is_strangers(&order.order_id))
        .map(|order| (order.order_id, order.filled_quantity))
        .collect();
    for record in state.orders().live() {
        let id = &record.order.order_id;
        hold(matches!(record.flight, Flight::Working), || {
            format!("order {id} is {:?}", record.flight)
        })?;
        let filled = open.remove(id);
        hold(filled == Some(record.order.filled_quantity), || {
            let here = record.order.filled_quantity;
            format!("order {id} works here with {here} done, at the venue {filled:?}")
        })?;
    }
    hold(open.is_empty(), || {
        format!("the venue works {:?}, the desk does not", open.keys())
    })?;
    for id in shadow.created.keys() {
        let flight = state.orders().get(id).map(|record| &record.flight);
        hold(!matches!(flight, Some(Flight::PendingRisk)), || {
            format!("order {id} was never judged")
        })?;
    }
    let mut held: BTreeMap<Symbol, Quantity> = wire
        .exchange()
        .positions()
        .into_iter()
        .map(|position| {
            let theirs = venue.theirs.get(&position.symbol).copied();
            let corrected = shadow.corrected.get(&position.symbol).copied();
            let ours =
                position.quantity - theirs.unwrap_or_default() + corrected.unwrap_or_default();
            (position.symbol, ours)
        })
        .collect();
    // What others did and we undid leaves no position behind; nor does a fill that was corrected and came after all.
    for symbol in venue.theirs.keys().chain(shadow.corrected.keys()) {
        let theirs = venue.theirs.get(symbol).copied().unwrap_or_default();
        let corrected = shadow.corrected.get(symbol).copied().unwrap_or_default();
        held.entry(symbol.clone()).or_insert(corrected - theirs);
    }
    held.retain(|_, quantity| !quantity.is_zero());
    for (symbol, quantity) in shadow.positions.iter().filter(|(_, q)| !q.is_zero()) {
        let theirs = held.remove(symbol);
        hold(theirs == Some(*quantity), || {
            format!("{quantity} {symbol} are held here, {theirs:?} at the venue")
        })?;
    }
    hold(held.is_empty(), || {
        format!("the venue holds {held:?}, the desk does not")
    })?;
    locks(state, wire, &shadow.corrected)?;
    for id in venue.lost().filter(|id| shadow.accepted.contains(*id)) {
        hold(shadow.drifted.contains(id), || {
            format!("the venue lost order {id}, and nobody was told")
        })?;
    }
    Ok(())
}

/// What others do in the account locks its symbol until the books are corrected by it, and nothing else does.
fn locks(state: &State, wire: &Wire, corrected: &BTreeMap<Symbol, Quantity>) -> Held {
    let venue = wire.venue();
    let of = |all: &BTreeMap<Symbol, Quantity>, symbol: &Symbol| {
        all.get(symbol).copied().unwrap_or_default()
    };
    let mut meddled: BTreeSet<Symbol> = venue
        .theirs
        .keys()
        .chain(corrected.keys())
        .filter(|symbol| of(&venue.theirs, symbol) != of(corrected, symbol))
        .cloned()
        .collect();
    let open = wire.exchange().open_orders().into_iter();
    let theirs = open.filter(|order| venue.is_strangers(&order.order_id));
    meddled.extend(theirs.map(|order| order.symbol));
    let locked: BTreeSet<Symbol> = state
        .ledger()
        .locks()
        .map(|(symbol, _)| symbol.clone())
        .collect();
    hold(locked == meddled, || {
        format!("{locked:?} are locked, others traded {meddled:?}")
    })
}
