//! How often panes are painted for nothing but prices: what a person reads once a second need not be made twenty times.
//!
//! Holds back, and never loses: what was held back is owed and painted when its time comes, and with anything
//! that happened to orders, books or limits at once.

use std::time::Duration;

use crate::domain::Timestamp;
use crate::ui::layout::PaneKind;

/// When panes were painted, and which are owed a paint since.
#[derive(Debug, Default)]
pub(super) struct Pace {
    painted: Vec<(PaneKind, Timestamp)>,
    owed: Vec<(PaneKind, Timestamp)>,
}

impl Pace {
    /// Notes that a pane was painted: it is owed nothing.
    pub(super) fn painted(&mut self, kind: PaneKind, now: Timestamp) {
        self.owed.retain(|(owed, _)| *owed != kind);
        match self.painted.iter_mut().find(|(of, _)| *of == kind) {
            Some((_, at)) => *at = now,
            None => self.painted.push((kind, now)),
        }
    }

    /// Returns true when prices may paint a pane now; else it is owed that.
    pub(super) fn allows(&mut self, kind: PaneKind, calm: Duration, now: Timestamp) -> bool {
        let painted = self.painted.iter().find(|(of, _)| *of == kind);
        let due = painted.map_or(Timestamp::EPOCH, |(_, at)| at.plus(calm));
        let allowed = due <= now;
        if !allowed && self.owed.iter().all(|(owed, _)| *owed != kind) {
            self.owed.push((kind, due));
        }
        allowed
    }

    /// Forgets what is owed to panes that no longer show.
    pub(super) fn keep(&mut self, shows: impl Fn(PaneKind) -> bool) {
        self.owed.retain(|(kind, _)| shows(*kind));
    }

    /// Returns the panes that are owed a paint by now.
    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = PaneKind> {
        let due = self.owed.iter().filter(move |(_, due)| *due <= now);
        due.map(|(kind, _)| *kind)
    }

    /// Returns when the next one is.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.owed.iter().map(|(_, due)| *due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_back_is_owed_until_it_is_painted() {
        let at = |ms: u64| Timestamp::EPOCH.plus(Duration::from_millis(1_000 + ms));
        let (calm, chart) = (Duration::from_millis(100), PaneKind::Chart);
        let mut pace = Pace::default();
        assert!(pace.allows(chart, calm, at(0)), "it was never painted");
        pace.painted(chart, at(0));
        assert!(!pace.allows(chart, calm, at(50)));
        assert!(!pace.allows(chart, calm, at(90)));
        assert_eq!(pace.next(), Some(at(100)));
        assert_eq!(pace.due(at(99)).count(), 0);
        assert_eq!(pace.due(at(100)).collect::<Vec<_>>(), [chart]);
        pace.painted(chart, at(105));
        assert_eq!((pace.next(), pace.due(at(500)).count()), (None, 0));
        assert!(pace.allows(chart, calm, at(205)));
        assert!(pace.allows(PaneKind::Watchlist, Duration::ZERO, at(206)));
    }
}
