//! Allocators: against other libraries, their laws, and what they do at the edges.

use std::collections::BTreeMap;

use mts1b_desk::domain::{Symbol, Timestamp};
use mts1b_desk::event::Made;
use mts1b_desk::portfolio::allocator::{Linkage, Tree, contributions, registry};
use mts1b_desk::portfolio::covariance::{Complete, sample};
use mts1b_desk::protocol::{Allocation, Detail, PortfolioError, param};
use proptest::prelude::*;

use crate::portfolio::golden::{Case, apart, cases, golden, numbers};

const ALL: [&str; 5] = [
    "equal",
    "inverse_volatility",
    "equal_risk_contribution",
    "risk_parity",
    "hrp",
];

fn allocate(
    name: &str,
    case: &Case,
    params: &[(&str, &str)],
) -> Result<Allocation, PortfolioError> {
    let given: BTreeMap<_, _> = params
        .iter()
        .map(|(name, text)| ((*name).to_owned(), param(text)))
        .collect();
    let registry = registry();
    registry
        .get(name)
        .unwrap()
        .allocate(&case.returns(), &given)
}

fn weights(name: &str, case: &Case, params: &[(&str, &str)]) -> Vec<f64> {
    allocate(name, case, params).unwrap().weights
}

fn detail<'a>(allocation: &'a Allocation, name: &str) -> &'a Detail {
    let found = allocation.details.iter().find(|(of, _)| *of == name);
    &found.unwrap().1
}

#[test]
fn hrp_is_that_of_pyportfolioopt_by_every_linkage() {
    let golden = golden();
    for (name, case) in cases() {
        for linkage in ["single", "complete", "average", "ward"] {
            let expected = numbers(&golden, name, &format!("hrp_{linkage}"));
            let off = apart(&weights("hrp", &case, &[("linkage", linkage)]), &expected);
            assert!(off < 1e-12, "{name} {linkage} is off by {off:e}");
        }
    }
}

#[test]
fn equal_risk_contribution_is_that_of_the_libraries_as_far_as_they_go() {
    let golden = golden();
    for (name, case) in cases() {
        let allocation = allocate("equal_risk_contribution", &case, &[]).unwrap();
        let Detail::PerAsset(parts) = detail(&allocation, "risk_contribution") else {
            panic!("one part an asset");
        };
        let even = 1.0 / parts.len() as f64;
        assert!(apart(parts, &vec![even; parts.len()]) < 1e-10);
        for (which, most) in [
            ("erc", 1e-9),
            ("erc_riskfolio", 1e-5),
            ("erc_skfolio", 3e-5),
        ] {
            let off = apart(&allocation.weights, &numbers(&golden, name, which));
            assert!(off < most, "{name} {which} is off by {off:e}");
        }
        let budgets = numbers(&golden, name, "budgets");
        let text = serde_json::to_string(&budgets).unwrap();
        let found = weights("risk_parity", &case, &[("budgets", &text)]);
        for (which, most) in [("budgets_erc", 1e-9), ("budgets_riskfolio", 1e-5)] {
            let off = apart(&found, &numbers(&golden, name, which));
            assert!(off < most, "{name} {which} is off by {off:e}");
        }
    }
}

#[test]
fn budgets_are_the_parts_of_the_risk() {
    let (_, case) = cases().swap_remove(0);
    let budgets = [("budgets", "[1, 2, 3, 4, 5, 5]")];
    let allocation = allocate("risk_parity", &case, &budgets).unwrap();
    let Detail::PerAsset(parts) = detail(&allocation, "risk_contribution") else {
        panic!("one part an asset");
    };
    assert!(apart(parts, &[0.05, 0.1, 0.15, 0.2, 0.25, 0.25]) < 1e-10);
    let error = allocate("risk_parity", &case, &[("budgets", "[1, 2, 0, 4, 5, 5]")]).unwrap_err();
    let expected = "risk_parity: the budget of S3 is 0, expected a number from 0.000001";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[test]
fn two_assets_and_one_have_the_answers_that_formulas_give() {
    let case = Case::named(
        &["A", "B"],
        &[vec![0.1, 0.1], vec![-0.1, 0.3], vec![0.1, -0.4]],
    );
    let covariance = sample(&Complete::new("m", &case.returns()).unwrap());
    let (a, b) = (covariance[(0, 0)], covariance[(1, 1)]);
    let by_volatility = [b.sqrt(), a.sqrt()].map(|x| x / (a.sqrt() + b.sqrt()));
    assert!(apart(&weights("inverse_volatility", &case, &[]), &by_volatility) < 1e-14);
    assert!(
        apart(
            &weights("equal_risk_contribution", &case, &[]),
            &by_volatility
        ) < 1e-10
    );
    let by_variance = [b, a].map(|x| x / (a + b));
    assert!(apart(&weights("hrp", &case, &[]), &by_variance) < 1e-14);
    let one = Case::named(&["A"], &[vec![0.1], vec![-0.1]]);
    for name in ALL {
        assert_eq!(weights(name, &one, &[]), [1.0], "{name}");
    }
}

#[test]
fn what_has_no_answer_is_an_error_that_says_why() {
    let still = Case::named(
        &["A", "B"],
        &[vec![0.1, 0.3], vec![0.1, 0.2], vec![0.1, 0.1]],
    );
    for name in ALL.iter().skip(1) {
        let error = allocate(name, &still, &[]).unwrap_err().to_string();
        assert!(error.contains("the variance of A is 0,"), "{error}");
        let shrunk = weights(name, &still, &[("covariance", "ledoit_wolf")]);
        assert!((shrunk.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{name}");
    }
    let opposite = Case::named(
        &["A", "B"],
        &[vec![0.1, -0.2], vec![-0.1, 0.2], vec![0.3, -0.6]],
    );
    let error = allocate("equal_risk_contribution", &opposite, &[]).unwrap_err();
    assert!(error.to_string().contains("has no risk"), "{error}");
    let sum: f64 = weights("hrp", &opposite, &[]).iter().sum();
    assert!((sum - 1.0).abs() < 1e-12);
    let error = allocate("hrp", &still, &[("linkge", "ward")]).unwrap_err();
    assert!(
        error.to_string().contains("did you mean 'linkage'?"),
        "{error}"
    );
    let (_, small) = cases().swap_remove(0);
    let error = allocate("equal_risk_contribution", &small, &[("max_iter", "2")]).unwrap_err();
    assert!(error.to_string().contains("after 2 iterations"), "{error}");
}

#[test]
fn columns_that_are_the_same_share_evenly() {
    let (_, small) = cases().swap_remove(0);
    let rows: Vec<Vec<f64>> = (small.rows().iter())
        .map(|row| vec![row[0], row[1], row[2], row[2]])
        .collect();
    let case = Case::named(&["A", "B", "C", "D"], &rows);
    for name in ["inverse_volatility", "equal_risk_contribution"] {
        let found = weights(name, &case, &[]);
        assert!((found[2] - found[3]).abs() < 1e-10, "{name}: {found:?}");
    }
    let covariance = sample(&Complete::new("m", &case.returns()).unwrap());
    let tree = Tree::new("m", &covariance, &case.symbols, Linkage::Single).unwrap();
    let (left, right, distance) = tree.merges[0];
    let mut pair = [tree.order[left], tree.order[right]];
    pair.sort_unstable();
    assert_eq!((pair, distance), ([2, 3], 0.0));
}

#[test]
fn the_screen_gets_the_tree_in_the_order_of_its_leaves() {
    let (_, case) = cases().swap_remove(0);
    let covariance = sample(&Complete::new("m", &case.returns()).unwrap());
    let tree = Tree::new("m", &covariance, &case.symbols, Linkage::Average).unwrap();
    let made = Made {
        at: Timestamp::from_us(7),
        took_us: 1,
    };
    let clusters = tree.clusters(&covariance, &case.symbols, made).unwrap();
    let count = case.symbols.len();
    let mut columns = clusters.columns.clone();
    columns.sort_unstable();
    assert_eq!(columns, (0..count).collect::<Vec<_>>());
    // Leaves from left to right: every merge joins two neighbouring stretches.
    let mut stretches: Vec<(usize, usize)> = (0..count).map(|leaf| (leaf, leaf + 1)).collect();
    for (left, right, _) in &clusters.merges {
        let (from, middle) = stretches[*left];
        let (also, to) = stretches[*right];
        assert_eq!(middle, also);
        stretches.push((from, to));
    }
    assert_eq!(stretches.last(), Some(&(0, count)));
    let heights: Vec<f64> = clusters
        .merges
        .iter()
        .map(|(.., distance)| *distance)
        .collect();
    assert!(heights.is_sorted());
    let (i, j) = (clusters.columns[0], clusters.columns[1]);
    let expected = covariance[(i, j)] / (covariance[(i, i)] * covariance[(j, j)]).sqrt();
    assert!((clusters.correlation[1] - expected).abs() < 1e-14);
}

#[test]
fn prim_finds_the_tree_that_kodama_finds() {
    for (name, case) in cases() {
        let covariance = sample(&Complete::new("m", &case.returns()).unwrap());
        let count = case.symbols.len();
        let mut distances = Vec::new();
        for i in 0..count {
            for j in i + 1..count {
                let scale = (covariance[(i, i)] * covariance[(j, j)]).sqrt();
                distances.push(((1.0 - covariance[(i, j)] / scale) / 2.0).sqrt());
            }
        }
        let expected = kodama::linkage(&mut distances, count, kodama::Method::Single);
        let tree = Tree::new("m", &covariance, &case.symbols, Linkage::Single).unwrap();
        let named = |cluster: usize| tree.order.get(cluster).copied().unwrap_or(cluster);
        for (found, step) in tree.merges.iter().zip(expected.steps()) {
            let mut pair = [named(found.0), named(found.1)];
            pair.sort_unstable();
            assert_eq!(pair, [step.cluster1, step.cluster2], "{name}");
            assert!((found.2 - step.dissimilarity).abs() < 1e-12, "{name}");
        }
    }
}

#[test]
fn contributions_add_up_to_one_and_a_hedge_is_below_zero() {
    let rows = [vec![0.1, 0.12], vec![-0.1, -0.09], vec![0.0, 0.01]];
    let case = Case::named(&["A", "B"], &rows);
    let covariance = sample(&Complete::new("m", &case.returns()).unwrap());
    let risk = contributions(&covariance, &[1.0, -0.1]).unwrap();
    assert!((risk.parts.iter().sum::<f64>() - 1.0).abs() < 1e-14);
    assert!(risk.parts[1] < 0.0);
    assert_eq!(contributions(&covariance, &[0.0, 0.0]), None);
}

/// Returns of five assets with one thing in common, so that no mix of them is without risk.
fn returns() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let row = (-0.05..0.05_f64, prop::collection::vec(-0.05..0.05_f64, 5));
    let row = row.prop_map(|(common, own)| own.iter().map(|x| x + common).collect());
    prop::collection::vec(row, 12..40)
}

const NAMES: [&str; 5] = ["S1", "S2", "S3", "S10", "T"];

proptest! {
    #[test]
    fn weights_add_up_to_one_and_go_where_their_assets_go(
        rows in returns(),
        places in Just([0_usize, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let case = Case::named(&NAMES, &rows);
        let moved: Vec<Vec<f64>> = (rows.iter())
            .map(|row| places.iter().map(|place| row[*place]).collect())
            .collect();
        let symbols = places.iter().map(|place| Symbol::new(NAMES[*place]).unwrap());
        let shuffled = Case::new(symbols.collect(), &moved);
        for name in ALL {
            let (plain, other) = (weights(name, &case, &[]), weights(name, &shuffled, &[]));
            prop_assert!((plain.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let expected: Vec<f64> = places.iter().map(|place| plain[*place]).collect();
            prop_assert!(apart(&other, &expected) < 1e-9, "{name}");
        }
    }

    #[test]
    fn the_unit_of_returns_changes_nothing(rows in returns(), power in -40..40_i32) {
        let case = Case::named(&NAMES, &rows);
        let scaled: Vec<Vec<f64>> = (rows.iter())
            .map(|row| row.iter().map(|x| x * 10_f64.powi(power)).collect())
            .collect();
        let scaled = Case::named(&NAMES, &scaled);
        for name in ["inverse_volatility", "equal_risk_contribution", "hrp"] {
            let off = apart(&weights(name, &case, &[]), &weights(name, &scaled, &[]));
            prop_assert!(off < 1e-9, "{name} is off by {off}");
        }
    }
}
