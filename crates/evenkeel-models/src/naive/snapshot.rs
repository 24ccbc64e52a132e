//! Snapshots of naive forecasts.

use super::fitted::{NaiveModel, Path};
use super::kind::{LONGEST, NaiveKind};
use crate::shape::check_shape;
use evenkeel_core::{Error, PlausibilityCheck};

evenkeel_core::state! {
    NaiveModel as struct SavedNaiveModel("NaiveModel@2") {
        kind: NaiveKind,
        length: u32,
        sigma: f64,
        factors: Vec<f64>,
        values: Vec<f64>,
        ages: Vec<f64>,
        slot: u32,
        /// Count, mean, first value, steps from the first to the last.
        sums: [f64; 4],
        check: PlausibilityCheck,
    }
}

impl From<&NaiveModel> for SavedNaiveModel {
    fn from(m: &NaiveModel) -> Self {
        let m = m.clone();
        let small = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
        let Path { values, ages, slot, count, mean, first, elapsed } = m.path;
        Self {
            kind: m.kind,
            length: small(m.length),
            sigma: m.sigma,
            factors: m.factors,
            values,
            ages,
            slot: small(slot),
            sums: [count, mean, first, elapsed],
            check: m.check,
        }
    }
}

impl TryFrom<SavedNaiveModel> for NaiveModel {
    type Error = Error;

    fn try_from(s: SavedNaiveModel) -> Result<Self, Error> {
        let whole = |x: u32| usize::try_from(x).unwrap_or(usize::MAX);
        let (length, slot) = (whole(s.length), whole(s.slot));
        Error::require((1..=LONGEST).contains(&length), "length", "in 1..=100000", length)?;
        Error::require(s.sigma >= 0.0 && s.sigma < 1e200, "sigma", "in [0, 1e200)", s.sigma)?;
        let sane = |x: f64| x.abs() < 1e200;
        let factors = s.factors.iter().all(|f| *f > 1e-7 && *f < 1e7);
        Error::require(factors, "factors", "positive", "not")?;
        let expected = if s.kind == NaiveKind::Adjusted && !s.factors.is_empty() { length } else { 0 };
        check_shape("factors", expected, s.factors.len())?;
        Error::require(
            s.values.iter().chain(&s.sums).all(|x| sane(*x)),
            "values",
            "finite, below 1e200",
            "not",
        )?;
        let ages = s.ages.iter().all(|age| *age >= 0.0 && (*age < 1e18 || age.is_infinite()));
        Error::require(ages, "ages", "in [0, 1e18), or infinite", "not")?;
        let [count, mean, first, elapsed] = s.sums;
        Error::require(count == 0.0 || count >= 1.0, "count", "0, or 1 and more", count)?;
        Error::require((0.0..1e19).contains(&elapsed), "elapsed", "in [0, 1e19)", elapsed)?;
        let mut model = Self::new(s.kind, length, s.sigma, s.factors);
        check_shape("values", model.path.values.len(), s.values.len())?;
        check_shape("ages", model.path.ages.len(), s.ages.len())?;
        let single = matches!(s.kind, NaiveKind::Last | NaiveKind::Drift | NaiveKind::Adjusted);
        let known = !single || (count > 0.0) == s.ages[0].is_finite();
        Error::require(known, "ages", "finite once a value was seen", format_args!("{:?}", s.ages))?;
        let places =
            if s.kind == NaiveKind::Adjusted { model.factors.len().max(1) } else { model.path.values.len() };
        Error::require(slot < places, "slot", "below the period", slot)?;
        model.check = s.check;
        model.path = Path { values: s.values, ages: s.ages, slot, count, mean, first, elapsed };
        Ok(model)
    }
}
