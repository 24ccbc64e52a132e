//! The fitted model.

use super::account::SmoothingAccount;
use super::filter::Level;
use evenkeel_core::{Forecaster, PlausibilityCheck, Prediction, Stage};

/// A level with known alpha, following a stream; see [`SimpleSmoothing`](crate::SimpleSmoothing).
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before the first value, where it knows the starting
/// level. Intervals at 95 % are those of Student's t, and count that alpha and the starting level are estimates. An update is O(1), a forecast of h steps O(h); nothing is allocated. The state is two numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "State", into = "State")
)]
pub struct SimpleSmoothingModel {
    alpha: f64,
    start: f64,
    sigma: f64,
    account: SmoothingAccount,
    /// Follows from the account.
    widening: f64,
    level: Level,
    pub(super) check: PlausibilityCheck,
}

impl SimpleSmoothingModel {
    pub(super) fn new(alpha: f64, start: f64, sigma: f64, account: SmoothingAccount) -> Self {
        let (widening, check) = (account.widening(), PlausibilityCheck::default());
        Self { alpha, start, sigma, account, widening, level: Level::at(start), check }
    }

    /// The share of a surprise that the level keeps, in (0, 1].
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// The level now: the forecast of all later values.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level.mean
    }

    /// The level before the first value.
    #[must_use]
    pub fn initial_level(&self) -> f64 {
        self.start
    }

    /// The standard deviation of the innovations, in units of the data.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// How good the fit is.
    #[must_use]
    pub fn account(&self) -> &SmoothingAccount {
        &self.account
    }
}

impl Stage<f64> for SimpleSmoothingModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let x = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        match x {
            Some(x) => self.level.observe(self.alpha, x),
            None => self.level.skip(self.alpha),
        }
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.level = Level::at(self.start);
        self.check.reset();
    }
}

impl Forecaster for SimpleSmoothingModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let mut variance = self.level.spread();
        let sigma = self.sigma * self.widening;
        for out in out {
            *out = Prediction::new(self.level.mean, sigma * variance.sqrt()).unwrap_or_default();
            variance += self.alpha * self.alpha;
        }
        true
    }
}

#[cfg(feature = "serde")]
mod state {
    use super::{Level, PlausibilityCheck, SimpleSmoothingModel, SmoothingAccount};
    use evenkeel_core::{Error, Snapshot, observed};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct State {
        #[serde(with = "evenkeel_core::exact")]
        alpha: f64,
        #[serde(with = "evenkeel_core::exact")]
        start: f64,
        #[serde(with = "evenkeel_core::exact")]
        sigma: f64,
        account: SmoothingAccount,
        #[serde(with = "evenkeel_core::exact")]
        mean: f64,
        #[serde(with = "evenkeel_core::exact")]
        variance: f64,
        check: PlausibilityCheck,
    }

    impl Snapshot for SimpleSmoothingModel {
        fn schema() -> String {
            "SimpleSmoothingModel@2".into()
        }
    }

    impl From<SimpleSmoothingModel> for State {
        fn from(m: SimpleSmoothingModel) -> Self {
            let Level { mean, variance } = m.level;
            Self {
                alpha: m.alpha,
                start: m.start,
                sigma: m.sigma,
                account: m.account,
                mean,
                variance,
                check: m.check,
            }
        }
    }

    impl TryFrom<State> for SimpleSmoothingModel {
        type Error = Error;

        fn try_from(s: State) -> Result<Self, Error> {
            // A level can pass the largest observation by rounding.
            let sane = |x: f64| observed(x / 2.0).is_some();
            let spread = |x: f64| x >= 0.0 && x.is_finite();
            Error::require(s.alpha > 0.0 && s.alpha <= 1.0, "alpha", "in (0, 1]", s.alpha)?;
            Error::require(sane(s.start), "start", "finite, about 1e100 at most", s.start)?;
            Error::require(sane(s.mean), "mean", "finite, about 1e100 at most", s.mean)?;
            Error::require(spread(s.sigma), "sigma", ">= 0 and finite", s.sigma)?;
            Error::require(spread(s.variance), "variance", ">= 0 and finite", s.variance)?;
            Error::require(s.account.observed >= 1, "observed", "at least 1", s.account.observed)?;
            let known = !s.account.log_likelihood.is_nan();
            Error::require(known, "log_likelihood", "a number", s.account.log_likelihood)?;
            let level = Level { mean: s.mean, variance: s.variance };
            let new = Self::new(s.alpha, s.start, s.sigma, s.account);
            Ok(Self { level, check: s.check, ..new })
        }
    }
}
#[cfg(feature = "serde")]
use state::State;
