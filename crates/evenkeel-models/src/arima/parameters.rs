//! Parameters with given values.

use super::constant::Constant;
use super::lag_polynomials::LagPolynomials;
use super::polynomial::is_stationary;
use crate::shape::check_shape;
use evenkeel_core::Error;

/// Values for the parameters of an [`Arima`](crate::arima::Arima), in the convention
/// `(1 - ar_1 B - …)(1 - sar_1 B^s - …)(1 - B)^d (1 - B^s)^D n_t = (1 + ma_1 B + …)(1 + sma_1 B^s + …) e_t`
/// with B the lag operator and e of variance sigma².
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use]
pub struct ArimaParameters {
    pub(super) ar: Vec<f64>,
    pub(super) ma: Vec<f64>,
    pub(super) sar: Vec<f64>,
    pub(super) sma: Vec<f64>,
    pub(super) constant: Option<f64>,
    pub(super) sigma2: Option<f64>,
}

impl ArimaParameters {
    /// Autoregressive and moving average coefficients, nearest lag first. The constant and sigma² are left to
    /// be estimated.
    pub fn new(ar: impl Into<Vec<f64>>, ma: impl Into<Vec<f64>>) -> Self {
        Self { ar: ar.into(), ma: ma.into(), ..Self::default() }
    }

    /// The coefficients of the season's factors, nearest lag first.
    pub fn seasonal(mut self, ar: impl Into<Vec<f64>>, ma: impl Into<Vec<f64>>) -> Self {
        self.sar = ar.into();
        self.sma = ma.into();
        self
    }

    /// The mean, or the drift per sample.
    pub fn constant(mut self, constant: f64) -> Self {
        self.constant = Some(constant);
        self
    }

    /// The variance of the innovations, in squared units of the data.
    pub fn sigma2(mut self, sigma2: f64) -> Self {
        self.sigma2 = Some(sigma2);
        self
    }

    /// All coefficients in the order of [`LagPolynomials`], appended to `out`.
    pub(super) fn coefficients(&self, out: &mut Vec<f64>) {
        for part in [&self.ar, &self.ma, &self.sar, &self.sma] {
            out.extend_from_slice(part);
        }
    }

    /// Whether there are as many coefficients as the factors have.
    pub(super) fn belong(&self, polynomials: &LagPolynomials) -> bool {
        (self.ar.len(), self.ma.len(), self.sar.len(), self.sma.len())
            == (polynomials.p, polynomials.q, polynomials.sp, polynomials.sq)
    }

    pub(super) fn check(&self, polynomials: &LagPolynomials, constant: Constant) -> Result<(), Error> {
        check_shape("ar", polynomials.p, self.ar.len())?;
        check_shape("ma", polynomials.q, self.ma.len())?;
        check_shape("seasonal ar", polynomials.sp, self.sar.len())?;
        check_shape("seasonal ma", polynomials.sq, self.sma.len())?;
        for (name, ar) in [("ar", &self.ar), ("seasonal ar", &self.sar)] {
            let must = "stationary, all roots of 1 - ar_1 z - … outside the unit circle";
            Error::require(is_stationary(ar), name, must, format_args!("{ar:?}"))?;
        }
        for (name, ma) in [("ma", &self.ma), ("seasonal ma", &self.sma)] {
            // The covariance of a filter holds squares of them beside the innovation, whose digits have to
            // remain.
            let negated: Vec<f64> = ma.iter().map(|c| -c).collect();
            let sane = ma.iter().all(|c| c.abs() <= 1e4) || is_stationary(&negated);
            Error::require(sane, name, "at most 10,000, or invertible", format_args!("{ma:?}"))?;
        }
        if let Some(value) = self.constant {
            Error::require(constant != Constant::None, "constant", "left out for Constant::None", value)?;
            Error::require(
                evenkeel_core::observed(value).is_some(),
                "constant",
                "finite, at most 1e100",
                value,
            )?;
        }
        if let Some(sigma2) = self.sigma2 {
            Error::require(sigma2 > 0.0 && sigma2.is_finite(), "sigma2", "> 0 and finite", sigma2)?;
        }
        Ok(())
    }
}
