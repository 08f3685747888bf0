//! Gate 1: the same key again.
//!
//! A key belongs to the order it was born with. Another order that uses it within
//! the window is a duplicate; the same order judged again is not.

use std::time::Duration;

use crate::domain::RejectionCode;
use crate::order::gate::GateInput;
use crate::order::gate::finding::{Finding, Pass, Refusal, Say};

/// How long a key stays taken.
pub const KEY_WINDOW: Duration = Duration::from_mins(5);

/// Judges the order's key.
#[inline]
pub(super) fn judge<'a>(input: &GateInput<'a>) -> Finding<'a> {
    match input.used_key {
        Some((other, at)) if *other != input.order.order_id => {
            if input.now.since(at) < KEY_WINDOW {
                let say = Say::Name("key used by order", other.as_str(), "");
                Err(Refusal::new(RejectionCode::DuplicateKey, say))
            } else {
                Ok(Pass::new("key free again"))
            }
        }
        Some(_) | None => Ok(Pass::new("new key")),
    }
}
