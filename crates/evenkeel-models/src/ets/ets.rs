//! Exponential smoothing of a given form: the estimator.

use super::fitted::EtsModel;
use super::form::EtsForm;
use super::maximum_likelihood::{ENOUGH, MOST, Search, conclude};
use super::parameters::EtsParameters;
use super::scaled_history::ScaledHistory;
use crate::fit::FitReport;
use evenkeel_core::{Error, Fit};

/// Points of the grid that the search starts from.
const STARTS: usize = 3;
/// Exponential smoothing of a given form: level, trend and season that each learn a share of every surprise.
///
/// Use it where a level wanders and a season slowly changes; with a short, clear season it is hard to beat
/// for its cost. Not for several seasons at once, nor for values that are mostly zero.
/// [`AutoEts`](crate::ets::AutoEts) chooses the form.
///
/// # Criteria
/// In the [`report`](EtsModel::report), k counts smoothing parameters (phi among them, where there is one),
/// starting states (the season's without one, which follows from the others) and the variance, as R's `ets`
/// does: 18 for a damped slope with an additive season of
/// 12. They are comparable between all forms on the same history.
///
/// # Method
/// The innovations state space models of Hyndman, Koehler, Snyder and Grose (2002,
/// doi:10.1016/S0169-2070(01)00110-8) and Hyndman, Koehler, Ord and Snyder (2008,
/// doi:10.1007/978-3-540-71918-2). Smoothing parameters and starting states maximize the Gaussian likelihood,
/// by BFGS on the exact gradient (the adjoint of the recursion) from the best points of a grid; the states
/// begin at moving averages and a line through the first values. Parameters stay in the usual region, alpha
/// and beta/alpha in `[1e-4, 0.9999]`, gamma up to `1 - alpha`, phi in `[0.8, 0.98]`, and, with a season, in
/// the admissible one.
///
/// Deviations: the season's starting states are searched for up to period 24; longer ones are those of the
/// moving averages ([`EtsModel::searched_season`]). A linear trend that would take a level with
/// multiplicative season to 0 ends there.
///
/// # Parameters
/// - `form`: which of the 30 models; see [`EtsForm`].
/// - `period`: of the season, in samples, 2 to 100,000; 1 for forms without.
///
/// # Missing data
/// What [`observed`](evenkeel_core::observed) refuses is missing: every state goes on as predicted, and the
/// uncertainty grows with the gap until the next value. That value then moves the states by the usual shares
/// (not by the larger ones that an exact filter would take after a gap). To a form whose season or trend is a
/// factor, a value that is not positive is missing, too.
///
/// # Errors of `fit`
/// - [`Error::Parameter`]: a period out of range, given parameters out of range or not admissible.
/// - [`Error::Shape`]: given season states of another number than the period.
/// - [`Error::TooShort`]: fewer observed values than parameters and 2 more, or than two periods.
/// - [`Error::Numerical`]: a multiplicative form for values that are not all positive, or no likelihood
///   anywhere.
///
/// # Complexity
/// O(n) an evaluation with its gradient, some dozens of them, and period more where the season is searched
/// for.
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::ets::{Ets, EtsError, EtsForm, EtsSeason, EtsTrend};
///
/// // Six days of hourly requests, busier by a factor in the afternoon.
/// let history: Vec<f64> = (0..144)
///     .map(|t| {
///         let hour = f64::from(t % 24);
///         (200.0 + f64::from(t)) * (1.0 + 0.5 * (hour / 24.0 * 6.283).sin()) + f64::from(t * 37 % 11)
///     })
///     .collect();
/// let form = EtsForm::new(EtsError::Multiplicative, EtsTrend::Additive, EtsSeason::Multiplicative);
/// let model = Ets::new(form, 24).fit(&history)?;
/// let mut day = [Prediction::default(); 24];
/// assert!(model.forecast_into(&mut day));
/// assert!((day[6].mean() / (350.0 * 1.5) - 1.0).abs() < 0.05);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Ets {
    form: EtsForm,
    period: usize,
    parameters: Option<EtsParameters>,
}

impl Ets {
    /// A model of this form, all its numbers to be estimated.
    pub fn new(form: EtsForm, period: usize) -> Self {
        Self { form, period, parameters: None }
    }

    /// Takes these parameters and starting states instead of searching.
    pub fn with_parameters(mut self, parameters: EtsParameters) -> Self {
        self.parameters = Some(parameters);
        self
    }

    fn check(&self) -> Result<(), Error> {
        self.form.check_period(self.period)?;
        match &self.parameters {
            Some(parameters) => parameters.check(self.form, self.period),
            None => Ok(()),
        }
    }
}

impl Fit for Ets {
    type Fitted = EtsModel;

    fn fit(&self, history: &[f64]) -> Result<EtsModel, Error> {
        self.check()?;
        let sample = ScaledHistory::new(history, self.period)?;
        if let Some(given) = &self.parameters {
            let report = FitReport::given(self.form.parameters(self.period));
            let given = given.scaled(self.form, 1.0 / sample.scale);
            return conclude(self.form, &sample, &given, report, history);
        }
        sample.check(self.form)?;
        let mut search = Search::new(self.form, &sample, STARTS).ok_or(Error::Numerical {
            what: "the likelihood of the form is not finite at any starting point",
        })?;
        search.go(MOST, ENOUGH);
        search.finish(history)
    }
}
