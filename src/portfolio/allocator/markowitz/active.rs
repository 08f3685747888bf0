//! The fast path: a primal active set for a quadratic objective under one budget and bounds per asset.
//!
//! Minimises w'Sw / 2 - tilt * mean'w with the weights adding up to the budget and each inside its bounds. Assets
//! strictly inside their bounds are free; for them the problem is linear and a Cholesky factor
//! ([`Cholesky`]) solves it exactly. A step goes to that solution or to the first bound on the way;
//! at the solution, the assets at a bound that pull inwards are freed, the strongest first. Every
//! step lowers the objective and every point is feasible, so it ends, at weights that meet the KKT
//! conditions to rounding.
//!
//! A budget times 11' is added to what is factored: it changes no feasible direction and makes the
//! factor exist wherever the answer is unique. Where it is not, that is found, and a tiny multiple of
//! w'w decides: of all answers the one nearest to even. Knows nothing of groups; gives up rather than
//! go on for ever, and then the caller asks `conic`.

use super::start;
use super::task::{Stop, Task};
use crate::portfolio::allocator::cholesky::Cholesky;
use crate::portfolio::wide::{add_scaled, dot};

/// What is left of a diagonal before a row counts as saying nothing new.
const LEAST_PIVOT: f64 = 1e-11;
/// The same once w'w is part of the objective: only what cannot be divided by is refused.
const LEAST_PIVOT_EVEN: f64 = 1e-15;
/// The part of the mean variance that multiplies w'w where there is more than one answer.
const EVEN: f64 = 1e-8;
/// How many assets may be freed at once while fewer are free.
const FREED_AT_LEAST: usize = 8;
/// From how many rows on they are factored at once and not one by one.
const BLOCK: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Lower,
    Free,
    Upper,
}

/// The state of the search; stays at the last answer, from where a change of the tilt is a few steps.
#[derive(Debug)]
pub(super) struct Active<'a> {
    task: Task<'a>,
    /// What multiplies 11' in the factor.
    lift: f64,
    /// What multiplies w'w / 2 in the objective.
    even: f64,
    mean_variance: f64,
    tilt: f64,
    weights: Vec<f64>,
    /// Covariance times weights, with what w'w adds.
    slope: Vec<f64>,
    place: Vec<Place>,
    free: Vec<usize>,
    factor: Cholesky,
    steps: usize,
}

impl<'a> Active<'a> {
    /// Makes a search that has not begun. The bounds must be able to meet the budget.
    pub(super) fn new(task: Task<'a>) -> Self {
        let n = task.lower.len();
        let own = |i: usize| task.covariance.get(i, i);
        let mean_variance = (0..n).map(own).sum::<f64>() / n.max(1) as f64;
        let smallest = (0..n).map(own).copied().fold(f64::INFINITY, f64::min);
        let lift = smallest.max(mean_variance * 1e-6);
        Self {
            task,
            lift: if lift > 0.0 { lift } else { 1.0 },
            even: 0.0,
            mean_variance,
            tilt: 0.0,
            weights: Vec::new(),
            slope: vec![0.0; n],
            place: vec![Place::Lower; n],
            free: Vec::new(),
            factor: Cholesky::default(),
            steps: 0,
        }
    }

    /// Begins at weights that were an answer before, moved into the bounds and onto the budget.
    pub(super) fn at(task: Task<'a>, weights: &[f64]) -> Self {
        let mut active = Self::new(task);
        active.weights = start::inside(&task, weights);
        active
    }

    /// Returns the weights.
    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Returns the tilt of the last answer.
    pub(super) fn tilt(&self) -> f64 {
        self.tilt
    }

    /// Returns the variance of the weights and their mean.
    pub(super) fn moments(&self) -> (f64, f64) {
        let variance = dot(&self.slope, &self.weights);
        (variance, dot(self.task.mean, &self.weights))
    }

    /// Finds the weights that are best at that tilt, from where it stands.
    pub(super) fn solve(&mut self, tilt: f64) -> Result<(), Stop> {
        self.tilt = tilt;
        if self.steps == 0 {
            if self.weights.is_empty() {
                self.weights = start::weights(&self.task, tilt);
            }
            match self.settle() {
                Err(Stop::Singular) if self.even == 0.0 => self.spread()?,
                settled => settled?,
            }
        }
        match self.search() {
            Err(Stop::Singular) if self.even == 0.0 => {
                self.spread()?;
                self.search()
            }
            found => found,
        }
    }

    /// Returns how the weights of the free assets change with the tilt while none meets a bound; in the order of
    /// [`Self::of_free`].
    pub(super) fn turn(&self) -> Vec<f64> {
        let mean = self.of_free(self.task.mean);
        self.direction(mean).0
    }

    /// Returns what the tilt multiplies.
    pub(super) fn mean(&self) -> &'a [f64] {
        self.task.mean
    }

    /// Returns a tilt at which variance and mean count about alike.
    pub(super) fn natural_tilt(&self) -> f64 {
        let most = self
            .task
            .mean
            .iter()
            .fold(0.0, |most: f64, m| most.max(m.abs()));
        let tilt = self.mean_variance / most;
        if tilt > 0.0 && tilt.is_finite() {
            tilt
        } else {
            1.0
        }
    }

    /// Puts w'w into the objective and starts again from these weights.
    fn spread(&mut self) -> Result<(), Stop> {
        let still = self.mean_variance <= 0.0;
        self.even = EVEN * if still { 1.0 } else { self.mean_variance };
        self.settle()
    }

    /// Finds from the weights who is free, and factors them.
    fn settle(&mut self) -> Result<(), Stop> {
        self.factor = Cholesky::default();
        let mut inside = Vec::new();
        let bounds = self.task.lower.iter().zip(self.task.upper);
        let all = self.weights.iter_mut().zip(self.place.iter_mut());
        for (i, ((weight, place), (least, most))) in all.zip(bounds).enumerate() {
            if *weight <= *least {
                (*weight, *place) = (*least, Place::Lower);
            } else if *weight >= *most {
                (*weight, *place) = (*most, Place::Upper);
            } else {
                *place = Place::Free;
                inside.push(i);
            }
        }
        self.free.clear();
        self.extend(&inside)?;
        self.refresh();
        Ok(())
    }

    fn search(&mut self) -> Result<(), Stop> {
        let most = self.steps + 100 + 10 * self.weights.len();
        let mut exact = false;
        loop {
            let multiplier = self.descend(most)?;
            let entering = self.entering(multiplier);
            if !entering.is_empty() {
                exact = false;
                self.extend(&entering)?;
            } else if exact {
                return if self.even == 0.0 && self.is_open(multiplier) {
                    Err(Stop::Singular)
                } else {
                    Ok(())
                };
            } else {
                // Rounding gathers over the steps: once more from the covariance itself.
                self.refresh();
                exact = true;
            }
        }
    }

    /// Goes to the best weights of the free assets, dropping those that meet a bound on the way. Returns the
    /// multiplier of the budget.
    fn descend(&mut self, most: usize) -> Result<f64, Stop> {
        loop {
            self.steps += 1;
            if self.steps > most {
                return Err(Stop::Steps);
            }
            if self.free.is_empty() {
                return Ok(self.corner_multiplier());
            }
            let pull = |&i: &usize| self.pull(i);
            let against: Vec<f64> = self.free.iter().map(|i| -pull(i)).collect();
            let (change, multiplier) = self.direction(against);
            if self.drop_outward(&change) {
                continue;
            }
            let part = self.part(&change);
            self.walk(&change, part.min(1.0));
            if part >= 1.0 {
                return Ok(multiplier);
            }
            self.drop_arrived(&change);
        }
    }

    /// Returns the solution x of S x + l 1 = v with 1'x = 0 over the free assets, and l.
    fn direction(&self, mut v: Vec<f64>) -> (Vec<f64>, f64) {
        // What all have in common is the multiplier's; taken off first, it costs no digits.
        let common = v.iter().sum::<f64>() / v.len().max(1) as f64;
        for value in &mut v {
            *value -= common;
        }
        let mut ones = vec![1.0; v.len()];
        self.factor.solve(&mut v);
        self.factor.solve(&mut ones);
        let rest = v.iter().sum::<f64>() / ones.iter().sum::<f64>();
        add_scaled(&mut v, -rest, &ones);
        (v, common + rest)
    }

    /// Returns the derivative of the objective by the weight of an asset.
    fn pull(&self, i: usize) -> f64 {
        let slope = self.slope.get(i).copied().unwrap_or(0.0);
        slope - self.tilt * self.task.mean.get(i).copied().unwrap_or(0.0)
    }

    /// Returns the values of the free assets, in their order here.
    pub(super) fn of_free(&self, values: &[f64]) -> Vec<f64> {
        let free = self.free.iter();
        free.map(|&i| values.get(i).copied().unwrap_or(0.0))
            .collect()
    }

    /// Returns the bounds of an asset.
    fn bounds(&self, i: usize) -> (f64, f64) {
        let at = |values: &[f64]| values.get(i).copied().unwrap_or(0.0);
        (at(self.task.lower), at(self.task.upper))
    }

    /// Returns which part of the change fits inside the bounds; 1 or more is all of it.
    fn part(&self, change: &[f64]) -> f64 {
        let mut part = f64::INFINITY;
        for (&i, &step) in self.free.iter().zip(change) {
            let (least, most) = self.bounds(i);
            let room = if step < 0.0 { least } else { most } - self.weight(i);
            if step != 0.0 {
                part = part.min(room / step);
            }
        }
        part
    }

    fn weight(&self, i: usize) -> f64 {
        self.weights.get(i).copied().unwrap_or(0.0)
    }

    /// Moves the free weights and, with them, the slope of all.
    fn walk(&mut self, change: &[f64], part: f64) {
        let free = std::mem::take(&mut self.free);
        for (&i, &step) in free.iter().zip(change) {
            let by = part * step;
            if let Some(weight) = self.weights.get_mut(i) {
                *weight += by;
            }
            if by != 0.0 {
                self.lean(i, by);
            }
        }
        self.free = free;
    }

    /// Adds a multiple of an asset's covariances to the slope.
    fn lean(&mut self, i: usize, by: f64) {
        add_scaled(&mut self.slope, by, self.task.covariance.col_as_slice(i));
        if let Some(slope) = self.slope.get_mut(i) {
            *slope += by * self.even;
        }
    }

    /// Drops the free assets that stand at a bound and would leave it outwards. True when there were any.
    fn drop_outward(&mut self, change: &[f64]) -> bool {
        self.drop(
            |active, i, step| {
                let (least, most) = active.bounds(i);
                let weight = active.weight(i);
                (step < 0.0 && weight <= least) || (step > 0.0 && weight >= most)
            },
            change,
        )
    }

    /// Drops the free assets that the last step brought to a bound, to within rounding.
    fn drop_arrived(&mut self, change: &[f64]) {
        self.drop(
            |active, i, step| {
                let (least, most) = active.bounds(i);
                let near = 1e-15 * (1.0 + least.abs().max(most.abs()));
                let weight = active.weight(i);
                (step < 0.0 && weight - least <= near) || (step > 0.0 && most - weight <= near)
            },
            change,
        );
    }

    fn drop(&mut self, leaves: impl Fn(&Self, usize, f64) -> bool, change: &[f64]) -> bool {
        let free = self.free.iter().zip(change).enumerate();
        let gone: Vec<(usize, usize, f64)> = free
            .filter(|(_, (i, step))| leaves(self, **i, **step))
            .map(|(at, (&i, &step))| (at, i, step))
            .collect();
        for &(at, i, step) in gone.iter().rev() {
            self.free.remove(at);
            self.factor.remove(at);
            let (least, most) = self.bounds(i);
            let (bound, place) = if step < 0.0 {
                (least, Place::Lower)
            } else {
                (most, Place::Upper)
            };
            if let (Some(weight), Some(at)) = (self.weights.get_mut(i), self.place.get_mut(i)) {
                (*weight, *at) = (bound, place);
            }
        }
        !gone.is_empty()
    }

    /// Returns how far an asset pulls away from its bound, into the bounds; nothing where it does not or is free.
    fn inward(&self, i: usize, multiplier: f64) -> Option<f64> {
        let (least, most) = self.bounds(i);
        let pull = self.pull(i) + multiplier;
        match self.place.get(i)? {
            _ if least >= most => None,
            Place::Free => None,
            Place::Lower => Some(-pull),
            Place::Upper => Some(pull),
        }
    }

    /// Returns what a pull of this asset must exceed to be more than rounding.
    fn noise(&self, i: usize, multiplier: f64) -> f64 {
        let own = *self.task.covariance.get(i, i) + self.even;
        1e-13 * own + 1e-14 * (multiplier.abs() + self.pull(i).abs())
    }

    /// Returns the assets to free, the strongest pull first: as many as are free, or a few.
    fn entering(&self, multiplier: f64) -> Vec<usize> {
        let mut found: Vec<(f64, usize)> = (0..self.weights.len())
            .filter_map(|i| {
                let inward = self.inward(i, multiplier)?;
                (inward > self.noise(i, multiplier)).then_some((inward, i))
            })
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(self.free.len().max(FREED_AT_LEAST));
        found.into_iter().map(|(_, i)| i).collect()
    }

    /// Returns the multiplier where none is free: between those who could give and those who could take.
    fn corner_multiplier(&self) -> f64 {
        let open = |i: usize| {
            let (least, most) = self.bounds(i);
            least < most
        };
        let at = |place: Place| {
            let places = self.place.iter().enumerate();
            places.filter(move |(i, at)| **at == place && open(*i))
        };
        let takes = at(Place::Lower).map(|(i, _)| self.pull(i));
        let gives = at(Place::Upper).map(|(i, _)| self.pull(i));
        let takes = takes.fold(f64::INFINITY, f64::min);
        let gives = gives.fold(f64::NEG_INFINITY, f64::max);
        match (takes.is_finite(), gives.is_finite()) {
            (true, true) => -0.5 * (takes + gives),
            (false, false) => 0.0,
            (takes_only, _) => -(if takes_only { takes } else { gives }),
        }
    }

    /// Frees the assets.
    fn extend(&mut self, entering: &[usize]) -> Result<(), Stop> {
        let spread = self.even > 0.0;
        let least = if spread {
            LEAST_PIVOT_EVEN
        } else {
            LEAST_PIVOT
        };
        if entering.len() >= BLOCK {
            self.free.extend(entering);
            let (covariance, free) = (self.task.covariance, &self.free);
            let (lift, even) = (self.lift, self.even);
            let entry = |i: usize, j: usize| match (free.get(i), free.get(j)) {
                (Some(&a), Some(&b)) => {
                    *covariance.get(a, b) + lift + if i == j { even } else { 0.0 }
                }
                _ => f64::NAN,
            };
            if !self.factor.replace(free.len(), entry, least) {
                return Err(Stop::Singular);
            }
        } else {
            for &i in entering {
                let column = self.task.covariance.col_as_slice(i);
                let mut against = self.of_free(column);
                for value in &mut against {
                    *value += self.lift;
                }
                let own = *self.task.covariance.get(i, i) + self.lift + self.even;
                if !self.factor.push(against, own, least) {
                    return Err(Stop::Singular);
                }
                self.free.push(i);
            }
        }
        for &i in entering {
            if let Some(place) = self.place.get_mut(i) {
                *place = Place::Free;
            }
        }
        Ok(())
    }

    /// Computes the slope from the covariance, and puts what rounding took from the budget back.
    fn refresh(&mut self) {
        let short = self.task.budget - self.weights.iter().sum::<f64>();
        let each = short / self.free.len().max(1) as f64;
        for &i in &self.free {
            if let Some(weight) = self.weights.get_mut(i) {
                *weight += each;
            }
        }
        self.slope.fill(0.0);
        for i in 0..self.weights.len() {
            let weight = self.weight(i);
            if weight != 0.0 {
                self.lean(i, weight);
            }
        }
    }

    /// Returns true when assets that could join at no cost make the answer one of many.
    fn is_open(&self, multiplier: f64) -> bool {
        let idle: Vec<usize> = (0..self.weights.len())
            .filter(|&i| {
                let near = 1e-9 * *self.task.covariance.get(i, i);
                let inward = self.inward(i, multiplier);
                inward.is_some_and(|inward| -inward <= near + 10.0 * self.noise(i, multiplier))
            })
            .collect();
        if idle.is_empty() {
            return false;
        }
        let set: Vec<usize> = self.free.iter().copied().chain(idle).collect();
        let entry = |i: usize, j: usize| match (set.get(i), set.get(j)) {
            (Some(&a), Some(&b)) => *self.task.covariance.get(a, b) + self.lift,
            _ => f64::NAN,
        };
        !Cholesky::default().replace(set.len(), entry, LEAST_PIVOT)
    }
}
