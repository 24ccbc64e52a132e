//! Windowed negative log-likelihood under a forecaster.

use alloc::collections::VecDeque;
#[cfg(feature = "serde")]
use alloc::{format, string::String};
use evenkeel_core::{Direction, Error, Forecaster, Prediction, Score, Stage, observed};

/// What a value can add at most, and take away, in nats: what has probability 0 is not infinitely unlikely.
const MOST: f64 = 1e6;

/// Notices stretches of values that a forecaster finds unlikely, by its whole predictive distribution.
///
/// *When*: the distribution of the next value is not bell-shaped, so that "how far from the mean" misses what
/// matters: hidden Markov models and other mixtures, where the unlikely is also *between* the usual levels;
/// and when single surprises are too small and only their sum says something. Else
/// [`Surprise`](crate::forecast::Surprise), which looks at tails: it has a direction and a scale that all
/// models share.
///
/// *Method*: -ln f(x) of each value under the density that the forecaster gave before seeing it
/// ([`Forecaster::assess`]), averaged over the last `window` values. A. P. Dawid, Journal of the Royal
/// Statistical Society A 147 (1984) 278-292, doi:10.2307/2981683.
///
/// *Parameters*: `window` >= 1 values, at most 10^6. Averages of 10 give a shift of one standard deviation
/// three times the weight of a single value; 1 is the newest value alone.
///
/// *Score*: that average, in nats: larger = less likely, and below 0 where densities are above 1. Its level
/// depends on the unit of the data, so a calibrator belongs behind it. A value counts at most 1,000,000. From
/// the first value on that the forecaster can assess. Expected is the forecast. *Missing data*: no score, the
/// forecaster moves on by one step, the average waits. *Cost*: the forecaster's and O(1). *State*: the
/// forecaster's and 8 `window` bytes.
///
/// ```
/// use evenkeel_core::{Assessment, Forecaster, Prediction, Stage};
/// use evenkeel_detect::forecast::Likelihood;
///
/// /// A switch: values are about 0 or about 10.
/// #[derive(Clone)]
/// struct Switch;
/// impl Stage<f64> for Switch {
///     type Output = Prediction;
///     fn update(&mut self, _: f64) -> Option<Prediction> { Prediction::new(5.0, 5.0) }
///     fn reset(&mut self) {}
/// }
/// impl Forecaster for Switch {
///     fn forecast_into(&self, out: &mut [Prediction]) -> bool { out.fill(Prediction::new(5.0, 5.0).unwrap()); true }
///     fn assess(&self, x: f64) -> Option<Assessment> {
///         let [a, b] = [0.0, 10.0].map(|mean| Prediction::new(mean, 0.5).unwrap().assess(x));
///         let density = 0.5 * (a.log_density().exp() + b.log_density().exp());
///         Assessment::new(density.ln(), 0.5 * (a.lower() + b.lower()), 0.5 * (a.upper() + b.upper()))
///     }
/// }
///
/// let mut watch = Likelihood::new(Switch, 1)?;
/// assert!(watch.update(9.5).unwrap().value() < 2.0);
/// assert!(watch.update(5.0).unwrap().value() > 40.0); // the very mean, and never seen
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Likelihood<F> {
    forecaster: F,
    average: Average,
}

impl<F> Likelihood<F> {
    /// Watches how likely values are to `forecaster`, averaged over the last `window` of them.
    ///
    /// # Errors
    /// If `window` is not in 1..=1000000.
    pub fn new(forecaster: F, window: usize) -> Result<Self, Error> {
        Ok(Self { forecaster, average: Average::new(window)? })
    }

    /// The forecaster in its present state.
    pub fn forecaster(&self) -> &F {
        &self.forecaster
    }
}

impl<F: Forecaster> Stage<f64> for Likelihood<F> {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let mut next = [Prediction::default()];
        let expected = self.forecaster.forecast_into(&mut next).then_some(next[0]);
        let assessed = observed(x).and_then(|x| self.forecaster.assess(x));
        self.forecaster.update(x);
        let mean = self.average.of((-assessed?.log_density()).clamp(-MOST, MOST));
        let score = Score::new(mean, Direction::Either)?;
        Some(match expected {
            Some(expected) => score.with_expected(expected),
            None => score,
        })
    }

    fn reset(&mut self) {
        self.forecaster.reset();
        self.average.clear();
    }
}

/// The mean of the newest numbers.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Parts"))]
struct Average {
    window: usize,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    recent: VecDeque<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    sum: f64,
    /// How many came since the sum was last added up, which is done once a window: rounding does not pile up.
    since: usize,
}

impl Average {
    fn new(window: usize) -> Result<Self, Error> {
        Error::require((1..=1_000_000).contains(&window), "window", "in 1..=1000000", window)?;
        Ok(Self { window, recent: VecDeque::with_capacity(window), sum: 0.0, since: 0 })
    }

    fn of(&mut self, x: f64) -> f64 {
        if self.recent.len() == self.window
            && let Some(oldest) = self.recent.pop_front()
        {
            self.sum -= oldest;
        }
        self.recent.push_back(x);
        self.sum += x;
        self.since += 1;
        if self.since == self.window {
            (self.sum, self.since) = (self.recent.iter().sum(), 0);
        }
        self.sum / self.recent.len() as f64
    }

    fn clear(&mut self) {
        self.recent.clear();
        (self.sum, self.since) = (0.0, 0);
    }
}

#[cfg(feature = "serde")]
impl<F: evenkeel_core::Snapshot> evenkeel_core::Snapshot for Likelihood<F> {
    fn schema() -> String {
        format!("Likelihood@1<{}>", F::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    window: usize,
    #[serde(with = "evenkeel_core::exact")]
    recent: VecDeque<f64>,
    #[serde(with = "evenkeel_core::exact")]
    sum: f64,
    since: usize,
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Average {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        let mut read = Self::new(parts.window)?;
        let sound = parts.recent.len() <= parts.window
            && parts.recent.iter().all(|x| x.abs() <= MOST)
            && parts.since < parts.window
            && parts.sum.abs() <= 2.0 * MOST * parts.window as f64;
        Error::require(sound, "recent", "no more than the window, of at most a million nats", "others")?;
        read.recent.extend(parts.recent);
        (read.sum, read.since) = (parts.sum, parts.since);
        Ok(read)
    }
}
