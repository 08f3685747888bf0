//! One symbol's position as lots: what a fill opens, and which lots it closes.
//!
//! The position is the sum of its lots and the average price follows from their
//! cost; neither is kept by rounding forward. A fill through zero closes every lot
//! and opens what is left of it on the other side.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Currency, Fill, LotId, Money, PositionLot, Price, Quantity, Rate, Symbol, TaxLotMethod,
    Timestamp,
};

/// A lot: what one fill opened, and how much of it was closed so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// The lot's name.
    pub lot_id: LotId,
    /// Signed units still open.
    pub quantity: Quantity,
    /// Price it was opened at, in the quote currency.
    pub price: Price,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Signed units it was opened with.
    pub opened: Quantity,
    /// Price times units of what was closed.
    pub closed_value: Money,
    /// Profit taken on it, in USD at the rates of its closings, before fees.
    pub realized_usd: Money,
    /// When a part of it was last closed.
    pub closed_at: Option<Timestamp>,
}

impl Lot {
    /// Returns the units closed so far, without sign.
    pub fn closed(&self) -> Quantity {
        (self.opened - self.quantity).abs()
    }
}

impl From<&Lot> for PositionLot {
    fn from(lot: &Lot) -> Self {
        Self {
            lot_id: lot.lot_id.clone(),
            quantity: lot.quantity,
            price: lot.price,
            opened_at: lot.opened_at,
        }
    }
}

/// What is held of one symbol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// What.
    pub symbol: Symbol,
    /// Currency of its prices.
    pub currency: Currency,
    /// Signed units.
    pub quantity: Quantity,
    /// Average price of what is open.
    pub avg_price: Price,
    /// Signed price times units of what is open: the exact form of the average.
    pub cost: Money,
    /// Open lots, oldest first.
    pub lots: Vec<Lot>,
    /// Profit taken this calendar year, in USD, before fees.
    pub realized_ytd_usd: Money,
    /// Fees paid, in USD.
    pub fees_usd: Money,
    /// Counts how often the position was opened from flat.
    pub epoch: u32,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a fill took from the lots.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Profit in the quote currency, before fees.
    pub(super) realized: Money,
    /// Lots that are closed now.
    pub(super) closed: Vec<Lot>,
}

impl Holding {
    /// Makes a holding of nothing.
    pub(super) fn flat(symbol: &Symbol, currency: Currency) -> Self {
        Self {
            symbol: symbol.clone(),
            currency,
            quantity: Quantity::ZERO,
            avg_price: Price::ZERO,
            cost: Money::ZERO,
            lots: Vec::new(),
            realized_ytd_usd: Money::ZERO,
            fees_usd: Money::ZERO,
            epoch: 0,
            updated_at: Timestamp::EPOCH,
        }
    }

    /// Books a fill: closes lots on the other side, then opens one with what is left.
    pub(super) fn trade(
        &mut self,
        fill: &Fill,
        method: TaxLotMethod,
        usd_rate: Option<Rate>,
    ) -> Taken {
        let mut taken = Taken::default();
        let mut rest = fill.side.signed(fill.quantity);
        while !rest.is_zero() && rest.is_negative() != self.quantity.is_negative() {
            let Some(at) = next_lot(&self.lots, method) else {
                break;
            };
            let Some(lot) = self.lots.get_mut(at) else {
                break;
            };
            let part = if rest.abs() < lot.quantity.abs() {
                -rest
            } else {
                lot.quantity
            };
            let profit = fill.price * part - lot.price * part;
            lot.quantity -= part;
            lot.closed_value += fill.price * part.abs();
            lot.realized_usd += usd_rate.map_or(Money::ZERO, |rate| profit * rate);
            lot.closed_at = Some(fill.timestamp);
            taken.realized += profit;
            self.quantity -= part;
            rest += part;
            if lot.quantity.is_zero() {
                taken.closed.push(self.lots.remove(at));
            }
        }
        if !rest.is_zero() {
            self.open(fill, rest);
        }
        self.cost = self.lots.iter().map(|lot| lot.price * lot.quantity).sum();
        self.avg_price = self.cost.per_unit(self.quantity).unwrap_or(Price::ZERO);
        self.fees_usd += fill.fees;
        self.updated_at = self.updated_at.max(fill.timestamp);
        taken
    }

    fn open(&mut self, fill: &Fill, quantity: Quantity) {
        if self.quantity.is_zero() {
            self.epoch = self.epoch.saturating_add(1);
        }
        self.quantity += quantity;
        self.lots.push(Lot {
            lot_id: LotId::from(&fill.fill_id),
            quantity,
            price: fill.price,
            opened_at: fill.timestamp,
            opened: quantity,
            closed_value: Money::ZERO,
            realized_usd: Money::ZERO,
            closed_at: None,
        });
    }
}

/// Returns which lot a closing fill takes first; of equal prices, the oldest.
///
/// Highest and lowest cost go by the price a lot was opened at, for shorts too.
fn next_lot(lots: &[Lot], method: TaxLotMethod) -> Option<usize> {
    let priced = lots.iter().enumerate();
    match method {
        TaxLotMethod::Fifo | TaxLotMethod::Specid => (!lots.is_empty()).then_some(0),
        TaxLotMethod::Lifo => lots.len().checked_sub(1),
        // `max_by_key` gives the last of equals: reversed, that is the oldest.
        TaxLotMethod::Hifo => priced
            .rev()
            .max_by_key(|(_, lot)| lot.price)
            .map(|(at, _)| at),
        TaxLotMethod::Loifo => priced.min_by_key(|(_, lot)| lot.price).map(|(at, _)| at),
    }
}
