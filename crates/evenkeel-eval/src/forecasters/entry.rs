//! A forecaster entered in a contest.

use super::forecast::Forecast;
use super::question::Question;
use crate::{BoxError, Failure};
use evenkeel_core::{Fit, Forecaster, Prediction};
use std::fmt;
use std::sync::Arc;

type Answer = dyn Fn(&Question<'_>) -> Result<Forecast, BoxError> + Send + Sync;

/// A forecaster under a name. It is a closure, so that it may capture parameters.
#[derive(Clone)]
pub struct Entry {
    name: Arc<str>,
    answer: Arc<Answer>,
}

impl Entry {
    /// What answers questions.
    pub fn new(
        name: impl AsRef<str>,
        answer: impl Fn(&Question<'_>) -> Result<Forecast, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.as_ref().into(), answer: Arc::new(answer) }
    }

    /// An estimator, which is built for each series, fitted to its history, and asked.
    ///
    /// ```
    /// use evenkeel_eval::forecasters::{Entry, Question};
    /// use evenkeel_models::simple_smoothing::SimpleSmoothing;
    ///
    /// let smoothing = Entry::estimator("smoothing", |_| Ok(SimpleSmoothing::new()));
    /// let history: Vec<f64> = (0..50).map(|t| 10.0 + f64::from(t % 3)).collect();
    /// let forecast = smoothing.forecast(&Question::new(&history, 2))?;
    /// assert!((forecast.means()[0] - 11.0).abs() < 0.5);
    /// # Ok::<(), evenkeel_eval::Failure>(())
    /// ```
    pub fn estimator<E>(
        name: impl AsRef<str>,
        build: impl Fn(&Question<'_>) -> Result<E, BoxError> + Send + Sync + 'static,
    ) -> Self
    where
        E: Fit,
        E::Fitted: Forecaster,
    {
        Self::new(name, move |question| {
            let model = build(question)?.fit(question.history)?;
            let mut forecast = vec![Prediction::default(); question.horizon];
            if !model.forecast_into(&mut forecast) {
                return Err("nothing was forecast".into());
            }
            Ok(Forecast::of_predictions(&forecast, question))
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its answer to a question.
    ///
    /// # Errors
    /// If it has none, or one of another size, with numbers that are not finite, or with quantiles that
    /// descend.
    pub fn forecast(&self, question: &Question<'_>) -> Result<Forecast, Failure> {
        let forecast = (self.answer)(question).map_err(|why| Failure::new(why.to_string()))?;
        forecast.check(question)?;
        Ok(forecast)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}
