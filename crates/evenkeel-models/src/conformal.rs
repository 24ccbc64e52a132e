//! Conformal prediction intervals: [`Conformal`] makes those of any forecaster hold, by its own past errors.

use crate::backtest::Backtest;
use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage, observed};

/// Any forecaster, with intervals calibrated on its own past errors.
///
/// *Method*: split conformal prediction for series. At rolling origins each error is set in relation to the
/// standard deviation that the model stated for it; an interval of a level reaches so many stated standard
/// deviations to either side as the `ceil((n + 1) level)`-th smallest of those n relations (V. Vovk, A.
/// Gammerman and G. Shafer, Algorithmic Learning in a Random World, 2005; R. J. Tibshirani and others,
/// Advances in Neural Information Processing Systems 32 (2019) 2530-2540). Under exchangeable errors the
/// coverage is at least the level, whatever the model; errors of series are not quite exchangeable, so it is
/// nearly that. [`adapt`](Conformal::adapt) goes on calibrating online: the level asked for inside is moved
/// by `rate` times the miss (I. Gibbs and E. Candès, Advances in Neural Information Processing Systems 34
/// (2021) 1660-1672), so that the long-run coverage of one step ahead is right for any series.
///
/// As a [`Forecaster`] it passes the means on and scales the standard deviations so that the central 95 %
/// interval of each prediction is the conformal one.
///
/// *Missing data* is handled by the model. *Cost*: the backtest, once; O(log n) an interval. The state is
/// that of the model and n numbers, at most 10,000.
///
/// ```
/// use evenkeel_core::Fit;
/// use evenkeel_models::{Backtest, Conformal, SparseAr};
///
/// let series: Vec<f64> = (0..600).map(|t| f64::from(t % 24) + f64::from(t * 7919 % 101) / 10.0).collect();
/// let backtest = Backtest::new(24).origins(4);
/// let model = Conformal::fit(&SparseAr::new().seasons([24]), &backtest, &series)?;
/// let day = model.intervals(24, 0.9)?.expect("known after the history");
/// assert!(day.iter().all(|(low, high)| low < high));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "state::State<F>",
        into = "state::State<F>",
        bound(serialize = "F: Clone + serde::Serialize", deserialize = "F: serde::de::DeserializeOwned")
    )
)]
pub struct Conformal<F> {
    model: F,
    /// Relations of errors to stated standard deviations, as the backtest found them.
    found: Vec<f64>,
    /// How fast it adapts; 0: not.
    rate: f64,
    /// The newest relations, as a ring whose oldest is at `oldest`.
    relations: Vec<f64>,
    oldest: usize,
    /// The same, ascending.
    sorted: Vec<f64>,
    /// What is added to the levels asked for.
    shift: f64,
}

/// The most relations that are kept.
const MOST: usize = 10_000;
/// The fewest from which anything can be said.
const LEAST: usize = 10;
/// The level that a Gaussian summary is made for.
const SUMMARY: f64 = 0.95;

impl<F: Forecaster> Conformal<F> {
    /// Fits an estimator to a series, and calibrates it on a backtest of the same.
    ///
    /// # Errors
    /// Those of the backtest and of the estimator; [`Error::TooShort`] if fewer than 10 errors are known.
    pub fn fit<E: Fit<Fitted = F> + ?Sized>(
        estimator: &E,
        backtest: &Backtest,
        series: &[f64],
    ) -> Result<Self, Error> {
        let tested = backtest.run(estimator, series)?;
        let relations = tested.errors().map(|(_, error, p)| relation(error, p));
        Self::with_relations(estimator.fit(series)?, relations.collect())
    }

    /// The intervals of a level for the next `horizon` values, the nearest first; `None` if nothing is known
    /// yet.
    ///
    /// # Errors
    /// If `level` is not in (0, 1).
    pub fn intervals(&self, horizon: usize, level: f64) -> Result<Option<Vec<(f64, f64)>>, Error> {
        let reach = self.reach(level)?;
        let mut forecast = vec![Prediction::default(); horizon];
        if !self.model.forecast_into(&mut forecast) {
            return Ok(None);
        }
        let interval = |p: &Prediction| (p.mean() - reach * p.sd(), p.mean() + reach * p.sd());
        Ok(Some(forecast.iter().map(interval).collect()))
    }

    /// How much wider or narrower than stated the 95 % intervals are.
    #[must_use]
    pub fn factor(&self) -> f64 {
        let stated = Prediction::new(0.0, 1.0).and_then(|p| p.interval(SUMMARY).ok()).map_or(1.96, |i| i.1);
        self.quantile(SUMMARY) / stated
    }

    fn scale(&self, p: Prediction) -> Prediction {
        Prediction::new(p.mean(), (p.sd() * self.factor()).min(f64::MAX)).unwrap_or(p)
    }

    fn learn(&mut self, x: f64) {
        let mut next = [Prediction::default()];
        if self.rate == 0.0 || !self.model.forecast_into(&mut next) {
            return;
        }
        let relation = relation(x - next[0].mean(), next[0]);
        let missed = f64::from(u8::from(relation > self.quantile(SUMMARY)));
        self.shift = (self.shift + self.rate * (missed - (1.0 - SUMMARY))).clamp(-1.0, 1.0);
        let gone = std::mem::replace(&mut self.relations[self.oldest], relation);
        self.oldest = (self.oldest + 1) % self.relations.len();
        // The place of the one that goes, then that of the one that comes: what lies between moves by one.
        let from = self.sorted.partition_point(|r| r.total_cmp(&gone).is_lt());
        let to = self.sorted.partition_point(|r| r.total_cmp(&relation).is_lt());
        if to > from {
            self.sorted[from..to].rotate_left(1);
            self.sorted[to - 1] = relation;
        } else {
            self.sorted[to..=from].rotate_right(1);
            self.sorted[to] = relation;
        }
    }
}

impl<F> Conformal<F> {
    fn with_relations(model: F, mut found: Vec<f64>) -> Result<Self, Error> {
        if found.len() < LEAST {
            return Err(Error::TooShort { needed: LEAST, got: found.len() });
        }
        found.drain(..found.len().saturating_sub(MOST));
        let (relations, sorted) = (found.clone(), found.clone());
        let mut new = Self { model, found, rate: 0.0, relations, oldest: 0, sorted, shift: 0.0 };
        new.start();
        Ok(new)
    }

    fn start(&mut self) {
        self.relations.copy_from_slice(&self.found);
        self.sorted.copy_from_slice(&self.found);
        self.sorted.sort_unstable_by(f64::total_cmp);
        (self.oldest, self.shift) = (0, 0.0);
    }

    /// Goes on calibrating with each value: `rate` in [0, 1], 0.01 is usual; 0, the default, keeps what the
    /// backtest found.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1].
    pub fn adapt(mut self, rate: f64) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&rate), "rate", "in [0, 1]", rate)?;
        self.rate = rate;
        Ok(self)
    }

    /// The model.
    #[must_use]
    pub fn inner(&self) -> &F {
        &self.model
    }

    /// How many stated standard deviations the interval of a level reaches to either side.
    ///
    /// # Errors
    /// If `level` is not in (0, 1).
    pub fn reach(&self, level: f64) -> Result<f64, Error> {
        Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
        Ok(self.quantile(level))
    }

    fn quantile(&self, level: f64) -> f64 {
        let n = self.sorted.len();
        let rank = (level + self.shift).clamp(0.0, 1.0) * (n + 1) as f64;
        self.sorted[(rank.ceil() as usize).clamp(1, n) - 1]
    }
}

/// How many stated standard deviations an error is; no spread and no error is none.
fn relation(error: f64, p: Prediction) -> f64 {
    if error == 0.0 { 0.0 } else { (error.abs() / p.sd()).min(f64::MAX) }
}

impl<F: Forecaster> Stage<f64> for Conformal<F> {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        if let Some(x) = observed(x) {
            self.learn(x);
        }
        let next = self.model.update(x);
        next.map(|p| self.scale(p))
    }

    /// Forgets the data; what the backtest found is a setting and stays.
    fn reset(&mut self) {
        self.model.reset();
        self.start();
    }
}

impl<F: Forecaster> Forecaster for Conformal<F> {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let known = self.model.forecast_into(out);
        if known {
            out.iter_mut().for_each(|p| *p = self.scale(*p));
        }
        known
    }
}

#[cfg(feature = "serde")]
mod state {
    use super::{Conformal, MOST};
    use evenkeel_core::{Error, Snapshot};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct State<F> {
        model: F,
        #[serde(with = "evenkeel_core::exact")]
        found: Vec<f64>,
        #[serde(with = "evenkeel_core::exact")]
        rate: f64,
        #[serde(with = "evenkeel_core::exact")]
        relations: Vec<f64>,
        oldest: usize,
        #[serde(with = "evenkeel_core::exact")]
        shift: f64,
    }

    impl<F: Snapshot + Clone> Snapshot for Conformal<F> {
        fn schema() -> String {
            format!("Conformal@1<{}>", F::schema())
        }
    }

    impl<F> From<Conformal<F>> for State<F> {
        fn from(c: Conformal<F>) -> Self {
            Self {
                model: c.model,
                found: c.found,
                rate: c.rate,
                relations: c.relations,
                oldest: c.oldest,
                shift: c.shift,
            }
        }
    }

    impl<F> TryFrom<State<F>> for Conformal<F> {
        type Error = Error;

        fn try_from(s: State<F>) -> Result<Self, Error> {
            Error::require(s.found.len() <= MOST, "found", "at most 10,000 relations", s.found.len())?;
            if s.relations.len() != s.found.len() {
                return Err(Error::Shape {
                    what: "relations",
                    expected: s.found.len(),
                    found: s.relations.len(),
                });
            }
            for r in s.found.iter().chain(&s.relations) {
                Error::require(*r >= 0.0 && r.is_finite(), "relation", "finite, at least 0", r)?;
            }
            Error::require(s.shift.abs() <= 1.0, "shift", "in [-1, 1]", s.shift)?;
            let mut new = Self::with_relations(s.model, s.found)?.adapt(s.rate)?;
            Error::require(s.oldest < s.relations.len(), "oldest", "a place in the ring", s.oldest)?;
            new.relations.copy_from_slice(&s.relations);
            new.sorted.copy_from_slice(&s.relations);
            new.sorted.sort_unstable_by(f64::total_cmp);
            (new.oldest, new.shift) = (s.oldest, s.shift);
            Ok(new)
        }
    }
}

evenkeel_core::assert_shared!(Conformal<()>);
