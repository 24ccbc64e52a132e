//! Models of transformed values: [`Transformed`] is any model on the scale of a [`Transform`] (logarithms,
//! square roots).

use evenkeel_core::{Assessment, Error, Fit, Forecaster, LARGEST, Prediction, Stage, observed};

/// A monotone scale on which values are modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Transform {
    /// As they are: effects add.
    #[default]
    None,
    /// Square roots, of values that are not negative: for counts.
    SquareRoot,
    /// Natural logarithms, of positive values: effects multiply.
    Logarithm,
}

impl Transform {
    /// All transforms, the simplest first.
    pub const ALL: [Self; 3] = [Self::None, Self::SquareRoot, Self::Logarithm];

    /// The value on the scale; `None` if it is missing or outside the domain.
    #[must_use]
    pub fn apply(self, x: f64) -> Option<f64> {
        let x = observed(x)?;
        match self {
            Self::None => Some(x),
            Self::SquareRoot => (x >= 0.0).then(|| libm::sqrt(x)),
            Self::Logarithm => (x > 0.0).then(|| libm::log(x)),
        }
    }

    /// Whether every observed value of a history is in the domain.
    #[must_use]
    pub fn fits(self, history: &[f64]) -> bool {
        history.iter().all(|x| observed(*x).is_none() || self.apply(*x).is_some())
    }

    /// The inverse: a number on the scale as a value.
    #[must_use]
    pub fn invert(self, z: f64) -> f64 {
        let x = match self {
            Self::None => z,
            Self::SquareRoot => z.max(0.0) * z.max(0.0),
            Self::Logarithm => libm::exp(z),
        };
        x.clamp(-LARGEST, LARGEST)
    }

    /// The natural logarithm of the derivative at a value.
    fn log_slope(self, x: f64) -> f64 {
        match self {
            Self::None => 0.0,
            Self::SquareRoot => -libm::log(2.0 * libm::sqrt(x)),
            Self::Logarithm => -libm::log(x),
        }
    }

    /// A prediction on the scale as one of values: its median, and half the width between the images of one
    /// standard deviation at either side.
    fn back(self, p: Prediction) -> Prediction {
        if self == Self::None {
            return p;
        }
        // A root below 0 stands for 0, but is not known to be it: what is uncertain about it is so around 0.
        let mean = if self == Self::SquareRoot { p.mean().max(0.0) } else { p.mean() };
        let (low, high) = (self.invert(mean - p.sd()), self.invert(mean + p.sd()));
        Prediction::new(self.invert(mean), 0.5 * (high - low)).unwrap_or_default()
    }
}

/// A model of transformed values, forecasting the values themselves.
///
/// Both estimator and fitted model:
/// `Transformed::new(Transform::Logarithm, Arima::new(2, 1, 1)).fit(&history)` gives a
/// `Transformed<ArimaModel>`. The mean of a prediction is the median of the predictive distribution, which
/// minimizes the absolute error; its standard deviation is half the width of the central 68 %. A mean below 0
/// among square roots counts as 0. [`assess`](Forecaster::assess) uses the exact distribution.
///
/// *Missing data*: a value outside the domain (a zero among logarithms) teaches the model nothing; to `fit`
/// it is an error. *Cost*: that of the model.
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::SparseAr;
/// use evenkeel_models::transformed::{Transform, Transformed};
///
/// let history: Vec<f64> = (0..200).map(|t| if t % 24 < 8 { 20.0 } else { 800.0 } * (1.0 + 0.1 * (t % 7) as f64)).collect();
/// let model = Transformed::new(Transform::Logarithm, SparseAr::new().seasons([24])).fit(&history)?;
/// let mut day = [Prediction::default(); 24];
/// assert!(model.forecast_into(&mut day));
/// // A logarithm can't become negative.
/// assert!(day.iter().all(|p| p.mean() > 0.0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[must_use]
pub struct Transformed<M> {
    transform: Transform,
    model: M,
}

impl<M> Transformed<M> {
    /// This model, on this scale.
    pub fn new(transform: Transform, model: M) -> Self {
        Self { transform, model }
    }

    /// The scale.
    #[must_use]
    pub fn transform(&self) -> Transform {
        self.transform
    }

    /// The model on that scale.
    #[must_use]
    pub fn inner(&self) -> &M {
        &self.model
    }
}

impl<E: Fit> Fit for Transformed<E> {
    type Fitted = Transformed<E::Fitted>;

    fn fit(&self, history: &[f64]) -> Result<Self::Fitted, Error> {
        let model = if self.transform == Transform::None {
            self.model.fit(history)?
        } else {
            let offending =
                history.iter().find(|x| observed(**x).is_some() && self.transform.apply(**x).is_none());
            if let Some(x) = offending {
                let must = match self.transform {
                    Transform::SquareRoot => "without negative values under a square root",
                    _ => "positive under a logarithm",
                };
                return Err(Error::parameter("history", must, x));
            }
            let z: Vec<f64> = history.iter().map(|x| self.transform.apply(*x).unwrap_or(f64::NAN)).collect();
            self.model.fit(&z)?
        };
        Ok(Transformed { transform: self.transform, model })
    }
}

impl<M: Forecaster> Stage<f64> for Transformed<M> {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let z = self.transform.apply(x).unwrap_or(f64::NAN);
        self.model.update(z).map(|p| self.transform.back(p))
    }

    fn reset(&mut self) {
        self.model.reset();
    }
}

impl<M: Forecaster> Forecaster for Transformed<M> {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let known = self.model.forecast_into(out);
        if known {
            out.iter_mut().for_each(|p| *p = self.transform.back(*p));
        }
        known
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        let x = observed(x)?;
        let Some(z) = self.transform.apply(x) else {
            // It lies below the domain of the scale.
            let mut next = [Prediction::default()];
            return if self.model.forecast_into(&mut next) {
                Assessment::new(f64::MIN, 0.0, 1.0)
            } else {
                None
            };
        };
        let there = self.model.assess(z)?;
        Assessment::new(there.log_density() + self.transform.log_slope(x), there.lower(), there.upper())
    }
}

#[cfg(feature = "serde")]
impl<M: evenkeel_core::Snapshot> evenkeel_core::Snapshot for Transformed<M> {
    fn schema() -> String {
        format!("Transformed@1<{}>", M::schema())
    }
}

evenkeel_core::assert_shared!(Transform, Transformed<()>);
