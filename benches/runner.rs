//! Times small pieces of work and prints one table at the end, each figure beside its budget.
//!
//! A sample is the time of `batch` calls divided by their number, so that work of
//! nanoseconds is not drowned by reading the clock; inputs are made before the
//! clock starts. A budget that is missed is said and fails nothing: timing depends
//! on the machine, and a person reads the table. Percentiles of a batched case are
//! those of the batch means.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

use hdrhistogram::Histogram;
use mts1b_desk::base::{Clock, SystemClock};

/// Parts of a nanosecond a sample is kept in.
const PARTS: f64 = 10.0;

/// What a case is called, how it is sampled and what it may cost.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What it is called.
    pub name: &'static str,
    batch: u32,
    samples: u32,
    p50: Option<Duration>,
    p99: Option<Duration>,
}

impl Case {
    /// Makes a case without a budget: 2,000 samples of one call each.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            batch: 1,
            samples: 2000,
            p50: None,
            p99: None,
        }
    }

    /// Sets how many calls make a sample, and how many samples are taken.
    pub const fn sampled(mut self, batch: u32, samples: u32) -> Self {
        (self.batch, self.samples) = (batch, samples);
        self
    }

    /// Sets what half of the samples may take at most, in nanoseconds.
    pub const fn p50_ns(mut self, ns: u64) -> Self {
        self.p50 = Some(Duration::from_nanos(ns));
        self
    }

    /// Sets what 99 of 100 samples may take at most, in nanoseconds.
    pub const fn p99_ns(mut self, ns: u64) -> Self {
        self.p99 = Some(Duration::from_nanos(ns));
        self
    }
}

/// One line of the table.
#[derive(Debug)]
struct Row {
    name: String,
    n: u64,
    figures: [String; 3],
    budget: String,
    verdict: &'static str,
}

/// Runs the cases that were asked for and keeps their figures.
#[derive(Debug)]
pub struct Runner {
    filters: Vec<String>,
    tiny: bool,
    clock: SystemClock,
    rows: Vec<Row>,
}

impl Runner {
    /// Reads the command line: words choose cases by a part of their name; without `--bench` all runs tiny.
    pub fn new(arguments: impl Iterator<Item = String>) -> Self {
        let (flags, filters): (Vec<_>, Vec<_>) = arguments.partition(|a| a.starts_with('-'));
        let is = |flag: &str| flags.iter().any(|given| given == flag);
        let exact = is("--exact");
        Self {
            // A test runner asks for this binary by the one name that it lists.
            filters: if exact { Vec::new() } else { filters },
            tiny: !is("--bench") || is("--test"),
            clock: SystemClock::new(),
            rows: Vec::new(),
        }
    }

    /// Returns true when the case was asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|part| name.contains(part.as_str()))
    }

    /// Returns true when this is only a trial run.
    pub fn is_tiny(&self) -> bool {
        self.tiny
    }

    /// Returns `most`, or a few when this is only a trial run.
    pub fn count(&self, most: usize) -> usize {
        if self.tiny { most.min(4) } else { most }
    }

    /// Times `run` over inputs that `prepare` makes; both work on `state`.
    pub fn time<S, T, O>(
        &mut self,
        case: Case,
        state: &mut S,
        mut prepare: impl FnMut(&mut S) -> T,
        mut run: impl FnMut(&mut S, T) -> O,
    ) {
        if !self.wants(case.name) {
            return;
        }
        let (batch, samples, warm) = if self.tiny {
            (case.batch.min(2), 2, 0)
        } else {
            (case.batch, case.samples, case.samples / 10 + 1)
        };
        let mut taken = Samples::default();
        let mut inputs = Vec::with_capacity(usize::try_from(batch).unwrap_or(1));
        for sample in 0..warm + samples {
            inputs.extend((0..batch).map(|_| prepare(state)));
            let begun = self.clock.elapsed();
            for input in inputs.drain(..) {
                let out = run(state, black_box(input));
                // By reference: what comes out may be large, and moving it is not what is measured.
                black_box(&out);
            }
            let took = self.clock.elapsed().saturating_sub(begun);
            if sample >= warm {
                taken.add(took, f64::from(batch));
            }
        }
        self.note(case, &taken);
    }

    /// Returns how long one call takes.
    pub fn once<O>(&self, work: impl FnOnce() -> O) -> (Duration, O) {
        let begun = self.clock.elapsed();
        let out = black_box(work());
        (self.clock.elapsed().saturating_sub(begun), out)
    }

    /// Adds a case that was sampled elsewhere.
    pub fn note(&mut self, case: Case, taken: &Samples) {
        let (p50, p99) = (taken.quantile(0.5), taken.quantile(0.99));
        let over = |most: Option<Duration>, ns: f64| {
            most.is_some_and(|most| ns > most.as_secs_f64() * 1e9)
        };
        let verdict = match (case.p50, case.p99) {
            (None, None) => "",
            _ if over(case.p50, p50) || over(case.p99, p99) => "OVER",
            _ => "ok",
        };
        let mut budget = Vec::new();
        for (word, most) in [("p50", case.p50), ("p99", case.p99)] {
            budget.extend(most.map(|most| format!("{word} {}", text(most.as_secs_f64() * 1e9))));
        }
        self.rows.push(Row {
            name: case.name.to_owned(),
            n: taken.0.len(),
            figures: [p50, p99, taken.mean()].map(text),
            budget: budget.join(" "),
            verdict,
        });
    }

    /// Adds the ratio of two medians and the most it may be.
    pub fn note_ratio(&mut self, name: &str, of: &Samples, to: &Samples, most: f64) {
        let ratio = of.quantile(0.5) / to.quantile(0.5).max(1.0);
        self.rows.push(Row {
            name: name.to_owned(),
            n: of.0.len(),
            figures: [format!("{ratio:.2} x"), String::new(), String::new()],
            budget: format!("p50 {most:.2} x"),
            verdict: if ratio > most { "OVER" } else { "ok" },
        });
    }

    /// Adds a figure in words, and whether it is as it must be.
    pub fn say(&mut self, name: &str, figure: &str, ok: bool) {
        self.rows.push(Row {
            name: name.to_owned(),
            n: 1,
            figures: [figure.to_owned(), String::new(), String::new()],
            budget: String::new(),
            verdict: if ok { "ok" } else { "WRONG" },
        });
    }

    /// Returns the table.
    pub fn table(&self) -> String {
        let wide = |of: fn(&Row) -> usize, least: usize| {
            self.rows.iter().map(of).max().unwrap_or(0).max(least)
        };
        let name = wide(|row| row.name.len(), 4);
        let budget = wide(|row| row.budget.len(), 6);
        let mut table = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "{:name$}  {:>7}  {:>9}  {:>9}  {:>9}  {:budget$}  verdict",
            "name", "n", "p50", "p99", "mean", "budget"
        );
        for row in &self.rows {
            let [p50, p99, mean] = &row.figures;
            let _ = writeln!(
                table,
                "{:name$}  {:>7}  {p50:>9}  {p99:>9}  {mean:>9}  {:budget$}  {}",
                row.name, row.n, row.budget, row.verdict
            );
        }
        table
    }
}

/// Times of one case, a call each.
#[derive(Debug)]
pub struct Samples(Histogram<u64>);

impl Default for Samples {
    fn default() -> Self {
        let hour = 3600 * 10_000_000_000;
        Self(Histogram::new_with_max(hour, 3).expect("the bounds are within what it can keep"))
    }
}

impl Samples {
    /// Adds the time of so many calls as one sample.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time of minutes at most, in tenths of nanoseconds"
    )]
    pub fn add(&mut self, took: Duration, calls: f64) {
        let parts = (took.as_secs_f64() * 1e9 * PARTS / calls).round() as u64;
        self.0.saturating_record(parts.max(1));
    }

    /// Returns the middle in nanoseconds.
    pub fn median_ns(&self) -> f64 {
        self.quantile(0.5)
    }

    fn quantile(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / PARTS
    }

    fn mean(&self) -> f64 {
        self.0.mean() / PARTS
    }
}

/// Says so many nanoseconds in the unit that reads best.
fn text(ns: f64) -> String {
    if ns < 1000.0 {
        format!("{ns:.0} ns")
    } else if ns < 1e6 {
        format!("{:.2} us", ns / 1e3)
    } else {
        format!("{:.2} ms", ns / 1e6)
    }
}
