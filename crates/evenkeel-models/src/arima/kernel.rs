//! The exact Gaussian likelihood and its derivatives, concentrated over the constant and the innovation variance.

use super::complete::Complete;
use super::gaps::Gaps;
use super::sample::{ROUNDING, Sample, index};
use super::scalar::{Dual, LANES};

/// What one evaluation gives, in units of the sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    /// The generalized sum of squares at the constant.
    pub(super) quadratic: f64,
    /// Logarithm of the determinant of the covariance of what counts, at innovation variance 1.
    pub(super) log_det: f64,
    /// The constant: estimated, or as it was given.
    pub(super) constant: f64,
    /// The generalized sum of squares of its regressor; 0 without.
    pub(super) information: f64,
}

/// A sample with the workspace to evaluate it again and again without allocation.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    sample: Sample,
    form: Form,
    /// The constant, if it is not to be estimated.
    fixed: Option<f64>,
    floor: f64,
    evaluations: usize,
    ar: Vec<Dual>,
    ma: Vec<Dual>,
}

#[derive(Debug, Clone)]
enum Form {
    Complete(Complete),
    Gaps(Gaps),
}

impl Kernel {
    pub(super) fn new(sample: Sample) -> Self {
        let form = if sample.gaps { Form::Gaps(Gaps::new()) } else { Form::Complete(Complete::new(&sample)) };
        let floor = index(sample.effective()) * ROUNDING * 1e-2;
        Self { sample, form, fixed: None, floor, evaluations: 0, ar: Vec::new(), ma: Vec::new() }
    }

    pub(super) fn sample(&self) -> &Sample {
        &self.sample
    }

    pub(super) fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Fixes the constant, in units of the sample.
    pub(super) fn fix(&mut self, constant: Option<f64>) {
        self.fixed = constant;
    }

    /// Evaluates. None if the autoregression is not stationary, or if no finite number comes out.
    pub(super) fn value(&mut self, ar: &[f64], ma: &[f64]) -> Option<Value> {
        self.evaluate(ar, ma, false)
    }

    fn evaluate(&mut self, ar: &[f64], ma: &[f64], recorded: bool) -> Option<Value> {
        self.evaluations += 1;
        let mut value = match &mut self.form {
            Form::Complete(form) => form.value(&self.sample, ar, ma, self.fixed, recorded)?,
            Form::Gaps(form) => form.value(&self.sample, ar, ma, self.fixed)?,
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

    /// Evaluates, with the derivatives of the objective by `ar`, then `ma`.
    pub(super) fn gradient(&mut self, ar: &[f64], ma: &[f64], slope: &mut [f64]) -> Option<Value> {
        let value = self.evaluate(ar, ma, true)?;
        let nu = index(self.sample.effective());
        slope.fill(0.0);
        if let Form::Complete(form) = &mut self.form {
            let (by_ar, by_ma) = slope.split_at_mut(ar.len());
            // A fixed constant is already taken off.
            let constant = if self.fixed.is_some() { 0.0 } else { value.constant };
            form.backward(&self.sample, constant, 0.5 * value.quadratic / nu, by_ar, by_ma);
        }
        for from in (0..ar.len() + ma.len()).step_by(LANES) {
            seed(&mut self.ar, ar, 0, from);
            seed(&mut self.ma, ma, ar.len(), from);
            let (quadratic, log_det) = match &mut self.form {
                Form::Complete(form) => form.forward(&self.ar, &self.ma)?,
                Form::Gaps(form) => form.slopes(&self.sample, &self.ar, &self.ma, self.fixed)?,
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

/// Independent variables `from`, …, `from + LANES` among those that start at `base`.
fn seed(out: &mut Vec<Dual>, values: &[f64], base: usize, from: usize) {
    out.clear();
    for (j, v) in values.iter().enumerate() {
        out.push(Dual::variable(*v, (base + j).checked_sub(from).unwrap_or(LANES)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::constant::Constant;
    use super::*;

    /// The derivatives against differences of values, complete and with gaps, at settled and at slow coefficients.
    #[test]
    fn derivatives_agree_with_differences() {
        let history: Vec<f64> = (0..90u32).map(|t| f64::from(t * 7919 % 101)).collect();
        let mut gappy = history.clone();
        gappy[20] = f64::NAN;
        gappy[50..55].fill(f64::NAN);
        let cases: [(usize, Constant, &[f64], &[f64]); 6] = [
            (0, Constant::Mean, &[0.5, -0.3], &[0.4]),
            (0, Constant::None, &[], &[-0.995]),
            (1, Constant::Drift, &[0.8, -0.9, 0.1], &[0.3, 0.6]),
            (0, Constant::Drift, &[0.9], &[]),
            (2, Constant::None, &[0.2], &[-1.8, 0.9]),
            (1, Constant::None, &[0.1, 0.2, 0.1, -0.2], &[0.3, 0.1, -0.2]),
        ];
        for history in [&history, &gappy] {
            for (d, constant, ar, ma) in cases {
                let sample = Sample::new(history, d, constant, 8).unwrap();
                let mut kernel = Kernel::new(sample);
                let mut slope = vec![0.0; ar.len() + ma.len()];
                kernel.gradient(ar, ma, &mut slope).unwrap();
                for j in 0..slope.len() {
                    let mut side = |h: f64| {
                        let (mut ar, mut ma) = (ar.to_vec(), ma.to_vec());
                        match j.checked_sub(ar.len()) {
                            None => ar[j] += h,
                            Some(j) => ma[j] += h,
                        }
                        let value = kernel.value(&ar, &ma).unwrap();
                        kernel.objective(&value)
                    };
                    let difference = (side(1e-6) - side(-1e-6)) / 2e-6;
                    let off = (slope[j] - difference).abs() / (1.0 + difference.abs());
                    assert!(off < 1e-6, "{d} {ar:?} {ma:?} {j}: {} {difference}", slope[j]);
                }
            }
        }
    }
}
