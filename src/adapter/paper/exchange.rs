//! The matching engine: orders, quotes and time in, reports out. Pure; the same calls give the same reports.
//!
//! An order is matched against the standing quote once its latency has passed, then
//! against every new quote, at the touch and never beyond its limit. A quote's size
//! is used up by our fills until the next quote. Whatever came due before a call is
//! done before the call. Without a sane and fresh quote a market order is refused
//! and a limit order rests. Fees are in USD; while the price's currency cannot be
//! valued in USD nothing is filled.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::adapter::paper::{Memory, NAME, Settings};
use crate::domain::{
    BrokerId, BrokerOrderId, Fill, FillCursor, FillId, IdError, IdempotencyKey, Liquidity, Order,
    OrderId, Position, Price, Quantity, Quote, Rate, Symbol, Timestamp, VenueId,
};
use crate::event::BrokerReport;

use super::accept;
use super::holdings::Holdings;
use super::log::Log;
use super::rates;
use super::working::{Match, Working};

/// Orders that are done and can still be found by key: as many as end, at 20 a second, while the desk remembers a key.
const DONE_MOST: usize = 6_144;

/// Why an order was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In a word.
    pub code: &'static str,
    /// In a sentence.
    pub text: String,
}

/// What became of a cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// It is canceled.
    Done,
    /// It was done, canceled or expired before.
    TooLate,
    /// There is no such order here.
    NoSuchOrder,
}

/// The standing quote of one symbol and what our fills left of it.
#[derive(Debug, Clone)]
pub(super) struct Book {
    pub(super) quote: Quote,
    pub(super) received_at: Timestamp,
    bid_left: Quantity,
    ask_left: Quantity,
}

impl Book {
    pub(super) fn sane(&self) -> bool {
        self.quote.fault().is_none()
    }
}

/// The paper venue.
#[derive(Debug)]
pub struct Exchange {
    settings: Settings,
    broker: BrokerId,
    venue: VenueId,
    books: HashMap<Symbol, Book>,
    working: BTreeMap<u64, Working>,
    symbols: HashMap<Symbol, BTreeSet<u64>>,
    alarms: BTreeSet<(Timestamp, u64)>,
    numbers: HashMap<OrderId, u64>,
    keys: HashMap<IdempotencyKey, OrderId>,
    /// Behind a pointer each: a table that makes room doubles, and orders are large.
    done: HashMap<OrderId, Box<Order>>,
    done_order: VecDeque<OrderId>,
    holdings: Holdings,
    log: Log,
    last_order: u64,
    out: Vec<BrokerReport>,
}

impl Exchange {
    /// Opens a venue that never traded.
    ///
    /// # Errors
    /// Never in practice: only when the venue's own name were not a valid id.
    pub fn new(settings: Settings) -> Result<Self, IdError> {
        Self::restore(settings, Memory::default())
    }

    /// Opens the venue as the journal remembers it.
    ///
    /// Orders that were never accepted are forgotten: to the venue they never came.
    ///
    /// # Errors
    /// Never in practice: only when the venue's own name were not a valid id.
    pub fn restore(settings: Settings, memory: Memory) -> Result<Self, IdError> {
        let broker = BrokerId::new(NAME)?;
        let log = Log::restore(&broker, memory.fills, memory.cursor.as_ref());
        let mut exchange = Self {
            settings,
            venue: VenueId::new(NAME)?,
            broker,
            books: HashMap::new(),
            working: BTreeMap::new(),
            symbols: HashMap::new(),
            alarms: BTreeSet::new(),
            numbers: HashMap::new(),
            keys: HashMap::new(),
            done: HashMap::new(),
            done_order: VecDeque::new(),
            holdings: Holdings::restore(memory.positions),
            log,
            last_order: 0,
            out: Vec::new(),
        };
        for order in memory.orders {
            exchange.remember(order);
        }
        Ok(exchange)
    }

    fn remember(&mut self, order: Order) {
        let number = order.broker_order_id.as_ref().and_then(|id| {
            let digits = id.as_str().strip_prefix("PAPER-")?;
            u64::from_str_radix(digits, 16).ok()
        });
        self.last_order = self.last_order.max(number.unwrap_or(0));
        let accepted_at = order.accepted_at.or_else(|| {
            order
                .submitted_at
                .filter(|_| order.filled_quantity.is_positive())
        });
        if order.state().is_terminal() {
            self.finish(order);
        } else if let Some(accepted_at) = accepted_at {
            let number = number.unwrap_or_else(|| self.next_number());
            self.put_to_work(number, order, accepted_at);
        }
    }

    fn next_number(&mut self) -> u64 {
        self.last_order = self.last_order.saturating_add(1);
        self.last_order
    }

    fn put_to_work(&mut self, number: u64, order: Order, accepted_at: Timestamp) {
        self.keys
            .insert(order.idempotency_key.clone(), order.order_id.clone());
        self.numbers.insert(order.order_id.clone(), number);
        self.symbols
            .entry(order.symbol.clone())
            .or_default()
            .insert(number);
        let working = Working::new(order, accepted_at, self.settings.latency);
        self.alarms.insert((working.live_at, number));
        if let Some(ends_at) = working.ends_at {
            self.alarms.insert((ends_at, number));
        }
        self.working.insert(number, working);
    }

    /// Takes an order, or returns the one already taken under its key as it stands.
    ///
    /// # Errors
    /// Says why the order was not taken; the same key is then refused for the same reason.
    pub fn submit(&mut self, order: Order, now: Timestamp) -> Result<Order, Refusal> {
        self.on_timer(now);
        if let Some(known) = self.find(&order.idempotency_key) {
            return match &known.rejected_reason {
                Some(reason) if known.rejected_at.is_some() => Err(Refusal {
                    code: "REFUSED_BEFORE",
                    text: reason.clone(),
                }),
                _ => Ok(known.clone()),
            };
        }
        let submitted_at = Some(order.submitted_at.unwrap_or(now));
        if let Err(refusal) = self.judge(&order, now) {
            let refused = Order {
                submitted_at,
                rejected_at: Some(now),
                rejected_reason: Some(refusal.text.clone()),
                ..order
            };
            if !self.is_known(&refused.order_id) {
                self.finish(refused);
            }
            return Err(refusal);
        }
        let number = self.next_number();
        let accepted = Order {
            submitted_at,
            accepted_at: Some(now),
            broker_order_id: BrokerOrderId::new(format!("PAPER-{number:08x}")).ok(),
            ..order
        };
        self.put_to_work(number, accepted.clone(), now);
        Ok(accepted)
    }

    /// Cancels an order.
    pub fn cancel(&mut self, order_id: &OrderId, now: Timestamp) -> Cancel {
        self.on_timer(now);
        match self.numbers.get(order_id).copied() {
            Some(number) => match self.retire(number) {
                Some(working) => {
                    self.finish(working.order.canceled(now));
                    Cancel::Done
                }
                None => Cancel::TooLate,
            },
            None if self.done.contains_key(order_id) => Cancel::TooLate,
            None => Cancel::NoSuchOrder,
        }
    }

    /// Takes a quote: it replaces the standing one and meets every live order of its symbol.
    pub fn on_quote(&mut self, quote: &Quote, received_at: Timestamp, now: Timestamp) {
        self.on_timer(now);
        let book = Book {
            quote: quote.clone(),
            received_at,
            bid_left: quote.bid_size,
            ask_left: quote.ask_size,
        };
        let sane = book.sane();
        self.books.insert(quote.symbol.clone(), book);
        let Some(numbers) = self.symbols.get(&quote.symbol).filter(|_| sane) else {
            return;
        };
        let mut queue: Vec<_> = numbers
            .iter()
            .filter_map(|number| Some((self.working.get(number)?, *number)))
            .filter(|(working, _)| working.live && !working.waits_for_opening(received_at))
            .map(|(working, number)| (working.urgency(), number))
            .collect();
        queue.sort_unstable();
        for (_, number) in queue {
            self.meet(number, now);
        }
    }

    /// Does what came due by `now`: first moments of orders and ends of their time in force.
    pub fn on_timer(&mut self, now: Timestamp) {
        while let Some((at, number)) = self.alarms.first().copied() {
            if at > now {
                return;
            }
            self.alarms.remove(&(at, number));
            let Some(working) = self.working.get_mut(&number) else {
                continue;
            };
            if working.ends_at.is_some_and(|end| end <= at) {
                self.end(number, true, now);
            } else if !working.live {
                working.live = true;
                self.first_moment(number, now);
            }
        }
    }

    /// Returns when something is due next, if anything is.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.alarms.first().map(|(at, _)| *at)
    }

    /// Moves the reports made since the last call into `out`, in the order they happened.
    pub fn take_reports(&mut self, out: &mut Vec<BrokerReport>) {
        out.append(&mut self.out);
    }

    /// Returns what was reported after the fill at `after`; everything still held when none.
    pub fn reports_after(&self, after: Option<&FillCursor>) -> Vec<BrokerReport> {
        self.log.after(after)
    }

    /// Returns the fills after the one at `after`; every one still held when none.
    pub fn fills_after(&self, after: Option<&FillCursor>) -> Vec<Fill> {
        let fill = |report| match report {
            BrokerReport::Fill { fill, .. } => Some(fill),
            _ => None,
        };
        self.log.after(after).into_iter().filter_map(fill).collect()
    }

    /// Returns the order taken under `key` as it stands; none when there never was one.
    pub fn find(&self, key: &IdempotencyKey) -> Option<&Order> {
        let order_id = self.keys.get(key)?;
        let number = self.numbers.get(order_id);
        number
            .and_then(|number| self.working.get(number))
            .map(|working| &working.order)
            .or_else(|| self.done.get(order_id).map(|order| &**order))
    }

    /// Returns the symbols whose quotes the venue needs to trade `symbol`.
    pub fn needed(&self, symbol: &Symbol) -> Vec<Symbol> {
        rates::needed(&self.settings, symbol)
    }

    /// Lists what is working, oldest first.
    pub fn open_orders(&self) -> Vec<Order> {
        self.working.values().map(|w| w.order.clone()).collect()
    }

    /// Lists what is held, valued at the newest quotes where there are any.
    pub fn positions(&self) -> Vec<Position> {
        let value = |symbol: &Symbol| {
            let mid = self.books.get(symbol).filter(|b| b.sane())?.quote.mid();
            Some((mid, rates::of_symbol(&self.settings, &self.books, symbol)?))
        };
        self.holdings.list(value)
    }

    fn is_known(&self, order_id: &OrderId) -> bool {
        self.numbers.contains_key(order_id) || self.done.contains_key(order_id)
    }

    fn judge(&self, order: &Order, now: Timestamp) -> Result<(), Refusal> {
        if self.is_known(&order.order_id) {
            let text = format!("order {} is known under another key", order.order_id);
            return Err(Refusal {
                code: "KNOWN_ORDER",
                text,
            });
        }
        accept::check(&self.settings, &self.books, order, now)
    }

    fn first_moment(&mut self, number: u64, now: Timestamp) {
        let Some(working) = self.working.get_mut(&number) else {
            return;
        };
        if working.opens_at.is_some() {
            return;
        }
        let stale_after = self.settings.stale_after;
        let usable = self
            .books
            .get(&working.order.symbol)
            .is_some_and(|book| book.sane() && now.since(book.received_at) <= stale_after);
        if usable {
            self.meet(number, now);
        } else if working.is_immediate() && working.triggered {
            self.end(number, false, now);
        }
    }

    /// Lets a live order meet the standing quote.
    fn meet(&mut self, number: u64, now: Timestamp) {
        let Some(working) = self.working.get_mut(&number) else {
            return;
        };
        let Some(book) = self.books.get(&working.order.symbol) else {
            return;
        };
        let rate = rates::of_symbol(&self.settings, &self.books, &working.order.symbol);
        let left = if working.order.side.is_buy() {
            book.ask_left
        } else {
            book.bid_left
        };
        let verdict = working.judge(&book.quote, left);
        let opening = working.opens_at.is_some();
        let over = opening || (working.is_immediate() && working.triggered);
        match (verdict, rate) {
            (Match::Rests, _) => working.rested |= working.triggered,
            // Without a rate there are no fees to book, so there is no fill.
            (Match::Fills(..), None) if !over => {}
            (Match::Ends, _) | (Match::Fills(..), None) => self.end(number, opening, now),
            (Match::Fills(price, quantity), Some(rate)) => {
                self.fill(number, price, quantity, rate, now);
                if over && self.working.contains_key(&number) {
                    self.end(number, opening, now);
                }
            }
        }
    }

    fn fill(
        &mut self,
        number: u64,
        price: Price,
        quantity: Quantity,
        usd_rate: Rate,
        now: Timestamp,
    ) {
        let (n, cursor) = self.log.next();
        let Ok(fill_id) = FillId::new(format!("PAPER-F{n:08x}")) else {
            return;
        };
        let Some(working) = self.working.get_mut(&number) else {
            return;
        };
        let Some(book) = self.books.get_mut(&working.order.symbol) else {
            return;
        };
        let left = if working.order.side.is_buy() {
            &mut book.ask_left
        } else {
            &mut book.bid_left
        };
        *left -= quantity;
        let maker = working.is_maker();
        working.rested = true;
        working.done += price * quantity;
        let order = &mut working.order;
        order.filled_quantity += quantity;
        order.avg_fill_price = working.done.per_unit(order.filled_quantity);
        let fill = Fill {
            fill_id,
            order_id: order.order_id.clone(),
            symbol: order.symbol.clone(),
            side: order.side,
            quantity,
            price,
            fees: (price * quantity * usd_rate * self.settings.fee).round(10),
            venue: self.venue.clone(),
            timestamp: now,
            broker_order_id: order.broker_order_id.clone(),
            liquidity: Some(if maker {
                Liquidity::Maker
            } else {
                Liquidity::Taker
            }),
        };
        let fund = order.fund_id.clone();
        let complete = !order.open_quantity().is_positive();
        let quote = Some(Box::new(book.quote.clone()));
        self.holdings.book(fund, &fill);
        self.say(BrokerReport::Fill {
            broker: self.broker.clone(),
            fill,
            cursor,
            quote,
        });
        if complete && let Some(mut working) = self.retire(number) {
            working.order.filled_at = Some(now);
            self.finish(working.order);
        }
    }

    /// Ends an order of the venue's own accord and says so.
    fn end(&mut self, number: u64, expired: bool, now: Timestamp) {
        let Some(working) = self.retire(number) else {
            return;
        };
        let broker = self.broker.clone();
        let order_id = working.order.order_id.clone();
        if expired {
            self.finish(working.order.expired(now));
            self.say(BrokerReport::Expired { broker, order_id });
        } else {
            self.finish(working.order.canceled(now));
            self.say(BrokerReport::Canceled { broker, order_id });
        }
    }

    fn say(&mut self, report: BrokerReport) {
        self.log.push(report.clone());
        self.out.push(report);
    }

    /// Takes an order out of work.
    fn retire(&mut self, number: u64) -> Option<Working> {
        let working = self.working.remove(&number)?;
        self.numbers.remove(&working.order.order_id);
        self.alarms.remove(&(working.live_at, number));
        if let Some(ends_at) = working.ends_at {
            self.alarms.remove(&(ends_at, number));
        }
        if let Some(numbers) = self.symbols.get_mut(&working.order.symbol) {
            numbers.remove(&number);
        }
        Some(working)
    }

    /// Keeps an order that is done, so that its key stays used and it can be found.
    fn finish(&mut self, order: Order) {
        let order_id = order.order_id.clone();
        self.keys
            .insert(order.idempotency_key.clone(), order_id.clone());
        self.done.insert(order_id.clone(), Box::new(order));
        self.done_order.push_back(order_id);
        if self.done_order.len() > DONE_MOST
            && let Some(oldest) = self.done_order.pop_front()
            && let Some(order) = self.done.remove(&oldest)
        {
            self.keys.remove(&order.idempotency_key);
        }
    }
}
