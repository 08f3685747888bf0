//! The order path: tickets, gates, sums, the life of orders, the books, agreement with the venue.

mod agree;
mod basket;
mod books;
mod bounds;
mod build;
mod case;
mod codes;
mod exposure;
mod fixes;
mod gates;
mod gates_asked;
mod gates_book;
mod gates_max;
mod gates_own;
mod gates_sealed;
mod ledger;
mod oms;
mod oracle;
mod reconcile;
mod reduce_only;
mod submit;
mod ticket;
