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

#[expect(
    dead_code,
    reason = "shared with the other benches; not all of it is needed here"
)]
mod runner;

use std::io::Write;
use std::path::Path;
use std::process::Command;

use mts1b_desk::domain::{Matrix, Symbol};
use mts1b_desk::portfolio::allocator::{Linkage, Target, hrp, registry, solve};
use mts1b_desk::portfolio::covariance::{Complete, Rolling, ledoit_wolf, sample};
use mts1b_desk::protocol::{Params, Returns};

use crate::runner::{Case, Runner, Samples};

/// Names of the cases, with what half of the runs may take and how many times faster than the peer they are to be.
struct Size {
    rows: usize,
    columns: usize,
    samples: usize,
    hrp: (Case, &'static str, f64),
    erc: (Case, &'static str, f64),
    shrunk: (Case, &'static str, f64),
    live: Case,
}

const MS: u64 = 1_000_000;

const SIZES: [Size; 2] = [
    Size {
        rows: 252,
        columns: 500,
        samples: 40,
        hrp: (
            Case::new("hrp 500x252").p50_ns(5 * MS),
            "PyPortfolioOpt",
            400.0,
        ),
        erc: (
            Case::new("equal_risk_contribution 500x252").p50_ns(8 * MS),
            "Riskfolio",
            250.0,
        ),
        shrunk: (
            Case::new("ledoit_wolf 500x252").p50_ns(4 * MS),
            "scikit-learn",
            3.0,
        ),
        live: Case::new("live bar, hrp and ERC 500x252").p50_ns(10 * MS),
    },
    Size {
        rows: 2520,
        columns: 2000,
        samples: 4,
        hrp: (
            Case::new("hrp 2000x2520").p50_ns(800 * MS),
            "PyPortfolioOpt",
            100.0,
        ),
        erc: (
            Case::new("equal_risk_contribution 2000x2520").p50_ns(900 * MS),
            "skfolio",
            40.0,
        ),
        shrunk: (
            Case::new("ledoit_wolf 2000x2520").p50_ns(400 * MS),
            "scikit-learn",
            1.0,
        ),
        live: Case::new("live bar, hrp and ERC 2000x2520").p50_ns(400 * MS),
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
    write!(out, "{}", runner.table())
}

fn run(runner: &mut Runner, size: &Size) {
    let cases = [&size.hrp.0, &size.erc.0, &size.shrunk.0, &size.live];
    if !cases.iter().any(|case| runner.wants(case.name)) {
        return;
    }
    // A trial run shows that it works, on a corner of the returns.
    let part = if runner.is_tiny() { 20 } else { 1 };
    let (rows, columns) = (size.rows / part, size.columns / part);
    let values = Matrix::new(rows + 8, columns, made(rows + 8, columns)).unwrap();
    let corner = values.values().get(..rows * columns).unwrap();
    let window = Matrix::new(rows, columns, corner.to_vec()).unwrap();
    let symbols: Vec<Symbol> = (0..columns)
        .map(|at| Symbol::new(&format!("A{at:04}")).unwrap())
        .collect();
    let returns = Returns {
        values: &window,
        symbols: &symbols,
    };
    let peers = peers(&window);
    let registry = registry();
    for ((case, peer, least), name) in [
        (size.hrp, "hrp"),
        (size.erc, "equal_risk_contribution"),
        (size.shrunk, "ledoit_wolf"),
    ] {
        if !runner.wants(case.name) {
            continue;
        }
        let taken = sampled(runner, size.samples, || {
            if name == "ledoit_wolf" {
                ledoit_wolf(&Complete::new(name, &returns).unwrap())
                    .shrinkage
                    .unwrap()
            } else {
                let method = registry.get(name).unwrap();
                let found = method.allocate(&returns, &Params::new()).unwrap();
                found.weights.iter().sum::<f64>()
            }
        });
        runner.note(case, &taken);
        if let Some((_, seconds)) = peers.iter().find(|(of, _)| of == name) {
            let times = seconds * 1e9 / taken.median_ns();
            let figure = format!("{times:.0} x {peer} ({seconds:.3} s), at least {least} x");
            runner.say(case.name, &figure, times >= least);
        }
    }
    live(runner, size, &values, &returns);
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
    let target = |start| Target {
        of: "live",
        symbols: returns.symbols,
        budgets: &budgets,
        tolerance: 1e-10,
        max_iter: 1000,
        start,
    };
    let mut last = solve(&sample(&complete), &target(None)).unwrap().weights;
    let mut next = (0..8).cycle();
    let taken = sampled(runner, size.samples, || {
        rolling
            .push(values.row(rows + next.next().unwrap()).unwrap())
            .unwrap();
        let covariance = rolling.covariance();
        let (weights, _) = hrp(&covariance, returns.symbols, Linkage::Single).unwrap();
        last = solve(&covariance, &target(Some(&last))).unwrap().weights;
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
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    pairs
        .map(|(name, seconds)| (name.to_owned(), seconds.parse().unwrap()))
        .collect()
}

/// Makes returns of assets that share a market and three other things, always the same ones.
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
    let assets: Vec<([f64; 4], f64)> = (0..columns)
        .map(|_| {
            let loads = [
                0.8 + 0.4 * normal(),
                0.5 * normal(),
                0.5 * normal(),
                0.3 * normal(),
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
