//! The theta method: the estimator.

use super::criteria::ThetaCriteria;
use super::fitted::{Fixed, ThetaModel};
use super::kind::{ThetaKind, ThetaSeason};
use super::least_squares::{Found, Sample, evaluate, search};
use crate::count::as_f64;
use crate::ets::{Ets, EtsError, EtsForm, EtsSeason, EtsTrend};
use crate::fit::{FitReport, Termination};
use crate::seasonal_indices::{filled, is_seasonal, seasonal_indices};
use crate::small_sample;
use evenkeel_core::{Error, Fit, PlausibilityCheck, Stage, observed};

/// Numbers of a theta model, given instead of searched for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThetaParameters {
    pub(super) alpha: f64,
    pub(super) theta: f64,
    pub(super) level: f64,
}

impl ThetaParameters {
    /// What the level keeps of a surprise, in `[0.001, 1]`; theta, at least 1; the level before the first
    /// value, in units of the seasonally adjusted data.
    #[must_use]
    pub const fn new(alpha: f64, theta: f64, level: f64) -> Self {
        Self { alpha, theta, level }
    }
}

/// The theta method and its state space relatives: a smoothed level that is carried along a share of the
/// overall slope.
///
/// Use it for short or noisy series with a slow trend, where it is among the best for its cost; it won the M3
/// competition. With a strong season [`AutoEts`](crate::ets::AutoEts) usually does better.
///
/// # Method
/// Assimakopoulos and Nikolopoulos (2000, doi:10.1016/S0169-2070(00)00066-2), in the form of Hyndman and
/// Billah (2003, doi:10.1016/S0169-2070(01)00143-1) for [`ThetaKind::Classic`] and of Fiorucci, Pellegrini,
/// Louzada, Petropoulos and Koehler (2016, doi:10.1016/j.ijforecast.2016.02.005) for the others. A season is
/// taken out by classical decomposition if the autocorrelation at the period is beyond its limit at 90 %, and
/// put back. The sum of squared one-step errors from the fourth value on is least; for each alpha, level and
/// theta follow by least squares, so that the search has one dimension and no start.
///
/// # Parameters
/// - `kind`; `period` of the season, in samples, 1 (none) to 100,000.
/// - [`season`](Self::season), default multiplicative.
/// - Alpha is searched for in `[0.1, 0.99]` (classic: `[1e-4, 0.9999]`), theta in `[1, 1e10]`, as in the
///   authors' program.
///
/// # Intervals
/// The innovation variance is that of the counted errors; each estimated number counts as one more, of the
/// variance of the steps of a walk with drift, so that a fit that passes through all of few values claims no
/// certainty. See [`ThetaModel`].
///
/// # Missing data
/// What [`observed`] refuses is missing. The search sees straight lines in its place; the model goes on as
/// predicted, and its uncertainty grows until the next value.
///
/// # Errors of `fit`
/// [`Error::Parameter`] for a period or given parameters out of range; [`Error::TooShort`] below 5 observed
/// values.
///
/// # Complexity
/// O(n) an evaluation, about 60 of them.
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::theta::{Theta, ThetaKind};
///
/// let history: Vec<f64> = (0..60).map(|t| 20.0 + 0.5 * f64::from(t) + f64::from(t * 37 % 11) / 5.0).collect();
/// let model = Theta::new(ThetaKind::DynamicOptimized, 1).fit(&history)?;
/// let mut ahead = [Prediction::default(); 10];
/// assert!(model.forecast_into(&mut ahead));
/// assert!((ahead[9].mean() - 56.0).abs() < 2.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Theta {
    kind: ThetaKind,
    period: usize,
    season: ThetaSeason,
    parameters: Option<ThetaParameters>,
}

/// The longest period.
pub(super) const LONGEST: usize = 100_000;

impl Theta {
    /// A theta model for a series with a season of this period, or none.
    pub fn new(kind: ThetaKind, period: usize) -> Self {
        Self { kind, period, season: ThetaSeason::Multiplicative, parameters: None }
    }

    /// How the season is taken out, if there is one.
    pub fn season(mut self, season: ThetaSeason) -> Self {
        self.season = season;
        self
    }

    /// Takes these numbers instead of searching.
    pub fn with_parameters(mut self, parameters: ThetaParameters) -> Self {
        self.parameters = Some(parameters);
        self
    }

    /// The seasonal indices, and whether they are factors.
    fn seasonal_indices(&self, complete: &[f64]) -> Option<(Vec<f64>, bool)> {
        if !is_seasonal(complete, self.period) {
            return None;
        }
        let factors = self.season == ThetaSeason::Multiplicative && complete.iter().all(|y| *y > 0.0);
        let found = factors.then(|| seasonal_indices(complete, self.period, true)).flatten();
        match found.filter(|f| f.iter().all(|s| *s >= 0.01)) {
            Some(indices) => Some((indices, true)),
            None => Some((seasonal_indices(complete, self.period, false)?, false)),
        }
    }

    /// The level of the classic method, which is smoothed without regard to the line.
    fn classic(y: &[f64]) -> Result<Found, Error> {
        let form = EtsForm::new(EtsError::Additive, EtsTrend::None, EtsSeason::None);
        let level = Ets::new(form, 1).fit(y)?;
        let evaluations = level.report().evaluations();
        let (alpha, start) = (level.alpha(), level.parameters().level_before());
        Ok(Found { alpha, share: 0.5, level: start, squares: 0.0, evaluations })
    }
}

impl Fit for Theta {
    type Fitted = ThetaModel;

    fn fit(&self, history: &[f64]) -> Result<ThetaModel, Error> {
        Error::require((1..=LONGEST).contains(&self.period), "period", "in 1..=100000", self.period)?;
        if let Some(p) = self.parameters {
            Error::require((1e-3..=1.0).contains(&p.alpha), "alpha", "in [0.001, 1]", p.alpha)?;
            Error::require((1.0..=1e300).contains(&p.theta), "theta", "in [1, 1e300]", p.theta)?;
            Error::require(observed(p.level).is_some(), "level", "finite, at most 1e100", p.level)?;
        }
        let count = history.iter().filter(|x| observed(**x).is_some()).count();
        if count < 5 {
            return Err(Error::TooShort { needed: 5, got: count });
        }
        let largest = history.iter().copied().filter_map(observed).fold(0.0, |m: f64, x| m.max(x.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let mut y: Vec<f64> = history.iter().map(|x| observed(*x).map_or(f64::NAN, |x| x / scale)).collect();
        let (season, factors) = self.seasonal_indices(&filled(&y)).unwrap_or_default();
        for (t, y) in y.iter_mut().enumerate() {
            if let Some(s) = season.get(t % season.len().max(1)) {
                *y = if factors { *y / s } else { *y - s };
            }
        }
        let sample = Sample::new(y, self.kind.is_dynamic());
        let mut found = match (self.parameters, self.kind) {
            (Some(p), _) => Found {
                alpha: p.alpha,
                share: 1.0 - 1.0 / p.theta,
                level: p.level / scale,
                squares: 0.0,
                evaluations: 0,
            },
            (None, ThetaKind::Classic) => Self::classic(&sample.y)?,
            (None, kind) => search(&sample, kind.fits_theta()),
        };
        found.squares = evaluate(&sample, self.kind, &found);
        found.evaluations += 1;
        let used = sample.errors.max(1);
        // What is estimated: alpha and the level, and theta where it is free.
        let estimated = match (self.parameters, self.kind) {
            (Some(_), _) => 0,
            (None, ThetaKind::Classic) => 2,
            (None, kind) => 2 + usize::from(kind.fits_theta()),
        };
        let kept = found.squares;
        // The errors that the estimates took up count as those of a walk with a drift: of five values, two
        // errors and three estimates leave no other trace of the noise.
        found.squares += as_f64(estimated) * sample.variance_of_steps();
        let errors = as_f64(used.max(estimated));
        let mean = sample.y.iter().filter(|y| !y.is_nan()).map(|y| y.abs()).sum::<f64>() / as_f64(count);
        // Smaller values are rounding.
        let exact = found.squares < 1e-26 * errors;
        let scaled_squares = if mean > 0.0 { kept * scale / mean } else { 0.0 };
        let report = FitReport {
            criteria: ThetaCriteria { scaled_squares },
            observed: count,
            iterations: 0,
            evaluations: found.evaluations,
            termination: match self.parameters {
                Some(_) => Termination::Given,
                None if exact => Termination::Exact,
                None => Termination::Converged,
            },
        };
        let (mut widening, mut slope_variance, mut alpha_variance) = (1.0, 0.0, 0.0);
        if estimated > 0 {
            let (n, k, alpha) = (as_f64(count), as_f64(estimated), found.alpha);
            widening = small_sample::widening(n - k, k, n);
            // Least squares on a line of n values: with independent errors 12 / n³, with those of a walk 6 /
            // (5 n) (A. C. Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989;
            // doi:10.1017/CBO9781107049994).
            slope_variance = found.share * found.share * (alpha * alpha * 1.2 / n + 12.0 / n.powi(3));
            // That of a moving average of the first order, whose coefficient is 1 - alpha.
            alpha_variance = alpha * (2.0 - alpha) / n;
        }
        let fixed = Fixed {
            kind: self.kind,
            alpha: found.alpha,
            share: found.share,
            start: found.level * scale,
            intercept: sample.intercept * scale,
            slope: sample.slope * scale,
            sigma: if exact { 0.0 } else { (found.squares / errors).sqrt() * scale },
            widening,
            slope_variance,
            alpha_variance,
            factors,
            season: if factors { season } else { season.into_iter().map(|s| s * scale).collect() },
        };
        let mut model = ThetaModel::new(fixed, report)?;
        model.check = PlausibilityCheck::of(history);
        for x in history {
            model.update(*x);
        }
        Ok(model)
    }
}
