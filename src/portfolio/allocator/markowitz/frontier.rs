//! The efficient frontier, long only: the least variance there is for each mean.
//!
//! One search walks it upwards, so that each point is a few steps from the one before and exact. Points
//! are volatility and mean per period; whoever shows them says how many periods a year has. Chooses none.

use faer::Mat;

use super::active::Active;
use super::line;
use super::task::{Stop, Task};
use crate::protocol::PortfolioError;

/// Points of the frontier and what lies below it; volatility and mean, both per period.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// From the least volatility up to the highest mean, evenly spaced by mean.
    pub points: Vec<(f64, f64)>,
    /// Each asset on its own, in the order of the columns.
    pub assets: Vec<(f64, f64)>,
    /// The point with the most mean above the risk-free rate per volatility; none where no mean is above it.
    pub sharpest: Option<(f64, f64)>,
}

impl Curve {
    /// Returns the same per year, of which there are so many periods in one.
    #[must_use]
    pub fn per_year(mut self, periods: f64) -> Self {
        let all = self.points.iter_mut().chain(&mut self.assets);
        for (volatility, mean) in all.chain(&mut self.sharpest) {
            *volatility *= periods.sqrt();
            *mean *= periods;
        }
        self
    }
}

/// Returns the frontier in `count` points, at least two; fewer where all of it is one point. Each point is exact.
///
/// # Errors
/// When the covariance or the means cannot be used.
pub fn efficient_frontier(
    covariance: &Mat<f64>,
    means: &[f64],
    risk_free: f64,
    count: usize,
) -> Result<Curve, PortfolioError> {
    const OF: &str = "efficient frontier";
    super::usable(OF, covariance, means)?;
    let (lower, upper) = (vec![0.0; means.len()], vec![1.0; means.len()]);
    let centre = super::Centred::new(means);
    let mut active = Active::new(Task {
        covariance,
        mean: &centre.means,
        lower: &lower,
        upper: &upper,
        budget: 1.0,
    });
    let assets = means.iter().enumerate().map(|(i, mean)| {
        let variance = *covariance.get(i, i);
        (variance.max(0.0).sqrt(), *mean)
    });
    let assets: Vec<(f64, f64)> = assets.collect();
    let highest = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let stopped = |_: Stop| PortfolioError::none(OF, "the search along it does not end");
    let mut points = trace(&mut active, &centre, highest, count).map_err(stopped)?;
    points.dedup();
    let sharpest = if highest > risk_free {
        line::sharpest(&mut active, risk_free - centre.middle).map_err(stopped)?;
        Some(point(&active, &centre))
    } else {
        None
    };
    Ok(Curve {
        points,
        assets,
        sharpest,
    })
}

fn trace(
    active: &mut Active<'_>,
    centre: &super::Centred,
    highest: f64,
    count: usize,
) -> Result<Vec<(f64, f64)>, Stop> {
    active.solve(0.0)?;
    let first = point(active, centre);
    let mut points = vec![first];
    let step = (highest - first.1) / count.saturating_sub(1).max(1) as f64;
    for i in 1..count {
        let mean = if i + 1 == count {
            highest
        } else {
            first.1 + step * i as f64
        };
        if step > 1e-14 * centre.spread {
            line::follow(active, mean - centre.middle, centre.spread)?;
            points.push(point(active, centre));
        }
    }
    Ok(points)
}

fn point(active: &Active<'_>, centre: &super::Centred) -> (f64, f64) {
    let (variance, mean) = active.moments();
    (variance.max(0.0).sqrt(), mean + centre.middle)
}
