//! The nouns of trading and their laws, in the published JSON form.
//!
//! Owns every value that crosses a border of the desk. No async, no I/O, no
//! clock. Values are plain and are not altered once made: an "update" is a new
//! value. Each type has one serialised form, pinned by golden files under
//! `tests/data/golden`.

mod amount;
mod asset;
mod bar;
mod borrow;
mod envelope;
mod exact;
mod fill;
mod fund;
mod gate;
mod id;
mod instrument;
mod order;
mod panel;
mod position;
mod quote;
mod rejection;
mod risk;
pub mod schema;
mod session;
mod signal;
mod symbol;
pub mod symbology;
mod text;
mod ticket;
mod time;
mod trade;

pub use amount::{AmountError, Money, Price, Quantity, Rate};
pub use asset::{AssetClass, Currency};
pub use bar::{Bar, Interval};
pub use borrow::Borrow;
pub use envelope::{EnvelopeChange, EnvelopeField, FieldKind, RiskEnvelope};
pub use exact::Exact;
pub use fill::{Fill, FillCursor, Liquidity};
pub use fund::{FundConfig, NavSnapshot, TaxLotMethod, TransferRequest};
pub use gate::CustomGate;
pub use id::{
    BrokerId, BrokerOrderId, EnvelopeId, FillId, FundId, IdError, IdempotencyKey, LotId, OrderId,
    StrategyId, VenueId,
};
pub use instrument::{ClassPlace, ClassPlaces, Instrument};
pub use order::{Intent, Order, OrderState, OrderType, Side, TimeInForce};
pub use panel::{Matrix, MatrixError, UniversePanel};
pub use position::{Position, PositionLot, TaxLot};
pub use quote::{MarketSnapshot, Quote, QuoteFault};
pub use rejection::{GateName, RejectionCode};
pub use risk::{
    HaltRequest, HaltScope, HaltState, HaltStatus, LossPeriod, OrderRejection, RiskDecision,
};
pub use session::{DailyOpen, WallClock};
pub use signal::{SIGNAL_BYTES_MOST, Signal, SignalError, TargetWeight, WEIGHT_MOST};
pub use symbol::{Symbol, SymbolError};
pub use ticket::{Ticket, TicketSize};
pub use time::{Timestamp, TimestampError};
pub use trade::{Aggressor, Trade};
