//! Capacity against the volume traded: of a position, and of the whole fund.

use mts1b_desk::domain::Matrix;
use mts1b_desk::portfolio::capacity::{CapacitySettings, adv_usd, fund_capacity};
use proptest::prelude::*;

fn settings(fraction: f64, days: usize) -> CapacitySettings {
    CapacitySettings::new(fraction, days).unwrap()
}

fn matrix(rows: usize, columns: usize, values: &[f64]) -> Matrix {
    Matrix::new(rows, columns, values.to_vec()).unwrap()
}

#[test]
fn the_volume_is_averaged_over_the_last_days_on_which_it_is_known() {
    let missing = f64::NAN;
    let close = matrix(4, 2, &[1.0, 5.0, 10.0, 5.0, 20.0, missing, 30.0, missing]);
    let volume = matrix(
        4,
        2,
        &[1e9, missing, 100.0, missing, missing, 7.0, 200.0, 7.0],
    );
    // The first row is outside the window of three; the missing day is no day.
    let adv = adv_usd(&close, &volume, &[Some(1.0), Some(1.0)], &settings(0.01, 3)).unwrap();
    assert_eq!(adv, [Some(f64::midpoint(10.0 * 100.0, 30.0 * 200.0)), None]);
    // In dollars, by the rate of its currency; without one nobody knows.
    let rates = |first| adv_usd(&close, &volume, &[first, None], &settings(0.01, 3)).unwrap();
    assert_eq!(rates(Some(1.5))[0], Some(5250.0));
    assert_eq!(rates(None)[0], None);
    let error = adv_usd(
        &close,
        &matrix(3, 2, &[0.0; 6]),
        &[None; 2],
        &settings(0.01, 3),
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("3 x 2 with 2 rates")
    );
}

#[test]
fn a_position_may_be_so_large_a_part_of_the_volume() {
    let capacity = settings(0.01, 21);
    assert!((capacity.position_usd(5e6) - 50_000.0).abs() < 1e-9);
    assert_eq!(capacity.position_capacity(1e6, 5e6), Some(0.05));
    assert_eq!(capacity.position_capacity(1e6, 0.0), Some(0.0));
    assert_eq!(capacity.position_capacity(0.0, 5e6), None);
    assert_eq!(capacity.position_capacity(-1.0, 5e6), None);
}

#[test]
fn the_fund_may_grow_until_its_first_target_meets_capacity() {
    let capacity = settings(0.01, 21);
    let weights = [Some(0.5), Some(-0.1), Some(0.4), None, Some(0.0)];
    let volumes = [Some(5e9), Some(2e8), None, Some(1.0), Some(1.0)];
    let found = fund_capacity(&weights, &volumes, &capacity).unwrap();
    // 1% of 200 million is 2 million, which is a tenth of 20 million; the first would do 100 million.
    assert_eq!((found.nav_usd, found.binds, found.unknown), (2e7, 1, 1));
    assert_eq!(fund_capacity(&[Some(0.4)], &[None], &capacity), None);
    assert_eq!(fund_capacity(&[None], &[Some(1.0)], &capacity), None);
}

#[test]
fn settings_out_of_range_are_refused_with_what_would_be_right() {
    for (fraction, days, said) in [
        (0.0, 21, "fraction_of_adv is 0, expected a number above 0"),
        (1.5, 21, "fraction_of_adv is 1.5"),
        (f64::NAN, 21, "fraction_of_adv is NaN"),
        (
            0.01,
            0,
            "adv_lookback_days is 0, expected a whole number from 1 to 2520",
        ),
        (0.01, 2521, "adv_lookback_days is 2521"),
    ] {
        let error = CapacitySettings::new(fraction, days)
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{error}");
    }
}

proptest! {
    #[test]
    fn at_the_funds_capacity_one_target_is_at_its_own_and_none_beyond(
        of in prop::collection::vec((-1.0_f64..1.0, 1.0_f64..1e9), 1..20),
        fraction in 0.001_f64..1.0,
    ) {
        let capacity = settings(fraction, 21);
        let weights: Vec<Option<f64>> = of.iter().map(|(weight, _)| Some(*weight)).collect();
        let volumes: Vec<Option<f64>> = of.iter().map(|(_, adv)| Some(*adv)).collect();
        let found = fund_capacity(&weights, &volumes, &capacity).unwrap();
        for (at, (weight, adv)) in of.iter().enumerate() {
            let held = weight.abs() * found.nav_usd;
            let most = capacity.position_usd(*adv);
            prop_assert!(held <= most * (1.0 + 1e-12));
            if at == found.binds {
                prop_assert!((held / most - 1.0).abs() < 1e-12);
            }
        }
    }
}
