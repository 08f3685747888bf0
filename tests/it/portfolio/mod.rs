//! What to hold: methods by name against what other libraries say on the same numbers.

mod black_litterman;
mod markowitz;
mod panel;
