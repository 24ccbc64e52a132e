//! Given values of the parameters.

use super::constant::Constant;
use super::polynomial::is_stationary;
use evenkeel_core::Error;

/// Values for the parameters of an [`Arima`](crate::Arima), in the convention
/// `(1 - ar_1 B - …)(1 - B)^d n_t = (1 + ma_1 B + …) e_t` with B the lag operator and e of variance sigma².
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use]
pub struct ArimaParameters {
    pub(super) ar: Vec<f64>,
    pub(super) ma: Vec<f64>,
    pub(super) constant: Option<f64>,
    pub(super) sigma2: Option<f64>,
}

impl ArimaParameters {
    /// Autoregressive and moving average coefficients, nearest lag first. The constant and sigma² are left to be estimated.
    pub fn new(ar: impl Into<Vec<f64>>, ma: impl Into<Vec<f64>>) -> Self {
        Self { ar: ar.into(), ma: ma.into(), constant: None, sigma2: None }
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

    pub(super) fn judge(&self, p: usize, q: usize, constant: Constant) -> Result<(), Error> {
        let shape = |what, expected, found| {
            if expected == found { Ok(()) } else { Err(Error::Shape { what, expected, found }) }
        };
        shape("ar", p, self.ar.len())?;
        shape("ma", q, self.ma.len())?;
        Error::require(
            is_stationary(&self.ar),
            "ar",
            "stationary, all roots of 1 - ar_1 z - … outside the unit circle",
            format_args!("{:?}", self.ar),
        )?;
        Error::require(self.ma.iter().all(|c| c.is_finite()), "ma", "finite", format_args!("{:?}", self.ma))?;
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
