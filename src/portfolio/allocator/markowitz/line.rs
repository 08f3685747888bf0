//! Along the frontier: the tilt at which the best weights have a given mean, or the most mean per risk.
//!
//! As the tilt rises the best weights go from least variance to highest mean, in straight pieces: on
//! each, the same assets are free. From any point the piece says exactly where it would reach what is
//! looked for; once that lies on the piece itself it is the answer. A bracket of tilts that are
//! too low and too high sees to it that this ends. Decides nothing about which point is wanted.

use super::active::Active;
use super::task::Stop;
use crate::portfolio::wide::dot;

/// Pieces tried before giving up; each is a search of a few steps.
const PIECES: usize = 400;
/// A change of weights that is rounding.
const STILL: f64 = 1e-14;

/// Where the point looked for lies, seen from a point of the line.
#[derive(Debug, Clone, Copy)]
struct Aim {
    /// At a higher tilt.
    higher: bool,
    /// By how much the tilt must change if this piece goes on for ever; none where no change would do.
    change: Option<f64>,
}

/// Goes to the least variance with at least that mean, which some feasible weights must have.
pub(super) fn reach(active: &mut Active<'_>, mean: f64, spread: f64) -> Result<(), Stop> {
    active.solve(0.0)?;
    if active.moments().1 >= mean {
        return Ok(());
    }
    follow(active, mean, spread)
}

/// Goes to the least variance with exactly that mean, from a point of the line below or above it.
pub(super) fn follow(active: &mut Active<'_>, mean: f64, spread: f64) -> Result<(), Stop> {
    seek(active, |active, growth| {
        let gap = mean - active.moments().1;
        if gap.abs() <= 1e-15 * spread {
            return None;
        }
        Some(Aim {
            higher: gap > 0.0,
            change: (growth > 0.0).then_some(gap / growth),
        })
    })
}

/// Goes to the most mean above `floor` per volatility; some feasible weights must have a mean above it.
pub(super) fn sharpest(active: &mut Active<'_>, floor: f64) -> Result<(), Stop> {
    active.solve(0.0)?;
    seek(active, |active, growth| {
        let (variance, mean) = active.moments();
        let excess = mean - floor;
        // The derivative of mean per volatility along the line has the sign of this.
        let rest = variance - active.tilt() * excess;
        if rest.abs() <= 1e-16 * variance {
            return None;
        }
        let slope = excess - active.tilt() * growth;
        Some(Aim {
            higher: rest > 0.0,
            change: (slope > 0.0).then_some(rest / slope),
        })
    })
}

fn seek(
    active: &mut Active<'_>,
    aim: impl Fn(&Active<'_>, f64) -> Option<Aim>,
) -> Result<(), Stop> {
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut guess = active.natural_tilt() / 16.0;
    for piece in 0..PIECES {
        let turn = active.turn();
        let growth = dot(&active.of_free(active.mean()), &turn);
        let Some(Aim { higher, change }) = aim(active, growth) else {
            return Ok(());
        };
        let tilt = active.tilt();
        if higher {
            low = tilt;
        } else {
            high = tilt;
        }
        let most = turn
            .iter()
            .fold(0.0, |most: f64, step| most.max(step.abs()));
        if change.is_some_and(|change| (change * most).abs() <= STILL && most > 0.0) {
            return Ok(());
        }
        let straight = change.map(|change| tilt + change);
        let next = match straight {
            // Now and then the middle, lest the pieces send each other back and forth.
            Some(next) if next > low && next < high && piece % 8 != 7 => next,
            _ if high.is_finite() && low > 0.0 => (low * high).sqrt(),
            _ if high.is_finite() => high / 4.0,
            _ => {
                guess = guess.max(low) * 4.0;
                guess
            }
        };
        // NaN, or no number between the two.
        if !(next > low && next < high) {
            return Ok(());
        }
        active.solve(next)?;
    }
    Err(Stop::Steps)
}
