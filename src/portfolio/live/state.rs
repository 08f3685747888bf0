//! The owner of everything live: the window, the newest prices and signals, and the figures made of them.

mod study;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use smol_str::{SmolStr, format_smolstr};

use crate::domain::{Signal, StrategyId, Symbol, Timestamp};
use crate::event::{Allocated, Clusters, Figures, Frontier, Heard, Made};
use crate::portfolio::bucket::Bucket;
use crate::portfolio::live::figure::{self, Basis};
use crate::portfolio::live::frame::Frame;
use crate::portfolio::live::plan::{Kept, Piece, SLOW_REST, Weighed, Work};
use crate::portfolio::live::{LiveSettings, Past, sleeves};
use crate::portfolio::panel::Split;
use crate::portfolio::{Registry, allocator, factor, sizer};
use crate::protocol::{Allocator, Factor, PortfolioError, Sizer};

/// Strategies whose signals are kept; those of a further one are not taken.
const SIGNALS_MOST: usize = 64;

/// The methods there are.
#[derive(Debug)]
pub struct Methods {
    /// Factors.
    pub factors: Registry<dyn Factor>,
    /// Sizers.
    pub sizers: Registry<dyn Sizer>,
    /// Allocators.
    pub allocators: Registry<dyn Allocator>,
}

impl Default for Methods {
    /// Returns those that the desk brings along.
    fn default() -> Self {
        Self {
            factors: factor::registry(),
            sizers: sizer::registry(),
            allocators: allocator::registry(),
        }
    }
}

/// What is known beside prices, in the order of the symbols.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// NAV of the fund.
    pub nav_usd: Option<f64>,
    /// What one unit of the currency of each symbol is worth in USD.
    pub usd_rates: Vec<Option<f64>>,
}

/// The portfolio, kept up to date.
#[derive(Debug)]
pub struct Live {
    pub(super) settings: LiveSettings,
    methods: Methods,
    pub(super) symbols: Arc<Vec<Symbol>>,
    synthetic: Arc<Vec<bool>>,
    frame: Option<Frame>,
    mids: Vec<Option<f64>>,
    facts: Facts,
    /// When prices were last looked at.
    now: Timestamp,
    signals: BTreeMap<StrategyId, Signal>,
    /// Counts what changed; the other counts closed bars alone.
    version: u64,
    shifts: u64,
    /// What allocators look at, and the two counts it was made at.
    basis: Option<(u64, u64, Result<Basis, String>)>,
    factors: Vec<Kept<Figures>>,
    sizers: Vec<Kept<Figures>>,
    allocators: Vec<Kept<Allocated>>,
    pub(super) sleeves: Vec<Kept<Figures>>,
    clusters: Kept<Clusters>,
    frontier: Kept<Frontier>,
    /// What is wrong with the history as a whole, in words; and with what else was to be read.
    faults: Vec<String>,
    said: Vec<String>,
    heard: Option<Heard>,
}

fn kept<T>(count: usize) -> Vec<Kept<T>> {
    std::iter::repeat_with(Kept::default).take(count).collect()
}

impl Live {
    /// Makes it without a history.
    pub fn new(settings: LiveSettings, methods: Methods) -> Self {
        Self {
            factors: kept(settings.factors.len()),
            sizers: kept(settings.sizers.len()),
            allocators: kept(settings.allocators.len()),
            sleeves: kept(settings.sleeves.len()),
            clusters: Kept::default(),
            frontier: Kept::default(),
            settings,
            methods,
            symbols: Arc::default(),
            synthetic: Arc::default(),
            frame: None,
            mids: Vec::new(),
            facts: Facts::default(),
            now: Timestamp::EPOCH,
            signals: BTreeMap::new(),
            version: 0,
            shifts: 0,
            basis: None,
            faults: Vec::new(),
            said: Vec::new(),
            heard: None,
        }
    }

    /// Returns the symbols, in the order of every list of numbers.
    pub fn symbols(&self) -> &Arc<Vec<Symbol>> {
        &self.symbols
    }

    /// Takes in the history of every symbol; what was made of another is dropped, but for sleeves whose weights stand.
    /// `faults` are said with the study.
    pub fn take_history(&mut self, past: &[Past], splits: &[Split], faults: Vec<String>) {
        let stood = self.stood();
        self.symbols = Arc::new(past.iter().map(|one| one.bars.symbol().clone()).collect());
        self.synthetic = Arc::new(
            past.iter()
                .map(|one| one.synthetic && !one.bars.is_empty())
                .collect(),
        );
        self.mids = vec![None; past.len()];
        self.facts = Facts::default();
        self.faults = faults;
        self.frame = match Frame::new(past, splits, self.settings.interval) {
            Ok(frame) => Some(frame),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        };
        self.factors = kept(self.settings.factors.len());
        self.sizers = kept(self.settings.sizers.len());
        self.allocators = kept(self.settings.allocators.len());
        self.sleeves = kept(self.settings.sleeves.len());
        (self.clusters, self.frontier) = (Kept::default(), Kept::default());
        self.stand(&stood);
        self.changed(true);
    }

    fn changed(&mut self, shifted: bool) {
        self.version += 1;
        self.shifts += u64::from(shifted);
    }

    /// Takes in the newest prices in the order of the symbols, and what else is known, as of `now`.
    pub fn take_prices(&mut self, mids: &[Option<f64>], facts: Facts, now: Timestamp) {
        let Some(frame) = &mut self.frame else {
            return;
        };
        // The row that ends stands at the prices before these.
        let shifted = frame.move_to(now);
        if shifted || self.mids != mids {
            frame.value(mids);
            self.mids = mids.to_vec();
            self.changed(shifted);
        }
        self.now = now;
        // What only limits targets is not worth a round of its own.
        self.facts = facts;
    }

    /// Takes in what a strategy published; an older publication than the one known is passed over.
    ///
    /// # Errors
    /// In words, when it is of one strategy more than are kept.
    pub fn take_signal(&mut self, signal: Signal) -> Result<(), String> {
        let known = self.signals.get(&signal.strategy_id);
        let newer = known.is_none_or(|known| signal.asof >= known.asof && *known != signal);
        if known.is_none() && self.signals.len() >= SIGNALS_MOST {
            return Err(format!(
                "the signal of {} is not taken: those of {SIGNALS_MOST} strategies are kept",
                signal.strategy_id
            ));
        }
        if newer {
            for (kept, sleeve) in self.sleeves.iter_mut().zip(&self.settings.sleeves) {
                if matches!(&sleeve.rule, super::Rule::Signal(of) if *of == signal.strategy_id) {
                    *kept = Kept::default();
                }
            }
            self.signals.insert(signal.strategy_id.clone(), signal);
            self.changed(false);
        }
        Ok(())
    }

    /// Takes in how the subscription to signals stands.
    pub fn hear(&mut self, heard: Heard) {
        if self.heard.as_ref() != Some(&heard) {
            self.heard = Some(heard);
            self.changed(false);
        }
    }

    /// Takes in what else is to be said with the study, in the place of what was.
    pub fn say(&mut self, said: Vec<String>) {
        if self.said != said {
            self.said = said;
            self.changed(false);
        }
    }

    /// Returns what is to be computed now, in this order; nothing where nothing changed.
    pub fn plan(&mut self, now: Timestamp) -> Vec<Work> {
        if self.frame.is_none() {
            return Vec::new();
        }
        let version = self.version;
        let due = |kept: &Kept<Figures>| kept.is_due(version, now, Duration::ZERO);
        let mut plan = Vec::new();
        let places = |list: &[Kept<Figures>]| -> Vec<usize> {
            let places = list.iter().enumerate().filter(|(_, kept)| due(kept));
            places.map(|(at, _)| at).collect()
        };
        plan.extend(places(&self.factors).into_iter().map(Work::Factor));
        plan.extend(places(&self.sizers).into_iter().map(Work::Sizer));
        let allocators = self.allocators.iter().enumerate();
        plan.extend(
            allocators
                .filter(|(_, kept)| kept.is_due(version, now, Duration::ZERO))
                .map(|(at, _)| Work::Allocator(at)),
        );
        let sleeves = self.sleeves.iter().zip(&self.settings.sleeves).enumerate();
        plan.extend(
            sleeves
                .filter(|(_, (kept, sleeve))| due(kept) && is_over(kept, sleeve.bucket, now))
                .map(|(at, _)| Work::Sleeve(at)),
        );
        let slow = |made: Option<Made>| made.is_some_and(|made| now.since(made.at) < SLOW_REST);
        let (shifts, rest) = (self.shifts, Duration::ZERO);
        if self.clusters.is_due(shifts, now, rest)
            || !slow(self.clusters.made()) && !plan.is_empty()
        {
            plan.push(Work::Clusters);
        }
        if self.frontier.is_due(shifts, now, rest)
            || !slow(self.frontier.made()) && !plan.is_empty()
        {
            plan.push(Work::Frontier);
        }
        if plan.iter().any(Work::needs_basis) {
            self.renew_basis();
        }
        plan
    }

    /// Brings what allocators look at up to date, once a change: moved by what ticked, or made anew where rows moved.
    fn renew_basis(&mut self) {
        let Some(frame) = &self.frame else {
            return;
        };
        let panel = &frame.panel;
        let basis = match self.basis.take() {
            Some(kept @ (version, ..)) if version == self.version => {
                self.basis = Some(kept);
                return;
            }
            Some((_, shifts, Ok(mut basis))) if shifts == self.shifts => {
                guarded(|| basis.tick(panel).map(|()| basis))
            }
            _ => guarded(|| Basis::new(panel, self.settings.window, |_| true)),
        };
        self.basis = Some((self.version, self.shifts, basis));
    }

    fn basis(&self) -> Result<&Basis, String> {
        match &self.basis {
            Some((.., Ok(basis))) => Ok(basis),
            Some((.., Err(fault))) => Err(fault.clone()),
            None => Err("there is no history yet".to_owned()),
        }
    }

    /// Computes a piece of work, and changes nothing.
    pub fn work(&self, work: Work) -> Piece {
        let (set, methods) = (&self.settings, &self.methods);
        let panel = self.frame.as_ref().map(|frame| &frame.panel);
        let panel = panel.ok_or_else(|| "there is no history yet".to_owned());
        match work {
            Work::Factor(at) => Piece::Numbers(panel.and_then(|panel| {
                let method = at_place(&set.factors, at)?;
                guarded(|| figure::scores(method, methods, panel))
            })),
            Work::Sizer(at) => Piece::Numbers(panel.and_then(|panel| {
                let sized = at_place(&set.sizers, at)?;
                guarded(|| {
                    let scores = figure::scores(&sized.factor, methods, panel)?;
                    let weights = figure::sized(sized, methods, panel, &scores, self.now)?;
                    Ok(weights.into_iter().map(Some).collect())
                })
            })),
            Work::Sleeve(at) => Piece::Numbers(panel.and_then(|panel| {
                let sleeve = at_place(&set.sleeves, at)?;
                guarded(|| sleeves::weights(sleeve, set, methods, panel, (&self.signals, self.now)))
            })),
            Work::Allocator(at) => Piece::Weights(self.basis().and_then(|basis| {
                let method = at_place(&set.allocators, at)?;
                let before = self
                    .allocators
                    .get(at)
                    .and_then(|kept| kept.figure.as_ref());
                let before = before.map(|it| &it.weights);
                guarded(|| basis.weights(method, methods, set.periods(), before))
            })),
            Work::Clusters => Piece::Clusters(
                self.basis()
                    .and_then(|basis| guarded(|| basis.clusters(set.linkage))),
            ),
            Work::Frontier => Piece::Frontier(
                self.basis()
                    .and_then(|basis| guarded(|| basis.frontier(set.periods()))),
            ),
        }
    }

    /// Takes in what a piece of work came to, and when and in which time.
    pub fn keep(&mut self, work: Work, piece: Piece, made: Made) {
        let (version, shifts) = (self.version, self.shifts);
        // Where there is no number, there is none for each symbol.
        let nothing = || vec![None; self.symbols.len()];
        let or_why = |numbers: Result<Vec<Option<f64>>, String>| match numbers {
            Ok(values) => (values, None),
            Err(fault) => (nothing(), Some(fault)),
        };
        match (work, piece) {
            (Work::Factor(at), Piece::Numbers(numbers)) => {
                let numbers = or_why(numbers);
                let label = self.settings.factors.get(at);
                let label = label.map(|it| (it.name.clone(), params_of(&it.to_string())));
                put(self.factors.get_mut(at), label, numbers, (version, made));
            }
            (Work::Sizer(at), Piece::Numbers(numbers)) => {
                let numbers = or_why(numbers);
                let label = self.settings.sizers.get(at);
                let label = label.map(|it| {
                    let from =
                        format_smolstr!("{} {}", it.factor, params_of(&it.sizer.to_string()));
                    (it.sizer.name.clone(), from.trim_end().into())
                });
                put(self.sizers.get_mut(at), label, numbers, (version, made));
            }
            (Work::Sleeve(at), Piece::Numbers(numbers)) => {
                let numbers = or_why(numbers);
                let label = self.settings.sleeves.get(at);
                let label = label.map(|it| (it.name.clone(), format_smolstr!("{}", it.rule)));
                put(self.sleeves.get_mut(at), label, numbers, (version, made));
            }
            (Work::Allocator(at), Piece::Weights(weighed)) => {
                let label = self.settings.allocators.get(at);
                if let (Some(kept), Some(method)) = (self.allocators.get_mut(at), label) {
                    let from = params_of(&method.to_string());
                    let (weighed, fault) = match weighed {
                        Ok(weighed) => (weighed, None),
                        Err(fault) => (Weighed::nothing(self.symbols.len()), Some(fault)),
                    };
                    let allocated = Allocated {
                        weights: Figures {
                            name: method.name.clone(),
                            from,
                            values: weighed.weights,
                            made,
                            fault,
                        },
                        risk: weighed.risk,
                        volatility: weighed.volatility,
                        mean: weighed.mean,
                    };
                    kept.keep(Ok(allocated), version, made);
                }
            }
            (Work::Clusters, Piece::Clusters(clusters)) => {
                let clusters = clusters.map(|clusters| Clusters { made, ..clusters });
                self.clusters.keep(clusters, shifts, made);
            }
            (Work::Frontier, Piece::Frontier(frontier)) => {
                let frontier = frontier.map(|frontier| Frontier { made, ..frontier });
                self.frontier.keep(frontier, shifts, made);
            }
            // A piece of other work than was done is nobody's.
            (
                Work::Factor(_)
                | Work::Sizer(_)
                | Work::Sleeve(_)
                | Work::Allocator(_)
                | Work::Clusters
                | Work::Frontier,
                _,
            ) => {}
        }
    }
}

impl Work {
    fn needs_basis(&self) -> bool {
        match self {
            Self::Allocator(_) | Self::Clusters | Self::Frontier => true,
            Self::Factor(_) | Self::Sizer(_) | Self::Sleeve(_) => false,
        }
    }
}

/// Returns true when the weights of a sleeve no longer stand; those that came to nothing never do.
fn is_over(kept: &Kept<Figures>, bucket: Bucket, now: Timestamp) -> bool {
    let good = kept.figure.as_ref().filter(|it| it.fault.is_none());
    bucket.is_due(good.map(|figures| figures.made.at), now)
}

fn at_place<T>(list: &[T], at: usize) -> Result<&T, String> {
    list.get(at)
        .ok_or_else(|| format!("there is no method {at} in the settings"))
}

/// Runs a method of whoever wrote it: its error and its panic are words, and nothing else breaks.
fn guarded<T>(run: impl FnOnce() -> Result<T, PortfolioError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(cause) => {
            let text = cause.downcast_ref::<&str>().copied();
            let text = text.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
            Err(format!("it broke: {}", text.unwrap_or("no words")))
        }
    }
}

/// Returns what stands behind the name.
fn params_of(text: &str) -> SmolStr {
    text.split_once(' ').map_or("", |(_, rest)| rest).into()
}

fn put(
    kept: Option<&mut Kept<Figures>>,
    label: Option<(SmolStr, SmolStr)>,
    (values, fault): (Vec<Option<f64>>, Option<String>),
    (version, made): (u64, Made),
) {
    let (Some(kept), Some((name, from))) = (kept, label) else {
        return;
    };
    let figures = Figures {
        name,
        from,
        values,
        made,
        fault,
    };
    kept.keep(Ok(figures), version, made);
}
