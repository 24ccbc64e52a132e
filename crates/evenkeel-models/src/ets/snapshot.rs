//! Snapshots of exponential smoothing.

use super::candidate::EtsCandidate;
use super::fitted::{EtsModel, Reach, is_held};
use super::form::{EtsError, EtsForm, EtsSeason};
use super::linear_variance::Spread;
use super::parameters::EtsParameters;
use crate::fit::FitReport;
use crate::shape::check_shape;
use evenkeel_core::{Error, PlausibilityCheck};

evenkeel_core::state! {
    EtsModel as struct SavedEtsModel("EtsModel@5") {
        form: EtsForm,
        period: u32,
        start: EtsParameters,
        sigma: f64,
        unit: f64,
        reach: Reach,
        report: FitReport,
        searched_season: bool,
        candidates: Vec<EtsCandidate>,
        level: f64,
        trend: f64,
        /// Level and trend when a value was learnt last.
        known: [f64; 2],
        season: Vec<f64>,
        slot: u32,
        /// Variance of the level, covariance, variance of the slope.
        spread: [f64; 3],
        plain: Vec<f64>,
        weighted: Vec<f64>,
        missed: u32,
        check: PlausibilityCheck,
    }
}

impl From<&EtsModel> for SavedEtsModel {
    fn from(m: &EtsModel) -> Self {
        let m = m.clone();
        let small = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
        Self {
            form: m.form,
            period: small(m.period),
            start: m.start,
            sigma: m.sigma,
            unit: m.unit,
            reach: m.reach,
            report: m.report,
            searched_season: m.searched_season,
            candidates: m.candidates,
            level: m.level,
            trend: m.trend,
            known: [m.known.0, m.known.1],
            season: m.season,
            slot: small(m.slot),
            spread: [m.spread.level, m.spread.cross, m.spread.slope],
            plain: m.echoes.plain,
            weighted: m.echoes.weighted,
            missed: m.missed,
            check: m.check,
        }
    }
}

impl TryFrom<SavedEtsModel> for EtsModel {
    type Error = Error;

    fn try_from(s: SavedEtsModel) -> Result<Self, Error> {
        let period = usize::try_from(s.period).unwrap_or(usize::MAX);
        let slot = usize::try_from(s.slot).unwrap_or(usize::MAX);
        s.form.check_period(period)?;
        Error::require(s.sigma >= 0.0 && s.sigma < 1e150, "sigma", "in [0, 1e150)", s.sigma)?;
        Error::require(s.unit > 0.0 && s.unit < 1e150, "unit", "in (0, 1e150)", s.unit)?;
        s.report.criteria.validate()?;
        let reach = s.reach;
        Error::require((1.0..1e9).contains(&reach.widening), "widening", "in [1, 1e9)", reach.widening)?;
        let bounds = reach.range >= 0.0 && reach.step >= 0.0;
        Error::require(bounds, "reach", "at least 0", format_args!("{} {}", reach.range, reach.step))?;
        let known = s.candidates.iter().all(|c| !c.aicc.is_nan());
        Error::require(known, "aicc", "a number", "NaN")?;
        // Checks the parameters, and has the sizes.
        let mut model = Self::new(s.form, period, s.start, s.sigma, s.unit, s.report)?;
        if s.form.error == EtsError::Additive {
            // The unit follows from sigma; a snapshot that says otherwise is none.
            Error::require(s.unit == model.unit, "unit", "sigma for an additive error", s.unit)?;
        }
        check_shape("season", model.season.len(), s.season.len())?;
        check_shape("plain", model.echoes.plain.len(), s.plain.len())?;
        check_shape("weighted", model.echoes.weighted.len(), s.weighted.len())?;
        Error::require(slot == 0 || slot < s.season.len(), "slot", "below the period", slot)?;
        let sane = |x: f64| x.abs() < 1e200;
        for (level, trend) in [(s.level, s.trend), (s.known[0], s.known[1])] {
            Error::require(sane(level), "level", "finite, below 1e200", level)?;
            Error::require(sane(trend), "trend", "finite, below 1e200", trend)?;
            if s.form.is_ratio() {
                Error::require(is_held(level), "level", "positive in a multiplicative form", level)?;
            }
            if s.form.has_factor_trend() {
                Error::require(is_held(trend), "trend", "positive as a factor", trend)?;
            }
        }
        let known = s.missed > 0 || s.known == [s.level, s.trend];
        Error::require(known, "known", "level and trend outside a gap", format_args!("{:?}", s.known))?;
        for &x in &s.season {
            let fits = if s.form.season == EtsSeason::Multiplicative { is_held(x) } else { sane(x) };
            Error::require(fits, "season", "finite, positive as a factor", x)?;
        }
        // Of a product of factors it is the logarithm of a mean, which may be below that of the path.
        let logarithm = s.form.is_growth();
        Error::require(!logarithm || s.spread[1] > -1e200, "spread", "a logarithm", s.spread[1])?;
        let spread = s.spread.iter().enumerate().filter(|(i, _)| !logarithm || *i != 1).map(|(_, x)| x);
        let variances = spread.chain(&s.plain).chain(&s.weighted);
        for &x in variances {
            Error::require(x >= 0.0, "spread", ">= 0", x)?;
        }
        (model.searched_season, model.candidates) = (s.searched_season, s.candidates);
        model.reach = reach;
        model.known = (s.known[0], s.known[1]);
        (model.level, model.trend, model.season, model.slot) = (s.level, s.trend, s.season, slot);
        model.spread = Spread { level: s.spread[0], cross: s.spread[1], slope: s.spread[2] };
        (model.echoes.plain, model.echoes.weighted) = (s.plain, s.weighted);
        (model.missed, model.check) = (s.missed, s.check);
        Ok(model)
    }
}
