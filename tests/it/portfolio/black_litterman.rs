//! Black and Litterman: golden posteriors, laws of views, and what is refused.

use serde_json::json;

use super::markowitz::{golden, numbers};
use super::shares::{Panel, apart, detail, params, per_asset};
use mts1b_desk::protocol::{Detail, Params};

#[test]
fn posteriors_and_weights_are_those_of_another_library_on_real_returns() {
    let Some(panel) = Panel::of_us_shares() else {
        return;
    };
    let cases = golden(&["black_litterman"]);
    assert_eq!(cases.len(), 9);
    for (name, params, case) in cases {
        let allocation = panel.allocate(&name, &params).unwrap();
        let far = apart(&allocation.weights, &numbers(&panel, &case["weights"]));
        assert!(far < 1e-9, "{params:?}: {far:e}");
        if case["prior"].is_null() {
            continue;
        }
        for figure in ["prior", "posterior"] {
            let far = apart(
                per_asset(&allocation, figure),
                &numbers(&panel, &case[figure]),
            );
            assert!(far < 1e-14, "{figure}: {far:e}");
        }
        let Detail::Matrix(spread) = detail(&allocation, "posterior_covariance") else {
            panic!("no matrix");
        };
        let own = |i: usize| spread.row(i).unwrap()[i];
        let diagonal: Vec<f64> = (0..spread.rows()).map(own).collect();
        let expected = numbers(&panel, &case["posterior_covariance_diagonal"]);
        assert!(apart(&diagonal, &expected) < 1e-15);
        let expected = numbers(&panel, &case["posterior_covariance_of_first"]);
        assert!(apart(spread.row(0).unwrap(), &expected) < 1e-15);
    }
}

fn small() -> Panel {
    Panel::of(&[
        &[0.01, 0.02, -0.01],
        &[0.03, -0.02, 0.02],
        &[-0.01, 0.03, 0.01],
        &[0.01, 0.05, -0.02],
        &[-0.02, 0.01, 0.03],
    ])
}

fn with_views(views: serde_json::Value) -> Params {
    let mut params = params(&[("market_caps", "[1, 2, 5]"), ("risk_free", "0.001")]);
    params.insert("views".to_owned(), views);
    params
}

#[test]
fn without_views_and_with_views_without_confidence_the_market_is_held() {
    let expected = [0.125, 0.25, 0.625];
    for views in [
        json!([]),
        json!([{"symbols": ["A"], "expected": 0.5, "confidence": 0}]),
    ] {
        let allocation = small()
            .allocate("black_litterman", &with_views(views))
            .unwrap();
        assert!(apart(&allocation.weights, &expected) < 1e-15);
        let (prior, posterior) = (
            per_asset(&allocation, "prior"),
            per_asset(&allocation, "posterior"),
        );
        assert_eq!(prior, posterior);
    }
    let even = small().allocate("black_litterman", &Params::new()).unwrap();
    assert!(apart(&even.weights, &[1.0 / 3.0; 3]) < 1e-15);
}

#[test]
fn a_certain_view_comes_true_and_half_a_confidence_is_no_confidence_said() {
    let view = |confidence: serde_json::Value| {
        let view = json!({"symbols": ["A", "C"], "weights": [1, -1], "expected": 0.002, "confidence": confidence});
        let answer = small()
            .allocate("black_litterman", &with_views(json!([view])))
            .unwrap();
        per_asset(&answer, "posterior").to_vec()
    };
    let sure = view(json!(1));
    assert!((sure[0] - sure[2] - 0.002).abs() < 1e-15);
    assert_eq!(view(json!(0.5)), view(json!(null)));
    let (half, prior) = (view(json!(0.5)), view(json!(0)));
    let between = 0.5 * (sure[0] - sure[2]) + 0.5 * (prior[0] - prior[2]);
    assert!((half[0] - half[2] - between).abs() < 1e-15);
}

#[test]
fn views_that_cannot_be_meant_are_refused_by_their_place() {
    let a_view = json!({"symbols": ["A"], "expected": 0.01});
    for (views, expected) in [
        (
            json!("up"),
            "views is \"up\", expected a list of at most 1000 views",
        ),
        (json!([a_view, 3]), "view 2 is 3, expected {\"symbols\""),
        (
            json!([{"symbols": ["Z"], "expected": 0.01}]),
            "symbols of view 1 is [\"Z\"], expected a list of columns",
        ),
        (
            json!([{"symbols": ["A", "A"], "weights": [1, -1], "expected": 0.01}]),
            "symbols of view 1 is",
        ),
        (
            json!([{"symbols": [], "expected": 0.01}]),
            "symbols of view 1 is []",
        ),
        (
            json!([{"symbols": ["A", "B"], "expected": 0.01}]),
            "weights of view 1 is missing, expected 2 finite",
        ),
        (
            json!([{"symbols": ["A", "B"], "weights": [1], "expected": 0}]),
            "weights of view 1 is [1], expected 2",
        ),
        (
            json!([{"symbols": ["A"], "weights": [0], "expected": 0}]),
            "weights of view 1 is [0], expected 1",
        ),
        (json!([{"symbols": ["A"]}]), "expected of view 1 is missing"),
        (
            json!([{"symbols": ["A"], "expected": "nan"}]),
            "expected of view 1 is \"nan\"",
        ),
        (
            json!([{"symbols": ["A"], "expected": 0, "confidence": 1.5}]),
            "confidence of view 1 is 1.5, expected a number from 0",
        ),
        (
            json!([{"symbol": ["A"], "expected": 0}]),
            "a part of view 1 is \"symbol\", expected symbols, weights",
        ),
    ] {
        let fault = small()
            .allocate("black_litterman", &with_views(views))
            .unwrap_err()
            .to_string();
        assert!(
            fault.starts_with(&format!("black_litterman: {expected}")),
            "{fault}"
        );
    }
    let certain = json!({"symbols": ["A"], "expected": 0.01, "confidence": 1});
    let fault = small().allocate("black_litterman", &with_views(json!([certain, certain])));
    let fault = fault.unwrap_err().to_string();
    assert!(
        fault.starts_with("black_litterman: view 2 says nothing or what certain views"),
        "{fault}"
    );
    let pairs = [("market_caps", "[1, -2, 5]")];
    let expected = "black_litterman: market_caps of B is -2, expected at least 0";
    assert_eq!(small().fault("black_litterman", &pairs), expected);
    let pairs = [("market_caps", "0")];
    let expected = "black_litterman: the largest of market_caps is 0, expected one above 0";
    assert_eq!(small().fault("black_litterman", &pairs), expected);
}

#[test]
fn long_only_weights_by_the_posterior_never_short() {
    let view = json!([{"symbols": ["A", "B"], "weights": [1, -1], "expected": -0.05}]);
    let free = small()
        .allocate("black_litterman", &with_views(view.clone()))
        .unwrap();
    assert!(free.weights.iter().any(|weight| *weight < 0.0));
    for objective in ["min_variance", "max_sharpe", "risk_aversion"] {
        let mut params = with_views(view.clone());
        params.insert("objective".to_owned(), json!(objective));
        let held = small().allocate("black_litterman", &params).unwrap();
        assert!(held.weights.iter().all(|weight| *weight >= 0.0));
        assert!((held.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
