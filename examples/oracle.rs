//! Holds the gates against a slow, obvious judge: `cargo run --release --example oracle -- --books 10000000`.
//!
//! Each book and order is decided by its seed alone. Of every limit the order is asked a
//! unit on either side of where it binds. The first disagreement of a thread ends it and
//! is told with its seed; the exit code is then 1.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program of the tests, and made of their parts"
)]

#[path = "../tests/it/support/build.rs"]
mod build;
#[path = "../tests/it/order/oracle.rs"]
mod oracle;

/// The builders under the name the tests know them by.
mod support {
    pub(crate) use crate::build;
}

use std::process::ExitCode;
use std::sync::Mutex;

use clap::Parser;

/// The same small allocations over and over.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Compares the gates with a judge that re-adds the book.
#[derive(Debug, Parser)]
struct Args {
    /// How many books.
    #[arg(long, default_value_t = 100_000)]
    books: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Threads.
    #[arg(long, default_value_t = 1)]
    jobs: u64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let jobs = args.jobs.clamp(1, 64);
    let sum = Mutex::new((0_u64, 0_u64, 0_u64, Vec::new()));
    std::thread::scope(|scope| {
        for job in 0..jobs {
            let (args, sum) = (&args, &sum);
            scope.spawn(move || {
                let fixed = oracle::Fixed::default();
                let (mut books, mut passed, mut refused) = (0, 0, 0);
                let mut fault = None;
                let last = args.seed.saturating_add(args.books);
                let mut seed = args.seed.saturating_add(job);
                while seed < last && fault.is_none() {
                    match oracle::compare(&fixed, seed) {
                        Ok((pass, refuse)) => {
                            (passed, refused) = (passed + pass, refused + refuse);
                        }
                        Err(why) => fault = Some(why),
                    }
                    books += 1;
                    seed = seed.saturating_add(jobs);
                }
                let mut sum = sum.lock().unwrap();
                sum.0 += books;
                sum.1 += passed;
                sum.2 += refused;
                sum.3.extend(fault);
            });
        }
    });
    let (books, passed, refused, faults) = sum.into_inner().unwrap();
    for fault in &faults {
        println!("{fault}");
    }
    println!(
        "{books} books, {} questions: {passed} pass and {refused} are refused by both; {} disagreements",
        passed + refused,
        faults.len()
    );
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
