//! Snapshots of simple exponential smoothing.

use super::fitted::SimpleSmoothingModel;
use super::level::Level;
use crate::fit::FitReport;
use evenkeel_core::{Error, PlausibilityCheck, observed};

evenkeel_core::state! {
    SimpleSmoothingModel as struct SavedSimpleSmoothingModel("SimpleSmoothingModel@3") {
        alpha: f64,
        start: f64,
        sigma: f64,
        report: FitReport,
        mean: f64,
        variance: f64,
        check: PlausibilityCheck,
    }
}

impl From<&SimpleSmoothingModel> for SavedSimpleSmoothingModel {
    fn from(m: &SimpleSmoothingModel) -> Self {
        let m = *m;
        let Level { mean, variance } = m.level;
        Self {
            alpha: m.alpha,
            start: m.start,
            sigma: m.sigma,
            report: m.report,
            mean,
            variance,
            check: m.check,
        }
    }
}

impl TryFrom<SavedSimpleSmoothingModel> for SimpleSmoothingModel {
    type Error = Error;

    fn try_from(s: SavedSimpleSmoothingModel) -> Result<Self, Error> {
        // A level can pass the largest observation by rounding.
        let sane = |x: f64| observed(x / 2.0).is_some();
        let spread = |x: f64| x >= 0.0 && x.is_finite();
        Error::require(s.alpha > 0.0 && s.alpha <= 1.0, "alpha", "in (0, 1]", s.alpha)?;
        Error::require(sane(s.start), "start", "finite, about 1e100 at most", s.start)?;
        Error::require(sane(s.mean), "mean", "finite, about 1e100 at most", s.mean)?;
        Error::require(spread(s.sigma), "sigma", ">= 0 and finite", s.sigma)?;
        Error::require(spread(s.variance), "variance", ">= 0 and finite", s.variance)?;
        Error::require(s.report.observed >= 1, "observed", "at least 1", s.report.observed)?;
        s.report.criteria.validate()?;
        let level = Level { mean: s.mean, variance: s.variance };
        let mut model = Self::new(s.alpha, s.start, s.sigma, s.report);
        (model.level, model.check) = (level, s.check);
        Ok(model)
    }
}
