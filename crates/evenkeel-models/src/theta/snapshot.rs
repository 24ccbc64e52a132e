//! Snapshots of theta models.

use super::criteria::ThetaCriteria;
use super::fitted::{Fixed, Path, ThetaModel};
use crate::fit::FitReport;
use evenkeel_core::{Error, PlausibilityCheck};

evenkeel_core::state! {
    ThetaModel as struct SavedThetaModel("ThetaModel@4") {
        fixed: Fixed,
        report: FitReport<ThetaCriteria>,
        path: Path,
        check: PlausibilityCheck,
    }
}

impl From<&ThetaModel> for SavedThetaModel {
    fn from(m: &ThetaModel) -> Self {
        let m = m.clone();
        Self { fixed: m.fixed, report: m.report, path: m.path, check: m.check }
    }
}

impl TryFrom<SavedThetaModel> for ThetaModel {
    type Error = Error;

    fn try_from(s: SavedThetaModel) -> Result<Self, Error> {
        let (fixed, path) = (&s.fixed, &s.path);
        Error::require(fixed.alpha >= 1e-5 && fixed.alpha <= 1.0, "alpha", "in [1e-5, 1]", fixed.alpha)?;
        Error::require((0.0..=1.0).contains(&fixed.share), "share", "in [0, 1]", fixed.share)?;
        Error::require(fixed.sigma >= 0.0, "sigma", ">= 0", fixed.sigma)?;
        let widening = (1.0..1e9).contains(&fixed.widening);
        Error::require(widening, "widening", "in [1, 1e9)", fixed.widening)?;
        let spare = [fixed.slope_variance, fixed.alpha_variance];
        let variances = spare.iter().all(|v| (0.0..1e9).contains(v));
        Error::require(variances, "variances", "in [0, 1e9)", format_args!("{spare:?}"))?;
        Error::require((0.0..9e15).contains(&path.missed), "missed", "in [0, 9e15)", path.missed)?;
        let fits = |s: f64| if fixed.factors { (1e-6..1e6).contains(&s) } else { s.abs() < 1e150 };
        Error::require(fixed.season.iter().all(|s| fits(*s)), "season", "finite, positive factors", "not")?;
        let slot = usize::try_from(path.slot).unwrap_or(usize::MAX);
        Error::require(slot == 0 || slot < fixed.season.len(), "slot", "below the period", slot)?;
        let whole = path.time >= 1.0 && path.time < 9e15 && path.time.fract() == 0.0;
        Error::require(whole, "time", "a whole number from 1 on", path.time)?;
        Error::require((0.0..=1.0).contains(&path.power), "power", "in [0, 1]", path.power)?;
        let sane = path.state.iter().all(|x| x.abs() < 1e200);
        Error::require(sane, "state", "finite, below 1e200", format_args!("{:?}", path.state))?;
        let spread = path.spread.iter().all(|x| x.abs() < 1e300);
        Error::require(spread, "spread", "finite", format_args!("{:?}", path.spread))?;
        let squares = s.report.criteria.scaled_squares;
        Error::require(!squares.is_nan(), "squares", "a number", squares)?;
        let (path, check) = (s.path, s.check);
        let mut model = Self::new(s.fixed, s.report)?;
        (model.path, model.check) = (path, check);
        Ok(model)
    }
}
