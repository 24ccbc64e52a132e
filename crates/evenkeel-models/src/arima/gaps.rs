//! The likelihood of a sample with gaps.

use super::covariance::Covariance;
use super::kalman::Kalman;
use super::kernel::Value;
use super::sample::Sample;
use super::scalar::{Dual, LANES, Scalar, is_positive};

/// The Kalman filter, exact across gaps and for unknown starting levels.
///
/// The d values before the first are unknown without any prior. Their effect on the data is linear, so each is one more column of
/// the filter, and what is left is a least-squares problem (Rosenberg 1973; de Jong 1991, doi:10.1214/aos/1176348139). The
/// likelihood is that of all contrasts of the observed values which do not depend on the levels: without gaps that of the
/// differenced series.
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
        ar: &[f64],
        ma: &[f64],
        fixed: Option<f64>,
    ) -> Option<Value> {
        let found = self.plain.run(sample, ar, ma, fixed)?;
        Some(Value {
            quadratic: found.quadratic,
            log_det: found.log_det,
            constant: fixed.unwrap_or(found.constant),
            information: found.information,
        })
    }

    pub(super) fn slopes(
        &mut self,
        sample: &Sample,
        ar: &[Dual],
        ma: &[Dual],
        fixed: Option<f64>,
    ) -> Option<([f64; LANES], [f64; LANES])> {
        let found = self.dual.run(sample, ar, ma, fixed)?;
        Some((found.quadratic.slope, found.log_det.slope))
    }
}

/// What a pass finds.
struct Found<N> {
    quadratic: N,
    log_det: N,
    constant: f64,
    information: f64,
}

#[derive(Debug, Clone)]
struct Pass<N> {
    covariance: Covariance<N>,
    filter: Option<Kalman<N>>,
    /// Sums of products of the standardized errors of all columns: unknown levels, regressor, data.
    products: Vec<N>,
    values: Vec<N>,
    errors: Vec<N>,
}

impl<N: Scalar> Pass<N> {
    fn new() -> Self {
        Self {
            covariance: Covariance::new(),
            filter: None,
            products: Vec::new(),
            values: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn run(&mut self, sample: &Sample, ar: &[N], ma: &[N], fixed: Option<f64>) -> Option<Found<N>> {
        let (zero, one) = (N::of(0.0), N::of(1.0));
        let d = sample.d;
        let regressor = sample.x.as_ref().filter(|_| fixed.is_none());
        let columns = d + usize::from(regressor.is_some()) + 1;
        let filter = self.filter.get_or_insert_with(|| Kalman::new(d));
        if !filter.start(ar, ma, columns, &mut self.covariance) {
            return None;
        }
        for c in 0..d {
            filter.set_level(c, c, one);
        }
        let zeros = |v: &mut Vec<N>, length| {
            v.clear();
            v.resize(length, zero);
        };
        zeros(&mut self.products, columns * columns);
        zeros(&mut self.values, columns);
        zeros(&mut self.errors, columns);

        let mut log_det = zero;
        let mut product = one;
        for (t, &y) in sample.y.iter().enumerate() {
            if y.is_nan() {
                filter.skip();
                continue;
            }
            let taken = match (fixed, &sample.x) {
                (Some(constant), Some(x)) => y - constant * x[t],
                _ => y,
            };
            if let Some(x) = regressor {
                self.values[d] = N::of(x[t]);
            }
            self.values[columns - 1] = N::of(taken);
            let variance = filter.variance();
            if !(variance.value() > 0.0 && variance.value().is_finite()) {
                return None;
            }
            filter.observe(&self.values, variance, &mut self.errors);
            let inverse = one / variance;
            for i in 0..columns {
                let by = self.errors[i] * inverse;
                for j in 0..=i {
                    let entry = &mut self.products[i * columns + j];
                    *entry = *entry + by * self.errors[j];
                }
            }
            product = product * variance;
            if !(1e-50..1e50).contains(&product.value()) {
                log_det = log_det + product.ln();
                product = one;
            }
        }
        log_det = log_det + product.ln();

        // Eliminate the levels, then the constant; what is left of the data is the quadratic form.
        let (mut constant, mut information) = (0.0, 0.0);
        for k in 0..columns - 1 {
            let pivot = self.products[k * columns + k];
            if k < d {
                if !is_positive(pivot.value()) {
                    return None;
                }
                log_det = log_det + pivot.ln();
            } else {
                information = pivot.value();
                if !is_positive(information) {
                    continue;
                }
                constant = self.products[(columns - 1) * columns + k].value() / information;
            }
            for i in k + 1..columns {
                let by = self.products[i * columns + k] / pivot;
                for j in k + 1..=i {
                    let other = self.products[j * columns + k];
                    let entry = &mut self.products[i * columns + j];
                    *entry = *entry - by * other;
                }
            }
        }
        let quadratic = self.products[columns * columns - 1];
        Some(Found { quadratic, log_det, constant, information })
    }
}
