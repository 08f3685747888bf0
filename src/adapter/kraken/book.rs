//! One symbol's book as the venue sends it: a snapshot, then changes, proven by a checksum.
//!
//! A level of quantity zero is removed, each side is cut to the subscribed depth,
//! and then the ten best levels of each side must give the venue's CRC32. When
//! they do not, the book is wrong and must be asked for anew; it is never mended.

use std::collections::BTreeMap;

use crate::adapter::kraken::BookRows;
use crate::domain::{Price, Quantity};

/// Levels that count for the checksum, on each side.
const CHECKED_LEVELS: usize = 10;

/// The book does not add up to what the venue says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("checksum {theirs} of the venue is not {ours}, which the levels held give")]
pub struct ChecksumError {
    /// What the venue sent.
    pub theirs: u32,
    /// What the levels give.
    pub ours: u32,
}

/// The levels of one symbol.
#[derive(Debug, Clone)]
pub struct Book {
    depth: usize,
    price_decimals: usize,
    quantity_decimals: usize,
    bids: BTreeMap<Price, Quantity>,
    asks: BTreeMap<Price, Quantity>,
}

impl Book {
    /// Makes an empty book of so many levels a side, of a pair written with so many decimals.
    pub fn new(depth: usize, price_decimals: u8, quantity_decimals: u8) -> Self {
        // A decimal holds 28 places; more could not have been read.
        let places = |n: u8| usize::from(n.min(28));
        Self {
            depth,
            price_decimals: places(price_decimals),
            quantity_decimals: places(quantity_decimals),
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
        }
    }

    /// Applies one message and proves the result.
    ///
    /// # Errors
    /// When the checksum differs: the book must then be dropped and subscribed again.
    pub fn apply(&mut self, snapshot: bool, rows: &BookRows) -> Result<(), ChecksumError> {
        if snapshot {
            self.bids.clear();
            self.asks.clear();
        }
        for (side, levels) in [(&mut self.bids, &rows.bids), (&mut self.asks, &rows.asks)] {
            for (price, quantity) in levels {
                if quantity.is_zero() {
                    side.remove(price);
                } else {
                    side.insert(*price, *quantity);
                }
            }
        }
        while self.bids.len() > self.depth {
            self.bids.pop_first();
        }
        while self.asks.len() > self.depth {
            self.asks.pop_last();
        }
        let ours = self.checksum();
        match rows.checksum {
            Some(theirs) if theirs != ours => Err(ChecksumError { theirs, ours }),
            Some(_) | None => Ok(()),
        }
    }

    /// Returns the bids, best first.
    pub fn bids(&self) -> impl Iterator<Item = (Price, Quantity)> {
        self.bids.iter().rev().map(|(p, q)| (*p, *q))
    }

    /// Returns the asks, best first.
    pub fn asks(&self) -> impl Iterator<Item = (Price, Quantity)> {
        self.asks.iter().map(|(p, q)| (*p, *q))
    }

    /// Returns the checksum of the best levels.
    pub fn checksum(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        let best = self
            .asks()
            .take(CHECKED_LEVELS)
            .chain(self.bids().take(CHECKED_LEVELS));
        for (price, quantity) in best {
            hasher.update(digits(&price.decimal(), self.price_decimals).as_bytes());
            hasher.update(digits(&quantity.decimal(), self.quantity_decimals).as_bytes());
        }
        hasher.finalize()
    }
}

/// Writes an amount with fixed decimals, without its point and leading zeros.
fn digits(amount: &rust_decimal::Decimal, decimals: usize) -> String {
    let text = format!("{amount:.decimals$}").replace('.', "");
    text.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Symbol;

    fn levels(text: &str) -> Vec<(Price, Quantity)> {
        let level = |level: &str| {
            let (price, quantity) = level.split_once('/').unwrap();
            (price.parse().unwrap(), quantity.parse().unwrap())
        };
        text.split_whitespace().map(level).collect()
    }

    fn rows(bids: &str, asks: &str, checksum: Option<u32>) -> BookRows {
        BookRows {
            symbol: Symbol::new("BTC-USD").unwrap(),
            bids: levels(bids),
            asks: levels(asks),
            checksum,
            timestamp: None,
        }
    }

    /// The venue's published example, quantities shortened as JSON numbers arrive.
    fn example() -> BookRows {
        rows(
            "45283.5/0.1 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 \
             45280.3/1.54592586 45279/0.07990000 45277.6/0.03310103 45277.5/0.30000000 \
             45277.3/1.54602737 45276.6/0.15445238",
            "45285.2/0.001 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 \
             45290.2/0.15890660 45291.8/1.54553491 45294.7/0.04454749 45296.1/0.3538 \
             45297.5/0.09945542 45299.5/0.18772827",
            Some(3_310_070_434),
        )
    }

    #[test]
    fn the_published_example_adds_up_and_a_wrong_one_is_noticed() {
        let mut book = Book::new(10, 1, 8);
        assert_eq!(book.apply(true, &example()), Ok(()));
        let wrong = rows("45283.5/0.2", "", Some(3_310_070_434));
        let error = book.apply(false, &wrong).unwrap_err();
        assert_eq!(error.theirs, 3_310_070_434);
        assert_ne!(error.ours, error.theirs);
    }

    #[test]
    fn zero_removes_a_level_and_the_depth_holds() {
        let mut book = Book::new(10, 1, 8);
        book.apply(true, &example()).unwrap();
        // A better ask pushes the worst out; taking it away leaves nine.
        book.apply(false, &rows("", "45285.1/1", None)).unwrap();
        assert_eq!(book.asks().count(), 10);
        assert_eq!(book.asks().next().unwrap().0.to_string(), "45285.1");
        book.apply(false, &rows("", "45285.1/0.00000000", None))
            .unwrap();
        assert_eq!(book.asks().count(), 9);
        assert_eq!(book.bids().next().unwrap().0.to_string(), "45283.5");
    }
}
