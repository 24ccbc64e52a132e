//! Snapshots of models of intermittent demand.

use super::demand_kind::DemandKind;
use super::fitted::{CrostonModel, Path};
use super::kind::CrostonKind;
use evenkeel_core::{Error, PlausibilityCheck};

evenkeel_core::state! {
    CrostonModel as struct SavedCrostonModel("CrostonModel@2") {
        kind: CrostonKind,
        alpha: f64,
        beta: f64,
        sigma: f64,
        evaluations: u32,
        demand: Option<DemandKind>,
        size: f64,
        frequency: f64,
        since: f64,
        begun: bool,
        check: PlausibilityCheck,
    }
}

impl From<&CrostonModel> for SavedCrostonModel {
    fn from(m: &CrostonModel) -> Self {
        let Path { size, frequency, since, begun } = m.path;
        let CrostonModel { kind, alpha, beta, sigma, evaluations, demand, check, .. } = *m;
        Self { kind, alpha, beta, sigma, evaluations, demand, size, frequency, since, begun, check }
    }
}

impl TryFrom<SavedCrostonModel> for CrostonModel {
    type Error = Error;

    fn try_from(s: SavedCrostonModel) -> Result<Self, Error> {
        let share = |x: f64| x > 0.0 && x <= 1.0;
        Error::require(share(s.alpha), "alpha", "in (0, 1]", s.alpha)?;
        Error::require(share(s.beta), "beta", "in (0, 1]", s.beta)?;
        Error::require(s.sigma >= 0.0 && s.sigma < 1e200, "sigma", "in [0, 1e200)", s.sigma)?;
        Error::require((0.0..1e200).contains(&s.size), "size", "in [0, 1e200)", s.size)?;
        let least = if s.size > 0.0 && s.kind != CrostonKind::Probability { 0.5 } else { 0.0 };
        let most = if s.kind == CrostonKind::Probability { 1.0 } else { 1e18 };
        Error::require(
            (least..=most).contains(&s.frequency),
            "frequency",
            "an interval from 1 on, or a probability",
            s.frequency,
        )?;
        Error::require((0.0..1e18).contains(&s.since), "since", "in [0, 1e18)", s.since)?;
        let mut model = Self::new(s.kind, s.alpha, s.beta, s.sigma, s.evaluations, s.demand);
        model.check = s.check;
        model.path = Path { size: s.size, frequency: s.frequency, since: s.since, begun: s.begun };
        Ok(model)
    }
}
