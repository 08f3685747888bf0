//! Weights of least variance and after views, from returns; again after a bar; and the frontier.
//!
//! Returns are drawn from a few common factors and each asset's own, by a fixed seed, so that a
//! long-only answer holds about an eighth of 500 assets, as on real shares.

use faer::Mat;
use mts1b_desk::domain::{Matrix, Symbol};
use mts1b_desk::portfolio::allocator::{efficient_frontier, min_variance, registry};
use mts1b_desk::portfolio::covariance::{Complete, ledoit_wolf};
use mts1b_desk::protocol::{Params, Returns, param};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::runner::{Case, Runner};

pub fn run(runner: &mut Runner) {
    allocators(runner);
    again(runner, "weights/min variance after a bar, 500 assets", 500);
    again(
        runner,
        "weights/min variance after a bar, 2000 assets",
        2000,
    );
    frontier(runner);
}

struct Panel {
    symbols: Vec<Symbol>,
    returns: Matrix,
}

impl Panel {
    fn new(assets: usize, rows: usize) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(5);
        // The sum of four even draws is bell-shaped enough.
        let mut draw = || -> f64 {
            let even =
                |random: &mut Xoshiro256PlusPlus| f64::from(random.next_u32()) / 4_294_967_296.0;
            (0..4).map(|_| even(&mut random)).sum::<f64>() - 2.0
        };
        let loads: Vec<[f64; 4]> = (0..assets)
            .map(|_| {
                [
                    1.0 + 0.3 * draw(),
                    0.5 * draw(),
                    0.5 * draw(),
                    0.015 + 0.005 * draw(),
                ]
            })
            .collect();
        let mut values = Vec::with_capacity(assets * rows);
        for _ in 0..rows {
            let common = [0.017 * draw(), 0.01 * draw(), 0.01 * draw()];
            for [first, second, third, own] in &loads {
                let [a, b, c] = common;
                values.push(0.0003 + first * a + second * b + third * c + own.abs() * draw());
            }
        }
        let name = |i: usize| Symbol::new(format!("S{i}")).expect("a symbol");
        Self {
            symbols: (0..assets).map(name).collect(),
            returns: Matrix::new(rows, assets, values).expect("as many as needed"),
        }
    }

    fn returns(&self) -> Returns<'_> {
        Returns {
            values: &self.returns,
            symbols: &self.symbols,
        }
    }

    fn covariance(&self) -> (Mat<f64>, Vec<f64>) {
        let complete = Complete::new("bench", &self.returns()).expect("no holes");
        (ledoit_wolf(&complete).covariance, complete.means().to_vec())
    }
}

fn allocators(runner: &mut Runner) {
    let assets = runner.count(500);
    let panel = Panel::new(assets, if runner.is_tiny() { 10 } else { 252 });
    let views = r#"[{"symbols": ["S0"], "expected": 0.001}, {"symbols": ["S1", "S2"], "weights": [1, -1], "expected": 0.0002}]"#;
    let with_views: Params = [("views".to_owned(), param(views))].into();
    let sharpest: Params = [("objective".to_owned(), param("max_sharpe"))].into();
    for (case, method, params) in [
        (
            Case::new("weights/ledoit_wolf, 500 assets, 252 rows").p50_ns(10_000_000),
            "ledoit_wolf",
            Params::new(),
        ),
        (
            Case::new("weights/markowitz max_sharpe, 500 assets, 252 rows").p50_ns(12_000_000),
            "markowitz",
            sharpest,
        ),
        (
            Case::new("weights/black_litterman, 500 assets, 252 rows").p50_ns(8_000_000),
            "black_litterman",
            with_views,
        ),
    ] {
        let registry = registry();
        let method = registry.get(method).expect("it is there").clone();
        runner.time(
            case.sampled(1, 100),
            &mut (),
            |()| (),
            |(), ()| method.allocate(&panel.returns(), &params).expect("weights"),
        );
    }
}

/// Least variance from the weights of a covariance that has one row fewer.
fn again(runner: &mut Runner, name: &'static str, assets: usize) {
    if !runner.wants(name) {
        return;
    }
    let panel = Panel::new(runner.count(assets), 300);
    let before = {
        let columns = panel.symbols.len();
        let values = panel.returns.values().get(columns..).unwrap_or_default();
        let returns = Matrix::new(panel.returns.rows() - 1, columns, values.to_vec());
        let panel = Panel {
            symbols: panel.symbols.clone(),
            returns: returns.expect("one row fewer"),
        };
        min_variance(&panel.covariance().0, None).expect("weights")
    };
    let (covariance, _) = panel.covariance();
    let case = Case::new(name).sampled(1, 50);
    let case = if assets > 500 {
        case.p50_ns(40_000_000)
    } else {
        case.p50_ns(2_000_000)
    };
    runner.time(
        case,
        &mut (),
        |()| (),
        |(), ()| min_variance(&covariance, Some(&before)).expect("weights"),
    );
}

fn frontier(runner: &mut Runner) {
    for (case, assets) in [
        (
            Case::new("weights/frontier of 30 points, 29 assets").p50_ns(1_000_000),
            29,
        ),
        (
            Case::new("weights/frontier of 30 points, 500 assets").p50_ns(100_000_000),
            500,
        ),
    ] {
        let (covariance, means) = Panel::new(runner.count(assets), 252).covariance();
        runner.time(
            case.sampled(1, 50),
            &mut (),
            |()| (),
            |(), ()| efficient_frontier(&covariance, &means, 0.0, 30).expect("a frontier"),
        );
    }
}
