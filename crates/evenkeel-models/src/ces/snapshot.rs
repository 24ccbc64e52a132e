//! Snapshots of complex exponential smoothing.

use super::fitted::{CesModel, Echo};
use super::kind::{CesKind, check_period};
use super::parameters::Parameters;
use crate::fit::FitReport;
use evenkeel_core::{Error, PlausibilityCheck};

evenkeel_core::state! {
    CesModel as struct SavedCesModel("CesModel@4") {
        kind: CesKind,
        period: u32,
        start: Parameters,
        sigma: f64,
        center: f64,
        widening: f64,
        report: FitReport,
        searched_season: bool,
        level: Vec<[f64; 2]>,
        season: Vec<[f64; 2]>,
        slots: [u32; 2],
        /// Variance, what is left in the level (2) and in the season (2).
        echo: [f64; 5],
        left: u32,
        check: PlausibilityCheck,
    }
}

impl From<&CesModel> for SavedCesModel {
    fn from(m: &CesModel) -> Self {
        let m = m.clone();
        let small = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
        let Echo { variance, level, season, left } = m.echo;
        Self {
            kind: m.kind,
            period: small(m.period),
            start: m.start,
            sigma: m.sigma,
            center: m.center,
            widening: m.widening,
            report: m.report,
            searched_season: m.searched_season,
            level: m.level,
            season: m.season,
            slots: m.slots.map(small),
            echo: [variance, level[0], level[1], season[0], season[1]],
            left: small(left),
            check: m.check,
        }
    }
}

impl TryFrom<SavedCesModel> for CesModel {
    type Error = Error;

    fn try_from(s: SavedCesModel) -> Result<Self, Error> {
        let whole = |x: u32| usize::try_from(x).unwrap_or(usize::MAX);
        let period = whole(s.period);
        check_period(period)?;
        Error::require(s.kind == CesKind::None || period >= 2, "period", "at least 2 with a season", period)?;
        let levels = if s.kind == CesKind::Simple { period } else { 1 };
        let seasons = if matches!(s.kind, CesKind::Partial | CesKind::Full) { period } else { 0 };
        for (what, expected, found) in [
            ("level", levels, s.level.len()),
            ("level", levels, s.start.level.len()),
            ("season", seasons, s.season.len()),
            ("season", seasons, s.start.season.len()),
        ] {
            if expected != found {
                return Err(Error::Shape { what, expected, found });
            }
        }
        let range = s.start.alpha.iter().chain(&s.start.beta).all(|x| x.abs() < 100.0);
        Error::require(range, "alpha", "finite", format_args!("{:?}", s.start.alpha))?;
        // Two complex states may cost the square of the period; what is too long for that was admissible when
        // it was written, or is not ours.
        let short = s.kind != CesKind::Full || period <= 200;
        let admissible = !short || s.start.is_admissible(s.kind, period);
        Error::require(
            admissible,
            "alpha",
            "admissible: errors have to die out",
            format_args!("{:?}", s.start.alpha),
        )?;
        Error::require(s.sigma >= 0.0 && s.sigma < 1e150, "sigma", "in [0, 1e150)", s.sigma)?;
        Error::require(s.center.abs() < 1e150, "center", "finite, below 1e150", s.center)?;
        Error::require((1.0..1e9).contains(&s.widening), "widening", "in [1, 1e9)", s.widening)?;
        s.report.criteria.validate()?;
        let sane = s.level.iter().chain(&s.season).flatten().chain(&s.echo).all(|x| x.abs() < 1e200);
        Error::require(sane, "state", "finite, below 1e200", "not")?;
        Error::require(s.echo[0] >= 0.0, "variance", ">= 0", s.echo[0])?;
        let slots = s.slots.map(whole);
        let inside = slots[0] < levels && slots[1] < seasons.max(1);
        Error::require(inside, "slots", "below the period", format_args!("{slots:?}"))?;
        let left = whole(s.left);
        Error::require((1..=period).contains(&left), "left", "in 1..=period", left)?;
        let mut model = Self::new(
            s.kind,
            period,
            s.start,
            s.sigma,
            (s.center, s.widening),
            (s.report, s.searched_season),
        )?;
        (model.level, model.season, model.slots, model.check) = (s.level, s.season, slots, s.check);
        let [variance, a, b, c, d] = s.echo;
        model.echo = Echo { variance, level: [a, b], season: [c, d], left };
        Ok(model)
    }
}
