//! Factors by name: a panel in, scores out.
//!
//! One file each. A factor computes one raw figure an asset and row; `raw` turns it into what the
//! protocol promises: z-scored across assets (`zscore`, population deviation), NaN where undefined, and
//! the last row alone where that is all that is asked for.
//!
//! Closes that are missing (a holiday of one market, a halt) stand for the one before for `carry` rows and
//! no longer; nothing is carried to before the first one. A return over such a gap runs from the last close
//! that is known. Closes that are not above zero count as missing: a ratio of them means nothing.

mod ewma;
mod f_crypto_realized_vol;
mod f_fx_carry;
mod f_momentum_12_1;
mod f_my_momentum;
mod f_realized_vol;
mod f_sma_cross;
mod history;
mod raw;
mod zscore;

use std::sync::Arc;

use crate::portfolio::Registry;
use crate::protocol::Factor;

pub use ewma::ewma_std;
pub use f_crypto_realized_vol::CryptoRealizedVol;
pub use f_fx_carry::FxCarry;
pub use f_momentum_12_1::Momentum12To1;
pub use f_my_momentum::MyMomentum;
pub use f_realized_vol::RealizedVol;
pub use f_sma_cross::SmaCross;
pub use zscore::{zscore_cross_sectional, zscore_row};

/// Returns the factors that the desk brings along.
pub fn registry() -> Registry<dyn Factor> {
    Registry::of(vec![
        Arc::new(Momentum12To1),
        Arc::new(RealizedVol),
        Arc::new(CryptoRealizedVol),
        Arc::new(SmaCross),
        Arc::new(MyMomentum),
        Arc::new(FxCarry),
    ])
}
