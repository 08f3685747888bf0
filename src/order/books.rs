//! Everything a decision about an order may look at, borrowed from the engine or from a snapshot.
//!
//! The engine decides with it and the screen previews with it, so what the ticket
//! shows on each keystroke and what the chain says when the order is sent are the
//! same code over the same facts.

use crate::domain::{Money, Order, Quantity, RejectionCode, Ticket, Timestamp};
use crate::event::{Seen, Verdict};
use crate::market::Market;
use crate::order::exposure::Exposure;
use crate::order::ledger::Ledger;
use crate::order::oms::Orders;
use crate::order::risk::Risk;
use crate::order::ticket::FieldFault;
use crate::protocol::Capability;

/// The slices a decision needs.
#[derive(Debug, Clone, Copy)]
pub struct Books<'a> {
    /// Quotes and reference data.
    pub market: &'a Market,
    /// Orders by id and key.
    pub orders: &'a Orders,
    /// Positions and cash.
    pub ledger: &'a Ledger,
    /// Running sums.
    pub exposure: &'a Exposure,
    /// Envelope, halts, rates.
    pub risk: &'a Risk,
    /// What the fund's broker can do.
    pub capability: Option<&'a Capability>,
    /// Fees the broker takes per side, in basis points; for estimates only.
    pub fee_bps: u32,
}

/// The largest size that passes every gate, and the gate that binds one lot further.
#[derive(Debug, Clone, PartialEq)]
pub struct MaxSize {
    /// Units, whole lots; zero when nothing passes.
    pub quantity: Quantity,
    /// The refusal that the next lot meets; none when only the type's own bound stops it.
    pub binds: Option<(crate::domain::GateName, RejectionCode)>,
}

/// What the ticket shows on each keystroke.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Fields at fault; empty when the ticket makes an order.
    pub faults: Vec<FieldFault>,
    /// The order it would be.
    pub order: Option<Order>,
    /// Every gate's verdict, in chain order, cro_veto last.
    pub verdicts: Vec<Verdict>,
    /// What it was judged by.
    pub seen: Seen,
    /// Estimated value in USD.
    pub notional_usd: Option<Money>,
    /// Estimated fee in USD.
    pub fee_usd: Option<Money>,
    /// Signed units held if it is done in full.
    pub after: Option<Quantity>,
    /// The most that passes.
    pub max: Option<MaxSize>,
}

impl Preview {
    /// Returns true when it could be sent now.
    pub fn passes(&self) -> bool {
        use crate::event::Outcome;
        self.faults.is_empty()
            && !self.verdicts.is_empty()
            && self
                .verdicts
                .iter()
                .all(|verdict| verdict.outcome != Outcome::Refuse)
    }

    /// Returns the codes that refuse it.
    pub fn refusals(&self) -> Vec<RejectionCode> {
        self.verdicts
            .iter()
            .filter_map(|verdict| verdict.code.clone())
            .collect()
    }
}

impl Books<'_> {
    /// Shows what would become of a ticket; changes nothing.
    pub fn preview(&self, _ticket: &Ticket, _now: Timestamp) -> Preview {
        Preview {
            faults: Vec::new(),
            order: None,
            verdicts: Vec::new(),
            seen: Seen::default(),
            notional_usd: None,
            fee_usd: None,
            after: None,
            max: None,
        }
    }
}
