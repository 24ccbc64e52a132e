//! When a forecast series reaches a limit, by simulated paths.

use evenkeel_core::{Error, Forecaster, Prediction, gaussian};
use evenkeel_stats::{CrossingTime, Generator, Limit};

evenkeel_core::assert_shared!(CrossingPaths);

/// The distribution of the time at which a forecaster's series reaches a limit: "disk full in 5 to 9 days,
/// 90 %".
///
/// # Method
/// Forecasts give the distribution of each future value alone, and the first crossing is a matter of all of
/// them together. So the forecaster is cloned for each of many paths: a value is drawn from its one-step
/// distribution ([`assess`](Forecaster::assess) inverted, where that is not Gaussian) and learned, until the
/// limit is reached or the horizon is. With a model whose update is exact, as
/// [`StructuralModel`](crate::state_space::StructuralModel), these are draws from the exact joint
/// distribution.
///
/// The parameters of the forecaster are taken as known. On simulated disks with 400 values behind them,
/// intervals at 90 % hold 87 to 93 %. They hold less where the data hardly tell a parameter that matters far
/// ahead: 86 % for a slope whose changes hide behind steps of the level fifty times their size, so that its
/// variance is often estimated as 0 (of 150 disks). There [`time_of_any`](Self::time_of_any) with draws of
/// what the data leave open of the parameters holds 93 % (of 1,000).
///
/// The probabilities have standard errors of at most `0.5 / √paths`. For a plain random walk
/// [`CrossingTime::random_walk`] is exact.
///
/// # Parameters
/// - `limit`, `horizon`: up to 1,000,000 steps.
/// - [`paths`](Self::paths): 1 to 1,000,000; 1000 by default, which gives the ends of an interval at 90 % to
///   0.7 % of probability.
/// - [`seed`](Self::seed): 0 by default. The same seed gives the same paths.
///
/// [`CrossingWatch`](crate::crossing_watch::CrossingWatch) says it anew with every value of a stream.
///
/// # Complexity
/// At most paths × horizon updates; memory for a copy of the forecaster, and 4 bytes a path.
///
/// ```
/// use evenkeel_core::Fit;
/// use evenkeel_models::{Naive, crossing_paths::CrossingPaths};
/// use evenkeel_stats::Limit;
///
/// let used: Vec<f64> = (0..60u32).map(|t| 2.0 * f64::from(t) + f64::from(t * 37 % 11) / 5.0).collect();
/// let model = Naive::drift().fit(&used)?;
/// let full = CrossingPaths::new(Limit::Above(140.0), 60).time(&model, used[59])?;
/// let (low, high) = full.interval(0.9)?;
/// assert!(low.unwrap() <= 10.0 && 10.0 <= high.unwrap());
/// println!("disk full {}", full.describe("days", 1.0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct CrossingPaths {
    pub(crate) limit: Limit,
    pub(crate) horizon: usize,
    pub(crate) paths: usize,
    pub(crate) seed: u64,
}

/// The most paths, and the longest horizon.
const MOST: usize = 1_000_000;

impl CrossingPaths {
    /// Paths of `horizon` steps to this limit.
    pub fn new(limit: Limit, horizon: usize) -> Self {
        Self { limit, horizon, paths: 1000, seed: 0 }
    }

    /// How many paths are followed.
    pub fn paths(mut self, paths: usize) -> Self {
        self.paths = paths;
        self
    }

    /// The seed of what is drawn.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The time from now, `last` being the newest value: if that has reached the limit, so has the series.
    /// NaN if it is missing.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a limit that is NaN, or settings out of range; [`Error::TooShort`] if the
    /// forecaster does not know anything yet.
    pub fn time<F: Forecaster + Clone>(&self, forecaster: &F, last: f64) -> Result<CrossingTime, Error> {
        self.check()?;
        if self.limit.is_reached_by(last) {
            return Ok(CrossingTime::reached());
        }
        let mut next = [Prediction::default()];
        if !forecaster.forecast_into(&mut next) {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        let mut copy = forecaster.clone();
        CrossingTime::from_paths(self.follow(forecaster, &mut copy, next[0]), self.steps())
    }

    /// As [`time`](Self::time) of any of these forecasters, which are equally likely: draws from what the data
    /// leave open, as
    /// [`Structural::posterior_draws`](crate::state_space::Structural::posterior_draws). The paths go along
    /// each of them in turn.
    ///
    /// # Errors
    /// As [`time`](Self::time); [`Error::TooShort`] without a forecaster.
    pub fn time_of_any<F: Forecaster + Clone>(
        &self,
        forecasters: &[F],
        last: f64,
    ) -> Result<CrossingTime, Error> {
        self.check()?;
        let Some(first) = forecasters.first() else { return Err(Error::TooShort { needed: 1, got: 0 }) };
        if self.limit.is_reached_by(last) {
            return Ok(CrossingTime::reached());
        }
        let mut copy = first.clone();
        let mut steps = Vec::with_capacity(self.paths);
        let mut next = [Prediction::default()];
        for path in 0..self.paths {
            let forecaster = &forecasters[path % forecasters.len()];
            if !forecaster.forecast_into(&mut next) {
                return Err(Error::TooShort { needed: 1, got: 0 });
            }
            let mut generator = Generator::stream(self.seed, path as u64);
            copy.clone_from(forecaster);
            steps.push(follow(&mut copy, next[0], self.limit, self.horizon, &mut generator));
        }
        CrossingTime::from_paths(steps, self.steps())
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let (horizon, paths, limit) = (self.horizon, self.paths, self.limit.value());
        Error::require(!limit.is_nan(), "limit", "a number", limit)?;
        Error::require((1..=MOST).contains(&horizon), "horizon", "in 1..=1000000", horizon)?;
        Error::require((1..=MOST).contains(&paths), "paths", "in 1..=1000000", paths)
    }

    /// The horizon.
    pub(crate) fn steps(&self) -> u32 {
        u32::try_from(self.horizon).unwrap_or(u32::MAX)
    }

    /// The step at which each path reaches the limit, on a copy of the forecaster, whose next value is told.
    pub(crate) fn follow<F: Forecaster + Clone>(
        &self,
        forecaster: &F,
        copy: &mut F,
        next: Prediction,
    ) -> impl Iterator<Item = Option<u32>> {
        (0..self.paths).map(move |path| {
            // A stream of its own for each path: they do not depend on how long the others are.
            let mut generator = Generator::stream(self.seed, path as u64);
            copy.clone_from(forecaster);
            follow(copy, next, self.limit, self.horizon, &mut generator)
        })
    }
}

/// The step at which one path reaches the limit.
fn follow<F: Forecaster>(
    forecaster: &mut F,
    mut next: Prediction,
    limit: Limit,
    horizon: usize,
    generator: &mut Generator,
) -> Option<u32> {
    for step in 1..=horizon {
        let x = draw(forecaster, next, generator.normal());
        if limit.is_reached_by(x) {
            return u32::try_from(step).ok();
        }
        next = forecaster.update(x)?;
    }
    None
}

/// The value at which the forecaster's distribution of the next value is where the standard normal one is at
/// `z`.
fn draw<F: Forecaster>(forecaster: &F, next: Prediction, z: f64) -> f64 {
    let guess = next.mean() + z * next.sd();
    let below = |x: f64| forecaster.assess(x).map(|assessed| assessed.lower());
    let wanted = gaussian::lower(z);
    let Some(found) = below(guess) else { return guess };
    if (found - wanted).abs() <= 1e-9 || next.sd() <= 0.0 {
        return guess;
    }
    // Another distribution: the smallest value below which there is as much.
    let (mut low, mut high, mut width) = (guess, guess, next.sd());
    for _ in 0..60 {
        if below(low).is_none_or(|p| p < wanted) {
            break;
        }
        (low, width) = (low - width, 2.0 * width);
    }
    width = next.sd();
    for _ in 0..60 {
        if below(high).is_none_or(|p| p >= wanted) {
            break;
        }
        (high, width) = (high + width, 2.0 * width);
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle).is_none_or(|p| p >= wanted) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
