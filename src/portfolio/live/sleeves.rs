//! What each sleeve would hold by its rule, and what the fund should hold by all of them.

use std::collections::BTreeMap;

use crate::domain::{Signal, StrategyId, Timestamp, UniversePanel};
use crate::event::Target;
use crate::portfolio::capacity::adv_usd;
use crate::portfolio::live::figure::{self, Basis};
use crate::portfolio::live::{Facts, LiveSettings, Methods, Rule, SleeveSettings};
use crate::portfolio::sleeve::{Overlay, Part, compose, returns_of};
use crate::portfolio::target::targets;
use crate::protocol::PortfolioError;

/// Returns the weights of a sleeve, one a symbol; none where it does not speak of it.
pub(super) fn weights(
    sleeve: &SleeveSettings,
    settings: &LiveSettings,
    methods: &Methods,
    panel: &UniversePanel,
    (signals, now): (&BTreeMap<StrategyId, Signal>, Timestamp),
) -> Result<Vec<Option<f64>>, PortfolioError> {
    let wanted = |symbol: &crate::domain::Symbol| {
        let universe = sleeve.universe.as_ref();
        universe.is_none_or(|universe| universe.contains(symbol))
    };
    match &sleeve.rule {
        Rule::Scored(sized) => {
            let mut scores = figure::scores(&sized.factor, methods, panel)?;
            for (score, symbol) in scores.iter_mut().zip(&panel.symbols) {
                *score = score.filter(|_| wanted(symbol));
            }
            let weights = figure::sized(sized, methods, panel, &scores, now)?;
            let pairs = weights.into_iter().zip(&panel.symbols);
            Ok(pairs
                .map(|(weight, symbol)| wanted(symbol).then_some(weight))
                .collect())
        }
        Rule::Allocated(method) => {
            let basis = Basis::new(panel, settings.window, wanted)?;
            let weighed = basis.weights(method, methods, settings.periods(), None)?;
            Ok(weighed.weights)
        }
        Rule::Signal(strategy) => {
            let signal = signals.get(strategy).ok_or_else(|| {
                let why = format!("{strategy} has published no signal yet");
                PortfolioError::none(&sleeve.name, why)
            })?;
            let symbols = panel.symbols.iter();
            Ok(symbols
                .map(|symbol| {
                    let weight = signal.weights.get(symbol).copied();
                    weight.filter(|_| wanted(symbol))
                })
                .collect())
        }
        Rule::Fixed(weights) => {
            let symbols = panel.symbols.iter();
            Ok(symbols.map(|symbol| weights.get(symbol).copied()).collect())
        }
    }
}

/// What the sleeves come to.
#[derive(Debug, Default)]
pub(super) struct Composed {
    /// The part of NAV of each sleeve, where known.
    pub(super) allocations: Vec<Option<f64>>,
    /// One a symbol; none where no sleeve speaks of it.
    pub(super) targets: Vec<Option<Target>>,
}

/// Adds the sleeves up. A sleeve without weights holds nothing; with that said by its own figure, the others stand.
pub(super) fn composed(
    held: &[Option<&[Option<f64>]>],
    settings: &LiveSettings,
    methods: &Methods,
    panel: &UniversePanel,
    facts: &Facts,
) -> Result<Composed, PortfolioError> {
    let assets = panel.symbols.len();
    let nothing: Vec<Option<f64>> = vec![None; assets];
    let configured: Vec<f64> = settings.sleeves.iter().map(|it| it.allocation).collect();
    let parts = |allocations: &[f64]| -> Vec<Part<'_>> {
        let pairs = held.iter().zip(allocations.to_vec());
        pairs
            .map(|(weights, allocation)| Part {
                allocation,
                weights: weights.unwrap_or(&nothing),
            })
            .collect()
    };
    let returns = match settings.overlay {
        Overlay::Hrp => {
            let basis = Basis::new(panel, settings.window, |_| true)?;
            let gains = basis.gains();
            gains
                .map(|gains| returns_of(&parts(&configured), &gains))
                .transpose()?
        }
        Overlay::Manual | Overlay::Equal => None,
    };
    let overlay = settings.overlay;
    let allocations = overlay.allocations(&configured, returns.as_ref(), &methods.allocators)?;
    let wanted = compose(&parts(&allocations), assets)?;
    let adv = adv_usd(
        &panel.close,
        &panel.volume,
        &facts.usd_rates,
        &settings.capacity,
    )?;
    Ok(Composed {
        allocations: allocations.into_iter().map(Some).collect(),
        targets: targets(&wanted, &adv, facts.nav_usd, &settings.capacity),
    })
}
