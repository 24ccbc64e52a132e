//! How well the likelihood determines the parameters.

use super::kernel::{Kernel, Value};
use super::sample::index;
use nalgebra::DMatrix;

/// Standard errors of the coefficients and of the constant, from the observed information.
///
/// They are those of the asymptotic normal law; near the boundary of stationarity or invertibility they say little.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StandardErrors {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) ar: Vec<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) ma: Vec<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) constant: Option<f64>,
}

impl StandardErrors {
    /// Of the autoregressive coefficients.
    #[must_use]
    pub fn ar(&self) -> &[f64] {
        &self.ar
    }

    /// Of the moving average coefficients.
    #[must_use]
    pub fn ma(&self) -> &[f64] {
        &self.ma
    }

    /// Of the mean, or of the drift per sample. `None` without a constant.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        self.constant
    }
}

/// The inverse of minus the second derivatives of the log-likelihood at its maximum, in the coefficients themselves; derivatives
/// of exact derivatives by central differences. `None` if it is not positive definite there, as on a boundary.
pub(super) fn standard_errors(
    kernel: &mut Kernel,
    coefficients: &[f64],
    p: usize,
    value: &Value,
) -> Option<StandardErrors> {
    let k = coefficients.len();
    let nu = index(kernel.sample().effective());
    let (mut at, mut up, mut down) = (coefficients.to_vec(), vec![0.0; k], vec![0.0; k]);
    let mut information = DMatrix::<f64>::zeros(k, k);
    let mut constants = vec![0.0; k];
    for j in 0..k {
        let mut step = 1e-4;
        loop {
            at[j] = coefficients[j] + step;
            let above = kernel.gradient(&at[..p], &at[p..], &mut up);
            at[j] = coefficients[j] - step;
            let below = kernel.gradient(&at[..p], &at[p..], &mut down);
            at[j] = coefficients[j];
            if let (Some(above), Some(below)) = (above, below) {
                constants[j] = (above.constant - below.constant) / (2.0 * step);
                break;
            }
            // Close to a boundary only a smaller step stays inside.
            step *= 0.1;
            if step < 1e-7 {
                return None;
            }
        }
        for i in 0..k {
            let second = nu * (up[i] - down[i]) / (2.0 * step);
            information[(i, j)] += 0.5 * second;
            information[(j, i)] += 0.5 * second;
        }
    }
    let covariance = if k == 0 { information } else { information.cholesky()?.inverse() };
    let mut of = Vec::with_capacity(k);
    for i in 0..k {
        let error = covariance[(i, i)].sqrt();
        if !error.is_finite() {
            return None;
        }
        of.push(error);
    }
    let constant = (value.information > 0.0).then(|| {
        // The constant is the better known the better the coefficients are.
        let mut variance = value.quadratic / nu / value.information;
        for i in 0..k {
            for j in 0..k {
                variance += constants[i] * covariance[(i, j)] * constants[j];
            }
        }
        variance.sqrt() * kernel.sample().scale
    });
    let ma = of.split_off(p);
    Some(StandardErrors { ar: of, ma, constant })
}
