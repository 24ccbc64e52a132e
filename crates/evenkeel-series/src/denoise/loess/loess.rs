//! Local regression: LOESS and LOWESS.

use super::robust_weights::{bisquare, multiply};
use super::smoother::Smoother;
use crate::missing::missing_as_nan;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// Local regression of values on a regular grid (LOESS, on which [`Stl`](crate::decompose::Stl) is built;
/// LOWESS when iterated robustly).
///
/// Every value is replaced by that of a line (or constant) fitted to its `window` nearest neighbors, which
/// count the less the farther they are: with the tricube (1 - (distance / reach)^3)^3. Robust iterations fit
/// again with bisquare weights of the residuals, so that outliers lose their weight.
///
/// ```
/// use evenkeel_series::denoise::Loess;
///
/// let mut y: Vec<f64> = (0..60).map(|t| 3.0 + 0.5 * f64::from(t) + 0.1 * f64::from(t).sin()).collect();
/// y[20] += 100.0;
/// y[40] = f64::NAN;
/// let smooth = Loess::new(21).robust(4).apply(&y)?;
/// assert!((smooth[20] - 13.0).abs() < 0.05 && (smooth[40] - 23.0).abs() < 0.05);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Missing* values have no weight: a neighborhood is the same with and without them. A neighborhood of
/// nothing but missing values is bridged by the line between its neighbors.
///
/// *Complexity*: O(n window) time at most, O(n window / jump) with jumps, O(n + window²) memory, of which the
/// square is given up above 16 MB. Far from the ends and without weights it is one fixed filter.
///
/// *Sources*: W. S. Cleveland, Journal of the American Statistical Association 74 (1979) 829-836,
/// doi:10.1080/01621459.1979.10481038 (robust); R. B. Cleveland, W. S. Cleveland, J. E. McRae, I. Terpenning,
/// Journal of Official Statistics 6 (1990) 3-73 (on a grid, windows beyond the series, jumps). As in their
/// programs, weights are zero from 0.999 of the reach on, and a constant replaces the line where the
/// neighbors are spread by less than a thousandth of the length of the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Loess {
    window: usize,
    degree: usize,
    jump: usize,
    iterations: usize,
}

impl Loess {
    /// Over a window of so many values, at least 3; even windows act as the next odd one, one point narrower.
    /// It may be longer than the series: the longer, the more equal are the weights. Degree 1, every value
    /// fitted, not robust.
    pub const fn new(window: usize) -> Self {
        Self { window, degree: 1, jump: 1, iterations: 0 }
    }

    /// What is fitted: 0 for a constant, 1 (the default) for a line. A line follows trends also at the ends,
    /// a constant varies less there.
    pub const fn degree(self, degree: usize) -> Self {
        Self { degree, ..self }
    }

    /// Fits only every `jump`-th value and interpolates linearly between them, from 1 (the default). A tenth
    /// of the window makes hardly any difference and takes a tenth of the time.
    pub const fn jump(self, jump: usize) -> Self {
        Self { jump, ..self }
    }

    /// The number of robust iterations, which reduce the weight of outliers; 0 by default, 3 is usual. At
    /// most 1000. Used by [`apply`](Self::apply) alone: a decomposition has its own iterations.
    pub const fn robust(self, iterations: usize) -> Self {
        Self { iterations, ..self }
    }

    /// A window with the jump that its authors recommend, a tenth of it.
    pub(crate) const fn strided(window: usize, degree: usize) -> Self {
        Self::new(window).degree(degree).jump(window.div_ceil(10))
    }

    /// The number of neighbors.
    #[must_use]
    pub const fn window(&self) -> usize {
        self.window
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        Error::require((3..=1 << 24).contains(&self.window), "window", "in 3..=16777216", self.window)?;
        Error::require(self.degree <= 1, "degree", "0 or 1", self.degree)?;
        Error::require((1..=1 << 24).contains(&self.jump), "jump", "in 1..=16777216", self.jump)?;
        Error::require(self.iterations <= 1000, "iterations", "at most 1000", self.iterations)
    }

    pub(crate) fn smoother(&self, n: usize, stride: usize, beyond: bool) -> Smoother {
        Smoother::new(n, stride, beyond, self.window, self.degree == 1, self.jump)
    }

    /// The smoothed values, one for each, also where a value is missing.
    ///
    /// # Errors
    /// If a setting is out of range or nothing is observed.
    pub fn apply(&self, values: &[f64]) -> Result<Vec<f64>, Error> {
        self.validate()?;
        let values: Vec<f64> = missing_as_nan(values);
        let mut weights: Vec<f64> = values.iter().map(|x| if x.is_nan() { 0.0 } else { 1.0 }).collect();
        let seen = weights.iter().filter(|w| **w > 0.0).count();
        if seen == 0 {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        let mut smoother = self.smoother(values.len(), 1, false);
        let mut weighted = values.clone();
        let mut out = alloc::vec![0.0; values.len()];
        let mut scratch = Vec::with_capacity(values.len());
        let mut plain = seen == values.len();
        for iteration in 0..=self.iterations {
            if !plain {
                smoother.weigh(Some(&weights));
                multiply(&weights, &values, &mut weighted);
            }
            smoother.smooth(&values, &weighted, &mut out);
            if iteration == self.iterations {
                break;
            }
            plain = false;
            let residuals = values.iter().zip(&out).map(|(y, fit)| y - fit);
            if !bisquare(residuals, 0.0, &mut weights, &mut scratch) {
                break;
            }
        }
        Ok(out)
    }
}
