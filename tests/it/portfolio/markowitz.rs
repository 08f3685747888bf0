//! Markowitz and least variance by shrunk risk: golden weights, and what is refused.

use serde_json::Value;

use super::shares::{Panel, apart, detail, params};
use mts1b_desk::protocol::{Detail, Params};

const GOLDEN: &str = include_str!("../../data/portfolio/golden_markowitz.json");

/// Returns the golden cases of the allocators of these names: name, parameters and all that is expected.
pub(super) fn golden(names: &[&str]) -> Vec<(String, Params, Value)> {
    let cases: Vec<Value> = serde_json::from_str(GOLDEN).unwrap();
    let read = |case: Value| {
        let name = case["allocator"].as_str().unwrap().to_owned();
        let params = case["params"].as_object().unwrap().clone();
        (name, params.into_iter().collect(), case)
    };
    let of = |(name, _, _): &(String, Params, Value)| names.contains(&&**name);
    cases.into_iter().map(read).filter(of).collect()
}

/// Returns a list of numbers of a golden case; of a map, in the order of the symbols.
pub(super) fn numbers(panel: &Panel, value: &Value) -> Vec<f64> {
    if let Some(list) = value.as_array() {
        return list.iter().map(|number| number.as_f64().unwrap()).collect();
    }
    let of = |symbol: &mts1b_desk::domain::Symbol| value[symbol.as_str()].as_f64().unwrap();
    panel.symbols.iter().map(of).collect()
}

#[test]
fn weights_are_those_of_other_libraries_on_real_returns() {
    let Some(panel) = Panel::of_us_shares() else {
        return;
    };
    let cases = golden(&["markowitz", "ledoit_wolf"]);
    assert_eq!(cases.len(), 24);
    for (name, params, case) in cases {
        let allocation = panel.allocate(&name, &params).unwrap();
        let far = apart(&allocation.weights, &numbers(&panel, &case["weights"]));
        // Without groups the answer is exact; the panel's means differ by rounding from those of pandas.
        let near = if params.contains_key("groups") {
            1e-6
        } else {
            1e-10
        };
        assert!(far < near, "{name} {params:?}: {far:e}");
        if let Some(shrinkage) = case["shrinkage"].as_f64() {
            let Detail::Number(found) = detail(&allocation, "shrinkage") else {
                panic!("shrinkage is no number");
            };
            assert!((found - shrinkage).abs() < 1e-12);
        }
    }
}

#[test]
fn the_order_of_the_assets_does_not_matter() {
    let Some(panel) = Panel::of_us_shares() else {
        return;
    };
    let n = panel.symbols.len();
    let turned: Vec<usize> = (0..n).map(|i| (i * 7 + 3) % n).collect();
    let rows = (0..panel.returns.rows()).map(|t| panel.returns.row(t).unwrap());
    let rows: Vec<Vec<f64>> = rows
        .map(|row| turned.iter().map(|&i| row[i]).collect())
        .collect();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let other = Panel {
        symbols: turned.iter().map(|&i| panel.symbols[i].clone()).collect(),
        ..Panel::of(&rows)
    };
    for (name, params, _) in golden(&["markowitz", "ledoit_wolf"]) {
        let (ours, theirs) = (
            panel.allocate(&name, &params),
            other.allocate(&name, &params),
        );
        let ours = ours.unwrap().weights;
        let back: Vec<f64> = turned.iter().map(|&i| ours[i]).collect();
        let far = apart(&back, &theirs.unwrap().weights);
        assert!(far < 1e-6, "{name} {params:?}: {far:e}");
    }
}

#[test]
fn what_cannot_be_met_is_said_with_what_can() {
    let panel = Panel::of(&[&[0.01, 0.02], &[0.03, -0.02], &[-0.01, 0.03], &[0.01, 0.05]]);
    for (pairs, expected) in [
        (
            &[("objective", "target_return"), ("target", "0.03")][..],
            "markowitz: no weights within the limits have a mean return of 0.03 per period: expected a target of at most \
             0.02",
        ),
        (
            &[("objective", "target_return")],
            "markowitz: target is missing, expected a finite number",
        ),
        (
            &[("objective", "max_sharpe"), ("risk_free", "0.5")],
            "markowitz: no weights within the limits have a mean return above the risk-free 0.5 per period: the highest \
             is 0.02",
        ),
        (
            &[("upper", "0.25")],
            "markowitz: no weights within the bounds add up to 1: their sum can be 0 to 0.5",
        ),
        (
            &[("lower", "{\"A\": 0.5, \"B\": 0.75}")],
            "markowitz: no weights within the bounds add up to 1: their sum can be 1.25 to 2",
        ),
        (
            &[("lower", "0.5"), ("upper", "0.25")],
            "markowitz: lower of A is 0.5, expected at most its upper bound 0.25",
        ),
        (
            &[
                ("groups", "{\"A\": \"x\"}"),
                ("group_limits", "{\"x\": [0, 0.25]}"),
                ("upper", "0.5"),
            ],
            "markowitz: no weights within the bounds add up to 1: their sum can be 0 to 0.75",
        ),
        (
            &[
                ("groups", "{\"C\": \"x\"}"),
                ("group_limits", "{\"x\": [0, 1]}"),
            ],
            "markowitz: groups is \"C\", which is no column of the input",
        ),
        (
            &[
                ("groups", "{\"A\": \"x\"}"),
                ("group_limits", "{\"y\": [0, 1]}"),
            ],
            "markowitz: group_limits of y is [0,1], but no asset is in that group by groups",
        ),
        (
            &[
                ("groups", "{\"A\": \"x\"}"),
                ("group_limits", "{\"x\": [1, 0]}"),
            ],
            "markowitz: group_limits of x is [1,0], expected [least, largest]",
        ),
        (
            &[("groups", "{\"A\": \"x\"}")],
            "markowitz: groups is {\"A\":\"x\"}, which says nothing without group_limits",
        ),
        (
            &[("objectve", "max_sharpe")],
            "markowitz has no parameter 'objectve', did you mean 'objective'?: it takes objective, covariance, lambda, \
             expected_returns, risk_free, target, risk_aversion, lower, upper, groups, group_limits",
        ),
    ] {
        assert_eq!(panel.fault("markowitz", pairs), expected);
    }
}

#[test]
fn strange_returns_have_a_defined_answer_or_a_clear_error() {
    let even = Panel::of(&[&[0.01, 0.01], &[0.02, 0.02], &[-0.01, -0.01]]);
    let still = Panel::of(&[&[0.01, 0.02], &[0.01, -0.02], &[0.01, 0.03]]);
    let huge = Panel::of(&[&[1e50, -1e40], &[2e50, 1e40], &[-1e50, 1e40]]);
    let tiny = Panel::of(&[&[1e-50, -1e-50], &[2e-50, 1e-50], &[-1e-50, 2e-50]]);
    let one = Panel::of(&[&[0.01], &[-0.02], &[0.03]]);
    let nan = f64::NAN;
    let holes = Panel::of(&[&[nan, 0.01], &[0.01, 0.02], &[0.03, nan], &[0.02, -0.01]]);
    let check = |panel: &Panel, name: &str, pairs: &[(&str, &str)], expected: &[f64]| {
        let weights = panel.allocate(name, &params(pairs)).unwrap().weights;
        let far = apart(&weights, expected);
        assert!(far < 1e-6, "{name} {pairs:?} {panel:?}: {weights:?}");
    };
    let sharpe = ("objective", "max_sharpe");
    for name in ["markowitz", "ledoit_wolf"] {
        check(&even, name, &[], &[0.5, 0.5]);
        check(&one, name, &[], &[1.0]);
        for panel in [&holes, &tiny, &huge] {
            let weights = panel.allocate(name, &Params::new()).unwrap().weights;
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(weights.iter().all(|weight| *weight >= 0.0));
        }
    }
    check(&huge, "markowitz", &[], &[0.0, 1.0]);
    check(&still, "markowitz", &[], &[1.0, 0.0]);
    check(&even, "markowitz", &[sharpe], &[0.5, 0.5]);
    check(&one, "markowitz", &[sharpe], &[1.0]);
    let few = Panel::of(&[&[0.01, 0.02]]);
    assert!(
        few.fault("markowitz", &[])
            .starts_with("markowitz: the number of rows")
    );
}
