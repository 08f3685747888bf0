//! A judgement on its way into the stream of verdicts: with what it rested on, so that other limits can be
//! rehearsed on it.

use std::sync::Arc;

use crate::engine::state::State;
use crate::event::OrderFact;
use crate::order::risk::{Basis, Judgement};

impl State {
    /// Adds a judgement to the stream of verdicts.
    pub(super) fn judged(&mut self, fact: &OrderFact) {
        let OrderFact::Judged {
            order_id,
            verdicts,
            approved,
            seen,
            at,
        } = fact
        else {
            return;
        };
        let Some(record) = self.orders.get(order_id) else {
            return;
        };
        let order = &record.order;
        let stake = self.exposure.stake(&order.symbol);
        let judgement = Judgement {
            at: at.unwrap_or(order.created_at),
            order_id: order_id.clone(),
            symbol: order.symbol.clone(),
            side: order.side,
            quantity: order.quantity,
            approved: *approved,
            verdicts: verdicts.clone(),
            basis: Some(Box::new(Basis {
                order: order.clone(),
                seen: (**seen).clone(),
                position: stake.position,
                working_buy: stake.working_buy,
                working_sell: stake.working_sell,
            })),
        };
        Arc::make_mut(&mut self.risk).judged(judgement);
    }
}
