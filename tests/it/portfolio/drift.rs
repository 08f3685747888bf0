//! Drift bands: what is left, and how far a trade goes that is not.

use mts1b_desk::portfolio::drift::{DriftSettings, TradeTo};
use proptest::prelude::*;

#[test]
fn within_the_band_nothing_is_traded_and_beyond_it_as_far_as_is_set() {
    let to = |trade_to| DriftSettings::new(0.01, 0.1, trade_to).unwrap();
    let (target, edge) = (to(TradeTo::Target), to(TradeTo::Edge));
    // Held, target, where a trade to the target goes, where one to the edge does.
    for (held, wanted, whole, near) in [
        (0.045, 0.05, None, None),
        (0.0625, 0.0625, None, None),
        (0.0, 0.0, None, None),
        (0.1, 0.05, Some(0.05), Some(0.06)),
        (0.0, 0.05, Some(0.05), Some(0.04)),
        // A tenth of the target is wider than a hundredth of NAV.
        (0.25, 0.2, Some(0.2), Some(0.22)),
        (0.21, 0.2, None, None),
        (-0.1, -0.05, Some(-0.05), Some(-0.06)),
        (0.02, -0.05, Some(-0.05), Some(-0.04)),
        // Leaving is never put off.
        (0.001, 0.0, Some(0.0), Some(0.0)),
    ] {
        for (settings, expected) in [(target, whole), (edge, near)] {
            let found: Option<f64> = settings.aim(held, wanted);
            let same = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < 1e-12,
                (found, expected) => found == expected,
            };
            assert!(same, "{held} to {wanted}: {found:?}, not {expected:?}");
        }
    }
}

#[test]
fn widths_out_of_range_are_refused() {
    let error = DriftSettings::new(1.5, 0.0, TradeTo::Target).unwrap_err();
    assert_eq!(
        error.to_string(),
        "drift: band is 1.5, expected a number from 0 to 1"
    );
    assert!(DriftSettings::new(0.0, f64::NAN, TradeTo::Edge).is_err());
    assert!("middle".parse::<TradeTo>().is_err());
    assert_eq!("edge".parse(), Ok(TradeTo::Edge));
}

proptest! {
    #[test]
    fn a_trade_ends_within_the_band_and_asks_for_no_other(
        held in -1.0_f64..1.0,
        target in -1.0_f64..1.0,
        band in 0.0_f64..0.2,
        of_target in 0.0_f64..0.5,
        edge in any::<bool>(),
    ) {
        let to = if edge { TradeTo::Edge } else { TradeTo::Target };
        let settings = DriftSettings::new(band, of_target, to).unwrap();
        match settings.aim(held, target) {
            None => prop_assert!((held - target).abs() <= settings.width(target)),
            Some(aim) => {
                prop_assert!((held - target).abs() > settings.width(target));
                prop_assert!((aim - target).abs() <= settings.width(target) + 1e-15);
                // Nearer than before, and not past the target.
                prop_assert!((aim - held).abs() <= (target - held).abs() + 1e-15);
            }
        }
    }
}
