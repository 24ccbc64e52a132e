//! Kernel change points: changes of the whole distribution.

use super::cost::{Costs, places, without_missing};
use super::{fixed_number, pelt};
use crate::quantile::median_of_mut;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// Kernel change points: changes of anything in the distribution, by a Gaussian kernel exp(-γ d²).
///
/// The cost of a segment is the scatter of its values in the feature space of the kernel: its number minus
/// the mean of all kernels among them. S. Arlot, A. Celisse, Z. Harchaoui, Journal of Machine Learning
/// Research 20 (2019) 1-56, arXiv:1202.3878; minimized exactly as by [`Pelt`](crate::segmentation::Pelt) or
/// [`FixedNumber`](crate::segmentation::FixedNumber).
///
/// ```
/// use evenkeel_series::segmentation::KernelChangePoints;
///
/// // The same mean and variance, another distribution.
/// let y: Vec<f64> = (0..200).map(|t| {
///     let u = f64::from((t * 7919) % 200) / 100.0 - 1.0;
///     if t < 100 { 1.0_f64.copysign(u) } else { 1.7 * u }
/// }).collect();
/// assert_eq!(KernelChangePoints::new().changes(1).fit(&y)?, [100]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*: γ, by default one over the median squared distance (of at most 500 values, evenly taken); a
/// [`penalty`](Self::penalty) for each change, by default 2 ln n, or a number of [`changes`](Self::changes);
/// segments of at least 2. *Missing* values are passed over. *Complexity*: O(n²) time, O(n) memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct KernelChangePoints {
    gamma: Option<f64>,
    penalty: Option<f64>,
    changes: Option<usize>,
    min_size: usize,
}

impl Default for KernelChangePoints {
    fn default() -> Self {
        Self::new()
    }
}

impl KernelChangePoints {
    /// With the defaults.
    pub const fn new() -> Self {
        Self { gamma: None, penalty: None, changes: None, min_size: 2 }
    }

    /// The γ of the kernel: how fast it falls with the squared distance, above 0.
    pub const fn gamma(self, gamma: f64) -> Self {
        Self { gamma: Some(gamma), ..self }
    }

    /// The penalty for each change, at least 0.
    pub const fn penalty(self, penalty: f64) -> Self {
        Self { penalty: Some(penalty), changes: None, ..self }
    }

    /// Exactly so many changes.
    pub const fn changes(self, changes: usize) -> Self {
        Self { changes: Some(changes), ..self }
    }

    /// The fewest observed values of a segment, at least 1.
    pub const fn min_size(self, min_size: usize) -> Self {
        Self { min_size, ..self }
    }

    /// The change points, in order.
    ///
    /// # Errors
    /// If a setting is out of range or there are too few observed values.
    pub fn fit(&self, values: &[f64]) -> Result<Vec<usize>, Error> {
        Error::require(self.min_size >= 1, "min size", "at least 1", self.min_size)?;
        let (seen, at) = without_missing(values);
        if seen.len() < self.min_size {
            return Err(Error::TooShort { needed: self.min_size, got: seen.len() });
        }
        let gamma = self.gamma.unwrap_or_else(|| median_heuristic(&seen));
        Error::require(gamma > 0.0 && gamma.is_finite(), "gamma", "above 0", gamma)?;
        let penalty = self.penalty.unwrap_or(2.0 * libm::log(seen.len().max(2) as f64));
        Error::require(penalty >= 0.0, "penalty", "at least 0", penalty)?;
        let mut costs = Kernel { values: &seen, gamma, sums: vec![0.0; seen.len()], done: 0 };
        let changes = match self.changes {
            Some(changes) => fixed_number::optimum(&mut costs, changes, self.min_size)?,
            None => pelt::optimum(&mut costs, penalty, self.min_size),
        };
        Ok(places(&changes, &at))
    }
}

/// One over the median squared distance; 1 if that is 0.
fn median_heuristic(values: &[f64]) -> f64 {
    let few: Vec<f64> = values.iter().copied().step_by(values.len().div_ceil(500)).collect();
    let mut squares: Vec<f64> = (0..few.len())
        .flat_map(|i| few[..i].iter().map(move |x| (i, *x)))
        .map(|(i, x)| (few[i] - x) * (few[i] - x))
        .collect();
    match median_of_mut(&mut squares) {
        Some(median) if median > 0.0 => 1.0 / median,
        _ => 1.0,
    }
}

/// The sums of the kernels among the values from each place up to the end that was asked for last.
#[derive(Debug)]
struct Kernel<'a> {
    values: &'a [f64],
    gamma: f64,
    sums: Vec<f64>,
    done: usize,
}

impl Costs for Kernel<'_> {
    fn len(&self) -> usize {
        self.values.len()
    }

    fn of_starts(&mut self, starts: &[usize], end: usize, costs: &mut Vec<f64>) {
        while self.done < end {
            let new = self.values[self.done];
            let mut row = 0.0;
            for (x, sum) in self.values[..=self.done].iter().zip(&mut self.sums).rev() {
                let d = new - x;
                row += libm::exp(-self.gamma * d * d);
                // Twice the new row, but the kernel of the new value with itself only once.
                *sum += 2.0 * row - 1.0;
            }
            self.done += 1;
        }
        costs.clear();
        costs.extend(starts.iter().map(|start| {
            let count = (end - start) as f64;
            count - self.sums[*start] / count
        }));
    }
}
