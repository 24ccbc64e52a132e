//! The likelihood of a history with gaps, by the diffuse Kalman filter, where the state is short.

use super::covariance::Covariance;
use super::kalman::Kalman;
use super::lag_polynomials::Lags;
use super::profile_least_squares::{Concentrated, ProfileLeastSquares};

use super::design::Design;
use super::dual::{Dual, LANES, Scalar};

/// The Kalman filter, exact across gaps and for unknown starting levels.
///
/// The values before the first that differencing needs are unknown without any prior. Their effect on the
/// data is linear, so each is one more column of the filter, and what is left is a least-squares problem
/// (Rosenberg 1973; de Jong 1991, doi:10.1214/aos/1176348139). The likelihood is that of all contrasts of the
/// observed values which do not depend on the levels: without gaps that of the differenced series.
#[derive(Debug, Clone)]
pub(super) struct DiffuseLikelihood {
    plain: Pass<f64>,
    dual: Pass<Dual>,
}

impl DiffuseLikelihood {
    pub(super) fn new() -> Self {
        Self { plain: Pass::new(), dual: Pass::new() }
    }

    pub(super) fn value(
        &mut self,
        design: &Design,
        products: (&[f64], &[f64], &Lags),
        fixed: &[Option<f64>],
    ) -> Option<Concentrated> {
        let (quadratic, log_det) = self.plain.run(design, products, fixed)?;
        Some(Concentrated { quadratic, log_det })
    }

    pub(super) fn slopes(
        &mut self,
        design: &Design,
        products: (&[Dual], &[Dual], &Lags),
        fixed: &[Option<f64>],
    ) -> Option<([f64; LANES], [f64; LANES])> {
        let (quadratic, log_det) = self.dual.run(design, products, fixed)?;
        Some((quadratic.slope, log_det.slope))
    }

    pub(super) fn regression(&self) -> &[f64] {
        self.plain.least.regression()
    }

    pub(super) fn information(&self) -> &[f64] {
        &self.plain.least.information
    }
}

#[derive(Debug, Clone)]
struct Pass<N> {
    covariance: Covariance<N>,
    filter: Option<Kalman<N>>,
    /// Columns: unknown levels, regressors, data.
    least: ProfileLeastSquares<N>,
    values: Vec<N>,
    errors: Vec<N>,
}

impl<N: Scalar + Default> Pass<N> {
    fn new() -> Self {
        Self {
            covariance: Covariance::new(),
            filter: None,
            least: ProfileLeastSquares::default(),
            values: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn run(
        &mut self,
        design: &Design,
        (ar, ma, lags): (&[N], &[N], &Lags),
        fixed: &[Option<f64>],
    ) -> Option<(N, N)> {
        let (zero, one) = (N::of(0.0), N::of(1.0));
        let d = design.differences.order();
        let columns = d + design.x.len() + 1;
        let filter = self.filter.get_or_insert_with(|| Kalman::new(&design.differences));
        if !filter.start((ar, ma, lags), columns, &mut self.covariance) {
            return None;
        }
        for c in 0..d {
            filter.set_level(c, c, one);
        }
        self.least.clear(d, columns);
        for out in [&mut self.values, &mut self.errors] {
            out.clear();
            out.resize(columns, zero);
        }

        let mut log_det = zero;
        let mut product = one;
        for (t, &y) in design.y.iter().enumerate() {
            if y.is_nan() {
                filter.skip();
                continue;
            }
            for (out, x) in self.values[d..].iter_mut().zip(&design.x) {
                *out = N::of(x[t]);
            }
            self.values[columns - 1] = N::of(y);
            let variance = filter.variance();
            if !(variance.value() > 0.0 && variance.value().is_finite()) {
                return None;
            }
            filter.observe(&self.values, variance, &mut self.errors);
            self.least.add(&self.errors, one / variance);
            product = product * variance;
            if !(1e-50..1e50).contains(&product.value()) {
                log_det = log_det + product.ln();
                product = one;
            }
        }
        log_det = log_det + product.ln();
        let (quadratic, counted) = self.least.solve(fixed, 0.0)?;
        Some((quadratic, log_det + counted))
    }
}
