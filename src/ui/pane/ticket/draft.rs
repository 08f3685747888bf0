//! The draft: what is typed into a ticket, field by field.
//!
//! Owns texts and choices, nothing judged. Its idempotency key is born with it
//! and never changes, so however often it is sent, it is one order.

use crate::domain::{
    BrokerId, FundId, IdempotencyKey, Instrument, Order, OrderId, OrderType, Price, Quantity,
    Quote, Side, StrategyId, Symbol, Ticket, TicketSize, TimeInForce,
};
use crate::order::gate::Change;

/// A field of the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// How much.
    Quantity,
    /// Which order type.
    Type,
    /// The limit price.
    Limit,
    /// The stop price.
    Stop,
    /// How long it works.
    Tif,
}

impl Field {
    /// Returns the name the order path uses for the field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quantity => "quantity",
            Self::Type => "order_type",
            Self::Limit => "limit_price",
            Self::Stop => "stop_price",
            Self::Tif => "tif",
        }
    }
}

/// Who a ticket is from and for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The fund.
    pub fund_id: FundId,
    /// The strategy it is booked under.
    pub strategy_id: StrategyId,
    /// Where it goes.
    pub broker: BrokerId,
    /// The person.
    pub actor: String,
}

/// The order a draft changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub order_id: OrderId,
    /// How it stood when the draft was opened, in words.
    pub was: String,
}

/// The longest text a field takes.
const TEXT_MOST: usize = 24;

/// A ticket being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Makes however many sends one order.
    pub key: IdempotencyKey,
    /// What.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// The quantity as typed.
    pub quantity: String,
    /// The order type.
    pub order_type: OrderType,
    /// The limit price as typed.
    pub limit: String,
    /// The stop price as typed.
    pub stop: String,
    /// How long it works.
    pub tif: TimeInForce,
    /// The field being edited.
    pub field: Field,
    /// Why, in words, for the journal.
    pub thesis: String,
    /// The working order it changes; its quantity is then the whole of that order.
    pub changes: Option<Changed>,
    /// The ticket that follows once this one is sent: its side and quantity.
    pub then: Option<(Side, Quantity)>,
}

impl Draft {
    /// Makes an empty draft that opens on its quantity.
    pub fn new(key: IdempotencyKey, symbol: Symbol, side: Side) -> Self {
        Self {
            key,
            symbol,
            side,
            quantity: String::new(),
            order_type: OrderType::Market,
            limit: String::new(),
            stop: String::new(),
            tif: TimeInForce::Day,
            field: Field::Quantity,
            thesis: String::new(),
            changes: None,
            then: None,
        }
    }

    /// Makes a draft of an order as it works, opened on its price.
    pub fn of(key: IdempotencyKey, order: &Order) -> Self {
        let text = |price: Option<Price>| price.map_or_else(String::new, |price| price.to_string());
        let units = |units: Quantity| units.decimal().normalize().to_string();
        let mut draft = Self::new(key, order.symbol.clone(), order.side);
        draft.quantity = units(order.quantity);
        draft.order_type = order.order_type;
        draft.limit = text(order.limit_price);
        draft.stop = text(order.stop_price);
        draft.tif = order.tif;
        draft.thesis.clone_from(&order.thesis);
        draft.field = match (order.limit_price, order.stop_price) {
            (Some(_), _) => Field::Limit,
            (None, Some(_)) => Field::Stop,
            (None, None) => Field::Quantity,
        };
        let prices = [("limit", &draft.limit), ("stop", &draft.stop)];
        let prices = prices.map(|(word, price)| match price.as_str() {
            "" => String::new(),
            price => format!(" {word} {price}"),
        });
        let done = if order.filled_quantity.is_positive() {
            format!(", {} done", units(order.filled_quantity))
        } else {
            String::new()
        };
        draft.changes = Some(Changed {
            order_id: order.order_id.clone(),
            was: format!("{}{} {}{done}", draft.quantity, prices.concat(), order.tif),
        });
        draft
    }

    /// Returns the fields the order type has, in their order.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = vec![Field::Quantity, Field::Type];
        if self.order_type.needs_limit() {
            fields.push(Field::Limit);
        }
        if self.order_type.needs_stop() {
            fields.push(Field::Stop);
        }
        fields.push(Field::Tif);
        fields
    }

    /// Goes to the next or the previous field, around the ends.
    pub fn go(&mut self, forward: bool) {
        let fields = self.fields();
        let at = fields
            .iter()
            .position(|field| *field == self.field)
            .unwrap_or(0);
        let step = if forward { 1 } else { fields.len() - 1 };
        self.field = fields
            .get((at + step) % fields.len())
            .copied()
            .unwrap_or(Field::Quantity);
    }

    fn text_mut(&mut self) -> Option<&mut String> {
        match self.field {
            Field::Quantity => Some(&mut self.quantity),
            Field::Limit => Some(&mut self.limit),
            Field::Stop => Some(&mut self.stop),
            Field::Type | Field::Tif => None,
        }
    }

    /// Takes in a typed character where the field has use for it.
    pub fn typed(&mut self, letter: char) -> bool {
        let letter = letter.to_ascii_lowercase();
        let fits = match self.field {
            Field::Quantity => letter.is_ascii_digit() || ".,$%rkmax".contains(letter),
            Field::Limit | Field::Stop => letter.is_ascii_digit() || letter == '.',
            Field::Type | Field::Tif => false,
        };
        match self.text_mut() {
            Some(text) if fits && text.len() < TEXT_MOST => {
                text.push(letter);
                true
            }
            _ => false,
        }
    }

    /// Erases the last character of the field, or all of it.
    pub fn erase(&mut self, all: bool) {
        if let Some(text) = self.text_mut() {
            if all {
                text.clear();
            } else {
                text.pop();
            }
        }
    }

    /// Returns true when a price is being edited.
    pub fn on_price(&self) -> bool {
        matches!(self.field, Field::Limit | Field::Stop)
    }

    /// Puts a price into the field being edited.
    pub fn set_price(&mut self, price: Price) {
        let text = price.to_string();
        match self.field {
            Field::Stop => self.stop = text,
            Field::Limit => self.limit = text,
            Field::Quantity | Field::Type | Field::Tif => {}
        }
    }

    /// Moves the field by one step: a tick, a lot, the next choice.
    pub fn step(&mut self, up: bool, instrument: Option<&Instrument>) {
        match self.field {
            Field::Quantity => self.step_quantity(up, instrument),
            Field::Limit | Field::Stop => self.step_price(up, instrument),
            Field::Type => self.order_type = turned(&OrderType::ALL, self.order_type, up),
            Field::Tif => self.tif = turned(&TimeInForce::ALL, self.tif, up),
        }
    }

    fn step_quantity(&mut self, up: bool, instrument: Option<&Instrument>) {
        let lot = instrument.map_or(Quantity::whole(1), |known| known.lot);
        let units = match self.quantity.parse() {
            Ok(TicketSize::Units(units)) => units,
            Ok(_) => return,
            Err(_) => Quantity::ZERO,
        };
        let next = if up { units + lot } else { units - lot };
        if next.is_positive() {
            self.quantity = next.decimal().normalize().to_string();
        }
    }

    fn step_price(&mut self, up: bool, instrument: Option<&Instrument>) {
        let Some(tick) = instrument.map(|known| known.tick) else {
            return;
        };
        let text = if self.field == Field::Stop {
            &self.stop
        } else {
            &self.limit
        };
        let Ok(price) = text.parse::<Price>() else {
            return;
        };
        let next = if up { price + tick } else { price - tick };
        if next.is_positive() {
            self.set_price(next);
        }
    }

    /// Takes the next order type the broker has; a price it needs starts at the touch.
    pub fn cycle_type(&mut self, allowed: &[OrderType], quote: Option<&Quote>) {
        self.order_type = turned(allowed, self.order_type, true);
        let touch = quote.map(|quote| quote.touch(self.side).to_string());
        if self.order_type.needs_limit() && self.limit.is_empty() {
            self.limit = touch.clone().unwrap_or_default();
        }
        if self.order_type.needs_stop() && self.stop.is_empty() {
            self.stop = touch.unwrap_or_default();
        }
        if !self.fields().contains(&self.field) {
            self.field = Field::Quantity;
        }
    }

    /// Takes the next time in force the broker has.
    pub fn cycle_tif(&mut self, allowed: &[TimeInForce]) {
        self.tif = turned(allowed, self.tif, true);
    }

    /// Makes one change that passes.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Quantity(units) => self.quantity = units.decimal().normalize().to_string(),
            Change::LimitPrice(price) => self.limit = price.to_string(),
            Change::StopPrice(price) => self.stop = price.to_string(),
            // Of neither is there anything in the ticket: it is judged again when it is so.
            Change::Wait(_) | Change::Cancel(_) => {}
        }
    }

    /// Returns what is wrong with a text as typed; an empty one is not wrong yet.
    pub fn fault(&self, field: Field) -> Option<String> {
        let text = match field {
            Field::Quantity => {
                let fault = self.quantity.parse::<TicketSize>().err()?;
                return (!self.quantity.is_empty()).then(|| fault.to_string());
            }
            Field::Limit => &self.limit,
            Field::Stop => &self.stop,
            Field::Type | Field::Tif => return None,
        };
        let fault = text.parse::<Price>().err()?;
        (!text.is_empty()).then(|| fault.to_string())
    }

    /// Makes the ticket of the draft as it stands.
    pub fn ticket(&self, sender: &Sender) -> Ticket {
        let price = |needed: bool, text: &str| text.parse::<Price>().ok().filter(|_| needed);
        Ticket {
            idempotency_key: self.key.clone(),
            fund_id: sender.fund_id.clone(),
            strategy_id: sender.strategy_id.clone(),
            broker: sender.broker.clone(),
            actor: sender.actor.clone(),
            symbol: self.symbol.clone(),
            side: self.side,
            size: self.quantity.parse().ok(),
            order_type: self.order_type,
            limit_price: price(self.order_type.needs_limit(), &self.limit),
            stop_price: price(self.order_type.needs_stop(), &self.stop),
            tif: self.tif,
            thesis: self.thesis.clone(),
        }
    }
}

/// Returns the choice after or before the present one, around the ends.
fn turned<T: Copy + PartialEq>(choices: &[T], present: T, forward: bool) -> T {
    let count = choices.len().max(1);
    let at = choices.iter().position(|choice| *choice == present);
    let next = match (at, forward) {
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
        (None, _) => 0,
    };
    choices.get(next).copied().unwrap_or(present)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let key = IdempotencyKey::new("k1").unwrap();
        Draft::new(key, Symbol::new("AAPL").unwrap(), Side::Buy)
    }

    #[test]
    fn fields_take_what_they_have_use_for() {
        let mut draft = draft();
        for letter in "$2z5K".chars() {
            draft.typed(letter);
        }
        assert_eq!(draft.quantity, "$25k");
        assert_eq!(draft.fault(Field::Quantity), None);
        draft.erase(false);
        assert_eq!(draft.quantity, "$25");
        draft.typed('%');
        assert!(draft.fault(Field::Quantity).unwrap().contains("$25%"));
        draft.erase(true);
        assert_eq!(draft.fault(Field::Quantity), None, "empty is not wrong yet");
        draft.go(false);
        assert_eq!(draft.field, Field::Tif);
        assert!(!draft.typed('1'));
    }

    #[test]
    fn steps_follow_the_grid() {
        let mut draft = draft();
        let instrument = Instrument::inferred(&draft.symbol, "0.01".parse().unwrap());
        draft.step(true, instrument.as_ref());
        draft.step(true, instrument.as_ref());
        assert_eq!(draft.quantity, "2");
        draft.step(false, instrument.as_ref());
        draft.step(false, instrument.as_ref());
        assert_eq!(draft.quantity, "1", "never to zero");
        draft.order_type = OrderType::Limit;
        draft.field = Field::Limit;
        draft.set_price("189.42".parse().unwrap());
        draft.step(false, instrument.as_ref());
        assert_eq!(draft.limit, "189.41");
    }
}
