//! Covariances: against other libraries, at the edges, and kept up to date.

use faer::Mat;
use mts1b_desk::portfolio::covariance::{
    Complete, Rolling, constant_correlation, ewma, ledoit_wolf, sample,
};
use proptest::prelude::*;

use crate::portfolio::golden::{Case, apart, cases, golden, numbers};

fn flat(matrix: &Mat<f64>) -> Vec<f64> {
    let columns = (0..matrix.ncols()).map(|j| matrix.col_as_slice(j).to_vec());
    columns.collect::<Vec<_>>().concat()
}

#[test]
fn estimates_agree_with_pandas_scikit_learn_and_pyportfolioopt() {
    let golden = golden();
    for (name, case) in cases() {
        let complete = Complete::new("test", &case.returns()).unwrap();
        let (shrunk, constant) = (
            ledoit_wolf(&complete),
            constant_correlation(&complete).unwrap(),
        );
        for (which, found) in [
            ("sample", &sample(&complete)),
            ("ewma", &ewma(&complete, 0.94)),
            ("ledoit_wolf", &shrunk.covariance),
            ("constant_correlation", &constant.covariance),
        ] {
            let expected = numbers(&golden, name, which);
            let largest = expected.iter().copied().fold(0.0, f64::max);
            let off = apart(&flat(found), &expected) / largest;
            assert!(off < 1e-12, "{name} {which} is off by {off:e}");
        }
        for (which, found) in [
            ("ledoit_wolf", &shrunk),
            ("constant_correlation", &constant),
        ] {
            let expected = golden[name][format!("{which}_shrinkage")].as_f64().unwrap();
            let off = (found.shrinkage.unwrap() - expected).abs();
            assert!(off < 1e-10, "shrinkage of {name} {which} is off by {off:e}");
        }
    }
}

#[test]
fn a_missing_return_takes_its_row_and_too_few_rows_name_the_shortest_history() {
    let gap = f64::NAN;
    let rows = vec![
        vec![0.1, gap],
        vec![0.2, 0.1],
        vec![-0.1, 0.3],
        vec![gap, 0.5],
    ];
    let case = Case::named(&["A", "B"], &rows);
    let complete = Complete::new("m", &case.returns()).unwrap();
    assert_eq!(complete.rows(), 2);
    assert!(apart(&flat(&sample(&complete)), &[0.045, -0.03, -0.03, 0.02]) < 1e-15);
    let case = Case::named(
        &["A", "B"],
        &[vec![0.1, gap], vec![0.2, gap], vec![0.3, 0.1]],
    );
    assert_eq!(
        Complete::new("m", &case.returns()).unwrap_err().to_string(),
        "m: the number of rows in which every symbol has a return is 1, expected at least 2: B has the \
         shortest history, 1 of 3 rows"
    );
}

#[test]
fn what_no_covariance_can_be_made_of_is_refused_by_name() {
    let check = |rows: &[Vec<f64>], expected: &str| {
        let case = Case::named(&["A", "B"], rows);
        let error = Complete::new("m", &case.returns()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(
        &[vec![0.1, 0.2], vec![0.2, f64::INFINITY]],
        "the return of B in row 2 is inf",
    );
    check(
        &[vec![1e150, 0.2], vec![0.2, 0.1]],
        "the return of A in row 1 is 1",
    );
    check(
        &[vec![1e-160, 0.0], vec![2e-160, 0.0]],
        "give the returns in a larger unit",
    );
    let case = Case::named(
        &["A", "B"],
        &[vec![0.1, 0.2], vec![0.1, 0.3], vec![0.1, 0.1]],
    );
    let complete = Complete::new("m", &case.returns()).unwrap();
    assert_eq!(flat(&sample(&complete))[..3], [0.0, 0.0, 0.0]);
    assert!(
        flat(&ledoit_wolf(&complete).covariance)
            .iter()
            .all(|x| x.is_finite())
    );
    let error = constant_correlation(&complete).unwrap_err().to_string();
    assert!(error.starts_with("m: the variance of A is 0,"), "{error}");
}

#[test]
fn one_asset_has_nothing_to_shrink() {
    let case = Case::named(&["A"], &[vec![0.1], vec![0.2], vec![0.6]]);
    let complete = Complete::new("m", &case.returns()).unwrap();
    for estimate in [
        ledoit_wolf(&complete),
        constant_correlation(&complete).unwrap(),
    ] {
        assert_eq!(estimate.shrinkage, Some(0.0));
    }
    assert!((sample(&complete)[(0, 0)] - 0.07).abs() < 1e-15);
}

#[test]
fn a_large_row_that_leaves_takes_its_rounding_with_it() {
    let calm = |t: usize| vec![(t as f64).sin() * 0.01, (t as f64).cos() * 0.02];
    let mut rows: Vec<Vec<f64>> = (0..10).map(calm).collect();
    rows[0] = vec![1e9, -1e9];
    let case = Case::named(&["A", "B"], &rows);
    let mut rolling = Rolling::new(&Complete::new("m", &case.returns()).unwrap(), 10).unwrap();
    rolling.push(&calm(10)).unwrap();
    assert!(rolling.drift() < 1e-12, "{:e}", rolling.drift());
    assert!(rolling.push(&[0.1, f64::NAN]).is_err());
    assert!(rolling.push(&[0.1]).is_err());
}

proptest! {
    #[test]
    fn the_rolling_covariance_is_the_exact_one_after_any_changes(
        start in prop::collection::vec(prop::collection::vec(-0.1..0.1_f64, 4), 2..9),
        changes in prop::collection::vec((any::<bool>(), prop::collection::vec(-0.1..0.1_f64, 4)), 0..60),
        window in 2..9_usize,
    ) {
        let names = ["A", "B", "C", "D"];
        let case = Case::named(&names, &start);
        let mut rolling = Rolling::new(&Complete::new("m", &case.returns()).unwrap(), window).unwrap();
        let mut rows = start[start.len().saturating_sub(window)..].to_vec();
        for (replaces, row) in &changes {
            if *replaces {
                rolling.replace_last(row).unwrap();
                rows.pop();
            } else {
                rolling.push(row).unwrap();
            }
            rows.push(row.clone());
            if rows.len() > window {
                rows.remove(0);
            }
        }
        let exact = Case::named(&names, &rows);
        let exact = sample(&Complete::new("m", &exact.returns()).unwrap());
        prop_assert_eq!(rolling.len(), rows.len());
        prop_assert!(apart(&flat(&rolling.covariance()), &flat(&exact)) < 1e-12);
        prop_assert!(rolling.drift() < 1e-10);
    }
}
