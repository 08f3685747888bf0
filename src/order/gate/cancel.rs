//! Which working order to cancel so that a refused one passes: the smallest that will do.
//!
//! Offers orders of the same symbol that stand in the way and, where the whole book is
//! over, orders elsewhere that open risk. Never a stop that protects, and never an exit of
//! another symbol.

use crate::domain::{GateName, Money, Order, Quantity, RejectionCode};
use crate::order::exposure::Exposure;
use crate::order::gate::chain::refuses;
use crate::order::gate::fix::{Change, Fix};
use crate::order::gate::{GateInput, position_risk, refusal};
use crate::order::oms::{Flight, OrderRecord};

/// Orders tried at most for one refusal, smallest first.
const TRIED_MOST: usize = 256;

/// Where an order that is in the way may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The same side of the same symbol.
    Side,
    /// Either side of the same symbol.
    Symbol,
    /// Anywhere.
    Book,
}

impl Reach {
    /// Returns where to look for what stands behind a refusal; nowhere where no working order does.
    fn of(code: &RejectionCode) -> Option<Self> {
        use RejectionCode as Code;
        match code {
            Code::MaxPositionPct
            | Code::MaxPositionUsd
            | Code::FundHalted
            | Code::ShortingDisabled
            | Code::LocateRequired => Some(Self::Side),
            Code::MaxGross
            | Code::MaxNet
            | Code::MaxSector
            | Code::MaxAssetClass
            | Code::MaxCountry => Some(Self::Book),
            Code::Custom(_) => Some(Self::Symbol),
            Code::DuplicateKey
            | Code::SchemaInvalid
            | Code::MissingPrice
            | Code::BrokerNotAllowed
            | Code::OrderTypeNotAllowed
            | Code::AssetClassNotAllowed
            | Code::StrategyNotAllowed
            | Code::MaxOrderNotional
            | Code::MaxOrderQty
            | Code::NoReferencePrice
            | Code::StaleQuote
            | Code::SymbolLocked
            | Code::RateLimit
            | Code::BorrowFee
            | Code::CroVeto => None,
        }
    }
}

/// Returns the cancel of the smallest working order after which the input's order passes.
pub(super) fn smallest(
    input: &GateInput<'_>,
    (gate, code): (&GateName, &RejectionCode),
    exposure: &Exposure,
) -> Option<Fix> {
    let reach = Reach::of(code)?;
    let mut candidates: Vec<(Money, &Order)> = candidates(input, reach, exposure);
    // Without an order elsewhere the book is less by what is open of it at most: what is worth less than that is not asked.
    let risk = *gate == GateName::PositionRisk;
    if let Some(over) = risk.then(|| position_risk::over(input)).flatten() {
        let symbol = &input.order.symbol;
        candidates.retain(|(worth, order)| order.symbol == *symbol || *worth >= over);
    }
    candidates.sort_by(|a, b| (a.0, &a.1.order_id).cmp(&(b.0, &b.1.order_id)));
    let (_, order) = candidates
        .into_iter()
        .take(TRIED_MOST)
        .find(|(_, order)| passes_without(input, order, gate, exposure))?;
    Some(Fix {
        text: format!(
            "cancel {} {} {}",
            order.side,
            order.open_quantity().decimal().normalize(),
            order.symbol
        ),
        apply: Change::Cancel(order.order_id.clone()),
    })
}

/// Returns the orders that may be offered, each with what is open of it in USD.
fn candidates<'a>(
    input: &GateInput<'a>,
    reach: Reach,
    exposure: &Exposure,
) -> Vec<(Money, &'a Order)> {
    let symbol = &input.order.symbol;
    let buys = input.order.side.is_buy();
    let worth = |order: &Order| {
        let unit = exposure.stake(&order.symbol).unit_usd;
        unit.unwrap_or_default().times(order.open_quantity())
    };
    let here = [true, false].into_iter().flat_map(|side| {
        let wanted = reach != Reach::Side || side == buys;
        let orders = input.own.working(symbol, side).filter_map(free);
        orders.filter(move |order| wanted && !protects(order, input.position))
    });
    let mut found: Vec<_> = here.map(|order| (worth(order), order)).collect();
    if reach == Reach::Book {
        let elsewhere = input.own.all().filter_map(free).filter(|order| {
            order.symbol != *symbol && !closes(order, exposure.stake(&order.symbol).position)
        });
        found.extend(elsewhere.map(|order| (worth(order), order)));
    }
    found
}

/// Returns the order, unless it is on its way out already.
fn free(record: &OrderRecord) -> Option<&Order> {
    let leaving = matches!(record.flight, Flight::PendingCancel { .. });
    (!leaving && record.replacement.is_none()).then_some(&record.order)
}

/// Returns true for an order whose side leads back towards a flat position.
fn closes(order: &Order, position: Quantity) -> bool {
    if order.side.is_buy() {
        position.is_negative()
    } else {
        position.is_positive()
    }
}

/// Returns true for a stop that closes.
fn protects(order: &Order, position: Quantity) -> bool {
    order.order_type.needs_stop() && closes(order, position)
}

/// Asks the gates about the input's order with a working one taken out.
fn passes_without(
    input: &GateInput<'_>,
    gone: &Order,
    gate: &GateName,
    exposure: &Exposure,
) -> bool {
    // The gate that refused comes first: of most orders, cancelling one is not enough for it.
    let passes = |then: &GateInput<'_>| !refuses(then, gate) && refusal(then).is_none();
    let open = gone.open_quantity();
    let own = input.own.without(&gone.order_id);
    if gone.symbol == input.order.symbol {
        let (mut buy, mut sell) = (input.working_buy, input.working_sell);
        if gone.side.is_buy() {
            buy -= open;
        } else {
            sell -= open;
        }
        let then = GateInput {
            working_buy: buy.max(Quantity::ZERO),
            working_sell: sell.max(Quantity::ZERO),
            own,
            ..*input
        };
        return passes(&then);
    }
    let Some(seen) = exposure.seen_without(input.seen, gone) else {
        return false;
    };
    let then = GateInput {
        seen: &seen,
        own,
        ..*input
    };
    passes(&then)
}
