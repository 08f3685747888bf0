//! How each figure is computed from the window: numbers in, numbers or a reason out.
//!
//! A tick changes the newest row of the window alone. Its covariance is then moved by two products of rank one
//! instead of being made anew, and methods begin at the weights of the moment before. Every so often the covariance is
//! made anew all the same, and how far it had drifted is said.

use std::borrow::Cow;

use faer::Mat;
use serde_json::Value;

use crate::domain::{Matrix, Symbol, Timestamp, UniversePanel};
use crate::event::{Clusters, Figures, Frontier, Made};

use crate::portfolio::allocator::{Linkage, Tree, contributions, efficient_frontier};
use crate::portfolio::covariance::{Complete, Rolling, square};
use crate::portfolio::live::plan::Weighed;
use crate::portfolio::live::settings::no_history;
use crate::portfolio::live::{Method, Methods, Scored};
use crate::portfolio::panel::returns::{Kind, each, joint};
use crate::protocol::{ASOF, Known, PortfolioError, Returns, SizerInput};

/// Points of the frontier.
const FRONTIER: usize = 24;
/// Ticks after which the covariance is made anew.
const CHECK_EVERY: u32 = 64;
/// Of the window, the part that a symbol must have closes in.
const WHOLE: f64 = 0.9;

/// What allocators look at: the symbols with a history in the window, their returns and how these vary.
#[derive(Debug)]
pub(super) struct Basis {
    /// Which columns of the panel.
    columns: Vec<usize>,
    symbols: Vec<Symbol>,
    returns: Matrix,
    rolling: Rolling,
    covariance: Mat<f64>,
    /// The same, as methods outside take it.
    known: Matrix,
    /// The closes that the newest returns count from, where these stand in the newest row of the panel.
    since: Option<Vec<f64>>,
    /// Ticks since the covariance was made anew, and its drift then.
    ticks: u32,
    drift: Option<f64>,
    /// Columns of the panel.
    assets: usize,
}

impl Basis {
    /// Takes so many of the newest returns of the symbols that `wanted` picks and that have a history in them.
    ///
    /// # Errors
    /// When there are none, or no covariance can be made of them.
    pub(super) fn new(
        panel: &UniversePanel,
        window: usize,
        wanted: impl Fn(&Symbol) -> bool,
    ) -> Result<Self, PortfolioError> {
        const OF: &str = "returns";
        let rows = panel.close.rows();
        let first = rows.saturating_sub(window + 1);
        let least = (rows - first) as f64 * WHOLE;
        let known = |a: usize| {
            let cell = |t: usize| panel.close.row(t).and_then(|row| row.get(a));
            let closes = (first..rows).filter_map(cell);
            closes.filter(|close| close.is_finite()).count()
        };
        let columns: Vec<usize> = (panel.symbols.iter().enumerate())
            .filter(|(a, symbol)| wanted(symbol) && known(*a) as f64 >= least)
            .map(|(a, _)| a)
            .collect();
        if columns.is_empty() || rows - first < 3 {
            return Err(no_history(OF, columns.len()));
        }
        let closes =
            (first..rows).filter_map(|t| panel.close.row(t).map(|row| pick(row, &columns)));
        let shape = |error: crate::domain::MatrixError| PortfolioError::none(OF, error.to_string());
        let closes =
            Matrix::new(rows - first, columns.len(), closes.flatten().collect()).map_err(shape)?;
        let (returns, whole) = joint(&closes, Kind::Simple).map_err(shape)?;
        let symbols: Vec<Symbol> = columns
            .iter()
            .filter_map(|a| panel.symbols.get(*a).cloned())
            .collect();
        let input = Returns {
            values: &returns,
            symbols: &symbols,
        };
        let complete = Complete::new(OF, &input)?;
        let rolling = Rolling::new(&complete, complete.rows())?;
        let since = match whole.as_slice() {
            [.., since, last] if last + 1 == closes.rows() => {
                closes.row(*since).map(<[f64]>::to_vec)
            }
            _ => None,
        };
        let mut basis = Self {
            columns,
            assets: panel.symbols.len(),
            symbols,
            returns,
            rolling,
            covariance: Mat::new(),
            known: Matrix::default(),
            since,
            ticks: 0,
            drift: None,
        };
        basis.renew();
        Ok(basis)
    }

    /// Takes in that prices in the newest row of the panel moved, and nothing else.
    ///
    /// # Errors
    /// When a return is none that a covariance can be made of.
    pub(super) fn tick(&mut self, panel: &UniversePanel) -> Result<(), PortfolioError> {
        let last = panel.close.rows().checked_sub(1);
        let last = last.and_then(|last| panel.close.row(last));
        let (Some(since), Some(last)) = (&self.since, last) else {
            return Ok(());
        };
        let pairs = since.iter().zip(pick(last, &self.columns));
        let gains: Vec<f64> = pairs
            .map(|(since, last)| Kind::Simple.of(*since, last))
            .collect();
        self.rolling.replace_last(&gains)?;
        if let Some(newest) = self.returns.rows_mut().last() {
            newest.copy_from_slice(&gains);
        }
        self.ticks += 1;
        if self.ticks >= CHECK_EVERY {
            self.ticks = 0;
            self.drift = Some(self.rolling.check());
        }
        self.renew();
        Ok(())
    }

    /// Lays the covariance out anew.
    fn renew(&mut self) {
        self.covariance = self.rolling.covariance();
        self.known = square(&self.covariance);
    }

    /// Returns by how much the covariance had drifted when it was last made anew, as a part of the largest variance.
    pub(super) fn drift(&self) -> Option<f64> {
        self.drift
    }

    /// Lays numbers of the picked symbols out over all of them.
    fn spread<T: Clone>(&self, numbers: &[T]) -> Vec<Option<T>> {
        let mut all = vec![None; self.assets];
        for (a, number) in self.columns.iter().zip(numbers) {
            if let Some(place) = all.get_mut(*a) {
                *place = Some(number.clone());
            }
        }
        all
    }

    /// Takes the numbers of the picked symbols out of those of all; none where one is missing.
    fn picked(&self, all: &[Option<f64>]) -> Option<Vec<f64>> {
        self.columns.iter().map(|a| *all.get(*a)?).collect()
    }

    /// Returns the returns of all symbols over the rows that were taken; what was not picked has none.
    pub(super) fn gains(&self) -> Option<Matrix> {
        let rows = (0..self.returns.rows()).filter_map(|t| self.returns.row(t));
        let spread = |row: &[f64]| {
            let row = self.spread(row).into_iter();
            row.map(|gain| gain.unwrap_or(f64::NAN)).collect::<Vec<_>>()
        };
        let values = rows.flat_map(spread).collect();
        Matrix::new(self.returns.rows(), self.assets, values).ok()
    }

    /// Returns the weights of an allocator.
    pub(super) fn weights(
        &self,
        method: &Method,
        methods: &Methods,
        periods: f64,
        before: Option<&Figures>,
    ) -> Result<Weighed, PortfolioError> {
        let allocator = methods.allocators.get(&method.name);
        let allocator =
            allocator.map_err(|error| PortfolioError::none(&method.name, error.to_string()))?;
        let input = Returns {
            values: &self.returns,
            symbols: &self.symbols,
        };
        let means = self.rolling.means();
        let before = before.and_then(|figures| self.picked(&figures.values));
        let known = Known {
            covariance: &self.known,
            means,
            before: before.as_deref(),
        };
        let found = allocator.follow(&input, &method.params, &known)?;
        let weights = found.weights;
        if weights.len() != self.columns.len() || weights.iter().any(|it| !it.is_finite()) {
            let why = format!(
                "it gave {} weights for {} assets, or one that is no number",
                weights.len(),
                self.columns.len()
            );
            return Err(PortfolioError::none(&method.name, why));
        }
        let risk = contributions(&self.covariance, &weights);
        let parts = risk.as_ref().map(|risk| self.spread(&risk.parts));
        let mean: f64 = means.iter().zip(&weights).map(|(m, w)| m * w).sum();
        Ok(Weighed {
            weights: self.spread(&weights),
            risk: parts.unwrap_or_else(|| vec![None; self.assets]),
            volatility: risk.map(|risk| (risk.variance * periods).sqrt()),
            mean: Some(mean * periods),
        })
    }

    /// Returns what moves together.
    pub(super) fn clusters(&self, linkage: Linkage) -> Result<Clusters, PortfolioError> {
        let tree = Tree::new("clusters", &self.covariance, &self.symbols, linkage)?;
        let mut clusters = tree.clusters(&self.covariance, &self.symbols, UNMADE)?;
        for column in &mut clusters.columns {
            *column = self.columns.get(*column).copied().unwrap_or(*column);
        }
        Ok(clusters)
    }

    /// Returns the efficient frontier, per year.
    pub(super) fn frontier(&self, periods: f64) -> Result<Frontier, PortfolioError> {
        let curve = efficient_frontier(&self.covariance, self.rolling.means(), 0.0, FRONTIER)?;
        let curve = curve.per_year(periods);
        Ok(Frontier {
            points: curve.points,
            assets: self.spread(&curve.assets),
            sharpest: curve.sharpest,
            made: UNMADE,
        })
    }
}

/// Returns the cells of these columns.
fn pick(row: &[f64], columns: &[usize]) -> Vec<f64> {
    columns
        .iter()
        .filter_map(|a| row.get(*a))
        .copied()
        .collect()
}

/// Stands until it is known when the figure was made and how long it took.
const UNMADE: Made = Made {
    at: Timestamp::EPOCH,
    took_us: 0,
};

/// Returns the newest scores of a factor.
pub(super) fn scores(
    method: &Method,
    methods: &Methods,
    panel: &UniversePanel,
) -> Result<Vec<Option<f64>>, PortfolioError> {
    let factor = methods.factors.get(&method.name);
    let factor = factor.map_err(|error| PortfolioError::none(&method.name, error.to_string()))?;
    let latest = factor.latest(panel, &method.params)?;
    if latest.len() != panel.symbols.len() {
        let why = format!(
            "it gave {} scores for {} assets",
            latest.len(),
            panel.symbols.len()
        );
        return Err(PortfolioError::none(&method.name, why));
    }
    if latest.iter().all(|score| !score.is_finite()) {
        let why = format!(
            "no symbol has enough history in {} rows",
            panel.close.rows()
        );
        return Err(PortfolioError::none(&method.name, why));
    }
    Ok(latest
        .into_iter()
        .map(|score| Some(score).filter(|score| score.is_finite()))
        .collect())
}

/// Returns the weights of a sizer over scores; one that asks for a moment is given the present.
pub(super) fn sized(
    sized: &Scored,
    methods: &Methods,
    panel: &UniversePanel,
    scores: &[Option<f64>],
    now: Timestamp,
) -> Result<Vec<f64>, PortfolioError> {
    let name = &sized.sizer.name;
    let sizer = methods.sizers.get(name);
    let sizer = sizer.map_err(|error| PortfolioError::none(name, error.to_string()))?;
    let signal: Vec<f64> = scores.iter().map(|it| it.unwrap_or(f64::NAN)).collect();
    let returns = each(&panel.close, Kind::Simple).ok();
    let input = SizerInput {
        signal: &signal,
        symbols: &panel.symbols,
        returns: returns.as_ref(),
    };
    let mut params = Cow::Borrowed(&sized.sizer.params);
    let asks = sizer.params().iter().any(|spec| spec.name == ASOF.name);
    if asks && !params.contains_key(ASOF.name) {
        let now = Value::from(now.to_string());
        params.to_mut().insert(ASOF.name.to_owned(), now);
    }
    let weights = sizer.size(&input, &params)?;
    if weights.len() != signal.len() || weights.iter().any(|weight| !weight.is_finite()) {
        let why = format!(
            "it gave {} weights for {} assets, or one that is no number",
            weights.len(),
            signal.len()
        );
        return Err(PortfolioError::none(name, why));
    }
    Ok(weights)
}
