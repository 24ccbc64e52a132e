//! The automatic forecaster: the fitted ensemble.

use super::candidate::Member;
use super::report::AutoReport;
use super::side_of_zero::Side;
use crate::ensemble::Ensemble;
use evenkeel_core::{Assessment, Error, Forecaster, LARGEST, Prediction, Stage, observed};

/// The forecaster that an [`Auto`](crate::auto::Auto) has chosen: a weighted ensemble with calibrated
/// intervals, following a stream.
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before any observation. An
/// update costs what its members' do together, and allocates nothing; nothing is chosen anew.
///
/// # The range of the data
/// If all values so far lie on one side of 0 (counts, loads, temperatures below freezing), so do the
/// forecasts: a prediction has the median of the predictive distribution cut off at 0, and the standard
/// deviation of that distribution, all mass beyond 0 put on 0. The Gaussian interval of such a [`Prediction`]
/// may still reach beyond 0, since it has no other shape; [`intervals`](Self::intervals) do not.
/// [`assess`](Forecaster::assess) takes the distribution without the cut: a first value on the other side is
/// surprising, not impossible. From then on nothing is cut off.
#[derive(Debug, Clone, PartialEq)]
pub struct AutoModel {
    pub(super) ensemble: Ensemble<Member>,
    pub(super) report: AutoReport,
    /// Where the history lies, and the values since.
    pub(super) history: Side,
    pub(super) side: Side,
}

impl AutoModel {
    pub(super) fn new(ensemble: Ensemble<Member>, report: AutoReport, history: Side) -> Self {
        Self { ensemble, report, history, side: history }
    }

    /// The intervals of a level for the next `horizon` values, the nearest first, cut off at 0 where the data
    /// lie on one side of it; `None` if nothing is known yet.
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

    /// The report of an automatic forecast: what was chosen, and why.
    #[must_use]
    pub fn report(&self) -> &AutoReport {
        &self.report
    }

    fn widen(&self, p: Prediction) -> Prediction {
        Prediction::new(p.mean(), (p.sd() * self.report.widened).min(LARGEST)).unwrap_or(p)
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
