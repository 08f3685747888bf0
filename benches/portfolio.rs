//! What covariances and allocators cost, beside what other libraries take for the same returns.
//!
//! `cargo bench --bench portfolio` measures ours beside their budgets. With
//! `DESK_PEERS_PYTHON=/path/to/python` naming one that has PyPortfolioOpt,
//! Riskfolio-Lib, skfolio and scikit-learn, `portfolio_peers.py` runs in the same
//! minutes on the same returns, and the table says how many times faster ours are and
//! how many times they should be. `-- 500x252` leaves out the large case, whose peers
//! take two minutes. Returns are made here, always the same ones, and handed over as a file.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be set up cannot be measured, and its helpers are nobody's interface"
)]

mod markowitz;
#[expect(
    dead_code,
    reason = "shared with the other benches; not all of it is needed here"
)]
mod runner;

use std::io::Write;
use std::path::Path;
use std::process::Command;

use mts1b_desk::domain::{Matrix, Symbol, Timestamp, UniversePanel};
use mts1b_desk::portfolio::allocator::{Linkage, Target, hrp, min_variance, registry, solve};
use mts1b_desk::portfolio::covariance::{Complete, Rolling, ledoit_wolf, sample};
use mts1b_desk::portfolio::factor;
use mts1b_desk::protocol::{Params, Returns, param};

use crate::runner::{Case, Runner, Samples};

/// What is measured: its case, what computes it, and the libraries beside it with how many times faster ours is to be.
type Beside = (Case, Work, &'static [(&'static str, f64)]);

/// From returns (or closes) to the answer.
#[derive(Clone, Copy)]
enum Work {
    /// An allocator of that name, as shipped.
    Allocator(&'static str),
    /// The shrunk covariance alone.
    Shrunk,
    /// After two views.
    Views,
    /// The newest scores of a factor.
    Factor(&'static str),
}

struct Size {
    rows: usize,
    columns: usize,
    samples: usize,
    beside: &'static [Beside],
    live: Case,
}

const MS: u64 = 1_000_000;

const SIZES: [Size; 2] = [
    Size {
        rows: 252,
        columns: 500,
        samples: 40,
        beside: &[
            (
                Case::new("hrp 500x252").p50_ns(5 * MS),
                Work::Allocator("hrp"),
                &[("hrp PyPortfolioOpt", 400.0)],
            ),
            (
                Case::new("equal_risk_contribution 500x252").p50_ns(8 * MS),
                Work::Allocator("equal_risk_contribution"),
                &[("erc Riskfolio", 250.0)],
            ),
            (
                Case::new("min variance, Ledoit-Wolf 500x252").p50_ns(10 * MS),
                Work::Allocator("ledoit_wolf"),
                &[("least PyPortfolioOpt", 15.0), ("least skfolio", 70.0)],
            ),
            (
                Case::new("ledoit_wolf covariance 500x252").p50_ns(4 * MS),
                Work::Shrunk,
                &[("shrunk scikit-learn", 3.0)],
            ),
            (
                Case::new("black_litterman 500x252").p50_ns(8 * MS),
                Work::Views,
                &[("views PyPortfolioOpt", 2.5)],
            ),
            (
                Case::new("momentum 12-1, z-scored 500x274").p50_ns(10_000),
                Work::Factor("f_momentum_12_1"),
                &[("momentum pandas", 300.0)],
            ),
        ],
        live: Case::new("live bar, hrp, ERC, min variance 500x252").p50_ns(10 * MS),
    },
    Size {
        rows: 2520,
        columns: 2000,
        samples: 4,
        beside: &[
            (
                Case::new("hrp 2000x2520").p50_ns(800 * MS),
                Work::Allocator("hrp"),
                &[("hrp PyPortfolioOpt", 100.0)],
            ),
            (
                Case::new("equal_risk_contribution 2000x2520").p50_ns(900 * MS),
                Work::Allocator("equal_risk_contribution"),
                &[("erc skfolio", 40.0)],
            ),
            (
                Case::new("ledoit_wolf covariance 2000x2520").p50_ns(400 * MS),
                Work::Shrunk,
                &[("shrunk scikit-learn", 1.0)],
            ),
        ],
        live: Case::new("live bar, hrp, ERC, min variance 2000x2520").p50_ns(400 * MS),
    },
];

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    if arguments.iter().any(|argument| argument == "--list") {
        // What a test runner needs to see to run this once as a test.
        let ignored = arguments.iter().any(|argument| argument == "--ignored");
        return if ignored {
            Ok(())
        } else {
            writeln!(out, "every_case_once: test")
        };
    }
    let mut runner = Runner::new(arguments.into_iter());
    for size in &SIZES {
        run(&mut runner, size);
    }
    markowitz::run(&mut runner);
    write!(out, "{}", runner.table())
}

fn run(runner: &mut Runner, size: &Size) {
    let wanted = size.beside.iter().any(|(case, ..)| runner.wants(case.name));
    if !wanted && !runner.wants(size.live.name) {
        return;
    }
    // A trial run shows that it works, on a corner of the returns.
    let part = if runner.is_tiny() { 20 } else { 1 };
    let (rows, columns) = (size.rows / part, size.columns / part);
    let values = Matrix::new(rows + 8, columns, made(rows + 8, columns)).unwrap();
    let corner = values.values().get(..rows * columns).unwrap();
    let window = Matrix::new(rows, columns, corner.to_vec()).unwrap();
    let symbols: Vec<Symbol> = (0..columns)
        .map(|at| Symbol::new(format!("A{at:04}")).unwrap())
        .collect();
    let returns = Returns {
        values: &window,
        symbols: &symbols,
    };
    let peers = if wanted { peers(&window) } else { Vec::new() };
    for (case, work, beside) in size.beside {
        if !runner.wants(case.name) {
            continue;
        }
        let taken = measured(runner, size.samples, *work, &returns);
        runner.note(*case, &taken);
        for (peer, least) in *beside {
            if let Some((_, seconds)) = peers.iter().find(|(of, _)| of == peer) {
                let times = seconds * 1e9 / taken.median_ns();
                let figure = format!("{times:.0} x {peer} ({seconds:.4} s), at least {least} x");
                runner.say(case.name, &figure, times >= *least);
            }
        }
    }
    live(runner, size, &values, &returns);
}

/// Takes the time from returns to the answer.
fn measured(runner: &Runner, samples: usize, work: Work, returns: &Returns<'_>) -> Samples {
    let registry = registry();
    let allocated = |name: &str, params: &Params| {
        let found = registry
            .get(name)
            .unwrap()
            .allocate(returns, params)
            .unwrap();
        found.weights.iter().sum::<f64>()
    };
    match work {
        Work::Allocator(name) => sampled(runner, samples, || allocated(name, &Params::new())),
        Work::Shrunk => sampled(runner, samples, || {
            let complete = Complete::new("bench", returns).unwrap();
            ledoit_wolf(&complete).shrinkage.unwrap()
        }),
        Work::Views => {
            let views = r#"[{"symbols": ["A0000"], "expected": 0.001},
                {"symbols": ["A0001", "A0002"], "weights": [1, -1], "expected": 0.0002}]"#;
            let params: Params = [("views".to_owned(), param(views))].into();
            sampled(runner, samples, || allocated("black_litterman", &params))
        }
        Work::Factor(name) => {
            let panel = closes(returns);
            let factors = factor::registry();
            let method = factors.get(name).unwrap();
            // One call is too short for the clock.
            let mut taken = Samples::default();
            for _ in 0..runner.count(samples) {
                let (took, _) = runner.once(|| {
                    let calls = (0..100).map(|_| method.latest(&panel, &Params::new()).unwrap());
                    calls.map(|scores| scores.len()).sum::<usize>()
                });
                taken.add(took, 100.0);
            }
            taken
        }
    }
}

/// Makes closes of 274 days, enough for twelve months but the newest one, of returns that begin anew where they end.
fn closes(returns: &Returns<'_>) -> UniversePanel {
    const DAYS: usize = 274;
    let columns = returns.symbols.len();
    let mut row = vec![100.0; columns];
    let mut values = row.clone();
    for day in 1..DAYS {
        let next = returns.values.row(day % returns.values.rows()).unwrap();
        for (close, change) in row.iter_mut().zip(next) {
            *close *= 1.0 + change;
        }
        values.extend_from_slice(&row);
    }
    let close = Matrix::new(DAYS, columns, values).unwrap();
    let day = |at: usize| Timestamp::from_us(i64::try_from(at).unwrap() * 86_400_000_000);
    UniversePanel {
        high: close.clone(),
        low: close.clone(),
        volume: Matrix::new(DAYS, columns, vec![f64::NAN; DAYS * columns]).unwrap(),
        close,
        open: None,
        vwap: None,
        dates: (0..DAYS).map(day).collect(),
        symbols: returns.symbols.to_vec(),
    }
}

/// Measures one new bar: the covariance kept up to date, then the weights that hang on it.
fn live(runner: &mut Runner, size: &Size, values: &Matrix, returns: &Returns<'_>) {
    if !runner.wants(size.live.name) {
        return;
    }
    let rows = returns.values.rows();
    let complete = Complete::new("live", returns).unwrap();
    let mut rolling = Rolling::new(&complete, rows).unwrap();
    let budgets = vec![1.0; returns.symbols.len()];
    let even = |covariance: &_, start: Option<&[f64]>| {
        let target = Target {
            of: "live",
            symbols: returns.symbols,
            budgets: &budgets,
            tolerance: 1e-10,
            max_iter: 1000,
            start,
        };
        solve(covariance, &target).unwrap().weights
    };
    let begun = sample(&complete);
    let mut last = even(&begun, None);
    let mut least = min_variance(&begun, None).unwrap();
    let mut next = (0..8).cycle();
    let taken = sampled(runner, size.samples, || {
        rolling
            .push(values.row(rows + next.next().unwrap()).unwrap())
            .unwrap();
        let covariance = rolling.covariance();
        let (weights, _) = hrp(&covariance, returns.symbols, Linkage::Single).unwrap();
        last = even(&covariance, Some(&last));
        least = min_variance(&covariance, Some(&least)).unwrap();
        weights.len()
    });
    runner.note(size.live, &taken);
    let drift = rolling.drift();
    let figure = format!("drift {drift:.1e} after {} bars", size.samples);
    runner.say(size.live.name, &figure, drift < 1e-10);
}

fn sampled<O>(runner: &Runner, samples: usize, mut work: impl FnMut() -> O) -> Samples {
    let mut taken = Samples::default();
    for sample in 0..=runner.count(samples) {
        let (took, _) = runner.once(&mut work);
        // The first one warms the memory.
        if sample > 0 {
            taken.add(took, 1.0);
        }
    }
    taken
}

/// Asks the peers, where there are some, what they take for these returns; in seconds, by name.
fn peers(returns: &Matrix) -> Vec<(String, f64)> {
    let Some(python) = std::env::var_os("DESK_PEERS_PYTHON") else {
        return Vec::new();
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("returns.f64");
    let bytes: Vec<u8> = returns
        .values()
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    std::fs::write(&file, bytes).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/portfolio_peers.py");
    let mut command = Command::new(python);
    // Set together they choose a slow kernel, which would flatter us.
    command
        .env_remove("OPENBLAS_CORETYPE")
        .env_remove("OPENBLAS_L2_SIZE");
    command
        .arg(script)
        .arg(&file)
        .arg(returns.columns().to_string());
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    pairs
        .map(|(name, seconds)| (name.to_owned(), seconds.parse().unwrap()))
        .collect()
}

/// Makes returns of assets that share a market and, where they are not thousands, three other things; always the same ones.
fn made(rows: usize, columns: usize) -> Vec<f64> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
    };
    // Twelve uniform numbers add up to nearly a normal one.
    let mut normal = move || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    // A peer's solver finds no answer for thousands of assets that share more than the market.
    let shares = if columns > 1000 { 0.0 } else { 1.0 };
    let assets: Vec<([f64; 4], f64)> = (0..columns)
        .map(|_| {
            let loads = [
                0.8 + 0.4 * normal(),
                shares * 0.5 * normal(),
                shares * 0.5 * normal(),
                shares * 0.3 * normal(),
            ];
            (loads, 0.005 + 0.003 * normal().abs())
        })
        .collect();
    let mut values = Vec::with_capacity(rows * columns);
    for _ in 0..rows {
        let shared = [0.01, 0.006, 0.005, 0.004].map(|size| size * normal());
        for (loads, own) in &assets {
            let common: f64 = loads.iter().zip(shared).map(|(load, x)| load * x).sum();
            values.push(common + own * normal());
        }
    }
    values
}
