//! The snapshot of a fitted model.

use super::demand::DemandKind;
use super::model::{CrostonModel, Path};
use super::settings::CrostonKind;
use evenkeel_core::{Error, PlausibilityCheck, Snapshot};

/// What is written.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    kind: CrostonKind,
    #[serde(with = "evenkeel_core::exact")]
    alpha: f64,
    #[serde(with = "evenkeel_core::exact")]
    beta: f64,
    #[serde(with = "evenkeel_core::exact")]
    sigma: f64,
    evaluations: u32,
    demand: Option<DemandKind>,
    #[serde(with = "evenkeel_core::exact")]
    size: f64,
    #[serde(with = "evenkeel_core::exact")]
    frequency: f64,
    #[serde(with = "evenkeel_core::exact")]
    since: f64,
    begun: bool,
    check: PlausibilityCheck,
}

impl Snapshot for CrostonModel {
    fn schema() -> String {
        "CrostonModel@2".into()
    }
}

impl From<CrostonModel> for State {
    fn from(m: CrostonModel) -> Self {
        let Path { size, frequency, since, begun } = m.path;
        let CrostonModel { kind, alpha, beta, sigma, evaluations, demand, check, .. } = m;
        Self { kind, alpha, beta, sigma, evaluations, demand, size, frequency, since, begun, check }
    }
}

impl TryFrom<State> for CrostonModel {
    type Error = Error;

    fn try_from(s: State) -> Result<Self, Error> {
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
