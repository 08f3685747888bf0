//! Ours against theirs: what a broker works and holds, and what follows where it differs.
//!
//! Pure, and independent of the order and the repetition of rows. Nothing is
//! guessed: an order the venue does not list becomes `Unknown` (and is then asked
//! for by key), one it lists becomes `Accepted`, and every difference that only a
//! person can judge is a `Drift` that locks its symbol, until a statement agrees again. Done again over its own outcome it says nothing
//! more. Positions are never overwritten: fills alone change the books. A broker
//! sends its statement after the fills it replays, so that what is missing here is
//! missing indeed.

use std::collections::BTreeSet;

use crate::domain::{BrokerId, Order, OrderId, OrderState, Position, Quantity, Symbol, Timestamp};
use crate::event::Fact;
use crate::order::ledger::Ledger;
use crate::order::oms::answer::Answer;
use crate::order::oms::{Flight, OrderRecord, Orders};

/// What the desk knows.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'a> {
    /// Orders.
    pub orders: &'a Orders,
    /// Positions.
    pub ledger: &'a Ledger,
}

/// What a broker stated.
#[derive(Debug, Clone, Copy)]
pub struct Theirs<'a> {
    /// Which broker.
    pub broker: &'a BrokerId,
    /// What it works.
    pub orders: &'a [Order],
    /// What it holds.
    pub positions: &'a [Position],
}

/// Says what follows from a broker's statement. Changes nothing.
pub fn reconcile(ours: Ours<'_>, theirs: Theirs<'_>, now: Timestamp) -> Vec<Fact> {
    let mut answer = Answer::new(ours.ledger, now);
    let mut rows: Vec<&Order> = theirs.orders.iter().collect();
    rows.sort_unstable_by(|a, b| {
        let key = |order: &Order| (order.quantity, order.filled_quantity, order.side);
        (&a.order_id, key(a), &a.symbol, &a.broker_order_id).cmp(&(
            &b.order_id,
            key(b),
            &b.symbol,
            &b.broker_order_id,
        ))
    });
    rows.dedup();
    for row in &rows {
        compare_order(ours.orders, theirs.broker, row, &mut answer);
    }
    let listed: BTreeSet<&OrderId> = rows.iter().map(|row| &row.order_id).collect();
    for record in ours.orders.live() {
        let order = &record.order;
        if order.broker == *theirs.broker && !listed.contains(&order.order_id) {
            look_at_absent(record, &mut answer);
        }
    }
    // The books are kept per fund, and a fund has one broker: another one's holdings are not in them.
    let own = ours.ledger.fund().map(|fund| &fund.broker);
    if own == Some(theirs.broker) {
        compare_positions(ours.ledger, theirs, &mut answer);
        answer.settle();
    }
    answer.facts
}

fn compare_order(orders: &Orders, broker: &BrokerId, row: &Order, answer: &mut Answer<'_>) {
    let id = &row.order_id;
    let Some(record) = orders.get(id) else {
        answer.drift(
            Some(id),
            format!(
                "{broker} works order {id} ({} {} {}), which is not at hand",
                row.side, row.quantity, row.symbol
            ),
        );
        answer.question(
            &row.symbol,
            format!("{broker} works order {id}, which is not at hand"),
        );
        return;
    };
    let order = &record.order;
    // A statement may be older than the last fill: that an order is done here needs no word.
    if record.state() == OrderState::Filled {
        return;
    }
    if matches!(record.flight, Flight::Done | Flight::PendingRisk) {
        answer.drift(
            Some(id),
            format!(
                "{broker} works order {id}, which is {} here",
                record.state()
            ),
        );
        answer.question(
            &order.symbol,
            format!("{broker} works order {id}, which has ended here"),
        );
        return;
    }
    answer.accepted(record, row.broker_order_id.as_ref());
    if (&row.symbol, row.side) != (&order.symbol, order.side) || row.quantity != order.quantity {
        answer.drift(
            Some(id),
            format!(
                "{broker} works order {id} as {} {} {}, here it is {} {} {}",
                row.side, row.quantity, row.symbol, order.side, order.quantity, order.symbol
            ),
        );
        answer.question(
            &order.symbol,
            format!("{broker} works order {id} as another"),
        );
    }
    if row.filled_quantity > order.filled_quantity {
        answer.drift(
            Some(id),
            format!(
                "{broker} has done {} of order {id}, only {} are booked here",
                row.filled_quantity, order.filled_quantity
            ),
        );
        answer.question(
            &order.symbol,
            format!("order {id} has fills that are not booked"),
        );
    }
}

fn look_at_absent(record: &OrderRecord, answer: &mut Answer<'_>) {
    match record.flight {
        // On its way, or being asked for already: its absence tells nothing. An order that is being canceled
        // is asked about until the venue says, and must not forget that it is.
        Flight::InFlight { .. }
        | Flight::Unknown { .. }
        | Flight::PendingCancel { .. }
        | Flight::PendingRisk
        | Flight::Done => {}
        Flight::Working => {
            let broker = &record.order.broker;
            answer.unknown(
                record,
                format!("not among the orders that {broker} states as working"),
            );
        }
    }
}

fn compare_positions(ledger: &Ledger, theirs: Theirs<'_>, answer: &mut Answer<'_>) {
    let broker = theirs.broker;
    let stated: BTreeSet<(&Symbol, Quantity)> = theirs
        .positions
        .iter()
        .map(|position| (&position.symbol, position.quantity))
        .collect();
    for (symbol, quantity) in &stated {
        let held = ledger.quantity(symbol);
        if held != *quantity {
            answer.drift(
                None,
                format!("{broker} holds {quantity} {symbol}, the books hold {held}"),
            );
            answer.question(symbol, apart(broker, *quantity - held));
        }
    }
    let named: BTreeSet<&Symbol> = stated.iter().map(|(symbol, _)| *symbol).collect();
    for holding in ledger.holdings() {
        if !holding.quantity.is_zero() && !named.contains(&holding.symbol) {
            answer.drift(
                None,
                format!(
                    "{broker} holds no {}, the books hold {}",
                    holding.symbol, holding.quantity
                ),
            );
            answer.question(&holding.symbol, apart(broker, -holding.quantity));
        }
    }
}

/// Says by how much the venue and the books are apart; the words stay the same while both trade on.
fn apart(broker: &BrokerId, difference: Quantity) -> String {
    let word = if difference.is_negative() {
        "less"
    } else {
        "more"
    };
    format!("{broker} holds {} {word} than the books", difference.abs())
}
