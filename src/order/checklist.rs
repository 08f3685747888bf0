//! What became of the orders that a halt takes back, venue by venue: sent, acknowledged, unverified.
//!
//! Worked out from what is known of each order, never kept: an order counts as
//! acknowledged once it has ended, as sent while its cancel is young, and as
//! unverified when nobody knows, or when the venue works it in spite of the cancel.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{BrokerId, OrderId, OrderState, Timestamp};
use crate::event::{LinkHealth, LinkName, LinkState};
use crate::order::oms::{Flight, OrderRecord, Orders};
use crate::order::risk::Sweep;

/// How long a cancel may go unanswered before it counts as unverified.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// One venue's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueRow {
    /// Which.
    pub broker: BrokerId,
    /// Whether it can be reached.
    pub up: bool,
    /// Cancels that are on their way.
    pub sent: usize,
    /// Orders that have ended.
    pub acked: usize,
    /// How many of those were done, in part or whole, before.
    pub filled: usize,
    /// Orders of which nobody knows whether they still work, and those that do.
    pub unverified: usize,
}

impl VenueRow {
    /// Returns true once every order of it has ended.
    pub fn is_settled(&self) -> bool {
        self.sent == 0 && self.unverified == 0
    }
}

/// The checklist of a halt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist {
    /// The halt's name.
    pub halt_id: String,
    /// Who set it off.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Orders that only reduce and were left working.
    pub kept: usize,
    /// One row a venue.
    pub rows: Vec<VenueRow>,
}

impl Checklist {
    /// Returns true once every row is settled.
    pub fn is_settled(&self) -> bool {
        self.rows.iter().all(VenueRow::is_settled)
    }
}

/// Makes the checklist of a sweep as it stands now; `broker` is the fund's own, which always has a row.
pub fn checklist(
    sweep: &Sweep,
    orders: &Orders,
    (broker, links): (&BrokerId, &[LinkState]),
    now: Timestamp,
) -> Checklist {
    let mut rows: BTreeMap<BrokerId, VenueRow> = BTreeMap::new();
    row(&mut rows, broker, links);
    for order_id in &sweep.orders {
        // What is no longer at hand ended long ago.
        let Some(record) = orders.get(order_id) else {
            row(&mut rows, broker, links).acked += 1;
            continue;
        };
        let row = row(&mut rows, &record.order.broker, links);
        match stands(record, now) {
            Stands::Ended => {
                row.acked += 1;
                let done = record.state() == OrderState::Filled;
                let part = record.order.filled_quantity.is_positive();
                row.filled += usize::from(done || part);
            }
            Stands::Sent => row.sent += 1,
            Stands::Unverified => row.unverified += 1,
        }
    }
    Checklist {
        halt_id: sweep.halt_id.clone(),
        by: sweep.by.clone(),
        at: sweep.at,
        kept: sweep.kept,
        rows: rows.into_values().collect(),
    }
}

/// Lists the orders of a sweep that have not ended.
pub fn unsettled(sweep: &Sweep, orders: &Orders) -> Vec<OrderId> {
    let open = |id: &&OrderId| orders.get(id).is_some_and(|record| !record.is_done());
    sweep.orders.iter().filter(open).cloned().collect()
}

enum Stands {
    Ended,
    Sent,
    Unverified,
}

fn stands(record: &OrderRecord, now: Timestamp) -> Stands {
    match &record.flight {
        Flight::Done => Stands::Ended,
        Flight::PendingCancel { since } if now.since(*since) < ANSWER_WITHIN => Stands::Sent,
        Flight::PendingCancel { .. }
        | Flight::PendingRisk
        | Flight::InFlight { .. }
        | Flight::Unknown { .. }
        | Flight::Working => Stands::Unverified,
    }
}

fn row<'r>(
    rows: &'r mut BTreeMap<BrokerId, VenueRow>,
    broker: &BrokerId,
    links: &[LinkState],
) -> &'r mut VenueRow {
    rows.entry(broker.clone()).or_insert_with(|| VenueRow {
        broker: broker.clone(),
        up: links.iter().any(|link| {
            link.health == LinkHealth::Up
                && matches!(&link.name, LinkName::Broker(name) if *name == broker.as_str())
        }),
        sent: 0,
        acked: 0,
        filled: 0,
        unverified: 0,
    })
}
