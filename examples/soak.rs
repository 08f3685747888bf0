//! Lives hostile days by the thousand: `cargo run --release --example soak -- --days 100000 --jobs 2`.
//!
//! The same days as the tests', each decided by its seed alone, over as many threads as
//! asked for. Says now and then how far it is; at the end what all days came to, and
//! of the days that failed the first few as short stories. Ctrl-C ends it with the
//! totals so far. The exit code is 1 when a law was broken.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program of the tests, and made of their parts"
)]

#[path = "../tests/it/sim/mod.rs"]
mod sim;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use clap::Parser;
use mts1b_desk::base::{Clock, SystemClock};

/// A day makes and drops millions of small things; an allocator made for that lives a fifth more of them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Days a thread lives before it adds them to the sum.
const STRETCH: u64 = 64;
/// Failures kept; more of them say nothing new.
const FAILURES_MOST: usize = 1_000;

/// Lives hostile days of the desk, each decided by its seed.
#[derive(Debug, Parser)]
struct Args {
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many days, one a seed.
    #[arg(long, default_value_t = 10_000)]
    days: u64,
    /// Threads; as many as there are cores unless given.
    #[arg(long)]
    jobs: Option<usize>,
    /// Ends after so many minutes, whatever is left.
    #[arg(long)]
    minutes: Option<u64>,
    /// Seconds between two lines of progress.
    #[arg(long, default_value_t = 10)]
    every: u64,
    /// How many days that failed are made short and told.
    #[arg(long, default_value_t = 3)]
    stories: usize,
}

/// What all threads come to.
#[derive(Debug, Default)]
struct Sum {
    days: u64,
    report: sim::Report,
    failures: Vec<sim::Failure>,
    failed: u64,
}

/// What all threads look at.
#[derive(Debug)]
struct Soak {
    from: u64,
    days: u64,
    next: AtomicU64,
    stop: AtomicBool,
    working: AtomicUsize,
    sum: Mutex<Sum>,
}

impl Soak {
    /// Lives stretches of days until none is left.
    fn work(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            let first = self.next.fetch_add(STRETCH, Ordering::Relaxed);
            if first >= self.days {
                break;
            }
            let mut part = Sum::default();
            for day in first..(first + STRETCH).min(self.days) {
                part.days += 1;
                match sim::day(self.from + day) {
                    Ok(report) => part.report.add(&report),
                    Err(failure) => part.failures.push(*failure),
                }
                if self.stop.load(Ordering::Relaxed) {
                    break;
                }
            }
            self.add(part);
        }
        self.working.fetch_sub(1, Ordering::SeqCst);
    }

    fn add(&self, part: Sum) {
        let mut sum = self.sum.lock().unwrap();
        sum.days += part.days;
        sum.report.add(&part.report);
        for failure in part.failures {
            println!("broken: {}", failure.line());
            sum.failed += 1;
            if sum.failures.len() < FAILURES_MOST {
                sum.failures.push(failure);
            }
        }
    }

    /// Waits for the threads, and says how far they are.
    async fn watch(&self, args: &Args, clock: &SystemClock) {
        let pace = Duration::from_millis(50);
        let every = Duration::from_secs(args.every.max(1));
        let end = args
            .minutes
            .map(|minutes| Duration::from_secs(60 * minutes));
        let mut said = Duration::ZERO;
        while self.working.load(Ordering::SeqCst) > 0 {
            tokio::select! {
                () = tokio::time::sleep(pace) => {}
                _ = tokio::signal::ctrl_c() => self.stop.store(true, Ordering::Relaxed),
            }
            let now = clock.elapsed();
            if end.is_some_and(|end| now >= end) {
                self.stop.store(true, Ordering::Relaxed);
            }
            if now.saturating_sub(said) >= every {
                said = now;
                let sum = self.sum.lock().unwrap();
                println!("{}", line(&sum, self.days, now));
            }
        }
    }
}

fn line(sum: &Sum, of: u64, taken: Duration) -> String {
    let (days, failed, taken) = (sum.days, sum.failed, taken.as_secs_f64());
    let pace = days as f64 / taken.max(0.001);
    format!("{days} of {of} days, {failed} failed, {taken:.0} s, {pace:.0} days/s")
}

fn main() -> ExitCode {
    let args = Args::parse();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.unwrap_or(cores).max(1);
    let clock = SystemClock::new();
    // A panic is a failure of its day and is told with it.
    std::panic::set_hook(Box::new(|_| {}));
    let soak = Soak {
        from: args.seed,
        days: args.days,
        next: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        working: AtomicUsize::new(jobs),
        sum: Mutex::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| soak.work());
        }
        runtime.block_on(soak.watch(&args, &clock));
    });
    let mut sum = soak.sum.into_inner().unwrap();
    println!("{}", line(&sum, args.days, clock.elapsed()));
    println!("{}", sum.report);
    sum.failures.sort_by_key(|failure| failure.seed);
    for failure in sum.failures.iter().take(args.stories) {
        match sim::shrink(failure.seed, None) {
            Some(short) => println!("\n{short}"),
            None => println!("\n{failure}"),
        }
    }
    if sum.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
