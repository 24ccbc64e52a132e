//! Exponential smoothing of automatic form.

use super::candidate::EtsCandidate;
use super::fitted::EtsModel;
use super::form::{EtsForm, check_period};
use super::maximum_likelihood::{ENOUGH, Search};
use super::scaled_history::ScaledHistory;
use evenkeel_core::{Error, Fit};

/// Starts of a form without season, whose search costs little.
const STARTS: usize = 3;
/// Steps after which the forms are compared for the first time.
const HEAT: usize = 24;
/// Further steps of those within reach.
const FINAL: usize = 40;
/// The expected gain in twice the log-likelihood at which a first search ends.
const ROUGH: f64 = 0.02;
/// Forms this far behind the best after the first search do not go on.
const REACH: f64 = 4.0;
/// Variances are compared at least this many steps ahead.
const FARTHEST: usize = 24;
/// A form whose variance explodes gives way to one that is at most so far behind.
const FAR: f64 = 20.0;

/// Exponential smoothing whose form is chosen by the corrected criterion of Akaike.
///
/// Use it where one model has to serve many series of the same period without a look at each. It costs up to
/// 15 fits; see [`Ets`](crate::ets::Ets) for what each of them is, for missing data and for the deviations.
///
/// # Method
/// Every form that suits the data is fitted, those within reach of the best to the end, and the least AICc
/// wins (Hyndman et al. 2002, doi:10.1016/S0169-2070(01)00110-8). Left out are, as R's `ets` does: forms that
/// are numerically unstable ([`EtsForm::is_unstable`]), multiplicative forms for values that are not all
/// positive, multiplicative trends unless asked for, and forms with more parameters than the history can
/// bear. One more rule is added: a slope without damping is refused if the errors contradict it
/// ([`EtsCandidate::is_contradicted`]), and so is a multiplicative form whose variance explodes
/// ([`EtsCandidate::is_explosive`]) where another is at most 20 behind. [`candidates`](EtsModel::candidates)
/// lists what was compared.
///
/// # Parameters
/// - `period`: of the season, in samples, 1 to 100,000; 1 for none.
/// - [`multiplicative_trend`](Self::multiplicative_trend), default false: a growth by factors explodes sooner
///   or later.
///
/// # Errors of `fit`
/// [`Error::Parameter`] for a period out of range; [`Error::TooShort`] below 5 observed values;
/// [`Error::Numerical`] if no form has a likelihood.
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::AutoEts;
/// use evenkeel_models::ets::EtsSeason;
///
/// let history: Vec<f64> =
///     (0..120).map(|t| 50.0 + 10.0 * f64::from(t % 12 / 6) + f64::from(t * 37 % 11) / 5.0).collect();
/// let model = AutoEts::new(12).fit(&history)?;
/// println!("{}, of {}", model.form(), model.candidates().len());
/// assert_ne!(model.form().season, EtsSeason::None);
/// let mut year = [Prediction::default(); 12];
/// assert!(model.forecast_into(&mut year));
/// assert!(year[9].mean() - year[3].mean() > 8.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct AutoEts {
    period: usize,
    multiplicative_trend: bool,
}

impl AutoEts {
    /// For a series with a season of this period, or none.
    pub fn new(period: usize) -> Self {
        Self { period, multiplicative_trend: false }
    }

    /// Whether multiplicative trends are tried, too.
    pub fn multiplicative_trend(mut self, yes: bool) -> Self {
        self.multiplicative_trend = yes;
        self
    }

    fn tries(&self, form: EtsForm) -> bool {
        !form.is_unstable()
            && (self.period > 1 || !form.has_season())
            && (self.multiplicative_trend || !form.has_factor_trend())
    }
}

impl Fit for AutoEts {
    type Fitted = EtsModel;

    fn fit(&self, history: &[f64]) -> Result<EtsModel, Error> {
        check_period(self.period)?;
        let sample = ScaledHistory::new(history, self.period)?;
        let forms: Vec<EtsForm> =
            EtsForm::all().into_iter().filter(|form| self.tries(*form) && sample.suits(*form)).collect();
        if forms.is_empty() {
            return Err(Error::TooShort { needed: 5, got: sample.observed });
        }
        let mut searches: Vec<Search<'_>> = forms
            .into_iter()
            .filter_map(|form| Search::new(form, &sample, if form.has_season() { 1 } else { STARTS }))
            .collect();
        for search in &mut searches {
            search.go(HEAT, ROUGH);
        }
        let order = |searches: &mut Vec<Search<'_>>| {
            searches.sort_by(|a, b| a.aicc().total_cmp(&b.aicc()));
        };
        order(&mut searches);
        let least = searches.first().map_or(f64::INFINITY, Search::aicc);
        for search in searches.iter_mut().filter(|search| search.aicc() <= least + REACH) {
            search.go(FINAL, ENOUGH);
        }
        order(&mut searches);
        let mut candidates: Vec<EtsCandidate> = searches
            .iter_mut()
            .map(|search| EtsCandidate {
                form: search.form,
                aicc: search.aicc(),
                contradicted: search.is_contradicted(),
                explosive: false,
            })
            .collect();
        let chosen = candidates.iter().position(|c| !c.contradicted).unwrap_or(0);
        let horizon = FARTHEST.max(2 * self.period.min(history.len()));
        let mut best: Option<(EtsModel, f64)> = None;
        for (search, candidate) in searches.into_iter().zip(&mut candidates).skip(chosen) {
            // If all are contradicted, the first one is taken.
            if candidate.contradicted && best.is_some() {
                continue;
            }
            // A form that is so far ahead is kept despite its variance, which is bounded.
            if best.as_ref().is_some_and(|(_, aicc)| candidate.aicc > aicc + FAR) {
                break;
            }
            let model = search.finish(history)?;
            let explosive = model.explodes(&sample, horizon);
            candidate.explosive = explosive;
            if best.is_none() || !explosive {
                best = Some((model, candidate.aicc));
            }
            if !explosive {
                break;
            }
        }
        let (mut model, _) =
            best.ok_or(Error::Numerical { what: "no form has a finite likelihood at any starting point" })?;
        model.candidates = candidates;
        Ok(model)
    }
}
