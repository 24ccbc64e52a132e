//! Local polynomial extrapolation of the last values.

use alloc::collections::VecDeque;
#[cfg(feature = "serde")]
use alloc::vec::Vec;
use evenkeel_core::{Assessment, Error, Forecaster, PlausibilityCheck, Prediction, Stage, observed};
use evenkeel_stats::{StudentT, linear};

/// Forecasts by the least squares polynomial through the last values: behind
/// [`Surprise`](crate::forecast::Surprise) it notices what does not continue smoothly, whatever level, slope
/// and bend the series has at the time.
///
/// *When*: smooth series that wander (temperatures, queue lengths, loads seen closely) and no time to learn.
/// Not where the next value jumps by rule, as at the edges of a daily pattern: a model that knows the season
/// is better.
///
/// *Method*: A. Savitzky, M. J. E. Golay, Smoothing and differentiation of data by simplified least squares
/// procedures, Analytical Chemistry 36 (1964), doi:10.1021/ac60214a047, at the end of the window instead of
/// its middle, and one step beyond; in Chebyshev polynomials, summed anew for each value, so that nothing
/// drifts. What is forecast spreads by v (1 + h): h is the leverage of the time ahead, by the usual formula
/// of regression, and v the exponentially weighted mean of e² / (1 + h) over past errors e of the forecast of
/// the next value, not of residuals of the fit, which are too small. The distribution is Student's, with as
/// many degrees of freedom as errors, at most `memory`.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `window` | `degree` + 2 to 10,000 values | 24 | several times the coefficients, so that noise averages out |
/// | `degree` | 0 to 5 | 2 | level, slope, bend; more follow noise |
/// | `memory` | 10 to 1,000,000 errors | 240 | the spread is known to 5 %, and follows a change of it |
/// | `bound` | ≥ 1 standard deviations | 5 | of a value farther off only so much is learned, so that an outlier does not bend what comes after it; a shift is still followed |
///
/// *Output*: the next value, once a window is full; [`assess`](Forecaster::assess) by Student's t
/// distribution; [`forecast_into`](Forecaster::forecast_into) continues the polynomial, which is of little
/// worth farther ahead than half the window, and its spread says so.
///
/// *Wild values* are missing by the rule of [`PlausibilityCheck`]; what is less wild is forgotten by the
/// polynomial within `window` values and by the spread in 2 ln(size) `memory`. *Missing data*: time goes on,
/// the polynomial is continued; values keep their times. After more than a window of missing values the next
/// one begins a new polynomial, with the spread that was known.
///
/// *Cost*: O(`window` `degree`²), about 0.3 µs at the defaults. *State*: 16 `window` + 300 bytes.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::Surprise;
/// use evenkeel_detect::forecast::LocalPolynomial;
///
/// let mut surprise = Surprise::new(LocalPolynomial::builder().build()?);
/// // A parabola, and a little noise.
/// let value = |t: u32| 0.01 * f64::from(t * t) + 0.1 * f64::from(t * 7 % 5);
/// for t in 0..100 {
///     surprise.update(value(t));
/// }
/// let score = surprise.update(value(100) - 2.0).unwrap();
/// assert!(score.value() > 5.0 && score.direction() == Direction::Down);
/// assert!((score.expected().unwrap().mean() - value(100)).abs() < 0.4);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LocalPolynomial {
    settings: LocalPolynomialBuilder,
    /// What is learned of the last observed values, and by how many steps each follows the one before.
    values: VecDeque<f64>,
    steps: VecDeque<u32>,
    /// How many missing values came since.
    behind: u32,
    /// v, and how many errors it is made of, as far as that matters.
    spread: f64,
    errors: usize,
    check: PlausibilityCheck,
    fit: Fit,
}

/// Settings of a [`LocalPolynomial`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct LocalPolynomialBuilder {
    window: usize,
    degree: usize,
    memory: usize,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    bound: f64,
}

const MOST: usize = 6;
/// Forecasts farther ahead are those of this step.
const FARTHEST: u32 = 1_000_000;

/// The polynomial: follows from the values.
#[derive(Debug, Clone, PartialEq)]
struct Fit {
    terms: usize,
    /// The value that all are measured from, and half the time from the first to the last.
    base: f64,
    half: f64,
    coefficients: [f64; MOST],
    /// The factored matrix of the normal equations.
    factored: [f64; MOST * MOST],
}

impl LocalPolynomialBuilder {
    /// How many values it goes through, in [degree + 2, 10,000]. Default 24.
    pub fn window(mut self, values: usize) -> Self {
        self.window = values;
        self
    }

    /// The degree, in [0, 5]. Default 2.
    pub fn degree(mut self, degree: usize) -> Self {
        self.degree = degree;
        self
    }

    /// How many errors the spread remembers, in [10, 1,000,000]. Default 240.
    pub fn memory(mut self, errors: usize) -> Self {
        self.memory = errors;
        self
    }

    /// How many standard deviations off a value counts at most, at least 1; infinity for all of it.
    /// Default 5.
    pub fn bound(mut self, deviations: f64) -> Self {
        self.bound = deviations;
        self
    }

    /// The forecaster.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<LocalPolynomial, Error> {
        Error::require(self.degree < MOST, "degree", "in [0, 5]", self.degree)?;
        let window = (self.degree + 2..=10_000).contains(&self.window);
        Error::require(window, "window", "in [degree + 2, 10,000]", self.window)?;
        Error::require((10..=1_000_000).contains(&self.memory), "memory", "in [10, 1,000,000]", self.memory)?;
        Error::require(self.bound >= 1.0, "bound", "at least 1", self.bound)?;
        Ok(LocalPolynomial {
            settings: self,
            values: VecDeque::with_capacity(self.window),
            steps: VecDeque::with_capacity(self.window),
            behind: 0,
            spread: 0.0,
            errors: 0,
            check: PlausibilityCheck::default(),
            fit: Fit::EMPTY,
        })
    }
}

impl LocalPolynomial {
    /// A forecaster with the defaults.
    pub fn builder() -> LocalPolynomialBuilder {
        LocalPolynomialBuilder { window: 24, degree: 2, memory: 240, bound: 5.0 }
    }

    /// The coefficients are found anew.
    fn refit(&mut self) {
        let terms = self.values.len().min(self.settings.degree + 1);
        let behind: u32 = self.steps.iter().skip(1).fold(0, |sum, steps| sum.saturating_add(*steps));
        let Some(last) = self.values.back() else { return };
        let mut fit = Fit { terms, base: *last, half: 0.5 * f64::from(behind.max(1)), ..Fit::EMPTY };
        let mut moments = [0.0; MOST * MOST];
        let mut products = [0.0; MOST];
        let mut time = -f64::from(behind);
        for (i, (x, steps)) in self.values.iter().zip(&self.steps).enumerate() {
            time += if i == 0 { 0.0 } else { f64::from(*steps) };
            let row = fit.basis(time);
            let x = x - fit.base;
            for a in 0..terms {
                products[a] += row[a] * x;
                for b in 0..=a {
                    moments[a * terms + b] += row[a] * row[b];
                }
            }
        }
        // Times are all different, so that only times of very different distances can fail: then with a term
        // less.
        while fit.terms > 1 {
            let n = fit.terms;
            fit.factored = [0.0; MOST * MOST];
            for a in 0..n {
                for b in 0..=a {
                    fit.factored[a * n + b] = moments[a * terms + b];
                }
            }
            fit.coefficients = products;
            let factored = linear::factor(&mut fit.factored[..n * n], n);
            let solved = factored
                .and_then(|()| linear::solve_factored(&fit.factored[..n * n], &mut fit.coefficients[..n]));
            if solved.is_ok() && fit.coefficients[..n].iter().all(|c| c.is_finite()) {
                self.fit = fit;
                return;
            }
            fit.terms -= 1;
        }
        let n = self.values.len() as f64;
        fit.factored[0] = n;
        fit.coefficients[0] = products[0] / n;
        self.fit = fit;
    }

    /// Mean and 1 + leverage of the value so many steps after the last observed one.
    fn ahead(&self, steps: u32) -> (f64, f64) {
        let fit = &self.fit;
        let n = fit.terms;
        let mut row = fit.basis(f64::from(steps.min(FARTHEST)));
        let mean: f64 = row[..n].iter().zip(&fit.coefficients).map(|(r, c)| r * c).sum();
        // With L D L' for the matrix, the leverage is a sum of squares: never negative.
        let mut leverage = 0.0;
        for i in 0..n {
            for k in 0..i {
                row[i] -= fit.factored[i * n + k] * row[k];
            }
            leverage += row[i] * row[i] / fit.factored[i * n + i];
        }
        (fit.base + mean, 1.0 + leverage)
    }

    fn is_known(&self) -> bool {
        self.errors > 0
    }

    fn prediction(&self, steps: u32) -> Option<Prediction> {
        let (mean, spread) = self.ahead(steps);
        Prediction::new(mean.clamp(-1e250, 1e250), libm::sqrt((self.spread * spread).min(1e300)))
    }

    fn learn(&mut self, x: f64) {
        let mut learned = x;
        let LocalPolynomialBuilder { window, memory, bound, .. } = self.settings;
        if self.values.len() == window || (self.is_known() && !self.values.is_empty()) {
            let (mean, spread) = self.ahead(self.behind.saturating_add(1));
            let error = x - mean;
            let farthest = bound * libm::sqrt(self.spread * spread);
            // A bound on the spread that is known roughly, or that is none, would keep it there.
            let bounded = if self.errors >= 10 && self.spread > 0.0 && farthest.is_finite() {
                error.clamp(-farthest, farthest)
            } else {
                error
            };
            learned = observed(mean + bounded).unwrap_or(x);
            self.errors = (self.errors + 1).min(memory);
            self.spread += (bounded * (bounded / spread) - self.spread) / self.errors as f64;
            self.spread = self.spread.clamp(0.0, 1e250);
        }
        if self.values.len() == window {
            self.values.pop_front();
            self.steps.pop_front();
        }
        self.values.push_back(learned);
        self.steps.push_back(self.behind.saturating_add(1));
        self.behind = 0;
    }
}

impl Fit {
    const EMPTY: Self =
        Self { terms: 0, base: 0.0, half: 0.5, coefficients: [0.0; MOST], factored: [0.0; MOST * MOST] };

    /// Chebyshev polynomials of a time counted from the last value, over the times of the values.
    fn basis(&self, time: f64) -> [f64; MOST] {
        let u = (time + self.half) / self.half;
        let mut row = [1.0, u, 0.0, 0.0, 0.0, 0.0];
        for k in 2..self.terms {
            row[k] = 2.0 * u * row[k - 1] - row[k - 2];
        }
        row
    }
}

impl Stage<f64> for LocalPolynomial {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let checked = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        match checked {
            Some(x) => {
                if self.behind as usize > self.settings.window && !self.values.is_empty() {
                    // What was before is no help.
                    self.values.clear();
                    self.steps.clear();
                    self.behind = 0;
                }
                self.learn(x);
                self.refit();
            }
            None if self.values.is_empty() => {}
            None => self.behind = self.behind.saturating_add(1),
        }
        let mut next = [Prediction::default()];
        if self.forecast_into(&mut next) { Some(next[0]) } else { None }
    }

    fn reset(&mut self) {
        self.values.clear();
        self.steps.clear();
        (self.behind, self.spread, self.errors, self.fit) = (0, 0.0, 0, Fit::EMPTY);
        self.check = PlausibilityCheck::default();
    }
}

impl Forecaster for LocalPolynomial {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if !self.is_known() || self.values.is_empty() {
            return false;
        }
        for (place, steps) in out.iter_mut().zip(1_u32..) {
            *place = self.prediction(self.behind.saturating_add(steps)).unwrap_or_default();
        }
        true
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        let x = observed(x)?;
        let mut next = [Prediction::default()];
        if !self.forecast_into(&mut next) {
            return None;
        }
        let [expected] = next;
        // Without spread there is a point mass, of which the normal distribution knows. That is looked at
        // first: an error would allocate.
        let distribution = (expected.sd() > 1e-150)
            .then(|| StudentT::new(self.errors as f64, expected.mean(), expected.sd()).ok())
            .flatten();
        Some(
            distribution
                .and_then(|t| Assessment::new(t.log_density(x), t.lower(x), t.upper(x)))
                .unwrap_or_else(|| expected.assess(x)),
        )
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(LocalPolynomialBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    LocalPolynomial as struct Saved("LocalPolynomial@2") {
        settings: LocalPolynomialBuilder,
        values: Vec<f64>,
        steps: Vec<u32>,
        behind: u32,
        spread: f64,
        errors: usize,
        check: PlausibilityCheck,
    }
}

#[cfg(feature = "serde")]
impl From<&LocalPolynomial> for Saved {
    fn from(p: &LocalPolynomial) -> Self {
        Self {
            settings: p.settings,
            values: p.values.clone().into(),
            steps: p.steps.clone().into(),
            behind: p.behind,
            spread: p.spread,
            errors: p.errors,
            check: p.check,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for LocalPolynomial {
    type Error = Error;

    fn try_from(p: Saved) -> Result<Self, Error> {
        let mut fresh = p.settings.build()?;
        let fits = p.values.len() <= p.settings.window && p.steps.len() == p.values.len();
        Error::require(fits, "values", "at most a window, each with its time", p.values.len())?;
        let all = p.values.iter().all(|x| observed(*x).is_some());
        Error::require(all, "values", "observed", "one that is not")?;
        let most = u32::try_from(p.settings.window).unwrap_or(u32::MAX);
        let in_time = p.steps.iter().all(|steps| (1..=most + 1).contains(steps));
        Error::require(in_time, "steps", "in [1, window + 1]", "one that is not")?;
        let known = p.errors <= p.settings.memory && (0.0..=1e250).contains(&p.spread);
        Error::require(known, "spread", "in [0, 1e250], of at most `memory` errors", p.spread)?;
        Error::require(
            p.behind == 0 || !p.values.is_empty(),
            "behind",
            "0 before the first value",
            p.behind,
        )?;
        fresh.values.extend(p.values);
        fresh.steps.extend(p.steps);
        (fresh.behind, fresh.spread, fresh.errors) = (p.behind, p.spread, p.errors);
        fresh.check = p.check;
        if !fresh.values.is_empty() {
            fresh.refit();
        }
        Ok(fresh)
    }
}
