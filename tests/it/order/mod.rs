//! The order path: life of orders, the books, agreement with the venue.

mod build;
mod ledger;
mod oms;
mod reconcile;
