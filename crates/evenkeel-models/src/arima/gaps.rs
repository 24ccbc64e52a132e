//! The likelihood of a sample with gaps, where the state is short.

use super::covariance::Covariance;
use super::eliminate::Elimination;
use super::factors::Lags;
use super::kalman::Kalman;
use super::kernel::Value;
use super::sample::Sample;
use super::scalar::{Dual, LANES, Scalar};

/// The Kalman filter, exact across gaps and for unknown starting levels.
///
/// The values before the first that differencing needs are unknown without any prior. Their effect on the data is linear, so each is
/// one more column of the filter, and what is left is a least-squares problem (Rosenberg 1973; de Jong 1991,
/// doi:10.1214/aos/1176348139). The likelihood is that of all contrasts of the observed values which do not depend on the levels:
/// without gaps that of the differenced series.
#[derive(Debug, Clone)]
pub(super) struct Gaps {
    plain: Pass<f64>,
    dual: Pass<Dual>,
}

impl Gaps {
    pub(super) fn new() -> Self {
        Self { plain: Pass::new(), dual: Pass::new() }
    }

    pub(super) fn value(
        &mut self,
        sample: &Sample,
        products: (&[f64], &[f64], &Lags),
        fixed: &[Option<f64>],
    ) -> Option<Value> {
        let (quadratic, log_det) = self.plain.run(sample, products, fixed)?;
        Some(Value { quadratic, log_det })
    }

    pub(super) fn slopes(
        &mut self,
        sample: &Sample,
        products: (&[Dual], &[Dual], &Lags),
        fixed: &[Option<f64>],
    ) -> Option<([f64; LANES], [f64; LANES])> {
        let (quadratic, log_det) = self.dual.run(sample, products, fixed)?;
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
    least: Elimination<N>,
    values: Vec<N>,
    errors: Vec<N>,
}

impl<N: Scalar + Default> Pass<N> {
    fn new() -> Self {
        Self {
            covariance: Covariance::new(),
            filter: None,
            least: Elimination::default(),
            values: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn run(
        &mut self,
        sample: &Sample,
        (ar, ma, lags): (&[N], &[N], &Lags),
        fixed: &[Option<f64>],
    ) -> Option<(N, N)> {
        let (zero, one) = (N::of(0.0), N::of(1.0));
        let d = sample.differences.order();
        let columns = d + sample.x.len() + 1;
        let filter = self.filter.get_or_insert_with(|| Kalman::new(&sample.differences));
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
        for (t, &y) in sample.y.iter().enumerate() {
            if y.is_nan() {
                filter.skip();
                continue;
            }
            for (out, x) in self.values[d..].iter_mut().zip(&sample.x) {
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
