//! Conjugate priors: distributions under which a run's parameters are integrated out.

use super::vector_math;
use alloc::vec::Vec;
use core::fmt::Debug;
use evenkeel_core::gaussian::LN_SQRT_TAU;
use evenkeel_core::{Error, Prediction, observed};
use evenkeel_stats::special::{log_beta, log_gamma};

/// What a run knows of its values, beside how many there are.
pub(super) type Statistics = [f64; 3];

/// What hypotheses know, each number in a row of its own.
#[derive(Debug)]
pub struct Rows<'a> {
    pub(super) runs: &'a mut [u64],
    pub(super) log_probabilities: &'a mut [f64],
    pub(super) statistics: [&'a mut [f64]; 3],
}

pub(super) fn whole(run: u64) -> f64 {
    run as f64
}

/// A distribution of the values of a run with a conjugate prior on its parameters: [`NormalGamma`],
/// [`PoissonGamma`] or [`BernoulliBeta`]. It cannot be implemented elsewhere.
pub trait Conjugate: ConjugateModel {}

/// What the detector needs of a [`Conjugate`].
pub trait ConjugateModel: Debug + Clone + PartialEq + Send + Sync + 'static {
    /// How many of the constants are worth keeping in a table.
    const TABLE: usize;
    /// The name and version of its state.
    const SCHEMA: &'static str;

    /// The prior is one.
    ///
    /// # Errors
    /// If a parameter is out of its range.
    fn validate(&self) -> Result<(), Error>;

    /// The value, if it is one that the distribution can have.
    fn admit(&self, x: f64) -> Option<f64>;

    /// What a run without values knows.
    fn prior(&self) -> [f64; 3];

    /// The part of the log predictive density that only the number of values decides.
    fn constant(&self, run: f64) -> f64;

    /// The part of the log predictive density that is the same for every run.
    fn base(&self, x: f64) -> f64;

    /// Learns `x` and returns its log predictive density without the base.
    fn learn(&self, run: f64, constant: f64, statistics: &mut [f64; 3], x: f64) -> f64;

    /// Lets all hypotheses learn `x`, adds the log predictive densities without the base to their logarithms,
    /// and returns the largest sum.
    fn learn_all(&self, x: f64, table: &[f64], rows: Rows<'_>) -> f64 {
        let Rows { runs, log_probabilities, statistics: [a, b, c] } = rows;
        let mut largest = f64::NEG_INFINITY;
        for ((run, log), ((a, b), c)) in
            runs.iter_mut().zip(log_probabilities).zip(a.iter_mut().zip(b).zip(c))
        {
            let length = whole(*run);
            let known = usize::try_from(*run).ok().and_then(|run| table.get(run));
            let constant = known.copied().unwrap_or_else(|| self.constant(length));
            let mut statistics = [*a, *b, *c];
            *log += self.learn(length, constant, &mut statistics, x);
            [*a, *b, *c] = statistics;
            *run += 1;
            largest = if *log > largest { *log } else { largest };
        }
        largest
    }

    /// The predictive distribution of the next value.
    fn expected(&self, run: f64, statistics: &[f64; 3]) -> Option<Prediction>;

    /// Whether statistics could belong to a run of this length.
    fn is_possible(&self, run: f64, statistics: &[f64; 3]) -> bool;
}

fn positive(name: &'static str, x: f64) -> Result<(), Error> {
    Error::require((1e-100..=1e100).contains(&x), name, "in [1e-100, 1e100]", x)
}

/// Real values: normal with unknown mean and variance. The prior is normal-gamma: the precision is gamma with
/// shape `alpha` and rate `beta`, the mean is normal around `mean` with `kappa` times that precision.
///
/// *The scale of the prior matters most.* `beta / alpha` is the variance within a run, and `1 / kappa` how
/// many times that variance the means of runs are apart. A prior too narrow takes every outlier for a change,
/// one too wide finds no change. If you don't know them, [`from_history`](Self::from_history).
///
/// The predictive distribution is Student's t with 2 alpha degrees of freedom. Source: K. P. Murphy,
/// Conjugate Bayesian analysis of the Gaussian distribution (2007).
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
    /// With this prior: `mean` in the unit of the data; `kappa`, the weight of that mean in values; `alpha`,
    /// half the weight of the variance in values; `beta` in the unit squared. Checked when the detector is
    /// built.
    #[must_use]
    pub fn new(mean: f64, kappa: f64, alpha: f64, beta: f64) -> Self {
        Self { mean, kappa, alpha, beta }
    }

    /// A prior from values of ordinary times: their median as the mean; the variance s² from the median
    /// absolute *difference* of successive values (times 1.4826 / √2), which level shifts in the history do
    /// not widen; alpha = 1 and beta = s²: worth two values; kappa = 0.01, so that the level of a new run is
    /// expected within some ten s of the median.
    ///
    /// Where more than half of the differences are 0 (quantized data), s is their root mean square over √2
    /// instead.
    ///
    /// # Errors
    /// If fewer than 8 values are observed, or all are the same, so that there is no scale.
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
            let mean = squares / steps.len() as f64;
            largest * libm::sqrt(mean)
        };
        Error::require(largest > 0.0, "history", "more than one value", "constant")?;
        let prior = Self::new(median(&mut values), 0.01, 1.0, 0.5 * step * step);
        prior.validate()?;
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

/// Hypotheses that are taken together.
const BLOCK: usize = 64;
/// From this run length on a series is all that the constant takes.
const LATE: f64 = 1024.0;

impl NormalGamma {
    /// The constant of a run of at least `LATE`.
    #[inline(always)]
    fn late_constant(&self, run: f64) -> f64 {
        let share = 1.0 / (self.kappa + run);
        let log1p = share * (1.0 - share * (0.5 - share * (1.0 / 3.0 - share * (0.25 - share * 0.2))));
        half_step(self.alpha + 0.5 * run) - 0.5 * log1p
    }

    fn constants(&self, table: &[f64], runs: &[u64], constants: &mut [f64; BLOCK]) {
        // Runs fall: the first are beyond the table.
        let late = runs.iter().take_while(|run| **run >= table.len() as u64).count();
        let (late, early) = runs.split_at(late);
        for (constant, run) in constants.iter_mut().zip(late) {
            *constant = self.late_constant(vector_math::whole(*run));
        }
        for (constant, run) in constants[late.len()..].iter_mut().zip(early) {
            *constant = usize::try_from(*run).ok().and_then(|run| table.get(run)).copied().unwrap_or(0.0);
        }
    }

    /// A function of its own, whose arguments are known to lie apart: this is vector code.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "each row has to be one")]
    fn learn_block(
        &self,
        x: f64,
        constants: &[f64; BLOCK],
        runs: &mut [u64],
        log_probabilities: &mut [f64],
        means: &mut [f64],
        betas: &mut [f64],
        logs: &mut [f64],
    ) {
        let prior = *self;
        let rows = runs.iter_mut().zip(log_probabilities).zip(means.iter_mut().zip(betas).zip(logs));
        for (((run, p), ((mean, beta), log_beta)), constant) in rows.zip(constants) {
            let mut statistics = [*mean, *beta, *log_beta];
            *p += prior.learn(vector_math::whole(*run), *constant, &mut statistics, x);
            [*mean, *beta, *log_beta] = statistics;
            *run += 1;
        }
    }
}

/// ln Γ(alpha + 1/2) - ln Γ(alpha) as a series (DLMF 5.11.13): exact to the last bit from 200 on, where
/// differences are not.
#[inline(always)]
fn half_step(alpha: f64) -> f64 {
    let a = 1.0 / alpha;
    0.5 * vector_math::log(alpha) - 0.125 * a + a * a * a * (1.0 / 192.0 - a * a / 640.0)
}

impl Conjugate for NormalGamma {}

impl ConjugateModel for NormalGamma {
    const TABLE: usize = 1024;
    const SCHEMA: &'static str = "NormalGamma@1";

    fn validate(&self) -> Result<(), Error> {
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
        [self.mean, self.beta, vector_math::log(self.beta)]
    }

    fn constant(&self, run: f64) -> f64 {
        if run >= LATE {
            return self.late_constant(run);
        }
        let (alpha, kappa) = (self.alpha + 0.5 * run, self.kappa + run);
        let gammas = if alpha < 200.0 { log_gamma(alpha + 0.5) - log_gamma(alpha) } else { half_step(alpha) };
        gammas - 0.5 * libm::log1p(1.0 / kappa)
    }

    fn base(&self, _: f64) -> f64 {
        -LN_SQRT_TAU
    }

    #[inline(always)]
    fn learn(&self, run: f64, constant: f64, [mean, beta, log_beta]: &mut Statistics, x: f64) -> f64 {
        let (alpha, kappa) = (self.alpha + 0.5 * run, self.kappa + run);
        let share = 1.0 / (kappa + 1.0);
        let deviation = x - *mean;
        // The density of Student's t is a power of what the rate becomes, so that one logarithm a value is
        // enough.
        *beta += 0.5 * kappa * share * deviation * deviation;
        *mean += share * deviation;
        let before = core::mem::replace(log_beta, vector_math::log(*beta));
        constant + alpha * (before - *log_beta) - 0.5 * *log_beta
    }

    fn learn_all(&self, x: f64, table: &[f64], rows: Rows<'_>) -> f64 {
        let Rows { runs, log_probabilities, statistics: [means, betas, logs] } = rows;
        let mut constants = [0.0; BLOCK];
        let blocks = runs.chunks_mut(BLOCK).zip(log_probabilities.chunks_mut(BLOCK));
        let statistics = means.chunks_mut(BLOCK).zip(betas.chunks_mut(BLOCK)).zip(logs.chunks_mut(BLOCK));
        for ((runs, p), ((means, betas), logs)) in blocks.zip(statistics) {
            self.constants(table, runs, &mut constants);
            self.learn_block(x, &constants, runs, p, means, betas, logs);
        }
        vector_math::largest(log_probabilities)
    }

    fn expected(&self, run: f64, [mean, beta, _]: &Statistics) -> Option<Prediction> {
        let (alpha, kappa) = (self.alpha + 0.5 * run, self.kappa + run);
        let variance = beta * (1.0 + 1.0 / kappa) / if alpha > 1.5 { alpha - 1.0 } else { alpha };
        Prediction::new(*mean, libm::sqrt(variance))
    }

    fn is_possible(&self, _: f64, [mean, beta, log_beta]: &Statistics) -> bool {
        mean.abs() <= 1e101
            && (self.beta..=1e300).contains(beta)
            && log_beta.to_bits() == vector_math::log(*beta).to_bits()
    }
}

/// Counts: Poisson with unknown rate. The prior of the rate is gamma with shape `shape` and rate `rate`:
/// worth `rate` values that sum to `shape`. The predictive distribution is negative binomial. Whatever is not
/// a whole number in [0, 2^53] is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PoissonGamma {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    shape: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    rate: f64,
}

impl PoissonGamma {
    /// With this prior. Checked when the detector is built.
    #[must_use]
    pub fn new(shape: f64, rate: f64) -> Self {
        Self { shape, rate }
    }
}

impl Conjugate for PoissonGamma {}

impl ConjugateModel for PoissonGamma {
    const TABLE: usize = 0;
    const SCHEMA: &'static str = "PoissonGamma@1";

    fn validate(&self) -> Result<(), Error> {
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

/// Successes and failures, 1 and 0: Bernoulli with unknown probability. Its prior is beta: worth `successes`
/// ones and `failures` zeros. Any other value is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BernoulliBeta {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    successes: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    failures: f64,
}

impl BernoulliBeta {
    /// With this prior. Checked when the detector is built.
    #[must_use]
    pub fn new(successes: f64, failures: f64) -> Self {
        Self { successes, failures }
    }
}

impl Conjugate for BernoulliBeta {}

impl ConjugateModel for BernoulliBeta {
    const TABLE: usize = 0;
    const SCHEMA: &'static str = "BernoulliBeta@1";

    fn validate(&self) -> Result<(), Error> {
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
