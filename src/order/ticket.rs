//! A ticket becomes an order, or says which field is at fault.
//!
//! Turns a size as a trader says it into whole lots, always rounded down. It judges
//! nothing the gates judge (grid, lists, limits) and guesses no price: a type that
//! needs one must be given it.

use crate::domain::{
    Instrument, Money, Order, OrderId, OrderType, Price, Quantity, Rate, Ticket, TicketSize,
    Timestamp,
};
use crate::event::Seen;

/// A field of the ticket that cannot be used, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Which field: `quantity`, `limit_price`, `stop_price`, `symbol`.
    pub field: &'static str,
    /// What is wrong, in words.
    pub fault: String,
}

impl FieldFault {
    fn new(field: &'static str, fault: impl Into<String>) -> Self {
        Self {
            field,
            fault: fault.into(),
        }
    }
}

/// What a ticket is turned into an order with.
#[derive(Debug, Clone, Copy)]
pub struct TicketInput<'a> {
    /// The draft.
    pub ticket: &'a Ticket,
    /// The name the order gets.
    pub order_id: &'a OrderId,
    /// What the symbol denotes.
    pub instrument: Option<&'a Instrument>,
    /// The market and the book.
    pub seen: &'a Seen,
    /// The moment.
    pub now: Timestamp,
}

/// Makes the order a ticket asks for.
///
/// # Errors
/// Every field at fault, each once. `max` is resolved by the caller first
/// (`TicketSize::Max` here is a fault).
pub fn to_order(input: &TicketInput<'_>) -> Result<Order, Vec<FieldFault>> {
    let ticket = input.ticket;
    let Some(instrument) = input.instrument else {
        let fault = format!("symbol '{}' is not known to this desk", ticket.symbol);
        return Err(vec![FieldFault::new("symbol", fault)]);
    };
    let mut faults = Vec::new();
    let kind = ticket.order_type;
    price_fault(
        "limit",
        ticket.limit_price,
        kind.needs_limit(),
        kind,
        &mut faults,
    );
    // A stop price on a type without one is where the size by risk is measured to.
    let sizes_by_stop = matches!(ticket.size, Some(TicketSize::RiskRatio(_)));
    if kind.needs_stop() || !sizes_by_stop {
        price_fault(
            "stop",
            ticket.stop_price,
            kind.needs_stop(),
            kind,
            &mut faults,
        );
    }
    // A size in money means nothing while its price is at fault.
    let quantity = match ticket.size {
        Some(TicketSize::Units(_)) | None => Some(size(input, instrument)),
        Some(_) => faults.is_empty().then(|| size(input, instrument)),
    };
    match quantity {
        Some(Ok(quantity)) if faults.is_empty() => Ok(draft(input, quantity)),
        Some(Err(fault)) => {
            faults.insert(0, fault);
            Err(faults)
        }
        Some(Ok(_)) | None => Err(faults),
    }
}

/// Makes the order of a ticket at a given quantity, whatever its fields are worth: for searches and not for sending.
pub(super) fn draft(input: &TicketInput<'_>, quantity: Quantity) -> Order {
    let ticket = input.ticket;
    let kind = ticket.order_type;
    Order {
        order_id: input.order_id.clone(),
        idempotency_key: ticket.idempotency_key.clone(),
        symbol: ticket.symbol.clone(),
        side: ticket.side,
        quantity,
        order_type: kind,
        limit_price: ticket.limit_price,
        stop_price: ticket.stop_price.filter(|_| kind.needs_stop()),
        tif: ticket.tif,
        fund_id: ticket.fund_id.clone(),
        strategy_id: ticket.strategy_id.clone(),
        broker: ticket.broker.clone(),
        actor: ticket.actor.clone(),
        created_at: input.now,
        submitted_at: None,
        accepted_at: None,
        filled_at: None,
        canceled_at: None,
        rejected_at: None,
        broker_order_id: None,
        parent_order_id: None,
        filled_quantity: Quantity::ZERO,
        avg_fill_price: None,
        rejected_reason: None,
        thesis: ticket.thesis.clone(),
    }
}

/// Notes what is wrong with one price field, if anything.
fn price_fault(
    name: &'static str,
    price: Option<Price>,
    needed: bool,
    kind: OrderType,
    faults: &mut Vec<FieldFault>,
) {
    let field = if name == "limit" {
        "limit_price"
    } else {
        "stop_price"
    };
    let fault = match price {
        None if needed => format!("a {kind} order needs a {name} price"),
        Some(price) if !needed => format!("a {kind} order takes no {name} price: clear {price}"),
        Some(price) if !price.is_positive() => format!("{name} price {price} must be above 0"),
        Some(_) | None => return,
    };
    faults.push(FieldFault::new(field, fault));
}

/// Returns the quantity in whole lots.
fn size(input: &TicketInput<'_>, instrument: &Instrument) -> Result<Quantity, FieldFault> {
    let fault = |text: String| FieldFault::new("quantity", text);
    let Some(size) = input.ticket.size else {
        return Err(fault(
            "a quantity is needed: 100, $25k, 2%, r0.5% or max".to_owned(),
        ));
    };
    let (money, each) = match size {
        TicketSize::Units(units) => {
            return if units.is_positive() {
                Ok(units)
            } else {
                Err(fault(format!("quantity {units} must be above 0")))
            };
        }
        TicketSize::Max => return Err(fault("no size passes the gates".to_owned())),
        TicketSize::Notional(money) => (money, unit_usd(input, size)?),
        TicketSize::NavRatio(ratio) => (share(input, size, ratio)?, unit_usd(input, size)?),
        TicketSize::RiskRatio(ratio) => (share(input, size, ratio)?, risk_usd(input, size)?),
    };
    let units = whole_lots(money, each, instrument.lot)
        .ok_or_else(|| fault(format!("{size} is more units than an order can have")))?;
    if units.is_positive() {
        Ok(units)
    } else {
        let lot = instrument.lot;
        let cost = each.times(lot).round(2);
        Err(fault(format!(
            "{size} is less than one lot of {lot}, which is {cost} USD"
        )))
    }
}

/// Returns so much of NAV.
fn share(input: &TicketInput<'_>, size: TicketSize, ratio: Rate) -> Result<Money, FieldFault> {
    let nav = input.seen.nav_usd.filter(|nav| nav.is_positive());
    nav.map(|nav| nav * ratio)
        .ok_or_else(|| FieldFault::new("quantity", format!("{size} needs NAV, which is not known")))
}

/// Returns the price the order may be done at, at worst: the touch or its own prices, whichever is highest.
fn reference(input: &TicketInput<'_>) -> Option<Price> {
    let ticket = input.ticket;
    let touch = input
        .seen
        .quote
        .as_ref()
        .map(|quote| quote.touch(ticket.side));
    let stop = ticket.stop_price.filter(|_| ticket.order_type.needs_stop());
    touch.max(ticket.limit_price).max(stop)
}

fn unit_usd(input: &TicketInput<'_>, size: TicketSize) -> Result<Money, FieldFault> {
    let unit = reference(input)
        .zip(input.seen.usd_rate)
        .map(|(price, rate)| Money::from(price) * rate);
    unit.filter(|unit| unit.is_positive()).ok_or_else(|| {
        FieldFault::new(
            "quantity",
            format!("{size} needs a price in USD, and there is none"),
        )
    })
}

/// Returns what one unit loses between entry and stop, in USD.
fn risk_usd(input: &TicketInput<'_>, size: TicketSize) -> Result<Money, FieldFault> {
    let ticket = input.ticket;
    let Some(stop) = ticket.stop_price else {
        let fault = format!("{size} needs a stop price to measure the risk to");
        return Err(FieldFault::new("stop_price", fault));
    };
    let touch = input
        .seen
        .quote
        .as_ref()
        .map(|quote| quote.touch(ticket.side));
    let (Some(entry), Some(rate)) = (ticket.limit_price.or(touch), input.seen.usd_rate) else {
        return unit_usd(input, size);
    };
    let loss = if ticket.order_type.needs_stop() {
        (entry - stop).abs()
    } else if ticket.side.is_buy() {
        entry - stop
    } else {
        stop - entry
    };
    if loss.is_positive() {
        Ok(Money::from(loss) * rate)
    } else {
        let word = if ticket.side.is_buy() {
            "below"
        } else {
            "above"
        };
        let fault = format!("stop price {stop} must be {word} the entry at {entry}");
        Err(FieldFault::new("stop_price", fault))
    }
}

/// Returns as many whole lots as `money` pays for at `each`; none when out of range.
fn whole_lots(money: Money, each: Money, lot: Quantity) -> Option<Quantity> {
    let units = money.decimal().checked_div(each.decimal())?;
    let units = Quantity::new(units).ok()?.to_lot(lot);
    // A quotient of many digits may have been rounded up to a whole lot.
    let over = units.is_positive() && each.times(units) > money;
    Some(if over { units - lot } else { units })
        .map(|units| Quantity::new(units.decimal().normalize()).unwrap_or(Quantity::ZERO))
}
