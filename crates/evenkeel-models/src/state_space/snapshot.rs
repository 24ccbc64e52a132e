//! Snapshots of structural models.

use super::component::{COMPONENTS, Component};
use super::estimates::Fitted;
use super::fitted::StructuralModel;
use super::specification::{CycleRange, LEAST_DAMPED, SeasonForm, Specification, Variances, Wave};
use super::structural_regression::StructuralRegression;
use crate::fit::FitReport;
use crate::shape::check_shape;
use evenkeel_core::{Error, PlausibilityCheck};

evenkeel_core::exact_as_is!(SeasonForm);

evenkeel_core::state! {
    StructuralModel as struct SavedStructuralModel("StructuralModel@2") {
        slope: bool,
        season: SeasonForm,
        period: u32,
        given: [Option<f64>; COMPONENTS],
        varying: bool,
        scales: Vec<f64>,
        /// The shortest and the longest period of a cycle.
        cycle: Option<[f64; 2]>,
        given_damping: Option<f64>,
        cycle_period: f64,
        damping: f64,
        cycle_errors: [Option<f64>; 2],
        center: f64,
        unit: f64,
        sigma: f64,
        ratios: Variances,
        widening: f64,
        errors: [Option<f64>; COMPONENTS],
        report: FitReport,
        mean: Vec<f64>,
        covariance: Vec<f64>,
        /// The columns that are left.
        diffuse: Vec<f64>,
        gain: Vec<f64>,
        last_gain: Vec<f64>,
        last_variance: f64,
        still: u32,
        settled: bool,
        started: bool,
        check: PlausibilityCheck,
    }
}

impl From<&StructuralModel> for SavedStructuralModel {
    fn from(m: &StructuralModel) -> Self {
        let m = m.clone();
        let small = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
        let diffuse = m.filter.columns().to_vec();
        let Specification { slope, season, period, given, cycle, damping, varying, regressors: _ } =
            m.fitted.specification;
        Self {
            slope,
            season,
            period: small(period),
            given,
            varying,
            scales: m.fitted.scales,
            cycle: cycle.map(|range| [range.shortest, range.longest]),
            given_damping: damping,
            cycle_period: m.fitted.wave.period,
            damping: m.fitted.wave.damping,
            cycle_errors: m.fitted.wave_errors,
            center: m.fitted.center,
            unit: m.fitted.unit,
            sigma: m.fitted.sigma,
            ratios: m.fitted.ratios,
            widening: m.fitted.widening,
            errors: m.fitted.errors,
            report: m.fitted.report,
            mean: m.filter.mean,
            covariance: m.filter.covariance,
            diffuse,
            gain: m.filter.gain,
            last_gain: m.settling.gain,
            last_variance: m.settling.variance,
            still: small(m.settling.still),
            settled: m.settled,
            started: m.started,
            check: m.check,
        }
    }
}

impl TryFrom<SavedStructuralModel> for StructuralModel {
    type Error = Error;

    fn try_from(s: SavedStructuralModel) -> Result<Self, Error> {
        let period = usize::try_from(s.period).unwrap_or(usize::MAX);
        let cycle = s.cycle.map(|[shortest, longest]| CycleRange { shortest, longest });
        let specification = Specification {
            slope: s.slope,
            season: s.season,
            period,
            given: s.given,
            varying: s.varying,
            regressors: s.scales.len(),
            cycle,
            damping: s.given_damping,
        };
        specification.check()?;
        let seasonal = s.season != SeasonForm::None;
        Error::require(seasonal || period == 1, "period", "1 without a season", period)?;
        let wave = Wave { period: s.cycle_period, damping: s.damping };
        let (shortest, longest) = cycle.map_or((2.0, 2.0), |range| (range.shortest, range.longest));
        // The period is found on a logarithmic scale.
        let within = wave.period >= shortest * (1.0 - 1e-9) && wave.period <= longest * (1.0 + 1e-9);
        Error::require(within, "cycle_period", "in the range of the cycle", wave.period)?;
        let most = if cycle.is_some() { LEAST_DAMPED } else { 0.0 };
        Error::require((0.0..=most).contains(&wave.damping), "damping", "in [0, 0.9999]", wave.damping)?;
        let units = s.scales.iter().all(|unit| *unit > 1e-291 && *unit < 1e103);
        Error::require(units, "scales", "in (1e-291, 1e103)", "not")?;
        let sane = |x: &f64| x.abs() < 1e250;
        Error::require(s.center.abs() <= 1e100, "center", "finite, at most 1e100", s.center)?;
        Error::require(s.unit > 1e-291 && s.unit < 1e103, "unit", "in (1e-291, 1e103)", s.unit)?;
        Error::require(s.sigma >= 0.0 && s.sigma < 1e150, "sigma", "in [0, 1e150)", s.sigma)?;
        for component in Component::ALL {
            let ratio = s.ratios[component.index()];
            Error::require((0.0..=1.0).contains(&ratio), "ratios", "in [0, 1]", ratio)?;
            let known = specification.has(component) || ratio == 0.0;
            Error::require(known, "ratios", "0 for components that are not there", ratio)?;
        }
        Error::require((1.0..1e9).contains(&s.widening), "widening", "in [1, 1e9)", s.widening)?;
        s.report.criteria.validate()?;
        let states = specification.states();
        check_shape("mean", states, s.mean.len())?;
        check_shape("covariance", states * states, s.covariance.len())?;
        check_shape("gain", states, s.gain.len())?;
        check_shape("last_gain", states, s.last_gain.len())?;
        let unknown = s.diffuse.len() / states;
        let all_unknown = specification.unknown();
        check_shape("diffuse", unknown.min(all_unknown) * states, s.diffuse.len())?;
        let numbers = [&s.mean, &s.covariance, &s.diffuse, &s.gain, &s.last_gain];
        let all = numbers.into_iter().flatten().chain([&s.last_variance]).all(sane);
        Error::require(all, "state", "finite, below 1e250", "not")?;
        for i in 0..states {
            let own = s.covariance[i * states + i];
            Error::require(own >= 0.0, "covariance", "positive on its diagonal", own)?;
            for j in 0..i {
                let (a, b) = (s.covariance[i * states + j], s.covariance[j * states + i]);
                let close = (a - b).abs() <= 1e-6 * (a.abs() + b.abs()).max(1e-200);
                Error::require(close, "covariance", "symmetric", format_args!("{a} and {b}"))?;
            }
        }
        Error::require(
            s.started || unknown == all_unknown,
            "started",
            "true once a value was learnt",
            s.started,
        )?;
        Error::require(!s.settled || unknown == 0, "settled", "false at the start", s.settled)?;
        let mut model = Self::new(Fitted {
            specification,
            center: s.center,
            unit: s.unit,
            sigma: s.sigma,
            ratios: s.ratios,
            widening: s.widening,
            errors: s.errors,
            wave,
            scales: s.scales,
            wave_errors: s.cycle_errors,
            report: s.report,
        });
        (model.filter.mean, model.filter.covariance, model.filter.gain) = (s.mean, s.covariance, s.gain);
        model.filter.diffuse.fill(0.0);
        model.filter.diffuse[..s.diffuse.len()].copy_from_slice(&s.diffuse);
        model.filter.unknown = unknown;
        model.settling.gain = s.last_gain;
        model.settling.variance = s.last_variance;
        model.settling.still = usize::try_from(s.still).unwrap_or(0);
        (model.settled, model.started, model.check) = (s.settled, s.started, s.check);
        Ok(model)
    }
}

evenkeel_core::state! {
    StructuralRegression as struct SavedStructuralRegression(
        format!("StructuralRegression@1<{}>", StructuralModel::schema())
    ) {
        model: StructuralModel,
    }
}

impl From<&StructuralRegression> for SavedStructuralRegression {
    fn from(of: &StructuralRegression) -> Self {
        Self { model: of.model.clone() }
    }
}

impl TryFrom<SavedStructuralRegression> for StructuralRegression {
    type Error = Error;

    fn try_from(s: SavedStructuralRegression) -> Result<Self, Error> {
        Ok(Self { model: s.model })
    }
}
