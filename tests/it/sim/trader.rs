//! The people at the desk: tickets of every kind, the same one twice, changes, cancels, halts.

use std::sync::Arc;

use mts1b_desk::domain::{
    EnvelopeField, HaltRequest, HaltScope, IdempotencyKey, Money, OrderType, Price, Quantity, Rate,
    Side, Symbol, Ticket, TicketSize, TimeInForce, Timestamp,
};
use mts1b_desk::engine::Snapshot;
use mts1b_desk::event::{Command, Reviewed};
use mts1b_desk::order::oms::OrderRecord;
use rust_decimal::Decimal;

use super::desk::BROKER;
use super::dice::Dice;
use super::pit::Pit;
use super::weather::Weather;
use super::{lenient, read};

/// Whoever trades.
#[derive(Debug)]
pub struct Trader {
    dice: Dice,
    symbols: Vec<Symbol>,
    sent: Vec<Ticket>,
    count: u64,
}

impl Trader {
    pub fn new(dice: Dice) -> Self {
        Self {
            dice,
            symbols: Pit::symbols(),
            sent: Vec::new(),
            count: 0,
        }
    }

    /// Returns how many tickets were written.
    pub fn tickets(&self) -> u64 {
        self.count
    }

    /// Returns what is asked for in a round, by what the screen shows.
    pub fn round(&mut self, screen: &Snapshot, weather: &Weather, now: Timestamp) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.dice.chance(weather.trade) {
            let ticket = self.ticket(screen, now);
            let reviewed = self.dice.chance(200).then(|| review(screen, &ticket, now));
            commands.push(place(&ticket, reviewed));
            if self.dice.chance(weather.resend) {
                commands.push(place(&ticket, None));
            }
            self.sent.push(ticket);
        }
        if !self.sent.is_empty() && self.dice.chance(weather.resend / 4) {
            commands.push(place(&self.dice.pick(&self.sent), None));
        }
        if self.dice.chance(weather.cancel) {
            commands.extend(self.cancel(screen));
        }
        if self.dice.chance(weather.change) {
            commands.extend(self.change(screen, weather));
        }
        if self.dice.chance(weather.halt) {
            commands.push(self.halt(screen, now));
        }
        if self.dice.chance(weather.limits) {
            commands.extend(self.limits(screen));
        }
        if self.dice.chance(weather.flow) {
            commands.push(Command::Flow {
                amount_usd: lenient(Money::new(Decimal::from(self.dice.within(-60_000, 60_000)))),
                actor: "sim".to_owned(),
                reason: "moved".to_owned(),
            });
        }
        if !weather.paper && self.dice.chance(weather.correct) {
            commands.extend(correction(screen, now));
        }
        if self.dice.chance(weather.flatten) {
            commands.push(Command::Flatten {
                actor: "sim".to_owned(),
                reason: "enough".to_owned(),
            });
        }
        commands
    }

    /// Returns so many orders of a program that nobody watches.
    pub fn children(&mut self, screen: &Snapshot, count: u64, now: Timestamp) -> Vec<Command> {
        let parent = Ticket {
            order_type: OrderType::Market,
            tif: TimeInForce::Ioc,
            size: Some(TicketSize::Units(Quantity::whole(1))),
            symbol: read("ZETA"),
            side: Side::Buy,
            strategy_id: read("strategy-1"),
            limit_price: None,
            stop_price: None,
            ..self.ticket(screen, now)
        };
        let child = |number| Ticket {
            idempotency_key: read(&format!("{}-{number}", parent.idempotency_key)),
            ..parent.clone()
        };
        (0..count)
            .map(|number| place(&child(number), None))
            .collect()
    }

    fn ticket(&mut self, screen: &Snapshot, now: Timestamp) -> Ticket {
        self.count += 1;
        let dice = &mut self.dice;
        let symbol = dice.pick(&self.symbols);
        let side = side(dice, screen, &symbol);
        let order_type = dice.pick(&OrderType::ALL);
        let tif = dice.pick(&[
            TimeInForce::Day,
            TimeInForce::Gtc,
            TimeInForce::Gtc,
            TimeInForce::Ioc,
            TimeInForce::Fok,
            TimeInForce::Opg,
        ]);
        let quote = screen.market.quote(&symbol, now).map(|(quote, _)| quote);
        let tick = screen.market.instrument(&symbol).map(|known| known.tick);
        let touch = quote.map_or(Price::whole(100), |quote| quote.touch(side));
        let mut near = |reach: i64| {
            let part = Decimal::new(10_000 + dice.within(-reach, reach), 4);
            let price = lenient(Price::new(touch.decimal() * part));
            tick.map_or(price, |tick| price.to_tick(tick, false))
        };
        let limit_price = order_type.needs_limit().then(|| near(30));
        let stop_price = order_type.needs_stop().then(|| near(60));
        let size = size(dice, screen, &symbol, touch);
        Ticket {
            idempotency_key: read::<IdempotencyKey>(&format!("key-{}", self.count)),
            fund_id: read("fund-1"),
            strategy_id: read(if dice.chance(20) {
                "stranger"
            } else {
                "strategy-1"
            }),
            broker: read(BROKER),
            actor: "sim".to_owned(),
            symbol,
            side,
            size,
            order_type,
            limit_price,
            stop_price,
            tif,
            thesis: String::new(),
        }
    }

    /// Another size, another price or both for something that works; at times the same change twice.
    fn change(&mut self, screen: &Snapshot, weather: &Weather) -> Vec<Command> {
        let mut orders: Vec<_> = screen.orders.live().collect();
        let partly = |record: &&&Arc<OrderRecord>| record.order.filled_quantity.is_positive();
        let begun: Vec<_> = orders.iter().filter(partly).copied().collect();
        if !begun.is_empty() && self.dice.chance(500) {
            orders = begun;
        }
        if orders.is_empty() {
            return Vec::new();
        }
        self.count += 1;
        let order = self.dice.pick(&orders).order.clone();
        let part = Decimal::new(self.dice.within(20, 300), 2);
        let lot = screen
            .market
            .instrument(&order.symbol)
            .map(|known| known.lot);
        let units = lenient(Quantity::new((order.quantity.decimal() * part).round_dp(4)));
        let units = lot.map_or(units, |lot| units.to_lot(lot));
        let tick = screen
            .market
            .instrument(&order.symbol)
            .map(|known| known.tick);
        let mut near = |price: Price| {
            let part = Decimal::new(10_000 + self.dice.within(-30, 30), 4);
            let price = lenient(Price::new(price.decimal() * part));
            tick.map_or(price, |tick| price.to_tick(tick, false))
        };
        let ticket = Ticket {
            idempotency_key: read::<IdempotencyKey>(&format!("key-{}", self.count)),
            fund_id: order.fund_id,
            strategy_id: order.strategy_id,
            broker: order.broker,
            actor: "sim".to_owned(),
            symbol: order.symbol,
            side: order.side,
            size: Some(TicketSize::Units(units)),
            order_type: order.order_type,
            limit_price: order.limit_price.map(&mut near),
            stop_price: order.stop_price.map(&mut near),
            tif: order.tif,
            thesis: String::new(),
        };
        let command = Command::Replace {
            order_id: order.order_id,
            ticket: Box::new(ticket.clone()),
            reviewed: None,
        };
        let mut commands = vec![command.clone()];
        if self.dice.chance(weather.resend) {
            commands.push(command);
        }
        if self.dice.chance(weather.resend) {
            commands.push(place(&ticket, None));
        }
        commands
    }

    /// Other limits, tighter or looser, at times not the next version.
    fn limits(&mut self, screen: &Snapshot) -> Option<Command> {
        let known = screen.risk.envelope()?;
        let mut next = (**known).clone();
        next.version += u32::try_from(1 + self.dice.below(20) / 19).unwrap_or(1);
        let (name, text) = self.dice.pick(&[
            ("max_position_pct", "5%"),
            ("max_position_pct", "30%"),
            ("max_order_notional_usd", "20000"),
            ("max_order_notional_usd", "200000"),
            ("daily_loss_halt_pct", "1%"),
            ("daily_loss_halt_pct", "5%"),
            ("weekly_loss_halt_pct", "2%"),
            ("weekly_loss_halt_pct", "8%"),
            ("synthetic_stop_pct", "2%"),
            ("synthetic_stop_pct", "10%"),
            ("enable_shorting", "off"),
            ("enable_shorting", "on"),
        ]);
        EnvelopeField::named(name)?.set(&mut next, text).ok()?;
        Some(Command::SetEnvelope {
            envelope: Box::new(next),
            actor: "sim".to_owned(),
        })
    }

    fn cancel(&mut self, screen: &Snapshot) -> Option<Command> {
        if self.dice.chance(100) {
            let symbol = self.dice.pick(&self.symbols);
            let symbol = self.dice.chance(500).then_some(symbol);
            return Some(Command::CancelOpening { symbol });
        }
        let done = self.dice.chance(50);
        let orders: Vec<_> = if done {
            screen.orders.done().collect()
        } else {
            screen.orders.live().collect()
        };
        if orders.is_empty() {
            return None;
        }
        let order_id = self.dice.pick(&orders).order.order_id.clone();
        Some(Command::Cancel { order_id })
    }

    fn halt(&mut self, screen: &Snapshot, now: Timestamp) -> Command {
        if let Some(halt) = screen.risk.halts().first() {
            return Command::Resume {
                target: halt.status.target.clone(),
                actor: self.dice.pick(&["sim", "sam"]).to_owned(),
                reason: "looked at it".to_owned(),
            };
        }
        let firm = self.dice.chance(300);
        let (scope, target) = if firm {
            (HaltScope::Firm, String::new())
        } else {
            (HaltScope::Fund, "fund-1".to_owned())
        };
        Command::Halt(HaltRequest {
            halt_id: format!("halt-{}", now.as_us()),
            scope,
            target,
            reason: "a bad feeling".to_owned(),
            actor: "sim".to_owned(),
            cancel_open_orders: self.dice.chance(700),
            flatten: false,
            requested_at: now,
        })
    }
}

/// Accepts the first correction that is proposed.
fn correction(screen: &Snapshot, now: Timestamp) -> Option<Command> {
    let rows = screen.compared(now).into_iter();
    let mut proposed = rows.filter_map(|row| Some((row.symbol, row.settles?.ok()?)));
    let (symbol, proposal) = proposed.next()?;
    Some(Command::Correct {
        symbol,
        quantity: proposal.quantity,
        price: proposal.price,
        actor: "sim".to_owned(),
        reason: "the venue is right".to_owned(),
    })
}

fn place(ticket: &Ticket, reviewed: Option<Reviewed>) -> Command {
    Command::Place {
        ticket: Box::new(ticket.clone()),
        reviewed: reviewed.map(Box::new),
    }
}

fn review(screen: &Snapshot, ticket: &Ticket, now: Timestamp) -> Reviewed {
    let quote = screen.market.quote(&ticket.symbol, now);
    Reviewed {
        quote: quote.map(|(quote, _)| quote.clone()),
        refusals: screen.preview(ticket, now).refusals(),
        at: now,
        slip: Price::whole(1),
    }
}

/// Mostly a side that fits what is held, so that positions are closed and flipped too.
fn side(dice: &mut Dice, screen: &Snapshot, symbol: &Symbol) -> Side {
    let held = screen.ledger.quantity(symbol);
    match dice.below(10) {
        0..=3 if held.is_positive() => Side::Sell,
        0..=3 if held.is_negative() => Side::Cover,
        _ => dice.pick(&Side::ALL),
    }
}

fn size(dice: &mut Dice, screen: &Snapshot, symbol: &Symbol, touch: Price) -> Option<TicketSize> {
    let ratio = |bps: i64| lenient(Rate::new(Decimal::new(bps, 4)));
    Some(match dice.below(12) {
        0 => return None,
        1 => TicketSize::Max,
        2 => TicketSize::Notional(lenient(Money::new(Decimal::from(dice.within(1, 120_000))))),
        3 => TicketSize::NavRatio(ratio(dice.within(1, 600))),
        4 => TicketSize::RiskRatio(ratio(dice.within(1, 20))),
        5 => TicketSize::Units(screen.ledger.quantity(symbol).abs()),
        _ => {
            let usd = Decimal::from(dice.within(50, 60_000));
            let units = (usd / touch.decimal().max(Decimal::new(1, 2))).round_dp(4);
            let units = lenient(Quantity::new(units));
            let lot = screen.market.instrument(symbol).map(|known| known.lot);
            TicketSize::Units(lot.map_or(units, |lot| units.to_lot(lot)))
        }
    })
}
