//! The few facts a gate may use.

use crate::domain::{
    FundConfig, HaltStatus, Instrument, Order, OrderId, Quantity, RiskEnvelope, Timestamp,
};
use crate::event::Seen;
use crate::order::gate::Limits;
use crate::protocol::Capability;

/// Everything one judgement rests on. Borrowed: building it copies nothing.
#[derive(Debug, Clone, Copy)]
pub struct GateInput<'a> {
    /// The order to be judged.
    pub order: &'a Order,
    /// The moment of the judgement.
    pub now: Timestamp,
    /// The envelope in force.
    pub envelope: &'a RiskEnvelope,
    /// Its limits, worked out.
    pub limits: &'a Limits,
    /// The fund.
    pub fund: &'a FundConfig,
    /// What the order's broker can do; none when there is no such broker.
    pub capability: Option<&'a Capability>,
    /// What the symbol denotes; none when not known.
    pub instrument: Option<&'a Instrument>,
    /// The other order that used the same key, and when.
    pub used_key: Option<(&'a OrderId, Timestamp)>,
    /// Signed units held.
    pub position: Quantity,
    /// Units that working orders may still buy (or cover).
    pub working_buy: Quantity,
    /// Units that working orders may still sell (or short).
    pub working_sell: Quantity,
    /// The market and the rest of the book.
    pub seen: &'a Seen,
    /// Age beyond which a quote is stale, in milliseconds.
    pub stale_after_ms: u64,
    /// The halt that covers the order, if any.
    pub halt: Option<&'a HaltStatus>,
    /// Orders sent by the fund within the last second, and the most allowed.
    pub sent: (u32, u32),
}
