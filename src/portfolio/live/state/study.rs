//! Puts everything last computed together: one value for the screen.

use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use crate::domain::Signal;
use crate::event::{Figures, HistoryKind, Made, Sleeve, Study};
use crate::portfolio::live::Live;
use crate::portfolio::live::figure::Basis;
use crate::portfolio::live::plan::Kept;
use crate::portfolio::live::sleeves;
use crate::portfolio::live::state::guarded;

impl Live {
    /// Puts everything last computed together.
    pub fn study(&self, made: Made) -> Study {
        let panel = self.frame.as_ref().map(|frame| &frame.panel);
        let dates = panel
            .map(|panel| panel.dates.as_slice())
            .unwrap_or_default();
        let figures = |list: &[Kept<Figures>]| -> Vec<Arc<Figures>> {
            list.iter().filter_map(|kept| kept.figure.clone()).collect()
        };
        let mut faults = [self.faults.as_slice(), self.said.as_slice()].concat();
        faults.extend(
            self.clusters
                .fault
                .iter()
                .map(|it| format!("clusters: {it}")),
        );
        faults.extend(
            self.frontier
                .fault
                .iter()
                .map(|it| format!("frontier: {it}")),
        );
        let held: Vec<Option<&[Option<f64>]>> = self
            .sleeves
            .iter()
            .map(|kept| {
                let figures = kept.figure.as_ref().filter(|it| it.fault.is_none());
                figures.map(|figures| figures.values.as_slice())
            })
            .collect();
        let composed = panel.map(|panel| {
            guarded(|| sleeves::composed(&held, &self.settings, &self.methods, panel, &self.facts))
        });
        let composed = match composed {
            Some(Ok(composed)) => composed,
            Some(Err(fault)) => {
                faults.push(format!("targets: {fault}"));
                sleeves::Composed::default()
            }
            None => sleeves::Composed::default(),
        };
        let allocations = composed
            .allocations
            .into_iter()
            .chain(std::iter::repeat(None));
        let sleeves = self.sleeves.iter().zip(&self.settings.sleeves);
        Study {
            symbols: Arc::clone(&self.symbols),
            interval: self.settings.interval,
            rows: dates.len(),
            span: dates.first().copied().zip(dates.last().copied()),
            history: self.kind(),
            synthetic: Arc::clone(&self.synthetic),
            factors: figures(&self.factors),
            sizers: [figures(&self.sizers), self.published(made)].concat(),
            allocators: self
                .allocators
                .iter()
                .filter_map(|kept| kept.figure.clone())
                .collect(),
            sleeves: sleeves
                .zip(allocations)
                .filter_map(|((kept, sleeve), allocation)| {
                    Some(Arc::new(Sleeve {
                        name: sleeve.name.clone(),
                        rule: format_smolstr!("{}", sleeve.rule),
                        allocation,
                        weights: Figures::clone(kept.figure.as_ref()?),
                    }))
                })
                .collect(),
            targets: Arc::new(composed.targets),
            clusters: self.clusters.figure.clone(),
            frontier: self.frontier.figure.clone(),
            drift: self.basis().ok().and_then(Basis::drift),
            heard: self.heard.clone(),
            made,
            faults,
        }
    }

    /// Returns what strategies last published, as one more source of weights.
    fn published(&self, made: Made) -> Vec<Arc<Figures>> {
        let of = |signal: &Signal| {
            let symbols = self.symbols.iter();
            let at = signal.asof;
            Arc::new(Figures {
                name: SmolStr::new(signal.strategy_id.as_str()),
                from: format_smolstr!("signal {}", signal.signal_id),
                values: symbols
                    .map(|symbol| signal.weights.get(symbol).copied())
                    .collect(),
                made: Made { at, took_us: 0 },
                fault: (signal.asof > made.at).then(|| format!("it is as of {at}, which is ahead")),
            })
        };
        self.signals.values().map(of).collect()
    }

    fn kind(&self) -> HistoryKind {
        let rows = self
            .frame
            .as_ref()
            .map_or(0, |frame| frame.panel.dates.len());
        let made_up = self.synthetic.iter().filter(|it| **it).count();
        match made_up {
            _ if rows == 0 => HistoryKind::None,
            0 => HistoryKind::Recorded,
            all if all == self.synthetic.len() => HistoryKind::Synthetic,
            _ => HistoryKind::Mixed,
        }
    }
}
