//! A person who never tires: trades a little all the time, and looks at everything.

use super::day::Day;

/// What was done so far.
#[derive(Debug, Default)]
pub struct Trader {
    seconds: u64,
    pub orders: u64,
}

impl Trader {
    /// Does what is due in one more second.
    pub fn second(&mut self, day: &mut Day) {
        self.seconds += 1;
        let n = self.seconds;
        // Buys of some 200 USD and closes what it bought, every four seconds each.
        match n % 4 {
            1 => {
                day.keys("esc esc g w b $ 4 0 0 enter y esc esc");
                self.orders += 1;
            }
            3 => {
                day.keys("esc esc g w x 4 y esc esc");
                self.orders += 1;
            }
            _ => {}
        }
        if n % 40 == 5 {
            // One that rests far below, and goes with the next cancel.
            day.keys("esc esc g w b $ 4 0 0 o tab tab ctrl+u 1 . 0 1 enter y esc esc");
            self.orders += 1;
        }
        if n % 40 == 25 {
            day.keys("esc esc g w C");
        }
        if n % 60 == 10 {
            day.keys("esc esc g w j");
        }
        if n % 60 == 30 {
            let walks = [
                "g c i v",
                "g f G g g",
                "g v G",
                "? esc",
                ": h a l t esc",
                "/ b t c esc",
            ];
            let walk = usize::try_from(n / 60).unwrap() % walks.len();
            day.keys("esc esc");
            day.keys(walks.get(walk).copied().unwrap_or_default());
            day.keys("esc esc y H L , F3");
            day.keys("F2 g w");
        }
        if n % 600 == 50 {
            let sizes = [(80, 24), (400, 120), (1, 1), (200, 56)];
            for (width, height) in sizes {
                day.resize(width, height);
            }
        }
    }
}

/// Lists how long every history of the desk is.
pub fn lengths(day: &Day) -> String {
    let snap = day.snapshot();
    let candles: usize = snap
        .market
        .cells()
        .iter()
        .filter_map(|cell| cell.bars())
        .map(candles)
        .max()
        .unwrap_or(0);
    format!(
        "live {} done {} fills {} known {} lots {} drifts {} judged {} notices {} candles {candles} links {}",
        snap.orders.live_count(),
        snap.orders.done().count(),
        snap.ledger.fills().len(),
        snap.ledger.remembered(),
        snap.ledger.closed_lots().len(),
        snap.ledger.drifts().len(),
        snap.risk.judgements().len(),
        snap.notices.len(),
        snap.links.len(),
    )
}

/// Returns the length of the longest series of candles.
pub fn candles(bars: &mts1b_desk::market::BarBook) -> usize {
    use mts1b_desk::market::BarBook;
    let lengths = BarBook::CHARTED.map(|interval| {
        bars.series(interval)
            .map_or(0, |series| series.closed().len())
    });
    lengths.into_iter().max().unwrap_or(0)
}
