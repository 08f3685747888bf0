//! The order path: tickets, gates, sums.

mod case;
mod exposure;
mod gates;
mod gates_max;
mod gates_sealed;
mod ticket;
//! The order path: life of orders, the books, agreement with the venue.

mod build;
mod ledger;
mod oms;
mod reconcile;
