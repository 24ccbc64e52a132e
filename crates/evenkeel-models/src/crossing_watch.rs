//! When a stream reaches a limit, said anew with every value.

use crate::crossing_paths::CrossingPaths;
use evenkeel_core::{Error, Forecaster, Prediction, Stage, observed};
use evenkeel_stats::{CrossingSummary, CrossingTime};

evenkeel_core::assert_shared!(CrossingWatch<()>);

/// Says with every value of a stream when the series reaches a limit: a [`Stage`] around a forecaster, whose
/// output is the [`CrossingSummary`]; [`time`](Self::time) is the whole distribution, until the next value.
///
/// Use it where a disk, a queue or a budget is watched for what it will be; once a history is at hand,
/// [`CrossingPaths`] says it once.
///
/// # Method
/// The forecaster learns the value, and [`CrossingPaths`] follows paths from there. Each time they are drawn
/// from the same seed: what is said changes because of what was learned, and does not scatter by itself.
///
/// # Missing data
/// A value that [`observed`] refuses moves the forecaster on by a step, and the time
/// is said from there; whether the limit has been reached is then a matter of the forecast alone. No output
/// while the forecaster knows nothing.
///
/// # Parameters
/// Those of [`CrossingPaths`]. For a stream a few hundred paths and a horizon that is not longer than one can
/// act on keep the cost low: 300 paths give the ends of the interval to 1.3 % of probability.
///
/// # Complexity
/// An update of the forecaster, and at most paths × horizon of its copy. Memory is two forecasters, and
/// 4 bytes a path. Updates allocate nothing if `clone_from` of the forecaster does not, as that of
/// [`StructuralModel`](crate::state_space::StructuralModel).
///
/// ```
/// use evenkeel_core::{Fit, Stage};
/// use evenkeel_models::crossing_paths::CrossingPaths;
/// use evenkeel_models::crossing_watch::CrossingWatch;
/// use evenkeel_models::state_space::Structural;
/// use evenkeel_stats::Limit;
///
/// let used: Vec<f64> = (0..60u32).map(|t| 2.0 * f64::from(t) + f64::from(t * 37 % 11) / 5.0).collect();
/// let model = Structural::local_linear_trend().fit(&used)?;
/// let mut watch = CrossingWatch::new(model, CrossingPaths::new(Limit::Above(140.0), 100).paths(200))?;
/// let soon = watch.update(121.0).unwrap();
/// assert!(soon.earliest.unwrap() <= 10.0 && soon.latest.unwrap() >= 9.0);
/// println!("disk full {}", watch.time().unwrap().describe("days", 1.0));
/// // It is there.
/// assert_eq!(watch.update(141.0).unwrap().latest, Some(0.0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "state::State<F>",
        into = "state::State<F>",
        bound(
            serialize = "F: Clone + serde::Serialize",
            deserialize = "F: Forecaster + Clone + serde::de::DeserializeOwned"
        )
    )
)]
#[must_use]
pub struct CrossingWatch<F> {
    model: F,
    settings: CrossingPaths,
    /// The newest value; NaN if it is missing.
    last: f64,
    said: Said,
    /// What the paths said last; not read unless `said` is so.
    paths: CrossingTime,
    reached: CrossingTime,
    /// The forecaster that goes along the paths.
    copy: F,
}

/// What the newest output rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Reached,
    Paths,
}

impl<F: PartialEq> PartialEq for CrossingWatch<F> {
    /// All else follows from these.
    fn eq(&self, other: &Self) -> bool {
        (&self.model, self.settings, self.said) == (&other.model, other.settings, other.said)
            && self.last.to_bits() == other.last.to_bits()
    }
}

impl<F: Forecaster + Clone> CrossingWatch<F> {
    /// Watches the stream that `model` forecasts, from where it stands.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a limit that is NaN, or settings out of range.
    pub fn new(model: F, settings: CrossingPaths) -> Result<Self, Error> {
        settings.check()?;
        let mut paths = CrossingTime::reached();
        // The memory for all paths.
        paths.refill((0..settings.paths).map(|_| Some(1)), settings.steps())?;
        let reached = CrossingTime::reached();
        let copy = model.clone();
        Ok(Self { model, settings, last: f64::NAN, said: Said::Nothing, paths, reached, copy })
    }

    fn speak(&mut self) -> Option<CrossingSummary> {
        let mut next = [Prediction::default()];
        self.said = if !self.model.forecast_into(&mut next) {
            Said::Nothing
        } else if self.settings.limit.is_reached_by(self.last) {
            Said::Reached
        } else {
            let steps = self.settings.follow(&self.model, &mut self.copy, next[0]);
            self.paths.refill(steps, self.settings.steps()).ok()?;
            Said::Paths
        };
        self.time().map(CrossingTime::summary)
    }
}

impl<F> CrossingWatch<F> {
    /// The distribution behind the newest output; `None` where there was none.
    #[must_use]
    pub fn time(&self) -> Option<&CrossingTime> {
        match self.said {
            Said::Nothing => None,
            Said::Reached => Some(&self.reached),
            Said::Paths => Some(&self.paths),
        }
    }

    /// The forecaster.
    #[must_use]
    pub fn inner(&self) -> &F {
        &self.model
    }
}

impl<F: Forecaster + Clone> Stage<f64> for CrossingWatch<F> {
    type Output = CrossingSummary;

    fn update(&mut self, x: f64) -> Option<CrossingSummary> {
        self.model.update(x);
        self.last = observed(x).unwrap_or(f64::NAN);
        self.speak()
    }

    fn reset(&mut self) {
        self.model.reset();
        self.last = f64::NAN;
        self.said = Said::Nothing;
    }
}

#[cfg(feature = "serde")]
mod state {
    use super::{CrossingPaths, CrossingWatch, Said};
    use evenkeel_core::{Error, Forecaster, Snapshot};
    use evenkeel_stats::Limit;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct State<F> {
        model: F,
        above: bool,
        #[serde(with = "evenkeel_core::exact")]
        limit: f64,
        horizon: u32,
        paths: u32,
        seed: u64,
        #[serde(with = "evenkeel_core::exact")]
        last: f64,
        said: bool,
    }

    impl<F: Snapshot + Forecaster + Clone> Snapshot for CrossingWatch<F> {
        fn schema() -> String {
            format!("CrossingWatch@1<{}>", F::schema())
        }
    }

    impl<F> From<CrossingWatch<F>> for State<F> {
        fn from(watch: CrossingWatch<F>) -> Self {
            let CrossingPaths { limit, horizon, paths, seed } = watch.settings;
            let small = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
            Self {
                model: watch.model,
                above: matches!(limit, Limit::Above(_)),
                limit: limit.value(),
                horizon: small(horizon),
                paths: small(paths),
                seed,
                last: watch.last,
                said: watch.said != Said::Nothing,
            }
        }
    }

    impl<F: Forecaster + Clone> TryFrom<State<F>> for CrossingWatch<F> {
        type Error = Error;

        fn try_from(s: State<F>) -> Result<Self, Error> {
            let limit = if s.above { Limit::Above(s.limit) } else { Limit::Below(s.limit) };
            let large = |x: u32| usize::try_from(x).unwrap_or(usize::MAX);
            let settings = CrossingPaths::new(limit, large(s.horizon)).paths(large(s.paths)).seed(s.seed);
            let last = evenkeel_core::observed(s.last).unwrap_or(f64::NAN);
            let mut watch = Self::new(s.model, settings)?;
            watch.last = last;
            // The paths follow from what was saved.
            if s.said {
                watch.speak();
            }
            Ok(watch)
        }
    }
}
