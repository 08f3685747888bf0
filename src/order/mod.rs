//! The order path, on one page:
//!
//! 1. [`ticket`] checks a draft and makes an order of it, or says which field is at fault;
//! 2. [`gate`] judges it: `chain::check` is the only place that makes an `Approved`;
//! 3. [`oms`] carries its life: dedupe, in flight, cancel, expiry, reconciliation;
//! 4. [`ledger`] turns fills into positions, lots, cash and profit;
//! 5. [`exposure`] keeps the running sums the gates need, so that judging is
//!    independent of how large the book is.
//!
//! [`basket`] makes tickets of targets; [`effect`] is what must then be done outside; [`explain`] and [`rehearsal`]
//! look back. All of it is pure: no I/O, no
//! clock; the engine is the only caller that changes anything.

pub mod basket;
pub mod books;
pub mod checklist;
pub mod compare;
pub mod drawdown;
pub mod effect;
pub mod explain;
pub mod exposure;
pub mod gate;
pub mod ledger;
pub mod oms;
pub mod rate;
pub mod rehearsal;
pub mod risk;
pub mod stop;
pub mod ticket;
