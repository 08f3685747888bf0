//! A study made by hand: twelve symbols, every kind of figure, each kind of gap.

use std::sync::Arc;

use mts1b_desk::domain::{Interval, Symbol, Timestamp};
use mts1b_desk::event::{
    Allocated, Clusters, Figures, Frontier, HistoryKind, Made, Sleeve, Study, Target,
};

use crate::support::build::read;

const SYMBOLS: [&str; 12] = [
    "AAPL", "MSFT", "NVDA", "TSLA", "BRK.B", "SPY", "BTC-USD", "ETH-USD", "EUR/USD", "USD/JPY",
    "GBP/USD", "XRP-USD",
];
const VOLATILITY: [f64; 12] = [
    0.24, 0.22, 0.42, 0.55, 0.16, 0.15, 0.62, 0.75, 0.08, 0.10, 0.08, 0.9,
];
const MEAN: [f64; 12] = [
    0.11, 0.12, 0.24, 0.09, 0.08, 0.09, 0.31, 0.28, 0.01, 0.015, -0.005, 0.2,
];
const SCORES: [f64; 12] = [
    0.42, 0.31, 1.74, -0.88, 0.05, 0.22, 1.31, 0.9, -1.02, 0.0, -1.44, 0.0,
];
/// Leaves from the top: equities, crypto, currencies.
const LEAVES: [usize; 12] = [4, 5, 0, 1, 2, 3, 6, 7, 11, 8, 10, 9];
/// Merges of leaves, nearest first.
const MERGES: [(usize, usize, f64); 11] = [
    (2, 3, 0.32),
    (0, 1, 0.36),
    (6, 7, 0.38),
    (9, 10, 0.44),
    (12, 4, 0.48),
    (14, 8, 0.52),
    (13, 16, 0.55),
    (18, 5, 0.66),
    (19, 17, 0.93),
    (15, 11, 1.02),
    (20, 21, 1.21),
];

fn group(at: usize) -> usize {
    match at {
        0..=5 => 0,
        6 | 7 | 11 => 1,
        _ => 2,
    }
}

/// What two assets have in common.
fn correlation(a: usize, b: usize) -> f64 {
    let yen = |at: usize| at == 9;
    match (group(a), group(b)) {
        _ if a == b => 1.0,
        (0, 0) => 0.78 - 0.04 * (a as f64 - b as f64).abs(),
        (1, 1) => 0.72,
        (2, 2) if yen(a) || yen(b) => -0.48,
        (2, 2) => 0.64,
        (0, 1) | (1, 0) => 0.27,
        _ if yen(a) || yen(b) => -0.22,
        _ => 0.06,
    }
}

fn made(at: Timestamp, took_us: u64) -> Made {
    Made { at, took_us }
}

fn figures(name: &str, from: &str, values: Vec<Option<f64>>, made: Made) -> Arc<Figures> {
    Arc::new(Figures {
        name: name.into(),
        from: from.into(),
        values,
        made,
        fault: None,
    })
}

fn fault(name: &str, why: &str, made: Made) -> Arc<Figures> {
    Arc::new(Figures {
        fault: Some(why.into()),
        ..(*figures(name, "", vec![None; 12], made)).clone()
    })
}

/// Weights that add up to one, in proportion to some numbers.
fn proportional(of: impl Fn(usize) -> f64) -> Vec<f64> {
    let sum: f64 = (0..12).map(&of).sum();
    (0..12).map(|at| of(at) / sum).collect()
}

fn covariance(a: usize, b: usize) -> f64 {
    correlation(a, b) * VOLATILITY[a] * VOLATILITY[b]
}

fn allocated(name: &str, weights: &[f64], made: Made) -> Arc<Allocated> {
    let line = |a: usize| -> f64 { (0..12).map(|b| covariance(a, b) * weights[b]).sum() };
    let variance: f64 = (0..12).map(|a| weights[a] * line(a)).sum();
    let risk = (0..12).map(|a| Some(weights[a] * line(a) / variance));
    let mean = (0..12).map(|a| weights[a] * MEAN[a]).sum();
    let values = weights.iter().copied().map(Some).collect();
    Arc::new(Allocated {
        weights: (*figures(name, "ledoit_wolf covariance, 252 rows", values, made)).clone(),
        risk: risk.collect(),
        volatility: Some(variance.sqrt()),
        mean: Some(mean),
    })
}

fn some(of: impl Fn(usize) -> f64) -> Vec<Option<f64>> {
    (0..12).map(|at| Some(of(at))).collect()
}

fn allocators(at: Timestamp) -> Vec<Arc<Allocated>> {
    let inverse = proportional(|at| 1.0 / VOLATILITY[at]);
    let hrp = proportional(|at| 1.0 / (VOLATILITY[at] * [1.4, 1.0, 0.9][group(at)]));
    let erc = proportional(|at| 1.0 / (VOLATILITY[at] * [1.2, 1.1, 0.8][group(at)]));
    let mut views = proportional(|at| MEAN[at].max(0.0) / VOLATILITY[at].powi(2));
    views[3] = -0.0421;
    let why = "the covariance is singular: GBP/USD and EUR/USD move as one, leave one out";
    let faulty = Allocated {
        weights: (*fault("markowitz", why, made(at, 412))).clone(),
        risk: vec![None; 12],
        volatility: None,
        mean: None,
    };
    vec![
        allocated("equal", &[1.0 / 12.0; 12], made(at, 3)),
        allocated("inverse_volatility", &inverse, made(at, 41)),
        allocated("equal_risk_contribution", &erc, made(at, 812)),
        allocated("hrp", &hrp, made(at, 1_312)),
        Arc::new(faulty),
        allocated("black_litterman", &views, made(at, 2_470)),
    ]
}

fn targets() -> Vec<Option<Target>> {
    let target = |wanted: f64, weight: f64, limited: Option<&str>| {
        Some(Target {
            wanted,
            weight,
            limited: limited.map(Into::into),
        })
    };
    vec![
        target(0.08, 0.08, None),
        target(0.06, 0.06, None),
        target(0.14, 0.10, Some("max_position_pct 10%")),
        target(-0.03, -0.03, None),
        target(0.0505, 0.0, Some("inside the band of 0.5%")),
        None,
        target(0.05, 0.05, None),
        target(0.04, 0.025, Some("capacity: 1% of a day's volume")),
        target(0.0, 0.0, None),
        None,
        target(-0.02, -0.02, None),
        None,
    ]
}

fn sleeves(at: Timestamp) -> Vec<Arc<Sleeve>> {
    let sleeve = |name: &str, rule: &str, allocation: Option<f64>, weights: Arc<Figures>| {
        Arc::new(Sleeve {
            name: name.into(),
            rule: rule.into(),
            allocation,
            weights: (*weights).clone(),
        })
    };
    let long = some(|at| if SCORES[at] > 0.2 { 0.2 } else { 0.0 });
    vec![
        sleeve(
            "trend",
            "f_momentum_12_1 > equal_weight_long",
            Some(0.4),
            figures("trend", "", long, made(at, 12)),
        ),
        sleeve(
            "signal",
            "signal mom-v7",
            Some(0.25),
            fault("signal", "no signal of mom-v7 has come yet", made(at, 1)),
        ),
    ]
}

fn clusters(at: Timestamp) -> Clusters {
    let rows = LEAVES.iter();
    Clusters {
        correlation: rows
            .flat_map(|a| LEAVES.map(|b| correlation(*a, b)))
            .collect(),
        columns: LEAVES.into(),
        merges: MERGES.into(),
        linkage: "single".into(),
        made: made(at, 93),
    }
}

fn frontier(at: Timestamp) -> Frontier {
    let point = |n: i32| {
        let part = f64::from(n) / 20.0;
        (0.055 + 0.565 * part * part, 0.012 + 0.298 * part)
    };
    Frontier {
        points: (0..=20).map(point).collect(),
        assets: (0..12).map(|at| Some((VOLATILITY[at], MEAN[at]))).collect(),
        sharpest: Some((0.09, 0.09)),
        made: made(at, 4_210),
    }
}

/// A study whose figures were computed at a moment, of a history of that kind.
pub fn study(at: Timestamp, history: HistoryKind) -> Study {
    let carry = "no rates: name a file in [portfolio] rates";
    let symbols: Vec<Symbol> = SYMBOLS.iter().map(|text| read(text)).collect();
    let known = |from: usize, of: fn(usize) -> f64| -> Vec<Option<f64>> {
        (0..12).map(|at| (at < from).then(|| of(at))).collect()
    };
    let crypto = |at: usize| (group(at) == 1).then_some([1.1, -0.4, 0.0][at % 3]);
    let synthetic = match history {
        HistoryKind::Synthetic => vec![true; 12],
        HistoryKind::Mixed => (0..12).map(|at| at >= 6).collect(),
        HistoryKind::None | HistoryKind::Recorded => vec![false; 12],
    };
    Study {
        symbols: Arc::new(symbols),
        interval: Interval::D1,
        rows: 504,
        span: Some((read("2024-05-21T00:00:00Z"), at)),
        history,
        synthetic: Arc::new(synthetic),
        factors: vec![
            figures(
                "f_momentum_12_1",
                "h_long 252, h_skip 21",
                known(11, |at| SCORES[at]),
                made(at, 312),
            ),
            figures(
                "f_realized_vol",
                "window 63",
                some(|at| 1.0 - VOLATILITY[at] * 2.6),
                made(at, 205),
            ),
            figures(
                "f_sma_cross",
                "fast 50, slow 200",
                some(|at| SCORES[(at + 4) % 12]),
                made(at, 190),
            ),
            figures(
                "f_crypto_realized_vol",
                "lambda 0.94",
                (0..12).map(crypto).collect(),
                made(at, 88),
            ),
            fault("f_fx_carry", carry, made(at, 2)),
        ],
        sizers: vec![
            figures(
                "equal_weight_long",
                "f_momentum_12_1, n_long 5",
                some(|at| if SCORES[at] > 0.3 { 0.2 } else { 0.0 }),
                made(at, 9),
            ),
            figures(
                "equal_weight_ls",
                "f_momentum_12_1, n_long 2, n_short 2",
                some(|at| match SCORES[at] {
                    s if s > 1.0 => 0.25,
                    s if s < -1.0 => -0.25,
                    _ => 0.0,
                }),
                made(at, 8),
            ),
            figures(
                "kelly_fraction",
                "f_momentum_12_1, fraction 0.25",
                known(11, |at| SCORES[at] * 0.11),
                made(at, 11),
            ),
            figures(
                "kelly_voltarget_12",
                "f_momentum_12_1, target 12%",
                known(11, |at| SCORES[at] * 0.16),
                made(at, 14),
            ),
        ],
        allocators: allocators(at),
        sleeves: sleeves(at),
        targets: Arc::new(targets()),
        clusters: Some(Arc::new(clusters(at))),
        frontier: Some(Arc::new(frontier(at))),
        drift: Some(3e-12),
        heard: None,
        made: made(at, 9_800),
        faults: Vec::new(),
    }
}
