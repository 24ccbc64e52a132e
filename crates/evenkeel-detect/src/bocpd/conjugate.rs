//! The laws under which a run's parameters are integrated out.

use alloc::vec::Vec;
use core::fmt::Debug;
use evenkeel_core::gaussian::LN_SQRT_TAU;
use evenkeel_core::{Error, Prediction, observed};
use evenkeel_stats::special::{log_beta, log_gamma};

/// What a run knows of its values, beside how many there are.
pub(super) type Statistics = [f64; 3];

/// A law of the values of a run with a conjugate prior on its parameters: [`NormalGamma`], [`PoissonGamma`] or [`BernoulliBeta`]. It
/// cannot be implemented elsewhere.
pub trait Conjugate: Law {}

/// The part of [`Conjugate`] that is nobody's business.
pub trait Law: Debug + Clone + PartialEq + Send + Sync + 'static {
    /// How many of the constants are worth keeping in a table.
    const TABLE: usize;
    /// The name and version of its state.
    const SCHEMA: &'static str;

    /// The prior is one.
    ///
    /// # Errors
    /// If a parameter is out of its range.
    fn judge(&self) -> Result<(), Error>;

    /// The value, if it is one that the law can have.
    fn admit(&self, x: f64) -> Option<f64>;

    /// What a run without values knows.
    fn prior(&self) -> [f64; 3];

    /// The part of the log predictive density that only the number of values decides.
    fn constant(&self, run: f64) -> f64;

    /// The part of the log predictive density that is the same for every run.
    fn base(&self, x: f64) -> f64;

    /// Learns `x` and returns its log predictive density without the base.
    fn learn(&self, run: f64, constant: f64, statistics: &mut [f64; 3], x: f64) -> f64;

    /// The predictive law of the next value.
    fn expected(&self, run: f64, statistics: &[f64; 3]) -> Option<Prediction>;

    /// Whether statistics could belong to a run of this length.
    fn is_possible(&self, run: f64, statistics: &[f64; 3]) -> bool;
}

fn positive(name: &'static str, x: f64) -> Result<(), Error> {
    Error::require((1e-100..=1e100).contains(&x), name, "in [1e-100, 1e100]", x)
}

/// Real values: normal with unknown mean and variance. The prior is normal-gamma: the precision is gamma with shape `alpha` and rate
/// `beta`, the mean is normal around `mean` with `kappa` times that precision.
///
/// *The scale of the prior matters most.* `beta / alpha` is the variance within a run, and `1 / kappa` how many times that variance the
/// means of runs are apart. A prior too narrow takes every outlier for a change, one too wide finds no change. If you don't know them,
/// [`from_history`](Self::from_history).
///
/// The predictive law is Student's t with 2 alpha degrees of freedom. Source: K. P. Murphy, Conjugate Bayesian analysis of the Gaussian
/// distribution (2007).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NormalGamma {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    mean: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    kappa: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    alpha: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    beta: f64,
}

impl NormalGamma {
    /// With this prior: `mean` in the unit of the data; `kappa`, the weight of that mean in values; `alpha`, half the weight of the
    /// variance in values; `beta` in the unit squared. Judged when the detector is built.
    #[must_use]
    pub fn new(mean: f64, kappa: f64, alpha: f64, beta: f64) -> Self {
        Self { mean, kappa, alpha, beta }
    }

    /// A prior from values of ordinary times: their median as the mean; the variance s² from the median absolute *difference* of
    /// successive values (times 1.4826 / √2), which level shifts in the history do not widen; alpha = 1 and beta = s²: worth two values;
    /// kappa = 0.01, so that the level of a new run is expected within some ten s of the median.
    ///
    /// Where more than half of the differences are 0 (quantized data), s is their root mean square over √2 instead.
    ///
    /// # Errors
    /// If fewer than 8 values are observed, or all are the same, which tells no scale.
    pub fn from_history(history: &[f64]) -> Result<Self, Error> {
        let mut values: Vec<f64> = history.iter().copied().filter_map(observed).collect();
        if values.len() < 8 {
            return Err(Error::TooShort { needed: 8, got: values.len() });
        }
        let mut steps: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
        let largest = steps.iter().copied().fold(0.0, f64::max);
        let robust = 1.482_602_218_505_602 * median(&mut steps);
        let step = if robust > 0.0 {
            robust
        } else {
            let squares: f64 = steps.iter().map(|d| (d / largest) * (d / largest)).sum();
            #[expect(clippy::cast_precision_loss, reason = "a number of values")]
            let mean = squares / steps.len() as f64;
            largest * libm::sqrt(mean)
        };
        Error::require(largest > 0.0, "history", "more than one value", "constant")?;
        let prior = Self::new(median(&mut values), 0.01, 1.0, 0.5 * step * step);
        prior.judge()?;
        Ok(prior)
    }
}

/// The middle value (of an even number the mean of both); not of an empty slice.
fn median(values: &mut [f64]) -> f64 {
    let (count, middle) = (values.len(), values.len() / 2);
    let (below, at, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if count % 2 == 1 {
        return *at;
    }
    0.5 * *at + 0.5 * below.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

impl Conjugate for NormalGamma {}

impl Law for NormalGamma {
    const TABLE: usize = 1024;
    const SCHEMA: &'static str = "NormalGamma@1";

    fn judge(&self) -> Result<(), Error> {
        Error::require(
            observed(self.mean).is_some(),
            "mean",
            "finite and at most 1e100 in magnitude",
            self.mean,
        )?;
        Error::require((1e-9..=1e9).contains(&self.kappa), "kappa", "in [1e-9, 1e9]", self.kappa)?;
        Error::require((1e-3..=1e9).contains(&self.alpha), "alpha", "in [1e-3, 1e9]", self.alpha)?;
        positive("beta", self.beta)
    }

    fn admit(&self, x: f64) -> Option<f64> {
        observed(x)
    }

    fn prior(&self) -> Statistics {
        [self.mean, self.beta, libm::log(self.beta)]
    }

    fn constant(&self, run: f64) -> f64 {
        let (alpha, kappa) = (self.alpha + 0.5 * run, self.kappa + run);
        let gammas = if alpha < 200.0 {
            log_gamma(alpha + 0.5) - log_gamma(alpha)
        } else {
            // The ratio of gamma functions as a series (DLMF 5.11.13): exact to the last bit from here on, where differences are not.
            let a = 1.0 / alpha;
            0.5 * libm::log(alpha) - 0.125 * a + a * a * a * (1.0 / 192.0 - a * a / 640.0)
        };
        gammas - 0.5 * libm::log1p(1.0 / kappa)
    }

    fn base(&self, _: f64) -> f64 {
        -LN_SQRT_TAU
    }

    #[inline]
    fn learn(&self, run: f64, constant: f64, [mean, beta, log_beta]: &mut Statistics, x: f64) -> f64 {
        let (alpha, kappa) = (self.alpha + 0.5 * run, self.kappa + run);
        let share = 1.0 / (kappa + 1.0);
        let deviation = x - *mean;
        // The density of Student's t is a power of what the rate becomes, so that one logarithm a value is enough.
        *beta += 0.5 * kappa * share * deviation * deviation;
        *mean += share * deviation;
        let before = core::mem::replace(log_beta, libm::log(*beta));
        constant + alpha * (before - *log_beta) - 0.5 * *log_beta
    }

    fn expected(&self, run: f64, [mean, beta, _]: &Statistics) -> Option<Prediction> {
        let (alpha, kappa) = (self.alpha + 0.5 * run, self.kappa + run);
        let variance = beta * (1.0 + 1.0 / kappa) / if alpha > 1.5 { alpha - 1.0 } else { alpha };
        Prediction::new(*mean, libm::sqrt(variance))
    }

    fn is_possible(&self, _: f64, [mean, beta, log_beta]: &Statistics) -> bool {
        mean.abs() <= 1e101
            && (self.beta..=1e300).contains(beta)
            && log_beta.to_bits() == libm::log(*beta).to_bits()
    }
}

/// Counts: Poisson with unknown rate. The prior of the rate is gamma with shape `shape` and rate `rate`: worth `rate` values that sum to
/// `shape`. The predictive law is negative binomial. Whatever is not a whole number in [0, 2^53] is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PoissonGamma {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    shape: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    rate: f64,
}

impl PoissonGamma {
    /// With this prior. Judged when the detector is built.
    #[must_use]
    pub fn new(shape: f64, rate: f64) -> Self {
        Self { shape, rate }
    }
}

impl Conjugate for PoissonGamma {}

impl Law for PoissonGamma {
    const TABLE: usize = 0;
    const SCHEMA: &'static str = "PoissonGamma@1";

    fn judge(&self) -> Result<(), Error> {
        Error::require((1e-6..=1e12).contains(&self.shape), "shape", "in [1e-6, 1e12]", self.shape)?;
        Error::require((1e-12..=1e12).contains(&self.rate), "rate", "in [1e-12, 1e12]", self.rate)
    }

    fn admit(&self, x: f64) -> Option<f64> {
        ((0.0..=9_007_199_254_740_992.0).contains(&x) && libm::trunc(x).to_bits() == x.to_bits()).then_some(x)
    }

    fn prior(&self) -> Statistics {
        [0.0, 0.0, 0.0]
    }

    fn constant(&self, _: f64) -> f64 {
        0.0
    }

    fn base(&self, _: f64) -> f64 {
        0.0
    }

    fn learn(&self, run: f64, _: f64, [sum, ..]: &mut Statistics, x: f64) -> f64 {
        let (a, b) = (self.shape + *sum, self.rate + run);
        *sum += x;
        let rest = -a * libm::log1p(1.0 / b) - x * libm::log1p(b);
        rest - log_beta(a, x + 1.0) - libm::log(a + x)
    }

    fn expected(&self, run: f64, [sum, ..]: &Statistics) -> Option<Prediction> {
        let (a, b) = (self.shape + sum, self.rate + run);
        Prediction::new(a / b, libm::sqrt(a / b * (1.0 + 1.0 / b)))
    }

    fn is_possible(&self, run: f64, statistics: &Statistics) -> bool {
        // A sum of whole numbers of up to 2^53, which may have been rounded.
        (0.0..=1e16 * run).contains(&statistics[0]) && statistics[1..] == [0.0; 2]
    }
}

/// Successes and failures, 1 and 0: Bernoulli with unknown probability. Its prior is beta: worth `successes` ones and `failures` zeros. Any
/// other value is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BernoulliBeta {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    successes: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    failures: f64,
}

impl BernoulliBeta {
    /// With this prior. Judged when the detector is built.
    #[must_use]
    pub fn new(successes: f64, failures: f64) -> Self {
        Self { successes, failures }
    }
}

impl Conjugate for BernoulliBeta {}

impl Law for BernoulliBeta {
    const TABLE: usize = 0;
    const SCHEMA: &'static str = "BernoulliBeta@1";

    fn judge(&self) -> Result<(), Error> {
        let successes = self.successes;
        Error::require((1e-12..=1e12).contains(&successes), "successes", "in [1e-12, 1e12]", successes)?;
        Error::require((1e-12..=1e12).contains(&self.failures), "failures", "in [1e-12, 1e12]", self.failures)
    }

    fn admit(&self, x: f64) -> Option<f64> {
        (x == 0.0 || x == 1.0).then_some(x)
    }

    fn prior(&self) -> Statistics {
        [0.0, 0.0, 0.0]
    }

    fn constant(&self, _: f64) -> f64 {
        0.0
    }

    fn base(&self, _: f64) -> f64 {
        0.0
    }

    fn learn(&self, run: f64, _: f64, [ones, ..]: &mut Statistics, x: f64) -> f64 {
        let (a, b) = (self.successes + *ones, self.failures + (run - *ones));
        *ones += x;
        let probable = if x == 1.0 { a } else { b };
        libm::log(probable / (a + b))
    }

    fn expected(&self, run: f64, [ones, ..]: &Statistics) -> Option<Prediction> {
        let (a, b) = (self.successes + ones, self.failures + (run - ones));
        let p = a / (a + b);
        Prediction::new(p, libm::sqrt(p * (b / (a + b))))
    }

    fn is_possible(&self, run: f64, statistics: &Statistics) -> bool {
        let ones = statistics[0];
        (0.0..=run).contains(&ones) && libm::trunc(ones) == ones && statistics[1..] == [0.0; 2]
    }
}
