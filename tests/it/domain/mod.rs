//! The nouns: their published JSON form, their schemas, their spelling at venues.

mod envelope;
mod golden;
mod reader;
mod round_trip;
mod schema;
mod symbology;
