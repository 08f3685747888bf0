//! Sleeves add up as the published example says, and overlays divide what is configured.

use std::sync::Arc;

use mts1b_desk::domain::Matrix;
use mts1b_desk::portfolio::Registry;
use mts1b_desk::portfolio::sleeve::{Overlay, Part, compose, returns_of};
use mts1b_desk::protocol::{Allocation, Allocator, ParamSpec, Params, PortfolioError, Returns};
use proptest::prelude::*;

/// Weights each column by its last return: enough to see who was asked, with what, and what became of it.
#[derive(Debug)]
struct LastRow(&'static str);

impl Allocator for LastRow {
    fn name(&self) -> &str {
        self.0
    }

    fn params(&self) -> &[ParamSpec] {
        &[]
    }

    fn allocate(&self, returns: &Returns<'_>, _: &Params) -> Result<Allocation, PortfolioError> {
        assert_eq!(returns.symbols.len(), returns.values.columns());
        let last = returns.values.rows() - 1;
        Ok(Allocation {
            weights: returns.values.row(last).unwrap().to_vec(),
            details: Vec::new(),
        })
    }
}

fn allocators(name: &'static str) -> Registry<dyn Allocator> {
    let mut registry: Registry<dyn Allocator> = Registry::new();
    registry.register(Arc::new(LastRow(name))).unwrap();
    registry
}

fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} not {expected}");
    }
}

#[test]
fn a_symbol_in_several_sleeves_gets_the_sum_and_nothing_is_scaled_to_one() {
    // SPY and QQQ of the published page: 0.6 x 0.4 + 0.4 x -0.5, and 0.6 x 0.6.
    let first = [Some(0.4), Some(0.6), None];
    let second = [Some(-0.5), None, None];
    let parts = [
        Part {
            allocation: 0.6,
            weights: &first,
        },
        Part {
            allocation: 0.4,
            weights: &second,
        },
    ];
    let sums = compose(&parts, 3).unwrap();
    near(&[sums[0].unwrap(), sums[1].unwrap()], &[0.04, 0.36]);
    assert_eq!(sums[2], None, "no sleeve speaks of it");
    assert_eq!(compose(&[], 2).unwrap(), [None, None]);
}

#[test]
fn what_does_not_fit_is_refused_with_its_value() {
    let weights = [Some(0.5)];
    let short = Part {
        allocation: 1.0,
        weights: &weights,
    };
    let error = compose(&[short], 2).unwrap_err().to_string();
    assert_eq!(
        error,
        "sleeves: number of weights is 1, expected one for each of 2 assets"
    );
    let odd = [Some(f64::NAN), None];
    let odd = Part {
        allocation: 1.0,
        weights: &odd,
    };
    assert!(compose(&[odd], 2).is_err());
    let none = Overlay::Manual.allocations(&[0.5, -0.1], None, &Registry::new());
    assert_eq!(
        none.unwrap_err().to_string(),
        "overlay: allocation is -0.1, expected a number from 0 to 10"
    );
}

#[test]
fn overlays_divide_the_sum_of_the_configured_allocations() {
    let configured = [0.5, 0.3, 0.1];
    let returns = Matrix::new(2, 3, vec![9.0, 9.0, 9.0, 2.0, 1.0, 1.0]).unwrap();
    let registry = allocators("hrp");
    let by = |overlay: Overlay| overlay.allocations(&configured, Some(&returns), &registry);
    near(&by(Overlay::Manual).unwrap(), &configured);
    near(&by(Overlay::Equal).unwrap(), &[0.3, 0.3, 0.3]);
    near(&by(Overlay::Hrp).unwrap(), &[0.45, 0.225, 0.225]);
    // One sleeve leaves nothing to divide, and needs no history.
    let one = Overlay::Hrp.allocations(&[0.7], None, &Registry::new());
    near(&one.unwrap(), &[0.7]);
    for overlay in Overlay::ALL {
        assert_eq!(overlay.as_str().parse(), Ok(overlay));
        let none = overlay.allocations(&[], None, &registry).unwrap();
        assert!(none.is_empty());
    }
}

#[test]
fn hrp_without_history_or_without_an_answer_says_so() {
    let ask = |returns: Option<&Matrix>, registry: &Registry<dyn Allocator>| {
        let error = Overlay::Hrp.allocations(&[0.5, 0.5], returns, registry);
        error.unwrap_err().to_string()
    };
    assert_eq!(
        ask(None, &allocators("hrp")),
        "overlay hrp: there is no history of the sleeves to divide by"
    );
    let two = Matrix::new(1, 2, vec![1.0, 1.0]).unwrap();
    assert!(ask(Some(&two), &allocators("other")).contains("no allocator 'hrp'"));
    let one = Matrix::new(1, 1, vec![1.0]).unwrap();
    assert!(ask(Some(&one), &allocators("hrp")).contains("expected one for each of 2 sleeves"));
    let odd = Matrix::new(1, 2, vec![f64::NAN, 1.0]).unwrap();
    assert!(ask(Some(&odd), &allocators("hrp")).contains("sum NaN"));
    let zero = Matrix::new(1, 2, vec![0.0, 0.0]).unwrap();
    assert!(ask(Some(&zero), &allocators("hrp")).contains("sum 0"));
}

#[test]
fn a_sleeves_returns_are_those_of_its_weights_and_missing_where_a_holding_is() {
    let returns = Matrix::new(2, 2, vec![0.1, 0.2, f64::NAN, 0.4]).unwrap();
    let both = [Some(0.5), Some(0.5)];
    let second = [None, Some(1.0)];
    let parts = [&both, &second].map(|weights| Part {
        allocation: 1.0,
        weights,
    });
    let series = returns_of(&parts, &returns).unwrap();
    near(series.row(0).unwrap(), &[0.15, 0.2]);
    let last = series.row(1).unwrap();
    assert!(last[0].is_nan(), "it holds what has no return");
    near(&last[1..], &[0.4]);
}

proptest! {
    #[test]
    fn composing_is_linear_and_blind_to_the_order_of_sleeves(
        rows in prop::collection::vec(
            (0.0..2.0, prop::collection::vec(prop::option::of(-1.0..1.0), 4)),
            1..5,
        ),
        scale in 0.1..3.0,
    ) {
        let parts: Vec<Part<'_>> = rows
            .iter()
            .map(|(allocation, weights)| Part { allocation: *allocation, weights })
            .collect();
        let turned: Vec<Part<'_>> = parts.iter().rev().copied().collect();
        let scaled: Vec<Part<'_>> = parts
            .iter()
            .map(|part| Part { allocation: part.allocation * scale, ..*part })
            .collect();
        let sums = compose(&parts, 4).unwrap();
        for (other, by) in [(compose(&turned, 4).unwrap(), 1.0), (compose(&scaled, 4).unwrap(), scale)] {
            for (sum, other) in sums.iter().zip(&other) {
                prop_assert_eq!(sum.is_some(), other.is_some());
                prop_assert!((sum.unwrap_or(0.0) * by - other.unwrap_or(0.0)).abs() < 1e-12);
            }
        }
        for (asset, sum) in sums.iter().enumerate() {
            let spoken = rows.iter().any(|(_, weights)| weights[asset].is_some());
            prop_assert_eq!(sum.is_some(), spoken);
        }
    }
}
