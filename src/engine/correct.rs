//! Corrections of the books by a person's word, against what the venue states.
//!
//! Only what is proposed is booked: so many units as venue and books are apart by now,
//! at a price that can be. The symbol's lock is lifted with it; the venue's next
//! statement confirms that or asks anew.

use std::sync::Arc;

use crate::domain::{FillId, Order, Position, Price, Quantity, Symbol};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{AccountFact, Correction, Fact, Source};
use crate::order::compare::{Stated, proposal};

/// A price so many times the proposed one, or so small a part of it, is taken for a slip of the hand.
const PRICE_FACTOR: i64 = 10;

/// What a person accepts.
pub(super) struct Accepted<'a> {
    pub(super) symbol: &'a Symbol,
    pub(super) quantity: Quantity,
    pub(super) price: Price,
    pub(super) actor: &'a str,
    pub(super) reason: &'a str,
}

impl State {
    /// Keeps what the fund's broker states, for the eye and for corrections.
    pub(super) fn take_statement(
        &mut self,
        broker: &crate::domain::BrokerId,
        (orders, positions): (&[Order], &[Position]),
        step: &Step<'_>,
    ) {
        let own = self.ledger.fund().map(|fund| &fund.broker);
        if own != Some(broker) {
            return;
        }
        let before = self.stated.as_deref();
        let stated = Stated::new(
            before,
            &self.ledger,
            (broker, step.now),
            (orders, positions),
        );
        self.stated = Some(Arc::new(stated));
    }

    /// Books a correction that a person accepts, or says why not.
    pub(super) fn correct(
        &mut self,
        source: &Source,
        accepted: &Accepted<'_>,
        step: &mut Step<'_>,
    ) {
        let what = format!("correction of {}", accepted.symbol);
        match self.correction(source, accepted, step) {
            Err(why) => self.refuse(what, why, step),
            Ok(correction) => {
                self.say(
                    Fact::Account(AccountFact::Corrected(Box::new(correction))),
                    step,
                );
                let lifted = AccountFact::Unlocked {
                    symbol: accepted.symbol.clone(),
                    by: Some((accepted.actor.to_owned(), accepted.reason.to_owned())),
                    at: step.now,
                };
                self.say(Fact::Account(lifted), step);
                // The venue says soon whether that settled it.
                self.reread.drifted();
                self.follow_exits(step);
            }
        }
    }

    fn correction(
        &self,
        source: &Source,
        accepted: &Accepted<'_>,
        step: &Step<'_>,
    ) -> Result<Correction, String> {
        let (symbol, quantity, price) = (accepted.symbol, accepted.quantity, accepted.price);
        if matches!(source, Source::Program(_)) {
            return Err("a person corrects the books, not a program".to_owned());
        }
        if accepted.actor.trim().is_empty() || accepted.reason.trim().is_empty() {
            return Err("a name and a reason are needed".to_owned());
        }
        if self.ledger.lock(symbol).is_none() {
            return Err(format!("the books of {symbol} are not in question"));
        }
        let proposed = proposal(self.stated.as_deref(), &self.books(), symbol, step.now)?;
        if quantity != proposed.quantity {
            return Err(format!(
                "{quantity} would not settle it: venue and books are {} apart",
                proposed.quantity
            ));
        }
        let factor = rust_decimal::Decimal::from(PRICE_FACTOR);
        let (asked, right) = (price.decimal(), proposed.price.decimal());
        let near = |a: rust_decimal::Decimal, b: rust_decimal::Decimal| {
            a.checked_mul(factor).is_some_and(|most| b <= most)
        };
        if !price.is_positive() || !near(asked, right) || !near(right, asked) {
            return Err(format!(
                "price {price} is too far from {}, {}",
                proposed.price, proposed.from
            ));
        }
        let broker = self.ledger.fund().map(|fund| fund.broker.clone());
        let broker = broker.ok_or("the books are not open yet")?;
        let holding = self
            .ledger
            .holding(symbol)
            .filter(|held| !held.quantity.is_zero());
        let known = || self.market.instrument(symbol).map(|known| known.currency);
        let currency = holding
            .map(|held| held.currency)
            .or_else(known)
            .or_else(|| symbol.quote_currency())
            .ok_or_else(|| format!("the currency of {symbol} is not known"))?;
        let name = format!("correction-{}-{}", self.desk_id, self.seq + 1);
        Ok(Correction {
            correction_id: FillId::new(name).map_err(|error| error.to_string())?,
            broker,
            symbol: symbol.clone(),
            quantity,
            price,
            currency,
            usd_rate: self.market.usd_rate(currency),
            by: accepted.actor.to_owned(),
            reason: accepted.reason.to_owned(),
            at: step.now,
        })
    }
}
