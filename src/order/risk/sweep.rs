//! The orders that the newest halt takes back.

use serde::{Deserialize, Serialize};

use crate::domain::{OrderId, Timestamp};

/// The newest halt's orders; at most as many as may work at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// The halt's name.
    pub halt_id: String,
    /// Who set it off.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Those to be canceled.
    pub orders: Vec<OrderId>,
    /// How many only reduce and were left working.
    pub kept: usize,
}
