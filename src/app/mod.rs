//! The application: wiring of all parts, and the only module that sees everything.

pub mod args;
pub mod completions;
pub mod doctor;
pub mod log;
