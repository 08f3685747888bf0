//! Candles of one symbol at every interval, built from history and from quotes.
//!
//! Charts are the one place prices are binary floats. Closed candles sit behind an
//! `Arc` that changes once an interval; a quote touches only the open candle.

use std::sync::Arc;

use crate::base::Ring;
use crate::domain::{Bar, Interval, Timestamp};

/// Closed candles kept per interval.
const CANDLES_MOST: usize = 400;

/// One candle. Times are the START of the interval, in microseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candle {
    /// Start of the interval.
    pub start_us: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Units traded; the number of quotes where no feed says.
    pub volume: f64,
}

/// Candles of one interval.
#[derive(Debug, Clone)]
pub struct Series {
    interval: Interval,
    closed: Arc<Ring<Candle>>,
    open: Option<Candle>,
}

impl Series {
    fn new(interval: Interval) -> Self {
        Self {
            interval,
            closed: Arc::new(Ring::new(CANDLES_MOST)),
            open: None,
        }
    }

    /// Returns the interval.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// Returns the closed candles, oldest first.
    pub fn closed(&self) -> &Ring<Candle> {
        &self.closed
    }

    /// Returns the candle being built.
    pub fn open(&self) -> Option<&Candle> {
        self.open.as_ref()
    }

    /// Iterates over all candles, oldest first, the open one last.
    pub fn iter(&self) -> impl Iterator<Item = &Candle> {
        self.closed.iter().chain(self.open.iter())
    }

    /// Returns the number of candles, the open one counted.
    pub fn len(&self) -> usize {
        self.closed.len() + usize::from(self.open.is_some())
    }

    /// Returns true when there is no candle.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn take_price(&mut self, price: f64, at: Timestamp) {
        let start_us = at.floor(self.interval.duration()).as_us();
        match &mut self.open {
            Some(candle) if candle.start_us == start_us => {
                candle.high = candle.high.max(price);
                candle.low = candle.low.min(price);
                candle.close = price;
                candle.volume += 1.0;
            }
            // A quote from before the open candle (the clock stepped back) changes no history.
            Some(candle) if candle.start_us > start_us => {}
            _ => {
                if let Some(done) = self.open.take() {
                    Arc::make_mut(&mut self.closed).push(done);
                }
                let (open, high, low, close) = (price, price, price, price);
                self.open = Some(Candle {
                    start_us,
                    open,
                    high,
                    low,
                    close,
                    volume: 1.0,
                });
            }
        }
    }

    fn take_history(&mut self, bars: &[Bar]) {
        let length = i64::try_from(self.interval.duration().as_micros()).unwrap_or(i64::MAX);
        let mut all: Vec<Candle> = bars
            .iter()
            .map(|bar| Candle {
                start_us: bar.timestamp.as_us().saturating_sub(length),
                open: bar.open.to_f64(),
                high: bar.high.to_f64(),
                low: bar.low.to_f64(),
                close: bar.close.to_f64(),
                volume: bar.volume.to_f64(),
            })
            .collect();
        all.extend(self.closed.iter().copied());
        // What came from the feed stands; what was built from quotes fills the rest.
        all.sort_by_key(|candle| candle.start_us);
        all.dedup_by_key(|candle| candle.start_us);
        if let Some(open) = &self.open {
            all.retain(|candle| candle.start_us < open.start_us);
        }
        self.closed = Arc::new(Ring::of(CANDLES_MOST, all));
    }
}

/// Candles of one symbol at every interval the desk charts.
#[derive(Debug, Clone)]
pub struct BarBook {
    series: [Series; 5],
}

impl BarBook {
    /// Intervals that are charted.
    pub const CHARTED: [Interval; 5] = [
        Interval::M1,
        Interval::M5,
        Interval::M15,
        Interval::H1,
        Interval::D1,
    ];

    /// Returns the candles of an interval, where it is charted.
    pub fn series(&self, interval: Interval) -> Option<&Series> {
        self.series
            .iter()
            .find(|series| series.interval == interval)
    }

    /// Takes in a price seen at a moment.
    pub fn take_price(&mut self, price: f64, at: Timestamp) {
        for series in &mut self.series {
            series.take_price(price, at);
        }
    }

    /// Takes in closed bars of one interval, ascending.
    pub fn take_history(&mut self, interval: Interval, bars: &[Bar]) {
        if let Some(series) = self
            .series
            .iter_mut()
            .find(|series| series.interval == interval)
        {
            series.take_history(bars);
        }
    }
}

impl Default for BarBook {
    fn default() -> Self {
        Self {
            series: Self::CHARTED.map(Series::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{Price, Quantity, Symbol};

    #[test]
    fn every_series_keeps_its_newest_candles_and_no_more() {
        let mut book = BarBook::default();
        let minute = |n: u64| Timestamp::from_us(0).plus(Duration::from_mins(n));
        for n in 0..10_000 {
            book.take_price(n as f64, minute(n));
        }
        let symbol = Symbol::new("AAPL").unwrap();
        let price: Price = "1".parse().unwrap();
        let days: Vec<Bar> = (1..2000)
            .map(|n| Bar {
                symbol: symbol.clone(),
                interval: Interval::D1,
                timestamp: minute(n * 24 * 60),
                open: price,
                high: price,
                low: price,
                close: price,
                volume: Quantity::ZERO,
                vwap: None,
                n_trades: None,
            })
            .collect();
        book.take_history(Interval::D1, &days);
        for interval in BarBook::CHARTED {
            let closed = book.series(interval).unwrap().closed();
            assert!(
                closed.len() <= CANDLES_MOST,
                "{interval:?}: {}",
                closed.len()
            );
        }
        let minutes = book.series(Interval::M1).unwrap().closed();
        assert_eq!(minutes.len(), CANDLES_MOST);
        assert_eq!(minutes.last().unwrap().start_us, minute(9998).as_us());
    }
}
