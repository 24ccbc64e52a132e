//! The fitted ARIMA model, a forecaster.

use super::constant::Constant;
use super::filter::Filter;
use super::forecast;
use super::initial_values::ArimaStart;
use super::lag_polynomials::{Differences, LagPolynomials};
use super::polynomial::step_down;
use super::residual::Residual;
use super::standard_errors::StandardErrors;
use crate::count::as_f64;
use crate::fit::FitReport;
use evenkeel_core::{Error, Forecaster, PlausibilityCheck, Prediction, Stage, observed};

/// An ARIMA process with known parameters, following a stream.
///
/// [`fit`](evenkeel_core::Fit::fit) leaves it at the end of the history, ready to go on;
/// [`reset`](Stage::reset) takes it back to before any observation. It is exact in both cases: it starts from
/// the stationary distribution, or, where differenced, without any assumption on the levels, and says nothing
/// until they are determined: after d + D s values without a gap.
///
/// # Missing data
/// A missing value moves the forecast on by one step; the model knows how much less certain it is then, and
/// recovers by itself.
///
/// # Complexity
/// With m = max(p + P s, q + Q s + 1) + d + D s: an update is O(m) once the start and the last gap are
/// forgotten, O(m²) before. A forecast of h steps is O(h m) and O(h m²). Nothing is allocated. The state
/// takes about 8 m² + 60 m bytes.
///
/// Above m = 128 an update is O(m), or O(k m) while k missing values are not forgotten (at most 64 are kept),
/// the state takes about 560 m bytes, a forecast of more than one step allocates one vector, and
/// [`is_exact`](Self::is_exact) says whether the state is that of the exact filter.
#[derive(Debug, Clone, PartialEq)]
pub struct ArimaModel {
    pub(super) fitted: Fitted,
    pub(super) filter: Filter,
    /// Values taken since the reset, observed or not.
    pub(super) time: u64,
    pub(super) check: PlausibilityCheck,
}

/// What does not change with the stream.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    pub(super) polynomials: LagPolynomials,
    pub(super) differences: Differences,
    pub(super) kind: Constant,
    pub(super) constant: f64,
    /// In the order of [`LagPolynomials`].
    pub(super) coefficients: Vec<f64>,
    /// Square root of the innovation variance.
    pub(super) sigma: f64,
    /// What estimation widens the intervals by; 1 where the parameters were given.
    pub(super) widening: f64,
    pub(super) errors: Option<StandardErrors>,
    pub(super) report: FitReport,
    /// How many starting points had a likelihood, and the one that led to the best fit.
    pub(super) starts: usize,
    pub(super) start: ArimaStart,
}

impl Fitted {
    /// A filter before any observation. None if not stationary.
    fn filter(&self) -> Option<Filter> {
        let (mut ar, mut ma) = (Vec::new(), Vec::new());
        self.polynomials.expand(&self.coefficients, &mut ar, &mut ma);
        Filter::new((&ar, &ma, &self.polynomials.lags()), &self.differences)
    }

    fn block(&self, which: usize) -> &[f64] {
        &self.coefficients[self.polynomials.blocks()[which].0.clone()]
    }
}

impl ArimaModel {
    pub(super) fn new(fitted: Fitted) -> Result<Self, Error> {
        let filter =
            fitted.filter().ok_or(Error::Numerical { what: "the variance of the process is not finite" })?;
        Ok(Self { fitted, filter, time: 0, check: PlausibilityCheck::default() })
    }

    /// The order (p, d, q).
    #[must_use]
    pub fn order(&self) -> (usize, usize, usize) {
        (self.fitted.polynomials.p, self.fitted.differences.d, self.fitted.polynomials.q)
    }

    /// The autoregressive coefficients, nearest lag first.
    #[must_use]
    pub fn ar(&self) -> &[f64] {
        self.fitted.block(0)
    }

    /// The moving average coefficients, nearest lag first, with plus signs: `e_t + ma_1 e_{t-1} + …`.
    #[must_use]
    pub fn ma(&self) -> &[f64] {
        self.fitted.block(1)
    }

    /// The season's order (P, D, Q) and period; zeros and 1 without a season.
    #[must_use]
    pub fn seasonal_order(&self) -> (usize, usize, usize, usize) {
        let LagPolynomials { sp, sq, s, .. } = self.fitted.polynomials;
        (sp, self.fitted.differences.seasonal, sq, s)
    }

    /// The season's autoregressive coefficients, nearest lag first.
    #[must_use]
    pub fn seasonal_ar(&self) -> &[f64] {
        self.fitted.block(2)
    }

    /// The season's moving average coefficients, nearest lag first, with plus signs.
    #[must_use]
    pub fn seasonal_ma(&self) -> &[f64] {
        self.fitted.block(3)
    }

    /// Whether the next prediction is exact. False only for a state of more than 128 entries, whose
    /// covariance is kept in a short form: after a start whose effect had not died away when the history
    /// ended, after a history whose gaps it had to fill, and once more than 64 directions of the state were
    /// unknown at a time. Its standard deviations are then a little too small.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.filter.exact
    }

    /// What the constant is.
    #[must_use]
    pub fn constant_kind(&self) -> Constant {
        self.fitted.kind
    }

    /// The mean, or the drift per sample; 0 without a constant.
    #[must_use]
    pub fn constant(&self) -> f64 {
        self.fitted.constant
    }

    /// The variance of the innovations, in squared units of the data. May underflow to 0 for data around
    /// 1e-160 and below, where [`sigma`](Self::sigma) does not.
    #[must_use]
    pub fn sigma2(&self) -> f64 {
        self.fitted.sigma * self.fitted.sigma
    }

    /// The standard deviation of the innovations, in units of the data.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.fitted.sigma
    }

    /// Standard errors of the estimates; `None` for given parameters and where the likelihood has no clear
    /// maximum inside the boundary.
    #[must_use]
    pub fn standard_errors(&self) -> Option<&StandardErrors> {
        self.fitted.errors.as_ref()
    }

    /// How the fit went, and how good it is.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.fitted.report
    }

    /// How many starting points of the search had a likelihood.
    #[must_use]
    pub fn starts(&self) -> usize {
        self.fitted.starts
    }

    /// The starting point that led to the best fit.
    #[must_use]
    pub fn start(&self) -> ArimaStart {
        self.fitted.start
    }

    /// Whether a partial autocorrelation of an autoregressive factor is within 1e-3 of ±1: one more
    /// difference may be needed.
    #[must_use]
    pub fn near_unit_root(&self) -> bool {
        is_near_circle(&self.fitted.polynomials, &self.fitted.coefficients, true)
    }

    /// Whether a moving average factor is within 1e-3 of not being invertible: one difference may be too
    /// many.
    #[must_use]
    pub fn near_noninvertible(&self) -> bool {
        is_near_circle(&self.fitted.polynomials, &self.fitted.coefficients, false)
    }

    /// One-step prediction errors of a whole history, starting before its first value; `None` where a value
    /// is missing or nothing was known to predict it. The model itself stays where it is.
    #[must_use]
    pub fn residuals(&self, history: &[f64]) -> Vec<Option<Residual>> {
        let mut model = self.clone();
        model.reset();
        // Within the history nothing is extrapolated: the standard deviations are those of the process.
        model.fitted.widening = 1.0;
        let one = |x: &f64| {
            let mut next = [Prediction::default()];
            let known = model.forecast_into(&mut next);
            model.update(*x);
            let x = observed(*x).filter(|_| known)?;
            Some(Residual::new(x, next[0]))
        };
        history.iter().map(one).collect()
    }

    /// Observed values while the levels were unknown.
    pub(super) fn seen(&self) -> usize {
        self.filter.seen
    }

    /// The deterministic part of the `ahead`-th next value, counted from 0.
    fn trend(&self, ahead: usize) -> f64 {
        match self.fitted.kind {
            Constant::None => 0.0,
            Constant::Mean => self.fitted.constant,
            Constant::Drift => self.fitted.constant * (count(self.time) + as_f64(ahead) + 1.0),
        }
    }
}

impl Stage<f64> for ArimaModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let x = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        let trend = self.trend(0);
        let knew = self.filter.is_ready();
        self.filter.step(x.map(|x| x - trend));
        // Sums that were tampered with in a snapshot may determine no level: it starts again. No data cause
        // that.
        if !knew
            && self.filter.is_ready()
            && !self.filter.is_finite()
            && let Some(filter) = self.fitted.filter()
        {
            self.filter = filter;
        }
        self.time = self.time.saturating_add(1);
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        // The parameters were valid at construction.
        if let Some(filter) = self.fitted.filter() {
            self.filter = filter;
        }
        self.time = 0;
        self.check.reset();
    }
}

impl Forecaster for ArimaModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if !self.filter.is_ready() {
            return false;
        }
        forecast::fill(&self.filter, self.fitted.sigma * self.fitted.widening, |h| self.trend(h), out);
        true
    }
}

fn count(t: u64) -> f64 {
    t as f64
}

/// Whether a partial autocorrelation of a factor on this side is within 1e-3 of ±1.
fn is_near_circle(polynomials: &LagPolynomials, coefficients: &[f64], autoregressive: bool) -> bool {
    let sign = if autoregressive { 1.0 } else { -1.0 };
    polynomials.blocks().into_iter().filter(|block| block.1 == autoregressive).any(|(range, _)| {
        let mut partial: Vec<f64> = coefficients[range].iter().map(|c| sign * c).collect();
        !step_down(&mut partial) || partial.iter().any(|rho| rho.abs() > 1.0 - 1e-3)
    })
}
