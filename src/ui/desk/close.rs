//! Opening tickets and giving orders up: buy, sell, close, reverse, break even, cancel.
//!
//! Everything that trades ends in a ticket that was reviewed; nothing here sends one.

use rust_decimal::Decimal;

use crate::domain::{
    BrokerId, IdempotencyKey, Intent, OrderId, OrderType, Quantity, Rate, Side, Symbol,
};
use crate::engine::NoticeKind;
use crate::event::Command;
use crate::ui::desk::{Desk, Reaction};
use crate::ui::layout::PaneKind;
use crate::ui::pane::View;
use crate::ui::pane::ticket::{Draft, Field, Sender};

impl Desk {
    fn draft(&mut self, symbol: Symbol, side: Side) -> Option<(Draft, Sender)> {
        if let Some(why) = self.barred() {
            self.say(NoticeKind::Refused, why);
            return None;
        }
        let key = IdempotencyKey::new(self.ids.token()).ok()?;
        let Ok(broker) = BrokerId::new(&self.snap.desk.broker) else {
            self.say(NoticeKind::Refused, "no broker is set up");
            return None;
        };
        let sender = Sender {
            fund_id: self.snap.desk.fund_id.clone(),
            strategy_id: self.settings.strategy_id.clone(),
            broker,
            actor: self.settings.actor.clone(),
        };
        let mut draft = Draft::new(key, symbol, side);
        draft.tif = self.settings.tif;
        Some((draft, sender))
    }

    fn show_ticket(&mut self, draft: Draft, sender: Sender) -> Reaction {
        self.panes.ticket.open(draft, sender);
        self.arrange();
        Reaction::Done
    }

    /// Opens a ticket on the chosen symbol, on its quantity.
    pub(super) fn open_ticket(&mut self, side: Side) -> Reaction {
        let Some(symbol) = self.symbol.clone() else {
            self.say(NoticeKind::Refused, "choose a symbol first");
            return Reaction::Done;
        };
        // The line at the foot now names the ticket's keys.
        self.message = None;
        // What the position makes of it: buying what is short covers, selling what is not held shorts.
        let held = self.held(&symbol);
        let side = match side {
            Side::Buy | Side::Cover => Intent::Buy.side(held),
            Side::Sell => Intent::Sell.side(held),
            Side::Short => Side::Short,
        };
        let Some((mut draft, sender)) = self.draft(symbol, side) else {
            return Reaction::Done;
        };
        if self.settings.order_type != OrderType::Market {
            let quote = self
                .snap
                .market
                .quote(&draft.symbol, self.now)
                .map(|(quote, _)| quote);
            draft.cycle_type(&[self.settings.order_type], quote);
        }
        self.show_ticket(draft, sender)
    }

    /// Opens a draft with its quantity filled in.
    pub(super) fn open_sized(&mut self, symbol: Symbol, side: Side, quantity: Quantity) {
        if let Some((mut draft, sender)) = self.draft(symbol, side) {
            draft.quantity = quantity.decimal().normalize().to_string();
            self.show_ticket(draft, sender);
        }
    }

    pub(super) fn held(&self, symbol: &Symbol) -> Quantity {
        let holding = self.snap.ledger.holding(symbol);
        holding.map_or(Quantity::ZERO, |held| held.quantity)
    }

    /// Returns the chosen symbol and what is held of it; says so when nothing is.
    fn position(&mut self) -> Option<(Symbol, Quantity)> {
        let symbol = self.symbol.clone()?;
        let held = self.held(&symbol);
        if held.is_zero() {
            self.say(NoticeKind::Refused, format!("nothing of {symbol} is held"));
            return None;
        }
        Some((symbol, held))
    }

    /// Opens a reviewed ticket that closes so many quarters of the position.
    pub(super) fn close_part(&mut self, quarters: i32) -> Reaction {
        self.close_with(quarters, None)
    }

    /// Closes the position in a reviewed ticket; once it is sent, a draft of the other side follows.
    pub(super) fn reverse(&mut self) -> Reaction {
        let then = |held: Quantity| {
            let side = if held.is_positive() {
                Side::Short
            } else {
                Side::Buy
            };
            (side, held.abs())
        };
        self.close_with(4, Some(then))
    }

    fn close_with(
        &mut self,
        quarters: i32,
        then: Option<fn(Quantity) -> (Side, Quantity)>,
    ) -> Reaction {
        let Some((symbol, held)) = self.position() else {
            return Reaction::Done;
        };
        let quantity = self.part_of(&symbol, held, quarters);
        if quantity.is_zero() {
            self.say(
                NoticeKind::Refused,
                format!("that part of {symbol} is less than one lot"),
            );
            return Reaction::Done;
        }
        let side = if held.is_positive() {
            Side::Sell
        } else {
            Side::Cover
        };
        let Some((mut draft, sender)) = self.draft(symbol, side) else {
            return Reaction::Done;
        };
        draft.quantity = quantity.decimal().normalize().to_string();
        draft.then = then.map(|then| then(held));
        self.show_reviewed(draft, sender)
    }

    fn part_of(&self, symbol: &Symbol, held: Quantity, quarters: i32) -> Quantity {
        if quarters >= 4 {
            return held.abs();
        }
        let part = Rate::new(Decimal::new(i64::from(quarters) * 25, 2)).unwrap_or(Rate::ZERO);
        let lot = self
            .snap
            .market
            .instrument(symbol)
            .map_or(Quantity::whole(1), |known| known.lot);
        held.abs().scaled(part).to_lot(lot)
    }

    /// Opens a reviewed stop at the position's average price.
    pub(super) fn break_even(&mut self) -> Reaction {
        let Some((symbol, held)) = self.position() else {
            return Reaction::Done;
        };
        let holding = self.snap.ledger.holding(&symbol).cloned();
        let tick = self.snap.market.instrument(&symbol).map(|known| known.tick);
        let (Some(holding), Some(tick)) = (holding, tick) else {
            return Reaction::Done;
        };
        let side = if held.is_positive() {
            Side::Sell
        } else {
            Side::Cover
        };
        let Some((mut draft, sender)) = self.draft(symbol, side) else {
            return Reaction::Done;
        };
        draft.quantity = held.abs().decimal().normalize().to_string();
        draft.order_type = OrderType::Stop;
        // On the grid, on the side that does not lose.
        draft.stop = holding
            .avg_price
            .to_tick(tick, held.is_positive())
            .to_string();
        draft.field = Field::Stop;
        self.show_reviewed(draft, sender)
    }

    fn show_reviewed(&mut self, draft: Draft, sender: Sender) -> Reaction {
        let now = self.now;
        self.panes
            .ticket
            .open_reviewed(draft, sender, &self.snap, now);
        self.arrange();
        Reaction::Done
    }

    pub(super) fn chosen_order(&self) -> Option<OrderId> {
        let view = View {
            snap: &self.snap,
            value: &self.value,
            now: self.now,
            theme: &self.theme,
            glyphs: &self.settings.glyphs,
            keys: &self.keymap,
            scope: self.bare_scope(),
            symbol: self.symbol.as_ref(),
            focused: true,
            number: 0,
        };
        if self.focus == PaneKind::Orders {
            return self.panes.orders.chosen(&view);
        }
        // From elsewhere: the newest working order of the chosen symbol.
        let symbol = self.symbol.as_ref()?;
        let mut live = self.snap.orders.live().rev();
        let newest = live.find(|record| record.order.symbol == *symbol)?;
        Some(newest.order.order_id.clone())
    }

    /// Asks for the chosen order to be canceled.
    pub(super) fn cancel(&mut self) -> Reaction {
        let Some(record) = self.chosen_open() else {
            self.say(NoticeKind::Refused, "no working order is chosen");
            return Reaction::Done;
        };
        let order = record.order.clone();
        let words = format!(
            "cancel asked for: {} {} {}",
            order.side, order.quantity, order.symbol
        );
        self.ask(
            Command::Cancel {
                order_id: order.order_id,
            },
            &words,
        )
    }

    /// Opens a ticket with the chosen order's values; what it comes to takes that order's place.
    pub(super) fn modify(&mut self) -> Reaction {
        let Some(record) = self.chosen_live() else {
            self.say(NoticeKind::Refused, "no working order is chosen");
            return Reaction::Done;
        };
        let order = record.order.clone();
        self.message = None;
        let Some((plain, sender)) = self.draft(order.symbol.clone(), order.side) else {
            return Reaction::Done;
        };
        // The change belongs to whom the order belongs to, and goes where it went.
        let sender = Sender {
            fund_id: order.fund_id.clone(),
            strategy_id: order.strategy_id.clone(),
            broker: order.broker.clone(),
            ..sender
        };
        self.show_ticket(Draft::of(plain.key, &order), sender)
    }

    /// Asks for the chosen symbol's orders that open risk to be canceled.
    pub(super) fn cancel_opening(&mut self) -> Reaction {
        let Some(symbol) = self.symbol.clone() else {
            self.say(NoticeKind::Refused, "choose a symbol first");
            return Reaction::Done;
        };
        let words = format!("cancel asked for: opening orders of {symbol}");
        self.ask(
            Command::CancelOpening {
                symbol: Some(symbol),
            },
            &words,
        )
    }
}
