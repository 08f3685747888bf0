//! What people and programs may ask of the engine.

use serde::{Deserialize, Serialize};

use crate::domain::{
    HaltRequest, Money, OrderId, Price, Quantity, Quote, RejectionCode, RiskEnvelope, Symbol,
    Ticket, Timestamp,
};

/// What the sender looked at when the ticket was reviewed: sending is refused when it no longer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// The quote on the screen.
    pub quote: Option<Quote>,
    /// The refusals on the screen; empty when all gates passed.
    pub refusals: Vec<RejectionCode>,
    /// When the review was made.
    pub at: Timestamp,
    /// How far the touch may have moved since, either way, in the quote currency.
    pub slip: Price,
}

/// Something asked for. Answered by facts, never by silence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Make an order of a ticket and send it if the gates pass.
    Place {
        /// The ticket.
        ticket: Box<Ticket>,
        /// What was reviewed; none for programs.
        reviewed: Option<Box<Reviewed>>,
    },
    /// Change a working order: it is canceled and, once the venue has confirmed that, placed anew.
    Replace {
        /// Which.
        order_id: OrderId,
        /// What it shall be. Its quantity is the whole of it, what is done already included.
        ticket: Box<Ticket>,
        /// What was reviewed; none for programs.
        reviewed: Option<Box<Reviewed>>,
    },
    /// Cancel one working order.
    Cancel {
        /// Which.
        order_id: OrderId,
    },
    /// Cancel the working orders of a symbol that open risk.
    CancelOpening {
        /// Of which symbol; of all when none.
        symbol: Option<Symbol>,
    },
    /// Trade under other limits; refused unless their version is the next one.
    SetEnvelope {
        /// The limits.
        envelope: Box<RiskEnvelope>,
        /// Who sets them.
        actor: String,
    },
    /// Book money that came in or left.
    Flow {
        /// How much came in; below zero, how much left.
        amount_usd: Money,
        /// Who says so.
        actor: String,
        /// Why, in that person's words.
        reason: String,
    },
    /// Passes or vetoes an order that waits for an answer, as the person who decides it.
    Decide {
        /// Which order.
        order_id: OrderId,
        /// Whether it may go, as far as that person is concerned.
        pass: bool,
        /// Who decides.
        actor: String,
        /// Why, in that person's words; may be empty.
        reason: String,
    },
    /// Stop opening risk.
    Halt(HaltRequest),
    /// Book the correction that is proposed for a symbol whose books are in question.
    Correct {
        /// Of what.
        symbol: Symbol,
        /// Signed units: as many as venue and books are apart.
        quantity: Quantity,
        /// At which price.
        price: Price,
        /// Who accepts it.
        actor: String,
        /// Why, in that person's words.
        reason: String,
    },
    /// Close everything that is held; only while halted.
    Flatten {
        /// Who asks.
        actor: String,
        /// Why, in that person's words.
        reason: String,
    },
    /// Lift a halt.
    Resume {
        /// Which fund, strategy or broker; empty for the firm.
        target: String,
        /// Who lifts it.
        actor: String,
        /// Why, in that person's words.
        reason: String,
    },
}
