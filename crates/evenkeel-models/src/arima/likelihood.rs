//! The likelihood as a function of the parameters.

use super::concentrated_likelihood::ConcentratedLikelihood;
use super::design::Ends;
use super::parameters::ArimaParameters;
use super::specification::Specification;
use evenkeel_core::Error;

/// The exact Gaussian log-likelihood of an [`Arima`](crate::arima::Arima) for one history: set up once, then
/// evaluated without allocation.
///
/// An evaluation costs what [`Arima`](crate::arima::Arima) says. Memory O(n), with missing values O(n) for
/// each at worst.
///
/// ```
/// use evenkeel_models::Arima;
/// use evenkeel_models::arima::ArimaParameters;
///
/// let history: Vec<f64> = (0..200u32).map(|t| f64::from(t * 7919 % 101)).collect();
/// let mut likelihood = Arima::new(1, 0, 0).likelihood(&history)?;
/// let at = |ar: f64| ArimaParameters::new([ar], []);
/// let best = (-9..=9).map(|i| f64::from(i) / 10.0).max_by(|a, b| {
///     let (a, b) = (likelihood.log_likelihood(&at(*a)), likelihood.log_likelihood(&at(*b)));
///     a.unwrap_or(f64::NEG_INFINITY).total_cmp(&b.unwrap_or(f64::NEG_INFINITY))
/// });
/// assert!(best.is_some());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ArimaLikelihood {
    likelihood: ConcentratedLikelihood,
    specification: Specification,
    coefficients: Vec<f64>,
}

impl ArimaLikelihood {
    pub(super) fn new(specification: &Specification, history: &[f64]) -> Result<Self, Error> {
        let mut design = specification.design(history, &[], Ends::Cut)?;
        let polynomials = specification.polynomials();
        design.choose(polynomials.width());
        let coefficients = Vec::with_capacity(polynomials.len());
        Ok(Self {
            likelihood: ConcentratedLikelihood::new(design, polynomials),
            specification: specification.clone(),
            coefficients,
        })
    }

    /// The natural logarithm of the likelihood at `parameters`. A constant or sigma² that they leave out
    /// takes its maximum likelihood value at the coefficients; then sigma² is the generalized sum of squares
    /// over the observed values without d + D s. With d + D > 0 it is the likelihood of the differences.
    ///
    /// The moving average need not be invertible.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::Shape`] if the parameters do not belong to the settings or are not
    /// stationary, [`Error::Numerical`] if no finite number comes out.
    pub fn log_likelihood(&mut self, parameters: &ArimaParameters) -> Result<f64, Error> {
        let polynomials = self.likelihood.polynomials();
        if !parameters.belong(&polynomials) {
            parameters.check(&polynomials, self.specification.constant())?;
        }
        let design = self.likelihood.design();
        let constant =
            parameters.constant.zip(design.offsets.first()).map(|(c, offset)| (c - offset) / design.by[0]);
        let sigma2 = parameters.sigma2.map(|s| s / design.scale / design.scale);
        self.likelihood.fix(core::iter::once(constant));
        self.coefficients.clear();
        parameters.coefficients(&mut self.coefficients);
        let value = self.likelihood.value(&self.coefficients);
        let finite =
            value.map(|value| self.likelihood.log_likelihood(&value, sigma2)).filter(|l| l.is_finite());
        match finite {
            Some(log_likelihood) => Ok(log_likelihood),
            None => {
                parameters.check(&polynomials, self.specification.constant())?;
                Err(Error::Numerical { what: "the likelihood at these parameters is not finite" })
            }
        }
    }

    /// How many values the likelihood counts: the observed ones without d + D s.
    #[must_use]
    pub fn effective(&self) -> usize {
        self.likelihood.design().effective()
    }
}
