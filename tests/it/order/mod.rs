//! The order path: tickets, gates, sums.

mod case;
mod exposure;
mod gates;
mod gates_max;
mod gates_sealed;
mod ticket;
