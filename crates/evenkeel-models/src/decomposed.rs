//! Any model behind a decomposition: [`Decomposed`] takes the seasons off by MSTL or classical decomposition,
//! and a [`DecomposedModel`] puts them back on the forecasts of the rest.

use evenkeel_core::{Assessment, Error, Fit, Forecaster, LARGEST, Prediction, Stage, observed};
use evenkeel_series::Mstl;
use evenkeel_series::decompose::Classical;

/// Takes the seasons off a series, models what is left by any estimator, and puts the last course of each
/// season on its forecasts.
///
/// Use it to give a model without seasons, or with one short season, any number of long ones. The seasons are
/// assumed to continue as they were last; [`SparseAr`](crate::sparse_ar::SparseAr) on long lags follows
/// seasons that change, and is usually better where the history is long enough.
///
/// *Method*: [`mstl`](Self::mstl) decomposes by [`Mstl`] (K. Bandara, R. Hyndman and C. Bergmeir, 2021,
/// arXiv:2107.13462), whose seasons may change slowly; the last cycle of each is carried on, as in R's
/// `stlf`. [`classical`](Self::classical) takes the mean of each phase ([`Classical`]), in one pass. The
/// estimator sees values minus seasons. What the uncertainty of the seasons adds to that of the forecasts is
/// left out.
///
/// *Parameters*: periods in samples, 2 to 8,388,608. *Missing data* stays missing for the model. *Errors of
/// `fit`*: those of the decomposition and of the model; [`Error::TooShort`] if no season fits twice into the
/// history. Seasons for which it is too short are left out by [`mstl`](Self::mstl). *Cost*: that of the
/// decomposition and of the model; an update O(seasons) more than the model's. The state is that of the model
/// and one cycle of each season.
///
/// ```
/// use evenkeel_core::{Fit, Stage};
/// use evenkeel_models::decomposed::Decomposed;
/// use evenkeel_models::simple_smoothing::SimpleSmoothing;
///
/// let course = |t: usize| if t % 24 < 8 { 20.0 } else { 80.0 };
/// let history: Vec<f64> = (0..240).map(|t| course(t) + (t * 7919 % 11) as f64).collect();
/// let mut model = Decomposed::mstl([24], SimpleSmoothing::new()).fit(&history)?;
/// let next = model.update(course(240)).expect("known after the history");
/// assert!((next.mean() - course(241) - 5.0).abs() < 12.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Decomposed<E> {
    method: Method,
    /// A period that no history has.
    impossible: Option<usize>,
    model: E,
}

/// The longest period, as of [`Classical`].
const LONGEST: usize = 1 << 23;

#[derive(Debug, Clone, PartialEq)]
enum Method {
    Classical(usize),
    Mstl(Mstl),
}

impl<E> Decomposed<E> {
    /// One season as the mean of each phase.
    pub fn classical(period: usize, model: E) -> Self {
        Self { method: Method::Classical(period), impossible: None, model }
    }

    /// Several seasons, with the defaults of [`Mstl`].
    pub fn mstl(periods: impl IntoIterator<Item = usize>, model: E) -> Self {
        let periods: Vec<usize> = periods.into_iter().collect();
        let impossible = periods.iter().copied().find(|period| *period > LONGEST);
        Self { method: Method::Mstl(Mstl::new(periods)), impossible, model }
    }

    /// Several seasons, by a decomposition with settings of your own.
    pub fn by(mstl: Mstl, model: E) -> Self {
        Self { method: Method::Mstl(mstl), impossible: None, model }
    }
}

impl<E: Fit> Fit for Decomposed<E> {
    type Fitted = DecomposedModel<E::Fitted>;

    fn fit(&self, history: &[f64]) -> Result<Self::Fitted, Error> {
        if let Some(period) = self.impossible {
            return Err(Error::parameter("period", "in 2..=8388608", period));
        }
        let parts = match &self.method {
            Method::Classical(period) => Classical::new(*period).fit(history)?,
            Method::Mstl(mstl) => mstl.fit(history)?,
        };
        if parts.seasons().is_empty() {
            let needed = parts.dropped().iter().map(|d| d.needed()).min().unwrap_or(0);
            return Err(Error::TooShort { needed, got: history.len() });
        }
        let mut rest: Vec<f64> = history.iter().map(|x| observed(*x).unwrap_or(f64::NAN)).collect();
        let mut courses = Vec::with_capacity(parts.seasons().len());
        for season in parts.seasons() {
            rest.iter_mut().zip(season.values()).for_each(|(x, s)| *x -= s);
            let (n, period) = (history.len(), season.period());
            let mut course = vec![0.0; period];
            for place in n - period..n {
                course[place % period] = season.values()[place];
            }
            courses.push(course);
        }
        Ok(DecomposedModel { courses, place: history.len() as u64, model: self.model.fit(&rest)? })
    }
}

/// A model without its seasons, and the seasons; see [`Decomposed`].
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before the first value.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "state::State<F>",
        into = "state::State<F>",
        bound(serialize = "F: Clone + serde::Serialize", deserialize = "F: serde::de::DeserializeOwned")
    )
)]
pub struct DecomposedModel<F> {
    /// One cycle of each season, from the place 0 of the history on.
    courses: Vec<Vec<f64>>,
    place: u64,
    model: F,
}

impl<F> DecomposedModel<F> {
    /// The model of what is left.
    #[must_use]
    pub fn inner(&self) -> &F {
        &self.model
    }

    /// One cycle of each season, beginning with the next value.
    pub fn seasons(&self) -> impl Iterator<Item = Vec<f64>> + '_ {
        self.courses.iter().map(|course| {
            let at = self.place % course.len() as u64;
            let at = usize::try_from(at).unwrap_or(0);
            course[at..].iter().chain(&course[..at]).copied().collect()
        })
    }

    /// What the seasons are, so many places from now.
    fn season(&self, ahead: u64) -> f64 {
        let at = |course: &Vec<f64>| {
            let place = self.place.wrapping_add(ahead) % course.len() as u64;
            course[usize::try_from(place).unwrap_or(0)]
        };
        self.courses.iter().map(at).sum()
    }
}

fn shifted(p: Prediction, by: f64) -> Prediction {
    Prediction::new((p.mean() + by).clamp(-LARGEST, LARGEST), p.sd()).unwrap_or(p)
}

impl<F: Forecaster> Stage<f64> for DecomposedModel<F> {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let rest = observed(x).map_or(f64::NAN, |x| x - self.season(0));
        self.place = self.place.wrapping_add(1);
        let next = self.model.update(rest);
        next.map(|p| shifted(p, self.season(0)))
    }

    fn reset(&mut self) {
        self.place = 0;
        self.model.reset();
    }
}

impl<F: Forecaster> Forecaster for DecomposedModel<F> {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let known = self.model.forecast_into(out);
        if known {
            for (h, p) in out.iter_mut().enumerate() {
                *p = shifted(*p, self.season(h as u64));
            }
        }
        known
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        self.model.assess(observed(x)? - self.season(0))
    }
}

#[cfg(feature = "serde")]
mod state {
    use super::DecomposedModel;
    use evenkeel_core::{Error, Snapshot, observed};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct State<F> {
        #[serde(with = "evenkeel_core::exact")]
        courses: Vec<Vec<f64>>,
        place: u64,
        model: F,
    }

    impl<F: Snapshot + Clone> Snapshot for DecomposedModel<F> {
        fn schema() -> String {
            format!("DecomposedModel@1<{}>", F::schema())
        }
    }

    impl<F> From<DecomposedModel<F>> for State<F> {
        fn from(m: DecomposedModel<F>) -> Self {
            Self { courses: m.courses, place: m.place, model: m.model }
        }
    }

    impl<F> TryFrom<State<F>> for DecomposedModel<F> {
        type Error = Error;

        fn try_from(s: State<F>) -> Result<Self, Error> {
            Error::require(!s.courses.is_empty(), "seasons", "at least 1", 0)?;
            for course in &s.courses {
                Error::require(!course.is_empty(), "season", "at least one value long", 0)?;
                for x in course {
                    Error::require(observed(*x).is_some(), "season", "finite, at most 1e100", x)?;
                }
            }
            Ok(Self { courses: s.courses, place: s.place, model: s.model })
        }
    }
}

evenkeel_core::assert_shared!(Decomposed<()>, DecomposedModel<()>);
