//! Facts of an order's life.

use serde::{Deserialize, Serialize};

use crate::domain::{
    BrokerOrderId, GateName, Order, OrderId, Quantity, RejectionCode, Ticket, Timestamp,
};
use crate::event::{Reviewed, Seen, Verdict};

/// Something happened to an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderFact {
    /// A ticket became an order; it has not been judged.
    Created(Box<Order>),
    /// Every gate was asked until one refused; carries what the market looked like.
    Judged {
        /// Which order.
        order_id: OrderId,
        /// One verdict per gate asked, in order; the last one refuses when not approved.
        verdicts: Vec<Verdict>,
        /// The market facts the verdicts rest on.
        seen: Box<Seen>,
        /// Whether it may go.
        approved: bool,
        /// When, where it had to wait since it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// It waits for a gate that asks outside; every gate before that one passed.
    Asked {
        /// Which order.
        order_id: OrderId,
        /// Which gate is asked.
        gate: GateName,
        /// Until when it may take its time.
        until: Timestamp,
        /// What every gate said so far.
        verdicts: Vec<Verdict>,
        /// The market facts the verdicts rest on.
        seen: Box<Seen>,
        /// What the sender had reviewed.
        reviewed: Option<Box<Reviewed>>,
        /// When.
        at: Timestamp,
    },
    /// A gate that was asked outside answered, or did not in time.
    Answered {
        /// Which order.
        order_id: OrderId,
        /// What the answer comes to.
        verdict: Box<Verdict>,
        /// When.
        at: Timestamp,
    },
    /// A gate answered that was not asked, or not any more; nothing follows from it.
    AnswerIgnored {
        /// The order it spoke of.
        order_id: OrderId,
        /// Which gate.
        gate: GateName,
        /// Why it counts for nothing.
        why: String,
        /// When.
        at: Timestamp,
    },
    /// The intent to place it: durable before anything leaves. In flight from here on.
    Submitted {
        /// Which order.
        order_id: OrderId,
        /// When.
        at: Timestamp,
    },
    /// The venue works it.
    Accepted {
        /// Which order.
        order_id: OrderId,
        /// The venue's name of it.
        broker_order_id: Option<BrokerOrderId>,
        /// When.
        at: Timestamp,
    },
    /// A gate or the broker refused it. Final.
    Rejected {
        /// Which order.
        order_id: OrderId,
        /// The gate; none when the broker refused.
        gate: Option<GateName>,
        /// The gate's code.
        code: Option<RejectionCode>,
        /// Why, in words.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Nobody knows whether the venue has it; asked for by its key until the venue says.
    Unknown {
        /// Which order.
        order_id: OrderId,
        /// What went wrong.
        reason: String,
        /// Since when.
        at: Timestamp,
    },
    /// The intent to cancel it.
    CancelRequested {
        /// Which order.
        order_id: OrderId,
        /// When.
        at: Timestamp,
    },
    /// The intent to replace it: it is being canceled, and what is left of the ticket is placed once the venue
    /// has confirmed that.
    ReplaceRequested {
        /// Which order.
        order_id: OrderId,
        /// What it shall be, what is done already included.
        ticket: Box<Ticket>,
        /// What every gate said of the rest, with the old order taken out.
        verdicts: Vec<Verdict>,
        /// The market facts the verdicts rest on.
        seen: Box<Seen>,
        /// When.
        at: Timestamp,
    },
    /// The venue said how much it had done of the canceled order: the rest may be placed.
    Settled {
        /// Which order.
        order_id: OrderId,
        /// Units done, as the venue counts them.
        filled: Quantity,
        /// When.
        at: Timestamp,
    },
    /// It is not replaced after all.
    ReplaceDropped {
        /// Which order.
        order_id: OrderId,
        /// Why, in words.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// The venue did not cancel it; it works on.
    CancelRefused {
        /// Which order.
        order_id: OrderId,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// The venue confirmed the cancel. Final.
    Canceled {
        /// Which order.
        order_id: OrderId,
        /// When.
        at: Timestamp,
    },
    /// Its time in force ended it. Final.
    Expired {
        /// Which order.
        order_id: OrderId,
        /// When.
        at: Timestamp,
    },
    /// A command about orders was refused before it became one; nothing else happened.
    CommandRefused {
        /// What was asked, in a word or two.
        what: String,
        /// Why not, in words.
        reason: String,
        /// When.
        at: Timestamp,
    },
}

impl OrderFact {
    /// Returns the order it is about; none where a command never became one.
    pub fn order_id(&self) -> Option<&OrderId> {
        match self {
            Self::Created(order) => Some(&order.order_id),
            Self::Judged { order_id, .. }
            | Self::Asked { order_id, .. }
            | Self::Answered { order_id, .. }
            | Self::AnswerIgnored { order_id, .. }
            | Self::Submitted { order_id, .. }
            | Self::Accepted { order_id, .. }
            | Self::Rejected { order_id, .. }
            | Self::Unknown { order_id, .. }
            | Self::CancelRequested { order_id, .. }
            | Self::ReplaceRequested { order_id, .. }
            | Self::Settled { order_id, .. }
            | Self::ReplaceDropped { order_id, .. }
            | Self::CancelRefused { order_id, .. }
            | Self::Canceled { order_id, .. }
            | Self::Expired { order_id, .. } => Some(order_id),
            Self::CommandRefused { .. } => None,
        }
    }
}
