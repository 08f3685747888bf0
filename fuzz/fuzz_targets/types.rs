//! The JSON of every published type and of everything the journal keeps: read, written, read again.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use mts1b_desk::domain::{
    Bar, Fill, FundConfig, HaltRequest, HaltStatus, Instrument, MarketSnapshot, NavSnapshot, Order,
    OrderRejection, Position, PositionLot, Quote, RiskDecision, RiskEnvelope, Signal, TargetWeight,
    TaxLot, Ticket, Trade, TransferRequest,
};
use mts1b_desk::event::{Fact, Input};
use mts1b_desk::journal::Payload;
use mts1b_desk_fuzz::{Bytes, said, same, text};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    let which = bytes.byte() % 24;
    let json = text(bytes.rest());
    match which {
        0 => reads::<Order>(&json),
        1 => reads::<Fill>(&json),
        2 => reads::<Position>(&json),
        3 => reads::<TaxLot>(&json),
        4 => reads::<Quote>(&json),
        5 => reads::<Bar>(&json),
        6 => reads::<Trade>(&json),
        7 => reads::<MarketSnapshot>(&json),
        8 => reads::<Signal>(&json),
        9 => reads::<TargetWeight>(&json),
        10 => reads::<RiskEnvelope>(&json),
        11 => reads::<OrderRejection>(&json),
        12 => reads::<HaltRequest>(&json),
        13 => reads::<FundConfig>(&json),
        14 => reads::<NavSnapshot>(&json),
        15 => reads::<TransferRequest>(&json),
        16 => reads::<RiskDecision>(&json),
        17 => reads::<HaltStatus>(&json),
        18 => reads::<PositionLot>(&json),
        19 => reads::<Ticket>(&json),
        20 => reads::<Instrument>(&json),
        21 => reads::<Input>(&json),
        22 => reads::<Fact>(&json),
        _ => reads::<Payload>(&json),
    }
});

fn reads<T>(json: &str)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    match serde_json::from_str::<T>(json) {
        Ok(value) => same(&value),
        Err(error) => drop(said(error)),
    }
}
