//! Exact maximum likelihood of the generalized Pareto distribution.

use evenkeel_core::Error;
use evenkeel_stats::scalar_search::{BrentTolerance, brent_minimum};

/// A generalized Pareto distribution fitted to excesses over a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ParetoFit {
    pub(super) shape: f64,
    pub(super) scale: f64,
    pub(super) log_likelihood: f64,
}

impl ParetoFit {
    /// Fits excesses over a threshold: positive, finite numbers.
    ///
    /// *Method*: with theta = shape / scale the likelihood has, for each theta, its maximum at shape = mean
    /// of ln(1 + theta y), which leaves one dimension (Grimshaw 1993, doi:10.1080/00401706.1993.10485040;
    /// Davison 1984). That profile is searched wherever it can have a maximum, theta > -1 / max y with
    /// shape > -1 (below, the likelihood is unbounded), and each local maximum is refined; theta = 0 is the
    /// exponential distribution. No gradient is trusted, and no moment is needed.
    ///
    /// Complexity: about 100 passes over the data. No allocation.
    ///
    /// ```
    /// use evenkeel_detect::calibrate::ParetoFit;
    ///
    /// let excesses: Vec<f64> = (1..400).map(|i| -(i as f64 / 400.0).ln()).collect(); // quantiles of the exponential distribution
    /// let fit = ParetoFit::new(&excesses)?;
    /// assert!(fit.shape().abs() < 0.05 && (fit.scale() - 1.0).abs() < 0.05);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::TooShort`] below 2 values; [`Error::Parameter`] for one that is not positive and finite.
    pub fn new(excesses: &[f64]) -> Result<Self, Error> {
        if excesses.len() < 2 {
            return Err(Error::TooShort { needed: 2, got: excesses.len() });
        }
        if let Some(bad) = excesses.iter().find(|y| !(**y > 0.0 && y.is_finite())) {
            return Err(Error::parameter("excesses", "positive and finite", bad));
        }
        Ok(Self::search(excesses, None))
    }

    /// The shape: 0 exponential, positive heavy-tailed, negative with an end point. In (-1, ∞).
    #[must_use]
    pub fn shape(&self) -> f64 {
        self.shape
    }

    /// The scale, positive, in the unit of the excesses.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The log-likelihood of the excesses at the optimum, natural logarithm.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// Refits after few excesses have been added or removed, starting from the former fit. The neighborhood
    /// of the former optimum is searched; if the optimum has left it, everything is.
    pub(super) fn refit(&self, excesses: &[f64]) -> Self {
        Self::search(excesses, (self.scale > 0.0).then(|| self.shape / self.scale))
    }

    /// Fits from scratch.
    pub(super) fn searched(excesses: &[f64]) -> Self {
        Self::search(excesses, None)
    }

    /// The exponential distribution, theta = 0.
    fn exponential(profile: &Profile<'_>) -> Self {
        let log_likelihood = -profile.count * (libm::log(profile.mean) + 1.0);
        Self { shape: 0.0, scale: profile.mean, log_likelihood }
    }

    fn search(excesses: &[f64], start: Option<f64>) -> Self {
        let profile = Profile::new(excesses);
        let mut best = Self::exponential(&profile);
        if !(profile.mean.is_normal() && profile.largest.is_finite()) {
            return best; // so tiny or so huge that 1 / y is not a number to work with
        }
        let at = |t: f64| profile.at(t).log_likelihood;
        if let Some(theta) = start {
            let t = profile.position(theta);
            // One peak more moves the optimum a little: the narrow look nearly always finds it.
            for reach in [0.05, 0.25] {
                let (found, inside) = maximize(at, t - reach, t + reach);
                if inside {
                    let fit = profile.at(found);
                    return if fit.log_likelihood > best.log_likelihood { fit } else { best };
                }
            }
        }
        // Each local maximum is bracketed on a grid, then refined. The shape grows with theta, so its bound
        // cuts off one end; there the likelihood may be at its highest, which counts as a maximum too.
        let first = profile.lowest_position();
        let (start, end) = profile.range_of_maxima(first);
        let (mut before, mut here) = (start, start);
        let (mut left, mut middle) = (f64::NEG_INFINITY, at(start));
        while here < end {
            // Finer where the shape moves from -1 to 1.
            let after = here + if here - first < 2.0 || here.abs() < 2.0 { STEP / 5.0 } else { STEP };
            let right = at(after);
            if middle >= left && middle >= right {
                let (found, _) = maximize(at, before, after);
                for fit in [profile.at(found), profile.at(here)] {
                    if fit.log_likelihood > best.log_likelihood {
                        best = fit;
                    }
                }
            }
            (before, here) = (here, after);
            (left, middle) = (middle, right);
        }
        best
    }
}

/// The grid on which maxima are looked for.
const STEP: f64 = 0.5;
/// The least position: there 1 + theta * largest is at the precision of a double.
const LOWEST_POSITION: f64 = -34.0;
/// The greatest position: theta is 1e14 over the mean.
const HIGHEST_POSITION: f64 = 34.0;

/// The likelihood as a function of theta alone.
///
/// An excess written as a negative number is censored: all that is known is that it was larger than its
/// magnitude. It counts with the logarithm of the tail instead of the density, and the best shape for a theta
/// becomes the sum of all ln(1 + theta y) divided by the number of uncensored ones.
pub(super) struct Profile<'a> {
    excesses: &'a [f64],
    /// How many are not censored.
    count: f64,
    /// The sum of all, divided by `count`.
    mean: f64,
    largest: f64,
    all_uncensored: bool,
}

impl<'a> Profile<'a> {
    pub(super) fn new(excesses: &'a [f64]) -> Self {
        let count = excesses.iter().filter(|y| **y > 0.0).count() as f64;
        // Each term is divided first: the sum of huge ones would overflow.
        let mean = excesses.iter().map(|y| y.abs() / count).sum();
        let largest = excesses.iter().fold(0.0, |largest: f64, y| largest.max(y.abs()));
        let all_uncensored = excesses.iter().all(|y| *y > 0.0);
        Self { excesses, count, mean, largest, all_uncensored }
    }

    /// theta on a scale where the interesting part has an even grid: below 0 the distance of 1 + theta *
    /// largest from 0, above 0 theta * mean, both logarithmic where they are extreme and linear around
    /// theta = 0.
    fn theta(&self, t: f64) -> f64 {
        if t < 0.0 { libm::expm1(t) / self.largest } else { libm::expm1(t) / self.mean }
    }

    fn position(&self, theta: f64) -> f64 {
        if theta < 0.0 { libm::log1p(theta * self.largest) } else { libm::log1p(theta * self.mean) }
    }

    /// The least position whose shape is above -1, to 1e-10.
    pub(super) fn lowest_position(&self) -> f64 {
        let allowed = |t: f64| {
            let fit = self.at(t);
            (fit.log_likelihood > f64::NEG_INFINITY, fit.shape + 1.0)
        };
        let (mut low, mut high) = (LOWEST_POSITION, -1e-6);
        let (possible, mut below) = allowed(low);
        if possible {
            return low;
        }
        let (_, mut above) = allowed(high);
        let mut rose = None;
        for i in 0..120 {
            if high - low <= 1e-10 {
                break;
            }
            // The rule of false position; every third time the middle, so that it ends soon whatever the
            // function.
            let share = below / (below - above);
            let share = if i % 3 < 2 && share > 0.0 && share < 1.0 { share } else { 0.5 };
            let t = low + share * (high - low);
            let (possible, value) = allowed(t);
            if possible {
                (high, above) = (t, value);
            } else {
                (low, below) = (t, value);
            }
            // The end that stays twice counts half (the Illinois rule: Dowell and Jarratt 1971).
            match (rose == Some(possible), possible) {
                (true, true) => below *= 0.5,
                (true, false) => above *= 0.5,
                (false, _) => rose = Some(possible),
            }
        }
        high
    }

    /// Positions between which all local maxima are, the end a little beyond; `first` is the least with a
    /// shape above -1.
    ///
    /// With s the shape, and M and m the sums of 1 / (1 + theta y) over all N and over the uncensored, theta
    /// times the slope of the profile is m - (N - M) / s. *Below zero* the profile rises where |s| < 1 - N /
    /// M, as m is at most M. Up to a position t, |s| is at most that at `first`, and the largest excess alone
    /// makes M at least exp(-t). *Above zero* it falls where s m < N - M, and the ratio of both is at most
    /// ln(1 + theta largest) / (theta least), which falls.
    pub(super) fn range_of_maxima(&self, first: f64) -> (f64, f64) {
        let room = 1.0 + self.at(first).shape;
        let rises = libm::log(room / self.excesses.len() as f64);
        // A little less than what the bound says, for the rounding; no number if there is no room.
        let start = if rises - 0.1 > first { (rises - 0.1).min(-1.0).max(first) } else { first };
        let least = self.excesses.iter().fold(f64::INFINITY, |least: f64, y| least.min(y.abs()));
        let mut end = 1.0;
        while end < HIGHEST_POSITION && libm::log1p(self.theta(end) * self.largest) >= self.theta(end) * least
        {
            end += 1.0;
        }
        (start, (end + 2.0 * STEP).min(HIGHEST_POSITION))
    }

    /// The best fit for a position; of log-likelihood -inf where the shape is not above -1.
    pub(super) fn at(&self, t: f64) -> ParetoFit {
        let theta = self.theta(t);
        let scaled = theta * self.largest;
        if scaled.abs() < 1e-9 {
            return ParetoFit::exponential(self);
        }
        let (uncensored, censored) = self.log_sums(theta);
        let shape = (uncensored + censored) / self.count;
        let scale = shape / theta;
        if !(shape > -1.0 && scale > 0.0 && scale.is_finite()) {
            return ParetoFit { shape, scale, log_likelihood: f64::NEG_INFINITY };
        }
        ParetoFit { shape, scale, log_likelihood: -self.count * (libm::log(scale) + 1.0) - uncensored }
    }

    /// The sums of ln(1 + theta y) over the uncensored and over the censored: near theta = 0 term by term,
    /// else as the logarithms of products, which are as exact and spare most logarithms.
    fn log_sums(&self, theta: f64) -> (f64, f64) {
        let (mut uncensored, mut censored) = (Product::ONE, Product::ONE);
        // What is not in the products.
        let mut rest = [0.0; 2];
        let one_by_one = |ys: &[f64], rest: &mut [f64; 2]| {
            for y in ys {
                rest[usize::from(*y <= 0.0)] += libm::log1p(theta * y.abs());
            }
        };
        if (theta * self.largest).abs() < 1e-2 {
            one_by_one(self.excesses, &mut rest);
            return rest.into();
        }
        let (eights, last) = self.excesses.as_chunks::<8>();
        // A zero is neither and changes no product.
        let mut ninth = [0.0; 8];
        ninth[..last.len()].copy_from_slice(last);
        let last = core::slice::from_ref(&ninth);
        if self.all_uncensored {
            for ys in eights.iter().chain(last) {
                if !uncensored.times(product(ys.map(|y| 1.0 + theta * y))) {
                    one_by_one(ys, &mut rest);
                }
            }
            return (uncensored.log() + rest[0], 0.0);
        }
        for ys in eights.iter().chain(last) {
            let before = uncensored;
            let of_uncensored = product(ys.map(|y| if y > 0.0 { 1.0 + theta * y } else { 1.0 }));
            let of_censored = product(ys.map(|y| if y > 0.0 { 1.0 } else { 1.0 - theta * y }));
            if !(uncensored.times(of_uncensored) && censored.times(of_censored)) {
                uncensored = before;
                one_by_one(ys, &mut rest);
            }
        }
        (uncensored.log() + rest[0], censored.log() + rest[1])
    }
}

/// A product of positive numbers, however large or small: a number in [1, 2) and a power of 2.
#[derive(Clone, Copy)]
struct Product {
    mantissa: f64,
    exponent: i64,
}

impl Product {
    const ONE: Self = Self { mantissa: 1.0, exponent: 0 };

    /// False, and nothing done, if the product is not positive and normal.
    #[inline]
    fn times(&mut self, factor: f64) -> bool {
        let bits = (self.mantissa * factor).to_bits();
        // The sign is part of it: what is negative has too large an exponent.
        let exponent = (bits >> 52).cast_signed();
        if !(1..2047).contains(&exponent) {
            return false;
        }
        self.exponent += exponent - 1023;
        self.mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
        true
    }

    fn log(self) -> f64 {
        self.exponent as f64 * core::f64::consts::LN_2 + libm::log(self.mantissa)
    }
}

/// In pairs, which do not wait for each other.
#[inline]
fn product(x: [f64; 8]) -> f64 {
    ((x[0] * x[4]) * (x[2] * x[6])) * ((x[1] * x[5]) * (x[3] * x[7]))
}

/// The maximum of `f` between `low` and `high`, and whether it lies inside.
fn maximize(f: impl Fn(f64) -> f64, low: f64, high: f64) -> (f64, bool) {
    let x = brent_minimum(low, high, BrentTolerance::default(), |x| -f(x));
    let margin = 1e-3 * (high - low);
    (x, x > low + margin && x < high - margin)
}
