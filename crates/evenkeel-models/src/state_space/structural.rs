//! Structural time series models: the estimator.

use super::component::{COMPONENTS, Component};
use super::fitted::StructuralModel;
use super::maximum_likelihood;
use super::posterior_draws;
use super::specification::{CycleRange, SeasonForm, Specification};
use super::structural_regression::StructuralRegression;
use evenkeel_core::Error;

/// A structural time series model (unobserved components): a series as the sum of a level that wanders, with
/// or without a slope, of a season whose pattern may change, of a cycle, and of noise, fitted by exact maximum
/// likelihood.
///
/// Use it where the parts have a meaning of their own (how fast does the disk fill, beside its daily rhythm?),
/// where values are missing, and where outliers and shifts of the level are to be told apart. For short memory
/// around a mean use [`Arima`](crate::arima::Arima).
///
/// | | level | slope | season |
/// | --- | --- | --- | --- |
/// | [`local_level`](Self::local_level) | a random walk | – | – |
/// | [`local_linear_trend`](Self::local_linear_trend) | a random walk that drifts by the slope | a random walk | – |
/// | [`smooth_trend`](Self::smooth_trend) | moves by the slope alone | a random walk | – |
/// | [`basic`](Self::basic) | as the local linear trend | a random walk | dummy |
///
/// # Method
/// A. C. Harvey (1989, Forecasting, Structural Time Series Models and the Kalman Filter,
/// doi:10.1017/CBO9781107049994). Each component has a disturbance with a variance; these variances are the
/// parameters. The likelihood is that of the Kalman filter with an exact diffuse start (see
/// [`StateSpace`](crate::state_space::StateSpace)): nothing is assumed of the first level, slope and season.
/// The overall scale is concentrated out; the ratios of the standard deviations are searched for by BFGS with
/// the exact derivatives of Koopman and Shephard (1992, doi:10.1093/biomet/79.4.823), from the best point of a
/// coarse search that does not depend on the scale. A variance that the data do not need becomes exactly 0.
///
/// Of a history without gaps the search reads the likelihood of the differences that no start has an influence
/// on, a banded Toeplitz one, which is the same function of the variances in O(n m); the filter confirms the
/// optimum, or searches itself where digits were lost.
///
/// # Parameters
/// - [`dummy_season`](Self::dummy_season), [`trigonometric_season`](Self::trigonometric_season): a season of 2
///   to 500 samples. The pattern of dummies changes one place at a time, that of waves all over, more
///   smoothly.
/// - [`cycle`](Self::cycle): a cycle with a period in a range within 2 to 10,000 samples, and a damping factor
///   in [0, 0.9999]: `c(t + 1) = damping (cos w c(t) + sin w d(t)) + noise`, `d(t + 1) = damping (cos w d(t) -
///   sin w c(t)) + noise` for the frequency `w = 2 pi / period` (Harvey 1989, section 2.3.3). It begins in the
///   distribution in which it stays. Period and damping are searched for by differences of the likelihood,
///   from the best of some dozen of periods; they have standard errors.
///   [`damping`](Self::damping) gives the factor.
/// - [`fit_with`](Self::fit_with): regressors, with constant coefficients or, by
///   [`varying_coefficients`](Self::varying_coefficients), with such that are random walks.
/// - [`variance`](Self::variance): gives a variance, which is then not searched for.
///
/// # Criteria
/// In the [`report`](StructuralModel::report), k counts the variances, period and damping that were searched
/// for and the states of which nothing is known at the start (as Durbin and Koopman 2012, section 7.4); n is
/// the number of observed values. The log-likelihood is the diffuse one, in which each observed value counts
/// its constant.
///
/// # Intervals
/// The variance is divided by n - m for m states; intervals at 95 % are those of Student's t with as many
/// degrees of freedom. What the estimates of the ratios leave open is not counted. Given variances are taken
/// as known.
///
/// # Missing data
/// A value that [`observed`](evenkeel_core::observed) refuses is missing: it adds exactly 0 to the likelihood,
/// and leading ones change nothing.
///
/// # Errors of `fit`
/// [`Error::Parameter`] for a period or variance out of range, or the variance of a component that the model
/// does not have; [`Error::TooShort`] for fewer observed values than states, free variances and 1 more, as
/// where the season is longer than the data; [`Error::Numerical`] if the values do not determine all states,
/// as where a phase of the season is never observed.
///
/// A series that follows the model without any disturbance (a constant, a line) is no error: its
/// [`sigma`](StructuralModel::sigma) is 0.
///
/// # Complexity
/// With m states an evaluation of likelihood and gradient is O(n m) without gaps and O(n m²) with them, some
/// dozens of which make a fit; both take 8 n m bytes. With regressors it is O(n m²), too, and with a cycle five such evaluations.
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::Structural;
/// use evenkeel_models::state_space::Component;
///
/// // Gigabytes on a disk, every six hours: it fills by 0.5 a step, with a daily rhythm.
/// let used: Vec<f64> = (0..120u32)
///     .map(|t| 200.0 + 0.5 * f64::from(t) + [0.0, 3.0, 5.0, 1.0][t as usize % 4] + f64::from(t * 7919 % 101) / 50.0)
///     .collect();
/// let model = Structural::basic(4).fit(&used)?;
/// let mut week = [Prediction::default(); 28];
/// assert!(model.forecast_into(&mut week));
/// assert!((week[27].mean() - week[23].mean() - 2.0).abs() < 0.1);
///
/// // Its parts, with hindsight.
/// let parts = model.components(&used)?;
/// assert!((parts.estimate(Component::Slope).unwrap()[60] - 0.5).abs() < 0.05);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Structural {
    pub(super) specification: Specification,
}

impl Structural {
    /// A level that is a random walk, and noise: what simple exponential smoothing is optimal for.
    pub fn local_level() -> Self {
        Self {
            specification: Specification {
                slope: false,
                season: SeasonForm::None,
                period: 1,
                given: [None; COMPONENTS],
                varying: false,
                regressors: 0,
                cycle: None,
                damping: None,
            },
        }
    }

    /// A level that moves by a slope and by itself; the slope is a random walk.
    pub fn local_linear_trend() -> Self {
        let mut new = Self::local_level();
        new.specification.slope = true;
        new
    }

    /// A level that moves by its slope alone, which makes it smooth: the local linear trend with a level
    /// variance of 0.
    pub fn smooth_trend() -> Self {
        Self::local_linear_trend().variance(Component::Level, 0.0)
    }

    /// The basic structural model: a local linear trend and a season of `period` samples, by dummies.
    pub fn basic(period: usize) -> Self {
        Self::local_linear_trend().dummy_season(period)
    }

    /// Adds a season of `period` samples whose effects sum to a disturbance over each period.
    pub fn dummy_season(mut self, period: usize) -> Self {
        (self.specification.season, self.specification.period) = (SeasonForm::Dummy, period);
        self
    }

    /// Adds a season of `period` samples as waves of all harmonics, whose disturbances have one variance.
    pub fn trigonometric_season(mut self, period: usize) -> Self {
        (self.specification.season, self.specification.period) = (SeasonForm::Trigonometric, period);
        self
    }

    /// Adds a cycle: a wave with a period in this range, in samples, that is damped and kept up by disturbances.
    /// Where `shortest` is `longest` the period is given, else it is searched for.
    pub fn cycle(mut self, shortest: f64, longest: f64) -> Self {
        self.specification.cycle = Some(CycleRange { shortest, longest });
        self
    }

    /// Gives the factor by which the cycle is damped with each sample, which is then not searched for.
    pub fn damping(mut self, damping: f64) -> Self {
        self.specification.damping = Some(damping);
        self
    }

    /// Makes the coefficients of the regressors of [`fit_with`](Self::fit_with) random walks; else they are
    /// constant.
    pub fn varying_coefficients(mut self) -> Self {
        self.specification.varying = true;
        self
    }

    /// Fits with regressors, a slice for each, as long as the history: what they explain stands beside the
    /// other components. Where one of them is missing, so is the value.
    ///
    /// Each coefficient is a state of which nothing is known at the start. With
    /// [`varying_coefficients`](Self::varying_coefficients) it moves, and what it moves its regressor at its
    /// root mean square moves the series by has one variance for all regressors: that of
    /// [`Component::Regression`].
    ///
    /// # Errors
    /// As `fit`; [`Error::Shape`] for a regressor of another length; [`Error::Parameter`] for more than 100
    /// regressors; [`Error::Numerical`] if they explain each other, or one does not vary, as the level.
    ///
    /// ```
    /// use evenkeel_models::Structural;
    ///
    /// // Used memory wanders, and follows the number of sessions.
    /// let sessions: Vec<f64> = (0..150u32).map(|t| f64::from(t * 37 % 50)).collect();
    /// let used: Vec<f64> =
    ///     (0..150u32).map(|t| 500.0 + 2.0 * sessions[t as usize] + f64::from(t * 7919 % 11)).collect();
    /// let model = Structural::local_level().fit_with(&used, &[&sessions])?;
    /// let coefficient = model.coefficients().unwrap()[0];
    /// assert!((coefficient.mean() - 2.0).abs() < 4.0 * coefficient.sd());
    /// // What if there are twice as many?
    /// let next = model.forecast_with(&[&[100.0]])?;
    /// assert!((next[0].mean() - 705.0).abs() < 10.0);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn fit_with(&self, history: &[f64], regressors: &[&[f64]]) -> Result<StructuralRegression, Error> {
        let mut specification = self.specification.clone();
        specification.regressors = regressors.len();
        Ok(StructuralRegression { model: maximum_likelihood::fit(&specification, history, regressors)? })
    }

    /// So many models with other parameters that the history allows, too, each at its end: draws from the
    /// posterior distribution, for what a forecast of one fit leaves out. Where a variance is estimated as 0,
    /// it need not be 0; what lies far ahead depends on it.
    ///
    /// With [`CrossingPaths::time_of_any`](crate::crossing_paths::CrossingPaths::time_of_any) they give a
    /// crossing time that counts how uncertain the parameters are.
    ///
    /// # Method
    /// Slice sampling, one parameter after the other, from the maximum of the likelihood (Neal 2003, Annals of
    /// Statistics 31, 705-767). What is known beforehand: nothing, in the sense of a flat density of each
    /// standard deviation on [0, ∞) (Gelman 2006, Bayesian Analysis 1, 515-533), of the damping factor, and of
    /// the logarithm of the period within its range. 20 rounds come before the first draw, and three before
    /// each.
    ///
    /// # Parameters
    /// - `count`: 1 to 100,000; some hundreds.
    /// - `seed`: the same gives the same models.
    ///
    /// # Errors
    /// As `fit`; [`Error::Parameter`] for a count out of range.
    ///
    /// # Complexity
    /// For each draw and parameter some 20 evaluations of the likelihood, and one pass of the filter.
    pub fn posterior_draws(
        &self,
        history: &[f64],
        count: usize,
        seed: u64,
    ) -> Result<Vec<StructuralModel>, Error> {
        posterior_draws::draws(&self.specification, history, count, seed)
    }

    /// Gives the variance of a component's disturbance, in squared units of the data. If all are given, `fit`
    /// only evaluates.
    pub fn variance(mut self, component: Component, variance: f64) -> Self {
        self.specification.given[component.index()] = Some(variance);
        self
    }
}

impl evenkeel_core::Fit for Structural {
    type Fitted = StructuralModel;

    fn fit(&self, history: &[f64]) -> Result<StructuralModel, Error> {
        maximum_likelihood::fit(&self.specification, history, &[])
    }
}
