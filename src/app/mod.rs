//! The application: wiring of all parts, and the only module that sees everything.

pub mod answer;
pub mod args;
pub mod completions;
pub mod doctor;
pub mod journal;
pub mod log;
pub mod order;
pub mod query;
pub mod recover;
pub mod run;
