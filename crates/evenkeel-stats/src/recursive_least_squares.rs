//! Recursive least squares.

use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Checked, Error, LARGEST, PlausibilityCheck, Stage, observed};

/// The prediction of a [`RecursiveLeastSquares`] for a target before it learnt it, and how far off it was.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Innovation {
    predicted: f64,
    residual: f64,
    spread: f64,
}

impl Innovation {
    /// The target predicted from its regressors by the coefficients so far; finite.
    #[must_use]
    pub fn predicted(&self) -> f64 {
        self.predicted
    }

    /// Target minus prediction; finite.
    #[must_use]
    pub fn residual(&self) -> f64 {
        self.residual
    }

    /// The variance of the residual in units of the noise variance: 1 for the noise itself, and what the
    /// uncertainty of the coefficients adds (`x^T P x`). At least 1.
    #[must_use]
    pub fn spread(&self) -> f64 {
        self.spread
    }
}

evenkeel_core::state! {
    /// Linear regression that learns observation by observation and forgets exponentially.
    ///
    /// After observations `1..=t` the coefficients minimize
    /// `sum forgetting^(t-i) (y_i - x_i^T theta)^2 + forgetting^t ridge |theta|^2`, exactly as a batch
    /// solution would, at O(n^2) an observation and without storing the past. For coefficients that drift
    /// slowly: the memory is `1 / (1 - forgetting)` observations.
    ///
    /// *Stability.* The covariance is kept as `P = U D U^T`, `U` unit upper triangular, `D` diagonal and
    /// positive, and updated by Bierman's method: it stays symmetric and positive definite whatever the
    /// rounding. Source: G. J. Bierman, Measurement updating using the U-D factorization, Automatica 12
    /// (1976) 375-382, doi:10.1016/0005-1098(76)90080-3; C. L. Thornton and G. J. Bierman (1980).
    ///
    /// *Windup.* While a direction of the regressors is not excited, forgetting makes its variance grow
    /// without bound, until a small disturbance throws the coefficients away. Each `D` is therefore held at
    /// or below `limit` (default: a million times the starting variance `1 / ridge`);
    /// [`windups`](Self::windups) counts the updates where that happened. From then on the formula above
    /// holds for the excited directions only.
    ///
    /// *Missing.* An observation whose target or any regressor is missing, or which has the wrong number of
    /// regressors, teaches nothing and forgets nothing. So does one whose arithmetic leaves the range of
    /// [observed] numbers, and one with a wild target or regressors by the rule of [`PlausibilityCheck`],
    /// which no forgetting would undo fast enough. Targets and regressors are checked separately, the
    /// regressors by the largest.
    ///
    /// No allocation after construction; the state is `n (n + 7) / 2 + 12` numbers for `n` coefficients.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::RecursiveLeastSquares;
    ///
    /// // CPU seconds = 0.2 + 0.03 * requests, and from the hundredth minute on 0.05 a request.
    /// let mut cost = RecursiveLeastSquares::builder(2).forgetting(0.9).build()?;
    /// for minute in 0..200 {
    ///     let requests = f64::from(10 + minute * 7 % 13);
    ///     let slope = if minute < 100 { 0.03 } else { 0.05 };
    ///     cost.update((&[1.0, requests], 0.2 + slope * requests));
    /// }
    /// assert!((cost.coefficients()[1] - 0.05).abs() < 1e-4);
    /// assert!((cost.predict(&[1.0, 20.0]).unwrap() - 1.2).abs() < 1e-3);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct RecursiveLeastSquares("RecursiveLeastSquares@2") {
        forgetting: f64,
        ridge: f64,
        limit: f64,
        coefficients: Vec<f64>,
        /// The columns of U above the diagonal, one after the other.
        upper: Vec<f64>,
        diagonal: Vec<f64>,
        count: u64,
        windups: u64,
        targets: PlausibilityCheck,
        regressors: PlausibilityCheck,
        /// Scratch for an update, all zero between updates.
        projected: Vec<f64>,
        gain: Vec<f64>,
    }
}

/// Builder of a [`RecursiveLeastSquares`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RecursiveLeastSquaresBuilder {
    dimension: usize,
    forgetting: f64,
    ridge: f64,
    limit: Option<f64>,
}

impl RecursiveLeastSquaresBuilder {
    /// The forgetting factor: the weight of an observation relative to the next one, in (0, 1]; default 1,
    /// nothing is forgotten. The memory is `1 / (1 - forgetting)` observations.
    pub fn forgetting(mut self, forgetting: f64) -> Self {
        self.forgetting = forgetting;
        self
    }

    /// The penalty that pulls the coefficients towards 0 at the start, in units of squared regressors;
    /// default 1e-6, which is very weak. It is forgotten like an observation.
    pub fn ridge(mut self, ridge: f64) -> Self {
        self.ridge = ridge;
        self
    }

    /// The largest variance of a coefficient, in units of the noise variance over squared regressors; default
    /// a million times `1 / ridge`.
    pub fn limit(mut self, limit: f64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Builds the regression.
    ///
    /// # Errors
    /// If there are no coefficients or more than 4096, `forgetting` is not in (0, 1], `ridge` not in [1e-30,
    /// 1e30], or `limit` not in [1 / ridge, 1e60].
    pub fn build(self) -> Result<RecursiveLeastSquares, Error> {
        let n = self.dimension;
        Error::require((1..=4096).contains(&n), "dimension", "in [1, 4096]", n)?;
        let mut rls = RecursiveLeastSquares {
            forgetting: self.forgetting,
            ridge: self.ridge,
            limit: self.limit.unwrap_or(1e6 / self.ridge),
            coefficients: vec![0.0; n],
            upper: vec![0.0; n * (n - 1) / 2],
            diagonal: vec![0.0; n],
            count: 0,
            windups: 0,
            targets: PlausibilityCheck::default(),
            regressors: PlausibilityCheck::default(),
            projected: vec![0.0; n],
            gain: vec![0.0; n],
        };
        rls.validate_settings()?;
        rls.start();
        Ok(rls)
    }
}

impl RecursiveLeastSquares {
    /// Settings for this number of coefficients. A constant term is a regressor that is always 1.
    pub fn builder(dimension: usize) -> RecursiveLeastSquaresBuilder {
        RecursiveLeastSquaresBuilder { dimension, forgetting: 1.0, ridge: 1e-6, limit: None }
    }

    fn validate_settings(&self) -> Result<(), Error> {
        Error::require(
            self.forgetting > 0.0 && self.forgetting <= 1.0,
            "forgetting",
            "in (0, 1]",
            self.forgetting,
        )?;
        Error::require((1e-30..=1e30).contains(&self.ridge), "ridge", "in [1e-30, 1e30]", self.ridge)?;
        let limit = self.limit;
        Error::require(limit >= 1.0 / self.ridge && limit <= 1e60, "limit", "in [1 / ridge, 1e60]", limit)
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        self.validate_settings()?;
        let n = self.coefficients.len();
        Error::require((1..=4096).contains(&n), "dimension", "in [1, 4096]", n)?;
        for (what, found, expected) in [
            ("upper", self.upper.len(), n * (n - 1) / 2),
            ("diagonal", self.diagonal.len(), n),
            ("projected", self.projected.len(), n),
            ("gain", self.gain.len(), n),
        ] {
            if found != expected {
                return Err(Error::Shape { what, expected, found });
            }
        }
        for x in self.coefficients.iter().chain(&self.upper) {
            Error::require(observed(*x).is_some(), "coefficient", "finite", x)?;
        }
        for d in &self.diagonal {
            Error::require(*d > 0.0 && *d <= self.limit, "diagonal", "positive and at most the limit", d)?;
        }
        for scratch in self.projected.iter().chain(&self.gain) {
            Error::require(*scratch == 0.0, "scratch", "0", scratch)?;
        }
        Ok(())
    }

    fn start(&mut self) {
        self.coefficients.fill(0.0);
        self.upper.fill(0.0);
        self.diagonal.fill(1.0 / self.ridge);
        self.count = 0;
        self.windups = 0;
    }

    /// The coefficients so far; 0 before the first observation.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The target predicted for these regressors; `None` if one is missing or their number is wrong.
    #[must_use]
    pub fn predict(&self, regressors: &[f64]) -> Option<f64> {
        if regressors.len() != self.coefficients.len() {
            return None;
        }
        let mut sum = 0.0;
        for (x, theta) in regressors.iter().zip(&self.coefficients) {
            sum += observed(*x)? * theta;
        }
        observed(sum)
    }

    /// The variance of a coefficient in units of the noise variance: a diagonal value of `P`. `None` if there
    /// is no such coefficient.
    #[must_use]
    pub fn variance(&self, index: usize) -> Option<f64> {
        let mut sum = *self.diagonal.get(index)?;
        for j in index + 1..self.diagonal.len() {
            let u = self.upper[column(j) + index];
            sum += u * u * self.diagonal[j];
        }
        Some(sum)
    }

    /// How many observations were learnt.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// In how many updates a variance was held at its limit.
    #[must_use]
    pub fn windups(&self) -> u64 {
        self.windups
    }

    /// Learns an observation that counts `weight` times as much as another: 1 as [`update`](Stage::update), less
    /// where it is doubted (iteratively reweighted least squares: P. W. Holland, R. E. Welsch, Communications in
    /// Statistics 6 (1977) 813-827, doi:10.1080/03610927708827533). A weight that is not in (0, 1e12] teaches
    /// nothing. The innovation's spread is in units of the noise variance of an observation of weight 1.
    pub fn update_weighted(&mut self, regressors: &[f64], target: f64, weight: f64) -> Option<Innovation> {
        if !(weight > 0.0 && weight <= 1e12) {
            return None;
        }
        let predicted = self.predict(regressors)?;
        // Only what is not missing is checked: both or neither.
        observed(target)?;
        let largest = regressors.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let checked = [self.targets.check(target), self.regressors.check(largest)];
        if checked.iter().any(|checked| matches!(checked, Checked::StartOver(_))) {
            self.start();
        }
        if checked.iter().any(|checked| matches!(checked, Checked::Implausible(_))) {
            return None;
        }
        let predicted = if self.count == 0 { 0.0 } else { predicted };
        let residual = target - predicted;
        let spread = self.project(regressors);
        let innovation = spread.map(|spread| Innovation { predicted, residual, spread });
        if innovation.is_some() {
            let variance = self.absorb(self.forgetting / weight);
            for (theta, gain) in self.coefficients.iter_mut().zip(&self.gain) {
                *theta = (*theta + gain / variance * residual).clamp(-LARGEST, LARGEST);
            }
            self.count = self.count.saturating_add(1);
        }
        self.projected.fill(0.0);
        self.gain.fill(0.0);
        innovation
    }

    /// `f = U^T x` into `projected`; `1 + x^T P x`, or `None` where it leaves the range of numbers.
    fn project(&mut self, x: &[f64]) -> Option<f64> {
        let mut spread = self.forgetting;
        for j in 0..x.len() {
            let start = column(j);
            let mut f = x[j];
            for (u, x) in self.upper[start..start + j].iter().zip(x) {
                f += u * x;
            }
            self.projected[j] = f;
            spread += f * f * self.diagonal[j];
        }
        observed(spread / self.forgetting)
    }

    /// Bierman's update for an observation of variance `noise`, then everything over `forgetting`. Leaves the
    /// Kalman gain times the variance of the innovation, which is returned, in `gain`.
    fn absorb(&mut self, noise: f64) -> f64 {
        let n = self.diagonal.len();
        let mut alpha = noise;
        let mut limited = false;
        for j in 0..n {
            let f = self.projected[j];
            let v = self.diagonal[j] * f;
            let before = alpha;
            alpha += v * f;
            let shrunk = self.diagonal[j] * (before / alpha) / self.forgetting;
            limited |= shrunk > self.limit;
            self.diagonal[j] = shrunk.clamp(f64::MIN_POSITIVE, self.limit);
            let factor = -f / before;
            let start = column(j);
            for (u, gain) in self.upper[start..start + j].iter_mut().zip(&mut self.gain) {
                let old = *u;
                *u += *gain * factor;
                *gain += v * old;
            }
            self.gain[j] = v;
        }
        if limited {
            self.windups = self.windups.saturating_add(1);
        }
        alpha
    }
}

/// The index at which column `j` of the upper triangle starts.
fn column(j: usize) -> usize {
    // j = 0 and 1 both start at 0: column 0 is empty.
    j * j.saturating_sub(1) / 2
}

impl Stage<(&[f64], f64)> for RecursiveLeastSquares {
    type Output = Innovation;

    fn update(&mut self, (regressors, target): (&[f64], f64)) -> Option<Innovation> {
        self.update_weighted(regressors, target, 1.0)
    }

    fn reset(&mut self) {
        self.start();
        (self.targets, self.regressors) = (PlausibilityCheck::default(), PlausibilityCheck::default());
    }
}
