//! What the venue said, in order: a bounded log that is read on after a cursor.
//!
//! A cursor is the running number of a fill, written with twelve digits so that
//! cursors sort as texts. Numbers continue over restarts, which is what makes fill
//! ids unique. When the log is full its oldest entry leaves; the desk's journal
//! has had it long before.

use crate::base::Ring;
use crate::domain::{BrokerId, Fill, FillCursor};
use crate::event::BrokerReport;

/// Reports kept for those who read on after a cursor: more than the execution lane and a reader may be behind.
const REPORTS_MOST: usize = 6_144;

/// The venue's own record.
#[derive(Debug)]
pub(super) struct Log {
    reports: Ring<(u64, BrokerReport)>,
    last: u64,
}

/// Returns the fill number a cursor stands for; zero for a text that is none of ours.
fn number(cursor: &FillCursor) -> u64 {
    cursor.0.parse().unwrap_or(0)
}

impl Log {
    /// Makes a log of fills that were journaled.
    pub(super) fn restore(
        broker: &BrokerId,
        fills: Vec<(Fill, FillCursor)>,
        cursor: Option<&FillCursor>,
    ) -> Self {
        let mut log = Self {
            reports: Ring::new(REPORTS_MOST),
            last: cursor.map_or(0, number),
        };
        for (fill, cursor) in fills {
            let n = number(&cursor);
            log.last = log.last.max(n);
            let report = BrokerReport::Fill {
                broker: broker.clone(),
                fill,
                cursor,
                quote: None,
            };
            log.reports.push((n, report));
        }
        log
    }

    /// Returns the number of the next fill and its cursor.
    pub(super) fn next(&self) -> (u64, FillCursor) {
        let n = self.last.saturating_add(1);
        (n, FillCursor(format!("{n:012}").into()))
    }

    /// Writes down a report.
    pub(super) fn push(&mut self, report: BrokerReport) {
        if let BrokerReport::Fill { cursor, .. } = &report {
            self.last = self.last.max(number(cursor));
        }
        self.reports.push((self.last, report));
    }

    /// Returns what was said after the fill at `cursor`; everything still held when none.
    pub(super) fn after(&self, cursor: Option<&FillCursor>) -> Vec<BrokerReport> {
        let from = cursor.map_or(0, number);
        let newer = |(n, report): &&(u64, BrokerReport)| {
            // A cancel or expiry carries the number of the fill before it, so it comes again with its cursor.
            *n > from || (*n == from && !matches!(report, BrokerReport::Fill { .. }))
        };
        let held = self.reports.iter().filter(newer);
        held.map(|(_, report)| report.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrderId;

    #[test]
    fn a_full_log_lets_its_oldest_report_go() {
        let broker = BrokerId::new("paper").unwrap();
        let mut log = Log::restore(&broker, Vec::new(), None);
        let id = |n: usize| OrderId::new(format!("o-{n}")).unwrap();
        for n in 0..REPORTS_MOST + 10 {
            log.push(BrokerReport::Canceled {
                broker: broker.clone(),
                order_id: id(n),
            });
        }
        let held = log.after(None);
        assert_eq!(held.len(), REPORTS_MOST);
        let BrokerReport::Canceled { order_id, .. } = &held[0] else {
            panic!("{:?}", held[0]);
        };
        assert_eq!(*order_id, id(10));
    }
}
