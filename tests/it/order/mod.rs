//! The order path: tickets, gates, sums, the life of orders, the books, agreement with the venue.

mod books;
mod bounds;
mod build;
mod case;
mod codes;
mod exposure;
mod gates;
mod gates_asked;
mod gates_book;
mod gates_max;
mod gates_sealed;
mod ledger;
mod oms;
mod reconcile;
mod submit;
mod ticket;
