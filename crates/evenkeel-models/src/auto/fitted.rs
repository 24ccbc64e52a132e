//! The fitted model.

use super::account::AutoAccount;
use super::candidate::Member;
use crate::Ensemble;
use evenkeel_core::{Assessment, Error, Forecaster, LARGEST, Prediction, Stage, gaussian, observed};

/// The forecaster that an [`Auto`](crate::Auto) settled on: a weighted ensemble with calibrated intervals, following a stream.
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before any observation. An update costs what its
/// members' do together, and allocates nothing; nothing is chosen anew.
///
/// # The range of the data
/// If all values so far lie on one side of 0 (counts, loads, temperatures below freezing), so do the forecasts: a prediction has the median of
/// the predictive distribution cut off at 0, and the standard deviation of that distribution, all mass beyond 0 put on 0. The Gaussian interval of
/// such a [`Prediction`] may still reach beyond 0, since it has no other shape; [`intervals`](Self::intervals) do not.
/// [`assess`](Forecaster::assess) takes the distribution without the cut: a first value on the other side is surprising, not
/// impossible. From then on nothing is cut off.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "state::State", into = "state::State")
)]
pub struct AutoModel {
    ensemble: Ensemble<Member>,
    account: AutoAccount,
    /// Where the history lies, and the values since.
    history: Side,
    side: Side,
}

/// On which side of 0 all values lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Side {
    Above,
    Below,
    Both,
}

impl Side {
    pub(super) fn of(seen: &[f64]) -> Self {
        if seen.iter().all(|x| *x >= 0.0) {
            Self::Above
        } else if seen.iter().all(|x| *x <= 0.0) {
            Self::Below
        } else {
            Self::Both
        }
    }

    fn holds(self, x: f64) -> bool {
        match self {
            Self::Above => x >= 0.0,
            Self::Below => x <= 0.0,
            Self::Both => true,
        }
    }

    fn nearest(self, x: f64) -> f64 {
        if self.holds(x) { x } else { 0.0 }
    }

    /// Median and standard deviation of a normal distribution whose mass beyond 0 is put on 0.
    fn cut(self, p: Prediction) -> Prediction {
        let distance = match self {
            Self::Above => p.mean(),
            Self::Below => -p.mean(),
            Self::Both => return p,
        };
        let z = distance / p.sd();
        // Beyond six standard deviations there is no mass, and without spread none is moved.
        if z.is_nan() || z > 6.0 {
            return p;
        }
        let (inside, density) = (gaussian::lower(z), libm::exp(gaussian::log_density(z)));
        let mean = z * inside + density;
        let variance = ((z * z + 1.0) * inside + z * density - mean * mean).max(0.0);
        Prediction::new(self.nearest(p.mean()), p.sd() * libm::sqrt(variance)).unwrap_or(p)
    }
}

impl AutoModel {
    pub(super) fn new(ensemble: Ensemble<Member>, account: AutoAccount, history: Side) -> Self {
        Self { ensemble, account, history, side: history }
    }

    /// The intervals of a level for the next `horizon` values, the nearest first, cut off at 0 where the data lie on one side of it;
    /// `None` if nothing is known yet.
    ///
    /// # Errors
    /// If `level` is not in (0, 1).
    ///
    /// ```
    /// use evenkeel_core::Fit;
    /// use evenkeel_models::Auto;
    /// use evenkeel_stats::Generator;
    ///
    /// let mut generator = Generator::new(1);
    /// let errors: Vec<f64> = (0..60).map(|_| (4.0 * generator.uniform()).floor()).collect();
    /// let next = Auto::new().fit(&errors)?.intervals(5, 0.95)?.expect("known after the history");
    /// assert!(next.iter().all(|(low, high)| *low >= 0.0 && *high > 2.0));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn intervals(&self, horizon: usize, level: f64) -> Result<Option<Vec<(f64, f64)>>, Error> {
        Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
        let mut out = vec![Prediction::default(); horizon];
        if !self.ensemble.forecast_into(&mut out) {
            return Ok(None);
        }
        let interval = |p: &Prediction| {
            let (low, high) = self.widen(*p).interval(level)?;
            Ok((self.side.nearest(low), self.side.nearest(high)))
        };
        out.iter().map(interval).collect::<Result<_, Error>>().map(Some)
    }

    /// What was chosen, and why.
    #[must_use]
    pub fn account(&self) -> &AutoAccount {
        &self.account
    }

    fn widen(&self, p: Prediction) -> Prediction {
        Prediction::new(p.mean(), (p.sd() * self.account.widened).min(LARGEST)).unwrap_or(p)
    }
}

impl Stage<f64> for AutoModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        if observed(x).is_some_and(|x| !self.side.holds(x)) {
            self.side = Side::Both;
        }
        let next = self.ensemble.update(x);
        next.map(|p| self.side.cut(self.widen(p)))
    }

    fn reset(&mut self) {
        self.ensemble.reset();
        self.side = self.history;
    }
}

impl Forecaster for AutoModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let known = self.ensemble.forecast_into(out);
        if known {
            out.iter_mut().for_each(|p| *p = self.side.cut(self.widen(*p)));
        }
        known
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        let x = observed(x)?;
        let mut next = [Prediction::default()];
        self.ensemble.forecast_into(&mut next).then(|| self.widen(next[0]).assess(x))
    }
}

#[cfg(feature = "serde")]
mod state {
    use super::{AutoAccount, AutoModel, Ensemble, Member, Side};
    use evenkeel_core::{Error, Snapshot};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct State {
        ensemble: Ensemble<Member>,
        account: AutoAccount,
        history: Side,
        side: Side,
    }

    impl Snapshot for AutoModel {
        fn schema() -> String {
            format!("AutoModel@2<{}>", Ensemble::<Member>::schema())
        }
    }

    impl From<AutoModel> for State {
        fn from(m: AutoModel) -> Self {
            Self { ensemble: m.ensemble, account: m.account, history: m.history, side: m.side }
        }
    }

    impl TryFrom<State> for AutoModel {
        type Error = Error;

        fn try_from(s: State) -> Result<Self, Error> {
            let widened = s.account.widened;
            Error::require(widened > 0.0 && widened <= 1e6, "widened", "in (0, 1e6]", widened)?;
            let side = s.side == s.history || s.side == Side::Both;
            Error::require(side, "side", "that of the history, or both", format_args!("{:?}", s.side))?;
            let new = Self::new(s.ensemble, s.account, s.history);
            Ok(Self { side: s.side, ..new })
        }
    }
}
