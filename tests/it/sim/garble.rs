//! A wrong report made of a right one: one field broken, as a faulty link or venue would.
//!
//! What cannot be decoded never gets this far; what is made here reads well and is
//! not true. Each kind must be refused or said, and none may change the books.

use mts1b_desk::domain::{Fill, Order, OrderId, Price, Quantity};
use mts1b_desk::event::BrokerReport;
use rust_decimal::Decimal;

use super::dice::Dice;
use super::read;

/// What the desk heard of a fill before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    Not,
    /// A wrong copy: the same again would be the venue's word.
    Wrong,
    /// The right one: a copy may differ in ways that nobody could see without it.
    Right,
}

/// Returns a wrong copy; none of a report that has nothing to break.
pub fn garbled(dice: &mut Dice, report: &BrokerReport, heard: Heard) -> Option<BrokerReport> {
    let mut wrong = report.clone();
    match &mut wrong {
        BrokerReport::Fill { fill, .. } => garble_fill(dice, fill, heard),
        BrokerReport::Statement { orders, .. } => garble_statement(dice, orders)?,
        BrokerReport::Accepted { order_id, .. }
        | BrokerReport::Rejected { order_id, .. }
        | BrokerReport::Unknown { order_id, .. }
        | BrokerReport::NotFound { order_id, .. }
        | BrokerReport::Canceled { order_id, .. }
        | BrokerReport::Stands { order_id, .. }
        | BrokerReport::CancelRefused { order_id, .. }
        | BrokerReport::Expired { order_id, .. } => *order_id = nobody(dice),
    }
    Some(wrong)
}

/// An order that never was, of this desk's form or of another's.
fn nobody(dice: &mut Dice) -> OrderId {
    read(dice.pick(&["sim-999999999", "sim-", "sim-12x", "SIM-1", "elsewhere-7"]))
}

fn times(quantity: Quantity, factor: i64) -> Quantity {
    Quantity::new(quantity.decimal() * Decimal::from(factor)).unwrap_or_default()
}

fn priced(price: Price, factor: Decimal) -> Price {
    Price::new(price.decimal() * factor).unwrap_or_default()
}

/// What is wrong of itself, what contradicts the order, and what only the right fill shows to be wrong.
fn garble_fill(dice: &mut Dice, fill: &mut Fill, heard: Heard) {
    let kinds = match heard {
        Heard::Wrong => 4,
        Heard::Not => 8,
        Heard::Right => 11,
    };
    match dice.below(kinds) {
        0 => fill.quantity = -fill.quantity,
        1 => fill.quantity = Quantity::ZERO,
        2 => fill.order_id = nobody(dice),
        3 => fill.price = dice.pick(&[Price::ZERO, -fill.price]),
        4 => fill.quantity = times(fill.quantity, 100_000),
        5 => {
            let acme = fill.symbol.as_str() == "ACME";
            fill.symbol = read(if acme { "ZETA" } else { "ACME" });
        }
        6 => fill.price = priced(fill.price, Decimal::from(1_000)),
        7 => fill.price = priced(fill.price, Decimal::new(1, 3)),
        8 => fill.quantity = times(fill.quantity, 2),
        9 => fill.price = priced(fill.price, Decimal::new(101, 2)),
        _ => fill.fees = fill.fees + fill.fees + read("1"),
    }
}

fn garble_statement(dice: &mut Dice, orders: &mut Vec<Order>) -> Option<()> {
    let at = usize::try_from(dice.below(orders.len() as u64)).unwrap_or(0);
    let order = orders.get_mut(at)?;
    match dice.below(5) {
        0 => order.quantity = times(order.quantity, 7),
        1 => order.symbol = read("NOPE"),
        2 => order.order_id = nobody(dice),
        3 => order.filled_quantity = -order.quantity,
        _ => {
            orders.remove(at);
        }
    }
    Some(())
}
