//! Sizers by name: scores in, weights out.
//!
//! One file each. Weights are ratios of NAV, signed, one per asset in the order of the scores. A missing score
//! (NaN) gets 0 and is never ranked; of equal scores the lower column comes first. A weight that would be no
//! number is an error that says why, never a NaN.

mod equal_weight_long;
mod equal_weight_ls;
mod fixed_weight;
mod history;
mod kelly_fraction;
mod kelly_voltarget;
mod rank;
pub mod session;
mod session_matrix;
mod vol_target_weights;

use std::sync::Arc;

use crate::portfolio::Registry;
use crate::protocol::Sizer;

pub use equal_weight_long::EqualWeightLong;
pub use equal_weight_ls::EqualWeightLs;
pub use fixed_weight::FixedWeight;
pub use kelly_fraction::KellyFraction;
pub use kelly_voltarget::KellyVoltarget;
pub use session_matrix::BySession;
pub use vol_target_weights::VolTargetWeights;

/// Returns the sizers that the desk brings along.
pub fn registry() -> Registry<dyn Sizer> {
    Registry::of(vec![
        Arc::new(EqualWeightLong),
        Arc::new(EqualWeightLs),
        Arc::new(KellyFraction),
        Arc::new(VolTargetWeights),
        Arc::new(KellyVoltarget::TWELVE),
        Arc::new(KellyVoltarget::EIGHT),
        Arc::new(FixedWeight),
        Arc::new(BySession),
    ])
}
