//! A ticket becomes an order, or says which field is at fault.

use crate::domain::{Instrument, Order, OrderId, Ticket, TicketSize, Timestamp};
use crate::event::Seen;

/// A field of the ticket that cannot be used, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Which field: `quantity`, `limit_price`, `stop_price`, `symbol`.
    pub field: &'static str,
    /// What is wrong, in words.
    pub fault: String,
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
    let _ = (
        input.ticket.size == Some(TicketSize::Max),
        input.seen,
        input.now,
    );
    Err(vec![FieldFault {
        field: "quantity",
        fault: "a quantity is needed".to_owned(),
    }])
}
