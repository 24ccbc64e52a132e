//! The exact Gaussian likelihood and its derivatives, concentrated over the regressors and the innovation variance.

use super::complete::Complete;
use super::factors::{Factors, Lags};
use super::gaps::Gaps;
use super::sample::{ROUNDING, Sample, index};
use super::scalar::{Dual, LANES};

/// What one evaluation gives, in units of the sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    /// The generalized sum of squares at the coefficients of the regressors.
    pub(super) quadratic: f64,
    /// Logarithm of the determinant of the covariance of what counts, at innovation variance 1.
    pub(super) log_det: f64,
}

/// A sample with the workspace to evaluate it again and again without allocation.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    sample: Sample,
    factors: Factors,
    lags: Lags,
    form: Form,
    /// The coefficients of the regressors that are not to be estimated.
    fixed: Vec<Option<f64>>,
    floor: f64,
    /// Whether the factors of a long season are taken one after the other.
    apart: bool,
    /// Whether they were for the last value.
    was_apart: bool,
    evaluations: usize,
    ar: Vec<f64>,
    ma: Vec<f64>,
    by_ar: Vec<f64>,
    by_ma: Vec<f64>,
    seeds: Vec<Dual>,
    dual_ar: Vec<Dual>,
    dual_ma: Vec<Dual>,
}

#[derive(Debug, Clone)]
enum Form {
    Complete(Complete),
    Gaps(Gaps),
}

impl Kernel {
    pub(super) fn new(sample: Sample, factors: Factors) -> Self {
        let form =
            if sample.filtered { Form::Gaps(Gaps::new()) } else { Form::Complete(Complete::new(&sample)) };
        let floor = index(sample.effective()) * ROUNDING * 1e-2;
        let fixed = vec![None; sample.x.len()];
        Self {
            sample,
            factors,
            lags: factors.lags(),
            form,
            fixed,
            floor,
            apart: true,
            was_apart: false,
            evaluations: 0,
            ar: Vec::new(),
            ma: Vec::new(),
            by_ar: Vec::new(),
            by_ma: Vec::new(),
            seeds: Vec::new(),
            dual_ar: Vec::new(),
            dual_ma: Vec::new(),
        }
    }

    /// The same sample under other factors.
    pub(super) fn turn(&mut self, factors: Factors) {
        self.lags = factors.lags();
        self.factors = factors;
    }

    /// Switches to the conditional sum of squares, of which so many at the beginning do not count, or back. False where gaps are
    /// filtered, which knows only the exact likelihood.
    pub(super) fn condition(&mut self, skipped: Option<usize>) -> bool {
        match &mut self.form {
            Form::Complete(form) => {
                form.conditional = skipped;
                true
            }
            Form::Gaps(_) => skipped.is_none(),
        }
    }

    pub(super) fn sample(&self) -> &Sample {
        &self.sample
    }

    pub(super) fn factors(&self) -> Factors {
        self.factors
    }

    pub(super) fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Fixes coefficients of regressors, in units of the sample.
    pub(super) fn fix(&mut self, values: impl Iterator<Item = Option<f64>>) {
        for (out, value) in self.fixed.iter_mut().zip(values) {
            *out = value;
        }
    }

    /// The coefficients of the regressors at the last value.
    pub(super) fn regression(&self) -> &[f64] {
        match &self.form {
            Form::Complete(form) => form.least.regression(),
            Form::Gaps(form) => form.regression(),
        }
    }

    /// The information on the regressors at the last value, by rows.
    pub(super) fn information(&self) -> &[f64] {
        match &self.form {
            Form::Complete(form) => &form.least.information,
            Form::Gaps(form) => form.information(),
        }
    }

    /// The sample as a stationary process at the last value; None where its gaps are filtered.
    pub(super) fn complete(&self) -> Option<&Complete> {
        match &self.form {
            Form::Complete(form) => Some(form),
            Form::Gaps(_) => None,
        }
    }

    /// The predicted state after the sample, and whether the start was forgotten before. Only where gaps are not filtered.
    pub(super) fn end(&mut self) -> Option<(Vec<f64>, bool)> {
        let Form::Complete(form) = &mut self.form else { return None };
        let forgotten = form.steps() < self.sample.length();
        let state = form.end(&self.sample, (&self.ar, &self.ma, &self.lags))?;
        Some((state.to_vec(), forgotten))
    }

    /// Evaluates. None if the autoregression is not stationary, or if no finite number comes out.
    pub(super) fn value(&mut self, coefficients: &[f64]) -> Option<Value> {
        self.evaluate(coefficients, false)
    }

    /// [`value`](Self::value) by the state of the product of the factors, whatever their season: what [`end`](Self::end) goes on from.
    pub(super) fn value_of_product(&mut self, coefficients: &[f64]) -> Option<Value> {
        let apart = core::mem::replace(&mut self.apart, false);
        let value = self.evaluate(coefficients, false);
        self.apart = apart;
        value
    }

    fn evaluate(&mut self, coefficients: &[f64], recorded: bool) -> Option<Value> {
        self.evaluations += 1;
        self.factors.expand(coefficients, &mut self.ar, &mut self.ma);
        let products = (self.ar.as_slice(), self.ma.as_slice(), &self.lags);
        let apart = match &mut self.form {
            Form::Complete(form) if self.apart => {
                form.cascaded(&self.sample, &self.factors, coefficients, &self.fixed)
            }
            _ => None,
        };
        self.was_apart = apart.is_some();
        let mut value = match (apart, &mut self.form) {
            (Some(value), _) => value.ok()?,
            (None, Form::Complete(form)) => form.value(&self.sample, products, &self.fixed, recorded)?,
            (None, Form::Gaps(form)) => form.value(&self.sample, products, &self.fixed)?,
        };
        // Rounding is all that is left: a perfect fit is not taken for more than that.
        value.quadratic = value.quadratic.max(self.floor);
        (value.quadratic.is_finite() && value.log_det.is_finite()).then_some(value)
    }

    /// Minus the concentrated log-likelihood per observation, without its constants.
    pub(super) fn objective(&self, value: &Value) -> f64 {
        let nu = index(self.sample.effective());
        0.5 * (value.quadratic.ln() + value.log_det / nu)
    }

    /// Evaluates, with the derivatives of the objective by the coefficients.
    pub(super) fn gradient(&mut self, coefficients: &[f64], slope: &mut [f64]) -> Option<Value> {
        let value = self.evaluate(coefficients, true)?;
        let nu = index(self.sample.effective());
        slope.fill(0.0);
        if let (true, Form::Complete(form)) = (self.was_apart, &mut self.form) {
            let weights = (0.5 / value.quadratic, 0.5 / nu);
            form.cascaded_slopes(&self.sample, &self.factors, coefficients, weights, slope)?;
            return slope.iter().all(|s| s.is_finite()).then_some(value);
        }
        if let Form::Complete(form) = &mut self.form {
            for (out, length) in [(&mut self.by_ar, self.ar.len()), (&mut self.by_ma, self.ma.len())] {
                out.clear();
                out.resize(length, 0.0);
            }
            let log = value.quadratic / nu;
            form.backward(&self.sample, &self.lags, log, &mut self.by_ar, &mut self.by_ma);
            self.factors.contract(coefficients, &self.by_ar, &self.by_ma, slope);
        }
        for from in (0..coefficients.len()).step_by(LANES) {
            self.seeds.clear();
            for (j, v) in coefficients.iter().enumerate() {
                self.seeds.push(Dual::variable(*v, j.checked_sub(from).unwrap_or(LANES)));
            }
            self.factors.expand(&self.seeds, &mut self.dual_ar, &mut self.dual_ma);
            let (ar, ma, lags) = (self.dual_ar.as_slice(), self.dual_ma.as_slice(), &self.lags);
            let (quadratic, log_det) = match &mut self.form {
                Form::Complete(form) => form.forward(ar, ma, lags)?,
                Form::Gaps(form) => form.slopes(&self.sample, (ar, ma, lags), &self.fixed)?,
            };
            for (lane, out) in slope[from..].iter_mut().take(LANES).enumerate() {
                *out = (*out + 0.5 * quadratic[lane]) / value.quadratic + 0.5 * log_det[lane] / nu;
            }
        }
        slope.iter().all(|s| s.is_finite()).then_some(value)
    }

    /// Log-likelihood in units of the data, at `sigma2` of the sample or at the best.
    pub(super) fn log_likelihood(&self, value: &Value, sigma2: Option<f64>) -> f64 {
        let nu = index(self.sample.effective());
        let sigma2 = sigma2.unwrap_or(value.quadratic / nu);
        let tau = core::f64::consts::TAU;
        -0.5 * (nu * (tau.ln() + sigma2.ln()) + value.log_det + value.quadratic / sigma2)
            - nu * self.sample.scale.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::super::constant::Constant;
    use super::super::factors::Differences;
    use super::super::sample::Ends;
    use super::super::transform::Transform;
    use super::*;

    /// The derivatives against differences of values, complete, filtered across gaps and with missing values as regressors, at
    /// settled and at slow coefficients.
    #[test]
    fn derivatives_agree_with_differences() {
        let history: Vec<f64> = (0..90u32).map(|t| f64::from(t * 7919 % 101)).collect();
        let mut gappy = history.clone();
        gappy[20] = f64::NAN;
        gappy[50..55].fill(f64::NAN);
        let plain = |p, q| Factors { p, q, sp: 0, sq: 0, s: 1 };
        let seasonal = |p, q, sp, sq| Factors { p, q, sp, sq, s: 6 };
        let cases: [(usize, usize, Constant, Factors, &[f64]); 10] = [
            (0, 0, Constant::Mean, plain(2, 1), &[0.5, -0.3, 0.4]),
            (0, 0, Constant::None, plain(0, 1), &[-0.995]),
            (1, 0, Constant::Drift, plain(3, 2), &[0.8, -0.9, 0.1, 0.3, 0.6]),
            (0, 0, Constant::Drift, plain(1, 0), &[0.9]),
            (2, 0, Constant::None, plain(1, 2), &[0.2, -1.8, 0.9]),
            (1, 0, Constant::None, plain(4, 3), &[0.1, 0.2, 0.1, -0.2, 0.3, 0.1, -0.2]),
            (0, 1, Constant::Drift, seasonal(1, 1, 0, 1), &[0.5, 0.4, -0.6]),
            (1, 1, Constant::None, seasonal(0, 2, 0, 1), &[-0.4, 0.2, -0.9]),
            (0, 0, Constant::Mean, seasonal(2, 1, 1, 1), &[0.5, 0.2, 0.3, 0.7, -0.4]),
            (0, 0, Constant::Mean, seasonal(2, 0, 2, 1), &[0.5, 0.2, 0.3, 0.4, 0.8]),
        ];
        let step: Vec<f64> = (0..90u32).map(|t| f64::from(u8::from(t > 33))).collect();
        for (history, filtered, exogenous) in [
            (&history, false, false),
            (&gappy, true, false),
            (&gappy, false, false),
            (&gappy, false, true),
            (&gappy, true, true),
        ] {
            for (d, sd, constant, factors, at) in cases {
                let differences = Differences { d, seasonal: sd, s: factors.s };
                let x: Vec<&[f64]> = if exogenous { vec![&step] } else { Vec::new() };
                let mut sample = Sample::new(history, &x, differences, constant, 8, Ends::Cut).unwrap();
                if filtered {
                    sample.filter();
                } else {
                    sample.fill();
                }
                let mut kernel = Kernel::new(sample, factors);
                let mut slope = vec![0.0; at.len()];
                kernel.gradient(at, &mut slope).unwrap();
                for j in 0..slope.len() {
                    let mut side = |h: f64| {
                        let mut moved = at.to_vec();
                        moved[j] += h;
                        let value = kernel.value(&moved).unwrap();
                        kernel.objective(&value)
                    };
                    let difference = (side(1e-6) - side(-1e-6)) / 2e-6;
                    let off = (slope[j] - difference).abs() / (1.0 + difference.abs());
                    assert!(off < 1e-6, "{d} {sd} {filtered} {at:?} {j}: {} {difference}", slope[j]);
                }
            }
        }
    }

    /// A long season by its factors one after the other, and by the long state of their product: the same likelihood, the same
    /// derivatives, the same regression.
    #[test]
    fn factors_one_after_the_other_are_their_product() {
        let mut state = 7_u64;
        let mut noise = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 32).unwrap()) / 4_294_967_296.0 - 0.5
        };
        let history: Vec<f64> =
            (0..271u32).map(|t| f64::from(t % 50 / 10) + 0.01 * f64::from(t) + noise()).collect();
        let step: Vec<f64> = (0..271u32).map(|t| f64::from(u8::from(t > 133))).collect();
        let f = |p, q, sp, sq| Factors { p, q, sp, sq, s: 50 };
        let cases: [(usize, Constant, Factors, &[f64]); 14] = [
            (1, Constant::None, f(0, 0, 0, 1), &[-0.8]),
            (0, Constant::Mean, f(0, 0, 2, 1), &[0.5, 0.3, 0.2]),
            (1, Constant::Drift, f(0, 1, 0, 1), &[0.4, -0.7]),
            (1, Constant::Drift, f(1, 0, 0, 2), &[0.7, -0.5, -0.3]),
            (0, Constant::Mean, f(1, 1, 1, 0), &[0.9, -0.5, 0.95]),
            (1, Constant::None, f(2, 1, 1, 1), &[0.5, 0.3, -0.4, 0.3, -0.9]),
            (0, Constant::None, f(3, 2, 2, 2), &[1.2, -0.6, 0.1, 0.5, -0.2, 0.4, 0.3, -0.3, 0.2]),
            (1, Constant::None, f(5, 4, 1, 1), &[0.3, 0.2, -0.1, 0.1, -0.2, 0.4, 0.2, -0.3, 0.1, 0.3, -0.6]),
            (0, Constant::Mean, f(2, 5, 0, 1), &[0.9, -0.5, 0.4, 0.2, -0.3, 0.1, 0.3, 0.6]),
            (0, Constant::Mean, f(1, 0, 1, 0), &[0.99, 0.98]),
            (1, Constant::None, f(0, 2, 1, 0), &[-1.6, 0.7, 0.5]),
            // The plain factors cancel: nothing is unknown at the start.
            (0, Constant::None, f(1, 1, 1, 1), &[0.6, -0.6, 0.5, 0.3]),
            (0, Constant::None, f(1, 2, 2, 0), &[-0.99, 0.3, 0.1, 0.2, 0.7]),
            (1, Constant::None, f(0, 1, 0, 1), &[-0.9999, -0.9999]),
        ];
        for (seasonal, constant, factors, at) in cases {
            for exogenous in [false, true] {
                let differences = Differences { d: 0, seasonal, s: 50 };
                let x: Vec<&[f64]> = if exogenous { vec![&step] } else { Vec::new() };
                let sample = Sample::new(&history, &x, differences, constant, 8, Ends::Cut).unwrap();
                let mut kernel = Kernel::new(sample, factors);
                let (mut slope, mut other) = (vec![0.0; at.len()], vec![0.0; at.len()]);
                let apart = kernel.gradient(at, &mut slope).unwrap();
                assert!(kernel.was_apart, "{factors:?}");
                let regression = kernel.regression().to_vec();
                kernel.apart = false;
                let product = kernel.gradient(at, &mut other).unwrap();
                assert!(!kernel.was_apart);
                let close = |a: f64, b: f64, by: f64| (a - b).abs() < by * (1.0 + b.abs());
                assert!(
                    close(apart.quadratic, product.quadratic, 1e-9)
                        && close(apart.log_det, product.log_det, 1e-9),
                    "{factors:?} {at:?} {apart:?} {product:?}"
                );
                for (a, b) in regression.iter().zip(kernel.regression()) {
                    assert!(close(*a, *b, 1e-7), "{factors:?} {a} {b}");
                }
                for (a, b) in slope.iter().zip(&other) {
                    assert!(close(*a, *b, 1e-7), "{factors:?} {at:?} {slope:?} {other:?}");
                }
            }
        }
        let sample = Sample::new(
            &history,
            &[],
            Differences { d: 0, seasonal: 0, s: 50 },
            Constant::Mean,
            8,
            Ends::Cut,
        );
        let mut kernel = Kernel::new(sample.unwrap(), f(1, 0, 1, 0));
        assert!(kernel.value(&[1.01, 0.5]).is_none() && kernel.value(&[0.5, -1.01]).is_none());
        // Next to unit roots the product has no digits left for its stationarity. The autocovariances, and Durbin and Levinson's recursion on
        // them, in numbers of 45 digits, give this logarithm of the determinant.
        let value = kernel.value(&[0.9995, 0.999]).unwrap();
        assert!((value.log_det - 324.988_165_006_181_1).abs() < 1e-8, "{}", value.log_det);
    }

    /// The same at a thousand random processes, most of which forget within a season.
    #[test]
    fn factors_one_after_the_other_are_their_product_anywhere() {
        let mut state = 11_u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 32).unwrap()) / 4_294_967_296.0
        };
        let history: Vec<f64> = (0..420).map(|t| f64::from(t % 60 / 10) + uniform()).collect();
        for i in 0..1000_usize {
            let mut order = |most: f64| {
                (0..5).find(|k| uniform() * most < f64::from(*k) + 1.0 || f64::from(*k) + 1.0 > most)
            };
            let mut one = |most| usize::try_from(order(most).unwrap_or(0)).unwrap();
            let factors = Factors { p: one(4.0), q: one(4.0), sp: one(2.0), sq: one(2.0), s: 60 };
            if factors.sp + factors.sq == 0 {
                continue;
            }
            let n = 200 + i % 220;
            let differences = Differences { d: 0, seasonal: i % 2, s: 60 };
            let constant = if i % 2 == 0 { Constant::Mean } else { Constant::None };
            let sample = Sample::new(&history[..n], &[], differences, constant, 8, Ends::Cut).unwrap();
            let mut kernel = Kernel::new(sample, factors);
            let free: Vec<f64> = (0..factors.len()).map(|_| 2.5 * (uniform() - 0.5)).collect();
            let mut at = vec![0.0; free.len()];
            Transform::new(factors).coefficients(&free, &mut at);
            let (mut slope, mut other) = (vec![0.0; at.len()], vec![0.0; at.len()]);
            let apart = kernel.gradient(&at, &mut slope).unwrap();
            if !kernel.was_apart {
                continue;
            }
            kernel.apart = false;
            let product = kernel.gradient(&at, &mut other).unwrap();
            let close = |a: f64, b: f64, by: f64| (a - b).abs() < by * (1.0 + b.abs());
            assert!(
                close(apart.quadratic, product.quadratic, 1e-8)
                    && close(apart.log_det, product.log_det, 1e-8),
                "{n} {factors:?} {at:?} {apart:?} {product:?}"
            );
            for (a, b) in slope.iter().zip(&other) {
                assert!(close(*a, *b, 1e-6), "{n} {factors:?} {at:?} {slope:?} {other:?}");
            }
        }
    }
}
